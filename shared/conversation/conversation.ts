import type { ReceivedItem } from '../realtime/items.ts'
import type { RealtimeResponse } from '../realtime/response.ts'
import type { ServerEvent } from '../realtime/server-events.ts'
import type { TrackProgress } from '../voice-port.ts'
import { estimateHeardChars, framesToMs } from './heard.ts'
import type { ConversationEntry, ConversationPatch, ResponseOutcome, TextState } from './model.ts'

export interface ConversationOptions {
  /** Called with the changes of one event, in order; never empty. */
  onPatches: (patches: ConversationPatch[]) => void
  /** A new item id, at most 32 characters. */
  newId: () => string
  /** Unix ms. */
  now: () => number
}

/** One content part's share of what was heard. */
interface HeardPart {
  ms: number
  audioMs: number
  complete: boolean
}

/** An item that is shown. */
interface Line {
  entry: ConversationEntry
  /** Text by `content_index`. */
  parts: Map<number, string>
  heard: Map<number, HeardPart>
}

/**
 * The conversation that people see, made from the wire's events (behaviour.md §5–§6): placed by
 * `previous_item_id` of *added*, keyed by item and content index, user transcripts filled in
 * whenever they come, hidden server items not shown, out-of-band responses kept out (they add no
 * item), text of an answer that was cut left as it was at the cut.
 *
 * One event costs the same whatever the length of the conversation: places are sought from the end.
 */
export class Conversation {
  readonly #options: ConversationOptions
  readonly #lines = new Map<string, Line>()
  /** All items in order, hidden ones too, since later items name them as their predecessor. */
  readonly #order: string[] = []
  readonly #responseOfItem = new Map<string, string>()
  #transcribes = false
  #patches: ConversationPatch[] = []

  constructor(options: ConversationOptions) {
    this.#options = options
  }

  /** All entries in order. */
  get entries(): ConversationEntry[] {
    return this.#order.flatMap((id) => this.#lines.get(id)?.entry ?? [])
  }

  /** A typed turn, shown before any server has heard of it. @returns its item id */
  addTyped(text: string): string {
    const id = this.#options.newId()
    this.#insert(id, undefined, { ...this.#blank(id, 'user'), source: 'text', text, textState: 'final' })
    this.#emit()
    return id
  }

  /** The length of a spoken turn. */
  setTurnMs(itemId: string, audioMs: number): void {
    this.#change(itemId, { audioMs })
    this.#emit()
  }

  /** Some of a track has been played. @param cut the rest of it will never be heard */
  heard(track: TrackProgress, cut: boolean): void {
    const line = this.#lines.get(track.item_id)
    if (!line) return
    line.heard.set(track.content_index, {
      ms: framesToMs(track.framesPlayed),
      audioMs: framesToMs(track.framesReceived),
      complete: track.complete,
    })
    this.#updateHeard(line, cut)
    this.#emit()
  }

  /** The connection is gone: nothing that is unfinished will be finished. */
  sessionEnded(): void {
    for (const id of this.#order.slice(-UNFINISHED_WINDOW)) {
      const entry = this.#lines.get(id)?.entry
      if (!entry) continue
      if (entry.textState === 'pending' && entry.role === 'user') this.#change(id, { textState: 'none' })
      else if (entry.textState === 'pending' || entry.textState === 'partial') this.#change(id, { textState: 'final' })
      if (entry.response?.status === 'in_progress') {
        this.#change(id, { response: { status: 'cancelled', reason: 'connection_lost' } })
      }
    }
    this.#responseOfItem.clear()
    this.#emit()
  }

  /** Takes one event of the server. Events that change nothing that is shown are ignored. */
  apply(event: ServerEvent): void {
    switch (event.type) {
      case 'session.created':
      case 'session.updated':
        this.#transcribes = (event.session.audio?.input?.transcription ?? null) !== null
        break
      case 'input_audio_buffer.committed':
        this.#insert(event.item_id, event.previous_item_id, this.#spoken(event.item_id))
        break
      case 'conversation.item.added':
        this.#added(event.item, event.previous_item_id)
        break
      case 'conversation.item.done':
        this.#filled(event.item)
        break
      case 'conversation.item.deleted':
        this.#deleted(event.item_id)
        break
      case 'conversation.item.input_audio_transcription.delta':
        this.#append(event.item_id, event.content_index, event.delta)
        break
      case 'conversation.item.input_audio_transcription.completed':
        this.#change(event.item_id, {
          text: event.transcript.trim(),
          textState: event.transcript.trim() === '' ? 'empty' : 'final',
        })
        break
      case 'conversation.item.input_audio_transcription.failed':
        this.#change(event.item_id, { textState: 'failed' })
        break
      case 'response.output_item.added':
        this.#responseOfItem.set(event.item.id, event.response_id)
        break
      case 'response.content_part.added':
        if (event.part.type === 'output_audio') this.#speaks(event.item_id)
        break
      case 'response.output_text.delta':
      case 'response.output_audio_transcript.delta':
        this.#append(event.item_id, event.content_index, event.delta)
        break
      case 'response.output_text.done':
        this.#setPart(event.item_id, event.content_index, event.text)
        break
      case 'response.output_audio_transcript.done':
        this.#setPart(event.item_id, event.content_index, event.transcript)
        break
      case 'response.done':
        this.#responseDone(event.response)
        break
      default:
        break
    }
    this.#emit()
  }

  #added(item: ReceivedItem, previous: string | null | undefined): void {
    if (item.type !== 'message' || item.role === 'system') {
      this.#place(item.id, previous)
      return
    }
    if (item.role === 'user') {
      const typed = item.content.find((part) => part.type === 'input_text')
      const entry = typed
        ? { ...this.#blank(item.id, 'user'), source: 'text' as const, text: typed.text, textState: 'final' as const }
        : this.#spoken(item.id)
      this.#insert(item.id, previous, entry)
    } else {
      this.#insert(item.id, previous, {
        ...this.#blank(item.id, 'assistant'),
        source: 'text',
        response: { status: 'in_progress', reason: '' },
      })
    }
    this.#filled(item)
  }

  /** Text that an item already carries, as in `done` or when history is restored. */
  #filled(item: ReceivedItem): void {
    if (item.type !== 'message' || item.role === 'system') return
    item.content.forEach((part, index) => {
      if (part.type === 'output_text') this.#setPart(item.id, index, part.text)
      else if (part.type === 'output_audio' && part.transcript) {
        this.#speaks(item.id)
        this.#setPart(item.id, index, part.transcript)
      } else if (part.type === 'input_audio' && part.transcript) {
        this.#change(item.id, { text: part.transcript.trim(), textState: 'final' })
      }
    })
  }

  #deleted(id: string): void {
    const line = this.#lines.get(id)
    // An answer cut before a word of it was heard is deleted on the server, but the person saw it.
    if (!line || line.entry.heard?.cut) return
    this.#lines.delete(id)
    this.#order.splice(this.#order.lastIndexOf(id), 1)
    this.#patches.push({ op: 'remove', id })
  }

  #responseDone(response: RealtimeResponse): void {
    const outcome: ResponseOutcome = { status: response.status, reason: reasonOf(response) }
    for (const [itemId, responseId] of this.#responseOfItem) {
      if (responseId !== response.id) continue
      this.#responseOfItem.delete(itemId)
      const entry = this.#lines.get(itemId)?.entry
      if (!entry) continue
      // What a cancelled answer had still to say will not be heard, even where no sound of it had come yet.
      const unheard = response.status === 'cancelled' && entry.heard !== null && entry.heard.audioMs === 0
      this.#change(itemId, {
        response: outcome,
        textState: settled(entry.textState),
        ...(unheard && entry.heard ? { heard: { ...entry.heard, cut: true } } : {}),
      })
    }
  }

  #speaks(id: string): void {
    const line = this.#lines.get(id)
    if (line && line.entry.heard === null && line.entry.role === 'assistant') {
      this.#change(id, { source: 'voice', heard: { ms: 0, audioMs: 0, chars: 0, cut: false } })
    }
  }

  #append(id: string, contentIndex: number, delta: string): void {
    const line = this.#lines.get(id)
    if (!line || line.entry.heard?.cut || delta === '') return
    line.parts.set(contentIndex, (line.parts.get(contentIndex) ?? '') + delta)
    const text = line.entry.text === '' ? delta.trimStart() : delta
    if (text === '') return
    line.entry = { ...line.entry, text: line.entry.text + text, textState: 'partial' }
    this.#patches.push({ op: 'append', id, text })
  }

  #setPart(id: string, contentIndex: number, text: string): void {
    const line = this.#lines.get(id)
    if (!line || line.entry.heard?.cut) return
    line.parts.set(contentIndex, text)
    const whole = [...line.parts.entries()]
      .toSorted(([a], [b]) => a - b)
      .map(([, part]) => part)
      .join('')
      .trim()
    if (whole !== line.entry.text || line.entry.textState !== 'final') this.#change(id, { text: whole, textState: 'final' })
    if (line.heard.size > 0) this.#updateHeard(line, false)
  }

  #updateHeard(line: Line, cut: boolean): void {
    const parts = [...line.heard.values()]
    const ms = parts.reduce((sum, part) => sum + part.ms, 0)
    const audioMs = parts.reduce((sum, part) => sum + part.audioMs, 0)
    const complete = parts.every((part) => part.complete) && line.entry.textState === 'final'
    const before = line.entry.heard
    const chars = Math.max(before?.chars ?? 0, estimateHeardChars(line.entry.text, ms, audioMs, complete))
    const heard = { ms, audioMs, chars: Math.min(chars, line.entry.text.length), cut: cut || (before?.cut ?? false) }
    if (before?.ms === ms && before.audioMs === audioMs && before.chars === heard.chars && before.cut === heard.cut) return
    line.entry = { ...line.entry, heard, source: 'voice' }
    this.#patches.push({ op: 'heard', id: line.entry.id, heard })
  }

  #blank(id: string, role: 'user' | 'assistant'): ConversationEntry {
    return { id, role, source: 'voice', text: '', textState: 'pending', heard: null, response: null, at: this.#options.now(), audioMs: null }
  }

  #spoken(id: string): ConversationEntry {
    return { ...this.#blank(id, 'user'), textState: this.#transcribes ? 'pending' : 'none' }
  }

  /** Shows an item; one that is shown already keeps what is known of it. */
  #insert(id: string, previous: string | null | undefined, entry: ConversationEntry): void {
    if (this.#lines.has(id)) return
    const index = this.#place(id, previous)
    this.#lines.set(id, { entry, parts: new Map(), heard: new Map() })
    this.#patches.push({ op: 'put', index, entry })
  }

  /** Enters an id into the order. @returns the number of shown entries before it */
  #place(id: string, previous: string | null | undefined): number {
    let at = this.#order.length
    if (previous) {
      const found = this.#order.lastIndexOf(previous)
      if (found >= 0) at = found + 1
    }
    let shownAfter = 0
    for (let i = at; i < this.#order.length; i++) if (this.#lines.has(this.#order[i] ?? '')) shownAfter++
    this.#order.splice(at, 0, id)
    return this.#lines.size - shownAfter
  }

  #change(id: string, change: Partial<ConversationEntry>): void {
    const line = this.#lines.get(id)
    if (!line) return
    line.entry = { ...line.entry, ...change }
    this.#patches.push({ op: 'put', index: 0, entry: line.entry })
  }

  #emit(): void {
    if (this.#patches.length === 0) return
    const patches = this.#patches
    this.#patches = []
    this.#options.onPatches(patches)
  }
}

/** Items that can still be unfinished when a connection ends: a turn, its answer and what was typed meanwhile. */
const UNFINISHED_WINDOW = 50

function settled(state: TextState): TextState {
  return state === 'pending' || state === 'partial' ? 'final' : state
}

function reasonOf(response: RealtimeResponse): string {
  const details = response.status_details
  return details?.error?.code ?? details?.error?.type ?? details?.reason ?? ''
}
