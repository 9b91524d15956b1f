import {
  deadlineOf,
  HOLD_OR_TAP_DEFAULTS,
  startOfHoldOrTap,
  step,
  type HoldOrTapConfig,
  type HoldOrTapEffect,
  type HoldOrTapEvent,
  type HoldOrTapState,
} from './hold-or-tap.ts'

/** Why the key means nothing for a while. */
export type PauseReason = 'capture' | 'asleep' | 'locked' | 'changing' | 'trial'

export interface TalkTurnsOptions {
  /** Whether the person's turn runs now: it may have been ended elsewhere. */
  turnOpen: () => boolean
  onEffect: (effect: HoldOrTapEffect) => void
  /** Where the key is now; after the effects of the same step. */
  onPhase?: (phase: HoldOrTapState['phase']) => void
  /** ms, monotonic. */
  now: () => number
}

/** Runs the state machine of `hold-or-tap.ts` on a clock and tells what comes of it. */
export class TalkTurns {
  readonly #options: TalkTurnsOptions
  readonly #paused = new Set<PauseReason>()
  #config: HoldOrTapConfig = HOLD_OR_TAP_DEFAULTS
  #state: HoldOrTapState
  #timer: NodeJS.Timeout | null = null

  constructor(options: TalkTurnsOptions) {
    this.#options = options
    this.#state = startOfHoldOrTap(options.now(), this.#config)
  }

  /** To be changed while paused: what is open goes by the old rules. */
  set config(config: HoldOrTapConfig) {
    this.#config = config
  }

  /** Nothing is a press until every reason is gone; an open turn is cancelled. */
  pause(reason: PauseReason): void {
    this.#paused.add(reason)
    this.feed({ type: 'pause', at: this.#options.now() })
  }

  resume(reason: PauseReason): void {
    if (!this.#paused.delete(reason) || this.#paused.size > 0) return
    this.feed({ type: 'resume', at: this.#options.now() })
  }

  feed(event: HoldOrTapEvent): void {
    // A tapped turn may have ended by itself or through the window: the next tap begins a new one.
    if (this.#state.phase === 'latched' && !this.#options.turnOpen()) {
      this.#state = step(this.#state, { type: 'turn_over', at: event.at }, this.#config).state
    }
    const { state, effects } = step(this.#state, event, this.#config)
    this.#state = state
    this.#arm()
    for (const effect of effects) this.#options.onEffect(effect)
    this.#options.onPhase?.(state.phase)
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const deadline = deadlineOf(this.#state, this.#config)
    if (deadline === null) return
    const due = (): void => {
      this.feed({ type: 'time', at: this.#options.now() })
    }
    this.#timer = setTimeout(due, Math.max(0, Math.ceil(deadline - this.#options.now())))
  }
}
