import { StrictEmitter } from './strict.ts'

/** `globalShortcut` on a desktop whose keys only a test presses, through the control surface. */
export class GlobalShortcut extends StrictEmitter {
  #isReady: () => boolean
  #registered = new Map<string, () => void>()
  #suspended = false
  /** Accelerators that another program has: registering one gives false. */
  readonly taken = new Set<string>()

  constructor(isReady: () => boolean) {
    super()
    this.#isReady = isReady
  }

  register(accelerator: string, callback: () => void): boolean {
    this.#ready()
    if (this.#suspended || this.taken.has(accelerator)) return false
    if (this.#registered.has(accelerator)) return false
    this.#registered.set(accelerator, callback)
    return true
  }
  registerAll(accelerators: string[], callback: () => void): void { for (const accelerator of accelerators) this.register(accelerator, callback) }
  isRegistered(accelerator: string): boolean { this.#ready(); return this.#registered.has(accelerator) }
  unregister(accelerator: string): void { this.#ready(); this.#registered.delete(accelerator) }
  unregisterAll(): void { this.#ready(); this.#registered.clear() }
  setSuspended(on: boolean): void { this.#ready(); this.#suspended = on }
  isSuspended(): boolean { this.#ready(); return this.#suspended }

  /** A person presses the keys; false when nobody has registered them. */
  press(accelerator: string): boolean {
    const callback = this.#suspended ? undefined : this.#registered.get(accelerator)
    callback?.()
    return callback !== undefined
  }

  #ready(): void { if (!this.#isReady()) throw new Error('globalShortcut cannot be used before the app is ready') }
}
