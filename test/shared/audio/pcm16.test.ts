import { describe, expect, it } from 'vitest'
import { bytesOf, floatToInt16, int16ToFloat, msToFrames, peakOf, rmsOf, samplesOf } from '../../../shared/audio/pcm16.ts'

describe('PCM16', () => {
  it('brings every 16-bit sample back unchanged from float', () => {
    for (let sample = -32_768; sample <= 32_767; sample++) {
      if (floatToInt16(int16ToFloat(sample)) !== sample) expect.fail(`${String(sample)} changed`)
    }
  })

  it('scales both signs alike, rounds and clamps', () => {
    expect(floatToInt16(0.5)).toBe(16_384)
    expect(floatToInt16(-0.5)).toBe(-16_384)
    expect(floatToInt16(1)).toBe(32_767)
    expect(floatToInt16(-1)).toBe(-32_768)
    expect(floatToInt16(7)).toBe(32_767)
    expect(floatToInt16(-7)).toBe(-32_768)
    expect(floatToInt16(0.6 / 32_768)).toBe(1)
    expect(floatToInt16(-0.6 / 32_768)).toBe(-1)
  })

  it('makes silence of what is not a number', () => {
    expect(floatToInt16(Number.NaN)).toBe(0)
    expect(floatToInt16(Number.POSITIVE_INFINITY)).toBe(32_767)
    expect(Object.is(floatToInt16(-0), 0)).toBe(true)
  })

  it('measures peak and RMS as parts of full scale', () => {
    const square = Int16Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 16_384 : -16_384))
    expect(peakOf(square)).toBe(0.5)
    expect(rmsOf(square)).toBeCloseTo(0.5, 9)
    expect(peakOf(Int16Array.of(-32_768))).toBe(1)
    expect(peakOf(new Int16Array())).toBe(0)
    expect(rmsOf(new Int16Array())).toBe(0)
  })

  it('turns ms into samples', () => {
    expect(msToFrames(20)).toBe(480)
    expect(msToFrames(0.5)).toBe(12)
    expect(msToFrames(-1)).toBe(0)
    expect(msToFrames(Number.NaN)).toBe(0)
  })

  it('reads bytes at any offset and leaves half a sample out', () => {
    const bytes = Uint8Array.of(9, 1, 0, 255, 255, 7)
    expect([...samplesOf(bytes.subarray(1))]).toEqual([1, -1])
    expect([...samplesOf(bytes.subarray(0, 4))]).toEqual([265, -256])
    expect(samplesOf(new Uint8Array([3])).length).toBe(0)
  })

  it('writes exact-size bytes', () => {
    const pcm = bytesOf(Int16Array.of(1, -2, 3).subarray(1))
    expect([...pcm]).toEqual([254, 255, 3, 0])
    expect(pcm.buffer.byteLength).toBe(pcm.byteLength)
  })
})
