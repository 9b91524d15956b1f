import type { Disposable } from '../../shared/disposable.ts'

/** How often a clock is looked at, ms. */
export const POLL_MS = 500
/** A clock that stands still for so long, ms, is dead, whatever the context's `state` says. */
export const DEAD_AFTER_MS = 1000

/** Judges from readings whether a clock is dead. */
export class ClockJudge {
  #clock = Number.NaN
  #movedAt = 0
  #still = 0

  /** Forgets all readings, e.g. while the clock may stand still for a good reason. */
  reset(): void {
    this.#clock = Number.NaN
  }

  /**
   * Takes one reading.
   * @param clock seconds of the clock that is judged
   * @param now ms of a clock that is trusted
   * @returns true when it is dead: no advance for a second and over two readings, so that a late timer alone kills nothing
   */
  isDead(clock: number, now: number): boolean {
    if (clock !== this.#clock) {
      this.#clock = clock
      this.#movedAt = now
      this.#still = 0
      return false
    }
    this.#still++
    return this.#still >= 2 && now - this.#movedAt >= DEAD_AFTER_MS
  }
}

export interface ClockWatchOptions {
  /** The clock in seconds while it ought to run, else null. */
  read: () => number | null
  /** Called once for each death; watching goes on. */
  onDead: () => void
}

/** Watches an audio context's clock: contexts die without an event and their `state` lies. */
export function setUpClockWatch(options: ClockWatchOptions): Disposable {
  const judge = new ClockJudge()
  const timer = setInterval(() => {
    const clock = options.read()
    if (clock === null) {
      judge.reset()
    } else if (judge.isDead(clock, performance.now())) {
      judge.reset()
      options.onDead()
    }
  }, POLL_MS)
  return {
    dispose() {
      clearInterval(timer)
    },
  }
}
