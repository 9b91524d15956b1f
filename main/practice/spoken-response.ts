import { bytesOf, framesToMs } from '../../shared/audio/pcm16.ts'
import type { Utterance } from './utterance.ts'

/** How a response may end here. */
export type ResponseEnd = { status: 'completed' } | { status: 'cancelled'; reason: 'turn_detected' | 'client_cancelled' }

/** What one response needs. */
export interface SpokenResponseOptions {
  id: string
  item_id: string
  utterance: Utterance
  modality: 'audio' | 'text'
  /** The item before it; null for the first. */
  previous_item_id: string | null
  /** The fields of the response object that do not change. */
  response: Readonly<Record<string, unknown>>
  /** False for out-of-band responses: no `conversation.item.*`. */
  inConversation: boolean
  /** How much faster than real time sound is sent. */
  pace: number
  send: (event: Record<string, unknown> & { type: string }) => void
  /** Bytes that the socket has not passed on yet. */
  backlog: () => number
  /** Called once, after `response.done` was sent. */
  onEnd: () => void
}

type ResponseState = 'waiting' | 'sending' | 'ended'

/** Sound of one delta: 200 ms. */
const SLICE = 4800
/** Sent at once, so that playback can begin, before the pace holds: 600 ms. */
const HEAD_START = 3 * SLICE
/** Words are sent this much before their sound, samples: 1 s. */
const WORDS_AHEAD = 24_000
/** With more than this on the socket nothing is added. */
const BACKLOG_LIMIT = 256 * 1024
const BACKLOG_WAIT_MS = 25

/** No model ran, so no tokens were used. */
const NO_USAGE = {
  total_tokens: 0,
  input_tokens: 0,
  output_tokens: 0,
  input_token_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0, cached_tokens: 0, cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 } },
  output_token_details: { text_tokens: 0, audio_tokens: 0 },
}

/** One answer on its way: all events from `response.created` to `response.done`, in the order of recorded sessions. */
export class SpokenResponse {
  readonly id: string
  readonly item_id: string
  readonly inConversation: boolean
  readonly #o: SpokenResponseOptions
  readonly #words: readonly { text: string; start: number }[]
  #state: ResponseState = 'waiting'
  #timer: ReturnType<typeof setTimeout> | null = null
  #startedAt = 0
  #sentSamples = 0
  #sentWords = 0

  constructor(options: SpokenResponseOptions) {
    this.id = options.id
    this.item_id = options.item_id
    this.inConversation = options.inConversation
    this.#o = options
    this.#words = options.utterance.words()
  }

  get active(): boolean {
    return this.#state !== 'ended'
  }

  /** Sound sent so far, ms. */
  get sentMs(): number {
    return framesToMs(this.#sentSamples)
  }

  /** Sends the opening events and the first sound at once, the rest by and by. */
  start(): void {
    if (this.#state !== 'waiting') return
    this.#state = 'sending'
    const { send, previous_item_id, inConversation } = this.#o
    send({ type: 'response.created', response: this.#response('in_progress', null, []) })
    const item = this.#item('in_progress', [])
    send({ type: 'response.output_item.added', response_id: this.id, output_index: 0, item })
    if (inConversation) send({ type: 'conversation.item.added', previous_item_id, item })
    send({ type: 'response.content_part.added', ...this.#address(), part: this.#part('') })
    this.#startedAt = performance.now()
    this.#pump()
  }

  /** Ends the answer where it is. Nothing happens when it has ended already. */
  cancel(reason: 'turn_detected' | 'client_cancelled'): void {
    if (this.#state === 'sending') this.#end({ status: 'cancelled', reason })
  }

  /** Falls silent without a word, because the connection is gone. */
  drop(): void {
    this.#state = 'ended'
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #pump(): void {
    if (this.#state !== 'sending') return
    const { utterance, modality, pace, backlog, send } = this.#o
    if (modality === 'text') {
      this.#sendWords(Infinity)
      this.#end({ status: 'completed' })
      return
    }
    const due = HEAD_START + ((performance.now() - this.#startedAt) * 24 * pace)
    while (this.#sentSamples < utterance.samples && this.#sentSamples < due && backlog() < BACKLOG_LIMIT) {
      this.#sendWords(this.#sentSamples + SLICE + WORDS_AHEAD)
      const slice = utterance.slice(this.#sentSamples, this.#sentSamples + SLICE)
      send({ type: 'response.output_audio.delta', ...this.#address(), delta: Buffer.from(bytesOf(slice).buffer).toString('base64') })
      this.#sentSamples += slice.length
    }
    if (this.#sentSamples >= utterance.samples) {
      this.#end({ status: 'completed' })
      return
    }
    const wait = Math.max(SLICE / 24 / pace, backlog() < BACKLOG_LIMIT ? 0 : BACKLOG_WAIT_MS)
    this.#timer = setTimeout(() => {
      this.#pump()
    }, wait)
  }

  #sendWords(until: number): void {
    const type = this.#o.modality === 'audio' ? 'response.output_audio_transcript.delta' : 'response.output_text.delta'
    for (let word = this.#words[this.#sentWords]; word !== undefined && word.start < until; word = this.#words[++this.#sentWords]) {
      this.#o.send({ type, ...this.#address(), delta: word.text })
    }
  }

  #end(end: ResponseEnd): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    if (this.#timer !== null) clearTimeout(this.#timer)
    const { send, modality, inConversation, onEnd } = this.#o
    const text = this.#words.slice(0, this.#sentWords).map((w) => w.text).join('')
    if (modality === 'audio') {
      send({ type: 'response.output_audio.done', ...this.#address() })
      send({ type: 'response.output_audio_transcript.done', ...this.#address(), transcript: text })
    } else {
      send({ type: 'response.output_text.done', ...this.#address(), text })
    }
    send({ type: 'response.content_part.done', ...this.#address(), part: this.#part(text) })
    const content = modality === 'audio' ? { type: 'output_audio', transcript: text } : { type: 'output_text', text }
    const item = this.#item(end.status === 'completed' ? 'completed' : 'incomplete', [content])
    if (inConversation) send({ type: 'conversation.item.done', previous_item_id: null, item })
    send({ type: 'response.output_item.done', response_id: this.id, output_index: 0, item })
    const details = end.status === 'completed' ? null : { type: 'cancelled', reason: end.reason }
    send({ type: 'response.done', response: this.#response(end.status, details, [item]) })
    onEnd()
  }

  #address(): Record<string, unknown> {
    return { response_id: this.id, item_id: this.item_id, output_index: 0, content_index: 0 }
  }

  #part(text: string): Record<string, unknown> {
    return this.#o.modality === 'audio' ? { type: 'audio', transcript: text } : { type: 'text', text }
  }

  #item(status: string, content: readonly unknown[]): Record<string, unknown> {
    return { id: this.item_id, type: 'message', status, role: 'assistant', content }
  }

  #response(status: string, status_details: unknown, output: readonly unknown[]): Record<string, unknown> {
    return { object: 'realtime.response', id: this.id, status, status_details, output, ...this.#o.response, usage: status === 'in_progress' ? null : NO_USAGE }
  }
}
