import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import type { Answer, RealtimeServerOptions } from './options.ts'
import { Protocol, type Commit } from './protocol.ts'
import { isObject, joinSamples, makeId, samplesOf, SAMPLES_PER_MS, stringOf, type Json } from './wire.ts'

/** A client event and when it came, ms since the server started. */
export interface Received {
  at: number
  event: Json
}

/** A `conversation.item.truncate` and whether the server's own checks accepted it. */
export interface Truncate {
  at: number
  item_id: string
  content_index: number
  audio_end_ms: number
  accepted: boolean
}

export interface ServerConnectionDeps {
  ws: WebSocket
  request: IncomingMessage
  options: () => RealtimeServerOptions
  now(): number
  arrived(event: Json): void
  /** Something was sent or the connection has closed. */
  active(): void
  /** Counts the connections of the server, from 0. */
  number: number
}

/** One WebSocket of the scripted server: what it got, and a hand on what it sends. */
export class ServerConnection {
  /** Headers of the upgrade. */
  readonly headers: IncomingMessage['headers']
  /** Path and query of the upgrade. */
  readonly url: string
  /** Client events in order; the base64 of appends is replaced by its length, see `appended`. */
  readonly received: Received[] = []
  readonly sent: Received[] = []
  /** Spoken turns. */
  readonly commits: Commit[] = []
  readonly truncates: Truncate[] = []
  /** Frames of the client that were no event. */
  readonly malformed: string[] = []
  /** How the client closed; null while open. */
  closed: { code: number; reason: string; at: number } | null = null
  readonly #deps: ServerConnectionDeps
  readonly #protocol: Protocol
  readonly #appended: Int16Array[] = []
  #truncations = 0
  #quiet = false

  constructor(deps: ServerConnectionDeps) {
    this.#deps = deps
    this.headers = deps.request.headers
    this.url = deps.request.url ?? ''
    this.#protocol = new Protocol({
      options: deps.options,
      model: new URL(this.url, 'ws://server').searchParams.get('model') ?? '',
      emit: (event) => {
        this.send(event)
      },
      committed: (commit) => {
        this.commits.push({ ...commit, at: deps.now() })
      },
      breakOff: (fault) => {
        if (fault.how === 'close') this.close(fault.code, fault.reason)
        else this.drop()
      },
    })
  }

  /** Counts the connections of the server, from 0. */
  get number(): number {
    return this.#deps.number
  }

  /** The effective session. */
  get session(): Json {
    return this.#protocol.session
  }

  /** The history as the server has it. */
  get items(): readonly Json[] {
    return this.#protocol.conversation.items
  }

  /** What the server takes for heard of an answer, ms: all that was generated, or what a truncate left of it; null when it has no sound. */
  soundMs(itemId: string): number | null {
    const samples = this.#protocol.conversation.generated.get(itemId)
    return samples === undefined ? null : samples / SAMPLES_PER_MS
  }

  /** All sound that was appended, committed or not. */
  get appended(): Int16Array {
    return joinSamples(this.#appended)
  }

  /** Whether an answer of the conversation runs. */
  get answering(): boolean {
    return this.#protocol.active !== null
  }

  /** The line is half open. */
  get silent(): boolean {
    return this.#quiet
  }

  /** Types of everything sent, in order. */
  get sentTypes(): string[] {
    return this.sent.map(({ event }) => stringOf(event['type']))
  }

  begin(): void {
    const { ws } = this.#deps
    const options = this.#deps.options()
    ws.on('error', () => {
      ws.terminate()
    })
    ws.on('message', (data: Buffer) => {
      this.#receive(data.toString('utf8'))
    })
    ws.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString('utf8'), at: this.#deps.now() }
      this.#protocol.stop()
      this.#deps.active()
    })
    for (const frame of options.greeting ?? []) this.sendRaw(frame)
    if (options.closeAtOnce !== undefined) {
      this.close(options.closeAtOnce.code, options.closeAtOnce.reason)
      return
    }
    if (this.headers['openai-beta'] !== undefined) {
      const code = 'beta_api_shape_disabled'
      this.send({ type: 'error', error: { type: 'invalid_request_error', code, message: 'The beta shape is disabled.', param: null, event_id: null } })
      this.close(4000, `invalid_request_error.${code}`)
      return
    }
    if (options.created === 'never') return
    setTimeout(() => {
      this.send({ type: 'session.created', session: this.session })
    }, options.created?.delayMs ?? 0)
  }

  /** Sends an event; an `event_id` is made when it has none. */
  send(event: Json): void {
    if (this.#quiet || this.#deps.ws.readyState !== this.#deps.ws.OPEN) return
    const { type, ...rest } = event
    const whole = { type, event_id: makeId('event'), ...rest }
    if (type === 'conversation.item.truncated') this.#truncations += 1
    const { tamper } = this.#deps.options()
    for (const out of tamper === undefined ? [whole] : tamper(whole, this.#deps.number)) this.#sendWhole(out)
  }

  #sendWhole(event: Json): void {
    const { observe, forgetful } = this.#deps.options()
    if (forgetful !== true) this.sent.push({ at: this.#deps.now(), event })
    observe?.('sent', event, this.#deps.number)
    this.#deps.ws.send(JSON.stringify(event))
    this.#deps.active()
  }

  /** Sends any frame: text as text, bytes as binary. */
  sendRaw(data: string | Buffer): void {
    this.#deps.ws.send(data)
  }

  /** Sends an event that no client knows. */
  sendUnknown(): void {
    this.send({ type: 'response.hologram.delta', delta: 'x' })
  }

  /** Sends a text frame that is not UTF-8, which no WebSocket may. */
  sendBrokenText(): void {
    this.#deps.ws.send(Buffer.from([0xff, 0xfe, 0x80]), { binary: false })
  }

  /** Sends an unknown event of about this many bytes. */
  sendHuge(bytes = 20_000_000): void {
    this.send({ type: 'debug.padding', padding: 'x'.repeat(bytes) })
  }

  /** Sends an `error` event. */
  sendError(code: string, message = code, eventId: string | null = null): void {
    this.send({ type: 'error', error: { type: 'invalid_request_error', code, message, param: null, event_id: eventId } })
  }

  /** Begins an answer that nobody asked for. */
  speak(answer: Answer): void {
    this.#protocol.speak(answer)
  }

  /** From now on sends nothing any more, not even pongs, but stays connected: a half-open line. */
  fallSilent(): void {
    this.#quiet = true
    this.#deps.ws.pause()
  }

  /** Says nothing more; the socket is cut by others. */
  abandon(): void {
    this.#quiet = true
    this.#protocol.stop()
  }

  /** Closes with a closing handshake. */
  close(code = 1000, reason = ''): void {
    this.#protocol.stop()
    if (code === 1005) this.#deps.ws.close()
    else this.#deps.ws.close(code, reason)
  }

  /** Cuts the TCP connection. */
  drop(): void {
    this.#protocol.stop()
    this.#deps.ws.terminate()
  }

  #receive(text: string): void {
    const event = parse(text)
    if (event === null) {
      this.malformed.push(text.slice(0, 1000))
      this.#protocol.refuseFrame()
      return
    }
    const noted = event['type'] === 'input_audio_buffer.append' ? { ...event, audio: stringOf(event['audio']).length } : event
    const { observe, forgetful } = this.#deps.options()
    if (forgetful !== true) {
      this.received.push({ at: this.#deps.now(), event: noted })
      if (event['type'] === 'input_audio_buffer.append') this.#appended.push(samplesOf(Buffer.from(stringOf(event['audio']), 'base64')))
    }
    observe?.('received', noted, this.#deps.number)
    const before = this.#truncations
    this.#protocol.receive(event)
    if (event['type'] === 'conversation.item.truncate') this.#noteTruncate(event, this.#truncations > before)
    this.#deps.arrived(noted)
  }

  #noteTruncate(event: Json, accepted: boolean): void {
    this.truncates.push({
      at: this.#deps.now(),
      item_id: stringOf(event['item_id']),
      content_index: Number(event['content_index']),
      audio_end_ms: Number(event['audio_end_ms']),
      accepted,
    })
  }
}

function parse(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) && typeof value['type'] === 'string' ? value : null
  } catch {
    return null
  }
}
