import type { CdpSession } from './cdp.ts'
import { PortEnd, type Packet } from './ports.ts'
import type { FromPage, PortId, ToPage } from './wire.ts'

/**
 * One document's isolated world, seen from main: the way in (`Runtime.callFunctionOn`) and the ends of the channels
 * that lead into it. Gone with the document.
 */
export class DocumentHost {
  readonly frameId: string
  readonly contextId: number
  #session: CdpSession
  #tag: string
  #ports = new Map<PortId, PortEnd>()
  #nextPort = 0
  /** Ports named in the next message: what waits in them may follow that message, not precede it. */
  #afterTelling: (() => void)[] = []
  #gone = false

  constructor(session: CdpSession, tag: string, frameId: string, contextId: number) {
    this.#session = session
    this.#tag = tag
    this.frameId = frameId
    this.contextId = contextId
  }

  get gone(): boolean { return this.#gone }

  tell(message: ToPage): void {
    if (this.#gone) return
    this.#session.tell('Runtime.callFunctionOn', {
      executionContextId: this.contextId,
      functionDeclaration: `function(m){this[${JSON.stringify(`${this.#tag}:receive`)}](m)}`,
      arguments: [{ value: JSON.stringify(message) }],
      silent: true,
    })
    for (const hold of this.#afterTelling.splice(0)) hold()
  }

  /** Names the ends for the document and connects each with its port there. */
  give(ends: PortEnd[]): PortId[] {
    return ends.map((end) => {
      const id = `main${++this.#nextPort}`
      this.#afterTelling.push(() => { this.#hold(id, end) })
      return id
    })
  }

  /** The main side's ends of ports that the document sent out. */
  take(ids: PortId[]): PortEnd[] {
    return ids.map((id) => {
      const [inside, outside] = PortEnd.pair()
      this.#hold(id, inside)
      return outside
    })
  }

  portMessage(message: Extract<FromPage, { k: 'port' | 'closed' }>): void {
    const end = this.#ports.get(message.p)
    if (message.k === 'closed') {
      this.#ports.delete(message.p)
      end?.close()
    } else {
      const packet: Packet = { message: message.m, ports: this.take(message.t) }
      end?.post(packet)
    }
  }

  /** The document is gone: every channel into it closes. */
  end(): void {
    if (this.#gone) return
    this.#gone = true
    for (const end of this.#ports.values()) end.close()
    this.#ports.clear()
  }

  #hold(id: PortId, end: PortEnd): void {
    this.#ports.set(id, end)
    end.hold({
      deliver: (packet) => { this.tell({ k: 'port', p: id, m: packet.message, t: this.give(packet.ports) }) },
      otherEndClosed: () => { if (this.#ports.delete(id)) this.tell({ k: 'close', p: id }) },
    })
  }
}
