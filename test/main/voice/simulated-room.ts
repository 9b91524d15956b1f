import { CaptureCore } from '../../../renderer/sound/capture-core.ts'
import { PlaybackCore } from '../../../renderer/sound/playback-core.ts'
import { fixedStartDelay } from '../../../renderer/sound/start-delay.ts'
import type { Disposable } from '../../../shared/disposable.ts'
import type { MicrophoneProblem, ToSoundRoom } from '../../../shared/voice-port.ts'
import type { SoundPort, SoundPortEvent } from '../../../main/voice/sound-port.ts'

const QUANTUM = 120
/** Samples at 24 kHz in 1 ms. */
const MS = 24

/**
 * The sound room without audio hardware: the real capture and playback cores, driven by a clock
 * that the test moves. `speaker` is every sample that was rendered.
 */
export class SimulatedRoom implements SoundPort {
  /** What the microphone hears at a sample of the clock, −1…1. */
  microphone: (frame: number) => number = (frame) => Math.sin((2 * Math.PI * 300 * frame) / 24_000) * 0.3
  /** Set to make the next opening fail. */
  microphoneProblem: MicrophoneProblem | null = null
  microphoneLabel = 'Test microphone'
  /** Ids of devices that are not there. */
  readonly unplugged = new Set<string>()
  /** ms between the wish for a microphone and an open one. */
  microphoneDelayMs = 10
  /** So long is what the microphone hears on its way to main, ms. */
  lateMs = 0
  #underWay: { at: number; message: SoundPortEvent }[] = []
  readonly posted: ToSoundRoom[] = []
  speaker: number[] = []
  readonly #capture: CaptureCore
  readonly #playback: PlaybackCore
  #listener: ((message: SoundPortEvent) => void) | null = null
  #frame = 0
  #open = false
  #opensAt: { frame: number; request: number; deviceId: string | null } | null = null

  constructor() {
    this.#capture = new CaptureCore({
      post: (message) => {
        if (this.lateMs === 0 && this.#underWay.length === 0) this.emit(message)
        else this.#underWay.push({ at: this.#frame + this.lateMs * MS, message })
      },
    })
    this.#playback = new PlaybackCore({
      startDelay: fixedStartDelay(50),
      post: (message) => {
        if (message.type !== 'handed_over') this.emit(structuredClone(message))
      },
    })
  }

  /** ms since the beginning. */
  get now(): number {
    return this.#frame / MS
  }

  get microphoneOpen(): boolean {
    return this.#open
  }

  listen(listener: (message: SoundPortEvent) => void): Disposable {
    this.#listener = listener
    return { dispose: () => undefined }
  }

  /** Says something to the session as the sound room would. */
  emit(message: SoundPortEvent): void {
    this.#listener?.(message)
  }

  post(message: ToSoundRoom): void {
    this.posted.push(message)
    switch (message.type) {
      case 'open_microphone':
        if (message.fresh) this.#open = false
        this.#opensAt = { frame: this.#frame + this.microphoneDelayMs * MS, request: message.request, deviceId: message.deviceId }
        break
      case 'close_microphone':
        this.#opensAt = null
        this.#open = false
        this.#capture.setMode({ type: 'mode', request: 0, mode: 'off', preRollMs: 0 })
        break
      case 'capture':
        this.#capture.setMode({ type: 'mode', request: message.request, mode: message.mode, preRollMs: message.preRollMs })
        break
      case 'audio':
      case 'audio_done':
      case 'flush':
      case 'speaker':
        this.#playback.receive(structuredClone(message))
        break
      default:
        break
    }
  }

  /** Lets time pass in quanta of 5 ms. @param step called after each with the ms passed */
  run(ms: number, step: (ms: number) => void): void {
    for (let left = ms * MS; left > 0; left -= QUANTUM) {
      if (this.#opensAt && this.#frame >= this.#opensAt.frame) this.#opened(this.#opensAt)
      const input = Float32Array.from({ length: QUANTUM }, (_, i) => this.microphone(this.#frame + i))
      if (this.#open) this.#capture.process([input], QUANTUM, this.#frame)
      const out = new Float32Array(QUANTUM)
      this.#playback.render(out)
      this.speaker.push(...out)
      for (let [first] = this.#underWay; first && first.at <= this.#frame; [first] = this.#underWay) {
        this.#underWay.shift()
        this.emit(first.message)
      }
      this.#frame += QUANTUM
      step(QUANTUM / MS)
    }
  }

  #opened({ request, deviceId }: { request: number; deviceId: string | null }): void {
    this.#opensAt = null
    const problem = this.microphoneProblem ?? (deviceId !== null && this.unplugged.has(deviceId) ? 'missing' : null)
    if (problem) {
      if (this.#open) this.#capture.setMode({ type: 'mode', request: 0, mode: 'off', preRollMs: 0 })
      this.#open = false
      this.emit({ type: 'microphone', request, state: 'failed', problem, message: problem })
      return
    }
    this.#open = true
    this.emit({ type: 'microphone', request, state: 'open', deviceId: deviceId ?? 'default', label: this.microphoneLabel })
  }
}
