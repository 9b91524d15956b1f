import type { RingingTimer } from '../shared/state.ts'

/** A ringing timer sounds this often, ms, */
const REPEAT_MS = 2500
/** and falls silent by itself after this long; it stays shown. */
const LONGEST_MS = 60_000

export interface AlarmOptions {
  /** Makes one sound. */
  sound: () => void
  /** Tells a person who sees no window. */
  notify: (timer: RingingTimer) => void
  onChange: (ringing: readonly RingingTimer[]) => void
}

/** Timers that are up: heard and shown until somebody dismisses them, whether or not a conversation runs. */
export class Alarm {
  readonly #options: AlarmOptions
  #ringing: readonly RingingTimer[] = []
  #timer: NodeJS.Timeout | null = null
  #rungs = 0

  constructor(options: AlarmOptions) {
    this.#options = options
  }

  ring(timer: RingingTimer): void {
    this.#set([...this.#ringing, { id: timer.id, label: timer.label, lateMs: timer.lateMs }])
    this.#options.notify(timer)
    this.#rungs = 0
    this.#options.sound()
    this.#timer ??= setInterval(() => {
      this.#rungs++
      if (this.#rungs * REPEAT_MS >= LONGEST_MS) this.#silence()
      else this.#options.sound()
    }, REPEAT_MS)
  }

  dismiss(id: string): void {
    this.#set(this.#ringing.filter((timer) => timer.id !== id))
    if (this.#ringing.length === 0) this.#silence()
  }

  #set(ringing: readonly RingingTimer[]): void {
    this.#ringing = ringing
    this.#options.onChange(ringing)
  }

  #silence(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }
}
