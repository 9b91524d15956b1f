import { describe, expect, it } from 'vitest'
import { correlate, envelopeDb, findGaps, findSound, follow, highPass, longestGapMs, peakDb, rmsDb, sliceMs } from './analysis.ts'
import { slidingProducts } from './fft.ts'

const tone = (frames: number, amplitude = 16_384, hz = 440): Int16Array =>
  Int16Array.from({ length: frames }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / 24_000)))

/** Repeatable noise, and so unlike itself at every other place. */
function noise(frames: number, amplitude: number, seed: number): Int16Array {
  let state = seed
  return Int16Array.from({ length: frames }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.round((state / 2 ** 31 - 1) * amplitude)
  })
}

function mix(length: number, ...parts: [at: number, samples: Int16Array, gain?: number][]): Int16Array {
  const out = new Int16Array(length)
  for (const [at, samples, gain = 1] of parts) {
    for (let i = 0; i < samples.length && at + i < length; i++) out[at + i] = (out[at + i] ?? 0) + Math.round((samples[i] ?? 0) * gain)
  }
  return out
}

describe('slidingProducts', () => {
  it('equals the sums written out', () => {
    const short = noise(37, 100, 1)
    const long = noise(151, 100, 2)
    const fast = slidingProducts(short, long)
    expect(fast).toHaveLength(151 - 37 + 1)
    for (let k = 0; k < fast.length; k++) {
      const slow = short.reduce((sum, s, i) => sum + s * (long[k + i] ?? 0), 0)
      expect(fast[k]).toBeCloseTo(slow, 4)
    }
  })
})

describe('correlate', () => {
  const reference = noise(24_000, 8000, 3)

  it('finds where a sound begins and how loud it is', () => {
    const match = correlate(reference, mix(100_000, [31_234, reference, 0.5]))
    expect(match.offset).toBe(31_234)
    expect(match.offsetMs).toBeCloseTo(31_234 / 24, 6)
    expect(match.correlation).toBeGreaterThan(0.9999)
    expect(match.gainDb).toBeCloseTo(-6.02, 1)
  })

  it('finds it in noise of the same level with the correlation that theory gives', () => {
    const match = correlate(reference, mix(60_000, [20_000, reference], [0, noise(60_000, 8000, 4)]))
    expect(match.offset).toBe(20_000)
    expect(match.correlation).toBeCloseTo(Math.SQRT1_2, 1)
  })

  it('finds nothing in silence or in other sound', () => {
    expect(correlate(reference, new Int16Array(60_000)).correlation).toBe(0)
    expect(correlate(reference, noise(60_000, 8000, 5)).correlation).toBeLessThan(0.05)
  })

  it('searches only where it is told to', () => {
    const recording = mix(100_000, [10_000, reference], [60_000, reference, 0.9])
    expect(correlate(reference, recording).offset).toBe(10_000)
    expect(correlate(reference, recording, { fromMs: 1000 }).offset).toBe(60_000)
    expect(correlate(reference, recording, { fromMs: 1000, toMs: 2000 }).correlation).toBeLessThan(0.5)
  })

  it('also fits a reference that is cut off at the end of the recording', () => {
    const match = correlate(reference, mix(30_000, [18_000, reference]))
    expect(match.offset).toBe(18_000)
    expect(match.correlation).toBeCloseTo(Math.SQRT1_2, 1)
  })
})

describe('highPass', () => {
  it('leaves what is above and removes what is below', () => {
    const level = (hz: number): number => rmsDb(highPass(tone(24_000, 16_384, hz)).subarray(2400)) - rmsDb(tone(24_000, 16_384, hz))
    expect(level(4000)).toBeCloseTo(0, 1)
    expect(level(500)).toBeCloseTo(-6, 1)
    expect(level(125)).toBeCloseTo(-48, 0)
  })
})

describe('levels', () => {
  it('are dB of full scale', () => {
    expect(rmsDb(tone(24_000))).toBeCloseTo(-9.03, 2)
    expect(peakDb(tone(24_000))).toBeCloseTo(-6.02, 2)
    expect(rmsDb(new Int16Array(10))).toBe(-Infinity)
  })

  it('come window by window', () => {
    const envelope = envelopeDb(mix(4800, [2400, tone(2400)]), { windowMs: 50 })
    expect(envelope.map((db) => Math.round(db))).toEqual([-Infinity, -Infinity, -9, -9])
  })
})

describe('sound and silence', () => {
  const twoTones = mix(48_000, [2400, tone(12_000)], [16_800, tone(12_000)])

  it('are told apart to the sample', () => {
    const span = findSound(twoTones)
    expect(span?.startMs).toBeCloseTo(100, 0)
    expect(span?.endMs).toBeCloseTo(1200, 0)
    expect(findSound(new Int16Array(100))).toBeNull()
    expect(findSound(mix(1000, [500, Int16Array.of(200)]))).toMatchObject({ start: 500, end: 501 })
  })

  it('give the gaps between sounds, not the silence around them', () => {
    expect(longestGapMs(twoTones)).toBeCloseTo(100, 0)
    expect(findGaps(twoTones, 5)).toHaveLength(1)
    expect(findGaps(twoTones, 5)[0]?.startMs).toBeCloseTo(600, 0)
    expect(longestGapMs(tone(24_000))).toBe(0)
    expect(longestGapMs(new Int16Array(1000))).toBe(0)
  })

  it('can be cut by ms from either end', () => {
    expect(sliceMs(twoTones, 100, 600)).toHaveLength(12_000)
    expect(sliceMs(twoTones, -100)).toHaveLength(2400)
  })
})

describe('follow', () => {
  const clip = noise(24 * 3000, 8000, 7)

  it('finds all of a clip that was played in one go', () => {
    expect(follow(clip, mix(24 * 4000, [24 * 300, clip, 0.5]))).toMatchObject({ missing: 0, stretches: 15, insertedMs: 0 })
  })

  it('finds a voice that lies half a sample beside', () => {
    // Sharp sounds, written as a formula so that they are known between the samples too.
    const at = (t: number): number => 4000 * (Math.sin(0.9 * t + 40 * Math.sin(t / 900)) + Math.sin(1.7 * t + 60 * Math.sin(t / 1300)) + Math.sin(2.1 * t + 30 * Math.sin(t / 700)))
    const sharp = Int16Array.from({ length: 24 * 2000 }, (_, i) => Math.round(at(i)))
    const beside = Int16Array.from({ length: 24 * 2500 }, (_, i) => (i < 2400 || i >= 24 * 2100 ? 0 : Math.round(at(i - 2400 - 0.5))))
    expect(correlate(sharp, beside).correlation).toBeLessThan(0.8)
    const course = follow(sharp, beside)
    expect(course).toMatchObject({ missing: 0, stretches: 10 })
    expect(course.worst).toBeGreaterThan(0.999)
  })

  it('tells a short pause from a missing piece', () => {
    const paused = mix(24 * 4000, [0, clip.subarray(0, 24 * 1500)], [24 * 1520, clip.subarray(24 * 1500)])
    expect(follow(clip, paused)).toMatchObject({ insertedMs: 20 })
    const holed = mix(24 * 4000, [0, clip.subarray(0, 24 * 1000)], [24 * 1800, clip.subarray(24 * 1800)])
    expect(follow(clip, holed).missing).toBeGreaterThanOrEqual(4)
    expect(follow(clip, holed).insertedMs).toBe(0)
  })
  it('says nothing of what the machine broke, and all the more of the rest', () => {
    const [a, b, c] = [clip.subarray(0, 24 * 900), clip.subarray(24 * 900, 24 * 1700), clip.subarray(24 * 1720)]
    // The machine inserts 30 ms at 900 and leaves 20 ms out at 1700.
    const torn = mix(24 * 4000, [0, a], [24 * 930, b], [24 * 1730, c])
    const breaks = [
      { startMs: 900, lengthMs: 30 },
      { startMs: 1729, lengthMs: 3 },
    ]
    expect(follow(clip, torn).missing).toBeGreaterThan(0)
    const course = follow(clip, torn, { breaks })
    expect(course).toMatchObject({ missing: 0, insertedMs: 0 })
    expect(course.excused).toBeGreaterThan(0)
    expect(course.excused).toBeLessThan(6)
    // Elsewhere the player loses a stretch.
    const holed = torn.slice().fill(0, 24 * 2450, 24 * 2490)
    expect(follow(clip, holed, { breaks }).missing).toBe(1)
    // And pauses.
    const paused = mix(24 * 4000, [0, torn.subarray(0, 24 * 2450)], [24 * 2475, torn.subarray(24 * 2450)])
    expect(follow(clip, paused, { breaks }).insertedMs).toBeCloseTo(25, 1)
  })
})
