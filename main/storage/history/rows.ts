import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { ConversationEntry, EntryBase, EntryImage, TextState, ToolCall, ToolListEntry } from '../../../shared/conversation/model.ts'
import type { ConversationInfo, ConversationSummary, HistoryChange, HistoryEntry, SearchHit, UsageRow } from './types.ts'

/**
 * Rows and what they stand for. The casts from text to the model's unions are safe: only
 * {@link entryParameters} writes those columns, and a file that others wrote is not opened.
 */
export type Row = Record<string, SQLOutputValue>
type Parameters = Record<string, SQLInputValue>

export function conversationParameters(info: ConversationInfo, changed: number): Parameters {
  const { id, started, ended, endpoint, model, persona } = info
  return { id, started, ended, changed, endpoint, model, persona }
}

export function entryParameters(change: HistoryChange & { type: 'entry' }): Parameters {
  const { entry } = change
  const { heard, response } = entry
  return {
    conversation: change.conversation,
    id: entry.id,
    position: change.position,
    kind: entry.kind,
    role: entry.role,
    source: entry.source,
    text: entry.text,
    text_state: entry.textState,
    heard_ms: heard?.ms ?? null,
    heard_audio_ms: heard?.audioMs ?? null,
    heard_chars: heard?.chars ?? null,
    heard_cut: heard === null ? null : Number(heard.cut),
    response_status: response?.status ?? null,
    response_reason: response?.reason ?? null,
    at: entry.at,
    audio_ms: entry.audioMs,
    audio_file: change.audioFile,
    detail: detailOf(entry),
  }
}

function detailOf(entry: ConversationEntry): string | null {
  switch (entry.kind) {
    case 'message':
      return entry.images === undefined ? null : JSON.stringify({ images: entry.images })
    case 'tool_call':
      return JSON.stringify({ call: entry.call })
    case 'tool_list':
      return JSON.stringify({ server: entry.server, state: entry.state, tools: entry.tools })
  }
}

export function usageParameters({ conversation, row }: HistoryChange & { type: 'usage' }): Parameters {
  return { conversation, kind: row.kind, id: row.id, model: row.model, usage: JSON.stringify(row.usage), at: row.at }
}

const text = (value: SQLOutputValue | undefined): string => (typeof value === 'string' ? value : '')
const textOrNull = (value: SQLOutputValue | undefined): string | null => (typeof value === 'string' ? value : null)
const number = (value: SQLOutputValue | undefined): number => (typeof value === 'number' ? value : 0)
const numberOrNull = (value: SQLOutputValue | undefined): number | null => (typeof value === 'number' ? value : null)

export function summaryOf(row: Row): ConversationSummary {
  return {
    id: text(row['id']),
    started: number(row['started']),
    ended: numberOrNull(row['ended']),
    endpoint: text(row['endpoint']),
    model: text(row['model']),
    persona: textOrNull(row['persona']),
    entries: number(row['entries']),
    title: text(row['title']),
  }
}

export function entryOf(row: Row): HistoryEntry {
  const heardMs = numberOrNull(row['heard_ms'])
  const status = textOrNull(row['response_status'])
  const base: EntryBase = {
    id: text(row['id']),
    role: text(row['role']) as EntryBase['role'],
    source: text(row['source']) as EntryBase['source'],
    text: text(row['text']),
    textState: text(row['text_state']) as TextState,
    heard:
      heardMs === null
        ? null
        : { ms: heardMs, audioMs: number(row['heard_audio_ms']), chars: number(row['heard_chars']), cut: row['heard_cut'] === 1 },
    response: status === null ? null : { status: status as NonNullable<EntryBase['response']>['status'], reason: text(row['response_reason']) },
    at: number(row['at']),
    audioMs: numberOrNull(row['audio_ms']),
  }
  const json = textOrNull(row['detail'])
  return { entry: withDetail(base, text(row['kind']), json === null ? {} : JSON.parse(json)), audioFile: textOrNull(row['audio_file']) }
}

function withDetail(base: EntryBase, kind: string, detail: unknown): ConversationEntry {
  if (kind === 'tool_call') return { ...base, kind, role: 'assistant', ...(detail as { call: ToolCall }) }
  if (kind === 'tool_list') {
    return { ...base, kind, role: 'assistant', ...(detail as Pick<ToolListEntry, 'server' | 'state' | 'tools'>) }
  }
  return { ...base, kind: 'message', ...(detail as { images?: EntryImage[] }) }
}

export function usageOf(row: Row): UsageRow {
  return {
    kind: text(row['kind']) as UsageRow['kind'],
    id: text(row['id']),
    model: text(row['model']),
    usage: JSON.parse(text(row['usage'])) as UsageRow['usage'],
    at: number(row['at']),
  }
}

/** @param row its excerpt has `\u0002` before and `\u0003` behind each finding */
export function hitOf(row: Row): SearchHit {
  let excerpt = ''
  const marks: [number, number][] = []
  for (const [at, piece] of text(row['excerpt']).split('\u0002').entries()) {
    const end = at === 0 ? -1 : piece.indexOf('\u0003')
    if (end >= 0) marks.push([excerpt.length, excerpt.length + end])
    excerpt += piece.replaceAll('\u0003', '')
  }
  return {
    conversation: text(row['conversation']),
    started: number(row['started']),
    id: text(row['id']),
    role: text(row['role']) as SearchHit['role'],
    at: number(row['at']),
    excerpt,
    marks,
  }
}

/**
 * What a person typed as a query of the index: every word has to occur, each may go on. Everything
 * is quoted, so that no character is an operator. null: no word is in it.
 */
export function queryOf(typed: string): string | null {
  const words = typed.match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu) ?? []
  return words.length === 0 ? null : words.map((word) => `"${word}"*`).join(' ')
}

/** Written without spaces between the words: Chinese, Japanese, Thai, Lao, Khmer, Burmese. */
export function hasNoSpaces(typed: string): boolean {
  return /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u.test(typed)
}
