import { describe, expect, it } from 'vitest'
import { RateLimits } from '../../../main/voice/rate-limits.ts'

describe('RateLimits', () => {
  it.each([
    ['Rate limit reached. Please try again in 6.2s. Visit the dashboard.', 6200],
    ['Please try again in 20s.', 20_000],
    ['Please retry after 3 seconds', 3000],
    ['Please try again in 1m3.5s.', 60_000],
    ['Please try again in 1m.', 60_000],
    ['Please try again in 250ms.', 1000],
  ])('reads the wait from “%s”, 1–60 s', (message, ms) => {
    expect(new RateLimits(() => 0).waitMs(message)).toBe(ms)
  })

  it('takes the reset of the limit that is used up, and what has passed of it', () => {
    let now = 0
    const limits = new RateLimits(() => now)
    limits.updated([
      { name: 'requests', remaining: 100, reset_seconds: 50 },
      { name: 'tokens', remaining: 0, reset_seconds: 12 },
    ])
    now = 2000
    expect(limits.waitMs('')).toBe(10_000)
    now = 100_000
    expect(limits.waitMs('')).toBe(1000)
  })

  it('waits a little where nothing is known', () => {
    const limits = new RateLimits(() => 0)
    expect(limits.waitMs('Too much.')).toBe(5000)
    limits.updated([])
    expect(limits.waitMs('Too much.')).toBe(5000)
  })
})
