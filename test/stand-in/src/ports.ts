import { EventEmitter } from 'node:events'
import { makeCodec, type Codec, type Encoded } from './codec.ts'

/** The one codec of the main process. */
export const codec: Codec = makeCodec({
  toBase64: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  fromBase64: (text) => new Uint8Array(Buffer.from(text, 'base64')),
})

export interface Packet {
  message: Encoded
  ports: PortEnd[]
}

/** Whoever holds one end of a channel at present: a MessagePortMain or a document. */
export interface PortHolder {
  deliver(packet: Packet): void
  otherEndClosed(): void
}

/**
 * One end of a message channel. Packets wait here while nobody holds it, which is the case while the end travels
 * or before `start()`.
 */
export class PortEnd {
  #peer: PortEnd | null = null
  #holder: PortHolder | null = null
  #queue: Packet[] = []
  #closed = false

  static pair(): [PortEnd, PortEnd] {
    const first = new PortEnd()
    const second = new PortEnd()
    first.#peer = second
    second.#peer = first
    return [first, second]
  }

  get closed(): boolean { return this.#closed }

  /** Gives the end to a holder, and with it what has arrived so far; null takes it away. */
  hold(holder: PortHolder | null): void {
    this.#holder = holder
    if (!holder) return
    for (const packet of this.#queue.splice(0)) holder.deliver(packet)
    if (this.#closed) holder.otherEndClosed()
  }

  /** Returns what the last holder had not yet passed on, for the next one. */
  putBack(packets: Packet[]): void { this.#queue.unshift(...packets) }

  /** Sends to the other end; silent when the channel is closed. */
  post(packet: Packet): void {
    const peer = this.#peer
    if (this.#closed || !peer) return
    if (peer.#holder) peer.#holder.deliver(packet)
    else peer.#queue.push(packet)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    const peer = this.#peer
    if (!peer || peer.#closed) return
    peer.#closed = true
    peer.#holder?.otherEndClosed()
  }
}

/** Electron's MessagePortMain: an emitter whose messages wait for `start()`. */
export class MessagePortMain extends EventEmitter {
  #end: PortEnd | null
  #started = false
  #emittedClose = false
  #waiting: Packet[] = []

  constructor(end: PortEnd) {
    super()
    this.#end = end
    end.hold({
      deliver: (packet) => {
        if (!this.#started) this.#waiting.push(packet)
        else setImmediate(() => { this.#emitMessage(packet) })
      },
      otherEndClosed: () => { setImmediate(() => { this.#emitClose() }) },
    })
  }

  postMessage(...args: [message?: unknown, transfer?: unknown]): void {
    const end = this.#end
    if (!end) return
    if (args.length === 0) throw new TypeError('Expected at least one argument to postMessage')
    const message = codec.encode(args[0])
    const transfer = args[1] ?? []
    if (!Array.isArray(transfer)) throw new TypeError('Transferables must be an array of MessagePorts')
    transfer.forEach((port, index) => {
      if (!(port instanceof MessagePortMain)) throw new TypeError(`Port at index ${index} is not a valid port`)
      if (port === this) throw new Error(`Port at index ${index} contains the source port.`)
    })
    end.post({ message, ports: disentangle(transfer as MessagePortMain[]) })
  }

  start(): void {
    if (this.#started) return
    this.#started = true
    const waiting = this.#waiting.splice(0)
    if (waiting.length > 0) setImmediate(() => { for (const packet of waiting) this.#emitMessage(packet) })
  }

  close(): void {
    this.#end?.close()
    setImmediate(() => { this.#emitClose() })
  }

  /** Takes the end out of this object, which is of no more use then. */
  static disentangle(port: MessagePortMain): PortEnd {
    const end = port.#end
    if (!end) throw new Error('neutered')
    port.#end = null
    end.hold(null)
    end.putBack(port.#waiting.splice(0))
    return end
  }

  static isNeutered(port: MessagePortMain): boolean { return port.#end === null }

  #emitMessage(packet: Packet): void {
    if (!this.#end) return
    this.emit('message', { data: codec.decode(packet.message), ports: packet.ports.map((end) => new MessagePortMain(end)) })
  }

  #emitClose(): void {
    if (this.#emittedClose || !this.#end) return
    this.#emittedClose = true
    this.emit('close')
  }
}

/** Checks a transfer list as shell/browser/api/message_port.cc does, then takes the ends. */
export function disentangle(ports: MessagePortMain[]): PortEnd[] {
  const visited = new Set<MessagePortMain>()
  ports.forEach((port, index) => {
    if (MessagePortMain.isNeutered(port)) throw new Error(`Port at index ${index} is already neutered.`)
    if (visited.has(port)) throw new Error(`Port at index ${index} is a duplicate.`)
    visited.add(port)
  })
  return ports.map((port) => MessagePortMain.disentangle(port))
}

export class MessageChannelMain {
  readonly port1: MessagePortMain
  readonly port2: MessagePortMain
  constructor() {
    const [first, second] = PortEnd.pair()
    this.port1 = new MessagePortMain(first)
    this.port2 = new MessagePortMain(second)
  }
}
