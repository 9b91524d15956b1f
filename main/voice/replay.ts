import type { ClientEvent } from '../../shared/realtime/client-events.ts'
import type { ConversationItem } from '../../shared/realtime/items.ts'
import type { HistoryItem } from './engine.ts'

export interface ReplayOptions {
  /** Sends one event; the session is not open yet. */
  send: (event: ClientEvent) => void
  /** The server has taken all of it, or there was nothing to tell. */
  onDone: () => void
}

/**
 * Tells a new session what was said so far (behaviour.md §9). Items keep the ids they had; what the
 * server says of them is not for the conversation, which shows them already.
 */
export class Replay {
  readonly #options: ReplayOptions
  readonly #ids = new Set<string>()
  /** The last item, which the server has not confirmed yet. */
  #awaited: string | null = null
  #told = 0

  constructor(options: ReplayOptions) {
    this.#options = options
  }

  /** Items were sent and the server has not taken the last of them yet. */
  get running(): boolean {
    return this.#awaited !== null
  }

  /** Sends the history and waits until the server has taken the last of it. */
  start(history: readonly HistoryItem[]): void {
    const items = history.flatMap((item) => itemsOf(item, this.#told++))
    const last = items.at(-1)
    if (!last) {
      this.#options.onDone()
      return
    }
    this.#awaited = last.id
    this.#tell(items)
  }

  /** Tells one thing more, in mid-session. */
  add(item: HistoryItem): void {
    this.#tell(itemsOf(item, this.#told++))
  }

  /** Whether an item is one that this session was told of. Such items are text: they are never truncated. */
  has(itemId: string): boolean {
    return this.#ids.has(itemId)
  }

  /** The server has taken an item. */
  added(itemId: string): void {
    if (this.#awaited === itemId) this.#done()
  }

  /** The server refused something meanwhile: one message that it will not take must not cost the whole conversation. */
  refused(): void {
    this.#done()
  }

  #tell(items: readonly (ConversationItem & { id: string })[]): void {
    for (const item of items) {
      this.#ids.add(item.id)
      this.#options.send({ type: 'conversation.item.create', item })
    }
  }

  #done(): void {
    this.#awaited = null
    this.#options.onDone()
  }
}

/** What a server is sent of one item. An answer is text: its sound cannot be given back (https://github.com/openai/openai-agents-js, 2918ec0). */
function itemsOf(item: HistoryItem, n: number): (ConversationItem & { id: string })[] {
  if (!('role' in item)) {
    const { id, call_id, name, output } = item
    return [
      { id, type: 'function_call', call_id, name, arguments: item.arguments },
      { id: `parley_output_${String(n)}`, type: 'function_call_output', call_id, output },
    ]
  }
  const { id, role, text } = item
  if (role === 'assistant') return [{ id, type: 'message', role, content: [{ type: 'output_text', text }] }]
  return [{ id, type: 'message', role, content: [{ type: 'input_text', text }] }]
}
