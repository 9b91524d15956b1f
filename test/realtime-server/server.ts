import { createServer, type IncomingMessage, type Server } from 'node:http'
import { Socket, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { ServerConnection, type Received } from './connection.ts'
import type { RealtimeServerOptions, Upgrade } from './options.ts'
import { Arrivals } from './arrivals.ts'
import type { Json } from './wire.ts'

/**
 * Starts a scripted Realtime server on loopback: the real server's order of events and fields,
 * answers and faults as told. Stop it with `stop`.
 */
export async function startRealtimeServer(options: RealtimeServerOptions = {}): Promise<RealtimeServer> {
  const server = new RealtimeServer(options)
  await server.listen(options.port ?? 0)
  return server
}

/** A running scripted server. Options may be changed while it runs; they count from the next connection or answer on. */
export class RealtimeServer {
  /** Every WebSocket that was accepted, oldest first. */
  readonly connections: ServerConnection[] = []
  /** Every HTTP request for an upgrade, refused ones included: URL (path and query) and headers. */
  readonly upgrades: { url: string; headers: IncomingMessage['headers'] }[] = []
  options: RealtimeServerOptions
  readonly #http: Server
  readonly #sockets = new Set<Duplex>()
  readonly #wss = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 0 })
  readonly #arrivals = new Arrivals()
  readonly #started = performance.now()
  #port = 0
  #accepted = 0
  #activity = 0

  constructor(options: RealtimeServerOptions) {
    this.options = options
    this.#http = createServer((_request, response) => {
      response.writeHead(426).end('Upgrade Required')
    })
    this.#http.on('connection', (socket) => {
      this.#sockets.add(socket)
      this.#activity += 1
      // Clients of these tests cut connections on purpose.
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        this.#activity += 1
      })
    })
    this.#http.on('upgrade', (request, socket, head) => {
      this.#upgrade(request, socket, head)
    })
  }

  /** `ws://127.0.0.1:PORT/v1/realtime` */
  get url(): string {
    return `ws://127.0.0.1:${this.#port}/v1/realtime`
  }

  get port(): number {
    return this.#port
  }

  /** Grows with everything that comes, goes, connects or closes. */
  get activity(): number {
    return this.#activity
  }

  /** Connections that are open. */
  get open(): number {
    return this.#sockets.size
  }

  /** Everything received on all connections, in order of arrival. */
  get received(): readonly Received[] {
    return this.connections.flatMap((connection) => connection.received).toSorted((a, b) => a.at - b.at)
  }

  /** Types of everything received, in order, runs of appends as one. */
  get receivedTypes(): string[] {
    const types = this.received.map(({ event }) => String(event['type']))
    return types.filter((type, i) => type !== 'input_audio_buffer.append' || types[i - 1] !== type)
  }

  get truncates(): ServerConnection['truncates'] {
    return this.connections.flatMap((connection) => connection.truncates)
  }

  /** The newest connection. @throws when there is none yet */
  get connection(): ServerConnection {
    const newest = this.connections.at(-1)
    if (newest === undefined) throw new Error('no connection yet')
    return newest
  }

  /**
   * The next client event of `type` that no earlier `waitFor` of that type has returned, already
   * received or still to come. `connection` waits for a WebSocket instead.
   */
  waitFor(type: string, timeoutMs = 5000): Promise<Json> {
    return this.#arrivals.next(type, timeoutMs)
  }

  /** Ms since the server started. */
  now(): number {
    return performance.now() - this.#started
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject)
      this.#http.listen(port, '127.0.0.1', resolve)
    })
    this.#port = (this.#http.address() as AddressInfo).port
  }

  /** Goes down as a server that is restarted: every connection is reset, the port refuses. `listen(port)` brings it back. */
  async goDown(): Promise<void> {
    for (const connection of this.connections) connection.abandon()
    for (const socket of this.#sockets) {
      if (socket instanceof Socket) socket.resetAndDestroy()
      else socket.destroy()
    }
    await new Promise<void>((resolve) => {
      this.#http.close(() => {
        resolve()
      })
    })
  }

  /** Cuts every connection and frees the port. */
  async stop(): Promise<void> {
    this.#arrivals.stop()
    for (const connection of this.connections) connection.drop()
    for (const socket of this.#sockets) socket.destroy()
    if (!this.#http.listening) return
    await new Promise<void>((resolve) => {
      this.#http.close(() => {
        resolve()
      })
    })
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { upgrade } = this.options
    this.#activity += 1
    const number = this.upgrades.push({ url: request.url ?? '', headers: request.headers }) - 1
    const wanted: Upgrade = (typeof upgrade === 'function' ? upgrade(number) : upgrade) ?? { kind: 'accept' }
    const what = wanted.kind === 'accept' && !this.#keyFits(request) ? WRONG_KEY : wanted
    switch (what.kind) {
      case 'never':
        return
      case 'drop':
        socket.destroy()
        return
      case 'status':
        refuse(socket, what)
        return
      case 'accept':
        setTimeout(() => {
          if (socket.destroyed) return
          this.#wss.handleUpgrade(request, socket, head, (ws) => {
            this.#accept(ws, request)
          })
        }, what.delayMs ?? 0)
    }
  }

  #keyFits(request: IncomingMessage): boolean {
    const { key } = this.options
    return key === undefined || request.headers.authorization === `Bearer ${key}` || request.headers['api-key'] === key
  }

  #accept(ws: WebSocket, request: IncomingMessage): void {
    const connection = new ServerConnection({
      ws,
      request,
      options: () => this.options,
      now: () => this.now(),
      number: this.#accepted++,
      active: () => {
        this.#activity += 1
      },
      arrived: (event) => {
        this.#activity += 1
        if (this.options.forgetful !== true) this.#arrivals.push(String(event['type']), event)
      },
    })
    this.connections.push(connection)
    this.#arrivals.push('connection', {})
    connection.begin()
  }
}

const WRONG_KEY: Upgrade = {
  kind: 'status',
  status: 401,
  body: JSON.stringify({
    error: { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key', param: null },
  }),
}

function refuse(socket: Duplex, what: Extract<Upgrade, { kind: 'status' }>): void {
  const body = what.body ?? ''
  const headers = { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close', ...what.headers }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${what.status} Refused\r\n${lines.join('')}\r\n${body}`)
}
