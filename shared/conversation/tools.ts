import type { FunctionCallItem, McpApprovalRequestItem, McpCallItem, McpListToolsItem, ReceivedItem } from '../realtime/items.ts'
import { blankEntry, type Item } from './item.ts'
import type { Ledger } from './ledger.ts'
import { MAX_OUTPUT, MAX_TEXT, type EntryBase, type ToolCall, type ToolCallEntry, type ToolCallState, type ToolListEntry } from './model.ts'

/** Items that are calls of tools, or questions whether one may be made. */
type CallItem = (FunctionCallItem | McpCallItem | McpApprovalRequestItem) & { id: string }
type ListItem = McpListToolsItem & { id: string }

function isCall(item: ReceivedItem): item is CallItem {
  return item.type === 'function_call' || item.type === 'mcp_call' || item.type === 'mcp_approval_request'
}

/** The calls of functions and of MCP servers' tools in a conversation (behaviour.md §7–§8). */
export class Tools {
  readonly #ledger: Ledger
  /** Item of each call id. */
  readonly #calls = new Map<string, string>()

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /** Shows an item that is about tools; any other is left alone. @param at Unix ms */
  show(item: Item, received: ReceivedItem, at: number): void {
    const base = blankEntry(received.id, 'assistant', at)
    if (received.type === 'mcp_list_tools') this.#ledger.show(item, listEntry(received, null, base))
    if (!isCall(received)) return
    const entry = callEntry(received, null, base)
    if (entry.call.callId !== '') this.#calls.set(entry.call.callId, received.id)
    // The call takes the place of the question whether it may be made.
    const question = received.type === 'mcp_call' ? this.#ledger.get(received.approval_request_id ?? '') : undefined
    if (question) this.#ledger.remove(question)
    this.#ledger.show(item, entry)
  }

  /** Takes what a received item says of a tool. */
  fill(item: Item, received: ReceivedItem): void {
    const { entry } = item
    if (received.type === 'function_call_output') this.#answered(item, received.call_id, received.output)
    else if (received.type === 'mcp_approval_response') {
      this.advance(this.#ledger.get(received.approval_request_id), received.approve ? 'running' : 'refused')
    } else if (isCall(received) && entry?.kind === 'tool_call') this.#call(item, callEntry(received, entry, entry).call)
    else if (received.type === 'mcp_list_tools' && entry?.kind === 'tool_list') {
      const now = listEntry(received, entry, entry)
      if (now.state !== entry.state || now.tools.length !== entry.tools.length) this.#ledger.replace(item, now)
    }
  }

  appendArguments(item: Item | undefined, delta: string): void {
    const entry = item?.entry
    if (!item || entry?.kind !== 'tool_call' || entry.call.state !== 'writing') return
    const text = delta.slice(0, Math.max(0, MAX_TEXT - entry.call.arguments.length))
    if (text !== '') this.#ledger.appendArguments(item, entry, text)
  }

  /** @param state what the call becomes, null: what it is */
  setArguments(item: Item | undefined, whole: string, state: ToolCallState | null): void {
    if (item?.entry?.kind !== 'tool_call') return
    const { call } = item.entry
    this.#call(item, advance({ ...call, arguments: whole.slice(0, MAX_TEXT) }, state ?? call.state))
  }

  advance(item: Item | undefined, state: ToolCallState): void {
    if (item?.entry?.kind === 'tool_call') this.#call(item, advance(item.entry.call, state))
  }

  /** How a function that Parley runs itself is coming on. */
  run(callId: string, state: ToolCallState, object: string): void {
    const item = this.#ledger.get(this.#calls.get(callId) ?? '')
    if (item?.entry?.kind !== 'tool_call') return
    const call = { ...item.entry.call, object: object.slice(0, MAX_OBJECT) }
    this.#call(item, ENDED.has(call.state) ? call : { ...call, state })
  }

  /** Asking for a list of tools came to its end. */
  listed(item: Item, state: 'done' | 'failed'): void {
    if (item.entry?.kind !== 'tool_list' || item.entry.state === state) return
    this.#ledger.replace(item, { ...item.entry, state })
    this.#ledger.finish(item)
  }

  #answered(item: Item, callId: string, output: string): void {
    item.note = output.slice(0, MAX_TEXT)
    const caller = this.#ledger.get(this.#calls.get(callId) ?? '')
    if (caller?.entry?.kind !== 'tool_call') return
    this.#call(caller, { ...advance(caller.entry.call, 'done'), output: output.slice(0, MAX_OUTPUT) })
  }

  #call(item: Item, call: ToolCall): void {
    if (item.entry?.kind !== 'tool_call' || isSame(item.entry.call, call)) return
    this.#ledger.replace(item, { ...item.entry, call })
    if (ENDED.has(call.state)) this.#ledger.finish(item)
  }
}

/** Longest object of a call that is shown, UTF-16 units. */
const MAX_OBJECT = 300

const ENDED: ReadonlySet<ToolCallState> = new Set(['done', 'failed', 'refused'])

/** Brings a call to a later state; what has ended stays ended, and nothing goes back to writing. */
function advance(call: ToolCall, state: ToolCallState): ToolCall {
  if (ENDED.has(call.state) || call.state === state || state === 'writing') return call
  if (call.state === 'interrupted' && !ENDED.has(state)) return call
  // The server says that the call is whole; whether the person has allowed it only Parley knows.
  if (call.state === 'asking' && state === 'running' && call.origin === 'function') return call
  return { ...call, state }
}

function isSame(a: ToolCall, b: ToolCall): boolean {
  return a.state === b.state && a.object === b.object && a.arguments === b.arguments && a.output === b.output && a.error === b.error
}

/** The entry of a call as its item says it, and what is known of it already. */
function callEntry(item: CallItem, before: ToolCallEntry | null, base: EntryBase): ToolCallEntry {
  const call: ToolCall = before?.call ?? {
    origin: item.type === 'function_call' ? 'function' : 'mcp',
    name: item.name,
    server: item.type === 'function_call' ? '' : item.server_label,
    callId: item.type === 'function_call' ? (item.call_id ?? '') : '',
    object: '',
    arguments: '',
    state: item.type === 'mcp_approval_request' ? 'asking' : 'writing',
    output: null,
    error: null,
  }
  const told = item.arguments === '' ? call : { ...call, arguments: item.arguments.slice(0, MAX_TEXT) }
  return { ...(before ?? base), kind: 'tool_call', role: 'assistant', call: withResult(told, item) }
}

function withResult(call: ToolCall, item: CallItem): ToolCall {
  if (item.type === 'mcp_call') {
    if (item.error) return { ...advance(call, 'failed'), error: item.error.message.slice(0, MAX_OUTPUT) }
    if (typeof item.output === 'string') return { ...advance(call, 'done'), output: item.output.slice(0, MAX_OUTPUT) }
  }
  if (item.status === 'incomplete') return advance(call, 'interrupted')
  return item.type === 'function_call' && item.status === 'completed' ? advance(call, 'running') : call
}

/** The entry of a list of tools. A list that is there is done, even where the word for it was missed. */
function listEntry(item: ListItem, before: ToolListEntry | null, base: EntryBase): ToolListEntry {
  const tools = item.tools.map((tool) => tool.name)
  const state = before?.state ?? 'running'
  return {
    ...(before ?? base),
    kind: 'tool_list',
    role: 'assistant',
    server: item.server_label,
    tools: tools.length > 0 ? tools : (before?.tools ?? tools),
    state: state === 'running' && tools.length > 0 ? 'done' : state,
  }
}
