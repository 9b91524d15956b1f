/**
 * The join between the page's world and the preload's isolated world, the same code on both sides. The two worlds
 * share the document but no JavaScript object; a `CustomEvent` on a node that only they know crosses at once, its
 * `detail` structured-cloned into the receiving world, and a DOM node crosses as a `MouseEvent`'s `relatedTarget`.
 *
 * What is copied, proxied or refused follows Electron's contextBridge (spec/api-context-bridge.spec.ts).
 * Self-contained: its source text is run in the page.
 */
export interface WorldBridge {
  /** Calls the other side's handler for `name` and returns its answer, at once. */
  call(name: string, ...args: unknown[]): unknown
}

export type BridgeHandlers = Record<string, (...args: never[]) => unknown>

export function joinWorlds(wire: EventTarget, here: 'page' | 'preload', handlers: BridgeHandlers): WorldBridge {
  const there = here === 'page' ? 'preload' : 'page'
  const dispatch = EventTarget.prototype.dispatchEvent.bind(wire)
  const listen = EventTarget.prototype.addEventListener.bind(wire)
  const clone = globalThis.structuredClone.bind(globalThis)
  const { CustomEvent, MouseEvent, Promise, Map, WeakMap, Error, TypeError, Symbol, Object, Reflect, Array } = globalThis
  const depthLimit = 1000
  const noCause = 'An unknown exception occurred in the other context: an error occurred but a valid exception was not thrown.'

  let nextId = 0
  const own = new Map<number, unknown>()
  const ownIds = new WeakMap<object, number>()
  const foreign = new Map<number, unknown>()
  const foreignIds = new WeakMap<object, number>()
  const symbolIds = new Map<symbol, [side: string, id: number]>()
  const symbols = new Map<string, symbol>()
  const settle = new Map<number, { resolve(value: unknown): void, reject(error: unknown): void }>()
  /** DOM nodes on their way over; the message that follows refers to them by position. */
  let arrived: unknown[] = []

  const wellKnown = (symbol: symbol): string | undefined =>
    Object.getOwnPropertyNames(Symbol).find((name) => (Symbol as unknown as Record<string, unknown>)[name] === symbol)

  const encodeSymbol = (symbol: symbol): unknown[] => {
    const name = wellKnown(symbol)
    if (name !== undefined) return ['k', name]
    const registered = Symbol.keyFor(symbol)
    if (registered !== undefined) return ['r', registered]
    let id = symbolIds.get(symbol)
    if (!id) {
      symbolIds.set(symbol, id = [here, ++nextId])
      symbols.set(`${here}${id[1]}`, symbol)
    }
    return ['i', id[0], id[1], symbol.description]
  }
  const decodeSymbol = (data: unknown[]): symbol => {
    if (data[0] === 'k') return (Symbol as unknown as Record<string, symbol>)[data[1] as string] as symbol
    if (data[0] === 'r') return Symbol.for(data[1] as string)
    const key = `${data[1] as string}${data[2] as number}`
    let symbol = symbols.get(key)
    if (!symbol) {
      symbols.set(key, symbol = Symbol(data[3] as string | undefined))
      symbolIds.set(symbol, [data[1] as string, data[2] as number])
    }
    return symbol
  }

  const idOf = (value: object): number => {
    let id = ownIds.get(value)
    if (id === undefined) {
      ownIds.set(value, id = ++nextId)
      own.set(id, value)
    }
    return id
  }

  const encode = (input: unknown): { root: unknown, nodes: unknown[][], dom: Node[] } => {
    const nodes: unknown[][] = []
    const dom: Node[] = []
    const seen = new Map<object, number>()
    const walk = (value: unknown, depth: number): unknown => {
      if (depth >= depthLimit) throw new TypeError('Electron contextBridge recursion depth exceeded.  Nested objects deeper than 1000 are not supported.')
      if (typeof value === 'symbol') return ['y', encodeSymbol(value)]
      if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return ['p', value]
      const known = seen.get(value)
      if (known !== undefined) return ['#', known]
      const index = nodes.length
      const node: unknown[] = []
      nodes.push(node)
      seen.set(value, index)
      const theirs = foreignIds.get(value)
      if (theirs !== undefined) {
        node.push('back', theirs)
      } else if (typeof value === 'function') {
        node.push('f', idOf(value))
      } else if (value instanceof Promise) {
        const id = idOf(value)
        node.push('P', id)
        value.then((result: unknown) => { answer(id, true, result) }, (error: unknown) => { answer(id, false, error) })
      } else if (value instanceof Node) {
        node.push('D', dom.length)
        dom.push(value)
      } else if (value instanceof Error) {
        node.push('e', String(value.message), value.stack)
      } else if (Array.isArray(value)) {
        const items: unknown[] = []
        node.push('a', items)
        for (let i = 0; i < value.length; i++) items.push(walk(value[i], depth + 1))
      } else if (isPlain(value)) {
        const items: unknown[] = []
        node.push('o', items)
        for (const key of Reflect.ownKeys(value)) {
          if (!Object.prototype.propertyIsEnumerable.call(value, key)) continue
          items.push(typeof key === 'symbol' ? encodeSymbol(key) : key, walk((value as Record<PropertyKey, unknown>)[key], depth + 1))
        }
      } else {
        try {
          node.push('c', clone(value))
        } catch {
          throw new TypeError('An object could not be cloned.')
        }
      }
      return ['#', index]
    }
    // An argument stands two levels deep in a message and counts as one deep, as in Electron's own arguments array.
    return { root: walk(input, -1), nodes, dom }
  }

  const isPlain = (value: object): boolean => {
    const tag = Object.prototype.toString.call(value)
    if (tag === '[object Object]') return true
    // What carries its own tag may still be an ordinary object; a platform object cannot be walked, only cloned.
    return !/^\[object (Date|RegExp|Map|Set|WeakMap|WeakSet|WeakRef|ArrayBuffer|SharedArrayBuffer|DataView|\w+Array|String|Number|Boolean|Symbol|BigInt|Promise|Blob|File|FileList|ImageData|ImageBitmap|VideoFrame|AudioData|MessagePort|CryptoKey|DOM\w+|\w*Event|\w*Stream|Window)\]$/.test(tag)
      && Object.getPrototypeOf(value) === Object.prototype
  }

  const decode = (message: { root: unknown, nodes: unknown[][] }, dom: unknown[]): unknown => {
    const made = new Map<number, unknown>()
    const value = (item: unknown): unknown => {
      const [kind, data] = item as [string, unknown]
      if (kind === 'p') return data
      if (kind === 'y') return decodeSymbol(data as unknown[])
      return object(data as number)
    }
    const object = (index: number): unknown => {
      if (made.has(index)) return made.get(index)
      const node = message.nodes[index] ?? []
      const keep = <T>(result: T): T => { made.set(index, result); return result }
      const id = node[1] as number
      switch (node[0]) {
        case 'back': return keep(own.get(id))
        case 'f': return keep(proxy(id))
        case 'P': {
          const known = foreign.get(id)
          if (known !== undefined) return keep(known)
          const promise = new Promise((resolve, reject) => { settle.set(id, { resolve, reject }) })
          foreign.set(id, promise)
          return keep(promise)
        }
        case 'D': return keep(dom[id])
        case 'e': {
          const error = new Error(node[1] as string)
          if (node[2] !== undefined) Object.defineProperty(error, 'stack', { value: node[2], writable: true, configurable: true })
          return keep(error)
        }
        case 'c': return keep(node[1])
        case 'a': {
          const result: unknown[] = keep([])
          for (const item of node[1] as unknown[]) result.push(value(item))
          return result
        }
        default: {
          const result: Record<PropertyKey, unknown> = keep({})
          const items = node[1] as unknown[]
          for (let i = 0; i < items.length; i += 2) {
            const key = items[i]
            Object.defineProperty(result, Array.isArray(key) ? decodeSymbol(key) : key as string,
              { value: value(items[i + 1]), writable: true, enumerable: true, configurable: true })
          }
          return result
        }
      }
    }
    return value(message.root)
  }

  const proxy = (id: number): unknown => {
    const known = foreign.get(id)
    if (known !== undefined) return known
    const made = (...args: unknown[]): unknown => request('apply', id, args)
    foreign.set(id, made)
    foreignIds.set(made, id)
    return made
  }

  const answer = (id: number, good: boolean, result: unknown): void => {
    try {
      request('settle', id, [good, good || result instanceof Error ? result : new Error(noCause)])
    } catch (error) {
      request('settle', id, [false, error])
    }
  }

  const post = (target: string, data: unknown): void => {
    const encoded = encode(data)
    for (const node of encoded.dom) dispatch(new MouseEvent(`${target}-dom`, { relatedTarget: node }))
    dispatch(new CustomEvent(target, { detail: { root: encoded.root, nodes: encoded.nodes } }))
  }

  let reply: { good: boolean, value: unknown } | undefined
  const request = (kind: string, target: number | string, args: unknown[]): unknown => {
    reply = undefined
    post(there, [kind, target, args])
    const got = reply as { good: boolean, value: unknown } | undefined
    reply = undefined
    if (!got) throw new Error('The other context did not answer.')
    if (!got.good) throw got.value
    return got.value
  }

  const receive = (event: Event): unknown => {
    const dom = arrived
    arrived = []
    return decode((event as CustomEvent<{ root: unknown, nodes: unknown[][] }>).detail, dom)
  }
  const collect = (event: Event): void => { arrived.push((event as MouseEvent).relatedTarget) }
  listen(`${here}-dom`, collect)
  listen(`${here}-reply-dom`, collect)
  listen(`${here}-reply`, (event) => {
    const [good, value] = receive(event) as [boolean, unknown]
    reply = { good, value }
  })
  listen(here, (event) => {
    const [kind, target, args] = receive(event) as [string, number | string, unknown[]]
    try {
      post(`${there}-reply`, [true, handle(kind, target, args)])
    } catch (error) {
      post(`${there}-reply`, [false, error instanceof Error ? error : new Error(noCause)])
    }
  })
  const handle = (kind: string, target: number | string, args: unknown[]): unknown => {
    if (kind === 'apply') return (own.get(target as number) as (...list: unknown[]) => unknown)(...args)
    if (kind === 'named') return (handlers[target as string] as (...list: unknown[]) => unknown)(...args)
    const waiting = settle.get(target as number)
    settle.delete(target as number)
    if (args[0] === true) waiting?.resolve(args[1])
    else waiting?.reject(args[1])
    return undefined
  }
  return { call: (name, ...args) => request('named', name, args) }
}
