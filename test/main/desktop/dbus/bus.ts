import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeMessage, MessageStream, type Message } from '../../../../main/desktop/dbus/message.ts'
import type { DBusValue } from '../../../../main/desktop/dbus/values.ts'

/** Whether a message bus can be started here. */
export const hasBus = process.platform === 'linux' && spawnSync('sh', ['-c', 'command -v dbus-daemon && command -v dbus-send']).status === 0
if (!hasBus) console.log('skipped: a real message bus, because this needs Linux with dbus-daemon and dbus-send (Debian: apt-get install dbus-daemon dbus-bin)')

/** A message bus of its own: no service of this machine can be started through it. */
export class TestBus {
  readonly address: string
  readonly #folder: string
  readonly #process: ChildProcess

  private constructor(folder: string, process: ChildProcess, address: string) {
    this.#folder = folder
    this.#process = process
    this.address = address
  }

  static async start(): Promise<TestBus> {
    const folder = mkdtempSync(join(tmpdir(), 'parley-bus-'))
    const address = `unix:path=${join(folder, 'bus')}`
    const config = join(folder, 'bus.conf')
    writeFileSync(
      config,
      `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>${address}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`,
    )
    const child = spawn('dbus-daemon', [`--config-file=${config}`, '--nofork', '--print-address=1'], { stdio: ['ignore', 'pipe', 'ignore'] })
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve())
      child.once('exit', () => reject(new Error('dbus-daemon did not start')))
    })
    return new TestBus(folder, child, address)
  }

  stop(): void {
    this.#process.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** The reference implementation says something on this bus. @returns what it printed */
  send(...args: string[]): Promise<string> {
    const child = spawn('dbus-send', [`--bus=${this.address}`, '--print-reply', '--reply-timeout=2000', ...args])
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    return new Promise((resolve) => {
      child.once('close', () => resolve(said))
    })
  }
}

/** How a call is answered: with a signature and values, or with an error's name. */
export type Answer = { signature: string; body: readonly DBusValue[] } | { error: string }

/** Somebody on the bus who has a name, is called, and says things. */
export class BusService {
  readonly calls: Message[] = []
  /** Answers each call; undefined: never. */
  answer: (call: Message) => Answer | undefined = () => ({ signature: '', body: [] })
  unique = ''
  readonly #socket: Socket
  readonly #stream = new MessageStream()
  #serial = 0
  #greeted = false
  readonly #replies = new Map<number, (message: Message) => void>()

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#receive(chunk)
    })
    socket.on('error', () => undefined)
  }

  /** @param name a well-known name, or none */
  static async start(bus: TestBus, name: string | null): Promise<BusService> {
    const service = new BusService(connect({ path: bus.address.slice('unix:path='.length) }))
    service.#socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(process.getuid?.())).toString('hex')}\r\n`)
    const hello = await service.#bus('Hello', '', [])
    service.unique = hello.body[0] as string
    if (name !== null) await service.#bus('RequestName', 'su', [name, 0])
    return service
  }

  stop(): void {
    this.#socket.destroy()
  }

  signal(path: string, name: string, member: string, signature: string, body: readonly DBusValue[], destination?: string): void {
    this.#send({ kind: 'signal', path, interface: name, member, signature, body, ...(destination === undefined ? {} : { destination }) })
  }

  #send(message: Omit<Message, 'serial'>): number {
    const serial = ++this.#serial
    this.#socket.write(encodeMessage({ ...message, serial }))
    return serial
  }

  #bus(member: string, signature: string, body: readonly DBusValue[]): Promise<Message> {
    return new Promise((resolve) => {
      const name = 'org.freedesktop.DBus'
      const message = { kind: 'call', destination: name, path: '/org/freedesktop/DBus', interface: name, member, signature, body } as const
      if (this.#greeted) this.#replies.set(this.#send(message), resolve)
      else {
        const serial = ++this.#serial
        this.#replies.set(serial, resolve)
        this.#first = encodeMessage({ ...message, serial })
      }
    })
  }
  #first: Buffer | null = null

  #receive(chunk: Buffer): void {
    let bytes = chunk
    if (!this.#greeted) {
      this.#greeted = true
      bytes = chunk.subarray(chunk.indexOf('\r\n') + 2)
      this.#socket.write('BEGIN\r\n')
      if (this.#first) this.#socket.write(this.#first)
    }
    for (const message of this.#stream.push(bytes)) {
      if (message.replySerial !== undefined) this.#replies.get(message.replySerial)?.(message)
      if (message.kind !== 'call') continue
      this.calls.push(message)
      const answer = this.answer(message)
      if (answer === undefined) continue
      const to = { replySerial: message.serial, ...(message.sender === undefined ? {} : { destination: message.sender }) }
      if ('error' in answer) this.#send({ kind: 'error', errorName: answer.error, body: [], ...to })
      else this.#send({ kind: 'reply', ...answer, ...to })
    }
  }
}
