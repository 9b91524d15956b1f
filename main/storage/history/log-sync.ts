import { open } from 'node:fs/promises'

/**
 * Has SQLite's write-ahead log put on the medium after commits, beside the thread instead of in it:
 * a commit is safe from the end of the process at once, and from a power cut as soon as the medium
 * has followed, and a medium that stalls for seconds does not hold the next commit up. Locks are
 * not touched: SQLite has none on this file (https://sqlite.org/walformat.html §2).
 */
export class LogSync {
  readonly #log: string
  readonly #onSynced: () => void
  #state: 'idle' | 'running' | 'running, then again' = 'idle'

  /** @param file the database @param onSynced the medium has what was committed before the last `request` */
  constructor(file: string, onSynced: () => void) {
    this.#log = `${file}-wal`
    this.#onSynced = onSynced
  }

  /** Something was committed. Never throws. */
  request(): void {
    if (this.#state !== 'idle') {
      this.#state = 'running, then again'
      return
    }
    this.#state = 'running'
    void this.#sync().then(() => {
      const again = this.#state === 'running, then again'
      this.#state = 'idle'
      if (again) this.request()
    })
  }

  async #sync(): Promise<void> {
    try {
      // Windows flushes only what is open for writing.
      const handle = await open(this.#log, 'r+')
      try {
        await handle.datasync()
      } finally {
        await handle.close()
      }
      this.#onSynced()
    } catch (error) {
      // There is no log any more, or the medium fails: SQLite's next checkpoint meets that as well, and says it.
      void error
    }
  }
}
