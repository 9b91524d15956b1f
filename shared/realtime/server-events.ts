/**
 * Everything a Realtime server may say, in GA names and as the parser (`parse.ts`) delivers it:
 * ids are strings of 1–200 characters, indexes are non-negative integers (0 where the wire left
 * one out), text is a string, sound is bytes. Fields that are not listed are kept as received.
 * Source: OpenAI Realtime API reference, server events; order and odd cases from recordings of
 * real sessions.
 */
import type { OutputPart, ReceivedItem, UnknownPart } from './items.ts'
import type { RateLimit, RealtimeError, RealtimeResponse, TranscriptionUsage } from './response.ts'
import type { EffectiveSession } from './session.ts'

/** What every server event has. */
export interface ServerEventBase {
  /** Made by the server, e.g. `event_E6U0…`. Absent on `input_audio_buffer.dtmf_event_received`, and on some compatible servers. */
  event_id?: string
  /** Random padding on deltas, against guessing their text by the size of encrypted frames (recorded); means nothing. */
  obfuscation?: string | null
}

/** How sure the transcription is of one token; only when asked for by `include`. */
export interface LogProb {
  token: string
  /** Natural logarithm of the probability, ≤ 0. */
  logprob: number
  /** The token in UTF-8. */
  bytes: number[]
}

/** Names one content part of one item of one response. */
export interface PartAddress {
  response_id: string
  item_id: string
  output_index: number
  content_index: number
}

/** A fault of client or server; nearly always recoverable: the session stays open. Comes at any time. Failed responses are told by `response.done` alone. */
export interface ErrorEvent extends ServerEventBase {
  type: 'error'
  error: RealtimeError
}

/** First on a connection: the default session, with `expires_at`. Not sent to a connection that joins a call (`call_id`). Old name for transcription sessions: `transcription_session.created`. */
export interface SessionCreatedEvent extends ServerEventBase {
  type: 'session.created'
  session: EffectiveSession
}

/** Answer to `session.update`: the whole effective session. Its values count, not those that were asked for. */
export interface SessionUpdatedEvent extends ServerEventBase {
  type: 'session.updated'
  session: EffectiveSession
}

/** In the types, never recorded on GA servers. */
export interface ConversationCreatedEvent extends ServerEventBase {
  type: 'conversation.created'
  conversation: { id?: string; object?: string }
}

/** An item entered the conversation. Place it by `previous_item_id`; assistant items are still empty. Beta: `conversation.item.created`. */
export interface ConversationItemAddedEvent extends ServerEventBase {
  type: 'conversation.item.added'
  previous_item_id?: string | null
  item: ReceivedItem
}

/** An item is final, with full text but never its sound. `previous_item_id` may be null although `.added` had it. */
export interface ConversationItemDoneEvent extends ServerEventBase {
  type: 'conversation.item.done'
  previous_item_id?: string | null
  item: ReceivedItem
}

/** Answer to `conversation.item.retrieve`; may hold much base64 sound. */
export interface ConversationItemRetrievedEvent extends ServerEventBase {
  type: 'conversation.item.retrieved'
  item: ReceivedItem
}

/** Answer to `conversation.item.truncate`: sound after `audio_end_ms` (ms of this item) and the transcript are gone on the server; people keep the text, marked. */
export interface ConversationItemTruncatedEvent extends ServerEventBase {
  type: 'conversation.item.truncated'
  item_id: string
  content_index: number
  audio_end_ms: number
}

/** Answer to `conversation.item.delete`. */
export interface ConversationItemDeletedEvent extends ServerEventBase {
  type: 'conversation.item.deleted'
  item_id: string
}

/** Some of the person's words, added to those before; before, during or after the answer. With `whisper-1` one delta is the whole. */
export interface InputTranscriptionDeltaEvent extends ServerEventBase {
  type: 'conversation.item.input_audio_transcription.delta'
  item_id: string
  content_index: number
  delta: string
  logprobs?: LogProb[] | null
}

/** All of the person's words, by a model of its own, so that they may differ from what the answering model heard; may be empty, may come after the answer, even after the next turn. */
export interface InputTranscriptionCompletedEvent extends ServerEventBase {
  type: 'conversation.item.input_audio_transcription.completed'
  item_id: string
  content_index: number
  transcript: string
  /** Billed apart from responses. */
  usage?: TranscriptionUsage | null
  logprobs?: LogProb[] | null
  /** Languages that were heard, ISO-639-1, by newer models. */
  languages?: { code: string }[] | null
}

/** The person's words could not be transcribed; the conversation goes on. */
export interface InputTranscriptionFailedEvent extends ServerEventBase {
  type: 'conversation.item.input_audio_transcription.failed'
  item_id: string
  content_index: number
  error: { type?: string | null; code?: string | null; message?: string | null; param?: string | null }
}

/** A stretch of one speaker, only from diarising models. `start` and `end` in seconds. */
export interface InputTranscriptionSegmentEvent extends ServerEventBase {
  type: 'conversation.item.input_audio_transcription.segment'
  item_id: string
  content_index: number
  id: string
  speaker: string
  text: string
  start: number
  end: number
}

/** The input buffer became the item `item_id`, the same id as in `speech_started`; `conversation.item.added` follows. `previous_item_id` is null for the first. */
export interface InputAudioBufferCommittedEvent extends ServerEventBase {
  type: 'input_audio_buffer.committed'
  item_id: string
  previous_item_id?: string | null
}

/** Answer to `input_audio_buffer.clear`. */
export interface InputAudioBufferClearedEvent extends ServerEventBase {
  type: 'input_audio_buffer.cleared'
}

/** Turn detection hears the person: stop playback at once. After a commit by the client no `speech_stopped` follows. */
export interface InputAudioBufferSpeechStartedEvent extends ServerEventBase {
  type: 'input_audio_buffer.speech_started'
  /** The item that will be made at commit. */
  item_id: string
  /** Counted over all sound appended in the session; includes `prefix_padding_ms`. */
  audio_start_ms: number
}

/** Turn detection hears the end; commit follows. Never comes where no silence is sent. */
export interface InputAudioBufferSpeechStoppedEvent extends ServerEventBase {
  type: 'input_audio_buffer.speech_stopped'
  item_id: string
  /** ms of sound appended in the session; includes the silence that ended the turn. */
  audio_end_ms: number
}

/** `idle_timeout_ms` fired: an empty user item and a hidden system item follow, then a response. */
export interface InputAudioBufferTimeoutTriggeredEvent extends ServerEventBase {
  type: 'input_audio_buffer.timeout_triggered'
  item_id: string
  audio_start_ms: number
  audio_end_ms: number
}

/** SIP only: a telephone key. */
export interface InputAudioBufferDtmfEvent extends ServerEventBase {
  type: 'input_audio_buffer.dtmf_event_received'
  event: string
  /** Unix seconds. */
  received_at: number
}

/** WebRTC and SIP only: what the server does with the sound that it plays itself. */
export interface OutputAudioBufferEvent extends ServerEventBase {
  type: 'output_audio_buffer.started' | 'output_audio_buffer.stopped' | 'output_audio_buffer.cleared'
  response_id: string
}

/** An answer begins; may come unasked (turn detection, idle timeout), and was missing in odd cases: `response.done` must do without it. */
export interface ResponseCreatedEvent extends ServerEventBase {
  type: 'response.created'
  response: RealtimeResponse
}

/** The last word of every response, whatever the outcome, with all items (without sound) and what was used. There is no `response.cancelled`. */
export interface ResponseDoneEvent extends ServerEventBase {
  type: 'response.done'
  response: RealtimeResponse
}

/** A new item of a response, before `conversation.item.added`. A response may hold several, and they interleave: all is kept by `item_id`. Out-of-band responses have this event only. */
export interface ResponseOutputItemAddedEvent extends ServerEventBase {
  type: 'response.output_item.added'
  response_id: string
  output_index: number
  item: ReceivedItem
}

/** An output item is final; sent on interruption too (`status: incomplete`). The safe place to take a function call from. */
export interface ResponseOutputItemDoneEvent extends ServerEventBase {
  type: 'response.output_item.done'
  response_id: string
  output_index: number
  item: ReceivedItem
}

/** A content part begins; on the wire its type is `text` or `audio`. */
export interface ResponseContentPartAddedEvent extends ServerEventBase, PartAddress {
  type: 'response.content_part.added'
  part: OutputPart | UnknownPart
}

/** A content part is final, with its text or transcript but no sound; sent on interruption too. */
export interface ResponseContentPartDoneEvent extends ServerEventBase, PartAddress {
  type: 'response.content_part.done'
  part: OutputPart | UnknownPart
}

/** Some text of a written answer. Beta: `response.text.delta`. */
export interface ResponseOutputTextDeltaEvent extends ServerEventBase, PartAddress {
  type: 'response.output_text.delta'
  delta: string
}

/** The whole text of a written answer. Beta: `response.text.done`. */
export interface ResponseOutputTextDoneEvent extends ServerEventBase, PartAddress {
  type: 'response.output_text.done'
  text: string
}

/** Some sound of a spoken answer, much faster than it plays. Beta: `response.audio.delta`. */
export interface ResponseOutputAudioDeltaEvent extends ServerEventBase, PartAddress {
  type: 'response.output_audio.delta'
  /**
   * The decoded `delta`, in the session's output format, exact-size (`buffer.byteLength ===
   * byteLength`). A chunk may end inside a sample (odd number of bytes).
   */
  audio: Uint8Array
}

/** No more sound for this part. Beta: `response.audio.done`. */
export interface ResponseOutputAudioDoneEvent extends ServerEventBase, PartAddress {
  type: 'response.output_audio.done'
}

/** Some words of a spoken answer; runs ahead of the sound. Beta: `response.audio_transcript.delta`. */
export interface ResponseOutputAudioTranscriptDeltaEvent extends ServerEventBase, PartAddress {
  type: 'response.output_audio_transcript.delta'
  delta: string
}

/** All words of a spoken answer. Beta: `response.audio_transcript.done`. */
export interface ResponseOutputAudioTranscriptDoneEvent extends ServerEventBase, PartAddress {
  type: 'response.output_audio_transcript.done'
  transcript: string
}

/** A fragment of the JSON arguments of a function call. */
export interface ResponseFunctionCallArgumentsDeltaEvent extends ServerEventBase {
  type: 'response.function_call_arguments.delta'
  response_id: string
  item_id: string
  output_index: number
  call_id: string
  delta: string
}

/** The whole arguments of a call. The output may be sent at once; a new `response.create` must wait for `response.done`. */
export interface ResponseFunctionCallArgumentsDoneEvent extends ServerEventBase {
  type: 'response.function_call_arguments.done'
  response_id: string
  item_id: string
  output_index: number
  call_id: string
  /** Absent on beta servers. */
  name?: string | null
  arguments: string
}

/** A fragment of the arguments of a call to an MCP server. */
export interface ResponseMcpCallArgumentsDeltaEvent extends ServerEventBase {
  type: 'response.mcp_call_arguments.delta'
  response_id: string
  item_id: string
  output_index: number
  delta: string
}

/** The whole arguments of a call to an MCP server. */
export interface ResponseMcpCallArgumentsDoneEvent extends ServerEventBase {
  type: 'response.mcp_call_arguments.done'
  response_id: string
  item_id: string
  output_index: number
  arguments: string
}

/** How a call to an MCP server goes; output or error is in the item. */
export interface ResponseMcpCallEvent extends ServerEventBase {
  type: 'response.mcp_call.in_progress' | 'response.mcp_call.completed' | 'response.mcp_call.failed'
  item_id: string
  output_index: number
}

/** How asking an MCP server for its tools goes; the list is in the item. */
export interface McpListToolsEvent extends ServerEventBase {
  type: 'mcp_list_tools.in_progress' | 'mcp_list_tools.completed' | 'mcp_list_tools.failed'
  item_id: string
}

/** How much of the account's limits is left: informational; after `response.done`, sometimes never, sometimes empty. */
export interface RateLimitsUpdatedEvent extends ServerEventBase {
  type: 'rate_limits.updated'
  rate_limits: RateLimit[]
}

/** Every server event, after the parser. `conversation.item.created` arrives as `.added`. */
export type ServerEvent =
  | ErrorEvent
  | SessionCreatedEvent
  | SessionUpdatedEvent
  | ConversationCreatedEvent
  | ConversationItemAddedEvent
  | ConversationItemDoneEvent
  | ConversationItemRetrievedEvent
  | ConversationItemTruncatedEvent
  | ConversationItemDeletedEvent
  | InputTranscriptionDeltaEvent
  | InputTranscriptionCompletedEvent
  | InputTranscriptionFailedEvent
  | InputTranscriptionSegmentEvent
  | InputAudioBufferCommittedEvent
  | InputAudioBufferClearedEvent
  | InputAudioBufferSpeechStartedEvent
  | InputAudioBufferSpeechStoppedEvent
  | InputAudioBufferTimeoutTriggeredEvent
  | InputAudioBufferDtmfEvent
  | OutputAudioBufferEvent
  | ResponseCreatedEvent
  | ResponseDoneEvent
  | ResponseOutputItemAddedEvent
  | ResponseOutputItemDoneEvent
  | ResponseContentPartAddedEvent
  | ResponseContentPartDoneEvent
  | ResponseOutputTextDeltaEvent
  | ResponseOutputTextDoneEvent
  | ResponseOutputAudioDeltaEvent
  | ResponseOutputAudioDoneEvent
  | ResponseOutputAudioTranscriptDeltaEvent
  | ResponseOutputAudioTranscriptDoneEvent
  | ResponseFunctionCallArgumentsDeltaEvent
  | ResponseFunctionCallArgumentsDoneEvent
  | ResponseMcpCallArgumentsDeltaEvent
  | ResponseMcpCallArgumentsDoneEvent
  | ResponseMcpCallEvent
  | McpListToolsEvent
  | RateLimitsUpdatedEvent

export type ServerEventType = ServerEvent['type']

/** The event of one type. */
export type ServerEventOf<Type extends ServerEventType> = OfType<ServerEvent, Type>
type OfType<Event, Type> = Event extends { type: infer Types } ? (Type extends Types ? Event : never) : never
