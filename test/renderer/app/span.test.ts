import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { around, first, fitted, newer, older, STEP, tail, TAIL, type Span } from '../../../renderer/app/conversation/span.ts'

describe('the rows that are mounted', () => {
  it('are the newest, and all of a short conversation', () => {
    expect(tail(0)).toEqual({ from: 0, to: null })
    expect(tail(TAIL)).toEqual({ from: 0, to: null })
    expect(tail(10_000)).toEqual({ from: 10_000 - TAIL, to: null })
  })

  it('are at first as many as can be seen, and with the first step upwards those that come with any end', () => {
    expect(first(10_000, 700)).toEqual({ from: 10_000 - 18, to: null })
    expect(older(first(10_000, 700), 10_000)).toEqual(tail(10_000))
    expect(older(tail(10_000), 10_000)).toEqual({ from: 10_000 - TAIL - STEP, to: null })
    expect(first(10_000, 4000)).toEqual(tail(10_000))
    expect(first(3, 700)).toEqual({ from: 0, to: null })
    expect(older(first(20, 700), 20)).toEqual({ from: 0, to: null })
  })

  it('grow with the conversation while its end is followed, and old ones are let go in one go', () => {
    expect(fitted({ from: 0, to: null }, TAIL + STEP, true)).toEqual({ from: 0, to: null })
    expect(fitted({ from: 0, to: null }, TAIL + STEP + 1, true)).toEqual(tail(TAIL + STEP + 1))
    expect(fitted({ from: 0, to: null }, TAIL + STEP + 1, false)).toEqual({ from: 0, to: null })
  })

  it('start anew with another conversation', () => {
    expect(fitted({ from: 900, to: 960 }, 3, false)).toEqual({ from: 0, to: null })
    expect(fitted({ from: 900, to: null }, 0, true)).toEqual({ from: 0, to: null })
    expect(fitted({ from: 10, to: 60 }, 60, false)).toEqual({ from: 10, to: null })
  })

  it('follow the reader up to the first entry and back to the newest, never too many, always overlapping', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1200 }), fc.array(fc.constantFrom(older, newer), { maxLength: 40 }), (count, steps) => {
        let span: Span = tail(count)
        for (const step of steps) {
          const next = step(span, count)
          const [from, to] = [next.from, next.to ?? count]
          expect(from).toBeGreaterThanOrEqual(0)
          expect(to).toBeLessThanOrEqual(count)
          expect(to - from).toBeLessThanOrEqual(160)
          expect(Math.min(to, span.to ?? count)).toBeGreaterThan(Math.max(from, span.from))
          span = next
        }
        for (let i = 0; i < 60; i++) span = older(span, count)
        expect(span.from).toBe(0)
        for (let i = 0; i < 60; i++) span = newer(span, count)
        expect(span.to).toBeNull()
      }),
      { numRuns: 60 },
    )
  })

  it('surround an entry that is asked for', () => {
    expect(around(0, 5)).toEqual({ from: 0, to: null })
    expect(around(500, 10_000)).toEqual({ from: 500 - STEP, to: 500 + STEP })
    expect(around(9_990, 10_000)).toEqual({ from: 9_950, to: null })
  })
})
