import { failure, FailureError } from '../../shared/failure.ts'
import type { Disposable } from '../../shared/disposable.ts'
import { FRAME_BYTES, FRAME_MS, SAMPLE_RATE, type TrackId, type TrackProgress } from '../../shared/voice-port.ts'
import type { SoundPort, SoundPortEvent } from './sound-port.ts'

/** What the microphone heard is kept so long, ms; in memory only. */
const KEPT_MS = 5000
/** A frame louder than this holds more than the hiss of a room; 0–1. */
const HEARD_PEAK = 0.02
/** Kept of what was before the first sound, frames. */
const LEAD_FRAMES = 8
/** A player that has not come to its end so long after it should have is not playing, ms. */
const PATIENCE_MS = 4000
/** Flushes of the conversation itself count from one; ours are told apart by their size. */
const OUR_GENERATIONS = 1_000_000

type Playing = { state: 'none' } | { state: 'playing'; id: string; timer: NodeJS.Timeout; end: (how: 'played' | 'stopped' | 'failed') => void }

/**
 * Sound outside a conversation: plays a sample, and plays back what the microphone heard. It stands
 * between the sound room and the conversation, and passes everything on in both directions.
 */
export class SoundCheck implements SoundPort {
  readonly #room: SoundPort
  #recording = false
  #frames: { pcm: Uint8Array; peak: number }[] = []
  #playing: Playing = { state: 'none' }
  #count = 0

  constructor(room: SoundPort) {
    this.#room = room
  }

  post(message: Parameters<SoundPort['post']>[0]): void {
    this.#room.post(message)
  }

  listen(listener: (message: SoundPortEvent) => void): Disposable {
    return this.#room.listen((message) => {
      this.#see(message)
      listener(message)
    })
  }

  /** From here on the newest five seconds of the microphone are kept; or no longer, and forgotten. */
  record(on: boolean): void {
    this.#recording = on
    this.#frames = []
  }

  /**
   * What the microphone heard, from its first sound on: PCM16 mono 24 kHz.
   *
   * @throws FailureError `nothing_heard`
   */
  heard(): Uint8Array {
    const first = this.#frames.findIndex(({ peak }) => peak >= HEARD_PEAK)
    if (first < 0) throw new FailureError(failure('nothing_heard', {}, ['dismiss']))
    const frames = this.#frames.slice(Math.max(0, first - LEAD_FRAMES))
    return join(frames.map(({ pcm }) => pcm))
  }

  /**
   * Plays a sample instead of the one that plays now.
   *
   * @param pcm PCM16 mono 24 kHz
   * @returns when it was played to its end, or stopped
   * @throws FailureError `speaker_failed`
   */
  async play(pcm: Uint8Array): Promise<void> {
    this.stop()
    const id = `sound_check_${String(++this.#count)}`
    const track: TrackId = { response_id: id, item_id: id, content_index: 0 }
    const lengthMs = (pcm.byteLength / 2 / SAMPLE_RATE) * 1000
    const how = await new Promise<'played' | 'stopped' | 'failed'>((resolve) => {
      const end = (result: 'played' | 'stopped' | 'failed'): void => {
        if (this.#playing.state !== 'playing' || this.#playing.id !== id) return
        clearTimeout(this.#playing.timer)
        this.#playing = { state: 'none' }
        resolve(result)
      }
      const timer = setTimeout(end, lengthMs + PATIENCE_MS, 'failed' as const)
      this.#playing = { state: 'playing', id, timer, end }
      for (let at = 0; at < pcm.byteLength; at += FRAME_BYTES * 5) this.#room.post({ type: 'audio', pcm: pcm.slice(at, at + FRAME_BYTES * 5), ...track })
      this.#room.post({ type: 'audio_done', ...track })
    })
    if (how === 'failed') throw new FailureError(failure('speaker_failed', {}, ['dismiss']))
  }

  /** Silences the sample that plays. */
  stop(): void {
    if (this.#playing.state !== 'playing') return
    this.#room.post({ type: 'flush', generation: OUR_GENERATIONS + this.#count, response_ids: [this.#playing.id] })
    this.#playing.end('stopped')
  }

  #see(message: SoundPortEvent): void {
    if (message.type === 'frame') {
      // What the speaker plays is not what the person said.
      if (!this.#recording || this.#playing.state === 'playing') return
      this.#frames.push({ pcm: message.pcm, peak: message.peak })
      if (this.#frames.length * FRAME_MS > KEPT_MS) this.#frames.shift()
    } else if (message.type === 'playback') {
      if (this.#playing.state !== 'playing') return
      const { id, end } = this.#playing
      if (message.tracks.some((track) => track.item_id === id && isOver(track))) end('played')
    } else if (message.type === 'crashed' && this.#playing.state === 'playing') this.#playing.end('failed')
  }
}

function isOver(track: TrackProgress): boolean {
  return track.complete && track.framesPlayed >= track.framesReceived
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}

/** Two soft notes, one after the other, 0.9 s: PCM16 mono 24 kHz. */
export function testTone(): Uint8Array {
  const samples = new Int16Array(Math.round(0.9 * SAMPLE_RATE))
  const half = samples.length / 2
  for (let i = 0; i < samples.length; i++) {
    const inNote = i % half
    const envelope = Math.min(1, inNote / 480) * Math.min(1, (half - inNote) / 4800)
    samples[i] = Math.round(0.25 * 32_767 * envelope * Math.sin((2 * Math.PI * (i < half ? 440 : 660) * i) / SAMPLE_RATE))
  }
  return new Uint8Array(samples.buffer)
}
