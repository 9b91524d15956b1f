/** Says whether what has failed is made again: so many times in a row, unless it lived well in between. */
export class RetryCap {
  readonly #most: number
  readonly #soundAfterMs: number
  #failures = 0

  /** @param options.most tries in a row @param options.soundAfterMs what worked this long counts as sound, and the count begins anew */
  constructor(options: { most: number; soundAfterMs: number }) {
    this.#most = options.most
    this.#soundAfterMs = options.soundAfterMs
  }

  /**
   * Counts a failure.
   *
   * @param workedMs how long it had worked; 0 when it never did
   * @returns which try comes now, from 1; null: no more
   */
  failed(workedMs: number): number | null {
    this.#failures = workedMs >= this.#soundAfterMs ? 1 : this.#failures + 1
    return this.#failures > this.#most ? null : this.#failures
  }

  /** Begins to count anew. */
  reset(): void {
    this.#failures = 0
  }
}
