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

/** One item of an answer. */
interface OutputItem {
  readonly id: string
  readonly index: number
  readonly words: string[]
  readonly pcm: Int16Array
  readonly call: NonNullable<Answer['functionCall']> | null
  partOpen: boolean
  open: boolean
  closed: boolean
  said: string
  saidWords: number
  sentChunks: number
  sentSamples: number
  previous: string | null
}

/** One answer, from `response.created` to `response.done`, in the recorded order of events. */
export class ActiveAnswer {
  readonly id = makeId('resp')
  readonly outOfBand: boolean
  readonly #answer: Answer
  readonly #context: AnswerContext
  readonly #items: OutputItem[]
  #state: State = { name: 'waiting' }
  #timer: NodeJS.Timeout | undefined
  #stalls: { afterMs: number; forMs: number }[]

  constructor(answer: Answer, context: AnswerContext) {
    this.#answer = answer
    this.#context = context
    this.outOfBand = context.outOfBand
    this.#stalls = [...(answer.stalls ?? [])]
    const spoken = answer.functionCall === undefined || answer.text !== undefined || answer.pcm !== undefined
    const messages = spoken ? [answer, ...(answer.further ?? [])] : []
    const bare = { partOpen: false, open: false, closed: false, said: '', saidWords: 0, sentChunks: 0, sentSamples: 0, previous: null }
    const makeItem = (index: number): Pick<OutputItem, 'id' | 'index'> => ({ id: makeId('item'), index })
    this.#items = messages.map((message, index) => ({
      ...bare,
      ...makeItem(index),
      words: tokens(message.text ?? 'Hello there.'),
      pcm: context.textOnly ? new Int16Array(0) : (message.pcm ?? tone(600)),
      call: null,
    }))
    for (const call of [answer.functionCall ?? [], answer.furtherCalls ?? []].flat()) {
      this.#items.push({ ...bare, ...makeItem(this.#items.length), words: [], pcm: new Int16Array(0), call })
    }
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
    for (const item of this.#items) this.#closeItem(item, 'incomplete')
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
    const { outcome } = this.#answer
    if (outcome?.status === 'failed' && this.#answer.pcm === undefined) {
      this.#end()
      return
    }
    this.#speak()
  }

  #openItem(item: OutputItem): void {
    item.open = true
    const added = item.call === null ? this.#message(item, 'in_progress', '') : this.#call(item, item.call, 'in_progress', '')
    const announce = (): void => {
      this.#emit('response.output_item.added', { response_id: this.id, output_index: item.index, item: added })
    }
    const enter = (): void => {
      if (this.outOfBand) return
      item.previous = this.#context.addItem(added)
      this.#emit('conversation.item.added', { previous_item_id: item.previous, item: added })
    }
    for (const act of this.#answer.addedFirst === true ? [enter, announce] : [announce, enter]) act()
    if (item.call !== null) return
    const part = this.#context.textOnly ? { type: 'text', text: '' } : { type: 'audio', transcript: '' }
    item.partOpen = true
    this.#emit('response.content_part.added', { ...this.#address(item), part, ...(this.#context.azure ? { content: part } : {}) })
  }

  /** Sends the sound of all items in order; where there are several, the next one begins before the last one is done (gpt-realtime-2). */
  #speak(): void {
    const chunk = (this.#answer.chunkMs ?? 200) * SAMPLES_PER_MS
    const messages = this.#items.filter((item) => item.call === null)
    const { speed = 10 } = this.#answer
    const step = speed === 'burst' ? 0 : chunk / SAMPLES_PER_MS / speed
    const due = messages.flatMap((item) => Array.from({ length: Math.ceil(item.pcm.length / chunk) }, () => item))
    for (const item of messages.filter(({ pcm }) => pcm.length === 0)) this.#openItem(item)
    let started = performance.now()
    let sent = 0
    const send = (): void => {
      while (this.#state.name === 'running' && sent < due.length && (step === 0 || performance.now() - started >= sent * step)) {
        const item = due[sent]
        if (item === undefined) break
        if (!item.open) this.#openItem(item)
        const chunks = Math.ceil(item.pcm.length / chunk)
        this.#sayUpTo(item, LEAD + Math.ceil((2 * item.words.length * item.sentChunks) / chunks))
        this.#sendSound(item, item.pcm.subarray(item.sentChunks * chunk, (item.sentChunks + 1) * chunk))
        item.sentChunks += 1
        sent += 1
        const before = due[sent - 2]
        if (before !== undefined && before !== item && !before.closed) this.#completeItem(before)
        if (this.#broken()) return
        const pause = this.#stall()
        if (pause > 0) {
          started += pause
          this.#timer = setTimeout(send, pause)
          return
        }
      }
      if (this.#state.name !== 'running') return
      if (sent < due.length) {
        this.#timer = setTimeout(send, Math.max(1, started + sent * step - performance.now()))
        return
      }
      for (const item of messages) if (!item.closed) this.#completeItem(item)
      for (const item of this.#items) if (item.call !== null) this.#callFunction(item, item.call)
      this.#end()
    }
    send()
  }

  get #sentMs(): number {
    return this.#items.reduce((sum, item) => sum + item.sentSamples, 0) / SAMPLES_PER_MS
  }

  /** Carries out the fault when its time has come. */
  #broken(): boolean {
    const how = this.#answer.break
    if (how === undefined || this.#sentMs < how.afterMs) return false
    if (how.how !== 'stall') this.#context.breakOff(how)
    return true
  }

  /** How long nothing is sent now, ms. */
  #stall(): number {
    const next = this.#stalls[0]
    if (next === undefined || this.#sentMs < next.afterMs) return 0
    this.#stalls.shift()
    return next.forMs
  }

  #sayUpTo(item: OutputItem, count: number): void {
    while (item.saidWords < Math.min(count, item.words.length)) {
      const delta = item.words[item.saidWords] ?? ''
      item.saidWords += 1
      item.said += delta
      const type = this.#context.textOnly ? 'response.output_text.delta' : 'response.output_audio_transcript.delta'
      this.#emit(type, { ...this.#address(item), delta, obfuscation: obfuscation(delta) })
    }
  }

  #sendSound(item: OutputItem, pcm: Int16Array): void {
    item.sentSamples += pcm.length
    this.#context.generated(item.id, item.sentSamples)
    this.#emit('response.output_audio.delta', { ...this.#address(item), delta: bytesOf(pcm).toString('base64') })
  }

  #callFunction(item: OutputItem, call: NonNullable<Answer['functionCall']>): void {
    this.#openItem(item)
    const ids = { response_id: this.id, item_id: item.id, output_index: item.index, call_id: this.#callId(item, call) }
    for (const delta of tokens(call.arguments)) {
      this.#emit('response.function_call_arguments.delta', { ...ids, delta, obfuscation: obfuscation(delta) })
    }
    this.#emit('response.function_call_arguments.done', { ...ids, name: call.name, arguments: call.arguments })
    this.#completeItem(item)
  }

  get #incomplete(): boolean {
    return (this.#answer.outcome?.status ?? 'completed') !== 'completed'
  }

  #completeItem(item: OutputItem): void {
    this.#sayUpTo(item, item.words.length)
    this.#closeItem(item, this.#incomplete ? 'incomplete' : 'completed')
  }

  /** All was sent, or nothing will be: the response ends as the script says. */
  #end(): void {
    const { outcome } = this.#answer
    if (outcome?.status === 'failed') {
      const error = { type: outcome.code, code: outcome.code, message: outcome.message ?? null }
      this.#finish('failed', outcome.details === undefined ? { type: 'failed', error } : outcome.details)
    } else if (outcome?.status === 'incomplete') this.#finish('incomplete', { type: 'incomplete', reason: outcome.reason })
    else this.#finish('completed', null)
  }

  #closeItem(item: OutputItem, status: 'completed' | 'incomplete'): void {
    if (!item.open || item.closed) return
    item.closed = true
    if (item.partOpen) {
      item.partOpen = false
      if (this.#context.textOnly) this.#emit('response.output_text.done', { ...this.#address(item), text: item.said })
      else {
        this.#emit('response.output_audio.done', this.#address(item))
        this.#emit('response.output_audio_transcript.done', { ...this.#address(item), transcript: item.said })
      }
      const part = this.#context.textOnly ? { type: 'text', text: item.said } : { type: 'audio', transcript: item.said }
      this.#emit('response.content_part.done', { ...this.#address(item), part, ...(this.#context.azure ? { content: part } : {}) })
    }
    const final = this.#finalItem(item, status)
    if (!this.outOfBand) this.#context.itemDone(final)
    if (!this.outOfBand) this.#emit('conversation.item.done', { previous_item_id: item.previous, item: final })
    this.#emit('response.output_item.done', { response_id: this.id, output_index: item.index, item: final })
  }

  #finish(status: string, details: unknown): void {
    this.#state = { name: 'done' }
    const whole = status === 'completed' ? 'completed' : 'incomplete'
    const output = this.#items.filter(({ open }) => open).map((item) => this.#finalItem(item, whole))
    const usage = status === 'cancelled' && this.#context.cancelledWithoutUsage ? null : this.#usage()
    const response = this.#response(status, details, output, usage)
    this.#context.ended(this)
    this.#emit('response.done', { response })
  }

  #finalItem(item: OutputItem, status: string): Json {
    return item.call === null ? this.#message(item, status, item.said) : this.#call(item, item.call, status, item.call.arguments)
  }

  #message(item: OutputItem, status: string, words: string): Json {
    const content = this.#context.textOnly ? { type: 'output_text', text: words } : { type: 'output_audio', transcript: words }
    return { id: item.id, type: 'message', status, role: 'assistant', content: status === 'in_progress' ? [] : [content] }
  }

  #call(item: OutputItem, call: NonNullable<Answer['functionCall']>, status: string, args: string): Json {
    return { id: item.id, type: 'function_call', status, name: call.name, call_id: this.#callId(item, call), arguments: args }
  }

  #callId(item: OutputItem, call: NonNullable<Answer['functionCall']>): string {
    return call.call_id ?? `call_${item.id.slice(5, 21)}`
  }

  #address(item: OutputItem): Json {
    return { response_id: this.id, item_id: item.id, output_index: item.index, content_index: 0 }
  }

  #response(status: string, details: unknown, output: Json[], usage: Json | null): Json {
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
    const audio = Math.ceil(this.#sentMs / 50)
    const text = this.#items.reduce((sum, item) => sum + item.saidWords, 0)
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
