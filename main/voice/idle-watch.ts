/** How often it is looked whether anybody is still there, ms. */
const CHECK_MS = 5000
/** A sound warns this long before the line is closed, ms. */
const WARNING_MS = 20_000

export interface IdleWatchOptions {
  /** The line is closed after this long without a word, ms; 0 = never, or not now. */
  limitMs: () => number
  /** Somebody is being answered, or speaks by hand. */
  busy: () => boolean
  warn: () => void
  close: (limitMs: number) => void
  now: () => number
}

/** Closes an open line that nobody uses: nobody is to pay for it (design §5). */
export class IdleWatch {
  readonly #options: IdleWatchOptions
  #timer: NodeJS.Timeout | null = null
  #spokeAt = -Infinity
  #warned = false

  constructor(options: IdleWatchOptions) {
    this.#options = options
  }

  /** When the person was last heard from, ms; -Infinity: never. */
  get spokeAt(): number {
    return this.#spokeAt
  }

  /** The person was heard from. */
  spoke(): void {
    this.#spokeAt = this.#options.now()
    this.#warned = false
  }

  /** A line is open. */
  start(): void {
    this.spoke()
    this.#timer ??= setInterval(() => {
      this.#check()
    }, CHECK_MS)
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  #check(): void {
    const limit = this.#options.limitMs()
    if (limit === 0) return
    if (this.#options.busy()) {
      this.spoke()
      return
    }
    const idle = this.#options.now() - this.#spokeAt
    if (idle >= limit - WARNING_MS && !this.#warned) {
      this.#warned = true
      this.#options.warn()
    }
    if (idle >= limit) this.#options.close(limit)
  }
}
