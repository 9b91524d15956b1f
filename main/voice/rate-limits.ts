import type { RateLimit } from '../../shared/realtime/response.ts'

/** Wait where the server names none, ms. */
const UNKNOWN_MS = 5000
/** Shortest and longest wait, ms; whoever waits longer wants to be asked. */
const SHORTEST_MS = 1000
const LONGEST_MS = 60_000

/** "Please try again in 6.2s", "in 250ms", "in 1m3.5s". */
const IN_WORDS = /\b(?:try again|retry)\s+(?:in|after)\s+(?:(\d+)m(?!s))?\s*(?:(\d+(?:\.\d+)?)\s*(ms|s\b|seconds?))?/i

/** When a server that is asked too much may be asked again (behaviour.md §12). */
export class RateLimits {
  readonly #now: () => number
  #limits: readonly RateLimit[] = []
  #at = 0

  /** @param now ms of a clock that only goes forward */
  constructor(now: () => number) {
    this.#now = now
  }

  /** `rate_limits.updated`: a hint, which may never come. */
  updated(limits: readonly RateLimit[]): void {
    this.#limits = limits
    this.#at = this.#now()
  }

  /** How long to wait, ms, 1–60 s. @param message what the server said of it */
  waitMs(message: string): number {
    const wait = inWords(message) ?? this.#untilReset() ?? UNKNOWN_MS
    return Math.ceil(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, wait)))
  }

  #untilReset(): number | null {
    const known = this.#limits.filter((limit) => limit.reset_seconds !== undefined)
    const used = known.filter((limit) => limit.remaining === 0)
    const resets = (used.length > 0 ? used : known).map((limit) => (limit.reset_seconds ?? 0) * 1000)
    return resets.length === 0 ? null : Math.max(...resets) - (this.#now() - this.#at)
  }
}

function inWords(message: string): number | null {
  const [, minutes, amount, unit] = IN_WORDS.exec(message) ?? []
  if (minutes === undefined && amount === undefined) return null
  return Number(minutes ?? 0) * 60_000 + Number(amount ?? 0) * (unit?.toLowerCase() === 'ms' ? 1 : 1000)
}
