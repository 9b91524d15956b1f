import { messageOf, type SoundContext } from './audio-context.ts'

/** After a switch the clock stands still for about half a second; so long it is not judged, ms. */
const SETTLE_MS = 1500

export interface OutputSwitchOptions {
  /** The wanted device cannot be used; the system's default sounds instead. */
  onFallback: (message: string) => void
}

/**
 * Puts a context's sound on the chosen output device. Switches run one after the other; of
 * several wishes the newest wins.
 */
export class OutputSwitch {
  readonly #options: OutputSwitchOptions
  #context: SoundContext | null = null
  /** Sink ids; empty = the system's default. */
  #wanted = ''
  #applied = ''
  #running = false
  #settledAt = 0

  constructor(options: OutputSwitchOptions) {
    this.#options = options
  }

  /** True while the context's clock may stand still because of a switch. */
  get switching(): boolean {
    return this.#running || performance.now() < this.#settledAt
  }

  /** Begins to care for a context, which must be on the system's default output. */
  attach(context: SoundContext): void {
    this.#context = context
    this.#applied = ''
    void this.#apply()
  }

  /** @param deviceId null = the system's default */
  choose(deviceId: string | null): void {
    this.#wanted = deviceId ?? ''
    void this.#apply()
  }

  /** Tries the wanted device again when it could not be had: devices came or went. */
  retry(): void {
    void this.#apply()
  }

  async #apply(): Promise<void> {
    if (this.#running) return
    this.#running = true
    for (let refused: string | null = null; this.#context; ) {
      const context = this.#context
      const wanted: string = this.#wanted === refused ? '' : this.#wanted
      if (wanted === this.#applied) break
      try {
        await context.setSinkId(wanted)
        if (context === this.#context) this.#applied = wanted
      } catch (error) {
        if (context !== this.#context) continue
        if (wanted === '') break
        refused = wanted
        this.#options.onFallback(messageOf(error))
      }
      this.#settledAt = performance.now() + SETTLE_MS
    }
    this.#running = false
  }
}
