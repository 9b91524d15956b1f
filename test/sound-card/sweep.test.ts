import { describe, expect, it } from 'vitest'
import { findEnding, placeOf, sweep } from './index.ts'

const said = sweep(4000)

/** 300 ms of silence, then the sweep up to a time, its end faded. */
function cutAt(ms: number, fadeMs: number): Int16Array {
  const out = new Int16Array(24 * 5000)
  const [end, fade] = [Math.round(ms * 24), Math.round(fadeMs * 24)]
  for (let i = 0; i < end; i++) out[24 * 300 + i] = Math.round((said[i] ?? 0) * Math.min(1, (end - i) / Math.max(1, fade)))
  return out
}

describe('the ending of a sweep', () => {
  it.each([700, 1234.5, 2801, 3999])('is found to a fraction of a millisecond: %d', (ms) => {
    const ending = findEnding(said, { heard: cutAt(ms, 5) })
    expect(Math.abs(ending.playedMs - ms)).toBeLessThan(0.3)
    expect(ending).toMatchObject({ click: false, broken: false })
    expect(ending.correlation).toBeGreaterThan(0.999)
  })

  it('does not care for what was torn before', () => {
    const whole = cutAt(2000, 5)
    const torn = new Int16Array(whole.length)
    torn.set(whole.subarray(0, 24 * 1000))
    torn.set(whole.subarray(24 * 970, -24 * 100), 24 * 1050)
    expect(Math.abs(findEnding(said, { heard: torn, breaks: [{ startMs: 1000, lengthMs: 50 }] }).playedMs - 2000)).toBeLessThan(0.3)
    expect(findEnding(said, { heard: torn, breaks: [{ startMs: 2250, lengthMs: 20 }] }).broken).toBe(true)
  })

  it('clicks when it is cut without a fade', () => {
    for (const ms of [700, 1234.5, 2801]) expect(findEnding(said, { heard: cutAt(ms, 0) }).click, String(ms)).toBe(true)
  })

  it('cannot be found in silence', () => {
    expect(() => findEnding(said, { heard: new Int16Array(1000) })).toThrow(/nothing was heard/)
  })
})

it('a moment of a recording has its place in the sweep, seen from either side', () => {
  const heard = cutAt(3000, 5)
  expect(placeOf(said, heard, 2300, 'before')).toBeCloseTo(2000, 0)
  expect(placeOf(said, heard, 1300, 'after')).toBeCloseTo(1000, 0)
  expect(() => placeOf(said, heard, 4000, 'after')).toThrow(/nothing/)
})
