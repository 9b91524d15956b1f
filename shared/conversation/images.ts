/** Characters of pictures that are kept (64 MiB of UTF-16 units at most); the oldest go first. */
const MAX_KEPT = 32 * 1024 * 1024

/** The pictures of a conversation, apart from its entries, since those travel to every window. */
export class ImageStore {
  readonly #urls = new Map<string, string>()
  #kept = 0

  put(itemId: string, contentIndex: number, url: string): void {
    const key = `${String(contentIndex)} ${itemId}`
    this.#forget(key)
    this.#urls.set(key, url)
    this.#kept += url.length
    for (const oldest of this.#urls.keys()) {
      if (this.#kept <= MAX_KEPT) break
      this.#forget(oldest)
    }
  }

  get(itemId: string, contentIndex: number): string | null {
    return this.#urls.get(`${String(contentIndex)} ${itemId}`) ?? null
  }

  #forget(key: string): void {
    this.#kept -= this.#urls.get(key)?.length ?? 0
    this.#urls.delete(key)
  }
}
