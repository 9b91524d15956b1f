import { joinSamples, SAMPLES_PER_MS } from './wire.ts'

/** What the detector is set to; the wire's own names. */
export interface VadConfig {
  prefix_padding_ms: number
  silence_duration_ms: number
  /** RMS, 0–1, above which a frame is speech. */
  level: number
}

/** What the detector found; times count from the first sample ever appended. */
export type VadEvent = { type: 'started'; audio_start_ms: number } | { type: 'stopped'; audio_end_ms: number; pcm: Int16Array }

const FRAME = 20 * SAMPLES_PER_MS
/** Frames of speech in a row that begin a turn: a click is no speech. */
const ONSET = 3

/** Server turn detection by level: frames of 20 ms, three loud ones begin a turn, silence ends it. */
export class LevelVad {
  #config: VadConfig
  /** Samples that do not yet make a frame. */
  #rest = new Int16Array(0)
  /** Sound since the start of the turn, or the prefix while nothing is said. */
  #kept: Int16Array[] = []
  /** Samples that have been looked at. */
  #total = 0
  #loud = 0
  #quiet = 0
  #speaking = false

  constructor(config: VadConfig) {
    this.#config = config
  }

  get speaking(): boolean {
    return this.#speaking
  }

  configure(config: VadConfig): void {
    this.#config = config
  }

  /** Takes sound and says what it found, in order. */
  push(pcm: Int16Array): VadEvent[] {
    const all = joinSamples([this.#rest, pcm])
    const found: VadEvent[] = []
    let at = 0
    for (; at + FRAME <= all.length; at += FRAME) {
      const event = this.#frame(all.slice(at, at + FRAME))
      if (event !== null) found.push(event)
    }
    this.#rest = all.slice(at)
    return found
  }

  /** Ends the turn by hand; what was kept. */
  take(): Int16Array {
    const pcm = joinSamples([...this.#kept, this.#rest])
    this.#total += this.#rest.length
    this.#reset()
    this.#rest = new Int16Array(0)
    return pcm
  }

  #reset(): void {
    this.#kept = []
    this.#speaking = false
    this.#loud = 0
    this.#quiet = 0
  }

  #frame(frame: Int16Array): VadEvent | null {
    this.#total += frame.length
    this.#kept.push(frame)
    const loud = rms(frame) > this.#config.level
    if (this.#speaking) {
      this.#quiet = loud ? 0 : this.#quiet + 1
      if (this.#quiet * 20 < this.#config.silence_duration_ms) return null
      const pcm = joinSamples(this.#kept)
      this.#reset()
      return { type: 'stopped', audio_end_ms: Math.round(this.#total / SAMPLES_PER_MS), pcm }
    }
    this.#loud = loud ? this.#loud + 1 : 0
    const prefix = Math.ceil(this.#config.prefix_padding_ms / 20) + ONSET
    if (this.#kept.length > prefix) this.#kept.splice(0, this.#kept.length - prefix)
    if (this.#loud < ONSET) return null
    this.#speaking = true
    this.#quiet = 0
    const kept = this.#kept.reduce((sum, part) => sum + part.length, 0)
    return { type: 'started', audio_start_ms: Math.round((this.#total - kept) / SAMPLES_PER_MS) }
  }
}

/** Level of PCM16 samples, 0–1. */
export function rms(pcm: Int16Array): number {
  let sum = 0
  for (const sample of pcm) sum += sample * sample
  return pcm.length === 0 ? 0 : Math.sqrt(sum / pcm.length) / 32768
}
