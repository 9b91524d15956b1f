/**
 * The part of Node's `events` that Electron gives to a sandboxed preload. Self-contained source text.
 */
export interface SmallEmitter {
  on(event: PropertyKey, listener: (...args: never[]) => void): SmallEmitter
  emit(event: PropertyKey, ...args: unknown[]): boolean
}

export function makeEmitterClass(): new () => SmallEmitter {
  type Listener = ((...args: unknown[]) => void) & { listener?: Listener }
  class EventEmitter {
    static EventEmitter: unknown
    #lists = new Map<PropertyKey, Listener[]>()
    #add(event: PropertyKey, listener: Listener, first: boolean): this {
      if (typeof listener !== 'function') throw new TypeError(`The "listener" argument must be of type function. Received ${typeof listener}`)
      const list = this.#lists.get(event) ?? []
      this.#lists.set(event, first ? [listener, ...list] : [...list, listener])
      return this
    }
    #once(event: PropertyKey, listener: Listener): Listener {
      const wrapped: Listener = (...args) => { this.removeListener(event, wrapped); listener.apply(this, args) }
      wrapped.listener = listener
      return wrapped
    }
    on(event: PropertyKey, listener: Listener): this { return this.#add(event, listener, false) }
    addListener(event: PropertyKey, listener: Listener): this { return this.#add(event, listener, false) }
    prependListener(event: PropertyKey, listener: Listener): this { return this.#add(event, listener, true) }
    once(event: PropertyKey, listener: Listener): this { return this.#add(event, this.#once(event, listener), false) }
    prependOnceListener(event: PropertyKey, listener: Listener): this { return this.#add(event, this.#once(event, listener), true) }
    removeListener(event: PropertyKey, listener: Listener): this {
      const list = this.#lists.get(event) ?? []
      const at = list.findLastIndex((item) => item === listener || item.listener === listener)
      if (at >= 0) this.#lists.set(event, list.toSpliced(at, 1))
      return this
    }
    off(event: PropertyKey, listener: Listener): this { return this.removeListener(event, listener) }
    removeAllListeners(event?: PropertyKey): this {
      if (event === undefined) this.#lists.clear()
      else this.#lists.delete(event)
      return this
    }
    emit(event: PropertyKey, ...args: unknown[]): boolean {
      const list = this.#lists.get(event) ?? []
      if (list.length === 0 && event === 'error') throw args[0]
      for (const listener of list) listener.apply(this, args)
      return list.length > 0
    }
    listeners(event: PropertyKey): Listener[] { return (this.#lists.get(event) ?? []).map((item) => item.listener ?? item) }
    rawListeners(event: PropertyKey): Listener[] { return [...this.#lists.get(event) ?? []] }
    listenerCount(event: PropertyKey): number { return (this.#lists.get(event) ?? []).length }
    eventNames(): PropertyKey[] { return [...this.#lists].filter(([, list]) => list.length > 0).map(([name]) => name) }
    setMaxListeners(): this { return this }
    getMaxListeners(): number { return 0 }
  }
  EventEmitter.EventEmitter = EventEmitter
  return EventEmitter
}
