import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DBusConnection, DBusError } from '../../../../main/desktop/dbus/connection.ts'
import { encodeMessage, MessageStream, type Message } from '../../../../main/desktop/dbus/message.ts'
import { ValueWriter, Variant, type DBusValue } from '../../../../main/desktop/dbus/values.ts'

const CALL = 1
const REPLY = 2
const SIGNAL = 4

/** A message whose parts need not fit each other. @param fields further ones of the header, by their codes */
function raw(options: { kind?: number; signature?: string; body?: Buffer; fields?: DBusValue[] }): Buffer {
  const { kind = SIGNAL, signature, body = Buffer.alloc(0), fields = [] } = options
  const header = new ValueWriter()
  const usual: DBusValue[] = [[1, new Variant('o', '/x')], [2, new Variant('s', 'a.b')], [3, new Variant('s', 'C')]]
  const about: DBusValue[] = signature === undefined ? [] : [[8, new Variant('g', signature)]]
  header.writeAll('yyyyuua(yv)', ['l'.charCodeAt(0), kind, 0, 1, body.length, 9, [...usual, ...about, ...fields]])
  header.align(8)
  return Buffer.concat([header.take(), body])
}

function words(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4)
  for (const [i, number] of numbers.entries()) bytes.writeUInt32LE(number, i * 4)
  return bytes
}

function nested(depth: number): Buffer {
  return Buffer.concat([...Array.from({ length: depth }, () => Buffer.from('\x01v\0')), Buffer.from('\x01y\0\x07')])
}

/** A header that says how long its fields and its body are, and then nothing. */
function long(fields: number, body: number): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.set([108, SIGNAL, 0, 1])
  bytes.writeUInt32LE(body, 4)
  bytes.writeUInt32LE(fields, 12)
  return bytes
}

function withZeroIn(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy[copy.indexOf('zero')] = 0
  return copy
}

/** Something that says it is a bus. */
class BadBus {
  readonly address: string
  /** What it answers to the greeting, and to everything else. */
  greeting: (socket: Socket) => void = (socket) => void socket.write('OK 1234\r\n')
  answer: (call: Message, socket: Socket) => void = () => undefined
  /** Who is connected last. */
  client: Socket | null = null
  greeted = 0
  readonly #folder = mkdtempSync(join(tmpdir(), 'parley-bad-bus-'))
  readonly #server: Server

  constructor() {
    const path = join(this.#folder, 'bus')
    this.address = `unix:path=${path}`
    this.#server = createServer((socket) => {
      const stream = new MessageStream()
      let begun = false
      this.client = socket
      socket.on('error', () => undefined)
      socket.on('data', (chunk: Buffer) => {
        if (!begun && chunk.includes('AUTH')) {
          this.greeted++
          this.greeting(socket)
          return
        }
        const begin = begun ? 0 : 'BEGIN\r\n'.length
        begun = true
        for (const message of stream.push(chunk.subarray(begin))) this.answer(message, socket)
      })
    }).listen(path)
  }

  /** Lets clients in as a bus does. */
  welcome(): void {
    this.answer = ({ member, serial }, socket) => {
      if (member === 'Hello') socket.write(encodeMessage({ kind: 'reply', serial: 1, replySerial: serial, signature: 's', body: [':1.7'] }))
    }
  }

  stop(): void {
    this.client?.destroy()
    this.#server.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** What a connection hears before it ends: every promise settles, nothing is thrown elsewhere. */
describe.runIf(process.platform !== 'win32')('a bus that means ill, or is broken', () => {
  let bus: BadBus
  beforeEach(() => {
    bus = new BadBus()
  })
  afterEach(() => {
    vi.useRealTimers()
    bus.stop()
  })

  it.each<[string, (socket: Socket) => void, string]>([
    ['refuses', (socket) => socket.write('REJECTED EXTERNAL\r\n'), 'does not let us in'],
    ['talks without an end', (socket) => socket.write('A'.repeat(100_000)), 'speaks something else'],
    ['hangs up', (socket) => socket.destroy(), 'closed the connection'],
    ['hangs up after half a line', (socket) => socket.end('OK 12'), 'closed the connection'],
    ['goes on in another protocol', (socket) => socket.write('OK 1\r\nHTTP/1.1 200 OK\r\n\r\n'), 'no connection'],
  ])('that %s is none', async (_what, greeting, why) => {
    bus.greeting = greeting
    await expect(DBusConnection.open(bus.address)).rejects.toThrow(why)
  })

  it('that answers the first call with an error is none', async () => {
    bus.answer = ({ serial }, socket) => void socket.write(encodeMessage({ kind: 'error', serial: 1, replySerial: serial, errorName: 'a.b.No', body: [] }))
    await expect(DBusConnection.open(bus.address)).rejects.toThrow(DBusError)
  })

  it.each(['the greeting', 'the first call'])('that never answers %s is given up', async (what) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    if (what === 'the greeting') bus.greeting = () => undefined
    const opened = DBusConnection.open(bus.address)
    const refused = expect(opened).rejects.toThrow('does not answer')
    await vi.waitFor(() => {
      if (bus.greeted === 0) throw new Error('not yet')
    })
    await vi.advanceTimersByTimeAsync(3000)
    await refused
  })

  it.each<[string, Buffer]>([
    ['an array of empty structs', raw({ signature: 'a()', body: words(8, 0, 0, 0) })],
    ['an array of empty entries', raw({ signature: 'a{}', body: words(8, 0, 0, 0) })],
    ['an array of what is no type', raw({ signature: 'ar', body: words(8, 0, 0, 0) })],
    ['an array that is cut off in a value', raw({ signature: 'a(gu)', body: words(1, 0) })],
    ['variants in variants without end', raw({ signature: 'v', body: nested(300_000) })],
    ['arrays in arrays without end', raw({ signature: 'a'.repeat(200) + 'y', body: words(0) })],
    ['a body of 900 MB', long(0, 900e6)],
    ['a header of 4 GB', long(0xffff_fff0, 0)],
    ['text that is longer than the message', raw({ signature: 's', body: words(4000) })],
    ['text with a zero in it', withZeroIn(raw({ signature: 's', body: Buffer.concat([words(4), Buffer.from('zero\0')]) }))],
    ['a call from nobody who could be answered', withZeroIn(raw({ kind: CALL, fields: [[7, new Variant('s', ':1.zero')]] }))],
    ['an answer to what is no number', raw({ kind: REPLY, fields: [[5, new Variant('s', '__proto__')]] })],
    ['a signature that is no text', raw({ fields: [[8, new Variant('u', 1)]], body: words(0) })],
    ['half a message and no more', raw({ signature: 's', body: words(4) }).subarray(0, 30)],
  ])('that sends %s is left at once', async (what, bytes) => {
    bus.welcome()
    const connection = await DBusConnection.open(bus.address)
    let closed = 0
    connection.onClosed(() => closed++)
    const waiting = connection.call({ destination: 'a.b', path: '/', interface: 'a.b', member: 'Wait' })
    bus.client?.write(bytes)
    if (what.startsWith('half')) bus.client?.end()
    await expect(waiting).rejects.toThrow()
    expect(closed).toBe(1)
    await expect(connection.ownerOf('a.b')).rejects.toThrow('no connection')
    await vi.waitFor(() => {
      if (bus.client?.destroyed === false) throw new Error('the socket is still open')
    })
  })

  it('is heard on while it sends what is only strange', async () => {
    bus.welcome()
    const connection = await DBusConnection.open(bus.address)
    const waiting = connection.call({ destination: 'a.b', path: '/', interface: 'a.b', member: 'Wait' })
    bus.client?.write(Buffer.concat([
      encodeMessage({ kind: 'reply', serial: 5, replySerial: 99, body: [] }),
      encodeMessage({ kind: 'error', serial: 6, errorName: 'a.b', body: [] }),
      raw({ kind: 77 }),
      raw({ kind: CALL }),
      raw({ signature: 'ay', body: words(0) }),
      raw({ fields: [[99, new Variant('s', 'a field of a later day')]] }),
      encodeMessage({ kind: 'reply', serial: 7, replySerial: 2, signature: 'u', body: [5] }),
    ]))
    expect(await waiting).toEqual([5])
    connection.dispose()
  })

  it('cannot say anything that hurts, whatever it damages', async () => {
    bus.welcome()
    const good = [
      encodeMessage({ kind: 'call', serial: 3, path: '/x', interface: 'a.b', member: 'C', sender: ':1.4', signature: 'sv', body: ['x', new Variant('u', 1)] }),
      encodeMessage({ kind: 'signal', serial: 4, path: '/x', interface: 'a.b', member: 'C', sender: ':1.4', signature: 'ua{sv}', body: [0, new Map([['shortcuts', new Variant('a(sa{sv})', [['talk', new Map([['trigger', new Variant('s', 'F9')]])]])]])] }),
      encodeMessage({ kind: 'error', serial: 5, replySerial: 2, errorName: 'a.b', sender: ':1.4', signature: 's', body: ['no'] }),
    ]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...good), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }), async (message, changes) => {
        const bytes = Buffer.from(message)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        const connection = await DBusConnection.open(bus.address)
        const closed = new Promise<void>((resolve) => connection.onClosed(resolve))
        const waiting = connection.call({ destination: 'a.b', path: '/', interface: 'a.b', member: 'Wait' }).then(() => 'answered', (error: unknown) => error)
        bus.client?.end(bytes)
        await closed
        expect([await waiting].every((end) => end === 'answered' || end instanceof Error)).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})
