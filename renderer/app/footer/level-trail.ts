import type { Levels } from '../../../shared/state.ts'

/** Levels remembered for each side: at 25 Hz about 1.8 s. */
export const TRAIL = 46

/** Quietest and loudest level that the line shows, dBFS (RMS). */
const FLOOR_DB = -56
const TOP_DB = -14

/** RMS 0–1 → height 0–1, even steps for even steps of loudness. */
export function loudness(rms: number): number {
  if (rms <= 0) return 0
  const db = 20 * Math.log10(rms)
  return Math.min(1, Math.max(0, (db - FLOOR_DB) / (TOP_DB - FLOOR_DB)))
}

/** The last levels of both sides, newest first: what travels along the line. */
export class LevelTrail {
  readonly mic = new Float32Array(TRAIL)
  readonly voice = new Float32Array(TRAIL)
  #count = 0

  /** Levels taken in so far; the wave moves on by one step with each. */
  get count(): number {
    return this.#count
  }

  /** True while nothing is left to be drawn but a straight line. */
  get still(): boolean {
    return this.mic.every((v) => v === 0) && this.voice.every((v) => v === 0)
  }

  push(levels: Levels): void {
    this.#count++
    shift(this.mic, loudness(levels.micRms))
    shift(this.voice, loudness(levels.voiceRms))
  }

  clear(): void {
    this.mic.fill(0)
    this.voice.fill(0)
  }
}

function shift(trail: Float32Array, newest: number): void {
  trail.copyWithin(1, 0)
  trail[0] = newest
}

/** Height at a place between two levels of a trail, smoothed. `at` in steps from the newest. */
export function heightAt(trail: Float32Array, at: number): number {
  const i = Math.floor(at)
  const a = trail[i] ?? 0
  const b = trail[i + 1] ?? 0
  const s = (1 - Math.cos((at - i) * Math.PI)) / 2
  return a + (b - a) * s
}
