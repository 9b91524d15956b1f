import { describe, expect, it } from 'vitest'
import { estimateHeardChars, framesToMs } from '../../../shared/conversation/heard.ts'

describe('framesToMs', () => {
  it('rounds down, as the API refuses more than was generated', () => {
    expect(framesToMs(24)).toBe(1)
    expect(framesToMs(47)).toBe(1)
    expect(framesToMs(0)).toBe(0)
    expect(framesToMs(24_000 * 3600)).toBe(3_600_000)
  })
})

describe('estimateHeardChars', () => {
  const text = 'You wanted two quotes before Friday.'

  it('is nothing before the first sample and everything after the last', () => {
    expect(estimateHeardChars(text, 0, 2000, true)).toBe(0)
    expect(estimateHeardChars(text, 2000, 2000, true)).toBe(text.length)
    expect(estimateHeardChars('', 500, 2000, true)).toBe(0)
  })

  it('rounds down to a whole word', () => {
    for (let ms = 1; ms < 2000; ms += 7) {
      const chars = estimateHeardChars(text, ms, 2000, true)
      expect(chars).toBeLessThanOrEqual((text.length * ms) / 2000)
      expect(chars === 0 || /^\s|^$/.test(text.slice(chars, chars + 1))).toBe(true)
    }
    expect(text.slice(0, estimateHeardChars(text, 1000, 2000, true))).toBe('You wanted two')
  })

  it('does not believe that all text was heard when the text runs ahead of the sound', () => {
    // 36 characters are about 2.4 s of speech; half a second of it has arrived and been heard.
    expect(text.slice(0, estimateHeardChars(text, 500, 500, false))).toBe('You')
  })
})
