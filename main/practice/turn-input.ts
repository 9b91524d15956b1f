import { framesToMs, msToFrames } from '../../shared/audio/pcm16.ts'
import { ClientError } from './client-frames.ts'
import type { TurnDetection } from './effective-session.ts'
import { InputAudio, LONGEST_TURN } from './input-audio.ts'
import { LevelVad, ONSET_FRAMES } from './level-vad.ts'
import { FRAME } from './measure.ts'

/** A turn of the person, complete. */
export interface Turn {
  item_id: string
  /** PCM16 samples, mono, 24 kHz, exactly as they came. */
  samples: Int16Array
}

/** What the input tells while turn detection is on. */
export interface TurnInputOptions {
  newItemId: () => string
  /** `audio_start_ms` counts all sound of the session and includes the prefix. */
  onStarted: (item_id: string, audio_start_ms: number) => void
  onStopped: (turn: Turn, audio_end_ms: number) => void
}

/** The least that can be committed: 100 ms. */
const LEAST = 2400
/** What is looked at in one go, so that a huge append holds no more than a turn: 1 s. */
const PORTION = 24_000

type Listening =
  /** The client marks the turns. */
  | { state: 'manual' }
  /** Nobody speaks. */
  | { state: 'quiet'; vad: LevelVad; detection: TurnDetection }
  /** The person speaks; the turn began at sample `from`. */
  | { state: 'speech'; vad: LevelVad; detection: TurnDetection; item_id: string; from: number }

/** Sound from the person on its way to a turn, with or without turn detection. */
export class TurnInput {
  readonly #o: TurnInputOptions
  readonly #audio = new InputAudio()
  #listening: Listening = { state: 'manual' }
  /** Up to here turn detection has heard. */
  #heard = 0

  constructor(options: TurnInputOptions) {
    this.#o = options
  }

  /** null: the client marks the turns. A turn that is being heard goes on when detection only changes its numbers. */
  setTurnDetection(detection: TurnDetection | null): void {
    const now = this.#listening
    if (detection === null) {
      this.#listening = { state: 'manual' }
    } else if (now.state === 'manual' || JSON.stringify(now.detection) !== JSON.stringify(detection)) {
      this.#listening = { state: 'quiet', vad: new LevelVad(detection), detection }
      this.#heard = this.#audio.end
    }
  }

  /** Takes PCM16 bytes. */
  append(bytes: Uint8Array): void {
    const samples = this.#audio.samplesOf(bytes)
    for (let at = 0; at < samples.length; at += PORTION) {
      const portion = samples.subarray(at, at + PORTION)
      if (this.#audio.length + portion.length > LONGEST_TURN) this.#stop(this.#audio.end)
      this.#audio.append(portion)
      this.#listen()
    }
  }

  /** Ends the turn by hand; throws {@link ClientError} below 100 ms and keeps what there is. */
  take(): Turn {
    const now = this.#listening
    const from = now.state === 'speech' ? now.from : this.#audio.start
    const samples = this.#audio.copy(from, this.#audio.end)
    if (samples.length < LEAST) {
      const ms = framesToMs(samples.length).toFixed(2)
      throw new ClientError('input_audio_buffer_commit_empty', `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${ms}ms of audio.`)
    }
    const item_id = now.state === 'speech' ? now.item_id : this.#o.newItemId()
    this.clear()
    return { item_id, samples }
  }

  /** Forgets what is not committed, also a turn that is being heard. */
  clear(): void {
    this.#audio.clear()
    this.#heard = this.#audio.end
    const now = this.#listening
    if (now.state !== 'speech') return
    now.vad.end()
    this.#listening = { state: 'quiet', vad: now.vad, detection: now.detection }
  }

  #listen(): void {
    while (this.#audio.end - this.#heard >= FRAME) {
      const now = this.#listening
      if (now.state === 'manual') return
      const change = now.vad.push(this.#audio.copy(this.#heard, this.#heard + FRAME))
      this.#heard += FRAME
      const before = ONSET_FRAMES * FRAME + msToFrames(now.detection.prefix_padding_ms)
      if (change === 'started') {
        const from = Math.max(this.#audio.start, this.#heard - before)
        const item_id = this.#o.newItemId()
        this.#audio.forgetBefore(from)
        this.#listening = { state: 'speech', vad: now.vad, detection: now.detection, item_id, from }
        this.#o.onStarted(item_id, Math.floor(framesToMs(from)))
      } else if (change === 'stopped') {
        this.#stop(this.#heard)
      } else if (now.state === 'quiet') {
        this.#audio.forgetBefore(this.#heard - before)
      }
    }
  }

  /** Ends the turn that is being heard, if there is one. */
  #stop(end: number): void {
    const now = this.#listening
    if (now.state !== 'speech') return
    const turn = { item_id: now.item_id, samples: this.#audio.copy(now.from, end) }
    now.vad.end()
    this.#audio.forgetBefore(end)
    this.#listening = { state: 'quiet', vad: now.vad, detection: now.detection }
    this.#o.onStopped(turn, Math.floor(framesToMs(end)))
  }
}
