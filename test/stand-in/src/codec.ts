/**
 * Structured clone as text. CDP carries strings only, so what Electron's serializer would carry is turned into a
 * JSON value here. The function is self-contained: Node calls it, and its source text is also run in the page.
 *
 * A reference is `['#', n]`, pointing into the list of objects, which is how cycles and shared references survive.
 */
export type Encoded = { r: unknown; n: unknown[][] }

export interface Codec {
  /** Throws `An object could not be cloned.` for whatever Electron's serializer refuses. */
  encode(value: unknown): Encoded
  decode(encoded: Encoded): unknown
}

export interface Base64 {
  toBase64(bytes: Uint8Array): string
  fromBase64(text: string): Uint8Array
}

export function makeCodec(base64: Base64): Codec {
  const refuse = (): never => { throw new Error('An object could not be cloned.') }
  const viewNames = ['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array',
    'Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array', 'DataView']
  const errorNames = ['Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError']
  type ViewConstructor = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView
  const globals = globalThis as unknown as Record<string, unknown>
  const tagOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1)

  const primitive = (value: unknown): unknown => {
    switch (typeof value) {
      case 'string':
      case 'boolean': return value
      case 'undefined': return ['u']
      case 'bigint': return ['b', String(value)]
      case 'number': return Number.isFinite(value) && !Object.is(value, -0) ? value : ['n', Object.is(value, -0) ? '-0' : String(value)]
      default: return refuse()
    }
  }

  const encode = (input: unknown): Encoded => {
    if (input === null || typeof input !== 'object') {
      if (typeof input === 'function' || typeof input === 'symbol') refuse()
      return { r: input === null ? null : primitive(input), n: [] }
    }
    let root: unknown
    try {
      // The engine's own algorithm decides what is a plain copy, which getters run and what cannot be cloned.
      root = structuredClone(input)
    } catch {
      refuse()
    }
    const nodes: unknown[][] = []
    const seen = new Map<object, number>()
    const walk = (value: unknown): unknown => {
      if (value === null) return null
      if (typeof value !== 'object') return primitive(value)
      const known = seen.get(value)
      if (known !== undefined) return ['#', known]
      const index = nodes.length
      seen.set(value, index)
      const node: unknown[] = []
      nodes.push(node)
      const properties = (target: object): unknown[] => Object.entries(target).flatMap(([key, item]) => [key, walk(item)])
      if (Array.isArray(value)) {
        node.push('a', value.length, properties(value))
      } else if (ArrayBuffer.isView(value)) {
        const name = viewNames.includes(value.constructor.name) ? value.constructor.name : 'Uint8Array'
        const length = name === 'DataView' ? value.byteLength : (value as Uint8Array).length
        node.push('v', name, walk(value.buffer), value.byteOffset, length)
      } else {
        const tag = tagOf(value)
        switch (tag) {
          case 'Object': node.push('o', properties(value)); break
          case 'ArrayBuffer': node.push('B', base64.toBase64(new Uint8Array(value as ArrayBuffer))); break
          case 'Date': node.push('d', primitive((value as Date).getTime())); break
          case 'RegExp': node.push('x', (value as RegExp).source, (value as RegExp).flags); break
          case 'Map': node.push('m', [...value as Map<unknown, unknown>].map(([key, item]) => [walk(key), walk(item)])); break
          case 'Set': node.push('s', [...value as Set<unknown>].map(walk)); break
          case 'String':
          case 'Number':
          case 'Boolean':
          case 'BigInt': node.push('w', primitive((value as { valueOf(): unknown }).valueOf())); break
          case 'Error': {
            const error = value as Error
            node.push('e', errorNames.includes(error.name) ? error.name : 'Error', error.message, primitive(error.stack),
              'cause' in error ? [walk(error.cause)] : [])
            break
          }
          default: refuse()
        }
      }
      return ['#', index]
    }
    return { r: walk(root), n: nodes }
  }

  const decode = (encoded: Encoded): unknown => {
    const made = new Map<number, unknown>()
    const value = (item: unknown): unknown => {
      if (!Array.isArray(item)) return item
      const [kind, data] = item as [string, unknown]
      switch (kind) {
        case 'u': return undefined
        case 'b': return BigInt(data as string)
        case 'n': return Number(data)
        default: return object(data as number)
      }
    }
    const fill = (target: object, list: unknown[]): void => {
      for (let i = 0; i < list.length; i += 2) {
        Object.defineProperty(target, list[i] as string, { value: value(list[i + 1]), writable: true, enumerable: true, configurable: true })
      }
    }
    const object = (index: number): unknown => {
      if (made.has(index)) return made.get(index)
      const node = encoded.n[index] ?? []
      const keep = <T>(result: T): T => { made.set(index, result); return result }
      switch (node[0]) {
        case 'o': { const result = keep({}); fill(result, node[1] as unknown[]); return result }
        case 'a': { const result: unknown[] = keep([]); result.length = node[1] as number; fill(result, node[2] as unknown[]); return result }
        case 'B': {
          const bytes = base64.fromBase64(node[1] as string)
          return keep(bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer)
        }
        case 'v': return keep(new (globals[node[1] as string] as ViewConstructor)(value(node[2]) as ArrayBuffer, node[3] as number, node[4] as number))
        case 'd': return keep(new Date(value(node[1]) as number))
        case 'x': return keep(new RegExp(node[1] as string, node[2] as string))
        case 'm': {
          const result = keep(new Map<unknown, unknown>())
          for (const [key, item] of node[1] as [unknown, unknown][]) result.set(value(key), value(item))
          return result
        }
        case 's': { const result = keep(new Set<unknown>()); for (const item of node[1] as unknown[]) result.add(value(item)); return result }
        case 'w': return keep(Object(value(node[1])) as object)
        default: {
          const result = keep(new (globals[node[1] as string] as ErrorConstructor)(node[2] as string))
          Object.defineProperty(result, 'stack', { value: value(node[3]), writable: true, configurable: true })
          const cause = node[4] as unknown[]
          if (cause.length > 0) Object.defineProperty(result, 'cause', { value: value(cause[0]), writable: true, configurable: true })
          return result
        }
      }
    }
    return value(encoded.r)
  }
  return { encode, decode }
}
