/**
 * Everything a client may say to a Realtime server (GA names). Each may carry an `event_id`,
 * which the server repeats in `error.error.event_id` when the event is refused (mostly): always
 * set one. Source: OpenAI Realtime API reference, client events.
 */
import type { ConversationItem, ItemReference } from './items.ts'
import type {
  AudioOutputConfig,
  Reasoning,
  SessionConfig,
  StoredPrompt,
  Tool,
  ToolChoice,
} from './session.ts'

/** What every client event has. */
export interface ClientEventBase {
  /** Made by the client, ≤ 512 characters. */
  event_id?: string
}

/** Changes the fields that are present. Answered by `session.updated` with the whole session, or by `error`. */
export interface SessionUpdateEvent extends ClientEventBase {
  type: 'session.update'
  session: SessionConfig
}

/** Adds sound to the input buffer. Never acknowledged. */
export interface InputAudioBufferAppendEvent extends ClientEventBase {
  type: 'input_audio_buffer.append'
  /** Base64 in the session's input format, ≤ 15 MiB. */
  audio: string
}

/** Makes a user item of the buffer; does not start a response. Refused below 100 ms (`input_audio_buffer_commit_empty`). */
export interface InputAudioBufferCommitEvent extends ClientEventBase {
  type: 'input_audio_buffer.commit'
}

/** Drops sound that is not committed. */
export interface InputAudioBufferClearEvent extends ClientEventBase {
  type: 'input_audio_buffer.clear'
}

/** Adds an item. Answered by `conversation.item.added` and `.done`, or by `error`. */
export interface ConversationItemCreateEvent extends ClientEventBase {
  type: 'conversation.item.create'
  item: ConversationItem
  /** Absent: at the end. `root`: at the beginning. An unknown id is an error. */
  previous_item_id?: string
}

/** Asks for the server's copy of an item, sound included. */
export interface ConversationItemRetrieveEvent extends ClientEventBase {
  type: 'conversation.item.retrieve'
  item_id: string
}

/** Tells how much of a spoken answer was heard; the server forgets the rest and the transcript. */
export interface ConversationItemTruncateEvent extends ClientEventBase {
  type: 'conversation.item.truncate'
  /** An assistant message with sound. */
  item_id: string
  content_index: number
  /** Whole ms ≥ 1, never more than was generated. */
  audio_end_ms: number
}

/** Removes an item from the history. */
export interface ConversationItemDeleteEvent extends ClientEventBase {
  type: 'conversation.item.delete'
  item_id: string
}

/** Overrides for one response; everything else is the session's. */
export interface ResponseCreateParams {
  /** `none`: out of band, beside the conversation. */
  conversation?: 'auto' | 'none'
  /** Replaces the conversation as context; `[]` is an empty one. */
  input?: (ConversationItem | ItemReference)[]
  /** Replaces the session's instructions, does not add to them. */
  instructions?: string
  output_modalities?: ('audio' | 'text')[]
  audio?: { output?: Omit<AudioOutputConfig, 'speed'> }
  tools?: Tool[]
  tool_choice?: ToolChoice
  parallel_tool_calls?: boolean
  reasoning?: Reasoning
  max_output_tokens?: number | 'inf'
  prompt?: StoredPrompt | null
  /** ≤ 16 pairs, key ≤ 64 and value ≤ 512 characters; comes back in `response.created` and `response.done`. */
  metadata?: Record<string, string> | null
}

/** Starts an answer. One at a time in the conversation (`conversation_already_has_active_response`). */
export interface ResponseCreateEvent extends ClientEventBase {
  type: 'response.create'
  response?: ResponseCreateParams
}

/** Stops an answer; answered by `response.done` with status `cancelled`, or the harmless `response_cancel_not_active`. */
export interface ResponseCancelEvent extends ClientEventBase {
  type: 'response.cancel'
  /** Absent: the active one of the conversation. */
  response_id?: string
}

/** WebRTC and SIP only: empties the sound that the server holds. */
export interface OutputAudioBufferClearEvent extends ClientEventBase {
  type: 'output_audio_buffer.clear'
}

/** Every client event. */
export type ClientEvent =
  | SessionUpdateEvent
  | InputAudioBufferAppendEvent
  | InputAudioBufferCommitEvent
  | InputAudioBufferClearEvent
  | ConversationItemCreateEvent
  | ConversationItemRetrieveEvent
  | ConversationItemTruncateEvent
  | ConversationItemDeleteEvent
  | ResponseCreateEvent
  | ResponseCancelEvent
  | OutputAudioBufferClearEvent

export type ClientEventType = ClientEvent['type']

const TYPES: Record<ClientEventType, true> = {
  'session.update': true,
  'input_audio_buffer.append': true,
  'input_audio_buffer.commit': true,
  'input_audio_buffer.clear': true,
  'conversation.item.create': true,
  'conversation.item.retrieve': true,
  'conversation.item.truncate': true,
  'conversation.item.delete': true,
  'response.create': true,
  'response.cancel': true,
  'output_audio_buffer.clear': true,
}

/** Types of every client event, in GA names. */
export const CLIENT_EVENT_TYPES = Object.keys(TYPES) as readonly ClientEventType[]
