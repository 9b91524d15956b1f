import type { ConversationEntry } from '../../../shared/conversation/model.ts'
import type { FailureAction } from '../../../shared/failure.ts'
import type { ResponseUsage, TranscriptionUsage } from '../../../shared/realtime/response.ts'

/** One conversation as it is kept. Times are Unix ms. */
export interface ConversationInfo {
  /** Made by Parley, unique for ever. */
  id: string
  started: number
  /** null while it lasts. Where Parley was killed: when something was recorded last. */
  ended: number | null
  /** Kind of server, `openai`, `azure`, `compatible` or `practice`. */
  endpoint: string
  /** As the server calls it; empty when unknown. */
  model: string
  persona: string | null
}

/** A line of the list of conversations. */
export interface ConversationSummary extends ConversationInfo {
  entries: number
  /** Beginning of the first words of the person, or else of anybody, at most 120 characters; empty when there are none. */
  title: string
}

/** Tokens (or seconds) of one response or transcription. */
export interface UsageRow {
  kind: 'response' | 'transcription'
  /** The response's id, or the id of the item that was transcribed. */
  id: string
  model: string
  /** By kind, as the server reported it. */
  usage: ResponseUsage | TranscriptionUsage
  /** Unix ms. */
  at: number
}

/** An entry as it is kept. */
export interface HistoryEntry {
  entry: ConversationEntry
  /** Name of its sound file in the conversation's folder, null when there is none. */
  audioFile: string | null
}

/** An entry that contains what was looked for. */
export interface SearchHit {
  conversation: string
  /** When that conversation began, Unix ms. */
  started: number
  id: string
  role: 'user' | 'assistant'
  /** Unix ms. */
  at: number
  /** The words around the first finding, shortened with `…`. */
  excerpt: string
  /** Where in `excerpt` the findings are: start (included) and end (excluded), UTF-16 units. */
  marks: [number, number][]
}

export interface HistoryStats {
  conversations: number
  entries: number
  /** Size of the database with its log, bytes. */
  bytes: number
  /** When the oldest conversation began, Unix ms; null when there is none. */
  oldest: number | null
}

/**
 * One change to what is kept. Each can be made twice with the same result, and of two changes with
 * the same {@link keyOf} only the later one counts.
 */
export type HistoryChange =
  | { type: 'conversation'; conversation: ConversationInfo }
  /** `position` orders the entries of a conversation. Ignored when the conversation is not kept. */
  | { type: 'entry'; conversation: string; position: number; entry: ConversationEntry; audioFile: string | null }
  | { type: 'remove'; conversation: string; id: string }
  | { type: 'usage'; conversation: string; row: UsageRow }

/** What a change is about. */
export function keyOf(change: HistoryChange): string {
  switch (change.type) {
    case 'conversation':
      return `c ${change.conversation.id}`
    case 'entry':
      return `e ${change.conversation} ${change.entry.id}`
    case 'remove':
      return `e ${change.conversation} ${change.id}`
    case 'usage':
      return `u ${change.conversation} ${change.row.kind} ${change.row.id}`
  }
}

/** The conversation that a change belongs to. */
export function conversationOf(change: HistoryChange): string {
  return change.type === 'conversation' ? change.conversation.id : change.conversation
}

/** Why a file was set aside: it cannot be read, or a newer Parley wrote it. */
export type SetAsideReason = 'damaged' | 'newer'
/** Why nothing can be written: no space, no permission, the medium failed, or Parley's own part that writes. */
export type UnwritableReason = 'full' | 'denied' | 'failed' | 'crashed'

/** What `History.open` found. */
export type HistoryOpened =
  /** There is no history yet. The file is made with the first thing that is recorded. */
  | { state: 'new' }
  | { state: 'open' }
  /** What was there is kept as `file` (path); an empty history takes its place. */
  | { state: 'set_aside'; file: string; reason: SetAsideReason }
  /** It cannot be opened now; this is tried again whenever something is recorded. */
  | { state: 'unavailable'; reason: UnwritableReason }

/** What can go wrong with the history, in the shape of a `Failure`. Said once each time it begins. */
export interface HistoryProblem {
  /** `history_unwritable` has detail `reason`: {@link UnwritableReason}; `history_set_aside`: `reason`: {@link SetAsideReason}, `file`: its name. */
  code: 'history_unwritable' | 'history_set_aside'
  detail: Record<string, string | number>
  actions: FailureAction[]
}

/** The history was asked something and cannot answer. */
export class HistoryError extends Error {
  readonly reason: UnwritableReason
  constructor(reason: UnwritableReason) {
    super(`The history cannot be read (${reason}).`)
    this.name = 'HistoryError'
    this.reason = reason
  }
}

/** Where one page of conversations ended. */
export type ConversationCursor = Pick<ConversationInfo, 'started' | 'id'>

/** What the worker can be asked, and what it answers. */
export interface HistoryCalls {
  /** Nothing is opened: the thread is there. */
  start: { ask: object; answer: null }
  open: { ask: object; answer: null }
  /** `at`: Unix ms. Answers how many changes the database refused for good. */
  write: { ask: { changes: HistoryChange[]; at: number }; answer: number }
  conversations: { ask: { limit: number; before: ConversationCursor | null }; answer: ConversationSummary[] }
  entries: { ask: { conversation: string; limit: number; offset: number }; answer: HistoryEntry[] }
  search: { ask: { text: string; limit: number }; answer: SearchHit[] }
  usageSince: { ask: { at: number }; answer: UsageRow[] }
  export: { ask: { conversation: string }; answer: string | null }
  stats: { ask: object; answer: HistoryStats }
  deleteConversation: { ask: { conversation: string }; answer: null }
  deleteAll: { ask: object; answer: null }
  close: { ask: object; answer: null }
}
export type HistoryCall = keyof HistoryCalls

/** One question on its way to the worker. */
export type HistoryRequest = { [Call in HistoryCall]: { number: number; call: Call; ask: HistoryCalls[Call]['ask'] } }[HistoryCall]

export type HistoryReply<Call extends HistoryCall> =
  | { ok: true; answer: HistoryCalls[Call]['answer'] }
  /** `fresh`: the file was set aside just now; asked again, an empty history answers. */
  | { ok: false; reason: UnwritableReason | 'fresh'; code: string }

/** What the worker says: an answer, or something that it noticed. */
export type HistoryMessage =
  | { type: 'reply'; number: number; reply: HistoryReply<HistoryCall> }
  | { type: 'set_aside'; file: string; reason: SetAsideReason }

/** What the worker is started with. */
export interface HistoryWorkerData {
  /** Path of the database. */
  file: string
  /** Nothing of an earlier run is going on any more: conversations without an end are given one. */
  firstStart: boolean
}
