import { describe, expect, it } from 'vitest'
import { belowControl, CONTROL_HZ, CONTROL_LEVEL, controlBreaks, correlate, machineBreaks, readWav, rmsDb, say } from './index.ts'

const RATE = 24_000

const control = (frames: number): Int16Array =>
  Int16Array.from({ length: frames }, (_, i) => Math.round(CONTROL_HZ.reduce((sum, hz) => sum + CONTROL_LEVEL * 32_767 * Math.sin((2 * Math.PI * hz * i) / RATE), 0)))

function add(a: Int16Array, b: Int16Array): Int16Array {
  return a.map((sample, i) => sample + (b[i] ?? 0))
}

describe('the control tone', () => {
  const speech = belowControl(readWav(say('She sells sea shells by the sea shore, six of them.', { rate: RATE })).samples)
  const whole = add(speech, control(speech.length))

  it('is whole under speech with many sharp sounds', () => {
    expect(controlBreaks(whole)).toEqual([])
  })

  it.each([2, 5, 10, 20, 100])('shows %i ms of silence in its place', (ms) => {
    const holed = whole.slice().fill(0, 24_000, 24_000 + ms * 24)
    const [found, ...others] = controlBreaks(holed)
    expect(others).toEqual([])
    expect(Math.abs((found?.startMs ?? 0) - 1000)).toBeLessThan(20)
  })

  it.each([5, 9, 10, 19, 47, 91, 128, 240, 256, 480, 1200, 2400])('shows that %i samples are missing', (frames) => {
    const shortened = new Int16Array(whole.length - frames)
    shortened.set(whole.subarray(0, 24_000))
    shortened.set(whole.subarray(24_000 + frames), 24_000)
    expect(controlBreaks(shortened)).toHaveLength(1)
  })

  it('stays whole when only the speech has a hole', () => {
    const holed = add(speech.slice().fill(0, 24_000, 26_400), control(speech.length))
    expect(controlBreaks(holed)).toEqual([])
  })

  it.each([1, 2, 5])('does not take for the machine’s own what a player does alone: a click %i ms long, a hole, an end', (ms) => {
    const clicked = whole.map((sample, i) => (i >= 24_000 && i < 24_000 + ms * 24 ? (i % 2 === 0 ? 20_000 : -20_000) : sample))
    expect(controlBreaks(clicked)).toHaveLength(1)
    expect(machineBreaks(clicked)).toEqual([])
    const tone = Int16Array.from({ length: speech.length }, (_, i) => Math.round(10_000 * Math.sin((2 * Math.PI * 400 * i) / RATE)))
    const cut = add(tone.fill(0, 24_000 + 13 * ms), control(speech.length))
    expect(machineBreaks(cut)).toEqual([])
  })

  it.each([2, 5, 20, 100])('takes for the machine’s own %i ms of silence, and so much that is missing', (ms) => {
    const frames = ms * 24
    expect(machineBreaks(whole.slice().fill(0, 24_000, 24_000 + frames))).toHaveLength(1)
    const shortened = new Int16Array(whole.length - frames)
    shortened.set(whole.subarray(0, 24_000))
    shortened.set(whole.subarray(24_000 + frames), 24_000)
    expect(machineBreaks(shortened)).toHaveLength(1)
  })

  it('is taken out of a recording again', () => {
    const out = belowControl(whole)
    const match = correlate(speech, out)
    expect(match.offset).toBe(0)
    expect(match.correlation).toBeGreaterThan(0.999)
    expect(rmsDb(belowControl(control(RATE)).subarray(200, -200))).toBeLessThan(-90)
  })

  it('that begins late is broken up to there', () => {
    const late = whole.slice().fill(0, 0, Math.floor(whole.length * 0.7))
    const [found, ...others] = controlBreaks(late)
    expect(others).toEqual([])
    expect(found?.startMs).toBeLessThanOrEqual(50)
    expect(Math.abs((found?.startMs ?? 0) + (found?.lengthMs ?? 0) - (whole.length * 0.7) / 24)).toBeLessThan(20)
  })

  it('that is not there is broken from end to end', () => {
    const [found, ...others] = controlBreaks(speech)
    expect(others).toEqual([])
    expect(found?.startMs).toBe(0)
    expect(found?.lengthMs).toBeGreaterThan(speech.length / 24 - 20)
  })
})
