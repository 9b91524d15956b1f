/** Joins 16-bit samples that a server split between two deltas: the first byte of one waits for the second. */
export class WholeSamples {
  readonly #halves = new Map<string, number>()

  /** @returns the whole samples that are there by now; `pcm` itself where nothing is split */
  add(itemId: string, pcm: Uint8Array): Uint8Array {
    const half = this.#halves.get(itemId)
    if (half === undefined && pcm.byteLength % 2 === 0) return pcm
    const joined = half === undefined ? pcm : Uint8Array.of(half, ...pcm)
    const whole = joined.byteLength - (joined.byteLength % 2)
    const rest = joined[whole]
    if (rest === undefined) this.#halves.delete(itemId)
    else this.#halves.set(itemId, rest)
    return joined.slice(0, whole)
  }

  /** No more sound of the item will come. */
  end(itemId: string): void {
    this.#halves.delete(itemId)
  }
}
