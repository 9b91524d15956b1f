/** What a {@link RunClock} watches. */
export interface RunClockOptions {
  /** ms of running after which `onLong` is called, once. */
  longMs: number
  onLong: () => void
  /** ms of running after which `onLimit` is called, once. */
  limitMs: number
  onLimit: () => void
}

/** Counts how long a call has run. It stands still while the person is being asked. */
export class RunClock {
  readonly #marks: { leftMs: number; reached: () => void }[]
  #timers: NodeJS.Timeout[] = []
  #startedAt = 0
  #state: 'paused' | 'running' | 'stopped' = 'paused'

  constructor(options: RunClockOptions) {
    this.#marks = [
      { leftMs: options.longMs, reached: options.onLong },
      { leftMs: options.limitMs, reached: options.onLimit },
    ]
  }

  start(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    this.#startedAt = performance.now()
    this.#timers = this.#marks
      .filter((mark) => mark.leftMs > 0)
      .map((mark) =>
        setTimeout(() => {
          mark.leftMs = 0
          mark.reached()
        }, mark.leftMs),
      )
  }

  pause(): void {
    if (this.#state !== 'running') return
    this.#state = 'paused'
    this.#clear()
    const ranMs = performance.now() - this.#startedAt
    // Whatever has not been reached is still ahead, by 1 ms at least.
    for (const mark of this.#marks) if (mark.leftMs > 0) mark.leftMs = Math.max(1, mark.leftMs - ranMs)
  }

  stop(): void {
    this.#state = 'stopped'
    this.#clear()
  }

  #clear(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers = []
  }
}
