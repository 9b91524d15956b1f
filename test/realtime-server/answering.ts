import type { Answer } from './options.ts'
import { bytesOf, makeId, obfuscation, SAMPLES_PER_MS, tokens, tone, type Json } from './wire.ts'

/** What an answer needs of the conversation it belongs to. */
export interface AnswerContext {
  emit(event: Json): void
  /** Puts the item into the history; its predecessor's id. Not called out of band. */
  addItem(item: Json): string | null
  /** The item is final in the history too. */
  itemDone(item: Json): void
  /** Sound of an item that exists so far, samples. */
  generated(itemId: string, samples: number): void
  ended(response: ActiveAnswer): void
  /** A fault in mid-answer. */
  breakOff(how: NonNullable<Answer['break']>): void
  /** Tokens of everything the model reads for this answer. */
  inputTokens(): { text: number; audio: number }
  textOnly: boolean
  voice: unknown
  conversationId: string
  outOfBand: boolean
  metadata: unknown
  azure: boolean
  cancelledWithoutUsage: boolean
}

type State = { name: 'waiting' } | { name: 'running' } | { name: 'done' }

/** Words that are sent ahead of the first sound. */
const LEAD = 3

/** One answer, from `response.created` to `response.done`, in the recorded order of events. */
export class ActiveAnswer {
  readonly id = makeId('resp')
  readonly itemId = makeId('item')
  readonly outOfBand: boolean
  readonly #answer: Answer
  readonly #context: AnswerContext
  readonly #words: string[]
  readonly #pcm: Int16Array
  #state: State = { name: 'waiting' }
  #timer: NodeJS.Timeout | undefined
  #partOpen = false
  #itemOpen = false
  #said = ''
  #saidWords = 0
  #sentSamples = 0
  #previous: string | null = null

  constructor(answer: Answer, context: AnswerContext) {
    this.#answer = answer
    this.#context = context
    this.outOfBand = context.outOfBand
    this.#words = tokens(answer.text ?? 'Hello there.')
    this.#pcm = context.textOnly || answer.functionCall !== undefined ? new Int16Array(0) : (answer.pcm ?? tone(600))
  }

  begin(): void {
    const wait = this.#answer.delayMs ?? 0
    if (wait > 0) {
      this.#timer = setTimeout(() => {
        this.#run()
      }, wait)
    } else this.#run()
  }

  /** Stops it; the server or the client wanted so. */
  cancel(reason: 'turn_detected' | 'client_cancelled'): void {
    if (this.#state.name === 'done') return
    clearTimeout(this.#timer)
    if (this.#state.name === 'waiting' && this.#answer.withoutCreated !== true) this.#emitCreated()
    this.#closeItem('incomplete')
    this.#finish('cancelled', { type: 'cancelled', reason })
  }

  /** Stops without a word: the connection is gone. */
  abandon(): void {
    clearTimeout(this.#timer)
    this.#state = { name: 'done' }
  }

  #emit(type: string, fields: Json): void {
    this.#context.emit({ type, ...fields })
  }

  #emitCreated(): void {
    this.#emit('response.created', { response: this.#response('in_progress', null, [], null) })
  }

  #run(): void {
    this.#state = { name: 'running' }
    if (this.#answer.withoutCreated !== true) this.#emitCreated()
    const { outcome, functionCall } = this.#answer
    if (outcome?.status === 'failed') {
      const error = { type: outcome.code, code: outcome.code, message: outcome.message ?? null }
      this.#finish('failed', { type: 'failed', error })
      return
    }
    this.#openItem(functionCall === undefined ? this.#message('in_progress', '') : this.#call(functionCall, 'in_progress', ''))
    if (functionCall === undefined) this.#speak()
    else this.#callFunction(functionCall)
  }

  #openItem(item: Json): void {
    this.#itemOpen = true
    this.#emit('response.output_item.added', { response_id: this.id, output_index: 0, item })
    if (this.outOfBand) return
    this.#previous = this.#context.addItem(item)
    this.#emit('conversation.item.added', { previous_item_id: this.#previous, item })
  }

  #speak(): void {
    const part = this.#context.textOnly ? { type: 'text', text: '' } : { type: 'audio', transcript: '' }
    this.#partOpen = true
    this.#emit('response.content_part.added', { ...this.#address(), part, ...(this.#context.azure ? { content: part } : {}) })
    const chunk = (this.#answer.chunkMs ?? 200) * SAMPLES_PER_MS
    const chunks = Math.ceil(this.#pcm.length / chunk)
    const { speed = 10 } = this.#answer
    const step = speed === 'burst' ? 0 : chunk / SAMPLES_PER_MS / speed
    const started = performance.now()
    let sent = 0
    const send = (): void => {
      while (this.#state.name === 'running' && sent < chunks && (step === 0 || performance.now() - started >= sent * step)) {
        this.#sayUpTo(LEAD + Math.ceil((2 * this.#words.length * sent) / chunks))
        this.#sendSound(this.#pcm.subarray(sent * chunk, (sent + 1) * chunk))
        sent += 1
        if (this.#broken()) return
      }
      if (this.#state.name !== 'running') return
      if (sent < chunks) {
        this.#timer = setTimeout(send, Math.max(1, started + sent * step - performance.now()))
        return
      }
      this.#sayUpTo(this.#words.length)
      this.#complete()
    }
    send()
  }

  /** Carries out the fault when its time has come. */
  #broken(): boolean {
    const how = this.#answer.break
    if (how === undefined || this.#sentSamples < how.afterMs * SAMPLES_PER_MS) return false
    if (how.how !== 'stall') this.#context.breakOff(how)
    return true
  }

  #sayUpTo(count: number): void {
    while (this.#saidWords < Math.min(count, this.#words.length)) {
      const delta = this.#words[this.#saidWords] ?? ''
      this.#saidWords += 1
      this.#said += delta
      const type = this.#context.textOnly ? 'response.output_text.delta' : 'response.output_audio_transcript.delta'
      this.#emit(type, { ...this.#address(), delta, obfuscation: obfuscation(delta) })
    }
  }

  #sendSound(pcm: Int16Array): void {
    this.#sentSamples += pcm.length
    this.#context.generated(this.itemId, this.#sentSamples)
    this.#emit('response.output_audio.delta', { ...this.#address(), delta: bytesOf(pcm).toString('base64') })
  }

  #callFunction(call: NonNullable<Answer['functionCall']>): void {
    const ids = { response_id: this.id, item_id: this.itemId, output_index: 0, call_id: this.#callId(call) }
    for (const delta of tokens(call.arguments)) {
      this.#emit('response.function_call_arguments.delta', { ...ids, delta, obfuscation: obfuscation(delta) })
    }
    this.#emit('response.function_call_arguments.done', { ...ids, name: call.name, arguments: call.arguments })
    this.#complete()
  }

  #complete(): void {
    const outcome = this.#answer.outcome ?? { status: 'completed' as const }
    const status = outcome.status === 'completed' ? 'completed' : 'incomplete'
    this.#closeItem(status)
    this.#finish(status, outcome.status === 'incomplete' ? { type: 'incomplete', reason: outcome.reason } : null)
  }

  #closeItem(status: 'completed' | 'incomplete'): void {
    if (this.#partOpen) {
      this.#partOpen = false
      if (this.#context.textOnly) this.#emit('response.output_text.done', { ...this.#address(), text: this.#said })
      else {
        this.#emit('response.output_audio.done', this.#address())
        this.#emit('response.output_audio_transcript.done', { ...this.#address(), transcript: this.#said })
      }
      const part = this.#context.textOnly ? { type: 'text', text: this.#said } : { type: 'audio', transcript: this.#said }
      this.#emit('response.content_part.done', { ...this.#address(), part, ...(this.#context.azure ? { content: part } : {}) })
    }
    if (!this.#itemOpen) return
    const item = this.#finalItem(status)
    if (!this.outOfBand) this.#context.itemDone(item)
    if (!this.outOfBand) this.#emit('conversation.item.done', { previous_item_id: this.#previous, item })
    this.#emit('response.output_item.done', { response_id: this.id, output_index: 0, item })
  }

  #finish(status: string, details: Json | null): void {
    this.#state = { name: 'done' }
    const output = this.#itemOpen ? [this.#finalItem(status === 'completed' ? 'completed' : 'incomplete')] : []
    const usage = status === 'cancelled' && this.#context.cancelledWithoutUsage ? null : this.#usage()
    const response = this.#response(status, details, output, usage)
    this.#context.ended(this)
    this.#emit('response.done', { response })
  }

  #finalItem(status: string): Json {
    const call = this.#answer.functionCall
    return call === undefined ? this.#message(status, this.#said) : this.#call(call, status, call.arguments)
  }

  #message(status: string, words: string): Json {
    const content = this.#context.textOnly ? { type: 'output_text', text: words } : { type: 'output_audio', transcript: words }
    return { id: this.itemId, type: 'message', status, role: 'assistant', content: status === 'in_progress' ? [] : [content] }
  }

  #call(call: NonNullable<Answer['functionCall']>, status: string, args: string): Json {
    return { id: this.itemId, type: 'function_call', status, name: call.name, call_id: this.#callId(call), arguments: args }
  }

  #callId(call: NonNullable<Answer['functionCall']>): string {
    return call.call_id ?? `call_${this.itemId.slice(5, 21)}`
  }

  #address(): Json {
    return { response_id: this.id, item_id: this.itemId, output_index: 0, content_index: 0 }
  }

  #response(status: string, details: Json | null, output: Json[], usage: Json | null): Json {
    return {
      object: 'realtime.response',
      id: this.id,
      status,
      status_details: details,
      output,
      conversation_id: this.outOfBand ? null : this.#context.conversationId,
      output_modalities: [this.#context.textOnly ? 'text' : 'audio'],
      max_output_tokens: 'inf',
      audio: { output: { format: { type: 'audio/pcm', rate: 24000 }, voice: this.#context.voice } },
      usage,
      metadata: this.#context.metadata ?? null,
    }
  }

  /** Rules of thumb of the API: assistant sound one token per 50 ms; text here one per word. */
  #usage(): Json {
    const input = this.#context.inputTokens()
    const audio = Math.ceil(this.#sentSamples / SAMPLES_PER_MS / 50)
    const text = this.#saidWords
    return {
      total_tokens: input.text + input.audio + text + audio,
      input_tokens: input.text + input.audio,
      output_tokens: text + audio,
      input_token_details: {
        text_tokens: input.text,
        audio_tokens: input.audio,
        image_tokens: 0,
        cached_tokens: 0,
        cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
      },
      output_token_details: { text_tokens: text, audio_tokens: audio },
    }
  }
}
