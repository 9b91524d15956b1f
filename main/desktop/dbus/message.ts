import { MalformedError, ValueReader, ValueWriter, Variant, type DBusValue } from './values.ts'

/** Largest message that is taken, bytes; what Parley listens to is a thousandth of it. */
const MAX_MESSAGE = 4 * 1024 * 1024
const FIXED_HEADER = 16

export type MessageKind = 'call' | 'reply' | 'error' | 'signal'
const KINDS: readonly (MessageKind | null)[] = [null, 'call', 'reply', 'error', 'signal']

/** The header's fields that name who and what; their codes on the wire. */
const FIELDS = { path: 1, interface: 2, member: 3, errorName: 4, replySerial: 5, destination: 6, sender: 7, signature: 8 } as const
const FIELD_TYPES = { path: 'o', interface: 's', member: 's', errorName: 's', replySerial: 'u', destination: 's', sender: 's', signature: 'g' } as const
type Field = keyof typeof FIELDS

/** One message, as it is sent and as it comes. */
export interface Message {
  kind: MessageKind
  serial: number
  path?: string
  interface?: string
  member?: string
  errorName?: string
  replySerial?: number
  destination?: string
  /** Written by the bus: the unique name of who sent it. */
  sender?: string
  signature?: string
  body: readonly DBusValue[]
}

/** A message as bytes. @throws MalformedError when the body does not fit the signature */
export function encodeMessage(message: Message): Buffer {
  const body = new ValueWriter()
  body.writeAll(message.signature ?? '', message.body)
  const fields: DBusValue[] = []
  for (const name of Object.keys(FIELDS) as Field[]) {
    const value = message[name]
    if (value !== undefined && value !== '') fields.push([FIELDS[name], new Variant(FIELD_TYPES[name], value)])
  }
  const header = new ValueWriter()
  // Little-endian, version 1 of the protocol.
  header.writeAll('yyyyuua(yv)', ['l'.charCodeAt(0), KINDS.indexOf(message.kind), 0, 1, body.length, message.serial, fields])
  header.align(8)
  return Buffer.concat([header.take(), body.take()])
}

/** Cuts a stream of bytes into messages. */
export class MessageStream {
  #bytes = Buffer.alloc(0)

  /** Takes what has arrived. @returns the messages that are whole now @throws MalformedError: nothing after it can be trusted */
  push(chunk: Uint8Array): Message[] {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    const messages: Message[] = []
    for (;;) {
      const length = lengthOf(this.#bytes)
      if (length === null || this.#bytes.byteLength < length) return messages
      const message = decodeMessage(this.#bytes.subarray(0, length))
      this.#bytes = this.#bytes.subarray(length)
      if (message) messages.push(message)
    }
  }
}

/** Bytes of the message that begins here; null while that cannot be said. */
function lengthOf(bytes: Buffer): number | null {
  if (bytes.byteLength < FIXED_HEADER) return null
  const little = isLittle(bytes)
  const body = little ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4)
  const fields = little ? bytes.readUInt32LE(12) : bytes.readUInt32BE(12)
  const length = Math.ceil((FIXED_HEADER + fields) / 8) * 8 + body
  if (length > MAX_MESSAGE) throw new MalformedError('a message is too long')
  return length
}

function isLittle(bytes: Buffer): boolean {
  const mark = bytes.readUInt8(0)
  if (mark !== 'l'.charCodeAt(0) && mark !== 'B'.charCodeAt(0)) throw new MalformedError('a message begins with neither byte order')
  return mark === 'l'.charCodeAt(0)
}

/** Null: a kind that this protocol may get one day, to be ignored. */
function decodeMessage(bytes: Buffer): Message | null {
  const little = isLittle(bytes)
  const reader = new ValueReader(bytes, { little, at: 0 })
  const [, kindCode, , version, , serial, fields] = reader.readAll('yyyyuua(yv)')
  if (version !== 1) throw new MalformedError('another version of the protocol')
  const kind = typeof kindCode === 'number' ? KINDS[kindCode] : null
  if (!kind || typeof serial !== 'number' || !Array.isArray(fields)) return null
  const named: Partial<Record<Field, DBusValue>> = {}
  for (const field of fields as readonly DBusValue[]) {
    const [code, variant] = Array.isArray(field) ? (field as readonly DBusValue[]) : []
    const name = (Object.keys(FIELDS) as Field[]).find((one) => FIELDS[one] === code)
    if (name === undefined || !(variant instanceof Variant)) continue
    if (variant.signature !== FIELD_TYPES[name]) throw new MalformedError(`the field ${name} has another type`)
    named[name] = variant.value
  }
  reader.align(8)
  const body = reader.readAll(typeof named.signature === 'string' ? named.signature : '')
  // The types of the fields were held to FIELD_TYPES just now.
  return { ...(named as Omit<Message, 'kind' | 'serial' | 'body'>), kind, serial, body }
}
