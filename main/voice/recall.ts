import type { ConversationEntry } from '../../shared/conversation/model.ts'
import type { HistoryItem, VoiceEngine } from './engine.ts'
import { BUDGET_TOKENS, historyOf, itemsOf, lineOf } from './history.ts'

/** Longest wait for a summary before a renewal goes ahead without one, ms. */
const SUMMARY_TIMEOUT_MS = 20_000
/** Most that a summary is made of, characters, newest first; what is older is in the summary before it. */
const MAX_SOURCE_CHARS = 60_000
/** Longest summary that is kept, characters. */
const MAX_SUMMARY_CHARS = 4000
/** Id of the item that carries the summary in every session. */
const SUMMARY_ID = 'parley_summary'

export interface RecallOptions {
  entries: () => readonly ConversationEntry[]
  /** Whether an answer still sounds or is about to, although its session is gone. */
  sounding: (itemId: string) => boolean
  /** Whether a turn is still to be sent, whatever becomes of the session. */
  toBeSent: (itemId: string) => boolean
  /** Whether nothing that costs may be asked for now. */
  capped: () => boolean
  /** ms of a clock that only goes forward. */
  now: () => number
  /** What is told word by word, tokens. */
  budgetTokens?: number
}

/**
 * What is remembered of a conversation from one session to the next (behaviour.md §9): its newest
 * part word by word and, once it is longer than that, a summary of the rest, made by the model
 * itself shortly before a renewal. It costs at most one short answer for each renewal; where there
 * is none, the last one is told, or nothing. What is still to be heard of an answer whose session
 * is gone is told with all that stands behind it once it has been heard, or was cut.
 */
export class Recall {
  readonly #options: RecallOptions
  #summary: string | null = null
  /** Last item that the summary knows. */
  #summarisedTo: string | null = null
  /** Items that the present session was not told of yet. */
  #untold: readonly string[] = []
  #request: { engine: VoiceEngine; at: number; to: string; done: boolean } | null = null

  constructor(options: RecallOptions) {
    this.#options = options
  }

  /** What a new session is told at its beginning; {@link takeRest} for the rest. */
  begin(): HistoryItem[] {
    const entries = this.#known()
    const from = entries.findIndex((entry) => this.#options.sounding(entry.id))
    this.#untold = from < 0 ? [] : entries.slice(from).map((entry) => entry.id)
    const { items } = this.#told(from < 0 ? entries : entries.slice(0, from))
    return this.#summary === null ? items : [this.#summaryItem(this.#summary), ...items]
  }

  /** What the present session is to be told now, since nothing of it sounds any more; each item once. */
  takeRest(): HistoryItem[] {
    if (this.#untold.length === 0 || this.#untold.some((id) => this.#options.sounding(id))) return []
    const ids = new Set(this.#untold)
    this.#untold = []
    return itemsOf(this.#options.entries().filter((entry) => ids.has(entry.id)))
  }

  /**
   * A renewal is due: asks the running session for a summary where one is wanting.
   * @returns true: it may go ahead
   */
  ready(engine: VoiceEngine): boolean {
    const request = this.#request
    if (request?.engine === engine) return request.done || this.#options.now() - request.at >= SUMMARY_TIMEOUT_MS
    const { older } = this.#told(this.#known())
    const to = older.at(-1)?.id
    if (to === undefined || to === this.#summarisedTo || this.#options.capped()) return true
    this.#request = { engine, at: this.#options.now(), to, done: false }
    engine.summarise(this.#source(older))
    return false
  }

  /** The summary that was asked for, or null when there is none. */
  summarised(text: string | null): void {
    const request = this.#request
    if (!request || request.done) return
    request.done = true
    if (text === null) return
    this.#summary = text.slice(0, MAX_SUMMARY_CHARS)
    this.#summarisedTo = request.to
  }

  /** Another conversation begins. */
  forget(): void {
    this.#summary = null
    this.#summarisedTo = null
    this.#request = null
    this.#untold = []
  }

  #known(): readonly ConversationEntry[] {
    return this.#options.entries().filter((entry) => !this.#options.toBeSent(entry.id))
  }

  #told(entries: readonly ConversationEntry[]): ReturnType<typeof historyOf> {
    return historyOf(entries, this.#options.budgetTokens ?? BUDGET_TOKENS)
  }

  #summaryItem(text: string): HistoryItem {
    return { id: SUMMARY_ID, role: 'system', text: `Summary of the earlier part of this conversation: ${text}` }
  }

  /** What is not in the last summary yet, behind that summary. */
  #source(older: readonly HistoryItem[]): string {
    const known = older.findLastIndex((item) => item.id === this.#summarisedTo)
    const lines = older.slice(known + 1).map(lineOf)
    let left = MAX_SOURCE_CHARS
    const newest = lines.toReversed().filter((line) => (left -= line.length) >= 0)
    if (this.#summary !== null) newest.push(`Before that: ${this.#summary}`)
    return newest.reverse().join('\n')
  }
}
