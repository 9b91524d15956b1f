/** First wait, longest wait, and most attempts in a row (behaviour.md §9: 0.5 s doubling to 8 s, five attempts). */
const FIRST_MS = 500
const LONGEST_MS = 8000
const ATTEMPTS = 5
/** A connection that held this long was well; one that breaks sooner goes on counting, so that no loop hammers a server. */
const STABLE_MS = 30_000

/** How long to wait before each attempt to get a lost connection back. */
export class Backoff {
  readonly #now: () => number
  readonly #random: () => number
  #attempts = 0
  #openSince: number | null = null

  /** @param random 0–1, for the jitter that keeps many clients from coming back at once */
  constructor(now: () => number, random: () => number = Math.random) {
    this.#now = now
    this.#random = random
  }

  /** The connection stands. */
  opened(): void {
    this.#openSince = this.#now()
  }

  /** Wait before the next attempt, ms; null when enough attempts were made. */
  next(): number | null {
    if (this.#openSince !== null && this.#now() - this.#openSince >= STABLE_MS) this.#attempts = 0
    this.#openSince = null
    if (this.#attempts >= ATTEMPTS) return null
    const wait = Math.min(FIRST_MS * 2 ** this.#attempts, LONGEST_MS)
    this.#attempts++
    return Math.round(wait * (0.75 + this.#random() * 0.5))
  }

  /** A person has taken over: the count begins anew. */
  reset(): void {
    this.#attempts = 0
    this.#openSince = null
  }
}
