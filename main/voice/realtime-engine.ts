import { failure, type Failure } from '../../shared/failure.ts'
import type { ClientEvent } from '../../shared/realtime/client-events.ts'
import type { RealtimeError, RealtimeResponse } from '../../shared/realtime/response.ts'
import type { ResponseOutputAudioDeltaEvent, ServerEvent } from '../../shared/realtime/server-events.ts'
import { SAMPLE_RATE, type TrackId } from '../../shared/voice-port.ts'
import { actionsFor, fatalCode } from '../realtime/close-codes.ts'
import type { ConnectionEvent } from '../realtime/connection.ts'
import { Announcements } from './announcements.ts'
import type { EngineConfig, EngineEvent, EngineSetup, HeardTrack, HistoryItem, TurnDetection, VoiceEngine } from './engine.ts'
import { RateLimits } from './rate-limits.ts'
import { Replay } from './replay.ts'
import { METADATA_KEY, Responses } from './responses.ts'
import { DISPENSABLE, sessionChange, sessionConfig, speedUpdate, turnDetectionUpdate, type Dispensable } from './session-config.ts'
import { Summaries } from './summary.ts'
import { functionCallsIn } from './tools/function-calls.ts'
import { WholeSamples } from './whole-samples.ts'
import type { OpenWire, Wire } from './wire.ts'

/** Wait for `session.created` and `session.updated` once the socket stands, ms. */
const CONFIGURE_TIMEOUT_MS = 10_000
/** The server refuses to commit less than this (`input_audio_buffer_commit_empty`), ms. */
const MIN_COMMIT_MS = 100
/** Errors that say no more than that something was over already (behaviour.md §13). */
const HARMLESS_CODES: ReadonlySet<string> = new Set([
  'response_cancel_not_active',
  'item_truncate_invalid_item_id',
  'item_delete_invalid_item_id',
  'item_retrieve_invalid_item_id',
  'item_truncate_invalid_audio_end_ms',
  'item_already_truncated',
  'unsupported_content_type',
])

/** The account asks more than it may at once. */
const RATE_LIMIT_CODES: ReadonlySet<string> = new Set(['rate_limit_exceeded', 'inference_rate_limit_exceeded'])

type EngineState = 'new' | 'configuring' | 'open' | 'closed'

/** The Realtime API as a voice engine: one object, one socket, one session. */
export class RealtimeEngine implements VoiceEngine {
  readonly #openWire: OpenWire
  readonly #responses: Responses
  #state: EngineState = 'new'
  #wire: Wire | null = null
  #config: EngineConfig | null = null
  #listener: (event: EngineEvent) => void = () => undefined
  #timer: NodeJS.Timeout | null = null
  /** The last `session.update` that made the session what it is to be. */
  #configureEventId = ''
  /** What this server has refused. */
  readonly #without = new Set<Dispensable>()
  /** How fast the server was told to speak. */
  #speed = 1
  /** Sound has come: the voice is fixed. */
  #spoke = false
  /** Model as the server named it. */
  #model = ''
  #events = 0
  /** Bytes appended since the turn began. */
  #turnBytes = 0
  #committedMs: number[] = []
  /** Server turn detection hears the person. */
  #hears = false
  /** The `commit` by which a turn was sent that the server would not end; null once it is answered. */
  #sentNow: string | null = null
  #speechStartMs = new Map<string, number>()
  #speechMs = new Map<string, number>()
  /** Event ids of what may be refused without a word: truncates, deletes, function outputs, announcements. */
  readonly #housekeeping = new Set<string>()
  readonly #announcements: Announcements
  readonly #summaries: Summaries
  readonly #replay: Replay
  readonly #samples = new WholeSamples()
  readonly #limits = new RateLimits(() => performance.now())
  readonly #items = new Set<string>()
  /** Items of which sound was passed on. */
  readonly #sounded = new Set<string>()
  #expiresAt: number | null = null

  /** @param openWire opens the one connection of this session */
  constructor(openWire: OpenWire) {
    this.#openWire = openWire
    this.#responses = new Responses({
      newEventId: () => this.#newEventId(),
      create: (eventId, key, { mayCallTools }) => {
        const response = { metadata: { [METADATA_KEY]: key }, ...(mayCallTools ? {} : { tool_choice: 'none' as const }) }
        this.#send({ type: 'response.create', event_id: eventId, response })
      },
      cancel: (response_id) => {
        this.#send({ type: 'response.cancel', response_id })
      },
      onUnanswered: () => {
        this.#emit({ type: 'response_ended', response_id: '', status: 'failed', reason: 'timeout', tokens: 0 })
      },
    })
    this.#announcements = new Announcements({
      create: (response) => {
        this.#housekeep({ type: 'response.create', response })
      },
      cancel: (response_id) => {
        this.#send({ type: 'response.cancel', response_id })
      },
    })
    this.#summaries = new Summaries({
      create: (response) => this.#send({ type: 'response.create', response }),
      onDone: (text) => {
        this.#emit({ type: 'summary', text })
      },
    })
    this.#replay = new Replay({
      send: (event) => {
        const event_id = this.#newEventId()
        this.#housekeeping.add(event_id)
        this.#wire?.send({ ...event, event_id })
      },
      onDone: () => {
        this.#opened()
      },
    })
  }

  start(config: EngineConfig, listener: (event: EngineEvent) => void): void {
    if (this.#state !== 'new') throw new Error('a voice engine is started once')
    this.#state = 'configuring'
    this.#config = config
    this.#listener = listener
    this.#wire = this.#openWire((event) => {
      this.#fromWire(event)
    })
  }

  appendAudio(pcm: Uint8Array): void {
    if (this.#state !== 'open') return
    this.#turnBytes += pcm.byteLength
    this.#wire?.sendAudio(pcm)
  }

  beginTurn(): void {
    this.#turnBytes = 0
    this.#send({ type: 'input_audio_buffer.clear' })
  }

  endTurn(): 'committed' | 'too_short' {
    const ms = bytesToMs(this.#turnBytes)
    this.#turnBytes = 0
    if (ms < MIN_COMMIT_MS) {
      this.#send({ type: 'input_audio_buffer.clear' })
      return 'too_short'
    }
    this.#committedMs.push(ms)
    this.#send({ type: 'input_audio_buffer.commit' })
    this.#responses.request()
    return 'committed'
  }

  cancelTurn(): void {
    this.#turnBytes = 0
    this.#send({ type: 'input_audio_buffer.clear' })
  }

  sendNow(): void {
    if (!this.#hears || this.#sentNow !== null) return
    this.#sentNow = this.#send({ type: 'input_audio_buffer.commit' })
  }

  sendText(text: string, itemId: string): void {
    this.#send({
      type: 'conversation.item.create',
      item: { id: itemId, type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    })
    this.#responses.request()
  }

  tell(item: HistoryItem): void {
    if (this.#state === 'open') this.#replay.add(item)
  }

  addContext(text: string): void {
    this.#send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'system', content: [{ type: 'input_text', text }] },
    })
  }

  sendImage(dataUri: string): void {
    this.#send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_image', image_url: dataUri }] },
    })
  }

  sendFunctionOutput(callId: string, output: string): void {
    // A server may refuse the output of a call that was cut off; that is not worth a word.
    this.#housekeep({ type: 'conversation.item.create', item: { type: 'function_call_output', call_id: callId, output } })
  }

  requestAnswer(options: { mayCallTools: boolean }): void {
    this.#responses.request(options)
  }

  announce(fact: string): void {
    this.#announcements.say(fact, this.#config?.instructions ?? '')
  }

  summarise(text: string): void {
    this.#summaries.ask(text)
  }

  interrupt(heard: readonly HeardTrack[]): void {
    this.#responses.interrupt()
    this.#announcements.interrupt()
    for (const track of heard) this.#tellHeard(track)
  }

  setTurnDetection(turnDetection: TurnDetection): void {
    if (!this.#config) return
    this.#config = { ...this.#config, turnDetection }
    this.#send({ type: 'session.update', session: turnDetectionUpdate(turnDetection) })
  }

  reconfigure(setup: EngineSetup): boolean {
    const was = this.#config
    if (!was || this.#state !== 'open') return false
    const voiceFixed = this.#spoke && setup.voice !== was.voice
    // An effort cannot be taken back: the API names no value for "the model's own".
    const effortFixed = Boolean(was.reasoning) && !setup.reasoning
    const to = { ...setup, voice: voiceFixed ? was.voice : setup.voice, reasoning: (effortFixed ? was.reasoning : setup.reasoning) ?? null }
    this.#config = { ...was, ...to }
    const session = sessionChange(was, to, this.#without)
    if (session) this.#configureEventId = this.#send({ type: 'session.update', session })
    this.#settleSpeed()
    return !voiceFixed && !effortFixed
  }

  stop(): void {
    this.#close(null)
  }

  /** The speed changes between answers only. */
  #settleSpeed(): void {
    const wanted = this.#config?.speed ?? 1
    if (wanted === this.#speed || !this.#responses.idle || this.#without.has('speed')) return
    this.#speed = wanted
    this.#configureEventId = this.#send({ type: 'session.update', session: speedUpdate(wanted) })
  }

  // ── down ──────────────────────────────────────────────────────────────────────────────────

  #send(event: ClientEvent): string {
    const event_id = event.event_id ?? this.#newEventId()
    if (this.#state === 'open' || event.type === 'session.update') this.#wire?.send({ ...event, event_id })
    return event_id
  }

  #newEventId(): string {
    this.#events++
    return `parley_${this.#events.toString(36)}`
  }

  #configure(config: EngineConfig): void {
    this.#configureEventId = this.#send({ type: 'session.update', session: sessionConfig(config, this.#without) })
  }

  /** behaviour.md §4.3: truncate what was heard in part, delete what was not heard, leave what was heard whole. */
  #tellHeard(track: HeardTrack): void {
    if (!this.#items.has(track.item_id)) return
    const heardMs = Math.max(0, Math.min(Math.floor(track.heardMs), track.receivedMs))
    if (heardMs === 0) {
      this.#housekeep({ type: 'conversation.item.delete', item_id: track.item_id })
    } else if (!track.complete || heardMs < track.receivedMs) {
      this.#housekeep({
        type: 'conversation.item.truncate',
        item_id: track.item_id,
        content_index: track.content_index,
        audio_end_ms: heardMs,
      })
    }
  }

  /** Sends an event whose refusal is never worth a word. */
  #housekeep(event: ClientEvent): void {
    if (this.#housekeeping.size > 100) this.#housekeeping.clear()
    this.#housekeeping.add(this.#send(event))
  }

  // ── up ────────────────────────────────────────────────────────────────────────────────────

  #fromWire(event: ConnectionEvent): void {
    if (this.#state === 'closed') return
    switch (event.type) {
      case 'open':
        this.#timer = setTimeout(() => {
          this.#close(failure('timeout', {}, ['retry']), true)
        }, CONFIGURE_TIMEOUT_MS)
        break
      case 'event':
        this.#fromServer(event.event)
        break
      case 'notice':
        this.#emit(event)
        break
      case 'closed':
        this.#close(event.failure ?? failure('connection_lost', {}, ['retry']), event.retry)
        break
      case 'unknown':
        break
    }
  }

  #fromServer(event: ServerEvent): void {
    if (this.#isOfSummary(event)) return
    this.#functionCalls(event)
    if (event.type === 'response.output_audio.delta') {
      this.#spoke = true
      if (!this.#announcements.has(event.response_id) && this.#responses.sounds(event.response_id)) {
        this.#emit({ type: 'response_started', response_id: event.response_id })
      }
    }
    if ('response_id' in event && event.type !== 'response.output_item.added' && this.#isDead(event.response_id)) return
    switch (event.type) {
      case 'session.created':
        this.#model = event.session.model ?? ''
        if (this.#config) this.#configure(this.#config)
        break
      case 'session.updated':
        this.#conversation(event)
        if (this.#state === 'configuring' && !this.#replay.running) {
          this.#expiresAt = event.session.expires_at ?? null
          this.#replay.start(this.#config?.history ?? [])
        }
        return
      case 'error':
        this.#error(event.error)
        return
      case 'response.output_audio.delta':
        this.#audio(event)
        return
      case 'response.output_audio.done':
        this.#samples.end(event.item_id)
        this.#emit({ type: 'audio_done', ...trackOf(event) })
        return
      case 'input_audio_buffer.speech_started':
        this.#hears = true
        this.#speechStartMs.set(event.item_id, event.audio_start_ms)
        if (this.#config?.turnDetection.type === 'server') this.#responses.speechStarted()
        this.#emit({ type: 'speech_started' })
        return
      case 'input_audio_buffer.speech_stopped': {
        this.#hears = false
        const began = this.#speechStartMs.get(event.item_id)
        this.#speechStartMs.delete(event.item_id)
        if (began !== undefined) this.#speechMs.set(event.item_id, event.audio_end_ms - began)
        this.#emit({ type: 'speech_stopped' })
        return
      }
      case 'input_audio_buffer.committed': {
        this.#hears = false
        this.#speechStartMs.delete(event.item_id)
        const speechMs = this.#speechMs.get(event.item_id)
        this.#speechMs.delete(event.item_id)
        this.#conversation(event)
        this.#emit({ type: 'turn_committed', item_id: event.item_id, audioMs: speechMs ?? this.#committedMs.shift() ?? null })
        // A commit by hand is not answered by itself, unless the server had just heard the end too.
        if (this.#sentNow !== null) this.#responses.request({ mayCallTools: true, unlessAnswered: true })
        this.#sentNow = null
        return
      }
      case 'response.created':
        if (this.#announcements.created(event.response)) {
          this.#emit({ type: 'response_started', response_id: event.response.id })
          return
        }
        if (this.#responses.created(event.response)) this.#emit({ type: 'response_started', response_id: event.response.id })
        break
      case 'response.done':
        this.#responseDone(event.response)
        break
      case 'rate_limits.updated':
        this.#limits.updated(event.rate_limits)
        break
      case 'conversation.item.added':
        if (this.#replay.has(event.item.id)) {
          this.#replay.added(event.item.id)
          return
        }
        this.#items.add(event.item.id)
        break
      case 'conversation.item.done':
        if (this.#replay.has(event.item.id)) return
        break
      case 'conversation.item.deleted':
        this.#items.delete(event.item_id)
        break
      default:
        break
    }
    this.#conversation(event)
  }

  #opened(): void {
    this.#clearTimer()
    this.#state = 'open'
    this.#speed = this.#config?.speed ?? 1
    this.#emit({ type: 'opened', model: this.#model, expiresAt: this.#expiresAt })
    if (this.#config?.greet) this.#responses.request()
  }

  #audio(event: ResponseOutputAudioDeltaEvent): void {
    const pcm = this.#samples.add(event.item_id, event.audio)
    if (pcm.byteLength === 0) return
    this.#sounded.add(event.item_id)
    this.#emit({ type: 'audio', ...trackOf(event), pcm })
  }

  /** Nothing of a summary is for the conversation but what it cost. */
  #isOfSummary(event: ServerEvent): boolean {
    if (event.type === 'response.created') return this.#summaries.takes(event.response)
    if (event.type !== 'response.done') return 'response_id' in event && this.#summaries.has(event.response_id)
    if (!this.#summaries.takes(event.response)) return false
    this.#conversation({ ...event, response: { ...event.response, output: [] } })
    this.#summaries.done(event.response)
    return true
  }

  #isDead(responseId: string): boolean {
    return this.#responses.isDead(responseId) || this.#announcements.isDead(responseId)
  }

  /** Calls of a response that was cut are announced too: each must be answered. */
  #functionCalls(event: ServerEvent): void {
    const responseId = event.type === 'response.done' ? event.response.id : 'response_id' in event ? event.response_id : null
    if (responseId === null || this.#announcements.has(responseId)) return
    for (const call of functionCallsIn(event, this.#responses.isDead(responseId))) this.#emit({ type: 'function_call', call })
  }

  #responseDone(response: RealtimeResponse): void {
    const dead = this.#isDead(response.id)
    const status = response.status === 'in_progress' || dead ? 'cancelled' : response.status
    const details = response.status_details
    const reason = details?.error?.code ?? details?.error?.type ?? details?.reason ?? ''
    this.#forgetUnheard(response, status === 'cancelled')
    const announced = this.#announcements.done(response.id)
    if (!announced) this.#responses.done(response)
    this.#settleSpeed()
    const fatal = fatalCode(reason)
    const retry = status === 'failed' && !announced ? this.#retry(reason, details?.error?.message ?? '') : {}
    this.#emit({ type: 'response_ended', response_id: response.id, status, reason, tokens: response.usage?.total_tokens ?? 0, ...retry })
    if (response.status === 'failed' && fatal) this.#close(failure(fatal, {}, actionsFor(fatal)))
  }

  /** Answers that were cut before any sound of them had come: nobody heard them, so the model must not remember them. */
  #forgetUnheard(response: RealtimeResponse, cut: boolean): void {
    for (const { id, type } of response.output) {
      if (!this.#sounded.has(id) && cut && type === 'message' && this.#items.delete(id)) {
        this.#housekeep({ type: 'conversation.item.delete', item_id: id })
      }
    }
  }

  /** Which failures another attempt may mend, and when (behaviour.md §12). */
  #retry(reason: string, message: string): { retryInMs?: number } {
    if (RATE_LIMIT_CODES.has(reason)) return { retryInMs: this.#limits.waitMs(message) }
    return reason === 'server_error' ? { retryInMs: 0 } : {}
  }

  #error(error: RealtimeError): void {
    const code = error.code ?? ''
    const fatal = fatalCode(error.code)
    if (fatal) {
      // The hour being over is no fault: the conversation goes on in a new session.
      this.#close(failure(fatal, { message: error.message }, actionsFor(fatal)), fatal === 'session_expired')
      return
    }
    if (this.#state === 'configuring') {
      this.#refusedConfiguration(error)
      return
    }
    if (this.#goOnWithout(error)) return
    if (this.#summaries.refused(error.event_id)) return
    const mayBeAbout = error.event_id ?? (code === 'input_audio_buffer_commit_empty' ? this.#sentNow : null)
    if (mayBeAbout !== null && mayBeAbout === this.#sentNow) {
      // The server has committed it by itself, or there was next to nothing of it.
      this.#sentNow = null
      this.#hears = false
      this.#emit({ type: 'speech_stopped' })
      return
    }
    if (HARMLESS_CODES.has(code) || (error.event_id !== null && this.#housekeeping.delete(error.event_id))) return
    const outcome = this.#responses.refused(error.event_id, error.code)
    // A request that was taken for answered by a response of the server's own is not worth a word either.
    if (outcome === 'requeued' || code === 'conversation_already_has_active_response') return
    if (outcome === 'refused') {
      const retry = this.#retry(code || error.type, error.message)
      this.#emit({ type: 'response_ended', response_id: '', status: 'failed', reason: code || error.message, tokens: 0, ...retry })
    } else if (code === 'input_audio_buffer_commit_empty') {
      // The answer asked for right behind the commit would answer nothing.
      this.#committedMs.shift()
      this.#responses.interrupt()
      this.#emit({ type: 'notice', failure: failure('turn_too_short') })
    } else {
      this.#emit({ type: 'notice', failure: failure('request_refused', { reason: error.message }, ['dismiss']) })
    }
  }

  /** A server that does not know the transcription model is asked again without; anything else is the end. */
  #refusedConfiguration(error: RealtimeError): void {
    if (this.#replay.running) {
      this.#replay.refused()
      return
    }
    if (!this.#goOnWithout(error)) this.#close(failure('bad_request', { reason: error.message }, ['change_key']))
  }

  /** Asks once more without what the server does not know, and says so. False: it was something else. */
  #goOnWithout(error: RealtimeError): boolean {
    const config = this.#config
    const ours = error.event_id === null ? this.#state === 'configuring' : error.event_id === this.#configureEventId
    if (!config || !ours) return false
    const about = `${error.param ?? ''} ${error.message}`
    const refused = DISPENSABLE.find(([what, pattern]) => pattern.test(about) && !this.#without.has(what))
    if (!refused) return false
    const [what, , code] = refused
    this.#without.add(what)
    const detail = what === 'voice' ? { reason: error.message, voice: config.voice } : { reason: error.message }
    // Once sound has come the voice may not even be named.
    if (this.#spoke) this.#without.add('voice')
    this.#configure(config)
    this.#emit({ type: 'notice', failure: failure(code, detail, ['dismiss']) })
    return true
  }

  #close(why: Failure | null, retry = false): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#clearTimer()
    this.#responses.close()
    const wire = this.#wire
    this.#wire = null
    wire?.close()
    this.#emit({ type: 'closed', failure: why, retry })
  }

  #clearTimer(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  #conversation(event: ServerEvent): void {
    this.#emit({ type: 'conversation', event })
  }

  #emit(event: EngineEvent): void {
    this.#listener(event)
  }
}

function trackOf(event: TrackId): TrackId {
  return { response_id: event.response_id, item_id: event.item_id, content_index: event.content_index }
}

function bytesToMs(bytes: number): number {
  return Math.floor((bytes * 1000) / (SAMPLE_RATE * 2))
}
