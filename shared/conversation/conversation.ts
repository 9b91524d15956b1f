import type { ReceivedItem } from '../realtime/items.ts'
import type { RealtimeResponse } from '../realtime/response.ts'
import type { ServerEvent, ServerEventOf } from '../realtime/server-events.ts'
import type { TrackProgress } from '../voice-port.ts'
import { ImageStore } from './images.ts'
import { blankEntry, blankItem, imagesOf, type Item, type ItemRecord } from './item.ts'
import { Ledger } from './ledger.ts'
import type { ConversationEntry, ConversationPatch, MessageEntry, TextState, ToolCallState } from './model.ts'
import { outcomeOf } from './outcome.ts'
import { remember } from './remember.ts'
import { Tools } from './tools.ts'
import { Words } from './words.ts'

export interface ConversationOptions {
  /** Called with the changes of one event, in order; never empty. */
  onPatches: (patches: ConversationPatch[]) => void
  /** A new item id, at most 32 characters. */
  newId: () => string
  /** Unix ms. */
  now: () => number
}

/** Events that may reach us before their item does. */
type EarlyEvent = ServerEventOf<
  | 'conversation.item.input_audio_transcription.completed'
  | 'conversation.item.input_audio_transcription.failed'
  | 'mcp_list_tools.completed'
  | 'mcp_list_tools.failed'
>

/** Most items of one response that are remembered. */
const MAX_ITEMS = 1000

/**
 * The conversation that people see, made from the wire's events (behaviour.md §5–§8): placed by
 * `previous_item_id` of *added*, keyed by item and content index, user transcripts filled in
 * whenever they come, hidden server items not shown, out-of-band responses kept out (they add no
 * item), text of an answer that was cut left as it was at the cut, calls of tools with their
 * arguments as they stream.
 *
 * Every event is taken by itself, and any may be missing, doubled or late: an item enters by
 * whichever of its events comes first, and only its own role decides who speaks. One event costs
 * the same whatever the length of the conversation; only an item that is put far back costs a
 * step for each that stands after it.
 */
export class Conversation {
  readonly #options: ConversationOptions
  readonly #ledger = new Ledger()
  readonly #words = new Words(this.#ledger)
  readonly #tools = new Tools(this.#ledger)
  readonly #images = new ImageStore()
  /** Item ids of each response that has not ended. */
  readonly #responses = new Map<string, string[]>()
  /** Ids of the silence that the server commits by itself, before their items have come. */
  readonly #silences = new Map<string, true>()
  readonly #early = new Map<string, EarlyEvent>()
  #transcribes = false

  constructor(options: ConversationOptions) {
    this.#options = options
  }

  /** All entries in order. */
  get entries(): ConversationEntry[] {
    return this.#ledger.entries
  }

  /** All items in order as the wire names them, with what functions answered but without hidden and deleted ones. */
  get items(): ItemRecord[] {
    return this.#ledger.records
  }

  /** The `data:` URI or address of a picture in the conversation; null when it is no longer kept. */
  image(itemId: string, contentIndex: number): string | null {
    return this.#images.get(itemId, contentIndex)
  }

  /** A typed turn, shown before any server has heard of it. @returns its item id */
  addTyped(text: string): string {
    const id = this.#options.newId()
    const item = { ...blankItem(id, 'message', 'user'), confirmed: false }
    item.parts.set(0, text)
    this.#ledger.enter(item, undefined)
    this.#ledger.show(item, { ...this.#message(id, 'user'), text: item.parts.text })
    this.#emit()
    return id
  }

  /** The length of a spoken turn. */
  setTurnMs(itemId: string, audioMs: number): void {
    const item = this.#ledger.get(itemId)
    if (item) this.#ledger.change(item, { audioMs })
    this.#emit()
  }

  /** How a function that Parley runs itself is coming on. @param object what it is done to, in words */
  setCallState(callId: string, state: ToolCallState, object: string): void {
    this.#tools.run(callId, state, object)
    this.#emit()
  }

  /** Some of a track has been played. @param cut the rest of it will never be heard */
  heard(track: TrackProgress, cut: boolean): void {
    this.#words.played(track, cut)
    this.#emit()
  }

  /** The connection is gone: nothing that is unfinished will be finished. */
  sessionEnded(): void {
    for (const item of this.#ledger.finishAll()) {
      const { entry } = item
      if (!entry) continue
      item.parts.seal()
      const unknown = entry.textState === 'pending' && entry.role === 'user'
      const lost = entry.response?.status === 'in_progress' ? ({ status: 'cancelled', reason: 'connection_lost' } as const) : entry.response
      this.#ledger.change(item, { textState: unknown ? 'none' : settled(entry.textState), response: lost })
      this.#tools.advance(item, 'interrupted')
    }
    this.#responses.clear()
    this.#silences.clear()
    this.#early.clear()
    this.#emit()
  }

  /** Takes one event of the server. Events that change nothing that is shown are ignored. */
  apply(event: ServerEvent): void {
    this.#apply(event)
    this.#emit()
  }

  #apply(event: ServerEvent): void {
    const item = 'item_id' in event ? this.#ledger.get(event.item_id) : undefined
    switch (event.type) {
      case 'session.created':
      case 'session.updated':
        this.#transcribes = (event.session.audio?.input?.transcription ?? null) !== null
        if (event.session.type === 'realtime') this.#words.setFormat(event.session.audio?.output?.format)
        return
      case 'input_audio_buffer.committed':
        if (!item) this.#committed(event.item_id, event.previous_item_id)
        return
      case 'input_audio_buffer.timeout_triggered':
        this.#hide(event.item_id, item)
        return
      case 'conversation.item.added':
        this.#added(event.item, event.previous_item_id)
        return
      case 'conversation.item.done':
        if (!this.#ledger.get(event.item.id)) this.#added(event.item, event.previous_item_id)
        this.#filled(event.item, true)
        return
      case 'conversation.item.retrieved':
      case 'response.output_item.done': // the last word of an item on servers of the old protocol
        this.#filled(event.item, true)
        return
      case 'conversation.item.truncated':
        this.#words.truncated(item, event)
        return
      case 'conversation.item.deleted':
        // An answer cut before a word of it was heard is deleted on the server, but the person saw it.
        if (item && this.#ledger.forget(item.id) && !item.entry?.heard?.cut) this.#ledger.remove(item)
        return
      case 'conversation.item.input_audio_transcription.delta':
        this.#words.append(item, event.content_index, event.delta, 'user')
        return
      case 'conversation.item.input_audio_transcription.completed':
        if (item) this.#words.transcribed(item, event.content_index, event.transcript, 'empty')
        else remember(this.#early, event.item_id, event)
        return
      case 'conversation.item.input_audio_transcription.failed':
        if (item) this.#words.transcribed(item, event.content_index, '', 'failed')
        else remember(this.#early, event.item_id, event)
        return
      case 'response.output_item.added':
        this.#belongs(event.item.id, event.response_id)
        return
      case 'response.content_part.added':
        if (event.part.type === 'output_audio') this.#words.speaks(item)
        return
      case 'response.content_part.done':
        if (event.part.type === 'output_text') this.#words.set(item, event.content_index, event.part.text)
        else if (event.part.type === 'output_audio' && event.part.transcript) {
          this.#words.set(item, event.content_index, event.part.transcript)
        }
        return
      case 'response.output_text.delta':
      case 'response.output_audio_transcript.delta':
        this.#words.append(item, event.content_index, event.delta, 'assistant')
        return
      case 'response.output_text.done':
        this.#words.set(item, event.content_index, event.text)
        return
      case 'response.output_audio_transcript.done':
        this.#words.set(item, event.content_index, event.transcript)
        return
      case 'response.output_audio.delta':
      case 'response.output_audio.done':
        this.#words.sounds(item, event)
        return
      case 'response.function_call_arguments.delta':
      case 'response.mcp_call_arguments.delta':
        this.#tools.appendArguments(item, event.delta)
        return
      case 'response.function_call_arguments.done':
        this.#tools.setArguments(item, event.arguments, 'running')
        return
      case 'response.mcp_call_arguments.done':
        this.#tools.setArguments(item, event.arguments, null)
        return
      case 'response.mcp_call.in_progress':
        this.#tools.advance(item, 'running')
        return
      case 'response.mcp_call.completed':
        this.#tools.advance(item, 'done')
        return
      case 'response.mcp_call.failed':
        this.#tools.advance(item, 'failed')
        return
      case 'mcp_list_tools.completed':
      case 'mcp_list_tools.failed':
        if (item) this.#tools.listed(item, event.type === 'mcp_list_tools.failed' ? 'failed' : 'done')
        else remember(this.#early, event.item_id, event)
        return
      case 'response.done':
        this.#responseDone(event.response)
        return
      default:
        return
    }
  }

  #added(received: ReceivedItem, previous: string | null | undefined): void {
    const known = this.#ledger.get(received.id)
    if (known && this.#ledger.has(received.id)) {
      this.#confirmed(known, previous)
      this.#filled(received, false)
      return
    }
    const item = known ?? blankItem(received.id, received.type === 'unknown' ? String(received.raw['type']) : received.type, null)
    this.#ledger.enter(item, previous)
    if (this.#silences.delete(item.id)) item.hidden = true
    if (received.type !== 'message') this.#tools.show(item, received, this.#options.now())
    else {
      item.role = received.role
      if (received.role === 'user') this.#showTurn(item, received)
      else if (received.role === 'assistant') this.#showAnswer(item, received)
    }
    this.#filled(received, false)
    this.#catchUp(item.id)
  }

  #showTurn(item: Item, received: ReceivedItem & { type: 'message' }): void {
    const pictures = imagesOf(received)
    for (const { image, url } of pictures) this.#images.put(item.id, image.contentIndex, url)
    const typed = received.content.some((part) => part.type === 'input_text' || part.type === 'input_image')
    const images = pictures.length === 0 ? {} : { images: pictures.map(({ image }) => image) }
    this.#ledger.show(item, { ...this.#message(item.id, 'user'), ...(typed ? {} : this.#awaitedWords), ...images })
  }

  /** One from history is final; any other is being given. */
  #showAnswer(item: Item, received: ReceivedItem): void {
    const restored = received.status === 'completed' || received.status === 'incomplete'
    const given = !restored || [...this.#responses.values()].some((items) => items.includes(item.id))
    const state = given ? ({ textState: 'pending', response: { status: 'in_progress', reason: '' } } as const) : {}
    this.#ledger.show(item, { ...this.#message(item.id, 'assistant'), ...state })
  }

  #committed(id: string, previous: string | null | undefined): void {
    const item = blankItem(id, 'message', 'user')
    item.hidden = this.#silences.delete(id)
    this.#ledger.enter(item, previous)
    this.#ledger.show(item, { ...this.#message(id, 'user'), ...this.#awaitedWords })
    this.#catchUp(id)
  }

  get #awaitedWords(): { source: 'voice'; textState: TextState } {
    return { source: 'voice', textState: this.#transcribes ? 'pending' : 'none' }
  }

  #message(id: string, role: 'user' | 'assistant'): MessageEntry {
    return { ...blankEntry(id, role, this.#options.now()), kind: 'message' }
  }

  /** Takes what was said of an item before it came. */
  #catchUp(id: string): void {
    const early = this.#early.get(id)
    this.#early.delete(id)
    if (early) this.#apply(early)
  }

  /** The server has taken what was typed, and decides where it stands. */
  #confirmed(item: Item, previous: string | null | undefined): void {
    if (!item.confirmed) this.#ledger.moveBehind(item, previous)
    item.confirmed = true
  }

  #hide(id: string, item: Item | undefined): void {
    if (!item) {
      remember(this.#silences, id, true)
      return
    }
    item.hidden = true
    this.#ledger.remove(item)
  }

  /** Takes what a received item already carries. @param final nothing more of it will come */
  #filled(received: ReceivedItem, final: boolean): void {
    const item = this.#ledger.get(received.id)
    if (!item) return
    item.status = received.status ?? item.status
    if (received.type === 'message') this.#words.fill(item, received, final)
    else this.#tools.fill(item, received)
  }

  #belongs(itemId: string, responseId: string): void {
    const items = this.#responses.get(responseId)
    if (!items) remember(this.#responses, responseId, [itemId])
    else if (items.length < MAX_ITEMS && !items.includes(itemId)) items.push(itemId)
  }

  #responseDone(response: RealtimeResponse): void {
    const ids = new Set(this.#responses.get(response.id))
    this.#responses.delete(response.id)
    let before: string | undefined
    for (const received of response.output) {
      // An answer in the conversation names it; any other adds nothing.
      if (response.conversation_id && !this.#ledger.get(received.id)) this.#added(received, before)
      this.#filled(received, true)
      ids.add(received.id)
      before = received.id
    }
    const items = [...ids].flatMap((id) => this.#ledger.get(id) ?? []).filter((item) => item.entry?.role === 'assistant')
    items.forEach((item, i) => {
      this.#ended(item, response, i === items.length - 1)
    })
  }

  /** A response of several items ended badly at its last one; those that were complete before it are complete. */
  #ended(item: Item, response: RealtimeResponse, last: boolean): void {
    const { entry } = item
    if (!entry) return
    const outcome = !last && item.status === 'completed' ? ({ status: 'completed', reason: '' } as const) : outcomeOf(response)
    item.parts.seal()
    // What a cancelled answer had still to say will not be heard, even where no sound of it had come yet.
    const unheard = outcome.status === 'cancelled' && entry.heard?.audioMs === 0 && item.audioBytes === 0
    const heard = unheard && entry.heard ? { ...entry.heard, cut: true } : entry.heard
    this.#ledger.change(item, { response: outcome, textState: settled(entry.textState), heard })
    if (entry.kind === 'message') this.#ledger.finish(item)
    if (entry.kind === 'tool_call' && entry.call.state === 'writing' && outcome.status !== 'completed') this.#tools.advance(item, 'interrupted')
  }

  #emit(): void {
    const patches = this.#ledger.takePatches()
    if (patches.length > 0) this.#options.onPatches(patches)
  }
}

function settled(state: TextState): TextState {
  return state === 'pending' || state === 'partial' ? 'final' : state
}
