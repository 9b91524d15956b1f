import { ToolError } from './tool.ts'

/** Shortest and longest time ahead, ms. */
export const MIN_TIMER_MS = 1_000
export const MAX_TIMER_MS = 24 * 3_600_000
/** The same time tomorrow may be 25 hours away, where clocks go back in between. */
const MAX_CLOCK_TIME_MS = 25 * 3_600_000
/** Most timers at once. */
export const MAX_TIMERS = 20
/** The wall clock is looked at this often while a timer runs, ms. */
const CHECK_MS = 1_000
/** A step back of the wall clock by more than this was made by somebody, ms. */
const STEP_MS = 2_000

/** A timer that runs. */
export interface Timer {
  id: string
  /** What it is for, in the person's words; may be empty. */
  label: string
  /** Unix ms. */
  dueAt: number
}

/** A timer that rings. `lateMs`: since when it should have rung, when the computer slept. */
export interface Ringing extends Timer {
  lateMs: number
}

export interface TimersOptions {
  /** Rings: heard and seen whether or not a conversation runs. */
  ring: (timer: Ringing) => void
  /** A timer was set, cancelled, or rang. */
  onChange?: (timers: readonly Timer[]) => void
  /** `ring` or `onChange` threw. For the log. */
  onFault?: (error: unknown) => void
  /** Unix ms. */
  now?: () => number
  /** ms of a clock that nobody sets; it may stand still while the computer sleeps. */
  monotonic?: () => number
}

/**
 * Timers that ring while Parley runs, conversation or not. They go by the wall clock, looked at
 * once a second, since timers of the run time stand still while the computer sleeps. When the wall
 * clock is set back, countdowns are moved with it and still last what was asked for; a step
 * forward cannot be told from sleep and counts as time that passed.
 */
export class Timers {
  readonly #options: TimersOptions
  readonly #now: () => number
  readonly #monotonic: () => number
  readonly #timers = new Map<string, Timer & { countdown: boolean }>()
  #check: NodeJS.Timeout | null = null
  #count = 0
  #lastNow: number
  #lastMonotonic: number

  constructor(options: TimersOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#monotonic = options.monotonic ?? (() => performance.now())
    this.#lastNow = this.#now()
    this.#lastMonotonic = this.#monotonic()
  }

  /** The timers that run, the next first. */
  get list(): readonly Timer[] {
    return [...this.#timers.values()]
      .map(({ id, label, dueAt }) => ({ id, label, dueAt }))
      .toSorted((a, b) => a.dueAt - b.dueAt)
  }

  /** Sets a timer, `seconds` from now or at a time (Unix ms). Throws {@link ToolError} outside 1 s to 24 h, or when there are too many. */
  set(when: { seconds: number } | { at: number }, label: string): Timer {
    this.#look()
    const countdown = 'seconds' in when
    const aheadMs = countdown ? when.seconds * 1000 : when.at - this.#now()
    if (!(aheadMs >= MIN_TIMER_MS)) throw new ToolError(countdown ? 'a timer runs for 1 second at least' : 'that time is over')
    if (aheadMs > (countdown ? MAX_TIMER_MS : MAX_CLOCK_TIME_MS)) throw new ToolError('a timer runs for 24 hours at most')
    if (this.#timers.size >= MAX_TIMERS) throw new ToolError(`there are ${String(MAX_TIMERS)} timers already`)
    const timer = { id: `timer_${String(++this.#count)}`, label, dueAt: this.#now() + aheadMs, countdown }
    this.#timers.set(timer.id, timer)
    this.#changed()
    return { id: timer.id, label, dueAt: timer.dueAt }
  }

  /** @returns the timer that will not ring, or null when there is none of this id */
  cancel(id: string): Timer | null {
    const timer = this.#timers.get(id)
    if (!timer) return null
    this.#timers.delete(id)
    this.#changed()
    return { id, label: timer.label, dueAt: timer.dueAt }
  }

  /** The computer woke up: what is due rings now. */
  resumed(): void {
    this.#ringDue()
  }

  /** Forgets every timer. */
  dispose(): void {
    this.#timers.clear()
    if (this.#check) clearTimeout(this.#check)
    this.#check = null
  }

  /** Compares the two clocks, and moves countdowns when the wall clock was set back. */
  #look(): number {
    const now = this.#now()
    const monotonic = this.#monotonic()
    const step = now - this.#lastNow - (monotonic - this.#lastMonotonic)
    this.#lastNow = now
    this.#lastMonotonic = monotonic
    if (step < -STEP_MS) for (const timer of this.#timers.values()) if (timer.countdown) timer.dueAt += step
    return now
  }

  #ringDue(): void {
    const now = this.#look()
    const due = this.list.filter((timer) => timer.dueAt <= now)
    for (const timer of due) this.#timers.delete(timer.id)
    for (const timer of due) {
      this.#safely(() => {
        this.#options.ring({ ...timer, lateMs: now - timer.dueAt })
      })
    }
    if (due.length > 0) this.#changed()
    else this.#schedule()
  }

  #changed(): void {
    this.#schedule()
    this.#safely(() => this.#options.onChange?.(this.list))
  }

  #schedule(): void {
    if (this.#check) clearTimeout(this.#check)
    this.#check = null
    const next = this.list[0]
    if (!next) return
    const delay = Math.min(CHECK_MS, Math.max(1, next.dueAt - this.#now()))
    this.#check = setTimeout(() => {
      this.#ringDue()
    }, delay)
  }

  /** One ring that fails must not silence the others. */
  #safely(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#options.onFault?.(error)
    }
  }
}
