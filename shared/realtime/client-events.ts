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

/**
 * Changes the fields that are present; may be sent at any time, and must be answered once before
 * the first turn, or that turn runs under the server's defaults. `model`, an enabled `tracing`, and
 * after the first sound `voice` cannot change. Answered by `session.updated` with the whole
 * session, or by `error`. Old name for transcription sessions: `transcription_session.update`.
 */
export interface SessionUpdateEvent extends ClientEventBase {
  type: 'session.update'
  session: SessionConfig
}

/**
 * Adds sound to the input buffer, in pieces of about 100 ms. Under turn detection it is sent
 * without a pause, silence included, since the server's clock is the sound it gets. Never
 * acknowledged.
 */
export interface InputAudioBufferAppendEvent extends ClientEventBase {
  type: 'input_audio_buffer.append'
  /** Base64 in the session's input format, ≤ 15 MiB. */
  audio: string
}

/**
 * Makes a user item of the buffer, at the end of a turn that the client takes; transcription
 * begins, a response does not. Refused below 100 ms (`input_audio_buffer_commit_empty`). Answered
 * by `input_audio_buffer.committed`. Not needed under turn detection, where no `speech_stopped`
 * follows it.
 */
export interface InputAudioBufferCommitEvent extends ClientEventBase {
  type: 'input_audio_buffer.commit'
}

/** Drops sound that is not committed; sent at the press of a talk key, so that nothing older leaks into the turn. Answered by `input_audio_buffer.cleared`. */
export interface InputAudioBufferClearEvent extends ClientEventBase {
  type: 'input_audio_buffer.clear'
}

/**
 * Adds an item: a typed turn, history, the output of a function, an answer to an MCP approval
 * request. Answered by `conversation.item.added` and `.done` (old protocol:
 * `conversation.item.created`), or by `error`, and then nothing was added.
 */
export interface ConversationItemCreateEvent extends ClientEventBase {
  type: 'conversation.item.create'
  item: ConversationItem
  /** Absent: at the end. `root`: at the beginning. An unknown id is an error. */
  previous_item_id?: string
}

/** Asks for the server's copy of an item, sound included (the person's after noise reduction). Answered by `conversation.item.retrieved`, or `error` `item_retrieve_invalid_item_id`. */
export interface ConversationItemRetrieveEvent extends ClientEventBase {
  type: 'conversation.item.retrieve'
  item_id: string
}

/**
 * Tells how much of a spoken answer was heard, sent after playback was cut; the server forgets the
 * rest and the transcript. Answered by `conversation.item.truncated`; refused beyond the end, for
 * 0 ms, and for items that have no sound (`unsupported_content_type`).
 */
export interface ConversationItemTruncateEvent extends ClientEventBase {
  type: 'conversation.item.truncate'
  /** An assistant message with sound. */
  item_id: string
  content_index: number
  /** Whole ms ≥ 1, never more than was generated. */
  audio_end_ms: number
}

/** Removes an item from the history, e.g. an answer of which nothing was heard. Answered by `conversation.item.deleted`, or `error` `item_delete_invalid_item_id`. */
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
  /** One of the two; sound always comes with its transcript. */
  output_modalities?: ('audio' | 'text')[]
  audio?: { output?: Omit<AudioOutputConfig, 'speed'> }
  tools?: Tool[]
  tool_choice?: ToolChoice
  /** Reasoning models only. */
  parallel_tool_calls?: boolean
  /** Reasoning models only. */
  reasoning?: Reasoning
  /** 1–4096 or `inf`, tool calls included. */
  max_output_tokens?: number | 'inf'
  prompt?: StoredPrompt | null
  /** ≤ 16 pairs, key ≤ 64 and value ≤ 512 characters; comes back in `response.created` and `response.done`. */
  metadata?: Record<string, string> | null
}

/**
 * Starts an answer; under turn detection with `create_response` the server does so by itself. One
 * at a time in the conversation (`conversation_already_has_active_response`): the next is asked
 * for after `response.done`. Those with `conversation: "none"` may run beside it. Answered by
 * `response.created` and, at the end, `response.done`.
 */
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

/** WebRTC and SIP only: empties the sound that the server holds, after a `response.cancel`. Over a WebSocket the client stops its own player. Answered by `output_audio_buffer.cleared`. */
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
