import { findGaps } from '../../sound-card/index.ts'
import { RATE, type Heard } from './recorder.ts'

const FULL = 32_768

/** Where sound begins and ends, samples; null when there is none. @param db level from which on it counts, dBFS */
export function span(samples: Int16Array, db = -40): { first: number; last: number } | null {
  const level = FULL * 10 ** (db / 20)
  const first = samples.findIndex((sample) => Math.abs(sample) > level)
  if (first < 0) return null
  return { first, last: samples.findLastIndex((sample) => Math.abs(sample) > level) }
}

export interface Listened {
  /** `performance.now()` of the first and last sound. */
  begin: number
  end: number
  /** Gaps longer than 2 ms between them: how many, how long together. */
  gaps: number
  gapMs: number
  /** Sound that was heard, ms: from first to last without the gaps. */
  ms: number
}

/** What a recorded tone shows; a control tone that plays beside it has to be taken out first. */
export function listen({ samples, timeOf }: Heard): Listened | null {
  const found = span(samples)
  if (!found) return null
  const sound = samples.subarray(found.first, found.last + 1)
  const gaps = findGaps(sound, 2, { thresholdDb: -50, rate: RATE })
  const gapMs = gaps.reduce((sum, gap) => sum + gap.lengthMs, 0)
  return { begin: timeOf(found.first), end: timeOf(found.last), gaps: gaps.length, gapMs, ms: (sound.length * 1000) / RATE - gapMs }
}

/**
 * Whether a tone ends with a click: a sine is foretold exactly by its two last samples, so what is not
 * foretold is a break. A fade of 5 ms leaves less than a fiftieth of the tone's level.
 */
export function clicksAtEnd(samples: Int16Array, hz: number): boolean {
  const found = span(samples, -50)
  if (!found) return false
  const k = 2 * Math.cos((2 * Math.PI * hz) / RATE)
  let level = 0
  let worst = 0
  for (let i = Math.max(2, found.last - RATE / 4); i < Math.min(samples.length, found.last + 240); i++) {
    const [a, b, c] = [samples[i] ?? 0, samples[i - 1] ?? 0, samples[i - 2] ?? 0]
    level = Math.max(level, Math.abs(a))
    worst = Math.max(worst, Math.abs(a - (k * b - c)))
  }
  return worst > level * 0.03
}
