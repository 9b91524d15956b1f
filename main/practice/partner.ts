import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { RawData, WebSocket } from 'ws'
import { loadClipLibrary, loadClipsFrom } from './clips.ts'
import type { ClipLibrary, LoadClip, PracticeLanguage } from './clips.ts'
import { PracticeSession } from './practice-session.ts'

/** How to start a {@link PracticePartner}. One of `clipsDir` and `loadClip` is needed. */
export interface PracticePartnerOptions {
  language: PracticeLanguage
  /** Folder of `manifest.json` and the clips. */
  clipsDir?: string
  /** Gets a file by its path below that folder, where it is no folder. */
  loadClip?: LoadClip
  /** How much faster than real time sound is sent; 3 when left out. */
  pace?: number
  /** Time of day for those who ask; the computer's clock when left out. */
  now?: () => Date
  /** Told of faults of the partner's own; nothing of what was said is in them. */
  onFault?: (cause: unknown) => void
}

/** A running practice partner. */
export interface PracticePartner {
  /** `ws://127.0.0.1:PORT/v1/realtime` */
  url: string
  /** For `Authorization: Bearer …`; another one at every start. */
  token: string
  /** Closes every connection and the port. Idempotent; never rejects. */
  stop(): Promise<void>
}

const PATH = '/v1/realtime'
const MOST_CONNECTIONS = 8
/** A client that does not answer the close is cut off after this. */
const CLOSE_WITHIN_MS = 250
/** Frames above this close their connection (1009); an append may be 15 MiB. */
const LARGEST_FRAME = 24 * 1024 * 1024

/**
 * Starts a Realtime server on loopback that a person can practise with: it speaks the GA protocol
 * (WebSocket, PCM16 24 kHz), measures, plays back, and knows a few typed words; there is no
 * language model and nothing leaves the computer.
 *
 * It never speaks unasked, as the API does not: the greeting is the answer to the first
 * `response.create` of a connection to which nothing was said yet. With nothing new to answer,
 * later ones repeat the next step of the lesson.
 *
 * Rejects when the clips are missing or broken, or when no port can be opened.
 */
export async function startPracticePartner(options: PracticePartnerOptions): Promise<PracticePartner> {
  const load = options.loadClip ?? (options.clipsDir === undefined ? null : loadClipsFrom(options.clipsDir))
  if (load === null) throw new TypeError('clipsDir or loadClip is needed')
  const library = await loadClipLibrary(options.language, load)
  const token = randomBytes(32).toString('base64url')
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: LARGEST_FRAME })
  const server = createServer((request, response) => {
    const refusal = refusalOf(request, token) ?? { status: 426, reason: 'Upgrade Required', message: 'This is a WebSocket.' }
    response.writeHead(refusal.status, { 'content-type': 'application/json', connection: 'close' })
    response.end(bodyOf(refusal))
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    const refusal = refusalOf(request, token) ?? (sockets.clients.size < MOST_CONNECTIONS ? null : { status: 503, reason: 'Service Unavailable', message: 'Too many connections.' })
    if (refusal !== null) refuse(socket, refusal)
    else {
      sockets.handleUpgrade(request, socket, head, (client) => {
        serve(client, request, library, options)
      })
    }
  })
  server.on('clientError', (_cause, socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  server.on('error', (cause) => options.onFault?.(cause))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the practice partner has no port')
  let stopped: Promise<void> | null = null
  return {
    url: `ws://127.0.0.1:${String(address.port)}${PATH}`,
    token,
    stop() {
      stopped ??= new Promise((resolve) => {
        const left = [...sockets.clients]
        for (const client of left) client.close(1001, 'The practice partner was stopped.')
        const hurry = setTimeout(() => {
          for (const client of left) client.terminate()
        }, CLOSE_WITHIN_MS)
        sockets.close()
        server.close(() => {
          clearTimeout(hurry)
          resolve()
        })
        server.closeAllConnections()
      })
      return stopped
    },
  }
}

interface Refusal {
  status: number
  reason: string
  message: string
}

/** Why a request is not served; null when it is. No web page can get in: a browser always sends `Origin`. */
function refusalOf(request: IncomingMessage, token: string): Refusal | null {
  if (request.headers.origin !== undefined) return { status: 403, reason: 'Forbidden', message: 'Web pages are not served.' }
  const given = Buffer.from(request.headers.authorization ?? '')
  const expected = Buffer.from(`Bearer ${token}`)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { status: 401, reason: 'Unauthorized', message: 'The token is missing or wrong.' }
  return urlOf(request)?.pathname === PATH ? null : { status: 404, reason: 'Not Found', message: `Only ${PATH} is served.` }
}

function urlOf(request: IncomingMessage): URL | null {
  return URL.parse(request.url ?? '', 'ws://127.0.0.1')
}

function bodyOf({ status, message }: Refusal): string {
  return JSON.stringify({ error: { type: 'invalid_request_error', code: status === 401 ? 'invalid_api_key' : null, message } })
}

function refuse(socket: Duplex, refusal: Refusal): void {
  const body = bodyOf(refusal)
  socket.end(
    `HTTP/1.1 ${String(refusal.status)} ${refusal.reason}\r\ncontent-type: application/json\r\ncontent-length: ${String(Buffer.byteLength(body))}\r\nconnection: close\r\n\r\n${body}`,
  )
}

function serve(client: WebSocket, request: IncomingMessage, library: ClipLibrary, options: PracticePartnerOptions): void {
  const onFault = (cause: unknown): void => options.onFault?.(cause)
  const session = new PracticeSession({
    library,
    language: options.language,
    model: urlOf(request)?.searchParams.get('model')?.slice(0, 200) ?? 'practice',
    pace: options.pace ?? 3,
    now: options.now ?? (() => new Date()),
    onFault,
    backlog: () => client.bufferedAmount,
    send(text) {
      // What cannot be sent is followed by `close`, which ends the session.
      if (client.readyState === client.OPEN) client.send(text, () => undefined)
    },
  })
  // A peer that breaks the protocol or vanishes: `close` follows and ends its session.
  client.on('error', () => undefined)
  client.on('message', (data, isBinary) => {
    if (isBinary) session.refuseBinary()
    else session.receive(textOf(data))
  })
  client.on('close', () => {
    session.close()
  })
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8')
}
