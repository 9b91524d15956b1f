import { levelDb } from './measure.ts'

/** What the detector hears: `quiet`, or `speech` until silence has lasted long enough. */
type VadState = 'quiet' | 'speech'

/** Tuning of {@link LevelVad}, in the API's words. */
export interface LevelVadOptions {
  /** 0–1, 0.5 usual: higher wants louder speech. */
  threshold: number
  /** Silence that ends a turn, ms. */
  silence_duration_ms: number
}

const FRAME_MS = 20
/** Frames looked at to find a beginning, and how many of them must be loud: a click is shorter. */
export const ONSET_FRAMES = 6
const ONSET_LOUD = 5
/** The room's noise is the quietest 100 ms of the last 3 s: speech has a pause in every 3 s, a fan has none. */
const SMOOTH_FRAMES = 5
const NOISE_FRAMES = 150
/** Nothing is detected before the room has been heard for this long, frames. */
const WARM_UP_FRAMES = 20
/** Bounds of what is taken for noise, dBFS: digital silence below, speech from the first moment on above. */
const NOISE_LOW_DB = -70
const NOISE_HIGH_DB = -38
/** Once speech is being heard, less is enough for it to go on, dB. */
const HYSTERESIS_DB = 4

/**
 * Finds the person's turns by level alone, in frames of 20 ms, over a noise floor that follows
 * the room. It takes any lasting sound for speech; that is enough to practise with.
 */
export class LevelVad {
  readonly #options: LevelVadOptions
  #state: VadState = 'quiet'
  readonly #recent: number[] = []
  readonly #floors: number[] = []
  readonly #loud: boolean[] = []
  #frames = 0
  #silentMs = 0

  constructor(options: LevelVadOptions) {
    this.#options = options
  }

  get speaking(): boolean {
    return this.#state === 'speech'
  }

  /** Takes the next 20 ms (480 samples at 24 kHz); says when speech began or ended with this frame. */
  push(frame: Int16Array): 'started' | 'stopped' | null {
    const level = Math.max(levelDb(frame), -120)
    this.#frames++
    this.#remember(level)
    const margin = 6 + 8 * this.#options.threshold
    const noise = Math.min(NOISE_HIGH_DB, Math.max(NOISE_LOW_DB, Math.min(...this.#floors)))
    const gate = Math.max(noise + margin, -55 + 18 * this.#options.threshold)
    if (this.#state === 'quiet') {
      this.#loud.push(level > gate)
      if (this.#loud.length > ONSET_FRAMES) this.#loud.shift()
      if (this.#frames < WARM_UP_FRAMES || this.#loud.filter(Boolean).length < ONSET_LOUD) return null
      this.#state = 'speech'
      this.#silentMs = 0
      return 'started'
    }
    this.#silentMs = level > gate - HYSTERESIS_DB ? 0 : this.#silentMs + FRAME_MS
    if (this.#silentMs < this.#options.silence_duration_ms) return null
    this.end()
    return 'stopped'
  }

  /** Ends the speech that is being heard, e.g. because it was committed by hand; the noise floor is kept. */
  end(): void {
    this.#state = 'quiet'
    this.#loud.length = 0
  }

  #remember(level: number): void {
    this.#recent.push(10 ** (level / 10))
    if (this.#recent.length > SMOOTH_FRAMES) this.#recent.shift()
    const smooth = 10 * Math.log10(this.#recent.reduce((sum, p) => sum + p, 0) / this.#recent.length)
    if (this.#recent.length === SMOOTH_FRAMES || this.#floors.length === 0) this.#floors.push(smooth)
    if (this.#floors.length > NOISE_FRAMES) this.#floors.shift()
  }
}
