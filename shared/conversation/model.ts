/**
 * The conversation as people see it: what the reducer makes of the wire's events, and the patches
 * that keep a window's copy right. Only what is shown is here; the wire's objects are in
 * `shared/realtime`.
 */

/** How far the text of a part can be trusted. */
export type TextState =
  | 'pending' // nothing yet: a person's words that are still being transcribed, an answer not yet begun
  | 'partial' // deltas are arriving
  | 'final'
  | 'empty' // transcribed to nothing: "(no speech)"
  | 'failed' // transcription failed: "(could not transcribe)"
  | 'none' // there will be no text (transcription is off)

/** How much of a spoken answer was heard (design §4 "Heard"). */
export interface Heard {
  /** Exact: frames rendered by the playback worklet, in ms. */
  ms: number
  /** Audio received so far for the item, ms. */
  audioMs: number
  /** Estimate, a whole number of words: characters of `text` that have been heard. */
  chars: number
  /** True when the person cut in and the rest will never be heard. */
  cut: boolean
}

/** How the answer's response ended, when not simply completed. `outcome.ts` has it in words. */
export interface ResponseOutcome {
  status: 'in_progress' | 'completed' | 'cancelled' | 'incomplete' | 'failed'
  /** The wire's reason or error code, e.g. `max_output_tokens`, `rate_limit_exceeded`; empty when there is none. */
  reason: string
}

/**
 * What every entry has, whatever its kind. An entry that is no message has an empty `text`, so
 * that whoever knows only messages has nothing wrong to show.
 */
export interface EntryBase {
  /** The wire's item id. */
  id: string
  role: 'user' | 'assistant'
  /** `voice` for spoken turns and answers, `text` for typed ones. */
  source: 'voice' | 'text'
  /** Never begins or ends with white space; while `partial`, a prefix of what it will be. */
  text: string
  textState: TextState
  /** Assistant voice only, else null. */
  heard: Heard | null
  /** Assistant only, else null. */
  response: ResponseOutcome | null
  /** Unix ms when the entry appeared. */
  at: number
  /** User voice only: length of the turn, ms; null when unknown. */
  audioMs: number | null
}

/** A picture in a turn. Its data is not here, since entries travel to windows; ask `Conversation.image`. */
export interface EntryImage {
  /** Place among the parts of the item. */
  contentIndex: number
  /** E.g. `image/png`; empty when the server names an address instead of data. */
  mediaType: string
  /** Characters of its `data:` URI or address. */
  size: number
}

/** A message of the person or of Parley. */
export interface MessageEntry extends EntryBase {
  kind: 'message'
  /** Pictures that the person sent; absent when there are none. */
  images?: readonly EntryImage[]
}

/** How far a tool call is. */
export type ToolCallState =
  | 'writing' // the arguments are still arriving
  | 'asking' // waits for the person to allow it
  | 'running' // at work, here or on the server
  | 'done'
  | 'failed'
  | 'refused' // the person said no
  | 'interrupted' // cut off before it had a result

/** A tool that the model uses. */
export interface ToolCall {
  /** `function`: run by Parley. `mcp`: run by the Realtime server at an MCP server. */
  origin: 'function' | 'mcp'
  name: string
  /** Label of the MCP server; empty for functions. */
  server: string
  /** Joins a function call to its output; empty for MCP. */
  callId: string
  /** What it is done to, in words (a host, a time); empty where there is nothing to name. */
  object: string
  /** JSON as text, as far as it has arrived; may be anything the model wrote. */
  arguments: string
  state: ToolCallState
  /** What came back; null until then. At most {@link MAX_OUTPUT} characters. */
  output: string | null
  /** Why it failed, in the server's words; null otherwise. */
  error: string | null
}

/** A call of a function or of an MCP server's tool. */
export interface ToolCallEntry extends EntryBase {
  kind: 'tool_call'
  role: 'assistant'
  call: ToolCall
}

/** An MCP server is asked for its tools; where that fails, the session has none of them. */
export interface ToolListEntry extends EntryBase {
  kind: 'tool_list'
  role: 'assistant'
  server: string
  state: 'running' | 'done' | 'failed'
  /** Names of the tools, when done. */
  tools: readonly string[]
}

/** One line of the conversation. */
export type ConversationEntry = MessageEntry | ToolCallEntry | ToolListEntry

/** Longest text of one entry, UTF-16 units; what comes beyond is dropped, so that no server can fill the memory. */
export const MAX_TEXT = 1_000_000
/** Longest output of a tool that is shown, UTF-16 units. */
export const MAX_OUTPUT = 20_000

/** One change to a window's copy of the conversation. Applied in order. */
export type ConversationPatch =
  /** Inserts before `index`, or replaces the entry of the same id in place. */
  | { op: 'put'; index: number; entry: ConversationEntry }
  /** Appends to the text of an entry and sets its state to partial. */
  | { op: 'append'; id: string; text: string }
  /** Appends to the arguments of a tool call. */
  | { op: 'arguments'; id: string; text: string }
  /** More of a spoken answer was heard. */
  | { op: 'heard'; id: string; heard: Heard }
  | { op: 'remove'; id: string }
  | { op: 'clear' }

/** Applies one patch to a list of entries; returns a new list, unchanged entries keep their identity. */
export function applyPatch(entries: readonly ConversationEntry[], patch: ConversationPatch): readonly ConversationEntry[] {
  switch (patch.op) {
    case 'clear':
      return []
    case 'remove':
      return entries.filter((e) => e.id !== patch.id)
    case 'put': {
      const at = findEntry(entries, patch.entry.id)
      return at >= 0 ? replaced(entries, at, patch.entry) : entries.toSpliced(patch.index, 0, patch.entry)
    }
    case 'append':
      return changed(entries, patch.id, (entry) => ({ ...entry, text: entry.text + patch.text, textState: 'partial' }))
    case 'arguments':
      return changed(entries, patch.id, (entry) =>
        entry.kind === 'tool_call' ? { ...entry, call: { ...entry.call, arguments: entry.call.arguments + patch.text } } : entry,
      )
    case 'heard':
      return changed(entries, patch.id, (entry) => ({ ...entry, heard: patch.heard, source: 'voice' }))
  }
}

function changed(
  entries: readonly ConversationEntry[],
  id: string,
  change: (entry: ConversationEntry) => ConversationEntry,
): readonly ConversationEntry[] {
  const at = findEntry(entries, id)
  const entry = entries[at]
  return entry === undefined ? entries : replaced(entries, at, change(entry))
}

/** Index of an entry, searched from the end, since nearly every patch concerns the newest entries; -1 when absent. */
function findEntry(entries: readonly ConversationEntry[], id: string): number {
  return entries.findLastIndex((e) => e.id === id)
}

/** A copy with one entry in place of another. `Array.prototype.with` is a hundred times slower on a list that came by structured clone. */
function replaced(entries: readonly ConversationEntry[], at: number, entry: ConversationEntry): ConversationEntry[] {
  const copy = entries.slice()
  copy[at] = entry
  return copy
}
