import { connect, type Socket } from 'node:net'
import type { Disposable } from '../../../shared/disposable.ts'
import { encodeMessage, MessageStream, type Message } from './message.ts'
import type { DBusValue } from './values.ts'

const BUS = 'org.freedesktop.DBus'
const BUS_PATH = '/org/freedesktop/DBus'
/** Wait for the bus to let us in, and for an answer to a call, ms. */
const OPEN_TIMEOUT_MS = 3000
const CALL_TIMEOUT_MS = 5000
/** Longest line of the handshake, bytes. */
const MAX_LINE = 1000

/** What a call was answered instead of a reply. */
export class DBusError extends Error {
  /** E.g. `org.freedesktop.DBus.Error.UnknownMethod`. */
  readonly errorName: string

  constructor(errorName: string, message: string) {
    super(message)
    this.name = 'DBusError'
    this.errorName = errorName
  }
}

/** Which method of whom. */
export interface Call {
  destination: string
  path: string
  interface: string
  member: string
  signature?: string
  body?: readonly DBusValue[]
}

/** Which signals; what is left out may be anything. */
export interface SignalMatch {
  /** Whose: a well-known name, which the bus resolves. */
  sender?: string
  path?: string
  interface: string
  member: string
}

type State = 'greeting' | 'open' | 'closed'

/**
 * A client of one message bus: calls, signals, and the end of the connection. It offers nothing to
 * others: a call that arrives is answered with an error.
 *
 * Why no library: the one that is kept, `dbus-native` (0.16.1), reads an array of empty structs, or
 * one cut off in a value, until memory runs out. It may follow once `hostile-bus.test.ts` passes.
 */
export class DBusConnection {
  readonly #socket: Socket
  readonly #stream = new MessageStream()
  #state: State = 'greeting'
  #line = Buffer.alloc(0)
  #serial = 0
  #name = ''
  readonly #waiting = new Map<number, { resolve: (body: readonly DBusValue[]) => void; reject: (error: Error) => void; timer: NodeJS.Timeout }>()
  readonly #listeners = new Set<{ match: SignalMatch; listener: (message: Message) => void }>()
  readonly #closed = new Set<() => void>()
  #welcome: { resolve: () => void; reject: (error: Error) => void } | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#receive(chunk)
    })
    socket.on('error', (error) => {
      this.#end(error)
    })
    socket.on('close', () => {
      this.#end(new Error('the bus has closed the connection'))
    })
  }

  /**
   * Connects to a bus.
   *
   * @param address as in `DBUS_SESSION_BUS_ADDRESS`: the first of several that can be reached
   * @throws Error when none can be reached or lets us in
   */
  static async open(address: string): Promise<DBusConnection> {
    let why = new Error('the address of the bus names no socket')
    for (const path of socketsOf(address)) {
      try {
        return await DBusConnection.#connect(path)
      } catch (error) {
        if (error instanceof Error) why = error
      }
    }
    throw why
  }

  static async #connect(path: string): Promise<DBusConnection> {
    const connection = new DBusConnection(connect({ path }))
    const timer = setTimeout(() => {
      connection.#end(new Error('the bus does not answer'))
    }, OPEN_TIMEOUT_MS)
    try {
      await new Promise<void>((resolve, reject) => {
        connection.#welcome = { resolve, reject }
        // One zero byte, then who we are: the bus asks the kernel whether it is true.
        connection.#socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(process.getuid?.() ?? 0)).toString('hex')}\r\n`)
      })
      const [name] = await connection.call({ destination: BUS, path: BUS_PATH, interface: BUS, member: 'Hello' })
      connection.#name = typeof name === 'string' ? name : ''
      return connection
    } catch (error) {
      connection.dispose()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** Our unique name on the bus, e.g. `:1.42`. */
  get name(): string {
    return this.#name
  }

  /** Calls a method. @throws DBusError what it was answered @throws Error no answer, or no connection */
  call(call: Call, timeoutMs = CALL_TIMEOUT_MS): Promise<readonly DBusValue[]> {
    if (this.#state === 'closed') return Promise.reject(new Error('there is no connection to the bus'))
    const serial = ++this.#serial
    return new Promise((resolve, reject) => {
      const bytes = encodeMessage({ ...call, kind: 'call', serial, body: call.body ?? [] })
      const timer = setTimeout(() => {
        this.#waiting.delete(serial)
        reject(new Error(`${call.member} was not answered`))
      }, timeoutMs)
      this.#waiting.set(serial, { resolve, reject, timer })
      this.#socket.write(bytes)
    })
  }

  /** Calls a method of the bus itself. */
  async #bus(member: string, signature: string, body: readonly DBusValue[]): Promise<readonly DBusValue[]> {
    return await this.call({ destination: BUS, path: BUS_PATH, interface: BUS, member, signature, body })
  }

  /** The unique name of who has a name now; null: nobody. */
  async ownerOf(name: string): Promise<string | null> {
    try {
      const [owner] = await this.#bus('GetNameOwner', 's', [name])
      return typeof owner === 'string' ? owner : null
    } catch (error) {
      if (error instanceof DBusError) return null
      throw error
    }
  }

  /** Starts who serves a name, where the system knows how. False: nobody does. */
  async startService(name: string): Promise<boolean> {
    try {
      await this.#bus('StartServiceByName', 'su', [name, 0])
      return true
    } catch (error) {
      if (error instanceof DBusError) return false
      throw error
    }
  }

  /** Listens to signals, from when the promise is fulfilled. */
  async onSignal(match: SignalMatch, listener: (message: Message) => void): Promise<Disposable> {
    const entry = { match, listener }
    this.#listeners.add(entry)
    const rule = ruleOf(match)
    await this.#bus('AddMatch', 's', [rule])
    return {
      dispose: () => {
        if (!this.#listeners.delete(entry) || this.#state === 'closed') return
        // Nobody waits for this answer; a connection that ends meanwhile has no rules any more.
        this.#bus('RemoveMatch', 's', [rule]).catch(() => undefined)
      },
    }
  }

  /** Told once, when the connection ends by other hands than ours. */
  onClosed(listener: () => void): void {
    this.#closed.add(listener)
  }

  dispose(): void {
    this.#closed.clear()
    this.#listeners.clear()
    this.#end(new Error('the connection to the bus was closed'))
  }

  #receive(chunk: Buffer): void {
    if (this.#state === 'closed') return
    let bytes: Buffer = chunk
    if (this.#state === 'greeting') {
      this.#line = Buffer.concat([this.#line, chunk])
      const end = this.#line.indexOf('\r\n')
      if (end < 0) {
        if (this.#line.byteLength > MAX_LINE) this.#end(new Error('the bus speaks something else'))
        return
      }
      const line = this.#line.subarray(0, end).toString('utf8')
      bytes = this.#line.subarray(end + 2)
      this.#line = Buffer.alloc(0)
      if (!line.startsWith('OK ')) {
        this.#end(new Error('the bus does not let us in'))
        return
      }
      this.#state = 'open'
      this.#socket.write('BEGIN\r\n')
      this.#welcome?.resolve()
    }
    let messages: Message[]
    try {
      messages = this.#stream.push(bytes)
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error('the bus speaks something else'))
      return
    }
    for (const message of messages) this.#take(message)
  }

  #take(message: Message): void {
    if (message.kind === 'signal') {
      for (const { match, listener } of [...this.#listeners]) if (fits(message, match)) listener(message)
      return
    }
    if (message.kind === 'call') {
      const reply = { kind: 'error', serial: ++this.#serial, replySerial: message.serial, errorName: 'org.freedesktop.DBus.Error.UnknownMethod', body: [] } as const
      this.#socket.write(encodeMessage({ ...reply, ...(message.sender === undefined ? {} : { destination: message.sender }) }))
      return
    }
    const waiting = this.#waiting.get(message.replySerial ?? 0)
    if (!waiting) return
    this.#waiting.delete(message.replySerial ?? 0)
    clearTimeout(waiting.timer)
    if (message.kind === 'reply') waiting.resolve(message.body)
    else waiting.reject(new DBusError(message.errorName ?? '', typeof message.body[0] === 'string' ? message.body[0] : ''))
  }

  #end(why: Error): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#socket.destroy()
    this.#welcome?.reject(why)
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(why)
    }
    this.#waiting.clear()
    for (const listener of [...this.#closed]) listener()
    this.#closed.clear()
  }
}

/** Address of the session's bus, empty where none is known. */
export function sessionBusOf(env: Readonly<Record<string, string | undefined>>): string {
  const address = env['DBUS_SESSION_BUS_ADDRESS'] ?? ''
  const folder = env['XDG_RUNTIME_DIR'] ?? ''
  return address !== '' || folder === '' ? address : `unix:path=${encodeURI(folder)}/bus`
}

/** Address of the system's bus. */
export function systemBusOf(env: Readonly<Record<string, string | undefined>>): string {
  return env['DBUS_SYSTEM_BUS_ADDRESS'] ?? 'unix:path=/run/dbus/system_bus_socket'
}

/** The sockets that a list of addresses names, in its order; abstract ones begin with a zero byte. */
export function socketsOf(addresses: string): string[] {
  const sockets: string[] = []
  for (const address of addresses.split(';')) {
    if (!address.startsWith('unix:')) continue
    const parts = new Map(address.slice('unix:'.length).split(',').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]))
    const path = parts.get('path')
    const abstract = parts.get('abstract')
    try {
      if (path !== undefined) sockets.push(decodeURIComponent(path))
      else if (abstract !== undefined) sockets.push(`\0${decodeURIComponent(abstract)}`)
    } catch (error) {
      void error // escaped wrongly: the next one may be right
    }
  }
  return sockets
}

function ruleOf({ sender, path, interface: name, member }: SignalMatch): string {
  const parts = Object.entries({ type: 'signal', sender, path, interface: name, member }).filter(([, value]) => value !== undefined)
  return parts.map(([key, value]) => `${key}='${String(value)}'`).join(',')
}

/** A signal may have come for another rule, or for none: the sender's well-known name only the bus can compare. */
function fits(message: Message, match: SignalMatch): boolean {
  if (match.sender?.startsWith(':') === true && message.sender !== match.sender) return false
  if (match.path !== undefined && message.path !== match.path) return false
  return message.interface === match.interface && message.member === match.member
}
