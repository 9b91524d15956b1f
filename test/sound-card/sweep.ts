import { correlate, findSound, halfSampleLater, rmsDb, sliceMs, type Gap, type Samples } from './analysis.ts'

/** A sweep that is unlike itself at every place and can be foretold from sample to sample, 24 kHz. */
export function sweep(ms: number, { fromHz, toHz }: { fromHz: number; toHz: number } = { fromHz: 300, toHz: 6300 }): Samples {
  const frames = ms * 24
  return Int16Array.from({ length: frames }, (_, i) => Math.round(10_000 * Math.sin((2 * Math.PI * (fromHz * i + ((toHz - fromHz) * i * i) / frames / 2)) / 24_000)))
}

/** Before its last sound so much of a recording is compared with what was said, ms; the fade behind it is left out. */
const END_MS = 200
const FADE_MS = 10

/** Where a cut answer ended. */
export interface Ending {
  /** How much of what was said had left the player when the last sound was heard, ms: what lies before the end does not count. */
  playedMs: number
  /** How well the place was found, -1…1. */
  correlation: number
  /** The end is a break instead of a fade. */
  click: boolean
  /** The machine's own sound broke down where it matters. */
  broken: boolean
}

/**
 * Finds where in a sweep a recording ends.
 * @param recording.breaks where the machine's own sound broke down, if that is known
 * @throws when nothing was heard
 */
export function findEnding(said: Samples, { heard, breaks = [] }: { heard: Samples; breaks?: readonly Gap[] }): Ending {
  const span = findSound(heard)
  if (!span) throw new Error('nothing was heard')
  const from = span.endMs - FADE_MS - END_MS
  const end = sliceMs(heard, from, span.endMs - FADE_MS)
  const best = correlate(end, said)
  const beside = correlate(halfSampleLater(end), said)
  const found = beside.correlation > best.correlation ? { correlation: beside.correlation, offsetMs: beside.offsetMs + 0.5 / 24 } : best
  return {
    playedMs: found.offsetMs + END_MS + FADE_MS,
    correlation: found.correlation,
    click: clicks(sliceMs(heard, span.endMs - 60, span.endMs + 20)),
    // A click at the end is heard in the control too, and must not excuse itself.
    broken: breaks.some(({ startMs, lengthMs }) => startMs < span.endMs - 2 * FADE_MS && startMs + lengthMs > from - FADE_MS),
  }
}

/** A slow sweep is foretold by its samples before: what is not foretold is a break. A fade of 5 ms leaves far less. */
function clicks(samples: Samples): boolean {
  let level = 0
  let worst = 0
  for (let i = 49; i < samples.length; i++) {
    // The best fit of x[n] + x[n-2] = k · x[n-1] over the last 2 ms.
    let [products, squares] = [0, 0]
    for (let n = i - 48; n < i; n++) {
      products += ((samples[n] ?? 0) + (samples[n - 2] ?? 0)) * (samples[n - 1] ?? 0)
      squares += (samples[n - 1] ?? 0) ** 2
    }
    const k = squares === 0 ? 0 : products / squares
    level = Math.max(level, Math.abs(samples[i] ?? 0))
    worst = Math.max(worst, Math.abs((samples[i] ?? 0) + (samples[i - 2] ?? 0) - k * (samples[i - 1] ?? 0)))
  }
  return worst > level * 0.1
}

/** Where in a sweep a moment of a recording lies, ms; looked for ever further on that side of it which sounds. @throws when there is none */
export function placeOf(said: Samples, heard: Samples, ms: number, side: 'before' | 'after'): number {
  for (let away = 10; away < 600; away += 60) {
    const from = side === 'before' ? ms - away - 150 : ms + away
    const stretch = sliceMs(heard, from, from + 150)
    if (rmsDb(stretch) < -50) continue
    const { offsetMs, correlation } = correlate(stretch, said)
    if (correlation > 0.95) return offsetMs + ms - from
  }
  throw new Error(`nothing of what was said is heard ${side} ${String(ms)} ms`)
}
