import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocketServer, type WebSocket } from 'ws'
import { session } from './turns.ts'

export interface Sent {
  type: string
  [field: string]: unknown
}

/** One client of the scripted server. */
export class Line {
  readonly #ws: WebSocket
  /** Everything received but appends, with `performance.now()`. */
  readonly received: { at: number; event: Sent }[] = []
  /** Sound received, with the time at which it came. */
  readonly appends: { at: number; pcm: Buffer }[] = []
  #count = 0

  constructor(ws: WebSocket) {
    this.#ws = ws
    ws.on('error', () => ws.terminate())
  }

  take(event: Sent): void {
    if (event.type === 'input_audio_buffer.append') this.appends.push({ at: performance.now(), pcm: Buffer.from(String(event['audio']), 'base64') })
    else this.received.push({ at: performance.now(), event })
  }

  /** Sends an event and returns when that was, `performance.now()`. */
  send(type: string, fields: Record<string, unknown> = {}): number {
    this.#ws.send(JSON.stringify({ type, event_id: `event_${String(this.#count++)}`, ...fields }))
    return performance.now()
  }

  /** Events of a type received since a time. */
  of(type: string, since = 0): Sent[] {
    return this.received.filter(({ at, event }) => at >= since && event.type === type).map(({ event }) => event)
  }

  async until(type: string, since: number, timeoutMs: number): Promise<Sent | null> {
    const deadline = performance.now() + timeoutMs
    while (performance.now() < deadline) {
      const found = this.of(type, since)[0]
      if (found) return found
      await sleep(5)
    }
    return null
  }
}

/** A Realtime server on loopback that says what it is told to say, when it is told. */
export class ScriptServer {
  readonly #server: WebSocketServer
  readonly #waiting = new Map<string, (line: Line) => void>()

  private constructor(server: WebSocketServer) {
    this.#server = server
    server.on('connection', (ws, request) => {
      const who = new URL(request.url ?? '/', 'ws://x').searchParams.get('who') ?? ''
      const line = new Line(ws)
      let known = false
      line.send('session.created', { session: session() })
      ws.on('message', (data: Buffer) => {
        const event = JSON.parse(data.toString()) as Sent
        line.take(event)
        if (event.type !== 'session.update') return
        line.send('session.updated', { session: session() })
        if (!known) this.#waiting.get(who)?.(line)
        known = true
      })
    })
  }

  static async start(): Promise<ScriptServer> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
    await new Promise<void>((resolve) => server.once('listening', resolve))
    return new ScriptServer(server)
  }

  /** Where a client of this name connects. */
  url(who: string): string {
    return `ws://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/v1/realtime?who=${who}`
  }

  /** The next client of this name, once it has configured its session. */
  line(who: string, timeoutMs = 30_000): Promise<Line> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`${who} did not connect`))
      }, timeoutMs)
      this.#waiting.set(who, (line) => {
        clearTimeout(timer)
        resolve(line)
      })
    })
  }

  stop(): void {
    for (const client of this.#server.clients) client.terminate()
    this.#server.close()
  }
}

/** One item of an answer. */
export interface ScriptItem {
  id: string
  pcm: Int16Array
}

/** Says the beginning of an item. */
export function beginItem(line: Line, response: string, item: string, index = 0): void {
  const blank = { id: item, object: 'realtime.item', type: 'message', status: 'in_progress', role: 'assistant', content: [] }
  line.send('response.output_item.added', { response_id: response, output_index: index, item: blank })
  line.send('conversation.item.added', { previous_item_id: null, item: blank })
  line.send('response.content_part.added', { response_id: response, item_id: item, output_index: index, content_index: 0, part: { type: 'audio', transcript: '' } })
}

function responseObject(id: string, status: string): Record<string, unknown> {
  return {
    object: 'realtime.response',
    id,
    status,
    status_details: null,
    output: [],
    conversation_id: 'conv_1',
    output_modalities: ['audio'],
    max_output_tokens: 'inf',
    audio: { output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'marin' } },
    usage: null,
    metadata: null,
  }
}

export function beginResponse(line: Line, response: string): void {
  line.send('response.created', { response: responseObject(response, 'in_progress') })
}

export function endResponse(line: Line, response: string, status = 'completed'): void {
  line.send('response.done', { response: responseObject(response, status) })
}

export function delta(line: Line, response: string, item: string, pcm: Int16Array, index = 0): number {
  return line.send('response.output_audio.delta', {
    response_id: response,
    item_id: item,
    output_index: index,
    content_index: 0,
    delta: Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64'),
  })
}

export function endItem(line: Line, response: string, item: string, index = 0): void {
  const place = { response_id: response, item_id: item, output_index: index, content_index: 0 }
  const full = { id: item, object: 'realtime.item', type: 'message', status: 'completed', role: 'assistant', content: [{ type: 'output_audio', transcript: 'la' }] }
  line.send('response.output_audio.done', place)
  line.send('response.output_audio_transcript.done', { ...place, transcript: 'la' })
  line.send('response.content_part.done', { ...place, part: { type: 'audio', transcript: 'la' } })
  line.send('conversation.item.done', { previous_item_id: null, item: full })
  line.send('response.output_item.done', { response_id: response, output_index: index, item: full })
}

/** A stretch of a tone, whole or in pieces of a length, phase running through. */
export function tone(ms: number, { hz = 400, level = 0.3 } = {}): Int16Array {
  return Int16Array.from({ length: Math.round(ms * 24) }, (_, i) => Math.round(level * 32_767 * Math.sin((2 * Math.PI * hz * i) / 24_000)))
}

/** Pieces of a length, the last one shorter. */
export function pieces(pcm: Int16Array, ms: number): Int16Array[] {
  const size = ms * 24
  return Array.from({ length: Math.ceil(pcm.length / size) }, (_, i) => pcm.slice(i * size, (i + 1) * size))
}
