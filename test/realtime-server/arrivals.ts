import type { Json } from './wire.ts'

interface Waiter {
  resolve(event: Json): void
  reject(problem: Error): void
  timer: NodeJS.Timeout
}

/** Hands each arrived event to one waiter, whoever comes first. */
export class Arrivals {
  readonly #arrived = new Map<string, Json[]>()
  readonly #waiting = new Map<string, Waiter[]>()

  push(type: string, event: Json): void {
    const waiter = this.#waiting.get(type)?.shift()
    if (waiter !== undefined) {
      clearTimeout(waiter.timer)
      waiter.resolve(event)
      return
    }
    // Sound comes in thousands and nobody waits for each piece.
    const kept = this.#arrived.get(type) ?? []
    if (kept.length < 1000) kept.push(event)
    this.#arrived.set(type, kept)
  }

  next(type: string, timeoutMs: number): Promise<Json> {
    const already = this.#arrived.get(type)?.shift()
    if (already !== undefined) return Promise.resolve(already)
    return new Promise((resolve, reject) => {
      const waiters = this.#waiting.get(type) ?? []
      this.#waiting.set(type, waiters)
      const timer = setTimeout(() => {
        waiters.splice(waiters.indexOf(waiter), 1)
        reject(new Error(`no ${type} within ${timeoutMs} ms`))
      }, timeoutMs)
      const waiter: Waiter = { resolve, reject, timer }
      waiters.push(waiter)
    })
  }

  stop(): void {
    for (const waiters of this.#waiting.values()) {
      for (const waiter of waiters) {
        clearTimeout(waiter.timer)
        waiter.reject(new Error('the server was stopped'))
      }
    }
    this.#waiting.clear()
  }
}
