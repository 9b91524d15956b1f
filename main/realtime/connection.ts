import WebSocket from 'ws'
import { failure, FailureError, type Failure, type FailureCode } from '../../shared/failure.ts'
import type { ClientEvent } from '../../shared/realtime/client-events.ts'
import { MAX_FRAME, parseServerEvent } from '../../shared/realtime/parse.ts'
import { serialiseClientEvent, type WireShape } from '../../shared/realtime/serialise.ts'
import type { ServerEvent } from '../../shared/realtime/server-events.ts'
import { appendFrameBytes, decodeBase64 } from './base64.ts'
import { actionsFor, closeFailure, fatalCode, retryAfterClose } from './close-codes.ts'
import { upgradeHeaders, type Endpoint } from './endpoint.ts'
import { proxyAgent, routeTo, type ResolveProxy } from './proxy.ts'
import type { SecretKey } from './secret-key.ts'
import { readBody, retryAfterStatus, socketFailure, statusFailure } from './upgrade-failures.ts'

/** What a connection says, in the order in which it happened; nothing of an attempt after its `closed`. */
export type ConnectionEvent =
  /** The upgrade succeeded; `session.created` should follow as an event. */
  | { type: 'open' }
  | { type: 'event'; event: ServerEvent }
  /** An event that this client does not know; harmless. */
  | { type: 'unknown'; name: string }
  /** A frame that could not be understood; the connection goes on. Detail: `path`, `reason`, `count` so far. */
  | { type: 'notice'; failure: Failure }
  /** It is over. `failure` null: closed by us. `retry`: a new attempt may be made without asking. */
  | { type: 'closed'; failure: Failure | null; retry: boolean }

/** Where a connection is. */
export type ConnectionState =
  | { name: 'idle' }
  | { name: 'routing'; attempt: number; deadline: NodeJS.Timeout }
  | { name: 'connecting'; attempt: number; socket: WebSocket; proxy: boolean; deadline: NodeJS.Timeout }
  | { name: 'open'; attempt: number; socket: WebSocket; proxy: boolean; heartbeat: NodeJS.Timeout }
  | { name: 'closed'; attempt: number; failure: Failure | null }

/** Times that a connection lives by, ms. Tests shorten them. */
export interface ConnectionTimes {
  /** From the start to the finished upgrade, asking for the proxy included. */
  open: number
  /** Between pings; after two that nothing answered the connection counts as lost. */
  ping: number
  /** For the closing handshake, after which the socket is cut. */
  close: number
}

const TIMES: ConnectionTimes = { open: 15_000, ping: 20_000, close: 1000 }

/** Invalid frames in a row after which the other side is not a Realtime server. */
const MAX_INVALID_IN_A_ROW = 20
/** Pings without any sign of life after which the connection is lost. */
const MAX_MISSED = 2

export interface ConnectionOptions {
  endpoint: Endpoint
  /** null: the server wants none. */
  key: SecretKey | null
  /** The system's proxy settings; see {@link ResolveProxy}. */
  resolveProxy: ResolveProxy
  /** Must not throw; should it, the connection ends with `internal`. */
  listener: (event: ConnectionEvent) => void
  /** Told what the listener threw, for the log. */
  fault?: (problem: unknown) => void
  /** Certificates to trust, PEM, in place of Node's own list. */
  ca?: string[]
  times?: Partial<ConnectionTimes>
}

/**
 * One WebSocket to one Realtime server: frames in, events out, and every way in which it can end
 * as a {@link Failure}. It knows nothing of sessions. `open` may be called again after `closed`.
 */
export class RealtimeConnection {
  readonly #options: ConnectionOptions
  readonly #times: ConnectionTimes
  #state: ConnectionState = { name: 'idle' }
  #attempts = 0
  #invalid = 0
  #invalidInARow = 0
  #missed = 0
  /** Set by a fatal `error` event: the close that follows often says less. */
  #fatal: Failure | null = null
  #shape: WireShape

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#times = { ...TIMES, ...options.times }
    this.#shape = options.endpoint.shape
  }

  get state(): ConnectionState['name'] {
    return this.#state.name
  }

  /** Bytes that `send` and `sendAudio` accepted and the network has not taken yet. */
  get bufferedAmount(): number {
    return this.#state.name === 'open' ? this.#state.socket.bufferedAmount : 0
  }

  /** Begins an attempt; the outcome is an event. Ignored while one is under way or open. */
  open(): void {
    if (this.#state.name !== 'idle' && this.#state.name !== 'closed') return
    const attempt = ++this.#attempts
    this.#invalid = 0
    this.#invalidInARow = 0
    this.#missed = 0
    this.#fatal = null
    this.#shape = this.#options.endpoint.shape
    const deadline = setTimeout(() => {
      this.#end(attempt, failure('timeout', { host: this.#options.endpoint.host }, ['retry']), true)
    }, this.#times.open)
    this.#state = { name: 'routing', attempt, deadline }
    void this.#connect(attempt, deadline)
  }

  /** Ends the connection: emits `closed` with null at once, unless it has ended already. */
  close(): void {
    if (this.#state.name === 'idle' || this.#state.name === 'closed') return
    this.#end(this.#state.attempt, null, false)
  }

  /**
   * Sends one event. False when the connection is not open.
   *
   * @throws RangeError when no server would accept the event (see `serialiseClientEvent`)
   */
  send(event: ClientEvent): boolean {
    if (this.#state.name !== 'open') return false
    this.#state.socket.send(serialiseClientEvent(event, this.#shape))
    return true
  }

  /**
   * Sends microphone sound as one `input_audio_buffer.append`. False when the connection is not open.
   *
   * @param pcm sound in the session's input format; kept by nobody
   */
  sendAudio(pcm: Uint8Array): boolean {
    if (this.#state.name !== 'open') return false
    this.#state.socket.send(appendFrameBytes(pcm), { binary: false })
    return true
  }

  #isCurrent(attempt: number): boolean {
    return this.#state.name !== 'idle' && this.#state.name !== 'closed' && this.#state.attempt === attempt
  }

  async #connect(attempt: number, deadline: NodeJS.Timeout): Promise<void> {
    const { endpoint, key, resolveProxy } = this.#options
    try {
      const route = await routeTo(endpoint.url, resolveProxy)
      const agent =
        route.kind === 'proxy'
          ? await proxyAgent(route.url, (status) => {
              this.#end(attempt, failure('proxy_failed', { status, proxy: route.url }, ['retry']), false)
            })
          : undefined
      if (!this.#isCurrent(attempt)) return
      const socket = new WebSocket(endpoint.url, {
        headers: upgradeHeaders(endpoint, key),
        ...(agent === undefined ? {} : { agent }),
        ...(this.#options.ca === undefined ? {} : { ca: this.#options.ca }),
        perMessageDeflate: false,
        followRedirects: false,
        maxPayload: MAX_FRAME,
        handshakeTimeout: this.#times.open,
      })
      this.#state = { name: 'connecting', attempt, socket, proxy: agent !== undefined, deadline }
      this.#listen(attempt, socket)
    } catch (problem) {
      const what =
        problem instanceof FailureError ? problem.failure : failure('endpoint_invalid', { host: endpoint.host }, ['change_key'])
      this.#end(attempt, what, false)
    }
  }

  #listen(attempt: number, socket: WebSocket): void {
    const { endpoint, key } = this.#options
    // The error listener stays for good: a socket may still fail after its attempt has ended.
    socket.on('error', (error) => {
      if (!this.#isCurrent(attempt)) return
      const { name } = this.#state
      const proxy = this.#state.name === 'connecting' && this.#state.proxy
      const what = socketFailure(error, endpoint, name === 'open', proxy)
      this.#end(attempt, this.#fatal ?? what, isTransient(this.#fatal ?? what))
    })
    socket.on('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0
      void readBody(response).then((body) => {
        const what = statusFailure(status, body, endpoint, key)
        this.#end(attempt, what, retryAfterStatus(status, what.code))
      })
    })
    socket.on('open', () => {
      this.#opened(attempt, socket)
    })
    socket.on('message', (data, isBinary) => {
      if (this.#isCurrent(attempt)) this.#receive(attempt, data, isBinary)
    })
    socket.on('pong', () => {
      if (this.#isCurrent(attempt)) this.#missed = 0
    })
    socket.on('close', (code, reason) => {
      const what = this.#fatal ?? closeFailure(code, reason.toString('utf8'))
      this.#end(attempt, what, this.#fatal === null ? retryAfterClose(code) : isTransient(this.#fatal))
    })
  }

  #opened(attempt: number, socket: WebSocket): void {
    if (!this.#isCurrent(attempt) || this.#state.name !== 'connecting') return
    clearTimeout(this.#state.deadline)
    const heartbeat = setInterval(() => {
      this.#beat(attempt, socket)
    }, this.#times.ping)
    heartbeat.unref()
    this.#state = { name: 'open', attempt, socket, proxy: this.#state.proxy, heartbeat }
    this.#emit(attempt, { type: 'open' })
  }

  #beat(attempt: number, socket: WebSocket): void {
    if (!this.#isCurrent(attempt)) return
    if (this.#missed >= MAX_MISSED) {
      this.#end(attempt, failure('connection_lost', { host: this.#options.endpoint.host }, ['retry']), true)
      return
    }
    this.#missed += 1
    socket.ping()
  }

  #receive(attempt: number, data: WebSocket.RawData, isBinary: boolean): void {
    this.#missed = 0
    const bytes = toBuffer(data)
    const parsed = parseServerEvent(isBinary ? bytes : bytes.toString('utf8'), decodeBase64)
    if (parsed.kind === 'invalid') {
      this.#invalid += 1
      this.#invalidInARow += 1
      const what = failure('protocol_error', { reason: parsed.reason, path: parsed.path, count: this.#invalid }, actionsFor('protocol_error'))
      if (this.#invalidInARow > MAX_INVALID_IN_A_ROW) this.#end(attempt, what, false)
      else this.#emit(attempt, { type: 'notice', failure: what })
      return
    }
    this.#invalidInARow = 0
    if (parsed.kind === 'unknown') {
      this.#emit(attempt, { type: 'unknown', name: parsed.type })
      return
    }
    const { event } = parsed
    // Who introduces itself in the old shape is answered in it; OpenAI and Azure never do.
    if (parsed.beta && this.#options.endpoint.kind === 'compatible') this.#shape = 'beta'
    if (event.type === 'error') {
      const code = fatalCode(event.error.code)
      if (code !== null) this.#fatal = failure(code, { host: this.#options.endpoint.host }, actionsFor(code))
    }
    this.#emit(attempt, { type: 'event', event })
  }

  #emit(attempt: number, event: ConnectionEvent): void {
    try {
      this.#options.listener(event)
    } catch (problem) {
      // A fault of ours must neither end the process nor leave a session half alive.
      this.#options.fault?.(problem)
      this.#end(attempt, failure('internal', {}, ['retry']), false)
    }
  }

  /** The one way out: whatever comes first wins, all later news of the attempt is stale. */
  #end(attempt: number, what: Failure | null, retry: boolean): void {
    if (!this.#isCurrent(attempt)) return
    const before = this.#state
    this.#state = { name: 'closed', attempt, failure: what }
    if (before.name === 'routing' || before.name === 'connecting') clearTimeout(before.deadline)
    if (before.name === 'connecting') before.socket.terminate()
    if (before.name === 'open') {
      clearInterval(before.heartbeat)
      this.#hangUp(before.socket, what)
    }
    try {
      this.#options.listener({ type: 'closed', failure: what, retry })
    } catch (problem) {
      this.#options.fault?.(problem)
    }
  }

  #hangUp(socket: WebSocket, what: Failure | null): void {
    if (what?.code === 'connection_lost') {
      socket.terminate()
      return
    }
    socket.close(what?.code === 'protocol_error' ? 1002 : 1000)
    const timer = setTimeout(() => {
      socket.terminate()
    }, this.#times.close)
    timer.unref()
    socket.once('close', () => {
      clearTimeout(timer)
    })
  }
}

const TRANSIENT: ReadonlySet<FailureCode> = new Set(['connection_lost', 'offline', 'timeout', 'session_expired'])

/** Failures that a new connection may mend. */
function isTransient(what: Failure): boolean {
  return TRANSIENT.has(what.code)
}

function toBuffer(data: WebSocket.RawData): Buffer {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}
