import type { Levels } from '../../shared/state.ts'

/** Least time between two reports, ms (25 Hz: design §3 asks for 20–30). */
const REPORT_INTERVAL_MS = 40

/** Joins the levels of microphone and speaker into one report at no more than 25 Hz. */
export class LevelMeter {
  readonly #report: (levels: Levels) => void
  readonly #now: () => number
  #levels: Levels = { micPeak: 0, micRms: 0, voicePeak: 0, voiceRms: 0 }
  #reportedAt = -Infinity

  constructor(report: (levels: Levels) => void, now: () => number) {
    this.#report = report
    this.#now = now
  }

  microphone(peak: number, rms: number): void {
    this.#levels = { ...this.#levels, micPeak: Math.max(peak, this.#held(this.#levels.micPeak)), micRms: rms }
    this.#due()
  }

  voice(peak: number, rms: number): void {
    this.#levels = { ...this.#levels, voicePeak: Math.max(peak, this.#held(this.#levels.voicePeak)), voiceRms: rms }
    this.#due()
  }

  /** Nothing sounds any more on one side: the line must not stay raised. */
  silence(side: 'microphone' | 'voice'): void {
    const still = side === 'microphone' ? { micPeak: 0, micRms: 0 } : { voicePeak: 0, voiceRms: 0 }
    this.#levels = { ...this.#levels, ...still }
    this.#reportedAt = -Infinity
    this.#due()
  }

  /** A peak between two reports counts in the next one. */
  #held(peak: number): number {
    return this.#now() - this.#reportedAt < REPORT_INTERVAL_MS ? peak : 0
  }

  #due(): void {
    const now = this.#now()
    if (now - this.#reportedAt < REPORT_INTERVAL_MS) return
    this.#reportedAt = now
    this.#report(this.#levels)
  }
}
