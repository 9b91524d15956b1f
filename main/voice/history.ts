import type { ConversationEntry } from '../../shared/conversation/model.ts'
import type { HistoryItem } from './engine.ts'

/** Most of the conversation that a new session is told, in tokens of about four characters (behaviour.md §9: newest first). */
const BUDGET_TOKENS = 6000
const CHARS_PER_TOKEN = 4

/**
 * What a new session is told of the conversation so far: the newest messages that fit, the
 * person's words as transcribed, and of every spoken answer only what was heard.
 */
export function historyOf(entries: readonly ConversationEntry[], budgetTokens = BUDGET_TOKENS): HistoryItem[] {
  const items: HistoryItem[] = []
  let left = budgetTokens * CHARS_PER_TOKEN
  for (const entry of entries.toReversed()) {
    const item = restorable(entry)
    if (!item) continue
    left -= item.text.length
    if (left < 0) break
    items.push(item)
  }
  return items.reverse()
}

function restorable(entry: ConversationEntry): HistoryItem | null {
  const heard = entry.role === 'assistant' && entry.heard ? entry.text.slice(0, entry.heard.chars) : entry.text
  const text = heard.trim()
  // Servers refuse an empty message (https://github.com/livekit/agents/issues/5952).
  return text === '' ? null : { id: entry.id, role: entry.role, text }
}
