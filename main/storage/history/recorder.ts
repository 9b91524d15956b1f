import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { applyPatch, type ConversationEntry, type ConversationPatch } from '../../../shared/conversation/model.ts'
import type { Disposable } from '../../../shared/disposable.ts'
import type { History } from './history.ts'
import { folderName, TurnAudio } from './turn-audio.ts'
import type { ConversationInfo, HistoryProblem, UsageRow } from './types.ts'

export interface HistoryRecorderOptions {
  history: Pick<History, 'record' | 'isDeleted' | 'onFresh'>
  /** Whether what is said is kept; {@link HistoryRecorder.setKeep} changes it. */
  keep: boolean
  /** Folder for the sound of turns, asked at the beginning of each; null: sound is not kept. */
  audioFolder: () => string | null
  /** With whom a conversation is held, asked when it begins. */
  context: () => Pick<ConversationInfo, 'endpoint' | 'model' | 'persona'>
  /** A new id for a conversation, never used before. */
  newId: () => string
  /** Unix ms. */
  now: () => number
  /** Called once when sound cannot be kept, until it can be again. */
  onProblem: (problem: HistoryProblem) => void
}

/** Most sound files that wait for their entries; a real session has one or two at a time. */
const MAX_EARLY = 20

/** What is known of one entry that is shown. */
interface Place {
  position: number
  entry: ConversationEntry
  audioFile: string | null
  /** Where it is kept; null: it is not. */
  conversation: string | null
}

/**
 * Turns the patches of the conversation into what the history keeps. It holds its own copy, changed
 * by each patch alone, so that a patch costs the same at any length of the conversation. An entry
 * belongs to the conversation in which it appeared; one that appeared while nothing was kept is
 * never kept.
 */
export class HistoryRecorder implements Disposable {
  readonly #options: HistoryRecorderOptions
  readonly #places = new Map<string, Place>()
  /** The same in order, so that positions are sorted. */
  #order: Place[] = []
  #keep: boolean
  /** Conversations whose entries are still shown. */
  readonly #conversations = new Map<string, ConversationInfo>()
  readonly #usage = new Map<string, UsageRow[]>()
  #current: string | null = null
  #latest: string | null = null
  /** The id of the conversation that begins next, where sound came first. */
  #reserved: string | null = null
  /** Names of sound files whose entries have not come yet. */
  readonly #early = new Map<string, string>()
  #audioTrouble = false
  readonly #subscription: Disposable

  constructor(options: HistoryRecorderOptions) {
    this.#options = options
    this.#keep = options.keep
    this.#subscription = options.history.onFresh(() => {
      this.#recordAgain()
    })
  }

  /** The conversation that is being recorded, null when none is. */
  get conversationId(): string | null {
    return this.#current
  }

  /** Takes the changes of one event, as `Conversation.onPatches` gives them. */
  patches(patches: readonly ConversationPatch[]): void {
    const changed = new Set<Place>()
    const removed = new Map<string, Place>()
    for (const patch of patches) {
      if (patch.op === 'clear') {
        this.#clear()
        changed.clear()
      } else if (patch.op === 'remove') {
        const place = this.#takeOut(patch.id)
        if (place === null) continue
        removed.set(patch.id, place)
        changed.delete(place)
      } else if (patch.op === 'put' && !this.#places.has(patch.entry.id)) {
        // What is taken out and put back in has only moved.
        const before = removed.get(patch.entry.id)
        removed.delete(patch.entry.id)
        changed.add(this.#insert(patch.index, patch.entry, before))
      } else {
        const place = this.#places.get(patch.op === 'put' ? patch.entry.id : patch.id)
        if (place === undefined) continue
        place.entry = patch.op === 'put' ? patch.entry : (applyPatch([place.entry], patch)[0] ?? place.entry)
        changed.add(place)
      }
    }
    for (const place of changed) this.#record(place)
    for (const [id, place] of removed) this.#recordRemoval(id, place)
  }

  /** What a response or a transcription used. Recorded again with the same id, it replaces the earlier. */
  usage(row: UsageRow): void {
    if (!this.#keep) return
    const conversation = this.#usable(this.#current) ?? this.#usable(this.#latest) ?? this.#begin(row.at)
    const rows = this.#usage.get(conversation) ?? []
    rows.push(row)
    this.#usage.set(conversation, rows)
    this.#options.history.record({ type: 'usage', conversation, row })
  }

  /** What is known by now of the conversation that is being recorded, e.g. the model that answers. */
  describe(change: Partial<Pick<ConversationInfo, 'endpoint' | 'model' | 'persona'>>): void {
    this.#update(change)
  }

  /** The conversation is over: what appears from now on belongs to the next one. */
  end(): void {
    this.#update({ ended: this.#options.now() })
    this.#current = null
    this.#reserved = null
  }

  /** Keeps what is said, or from now on nothing of it: not even what would complete an entry that is kept. */
  setKeep(keep: boolean): void {
    if (keep === this.#keep) return
    if (!keep) {
      this.end()
      for (const place of this.#order) place.conversation = null
      this.#conversations.clear()
      this.#usage.clear()
      this.#early.clear()
      this.#latest = null
    }
    this.#keep = keep
  }

  /**
   * A turn begins whose sound is to be kept. The caller writes to it, names the item when it is
   * known, and ends or discards it.
   *
   * @param itemId the item where it is known already
   * @returns null when sound is not kept
   */
  beginAudio(itemId: string | null): TurnAudio | null {
    const folder = this.#keep ? this.#options.audioFolder() : null
    if (folder === null) return null
    const conversation = this.#usable(this.#current) ?? (this.#reserved ??= this.#options.newId())
    return new TurnAudio({
      folder: join(folder, folderName(conversation)),
      itemId,
      onNamed: (id, file) => {
        this.#audioTrouble = false
        this.#named(id, file, conversation)
      },
      onProblem: (reason) => {
        if (this.#audioTrouble) return
        this.#audioTrouble = true
        this.#options.onProblem({ code: 'history_unwritable', detail: { reason, what: 'audio' }, actions: ['dismiss'] })
      },
    })
  }

  dispose(): void {
    this.end()
    this.#subscription.dispose()
  }

  // ── the copy ──────────────────────────────────────────────────────────────────────────────

  #insert(index: number, entry: ConversationEntry, before: Place | undefined): Place {
    const at = Math.min(Math.max(0, index), this.#order.length)
    const conversation = before === undefined ? this.#conversationFor(entry) : before.conversation
    const audioFile = before?.audioFile ?? this.#early.get(entry.id) ?? null
    this.#early.delete(entry.id)
    const place: Place = { position: 0, entry, audioFile, conversation }
    const previous = this.#order[at - 1]?.position
    const next = this.#order[at]?.position
    this.#order.splice(at, 0, place)
    this.#places.set(entry.id, place)
    const position = between(previous, next)
    if (position === null) this.#renumber()
    else place.position = position
    return place
  }

  /** After some fifty entries in the same gap no number is left between two neighbours. */
  #renumber(): void {
    for (const [index, place] of this.#order.entries()) {
      place.position = index + 1
      this.#record(place)
    }
  }

  #takeOut(id: string): Place | null {
    const place = this.#places.get(id)
    if (place === undefined) return null
    this.#places.delete(id)
    let low = 0
    let high = this.#order.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#order[middle]?.position ?? Infinity) < place.position) low = middle + 1
      else high = middle
    }
    this.#order.splice(low, 1)
    return place
  }

  #clear(): void {
    this.end()
    this.#places.clear()
    this.#order = []
    this.#conversations.clear()
    this.#usage.clear()
  }

  // ── what is kept ──────────────────────────────────────────────────────────────────────────

  #conversationFor(entry: ConversationEntry): string | null {
    if (!this.#keep) return null
    return this.#usable(this.#current) ?? this.#begin(entry.at)
  }

  /** A conversation that the person has deleted is not continued. */
  #usable(conversation: string | null): string | null {
    return conversation === null || this.#options.history.isDeleted(conversation) ? null : conversation
  }

  #begin(at: number): string {
    const { history, context, newId } = this.#options
    const id = this.#usable(this.#reserved) ?? newId()
    const info: ConversationInfo = { ...context(), id, started: at, ended: null }
    this.#reserved = null
    this.#current = this.#latest = id
    this.#conversations.set(id, info)
    history.record({ type: 'conversation', conversation: info })
    return id
  }

  #update(change: Partial<ConversationInfo>): void {
    const info = this.#current === null ? undefined : this.#conversations.get(this.#current)
    if (info === undefined) return
    const updated = { ...info, ...change }
    this.#conversations.set(info.id, updated)
    this.#options.history.record({ type: 'conversation', conversation: updated })
  }

  #record({ conversation, position, entry, audioFile }: Place): void {
    if (conversation !== null) this.#options.history.record({ type: 'entry', conversation, position, entry, audioFile })
  }

  #recordRemoval(id: string, { conversation, audioFile }: Place): void {
    if (conversation === null) return
    this.#options.history.record({ type: 'remove', conversation, id })
    const folder = audioFile === null ? null : this.#options.audioFolder()
    if (folder === null || audioFile === null) return
    rm(join(folder, folderName(conversation), audioFile), { force: true }).catch(() => undefined) // goes with its conversation
  }

  #named(itemId: string, file: string, conversation: string): void {
    const place = this.#places.get(itemId)
    if (place === undefined) {
      const oldest = this.#early.keys().next()
      if (this.#early.size >= MAX_EARLY && oldest.done !== true) this.#early.delete(oldest.value)
      if (this.#keep) this.#early.set(itemId, file)
    } else if (place.conversation === conversation) {
      place.audioFile = file
      this.#record(place)
    }
  }

  #recordAgain(): void {
    const { history } = this.#options
    for (const conversation of this.#conversations.values()) history.record({ type: 'conversation', conversation })
    for (const place of this.#order) this.#record(place)
    for (const [conversation, rows] of this.#usage) for (const row of rows) history.record({ type: 'usage', conversation, row })
  }
}

/** A number between two, either of which may be absent; null when there is none. */
function between(previous: number | undefined, next: number | undefined): number | null {
  if (next === undefined) return Math.floor(previous ?? 0) + 1
  if (previous === undefined) return Math.ceil(next) - 1
  const middle = previous + (next - previous) / 2
  return previous < middle && middle < next ? middle : null
}
