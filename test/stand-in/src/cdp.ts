import type { Readable, Writable } from 'node:stream'
import type { Protocol } from '../../../node_modules/playwright-core/types/protocol.d.ts'

export type { Protocol }

type Parameters = Protocol.CommandParameters
type Results = Protocol.CommandReturnValues
type Events = Protocol.EventMap

/** One command's outcome as Chromium sends it. */
interface Message {
  id?: number
  method?: string
  params?: unknown
  result?: unknown
  error?: { message: string }
  sessionId?: string
}

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
  method: string
}

/** A DevTools session: the browser itself (`id` undefined) or one attached target. */
export class CdpSession {
  readonly id: string | undefined
  #connection: CdpConnection
  #listeners = new Map<string, ((params: never) => void)[]>()

  constructor(connection: CdpConnection, id: string | undefined) {
    this.#connection = connection
    this.id = id
  }

  /** Sends a command; rejects with Chromium's own text, or with "closed" when the target is gone. */
  send<M extends keyof Parameters & keyof Results>(method: M, params?: Parameters[M]): Promise<Results[M]> {
    return this.#connection.post(this.id, method, params ?? {}) as Promise<Results[M]>
  }

  /** Sends a command whose outcome nobody needs: an error only means that the target went away meanwhile. */
  tell<M extends keyof Parameters & keyof Results>(method: M, params?: Parameters[M]): void {
    this.send(method, params).catch(() => undefined)
  }

  on<E extends keyof Events>(event: E, listener: (params: Events[E][0]) => void): void {
    const list = this.#listeners.get(event) ?? []
    list.push(listener)
    this.#listeners.set(event, list)
  }

  dispatch(event: string, params: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(params as never)
  }
}

/** The DevTools protocol over `--remote-debugging-pipe`: JSON texts, each ended by a zero byte. */
export class CdpConnection {
  readonly browser = new CdpSession(this, undefined)
  #out: Writable
  #sessions = new Map<string, CdpSession>()
  #pending = new Map<number, Pending & { sessionId: string | undefined }>()
  #nextId = 0
  #rest: Buffer[] = []
  #closed = false

  constructor(out: Writable, incoming: Readable, onClose: () => void) {
    this.#out = out
    out.on('error', () => undefined)
    incoming.on('data', (chunk: Buffer) => { this.#read(chunk) })
    incoming.on('error', () => undefined)
    incoming.on('close', () => {
      this.#closed = true
      for (const pending of this.#pending.values()) pending.reject(new Error(`${pending.method}: Chromium is gone`))
      this.#pending.clear()
      onClose()
    })
  }

  session(id: string): CdpSession {
    let session = this.#sessions.get(id)
    if (!session) this.#sessions.set(id, session = new CdpSession(this, id))
    return session
  }

  forget(id: string): void {
    this.#sessions.delete(id)
    for (const [key, pending] of this.#pending) {
      if (pending.sessionId !== id) continue
      this.#pending.delete(key)
      pending.reject(new Error(`${pending.method}: the page is gone`))
    }
  }

  post(sessionId: string | undefined, method: string, params: object): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error(`${method}: Chromium is gone`))
    const id = ++this.#nextId
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, method, sessionId })
      this.#out.write(JSON.stringify(sessionId === undefined ? { id, method, params } : { id, method, params, sessionId }) + '\0')
    })
  }

  #read(chunk: Buffer): void {
    let start = 0
    for (;;) {
      const end = chunk.indexOf(0, start)
      if (end < 0) break
      const part = chunk.subarray(start, end)
      const text = this.#rest.length === 0 ? part.toString() : Buffer.concat([...this.#rest, part]).toString()
      this.#rest = []
      start = end + 1
      this.#message(JSON.parse(text) as Message)
    }
    if (start < chunk.length) this.#rest.push(chunk.subarray(start))
  }

  #message(message: Message): void {
    if (message.id !== undefined) {
      const pending = this.#pending.get(message.id)
      this.#pending.delete(message.id)
      if (message.error) pending?.reject(new Error(`${pending.method}: ${message.error.message}`))
      else pending?.resolve(message.result)
      return
    }
    const session = message.sessionId === undefined ? this.browser : this.#sessions.get(message.sessionId)
    session?.dispatch(message.method ?? '', message.params)
  }
}
