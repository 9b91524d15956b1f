import type { ConversationEntry } from '../../shared/conversation/model.ts'
import type { HistoryCall, HistoryItem, HistoryMessage } from './engine.ts'

/** Most of the conversation that a new session is told word by word, in tokens of about four characters (behaviour.md §9: newest first). */
export const BUDGET_TOKENS = 6000
const CHARS_PER_TOKEN = 4

/** A conversation as a new session is told of it. */
export interface ToldHistory {
  /** The newest messages and calls that fit, oldest first. */
  items: HistoryItem[]
  /** What is older and does not fit, oldest first. */
  older: HistoryItem[]
}

/**
 * What a new session is told of the conversation so far: the newest that fits, the person's words
 * as transcribed, of every spoken answer only what was heard, and of functions complete pairs of
 * call and output.
 */
export function historyOf(entries: readonly ConversationEntry[], budgetTokens = BUDGET_TOKENS): ToldHistory {
  const all = itemsOf(entries)
  let left = budgetTokens * CHARS_PER_TOKEN
  let from = all.length
  for (; from > 0; from--) {
    const item = all[from - 1]
    left -= item ? lengthOf(item) : 0
    if (left < 0) break
  }
  return { items: all.slice(from), older: all.slice(0, from) }
}

/** What can be told of the conversation, oldest first. */
export function itemsOf(entries: readonly ConversationEntry[]): HistoryItem[] {
  return entries.flatMap((entry) => restorable(entry) ?? [])
}

/** An item as a line of a transcript. */
export function lineOf(item: HistoryItem): string {
  if (!('role' in item)) return `[The assistant used ${item.name}(${item.arguments}) and was told: ${item.output}]`
  const who = { user: 'Person', assistant: 'Assistant', system: 'Before that' }[item.role]
  return `${who}: ${item.text}`
}

function lengthOf(item: HistoryItem): number {
  return 'role' in item ? item.text.length : item.name.length + item.arguments.length + item.output.length
}

function restorable(entry: ConversationEntry): HistoryItem | null {
  if (entry.kind === 'tool_call') return completePair(entry)
  return entry.kind === 'message' ? saidAndHeard(entry) : null
}

/** A call without its output would be waited for, or made up for, by the model. */
function completePair({ id, call }: Extract<ConversationEntry, { kind: 'tool_call' }>): HistoryCall | null {
  if (call.origin !== 'function' || call.callId === '' || call.output === null) return null
  return { id, call_id: call.callId, name: call.name, arguments: call.arguments, output: call.output }
}

function saidAndHeard(entry: ConversationEntry): HistoryMessage | null {
  const heard = entry.role === 'assistant' && entry.heard ? entry.text.slice(0, entry.heard.chars) : entry.text
  const text = heard.trim()
  // Servers refuse an empty message (https://github.com/livekit/agents/issues/5952).
  return text === '' ? null : { id: entry.id, role: entry.role, text }
}
