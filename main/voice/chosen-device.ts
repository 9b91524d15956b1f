import type { AudioDevice } from '../../shared/voice-port.ts'

/** A device that was taken back and lost again sooner than this, ms, is not trusted at once any more. */
const STABLE_MS = 30_000
/** So long such a device is left alone, ms: doubles from the first to the last, so that a loose plug makes no storm. */
const FIRST_PAUSE_MS = 1000
const LAST_PAUSE_MS = 30_000

export interface ChosenDeviceOptions {
  /** Which device was chosen; null: the system's default, which is there while there is any. */
  id: () => string | null
  /** ms, of a clock that only goes forward */
  now: () => number
  /** It is never taken back sooner than this after it was lost, ms. */
  leastPauseMs?: number
}

/**
 * One device that a person has chosen: whether it can be used, and when it may be taken back after
 * it was lost. The exact id is what tells a device; it knows of it what it is told and does nothing itself.
 */
export class ChosenDevice {
  readonly #options: ChosenDeviceOptions
  #id: string | null = null
  /** What was listed last, and the device itself as it was listed last. */
  #known: readonly AudioDevice[] = []
  #gone = false
  /** Listed since it was lost. */
  #listed = false
  #takenBackAt = -Infinity
  #pauseMs = 0
  #lostAt = -Infinity

  constructor(options: ChosenDeviceOptions) {
    this.#options = options
  }

  /** It was lost and was not taken back yet. */
  get gone(): boolean {
    this.#follow()
    return this.#gone
  }

  /** Name that it was listed under last; empty: never. */
  get label(): string {
    this.#follow()
    return this.#known.find(({ deviceId }) => deviceId === this.#id)?.label ?? ''
  }

  /** How long it must still be left alone before it may be taken back, ms; null: there is nothing to take back. */
  get waitMs(): number | null {
    this.#follow()
    return this.#gone && this.#listed ? Math.max(0, this.#lostAt + Math.max(this.#pauseMs, this.#options.leastPauseMs ?? 0) - this.#options.now()) : null
  }

  /** These are there now. An empty list says nothing: a page is told of no device before it may use one. */
  listed(devices: readonly AudioDevice[]): void {
    this.#follow()
    if (devices.length === 0) return
    const found = this.#id === null ? devices[0] : devices.find(({ deviceId }) => deviceId === this.#id)
    if (!found) this.lost()
    this.#listed = found !== undefined
    this.#known = [...devices, ...this.#known.filter(({ deviceId }) => deviceId === this.#id).slice(0, 1)]
  }

  /** It went away, or cannot be had although it is listed. */
  lost(): void {
    this.#follow()
    this.#listed = false
    if (this.#gone) return
    this.#gone = true
    this.#lostAt = this.#options.now()
    const held = this.#lostAt - this.#takenBackAt >= STABLE_MS
    this.#pauseMs = held ? 0 : Math.min(LAST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2))
  }

  /** It is being taken back. */
  takenBack(): void {
    this.#follow()
    this.#gone = false
    this.#takenBackAt = this.#options.now()
  }

  /** Of another device nothing is known. */
  #follow(): void {
    const id = this.#options.id()
    if (id === this.#id) return
    this.#id = id
    this.#gone = false
    this.#listed = false
    this.#takenBackAt = -Infinity
    this.#pauseMs = 0
  }
}
