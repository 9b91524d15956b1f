import type { TalkKeyTrialShown } from '../../../shared/state.ts'
import type { HoldOrTapState } from './hold-or-tap.ts'

export interface TalkKeyTrialOptions {
  onChange: (shown: TalkKeyTrialShown | null) => void
  /** ms, monotonic. */
  now: () => number
}

const WAITING: TalkKeyTrialShown = { phase: 'waiting', last: null }

/** Shows what the talk key's presses would do, while a person tries it: no turn begins, nothing is heard. */
export class TalkKeyTrial {
  readonly #options: TalkKeyTrialOptions
  #shown: TalkKeyTrialShown | null = null
  #began = 0

  constructor(options: TalkKeyTrialOptions) {
    this.#options = options
  }

  /** Presses are tried out, not meant. */
  get on(): boolean {
    return this.#shown !== null
  }

  /** A turn would run now. */
  get open(): boolean {
    return this.#shown !== null && this.#shown.phase !== 'waiting'
  }

  set(on: boolean): void {
    if (on !== this.on) this.#show(on ? WAITING : null)
  }

  press(): void {
    this.#began = this.#options.now()
    this.#show({ phase: 'held', last: null })
  }

  /** Where the key is. */
  phase(phase: HoldOrTapState['phase']): void {
    if (phase === 'latched' && this.#shown?.phase === 'held') this.#show({ phase: 'tapped', last: null })
  }

  release(): void {
    if (!this.#shown || !this.open) return
    this.#show({ phase: 'waiting', last: { as: this.#shown.phase === 'tapped' ? 'tap' : 'hold', ms: Math.round(this.#options.now() - this.#began) } })
  }

  cancel(): void {
    if (this.on) this.#show(WAITING)
  }

  #show(shown: TalkKeyTrialShown | null): void {
    this.#shown = shown
    this.#options.onChange(shown)
  }
}
