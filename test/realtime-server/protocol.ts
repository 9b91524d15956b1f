import { ActiveAnswer } from './answering.ts'
import { Conversation, type Outcome } from './conversation.ts'
import { Hearings } from './hearings.ts'
import { nth, type Answer, type RealtimeServerOptions, type Turn } from './options.ts'
import { defaultSession, inForce, updatedSession } from './session-object.ts'
import { LevelVad, type VadConfig } from './vad.ts'
import { isObject, joinSamples, makeId, samplesOf, SAMPLES_PER_MS, stringOf, type Json, type WireError } from './wire.ts'

/** One spoken turn as the server got it. */
export interface Commit {
  item_id: string
  pcm: Int16Array
  /** Ms since the server started. */
  at: number
  by: 'client' | 'vad'
}

export interface ProtocolDeps {
  /** Read anew each time: a test may change them. */
  options: () => RealtimeServerOptions
  model: string
  emit(event: Json): void
  committed(commit: Omit<Commit, 'at'>): void
  breakOff(how: NonNullable<Answer['break']>): void
}

/** The server's side of one session, without the socket. */
export class Protocol {
  readonly conversation = new Conversation()
  readonly #deps: ProtocolDeps
  #session: Json
  #buffer: Int16Array[] = []
  readonly #vad: LevelVad
  #vadItem: string | null = null
  #answers: ActiveAnswer[] = []
  #answerCount = 0
  #spoken = false
  readonly #hearings: Hearings
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(deps: ProtocolDeps) {
    this.#deps = deps
    this.#session = defaultSession(deps.model, deps.options().session ?? {})
    this.#hearings = new Hearings({
      options: deps.options,
      emit: (type, fields) => {
        this.#emit(type, fields)
      },
      later: (ms, act) => {
        this.#later(ms, act)
      },
      heard: (item) => {
        this.conversation.replace(item)
      },
    })
    this.#vad = new LevelVad(this.#vadConfig())
  }

  /** The effective session. */
  get session(): Json {
    return this.#session
  }

  /** The running answer of the conversation, if any. */
  get active(): ActiveAnswer | null {
    return this.#answers.find((answer) => !answer.outOfBand) ?? null
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const answer of this.#answers) answer.abandon()
    this.#answers = []
  }

  /** Takes one frame of the client. */
  receive(event: Json): void {
    switch (event['type']) {
      case 'session.update':
        this.#update(event)
        return
      case 'input_audio_buffer.append':
        this.#append(samplesOf(Buffer.from(stringOf(event['audio']), 'base64')))
        return
      case 'input_audio_buffer.commit':
        this.#commitByClient(event)
        return
      case 'input_audio_buffer.clear':
        this.#buffer = []
        this.#vad.take()
        this.#vadItem = null
        this.#emit('input_audio_buffer.cleared', {})
        return
      case 'conversation.item.create':
        this.#reply(event, this.conversation.create(event), ({ item, previous }) => {
          this.#emit('conversation.item.added', { previous_item_id: previous, item })
          this.#emit('conversation.item.done', { previous_item_id: previous, item })
        })
        return
      case 'conversation.item.truncate':
        this.#reply(event, this.conversation.truncate(event), (value) => {
          this.#emit('conversation.item.truncated', value)
        })
        return
      case 'conversation.item.delete':
        this.#reply(event, this.conversation.remove(stringOf(event['item_id'])), (item_id) => {
          this.#emit('conversation.item.deleted', { item_id })
        })
        return
      case 'conversation.item.retrieve':
        this.#reply(event, this.conversation.retrieve(stringOf(event['item_id'])), (item) => {
          this.#emit('conversation.item.retrieved', { item })
        })
        return
      case 'response.create':
        this.#createResponse(event)
        return
      case 'response.cancel':
        this.#cancel(event)
        return
      default:
        this.#error(event, { code: 'invalid_value', message: `Invalid value: '${stringOf(event['type'])}'.`, param: 'type' })
    }
  }

  /** Refuses a frame that is no event. */
  refuseFrame(): void {
    this.#error({}, { code: 'invalid_event', message: 'The event could not be parsed as JSON.' })
  }

  /** Answers without being asked. */
  speak(answer: Answer): void {
    this.#begin(answer, { textOnly: inForce(this.#session).textOnly, outOfBand: false, metadata: null })
  }

  #emit(type: string, fields: Json): void {
    this.#deps.emit({ type, ...fields })
  }

  #error(cause: Json, error: WireError): void {
    this.#emit('error', {
      error: {
        type: error.type ?? 'invalid_request_error',
        code: error.code,
        message: error.message,
        param: error.param ?? null,
        event_id: typeof cause['event_id'] === 'string' ? cause['event_id'] : null,
      },
    })
  }

  #reply<T>(cause: Json, outcome: Outcome<T>, done: (value: T) => void): void {
    if (outcome.ok) done(outcome.value)
    else this.#error(cause, outcome.error)
  }

  #later(ms: number, act: () => void): void {
    if (ms <= 0) {
      act()
      return
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, ms)
    this.#timers.add(timer)
  }

  #update(event: Json): void {
    const result = updatedSession(this.#session, event['session'], this.#spoken)
    if ('error' in result) {
      this.#error(event, result.error)
      return
    }
    this.#session = result.session
    this.#vad.configure(this.#vadConfig())
    const { updated } = this.#deps.options()
    if (updated === 'never') return
    this.#later(updated?.delayMs ?? 0, () => {
      this.#emit('session.updated', { session: this.#session })
    })
  }

  #vadConfig(): VadConfig {
    const detection = inForce(this.#session).detection
    const number = (name: string, otherwise: number): number => {
      const value = detection?.[name]
      return typeof value === 'number' ? value : otherwise
    }
    return {
      prefix_padding_ms: number('prefix_padding_ms', 300),
      silence_duration_ms: number('silence_duration_ms', 500),
      level: this.#deps.options().vadLevel ?? 0.02,
    }
  }

  #append(pcm: Int16Array): void {
    const { detection } = inForce(this.#session)
    if (detection === null) {
      this.#buffer.push(pcm)
      return
    }
    for (const found of this.#vad.push(pcm)) {
      if (found.type === 'started') {
        this.#vadItem = makeId('item')
        this.#emit('input_audio_buffer.speech_started', { audio_start_ms: found.audio_start_ms, item_id: this.#vadItem })
        if (detection['interrupt_response'] !== false) this.active?.cancel('turn_detected')
      } else {
        const itemId = this.#vadItem ?? makeId('item')
        this.#vadItem = null
        this.#emit('input_audio_buffer.speech_stopped', { audio_end_ms: found.audio_end_ms, item_id: itemId })
        this.#commit(itemId, found.pcm, 'vad')
        if (detection['create_response'] !== false && this.active === null) this.#answerTurn({})
      }
    }
  }

  #commitByClient(event: Json): void {
    const pcm = joinSamples([...this.#buffer, this.#vad.take()])
    const ms = pcm.length / SAMPLES_PER_MS
    if (ms < 100) {
      const message = `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${ms.toFixed(2)}ms of audio.`
      this.#error(event, { code: 'input_audio_buffer_commit_empty', message })
      return
    }
    this.#buffer = []
    const itemId = this.#vadItem ?? makeId('item')
    this.#vadItem = null
    this.#commit(itemId, pcm, 'client')
  }

  #commit(itemId: string, pcm: Int16Array, by: Commit['by']): void {
    const item: Json = {
      id: itemId,
      type: 'message',
      status: 'completed',
      role: 'user',
      content: [{ type: 'input_audio', transcript: null }],
    }
    this.conversation.speech.set(itemId, this.#deps.options().forgetful === true ? NO_SOUND : pcm)
    const previous = this.conversation.append({ ...item })
    const hearing = this.#hearings.take(itemId, pcm)
    this.#deps.committed({ item_id: itemId, pcm, by })
    this.#emit('input_audio_buffer.committed', { previous_item_id: previous, item_id: itemId })
    this.#emit('conversation.item.added', { previous_item_id: previous, item })
    this.#emit('conversation.item.done', { previous_item_id: previous, item })
    if (inForce(this.#session).transcription !== null) this.#hearings.tell(itemId, hearing, pcm)
  }

  #createResponse(event: Json): void {
    const wanted = isObject(event['response']) ? event['response'] : {}
    if (wanted['conversation'] !== 'none' && this.active !== null) {
      const message = `Conversation already has an active response in progress: ${this.active.id}. Wait until the response is finished before creating a new one.`
      this.#error(event, { code: 'conversation_already_has_active_response', message })
      return
    }
    this.#answerTurn(wanted)
  }

  #answerTurn(wanted: Json): void {
    const modalities = wanted['output_modalities']
    const textOnly = Array.isArray(modalities) ? modalities[0] === 'text' : inForce(this.#session).textOnly
    const answer = this.#answerFor(this.#turn())
    if (answer === null) return
    this.#begin(answer, { textOnly, outOfBand: wanted['conversation'] === 'none', metadata: wanted['metadata'] })
  }

  #answerFor(turn: Turn): Answer | null {
    const { answer = {} } = this.#deps.options()
    if (typeof answer === 'function') return answer(turn)
    return Array.isArray(answer) ? (nth(answer as readonly Answer[], turn.number) ?? {}) : (answer as Answer)
  }

  #turn(): Turn {
    const last = this.conversation.items.at(-1)
    const itemId = last === undefined ? null : stringOf(last['id'])
    const pcm = itemId === null ? null : (this.conversation.speech.get(itemId) ?? null)
    const base = { number: this.#answerCount, item_id: itemId, pcm }
    if (last === undefined) return { ...base, kind: 'none', text: '' }
    if (last['type'] === 'function_call_output') return { ...base, kind: 'function_call_output', text: stringOf(last['output']) }
    if (pcm !== null) return { ...base, kind: 'audio', text: this.#hearings.textOf(itemId ?? '') }
    const content = Array.isArray(last['content']) ? last['content'].filter(isObject) : []
    return { ...base, kind: 'text', text: content.map((part) => stringOf(part['text'])).join(' ') }
  }

  #begin(answer: Answer, how: { textOnly: boolean; outOfBand: boolean; metadata: unknown }): void {
    this.#answerCount += 1
    const options = this.#deps.options()
    const active = new ActiveAnswer(answer, {
      ...how,
      emit: (event) => {
        this.#deps.emit(event)
        if (event['type'] === 'response.created') this.#hearings.release('during')
        if (event['type'] !== 'response.done') return
        if (options.rateLimits === true) this.#emit('rate_limits.updated', { rate_limits: [RATE_LIMIT] })
        this.#hearings.release('during')
        this.#hearings.release('after')
      },
      addItem: (item) => this.conversation.append({ ...item }),
      itemDone: (item) => {
        this.conversation.replace(item)
      },
      generated: (itemId, samples) => {
        this.#spoken = true
        this.conversation.generated.set(itemId, samples)
      },
      ended: (response) => {
        this.#answers = this.#answers.filter((other) => other !== response)
      },
      breakOff: (fault) => {
        this.#deps.breakOff(fault)
      },
      inputTokens: () => this.conversation.inputTokens(stringOf(this.#session['instructions'])),
      voice: inForce(this.#session).voice,
      conversationId: this.conversation.id,
      azure: options.azure === true,
      cancelledWithoutUsage: options.cancelledWithoutUsage === true,
    })
    this.#answers.push(active)
    active.begin()
  }

  #cancel(event: Json): void {
    const wanted = stringOf(event['response_id'])
    const answer = wanted === '' ? this.active : (this.#answers.find((other) => other.id === wanted) ?? null)
    if (answer === null) {
      this.#error(event, { code: 'response_cancel_not_active', message: 'Cancellation failed: no active response found' })
    } else answer.cancel('client_cancelled')
  }
}

const NO_SOUND = new Int16Array(0)
const RATE_LIMIT = { name: 'tokens', limit: 15_000_000, remaining: 14_999_000, reset_seconds: 0.009 }
