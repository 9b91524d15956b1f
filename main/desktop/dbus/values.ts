/**
 * D-Bus values on the wire (D-Bus specification, "Marshaling"): every type but file descriptors.
 * Numbers are numbers, the two 64-bit ones bigints, dictionaries are Maps, structs and arrays are
 * arrays, bytes in an array a Uint8Array.
 */

/** A value that brings its type along. */
export class Variant {
  readonly signature: string
  readonly value: DBusValue

  constructor(signature: string, value: DBusValue) {
    this.signature = signature
    this.value = value
  }
}

export type DBusValue = string | number | bigint | boolean | Uint8Array | Variant | readonly DBusValue[] | ReadonlyMap<DBusValue, DBusValue>

/** What was received is not D-Bus, or what is to be sent does not fit its signature. */
export class MalformedError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MalformedError'
  }
}

/** The specification's own limits: bytes of one array, nesting of containers, characters of a signature. */
const MAX_ARRAY = 64 * 1024 * 1024
const MAX_DEPTH = 64
const MAX_SIGNATURE = 255

const ALIGNMENT: Readonly<Record<string, number>> = { y: 1, g: 1, v: 1, n: 2, q: 2, b: 4, i: 4, u: 4, s: 4, o: 4, a: 4, x: 8, t: 8, d: 8, '(': 8, '{': 8 }

function alignmentOf(type: string): number {
  const alignment = ALIGNMENT[type.charAt(0)]
  if (alignment === undefined) throw new MalformedError(`there is no type "${type}"`)
  return alignment
}

/** The single complete types of a signature, e.g. `a{sv}ou` → `a{sv}`, `o`, `u`. */
export function typesOf(signature: string): string[] {
  if (signature.length > MAX_SIGNATURE) throw new MalformedError('a signature is too long')
  const types: string[] = []
  for (let at = 0; at < signature.length; ) {
    const end = endOfType(signature, at, 0)
    types.push(signature.slice(at, end))
    at = end
  }
  return types
}

function endOfType(signature: string, at: number, depth: number): number {
  if (depth > MAX_DEPTH) throw new MalformedError('a signature is nested too deep')
  const type = signature.charAt(at)
  if (type === 'a') return endOfType(signature, at + 1, depth + 1)
  if (type === '(' || type === '{') {
    const closing = type === '(' ? ')' : '}'
    let end = at + 1
    while (signature.charAt(end) !== closing) end = endOfType(signature, end, depth + 1)
    if (end === at + 1) throw new MalformedError('a struct is empty')
    return end + 1
  }
  if (type === '' || !(type in ALIGNMENT)) throw new MalformedError(`there is no type "${type}"`)
  return at + 1
}

/** Writes values, little-endian. */
export class ValueWriter {
  #bytes = Buffer.alloc(256)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** What was written, a copy. */
  take(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length))
  }

  align(to: number): void {
    while (this.#length % to !== 0) this.#room(1).writeUInt8(0, this.#length++)
  }

  /** Writes one value of each type of the signature. @throws MalformedError when they do not fit it */
  writeAll(signature: string, values: readonly DBusValue[]): void {
    const types = typesOf(signature)
    if (types.length !== values.length) throw new MalformedError(`"${signature}" wants ${String(types.length)} values`)
    for (const [i, type] of types.entries()) this.write(type, values[i] as DBusValue)
  }

  write(type: string, value: DBusValue): void {
    this.align(alignmentOf(type))
    switch (type.charAt(0)) {
      case 'y':
        this.#number(value, 1, (n, at) => this.#bytes.writeUInt8(n, at))
        return
      case 'n':
        this.#number(value, 2, (n, at) => this.#bytes.writeInt16LE(n, at))
        return
      case 'q':
        this.#number(value, 2, (n, at) => this.#bytes.writeUInt16LE(n, at))
        return
      case 'i':
        this.#number(value, 4, (n, at) => this.#bytes.writeInt32LE(n, at))
        return
      case 'u':
        this.#number(value, 4, (n, at) => this.#bytes.writeUInt32LE(n, at))
        return
      case 'd':
        this.#number(value, 8, (n, at) => this.#bytes.writeDoubleLE(n, at))
        return
      case 'b':
        if (typeof value !== 'boolean') throw new MalformedError('a boolean is wanted')
        this.#number(value ? 1 : 0, 4, (n, at) => this.#bytes.writeUInt32LE(n, at))
        return
      case 'x':
      case 't':
        if (typeof value !== 'bigint') throw new MalformedError('a bigint is wanted')
        this.#room(8)
        if (type === 'x') this.#bytes.writeBigInt64LE(value, this.#length)
        else this.#bytes.writeBigUInt64LE(value, this.#length)
        this.#length += 8
        return
      case 's':
      case 'o':
        this.#text(value, 4)
        return
      case 'g':
        this.#text(value, 1)
        return
      case 'v':
        if (!(value instanceof Variant)) throw new MalformedError('a variant is wanted')
        if (typesOf(value.signature).length !== 1) throw new MalformedError('a variant holds one value')
        this.#text(value.signature, 1)
        this.write(value.signature, value.value)
        return
      case 'a':
        this.#array(type.slice(1), value)
        return
      default:
        this.writeAll(type.slice(1, -1), listOf(value))
    }
  }

  #array(element: string, value: DBusValue): void {
    const lengthAt = this.#length
    this.#number(0, 4, (n, at) => this.#bytes.writeUInt32LE(n, at))
    this.align(alignmentOf(element))
    const begin = this.#length
    if (element.startsWith('{')) {
      if (!(value instanceof Map)) throw new MalformedError('a Map is wanted')
      for (const entry of (value as ReadonlyMap<DBusValue, DBusValue>).entries()) {
        this.align(8)
        this.writeAll(element.slice(1, -1), entry)
      }
    } else if (element === 'y' && value instanceof Uint8Array) {
      this.#room(value.byteLength)
      this.#bytes.set(value, this.#length)
      this.#length += value.byteLength
    } else {
      for (const one of listOf(value)) this.write(element, one)
    }
    if (this.#length - begin > MAX_ARRAY) throw new MalformedError('an array is too long')
    this.#bytes.writeUInt32LE(this.#length - begin, lengthAt)
  }

  #text(value: DBusValue, lengthBytes: 1 | 4): void {
    if (typeof value !== 'string' || value.includes('\0')) throw new MalformedError('text is wanted')
    const bytes = Buffer.from(value, 'utf8')
    this.#number(bytes.byteLength, lengthBytes, (n, at) => (lengthBytes === 1 ? this.#bytes.writeUInt8(n, at) : this.#bytes.writeUInt32LE(n, at)))
    this.#room(bytes.byteLength + 1)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.byteLength
    this.#bytes.writeUInt8(0, this.#length++)
  }

  #number(value: DBusValue, bytes: number, put: (n: number, at: number) => unknown): void {
    if (typeof value !== 'number') throw new MalformedError('a number is wanted')
    this.#room(bytes)
    try {
      put(value, this.#length)
    } catch {
      throw new MalformedError(`${String(value)} is out of range`)
    }
    this.#length += bytes
  }

  #room(bytes: number): Buffer {
    if (this.#length + bytes > this.#bytes.byteLength) {
      const larger = Buffer.alloc(Math.max(this.#bytes.byteLength * 2, this.#length + bytes))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    return this.#bytes
  }
}

function listOf(value: DBusValue): readonly DBusValue[] {
  if (!Array.isArray(value)) throw new MalformedError('an array is wanted')
  return value as readonly DBusValue[]
}

/** Reads values. Every step is held to what is there: a stranger's bytes end in {@link MalformedError}, never elsewhere. */
export class ValueReader {
  readonly #bytes: Buffer
  readonly #little: boolean
  #at: number
  #depth = 0

  /** @param bytes a whole message, so that alignment counts from its beginning */
  constructor(bytes: Buffer, options: { little: boolean; at: number }) {
    this.#bytes = bytes
    this.#little = options.little
    this.#at = options.at
  }

  get at(): number {
    return this.#at
  }

  align(to: number): void {
    this.#at += (to - (this.#at % to)) % to
  }

  readAll(signature: string): DBusValue[] {
    return typesOf(signature).map((type) => this.read(type))
  }

  read(type: string): DBusValue {
    this.align(alignmentOf(type))
    const { little } = { little: this.#little }
    switch (type.charAt(0)) {
      case 'y':
        return this.#take(1).readUInt8()
      case 'n':
        return little ? this.#take(2).readInt16LE() : this.#take(2).readInt16BE()
      case 'q':
        return little ? this.#take(2).readUInt16LE() : this.#take(2).readUInt16BE()
      case 'i':
        return little ? this.#take(4).readInt32LE() : this.#take(4).readInt32BE()
      case 'u':
        return this.#uint32()
      case 'b':
        return this.#uint32() !== 0
      case 'x':
        return little ? this.#take(8).readBigInt64LE() : this.#take(8).readBigInt64BE()
      case 't':
        return little ? this.#take(8).readBigUInt64LE() : this.#take(8).readBigUInt64BE()
      case 'd':
        return little ? this.#take(8).readDoubleLE() : this.#take(8).readDoubleBE()
      case 's':
      case 'o':
        return this.#text(this.#uint32())
      case 'g':
        return this.#text(this.#take(1).readUInt8())
      case 'v':
        return this.#nested(() => this.#variant())
      case 'a':
        return this.#nested(() => this.#array(type.slice(1)))
      default:
        return this.#nested(() => this.readAll(type.slice(1, -1)))
    }
  }

  #variant(): Variant {
    const signature = this.#text(this.#take(1).readUInt8())
    const [type, ...more] = typesOf(signature)
    if (type === undefined || more.length > 0) throw new MalformedError('a variant holds one value')
    return new Variant(signature, this.read(type))
  }

  #array(element: string): DBusValue {
    const length = this.#uint32()
    if (length > MAX_ARRAY) throw new MalformedError('an array is too long')
    this.align(alignmentOf(element))
    const end = this.#at + length
    if (end > this.#bytes.byteLength) throw new MalformedError('an array goes beyond its message')
    if (element === 'y') return Uint8Array.from(this.#take(length))
    const pairs = new Map<DBusValue, DBusValue>()
    const list: DBusValue[] = []
    while (this.#at < end) {
      if (element.startsWith('{')) {
        this.align(8)
        const [key, value] = this.readAll(element.slice(1, -1))
        if (key === undefined || value === undefined) throw new MalformedError('an entry is no pair')
        pairs.set(key, value)
      } else list.push(this.read(element))
    }
    if (this.#at !== end) throw new MalformedError('an array has another length than it says')
    return element.startsWith('{') ? pairs : list
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new MalformedError('values are nested too deep')
    const value = read()
    this.#depth--
    return value
  }

  #uint32(): number {
    return this.#little ? this.#take(4).readUInt32LE() : this.#take(4).readUInt32BE()
  }

  #text(length: number): string {
    const text = this.#take(length).toString('utf8')
    if (this.#take(1).readUInt8() !== 0) throw new MalformedError('text has no end')
    // It could be read, but not be written again, in an answer to whoever is called so.
    if (text.includes('\0')) throw new MalformedError('text has a zero in it')
    return text
  }

  #take(bytes: number): Buffer {
    const end = this.#at + bytes
    if (end > this.#bytes.byteLength) throw new MalformedError('a message is shorter than it says')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
