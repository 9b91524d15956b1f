import { EventEmitter } from 'node:events'

/** Names that engines, inspectors and test runners look up on any object; never an Electron API. */
const harmless = new Set(['then', 'toJSON', 'inspect', 'constructor', 'asymmetricMatch', 'nodeType', '$$typeof', 'tagName', 'domain', '__esModule', 'default', 'jquery', 'length'])

/** What the app asked for exists in Electron, or not; here it does not. */
export function notInStandIn(name: string): Error {
  return new Error(`${name} is not in the stand-in`)
}

/** Electron's complaint about what 46 removes; the pinned version still has it, this app must not use it. */
export function deprecated(name: string, instead: string): () => never {
  return () => { throw new Error(`${name} is deprecated and refused by the stand-in; use ${instead}`) }
}

/** An API object whose missing members throw instead of being `undefined`. */
export function strictObject<T extends object>(name: string, members: T): T {
  return new Proxy(members, {
    get(target, key, receiver): unknown {
      if (typeof key === 'symbol' || key in target || harmless.has(key) || key.startsWith('_')) return Reflect.get(target, key, receiver)
      throw notInStandIn(`${name}.${key}`)
    },
  })
}

/** An API object of which nothing may be touched before the app is ready. */
export function afterReady<T extends object>(api: T, isReady: () => boolean, message: string): T {
  return new Proxy(api, {
    get(target, key): unknown {
      if (!isReady() && typeof key === 'string' && !harmless.has(key)) throw new Error(message)
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
    },
  })
}

/** Last in the prototype chain of every emitter of the stand-in, so that only missing members ever reach it. */
const floor = new Proxy(EventEmitter.prototype, {
  get(target, key, receiver): unknown {
    if (typeof key === 'symbol' || key in target || harmless.has(key) || key.startsWith('_')) return Reflect.get(target, key, receiver)
    throw notInStandIn(`${(receiver as object).constructor.name}.${key}`)
  },
})

/** An emitter that throws when a member is asked for that the stand-in does not have. */
export class StrictEmitter extends EventEmitter {}
Object.setPrototypeOf(StrictEmitter.prototype, floor)

/** The same for a class that is no emitter. */
export class StrictObject {}
const objectFloor = new Proxy(Object.prototype, {
  get(target, key, receiver): unknown {
    if (typeof key === 'symbol' || key in target || harmless.has(key) || key.startsWith('_')) return Reflect.get(target, key, receiver)
    throw notInStandIn(`${(receiver as object).constructor.name}.${key}`)
  },
})
Object.setPrototypeOf(StrictObject.prototype, objectFloor)

/** A cancellable event as Electron hands it to listeners. */
export interface CancellableEvent {
  readonly defaultPrevented: boolean
  preventDefault(): void
}

export function makeEvent<T extends object>(properties: T): T & CancellableEvent {
  let prevented = false
  return Object.defineProperties(properties, {
    preventDefault: { value: () => { prevented = true }, enumerable: false },
    defaultPrevented: { get: () => prevented, enumerable: true },
  }) as T & CancellableEvent
}
