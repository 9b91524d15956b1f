import { normalAccelerator } from './accelerator.ts'
import { conversionFailure } from './native-image.ts'
import { StrictEmitter } from './strict.ts'

/** `globalShortcut` on a desktop whose keys only a test presses, through the control surface. */
export class GlobalShortcut extends StrictEmitter {
  #isReady: () => boolean
  #registered = new Map<string, () => void>()
  #suspended = false
  /** Accelerators that another program has, in any spelling: registering one gives false. */
  readonly taken = new Set<string>()

  constructor(isReady: () => boolean) {
    super()
    this.#isReady = isReady
  }

  register(accelerator: string, callback: () => void): boolean {
    const keys = this.#keys(accelerator)
    if (typeof callback !== 'function') throw conversionFailure(callback, 1)
    if (this.#suspended || this.#registered.has(keys) || [...this.taken].some((other) => normalAccelerator(other) === keys)) return false
    this.#registered.set(keys, callback)
    return true
  }

  /** All of them or none. */
  registerAll(accelerators: string[], callback: () => void): void {
    const made: string[] = []
    for (const accelerator of accelerators) {
      if (this.register(accelerator, callback)) made.push(accelerator)
      else {
        for (const other of made) this.unregister(other)
        return
      }
    }
  }

  isRegistered(accelerator: string): boolean { return this.#registered.has(this.#keys(accelerator)) }
  unregister(accelerator: string): void { this.#registered.delete(this.#keys(accelerator)) }
  unregisterAll(): void {
    this.#ready()
    this.#registered.clear()
  }
  setSuspended(on: boolean): void {
    this.#ready()
    if (typeof on !== 'boolean') throw conversionFailure(on)
    this.#suspended = on
  }
  isSuspended(): boolean {
    this.#ready()
    return this.#suspended
  }

  /** A person presses the keys; false when nobody has registered them. */
  press(accelerator: string): boolean {
    const callback = this.#suspended ? undefined : this.#registered.get(normalAccelerator(accelerator) ?? '')
    callback?.()
    return callback !== undefined
  }

  #keys(accelerator: string): string {
    const keys = normalAccelerator(accelerator)
    if (keys === null) throw conversionFailure(accelerator)
    this.#ready()
    return keys
  }

  #ready(): void { if (!this.#isReady()) throw new Error('globalShortcut cannot be used before the app is ready') }
}
