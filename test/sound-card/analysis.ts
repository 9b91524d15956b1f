import { slidingProducts } from './fft.ts'
import { RECORD_RATE } from './sound-card.ts'

/** 16-bit samples, mono. */
export type Samples = Int16Array

const FULL_SCALE = 32_768

export interface RateOption {
  /** Hz; {@link RECORD_RATE} unless told. */
  rate?: number
}

/** Where and how well one sound is found in another. */
export interface Match {
  /** Where the reference begins in the recording, ms. */
  offsetMs: number
  offset: number
  /** Normalised correlation there, -1…1: 1 = the same sound, whatever its level. */
  correlation: number
  /** Level of the sound in the recording against the reference, dB. */
  gainDb: number
}

export interface CorrelateOptions extends RateOption {
  /** Where in the recording the reference may begin, ms; everywhere unless told. */
  fromMs?: number
  toMs?: number
}

/**
 * Finds a reference in a recording by normalised cross-correlation. Places at which it would hang over
 * the recording's end count as if silence followed.
 */
export function correlate(reference: Samples, recording: Samples, options: CorrelateOptions = {}): Match {
  const { rate = RECORD_RATE, fromMs = 0, toMs = Infinity } = options
  const from = Math.max(0, Math.round((fromMs * rate) / 1000))
  const to = Math.min(recording.length - 1, Math.round((toMs * rate) / 1000))
  const searched = new Int16Array(Math.max(0, to - from + 1) + reference.length - 1)
  searched.set(recording.subarray(from, from + searched.length))
  const products = slidingProducts(reference, searched)
  const energy = energyOf(reference)
  let window = energyOf(searched.subarray(0, reference.length))
  // Below this a window is silence, and its correlation would be rounding noise.
  const floor = reference.length
  let best = { offset: from, correlation: 0, product: 0 }
  for (let k = 0; k < products.length; k++) {
    const product = products[k] ?? 0
    const correlation = window > floor ? product / Math.sqrt(energy * window) : 0
    if (correlation > best.correlation) best = { offset: from + k, correlation, product }
    window += (searched[k + reference.length] ?? 0) ** 2 - (searched[k] ?? 0) ** 2
  }
  return {
    offset: best.offset,
    offsetMs: (best.offset * 1000) / rate,
    correlation: best.correlation,
    gainDb: toDb(best.product / energy),
  }
}

/**
 * What lies above `hz` (24 dB per octave), for comparing voices that went through echo cancellation, noise suppression
 * and gain control: these turn the phases of a voice's lowest tones, so that without this even a flawless
 * sentence correlates by 0.8 only; with it by 0.9.
 */
export function highPass(samples: Samples, { hz = 500, rate = RECORD_RATE }: { hz?: number } & RateOption = {}): Samples {
  // Butterworth of the second order, twice (Audio EQ Cookbook).
  const w = (2 * Math.PI * hz) / rate
  const alpha = Math.sin(w) / Math.SQRT2
  const [b, a1, a2] = [(1 + Math.cos(w)) / 2 / (1 + alpha), (-2 * Math.cos(w)) / (1 + alpha), (1 - alpha) / (1 + alpha)]
  const once = (input: ArrayLike<number>): Float64Array => {
    const output = new Float64Array(input.length)
    for (let i = 0; i < input.length; i++) {
      const x = (input[i] ?? 0) - 2 * (input[i - 1] ?? 0) + (input[i - 2] ?? 0)
      output[i] = b * x - a1 * (output[i - 1] ?? 0) - a2 * (output[i - 2] ?? 0)
    }
    return output
  }
  return Int16Array.from(once(once(samples)), (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample))))
}

function energyOf(samples: Samples): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return sum
}

/** Factor in dB; -Infinity for 0. */
export function toDb(factor: number): number {
  return 20 * Math.log10(Math.abs(factor))
}

/** RMS of samples in dBFS (a full-scale square wave is 0, a full-scale sine -3). */
export function rmsDb(samples: Samples): number {
  return samples.length === 0 ? -Infinity : toDb(Math.sqrt(energyOf(samples) / samples.length) / FULL_SCALE)
}

/** Peak of samples in dBFS. */
export function peakDb(samples: Samples): number {
  let peak = 0
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample))
  return toDb(peak / FULL_SCALE)
}

/** RMS in dBFS of each window of `windowMs`, one after the other; a last partial window is left out. */
export function envelopeDb(samples: Samples, { windowMs = 10, rate = RECORD_RATE }: { windowMs?: number } & RateOption = {}): number[] {
  const size = Math.round((windowMs * rate) / 1000)
  return Array.from({ length: Math.floor(samples.length / size) }, (_, w) => rmsDb(samples.subarray(w * size, (w + 1) * size)))
}

export interface ThresholdOption extends RateOption {
  /** What is louder is sound, dBFS; -50 unless told. */
  thresholdDb?: number
}

/** First and last sound, as sample indices (`end` is behind the last one) and ms. */
export interface SoundSpan {
  start: number
  end: number
  startMs: number
  endMs: number
}

/** Finds the first and the last sample above the threshold; null when all is silent. */
export function findSound(samples: Samples, { thresholdDb = -50, rate = RECORD_RATE }: ThresholdOption = {}): SoundSpan | null {
  const threshold = FULL_SCALE * 10 ** (thresholdDb / 20)
  const loud = (sample: number): boolean => Math.abs(sample) > threshold
  const start = samples.findIndex(loud)
  if (start < 0) return null
  const end = samples.findLastIndex(loud) + 1
  return { start, end, startMs: (start * 1000) / rate, endMs: (end * 1000) / rate }
}

/** A stretch of silence between sounds. */
export interface Gap {
  startMs: number
  lengthMs: number
}

/**
 * Stretches below the threshold between the first and the last sound, in order.
 * @param minMs shorter ones are left out: a tone is below it at each zero crossing
 */
export function findGaps(samples: Samples, minMs: number, options: ThresholdOption = {}): Gap[] {
  const { thresholdDb = -50, rate = RECORD_RATE } = options
  const threshold = FULL_SCALE * 10 ** (thresholdDb / 20)
  const gaps: Gap[] = []
  let lastLoud = -1
  for (let i = 0; i < samples.length; i++) {
    if (Math.abs(samples[i] ?? 0) <= threshold) continue
    const lengthMs = ((i - lastLoud - 1) * 1000) / rate
    if (lastLoud >= 0 && lengthMs >= minMs && lengthMs > 0) gaps.push({ startMs: ((lastLoud + 1) * 1000) / rate, lengthMs })
    lastLoud = i
  }
  return gaps
}

/** Length of the longest stretch below the threshold between the first and the last sound, ms. */
export function longestGapMs(samples: Samples, options: ThresholdOption = {}): number {
  return Math.max(0, ...findGaps(samples, 1, options).map((gap) => gap.lengthMs))
}

/** A stretch of samples; negative times count from the end. */
export function sliceMs(samples: Samples, fromMs: number, toMs = Infinity, rate = RECORD_RATE): Samples {
  const index = (ms: number): number => Math.round((ms * rate) / 1000)
  return samples.subarray(index(fromMs), toMs === Infinity ? undefined : index(toMs))
}

/** How a recording follows a reference; see {@link follow}. */
export interface Course {
  /** Stretches of the reference that are not in the recording where they belong. */
  missing: number
  /** Of so many. */
  stretches: number
  /** Of which so many lie where the machine's own sound broke down, and are not judged. */
  excused: number
  /** Silence that the player inserted, ms. */
  insertedMs: number
  /** The lowest correlation of any stretch that is judged. */
  worst: number
}

/** A sound half a sample later, by a windowed sinc. */
export function halfSampleLater(samples: Samples): Samples {
  const reach = 16
  const taps = Float64Array.from({ length: 2 * reach }, (_, i) => {
    const x = i - reach + 0.5
    return (Math.sin(Math.PI * x) / (Math.PI * x)) * (0.5 + 0.5 * Math.cos((Math.PI * x) / reach))
  })
  return samples.map((_, n) => {
    let sum = 0
    for (let i = 0; i < taps.length; i++) sum += (samples[n - i + reach - 1] ?? 0) * (taps[i] ?? 0)
    return Math.max(-32_768, Math.min(32_767, Math.round(sum)))
  })
}

export interface FollowOptions {
  stretchMs?: number
  /** What a player may be late by from one stretch to the next and is still found, ms. */
  withinMs?: number
  /** What may have been left out from one stretch to the next, ms. */
  skippedMs?: number
  /** Where the reference begins in the recording, ms, if that is known; else its beginning is looked for, which must be unlike the rest. */
  fromMs?: number
  /** A stretch that correlates by less is not there. */
  least?: number
  /** Where the machine's own sound broke down, in the recording; see `control.ts`. Nothing is said about the stretches there. */
  breaks?: readonly Gap[]
}

/** A break of the control is seen some ms before and after it. */
const BESIDE_BREAK_MS = 15

/**
 * Follows a reference through a recording stretch by stretch. The card runs at twice the recording's rate, so
 * every other recording lies half a sample beside the reference: by whole samples alone the sharpest sounds
 * of a voice would not be found then, hence each stretch is looked for at half samples too.
 */
export function follow(reference: Samples, recording: Samples, { stretchMs = 200, withinMs = 150, skippedMs = 5, fromMs, least = 0.99, breaks = [] }: FollowOptions = {}): Course {
  const size = Math.round((stretchMs * RECORD_RATE) / 1000)
  const later = halfSampleLater(reference)
  const find = (from: number, to: number, options?: CorrelateOptions): { correlation: number; offsetMs: number } => {
    const [whole, half] = [reference, later].map((samples) => correlate(samples.subarray(from, to), recording, options))
    if (!whole || !half) throw new Error('there are two')
    return whole.correlation >= half.correlation ? whole : { correlation: half.correlation, offsetMs: half.offsetMs + 500 / RECORD_RATE }
  }
  const course: Course = { missing: 0, stretches: 0, excused: 0, insertedMs: 0, worst: 1 }
  // A break near its beginning may have moved that by a little.
  let shift = fromMs ?? find(0, size * 3).offsetMs
  let lost = true
  for (let at = 0; at + size <= reference.length; at += size) {
    if (rmsDb(reference.subarray(at, at + size)) < -60) continue
    course.stretches++
    const own = (at * 1000) / RECORD_RATE
    const match = find(at, at + size, { fromMs: own + shift - (lost ? withinMs : skippedMs), toMs: own + shift + withinMs })
    const found = match.correlation >= least
    const begin = own + (found ? Math.min(shift, match.offsetMs - own) : shift)
    const end = own + stretchMs + (found ? match.offsetMs - own : shift)
    const broken = breaks.some(({ startMs, lengthMs }) => startMs - BESIDE_BREAK_MS < end && startMs + lengthMs + BESIDE_BREAK_MS > begin)
    if (broken) course.excused++
    else {
      course.worst = Math.min(course.worst, match.correlation)
      if (!found) course.missing++
      else if (!lost) course.insertedMs += match.offsetMs - own - shift
    }
    if (found) shift = match.offsetMs - own
    // What the machine inserted or left out is known only once a stretch is found again.
    lost = broken || (lost && !found)
  }
  return course
}
