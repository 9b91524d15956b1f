import type { DocumentHost } from './document-host.ts'
import { IpcMainImpl } from './ipc.ts'
import { disentangle, codec, type MessagePortMain } from './ports.ts'
import { StrictEmitter } from './strict.ts'
import type { FrameInfo, PageTarget } from './page-target.ts'
import { originOf, toApp } from './url-map.ts'

let nextRoutingId = 0

/** Checks a transfer list as `webContents.postMessage` does. */
export function transferList(transfer: unknown): MessagePortMain[] {
  if (transfer === undefined) return []
  if (!Array.isArray(transfer) || transfer.some((item) => !isPort(item))) throw new TypeError('Invalid value for transfer')
  return transfer as MessagePortMain[]
}

function isPort(item: unknown): boolean {
  return typeof item === 'object' && item !== null && item.constructor.name === 'MessagePortMain'
}

/** One frame of a page. */
export class WebFrameMain extends StrictEmitter {
  readonly ipc = new IpcMainImpl()
  readonly routingId = ++nextRoutingId
  readonly frameTreeNodeId = this.routingId
  #page: PageTarget
  #info: FrameInfo
  #lookup: (id: string) => WebFrameMain | null
  #processId: () => number
  #detached = false
  #destroyed = false

  constructor(page: PageTarget, info: FrameInfo, lookup: (id: string) => WebFrameMain | null, processId: () => number) {
    super()
    this.#page = page
    this.#info = info
    this.#lookup = lookup
    this.#processId = processId
  }

  get processId(): number { return this.#processId() }
  get frameToken(): string { return this.#info.id }
  get name(): string { return this.#info.name }
  get url(): string { return toApp(this.#info.url) }
  get origin(): string { return originOf(this.#info.url) }
  get detached(): boolean { return this.#detached }
  get parent(): WebFrameMain | null { return this.#info.parentId === undefined ? null : this.#lookup(this.#info.parentId) }
  get top(): WebFrameMain | null { return this.#lookup(this.#page.targetId) }
  get frames(): WebFrameMain[] {
    return [...this.#page.frames.values()].filter((info) => info.parentId === this.#info.id)
      .map((info) => this.#lookup(info.id)).filter((frame) => frame !== null)
  }
  get framesInSubtree(): WebFrameMain[] { return [this, ...this.frames.flatMap((frame) => frame.framesInSubtree)] }
  get visibilityState(): string { return 'visible' }

  /** The document that the frame shows now. */
  get host(): DocumentHost | undefined { return this.#info.host }

  isDestroyed(): boolean { return this.#destroyed }

  send(channel: string, ...args: unknown[]): void {
    if (typeof channel !== 'string') throw new TypeError('Missing required channel argument')
    const a = codec.encode(args)
    this.#info.host?.tell({ k: 'send', c: channel, a, p: [] })
  }

  postMessage(...args: [channel?: unknown, message?: unknown, transfer?: unknown]): void {
    if (args.length < 2) throw new TypeError('Insufficient number of arguments.')
    const [channel, message, transfer] = args
    if (typeof channel !== 'string') throw new TypeError('Missing required channel argument')
    const ports = transferList(transfer)
    const encoded = codec.encode([message])
    const ends = disentangle(ports)
    const { host } = this.#info
    if (host) host.tell({ k: 'send', c: channel, a: encoded, p: host.give(ends) })
    else for (const end of ends) end.close()
  }

  async executeJavaScript(code: string, userGesture = false): Promise<unknown> {
    const { mainContext } = this.#info
    const { result, exceptionDetails } = await this.#page.session.send('Runtime.evaluate', {
      expression: code, awaitPromise: true, returnByValue: true, userGesture, ...mainContext === undefined ? {} : { contextId: mainContext },
    })
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description?.split('\n')[0]?.replace(/^(Uncaught )?\w*Error: /, '') ?? exceptionDetails.text)
    }
    return result.value as unknown
  }

  reload(): boolean {
    this.#page.session.tell('Page.reload', {})
    return true
  }

  detach(): void {
    this.#detached = true
    this.#destroyed = true
  }
}
