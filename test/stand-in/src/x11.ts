import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { homedir, hostname } from 'node:os'
import { join } from 'node:path'

/**
 * The few X11 requests it takes to hide a Chromium window from a person and to show it again: Chromium itself can
 * only minimise, which a window list still shows and a display without a window manager ignores.
 */
export class X11 {
  #socket: Socket
  #root = 0
  #sequence = 0
  #replies = new Map<number, (reply: Buffer | null) => void>()
  #data = Buffer.alloc(0)
  #ready = false
  #onReady: (() => void) | null = null
  #atoms = new Map<string, number>()

  static open(display: string, env: NodeJS.ProcessEnv): Promise<X11> {
    return new Promise((resolve, reject) => {
      const match = /^([^:]*):(\d+)/.exec(display)
      if (!match) { reject(new Error(`DISPLAY=${display} is not understood`)); return }
      const [, host = '', number = '0'] = match
      const socket = host === '' || host === 'unix' ? connect(`/tmp/.X11-unix/X${number}`) : connect(6000 + Number(number), host)
      socket.once('error', reject)
      const x = new X11(socket, () => { resolve(x) }, reject)
      const [name, data] = cookie(number, env)
      const pad = (buffer: Buffer): Buffer => Buffer.concat([buffer, Buffer.alloc((4 - buffer.length % 4) % 4)])
      const head = Buffer.alloc(12)
      head.write('l')
      head.writeUInt16LE(11, 2)
      head.writeUInt16LE(name.length, 6)
      head.writeUInt16LE(data.length, 8)
      socket.write(Buffer.concat([head, pad(Buffer.from(name)), pad(data)]))
      socket.unref()
    })
  }

  private constructor(socket: Socket, onReady: () => void, onFail: (error: Error) => void) {
    this.#socket = socket
    this.#onReady = onReady
    socket.on('data', (chunk) => {
      this.#data = Buffer.concat([this.#data, chunk])
      try {
        this.#parse()
      } catch (error) {
        onFail(error as Error)
      }
    })
    socket.on('close', () => { for (const reply of this.#replies.values()) reply(null) })
  }

  /** Every window whose WM_CLASS contains the text, from the whole tree (window managers put frames around them). */
  async findByClass(text: string): Promise<number | null> {
    const visit = async (window: number, depth: number): Promise<number | null> => {
      const wmClass = await this.#property(window, 67)
      if (wmClass?.toString('latin1').includes(text)) return window
      if (depth === 0) return null
      for (const child of await this.#children(window)) {
        const found = await visit(child, depth - 1)
        if (found !== null) return found
      }
      return null
    }
    return visit(this.#root, 3)
  }

  /** Whether the window can be seen at all. */
  async isMapped(window: number): Promise<boolean> {
    const reply = await this.#ask(this.#request(3, 0, [window]))
    return reply !== null && reply.readUInt8(26) !== 0
  }

  /** What a window manager sends when a person clicks on the window's cross. */
  async requestClose(window: number): Promise<void> {
    const [protocols, close] = [await this.#atom('WM_PROTOCOLS'), await this.#atom('WM_DELETE_WINDOW')]
    this.#clientMessage(window, window, 0, protocols, [close])
  }

  map(window: number): void { this.#send(this.#request(8, 0, [window])) }

  raise(window: number): void {
    const body = this.#request(12, 0, [window, 0x40, 0])
    this.#send(body)
  }

  /** Gives the keyboard to a window where no window manager would. */
  focus(window: number): void { this.#send(this.#request(42, 1, [window, 0])) }

  /** ICCCM 4.1.4: unmap, and tell the window manager that it shall forget the window. */
  withdraw(window: number): void {
    this.#send(this.#request(10, 0, [window]))
    const event = Buffer.alloc(32)
    event.writeUInt8(18, 0)
    event.writeUInt32LE(this.#root, 4)
    event.writeUInt32LE(window, 8)
    const head = this.#request(25, 0, [this.#root, 0x180000])
    head.writeUInt16LE(11, 2)
    this.#send(Buffer.concat([head, event]))
  }

  /** Asks the window manager to keep the window above others, or no longer. */
  async above(window: number, on: boolean): Promise<void> {
    const [state, above] = [await this.#atom('_NET_WM_STATE'), await this.#atom('_NET_WM_STATE_ABOVE')]
    this.#clientMessage(this.#root, window, 0x180000, state, [on ? 1 : 0, above])
  }

  close(): void { this.#socket.destroy() }

  #clientMessage(to: number, about: number, mask: number, type: number, data: number[]): void {
    const event = Buffer.alloc(32)
    event.writeUInt8(33, 0)
    event.writeUInt8(32, 1)
    event.writeUInt32LE(about, 4)
    event.writeUInt32LE(type, 8)
    data.forEach((word, index) => event.writeUInt32LE(word, 12 + index * 4))
    const head = this.#request(25, 0, [to, mask])
    head.writeUInt16LE(11, 2)
    this.#send(Buffer.concat([head, event]))
  }

  async #atom(name: string): Promise<number> {
    const known = this.#atoms.get(name)
    if (known !== undefined) return known
    const text = Buffer.from(name)
    const request = Buffer.alloc(8 + Math.ceil(text.length / 4) * 4)
    request.writeUInt8(16, 0)
    request.writeUInt16LE(request.length / 4, 2)
    request.writeUInt16LE(text.length, 4)
    text.copy(request, 8)
    const reply = await this.#ask(request)
    const atom = reply?.readUInt32LE(8) ?? 0
    this.#atoms.set(name, atom)
    return atom
  }

  async #children(window: number): Promise<number[]> {
    const reply = await this.#ask(this.#request(15, 0, [window]))
    if (!reply) return []
    return Array.from({ length: reply.readUInt16LE(16) }, (_, index) => reply.readUInt32LE(32 + index * 4))
  }

  async #property(window: number, atom: number): Promise<Buffer | null> {
    const reply = await this.#ask(this.#request(20, 0, [window, atom, 0, 0, 64]))
    return reply && reply.length > 32 ? reply.subarray(32, 32 + reply.readUInt32LE(16) * (reply.readUInt8(1) / 8)) : null
  }

  #request(opcode: number, data: number, words: number[]): Buffer {
    const buffer = Buffer.alloc(4 + words.length * 4)
    buffer.writeUInt8(opcode, 0)
    buffer.writeUInt8(data, 1)
    buffer.writeUInt16LE(1 + words.length, 2)
    words.forEach((word, index) => buffer.writeUInt32LE(word >>> 0, 4 + index * 4))
    return buffer
  }

  #send(buffer: Buffer): number {
    this.#socket.write(buffer)
    return this.#sequence = (this.#sequence + 1) & 0xffff
  }

  #ask(buffer: Buffer): Promise<Buffer | null> {
    return new Promise((resolve) => { this.#replies.set(this.#send(buffer), resolve) })
  }

  #parse(): void {
    if (!this.#ready) {
      if (this.#data.length < 8) return
      const length = 8 + this.#data.readUInt16LE(6) * 4
      if (this.#data.length < length) return
      if (this.#data.readUInt8(0) !== 1) throw new Error('The X server refused the connection')
      const vendor = this.#data.readUInt16LE(24)
      const formats = this.#data.readUInt8(29)
      this.#root = this.#data.readUInt32LE(40 + Math.ceil(vendor / 4) * 4 + formats * 8)
      this.#data = this.#data.subarray(length)
      this.#ready = true
      this.#onReady?.()
    }
    while (this.#data.length >= 32) {
      const kind = this.#data.readUInt8(0)
      const length = kind === 1 ? 32 + this.#data.readUInt32LE(4) * 4 : 32
      if (this.#data.length < length) return
      const message = this.#data.subarray(0, length)
      this.#data = this.#data.subarray(length)
      if (kind > 1) continue
      const sequence = message.readUInt16LE(2)
      const resolve = this.#replies.get(sequence)
      this.#replies.delete(sequence)
      resolve?.(kind === 1 ? message : null)
    }
  }
}

/** The display's MIT-MAGIC-COOKIE-1 from the X authority file, or nothing where there is none. */
function cookie(display: string, env: NodeJS.ProcessEnv): [name: string, data: Buffer] {
  let file: Buffer
  try {
    file = readFileSync(env['XAUTHORITY'] ?? join(homedir(), '.Xauthority'))
  } catch {
    return ['', Buffer.alloc(0)]
  }
  let at = 0
  const field = (): Buffer => {
    const length = file.readUInt16BE(at)
    at += 2 + length
    return file.subarray(at - length, at)
  }
  while (at + 2 < file.length) {
    const family = file.readUInt16BE(at)
    at += 2
    const [address, number, name, data] = [field(), field(), field(), field()]
    const here = family === 0xffff || address.toString() === hostname()
    if (here && (number.length === 0 || number.toString() === display) && name.toString() === 'MIT-MAGIC-COOKIE-1') return [name.toString(), data]
  }
  return ['', Buffer.alloc(0)]
}
