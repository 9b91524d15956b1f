import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { bytesOf } from '../../../shared/audio/pcm16.ts'
import { startPracticePartner } from '../../../main/practice/partner.ts'
import type { PracticePartner, PracticePartnerOptions } from '../../../main/practice/partner.ts'

export const CLIPS = fileURLToPath(new URL('../../../main/practice/clips', import.meta.url))

/** An event as it came, with nothing assumed. */
export interface WireEvent {
  type: string
  [field: string]: unknown
}

export function startPartner(options: Partial<PracticePartnerOptions> = {}): Promise<PracticePartner> {
  return startPracticePartner({
    language: 'en',
    clipsDir: CLIPS,
    // So fast that no test waits for sound; those about time set their own.
    pace: 100_000,
    onFault: (cause) => {
      throw cause
    },
    ...options,
  })
}

/** What one answer was. */
export interface Answer {
  status: string
  reason: string | null
  text: string
  item_id: string
  pcm: Int16Array
}

/** A scripted client: sends events, waits for events. */
export class PracticeClient {
  readonly socket: WebSocket
  readonly events: WireEvent[] = []
  readonly #waiting: { type: string; from: number; take: (event: WireEvent) => void }[] = []

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => {
      const event = JSON.parse(data.toString('utf8')) as WireEvent
      this.events.push(event)
      const at = this.#waiting.findIndex((w) => w.type === event.type)
      if (at >= 0) this.#waiting.splice(at, 1)[0]?.take(event)
    })
  }

  static async open(partner: PracticePartner, headers: Record<string, string> = {}): Promise<PracticeClient> {
    const socket = new WebSocket(`${partner.url}?model=practice`, { headers: { Authorization: `Bearer ${partner.token}`, ...headers } })
    const client = new PracticeClient(socket)
    const created = client.next('session.created')
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    await created
    return client
  }

  send(event: WireEvent): void {
    this.socket.send(JSON.stringify(event))
  }

  /** The next event of a type that comes after this call. */
  next(type: string, ms = 8000): Promise<WireEvent> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error(`no ${type} within ${String(ms)} ms; last: ${this.events.slice(-5).map((e) => JSON.stringify(e).slice(0, 200)).join('\n')}`))
      }, ms)
      this.#waiting.push({
        type,
        from: this.events.length,
        take: (event) => {
          clearTimeout(late)
          resolve(event)
        },
      })
    })
  }

  async request(event: WireEvent, answer: string): Promise<WireEvent> {
    const next = this.next(answer)
    this.send(event)
    return next
  }

  update(turn_detection: unknown, more: Record<string, unknown> = {}): Promise<WireEvent> {
    return this.request({ type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection } }, ...more } }, 'session.updated')
  }

  append(samples: Int16Array, chunk = 480): void {
    for (let at = 0; at < samples.length; at += chunk) {
      this.send({ type: 'input_audio_buffer.append', audio: Buffer.from(bytesOf(samples.subarray(at, at + chunk)).buffer).toString('base64') })
    }
  }

  /** Asks for an answer and waits for its end. */
  async answer(): Promise<Answer> {
    const created = this.next('response.created')
    const from = this.events.length
    const done = await this.request({ type: 'response.create' }, 'response.done')
    await created
    return this.answerOf(done, from)
  }

  /** Hold to talk: clear, append, commit, response.create. */
  async talk(samples: Int16Array): Promise<Answer> {
    this.send({ type: 'input_audio_buffer.clear' })
    this.append(samples)
    this.send({ type: 'input_audio_buffer.commit' })
    return this.answer()
  }

  async type(text: string): Promise<Answer> {
    this.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] } })
    return this.answer()
  }

  /** What the events of one response, found by its `response.done`, say. */
  answerOf(done: WireEvent, from = 0): Answer {
    const response = done['response'] as { id: string; status: string; status_details: { reason?: string } | null; output: { id: string }[] }
    const mine = this.events.slice(from).filter((e) => e['response_id'] === response.id)
    const sound = Buffer.concat(mine.filter((e) => e.type === 'response.output_audio.delta').map((e) => Buffer.from(e['delta'] as string, 'base64')))
    return {
      status: response.status,
      reason: response.status_details?.reason ?? null,
      text: mine.filter((e) => e.type === 'response.output_audio_transcript.delta').map((e) => e['delta'] as string).join(''),
      item_id: response.output[0]?.id ?? '',
      pcm: new Int16Array(new Uint8Array(sound).buffer),
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.socket.readyState === WebSocket.CLOSED) {
        resolve()
        return
      }
      this.socket.once('close', () => {
        resolve()
      })
      this.socket.close()
    })
  }
}

/** A sentence from espeak-ng at 24 kHz. `gain` 1 is as the synthesiser gives it (about −20 dBFS). */
export function speech(text: string, gain = 1): Int16Array {
  const wav = execFileSync('espeak-ng', ['-v', 'en', '--stdout', text], { maxBuffer: 1 << 24, stdio: ['ignore', 'pipe', 'pipe'] })
  const raw = execFileSync('sox', ['-D', '-v', String(gain * 0.8), '-t', 'wav', '-', '-t', 'raw', '-e', 'signed', '-b', '16', '-c', '1', '-', 'rate', '24000'], {
    input: wav,
    maxBuffer: 1 << 24,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  return new Int16Array(new Uint8Array(raw).buffer, 0, raw.length >> 1)
}

/** A seeded random number in [-1, 1). */
export function noiseSource(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state / 2 ** 31
  }
}

/** White noise of a level in dBFS RMS. */
export function noise(samples: number, db: number, seed = 1): Int16Array {
  const random = noiseSource(seed)
  const scale = 10 ** (db / 20) * Math.sqrt(3) * 32768
  return Int16Array.from({ length: samples }, () => Math.round(random() * scale))
}

/** Sounds one after the other. */
export function joined(...parts: readonly Int16Array[]): Int16Array {
  const out = new Int16Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** The two added, clamped; as long as the first. */
export function mixed(a: Int16Array, b: Int16Array): Int16Array {
  return a.map((s, i) => Math.max(-32768, Math.min(32767, s + (b[i] ?? 0))))
}
