import { randomBytes } from 'node:crypto'
import { bytesOf } from '../../shared/audio/pcm16.ts'
import { ClientError, readFrame } from './client-frames.ts'
import type { ClientItem, PracticeClientEvent } from './client-frames.ts'
import type { ClipLibrary, PracticeLanguage } from './clips.ts'
import { EffectiveSession } from './effective-session.ts'
import { Items, checkMessage, typedText, withoutMedia } from './items.ts'
import { Lesson } from './lesson.ts'
import type { LessonInput } from './lesson.ts'
import { measureTurn } from './measure.ts'
import { SpokenResponse } from './spoken-response.ts'
import { TurnInput } from './turn-input.ts'
import type { Turn } from './turn-input.ts'
import { compose, lastCounted } from './utterance.ts'
import type { Piece } from './utterance.ts'

/** What a session needs of its connection. */
export interface PracticeSessionOptions {
  library: ClipLibrary
  language: PracticeLanguage
  /** As named in the URL. */
  model: string
  /** How much faster than real time sound is sent. */
  pace: number
  /** Sends one frame; does nothing when the connection is gone. */
  send: (text: string) => void
  /** Bytes not passed on yet. */
  backlog: () => number
  /** Time of day for those who ask. */
  now: () => Date
  /** A fault of the partner's own; the session goes on. */
  onFault: (cause: unknown) => void
}

type ServerEvent = Record<string, unknown> & { type: string }

/** What the next answer will answer. */
type Pending = { kind: 'nothing' } | { kind: 'text'; item_id: string; text: string } | { kind: 'voice'; item_id: string; turn: Turn; at: number }

/** Answers whose truncation is understood; older ones are long over. */
const MOST_SPOKEN = 8

/** An id as the API makes them: at most 32 characters. */
function newId(prefix: string): string {
  return `${prefix}_${randomBytes(10).toString('hex')}`
}

/** One connection: speaks the Realtime protocol (GA) and gives the lesson. */
export class PracticeSession {
  readonly #o: PracticeSessionOptions
  readonly #session: EffectiveSession
  readonly #conversationId = newId('conv')
  readonly #items = new Items()
  readonly #lesson = new Lesson()
  readonly #input: TurnInput
  #pending: Pending = { kind: 'nothing' }
  #responses: readonly SpokenResponse[] = []
  /** The person's last turn, for `conversation.item.retrieve`; only the last is kept. */
  #lastTurn: { item_id: string; samples: Int16Array } | null = null
  #spoken: readonly { response: SpokenResponse; pieces: readonly Piece[] }[] = []
  #hasSpoken = false
  #closed = false

  constructor(options: PracticeSessionOptions) {
    this.#o = options
    this.#session = new EffectiveSession(newId('sess'), options.model)
    this.#input = new TurnInput({
      newItemId: () => newId('item'),
      onStarted: (item_id, audio_start_ms) => {
        this.#send({ type: 'input_audio_buffer.speech_started', audio_start_ms, item_id })
        if (this.#session.turnDetection?.interrupt_response === true) this.#cancel(this.#activeResponse(), 'turn_detected')
      },
      onStopped: (turn, audio_end_ms) => {
        this.#send({ type: 'input_audio_buffer.speech_stopped', audio_end_ms, item_id: turn.item_id })
        this.#commit(turn)
        if (this.#session.turnDetection?.create_response === true && this.#activeResponse() === null) this.#respond({})
      },
    })
    this.#input.setTurnDetection(this.#session.turnDetection)
    this.#send({ type: 'session.created', session: this.#session })
  }

  /** Takes one text frame. Never throws: what is wrong becomes an `error` event. */
  receive(text: string): void {
    if (this.#closed) return
    const frame = readFrame(text)
    try {
      this.#handle(frame.event())
    } catch (cause) {
      if (cause instanceof ClientError) {
        this.#error('invalid_request_error', cause.code, cause.message, cause.param, frame.event_id)
      } else {
        this.#o.onFault(cause)
        this.#error('server_error', null, 'The practice partner could not do this.', null, frame.event_id)
      }
    }
  }

  /** Says that a frame was not text. */
  refuseBinary(): void {
    this.#error('invalid_request_error', 'invalid_event', 'Events are text frames.', null, null)
  }

  /** Falls silent and forgets everything that was said. */
  close(): void {
    this.#closed = true
    for (const response of this.#responses) response.drop()
    this.#responses = []
    this.#spoken = []
    this.#lastTurn = null
    this.#pending = { kind: 'nothing' }
    this.#input.clear()
    this.#items.clear()
    this.#lesson.close()
  }

  #handle(event: PracticeClientEvent): void {
    switch (event.type) {
      case 'session.update':
        this.#session.update(event.session, this.#hasSpoken)
        this.#input.setTurnDetection(this.#session.turnDetection)
        this.#send({ type: 'session.updated', session: this.#session })
        return
      case 'input_audio_buffer.append':
        if (!/^[A-Za-z0-9+/]*={0,2}$/.test(event.audio)) throw new ClientError('invalid_value', 'The sound is not base64.', 'audio')
        this.#input.append(Buffer.from(event.audio, 'base64'))
        return
      case 'input_audio_buffer.clear':
        this.#input.clear()
        this.#send({ type: 'input_audio_buffer.cleared' })
        return
      case 'input_audio_buffer.commit':
        this.#commit(this.#input.take())
        return
      case 'conversation.item.create':
        this.#createItem(event.item, event.previous_item_id ?? null)
        return
      case 'conversation.item.retrieve':
        this.#retrieve(event.item_id)
        return
      case 'conversation.item.truncate':
        this.#truncate(event.item_id, event.content_index, event.audio_end_ms)
        return
      case 'conversation.item.delete':
        this.#delete(event.item_id)
        return
      case 'response.create':
        this.#respond(event.response ?? {})
        return
      case 'response.cancel': {
        const id = event.response_id ?? null
        const response = id === null ? this.#activeResponse() : (this.#responses.find((r) => r.id === id) ?? null)
        if (response === null) throw new ClientError('response_cancel_not_active', 'Cancellation failed: no active response found')
        this.#cancel(response, 'client_cancelled')
      }
    }
  }

  #cancel(response: SpokenResponse | null, reason: 'turn_detected' | 'client_cancelled'): void {
    if (response === null) return
    response.cancel(reason)
    // Where it was cut is known when the truncation comes.
    if (response.inConversation) this.#lesson.wasCut({ heardMs: null, lastCounted: null })
  }

  #commit(turn: Turn): void {
    const { item_id } = turn
    const item = { id: item_id, type: 'message', status: 'completed', role: 'user', content: [{ type: 'input_audio', transcript: null }] }
    const previous_item_id = this.#items.add(item)
    this.#lastTurn = { item_id, samples: turn.samples }
    this.#pending = { kind: 'voice', item_id, turn, at: performance.now() }
    this.#send({ type: 'input_audio_buffer.committed', previous_item_id, item_id })
    this.#announce(item, previous_item_id)
  }

  #createItem(created: ClientItem, previous: string | null): void {
    checkMessage(created)
    const item = { ...created, id: created.id ?? newId('item'), status: 'completed' }
    const previous_item_id = this.#items.add({ ...withoutMedia(item), id: item.id, type: item.type }, previous)
    const text = typedText(created)
    if (text !== null) this.#pending = { kind: 'text', item_id: item.id, text }
    // What is restored from an older session ends with an answer: then nothing waits for one.
    else if (created.role === 'assistant' && this.#pending.kind === 'text') this.#pending = { kind: 'nothing' }
    this.#announce(item, previous_item_id)
  }

  #announce(item: Record<string, unknown>, previous_item_id: string | null): void {
    this.#send({ type: 'conversation.item.added', previous_item_id, item })
    this.#send({ type: 'conversation.item.done', previous_item_id, item })
  }

  #retrieve(item_id: string): void {
    const item = this.#items.get(item_id)
    if (item === null) throw new ClientError('item_retrieve_invalid_item_id', `There is no item '${item_id}'.`, 'item_id')
    const samples = this.#lastTurn?.item_id === item_id ? this.#lastTurn.samples : null
    const audio = samples === null ? null : Buffer.from(bytesOf(samples).buffer).toString('base64')
    this.#send({ type: 'conversation.item.retrieved', item: audio === null ? item : { ...item, content: [{ type: 'input_audio', transcript: null, audio }] } })
  }

  #delete(item_id: string): void {
    if (!this.#items.delete(item_id)) throw new ClientError('item_delete_invalid_item_id', `There is no item '${item_id}'.`, 'item_id')
    if (this.#pending.kind !== 'nothing' && this.#pending.item_id === item_id) this.#pending = { kind: 'nothing' }
    if (this.#lastTurn?.item_id === item_id) this.#lastTurn = null
    // An answer is deleted instead of truncated when it was cut off before anything was heard.
    if (this.#spoken.some((s) => s.response.item_id === item_id)) this.#lesson.wasCut({ heardMs: 0, lastCounted: null })
    this.#send({ type: 'conversation.item.deleted', item_id })
  }

  #truncate(item_id: string, content_index: number, audio_end_ms: number): void {
    const item = this.#items.get(item_id)
    if (item === null) throw new ClientError('item_truncate_invalid_item_id', `There is no item '${item_id}'.`, 'item_id')
    const spoken = this.#spoken.find((s) => s.response.item_id === item_id)
    if (spoken === undefined || spoken.response.sentMs === 0) throw new ClientError('unsupported_content_type', 'Only model output audio messages can be truncated', 'item_id')
    if (content_index !== 0) throw new ClientError('invalid_value', 'The answer has one content part.', 'content_index')
    const has = Math.floor(spoken.response.sentMs)
    if (audio_end_ms > has) throw new ClientError('invalid_value', `Audio content of ${String(has)}ms is already shorter than ${String(audio_end_ms)}ms`, 'audio_end_ms')
    item['content'] = [{ type: 'output_audio', transcript: null }]
    this.#lesson.wasCut({ heardMs: audio_end_ms, lastCounted: lastCounted(spoken.pieces, audio_end_ms) })
    this.#send({ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms })
  }

  #activeResponse(): SpokenResponse | null {
    return this.#responses.find((r) => r.inConversation && r.active) ?? null
  }

  /** Answers what is pending; with nothing pending: the greeting, later the next step again. */
  #respond(create: { conversation?: 'auto' | 'none' | undefined; output_modalities?: ('audio' | 'text')[] | undefined; metadata?: Record<string, string> | null | undefined }): void {
    const inConversation = create.conversation !== 'none'
    if (inConversation && this.#activeResponse() !== null) {
      throw new ClientError('conversation_already_has_active_response', 'Conversation already has an active response in progress. Wait until the response is finished before creating a new one.')
    }
    const { library, language, pace, send: _, backlog } = this.#o
    const date = this.#o.now()
    const moment = { openLine: this.#session.turnDetection !== null, hours: date.getHours(), minutes: date.getMinutes() }
    // Out of band means a question about the conversation, which takes a language model.
    const parts = inConversation ? this.#lesson.answer(this.#takePending(), moment) : [{ clip: 'unknown' } as const]
    const utterance = compose(parts, library, language)
    const modality = create.output_modalities?.[0] ?? this.#session.modality
    const item_id = newId('item')
    const previous_item_id = inConversation ? this.#items.add({ id: item_id, type: 'message', role: 'assistant', content: [] }) : null
    const response = new SpokenResponse({
      id: newId('resp'),
      item_id,
      utterance,
      modality,
      previous_item_id,
      inConversation,
      pace,
      backlog,
      send: (event) => {
        this.#send(event)
      },
      onEnd: () => {
        this.#responses = this.#responses.filter((r) => r !== response)
      },
      response: {
        conversation_id: inConversation ? this.#conversationId : null,
        output_modalities: [modality],
        max_output_tokens: this.#session.maxOutputTokens,
        audio: { output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: this.#session.voice } },
        metadata: create.metadata ?? null,
      },
    })
    this.#hasSpoken ||= modality === 'audio'
    this.#responses = [...this.#responses, response]
    if (inConversation && modality === 'audio') this.#spoken = [...this.#spoken, { response, pieces: utterance.pieces }].slice(-MOST_SPOKEN)
    response.start()
  }

  #takePending(): LessonInput {
    const pending = this.#pending
    this.#pending = { kind: 'nothing' }
    if (pending.kind !== 'voice') return pending
    const measure = measureTurn(pending.turn.samples)
    const lagMs = measure.tailMs + (performance.now() - pending.at)
    return { kind: 'voice', turn: { samples: pending.turn.samples, measure, lagMs } }
  }

  #error(type: string, code: string | null, message: string, param: string | null, event_id: string | null): void {
    this.#send({ type: 'error', error: { type, code, message, param, event_id } })
  }

  #send(event: ServerEvent): void {
    if (this.#closed) return
    const { type, ...rest } = event
    this.#o.send(JSON.stringify({ type, event_id: newId('event'), ...rest }))
  }
}
