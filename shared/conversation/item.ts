import type { ItemStatus, ReceivedItem } from '../realtime/items.ts'
import type { ConversationEntry, EntryBase, EntryImage } from './model.ts'
import { Parts } from './parts.ts'

/** One content part's share of what was heard. */
export interface HeardPart {
  ms: number
  audioMs: number
  complete: boolean
}

/** What the reducer knows of one item of the conversation, shown or not. */
export interface Item {
  readonly id: string
  /** The wire's kind, e.g. `message`, `function_call_output`. */
  type: string
  role: 'user' | 'assistant' | 'system' | null
  /** As the server said it last; null until it has. */
  status: ItemStatus | null
  /** What people see of it; null: nothing. */
  entry: ConversationEntry | null
  /** The server's own doing (idle nudge, silence committed by it): never shown. */
  hidden: boolean
  /** The server has confirmed it; what was typed is shown before that. */
  confirmed: boolean
  readonly parts: Parts
  /** By content index, as playback reports it; null where nothing plays. */
  heard: Map<number, HeardPart> | null
  /** Bytes of sound received, where sound passes through here (a replay), and whether that was all. */
  audioBytes: number
  audioDone: boolean
  /** Text of items that have no entry, e.g. what a function answered. */
  note: string
}

export function blankItem(id: string, type: string, role: Item['role']): Item {
  return {
    id,
    type,
    role,
    status: null,
    entry: null,
    hidden: false,
    confirmed: true,
    parts: new Parts(),
    heard: null,
    audioBytes: 0,
    audioDone: false,
    note: '',
  }
}

/** What every entry begins as. @param at Unix ms */
export function blankEntry(id: string, role: 'user' | 'assistant', at: number): EntryBase {
  return { id, role, source: 'text', text: '', textState: 'final', heard: null, response: null, at, audioMs: null }
}

/** The pictures among the parts of a received item. */
export function imagesOf(item: ReceivedItem): { image: EntryImage; url: string }[] {
  if (item.type !== 'message') return []
  return item.content.flatMap((part, contentIndex) =>
    part.type === 'input_image'
      ? [{ image: { contentIndex, mediaType: mediaTypeOf(part.image_url), size: part.image_url.length }, url: part.image_url }]
      : [],
  )
}

function mediaTypeOf(url: string): string {
  return /^data:([a-z]+\/[a-z0-9.+-]+)/i.exec(url.slice(0, 100))?.[1]?.toLowerCase() ?? ''
}

/** One item as a developer sees it (`npm run replay`): the wire's words, in conversation order. */
export interface ItemRecord {
  id: string
  type: string
  role: string | null
  /** What was said; for a call `name(arguments)`, for its output the output. */
  text: string
  status: ItemStatus | null
  /** Cut off by the person or with its response. */
  interrupted: boolean
}

export function recordOf(item: Item): ItemRecord {
  const { entry } = item
  const call = entry?.kind === 'tool_call' ? entry.call : null
  const cancelled = item.status === 'incomplete' && entry?.response?.status === 'cancelled'
  return {
    id: item.id,
    type: item.type,
    role: item.role,
    text: call ? `${call.name}(${call.arguments})` : entry === null ? item.note : entry.text,
    status: item.status,
    interrupted: entry?.heard?.cut === true || cancelled || call?.state === 'interrupted',
  }
}
