import { clockMoves, messageOf, sleep, type SoundContext } from './audio-context.ts'
import { listDevices } from './devices.ts'

/** After a switch the clock stands still for about half a second; so long it is not judged, ms. */
const SETTLE_MS = 1500
/** A switch that takes longer has failed, ms. */
const SWITCH_TIMEOUT_MS = 3000
/** Wait for a new device to take sound, ms; then it is given it all the same. */
const START_TIMEOUT_MS = 1000
/** More than a device says that it holds, and most that is waited for it, ms. */
const DRAIN_MARGIN_MS = 30
const LONGEST_DRAIN_MS = 300

export interface OutputSwitchOptions {
  /** The wanted device cannot be used; the system's default sounds instead. */
  onFallback: (message: string) => void
  /** What is played must stand still while sound changes over, since what a device holds then is lost. */
  hold: (held: boolean) => void
  /** Sound comes out of another device now. */
  onChanged: () => void
}

/**
 * Puts a context's sound on the chosen output device. Switches run one after the other; of
 * several wishes the newest wins. Nothing is lost or heard twice: what sounds is held back until
 * the old device has played what it has, and the new one runs.
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

  /** True while sound comes out of the system's default. */
  get onDefault(): boolean {
    return this.#applied === ''
  }

  /** Begins to care for a context, which must be on the system's default output. */
  attach(context: SoundContext): void {
    this.#context = context
    this.#applied = ''
    this.#running = false
    void this.#apply()
  }

  /** @param deviceId null = the system's default */
  choose(deviceId: string | null): void {
    this.#wanted = deviceId ?? ''
    void this.#apply()
  }

  async #apply(): Promise<void> {
    const context = this.#context
    if (this.#running || !context) return
    this.#running = true
    for (let refused: string | null = null; ; ) {
      const wanted: string = this.#wanted === refused ? '' : this.#wanted
      if (wanted === this.#applied) break
      let problem: string | null = null
      try {
        await this.#switch(context, wanted)
      } catch (error) {
        problem = messageOf(error)
      }
      // A dead context may take its time; the one in its place has its own run.
      if (context !== this.#context) return
      this.#settledAt = performance.now() + SETTLE_MS
      if (problem === null) {
        this.#applied = wanted
        this.#options.onChanged()
      } else if (wanted === '') break
      else {
        refused = wanted
        this.#options.onFallback(problem)
      }
    }
    this.#running = false
  }

  async #switch(context: SoundContext, wanted: string): Promise<void> {
    if (wanted !== '') {
      // None at all: they are not told before a microphone was used.
      const { outputs } = await listDevices()
      if (outputs.length > 0 && !outputs.some(({ deviceId }) => deviceId === wanted)) throw new Error('the device is not there')
    }
    if (context !== this.#context) return
    this.#options.hold(true)
    try {
      await sleep(Math.min(LONGEST_DRAIN_MS, (context.baseLatency + context.outputLatency) * 1000 + DRAIN_MARGIN_MS))
      const late = sleep(SWITCH_TIMEOUT_MS).then(() => {
        throw new Error('the device does not answer')
      })
      await Promise.race([context.setSinkId(wanted), late])
      await clockMoves(context, START_TIMEOUT_MS)
    } finally {
      // One that was replaced meanwhile gave its sound away.
      if (context === this.#context) this.#options.hold(false)
    }
  }
}
