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

/** How the answer's response ended, when not simply completed. */
export interface ResponseOutcome {
  status: 'in_progress' | 'completed' | 'cancelled' | 'incomplete' | 'failed'
  /** The wire's reason or error code, e.g. `max_output_tokens`, `rate_limit_exceeded`; empty when there is none. */
  reason: string
}

/** One line of the conversation: a message of the person or of Parley. */
export interface ConversationEntry {
  /** The wire's item id. */
  id: string
  role: 'user' | 'assistant'
  /** `voice` for spoken turns and answers, `text` for typed ones. */
  source: 'voice' | 'text'
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

/** One change to a window's copy of the conversation. Applied in order. */
export type ConversationPatch =
  /** Inserts before `index`, or replaces the entry of the same id in place. */
  | { op: 'put'; index: number; entry: ConversationEntry }
  /** Appends to the text of an entry and sets its state to partial. */
  | { op: 'append'; id: string; text: string }
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
      return at >= 0 ? entries.with(at, patch.entry) : entries.toSpliced(patch.index, 0, patch.entry)
    }
    case 'append': {
      const at = findEntry(entries, patch.id)
      const entry = entries[at]
      return entry === undefined ? entries : entries.with(at, { ...entry, text: entry.text + patch.text, textState: 'partial' })
    }
    case 'heard': {
      const at = findEntry(entries, patch.id)
      const entry = entries[at]
      return entry === undefined ? entries : entries.with(at, { ...entry, heard: patch.heard })
    }
  }
}

/** Index of an entry, searched from the end, since nearly every patch concerns the newest entries; -1 when absent. */
function findEntry(entries: readonly ConversationEntry[], id: string): number {
  return entries.findLastIndex((e) => e.id === id)
}
