/**
 * The session object of the current (GA) Realtime API, as sent in `session.update` and as
 * received in `session.created` and `session.updated`. In an update a field left out stays as it
 * is; `null`, `""` and `[]` clear, so null must really be sent.
 * Source: OpenAI Realtime API reference, `RealtimeSessionCreateRequest`.
 */

/** Sound on the wire: 16-bit little-endian mono PCM at 24 kHz, or G.711 at 8 kHz (µ-law, A-law). */
export type AudioFormat = { type: 'audio/pcm'; rate?: 24000 } | { type: 'audio/pcmu' } | { type: 'audio/pcma' }

/** A name that the API may add to without notice. */
type Open<Known extends string> = Known | (string & {})

/** Voices named in the official types. */
export const VOICES = ['alloy', 'ash', 'ballad', 'coral', 'echo', 'sage', 'shimmer', 'verse', 'marin', 'cedar'] as const

/** A built-in voice or the id of a custom one. */
export type Voice = Open<(typeof VOICES)[number]> | { id: string }

/** Models for the transcription of the person's words. On Azure: the name of a deployment. */
export type TranscriptionModel = Open<
  | 'whisper-1'
  | 'gpt-transcribe'
  | 'gpt-live-transcribe'
  | 'gpt-4o-mini-transcribe'
  | 'gpt-4o-mini-transcribe-2025-12-15'
  | 'gpt-4o-transcribe'
  | 'gpt-4o-transcribe-diarize'
  | 'gpt-realtime-whisper'
>

/** Transcription of the person's words by a model of its own, billed apart. */
export interface InputTranscription {
  model?: TranscriptionModel
  /** ISO-639-1. */
  language?: string | null
  /** `gpt-transcribe` and `gpt-live-transcribe` only. */
  languages?: string[]
  /** `gpt-transcribe` and `gpt-live-transcribe` only. */
  keywords?: string[]
  /** Not with `gpt-realtime-whisper`. */
  prompt?: string | null
  /** `gpt-realtime-whisper` only. */
  delay?: 'minimal' | 'low' | 'medium' | 'high' | 'xhigh'
}

/** Applied when sound is written to the input buffer, before turn detection. `near_field`: headset; `far_field`: laptop microphone. */
export interface NoiseReduction {
  type?: 'near_field' | 'far_field'
  /** Starts at 1; kept when left out of an update. */
  strength?: number
}

/** The server finds the ends of turns by level. */
export interface ServerVad {
  type: 'server_vad'
  /** 0–1, default 0.5. */
  threshold?: number
  /** Sound kept from before the speech, ms, default 300. */
  prefix_padding_ms?: number
  /** Silence that ends a turn, ms; the default differs per model (200 or 500, recorded). */
  silence_duration_ms?: number
  /** Answer by itself at the end of a turn, default true. */
  create_response?: boolean
  /** Stop the answer when the person speaks, default true. */
  interrupt_response?: boolean
  /** Nudge the person after this silence, ms; null (default) is off. Costs tokens each time. */
  idle_timeout_ms?: number | null
}

/** A model of the server finds the ends of turns by meaning. */
export interface SemanticVad {
  type: 'semantic_vad'
  /** Longest wait: `low` 8 s, `medium` = `auto` (default) 4 s, `high` 2 s. */
  eagerness?: 'low' | 'medium' | 'high' | 'auto'
  create_response?: boolean
  interrupt_response?: boolean
}

/** How turns of the person end; null: the client commits (push-to-talk). */
export type TurnDetectionConfig = ServerVad | SemanticVad | null

/** A function of the client. Only these fields may be sent: others are refused. */
export interface FunctionTool {
  type: 'function'
  name: string
  description?: string
  /** JSON Schema of the arguments. */
  parameters?: unknown
}

/** Chooses tools of an MCP server. */
export interface McpToolFilter {
  tool_names?: string[]
  read_only?: boolean
}

/** An MCP server that the Realtime server calls by itself. One of `server_url`, `connector_id`, `tunnel_id`. */
export interface McpServerTool {
  type: 'mcp'
  server_label: string
  server_url?: string
  connector_id?:
    | 'connector_dropbox'
    | 'connector_gmail'
    | 'connector_googlecalendar'
    | 'connector_googledrive'
    | 'connector_microsoftteams'
    | 'connector_outlookcalendar'
    | 'connector_outlookemail'
    | 'connector_sharepoint'
  tunnel_id?: string
  /** The person's secret for that server: never leaves the main process but to the Realtime server. */
  authorization?: string
  headers?: Record<string, string> | null
  allowed_tools?: string[] | McpToolFilter | null
  require_approval?: 'always' | 'never' | { always?: McpToolFilter; never?: McpToolFilter } | null
  server_description?: string
  allowed_callers?: ('direct' | 'programmatic')[] | null
  defer_loading?: boolean
}

/** A tool of the session. */
export type Tool = FunctionTool | McpServerTool

/** Which tool the model is to use. */
export type ToolChoice =
  | 'none'
  | 'auto'
  | 'required'
  | { type: 'function'; name: string }
  | { type: 'mcp'; server_label: string; name?: string | null }

/** Reasoning models only (`gpt-realtime-2` and later). */
export interface Reasoning {
  effort?: 'minimal' | 'low' | 'medium' | 'high' | 'xhigh'
}

/** What is dropped when the context is full. `disabled`: an error instead. */
export type Truncation =
  | 'auto'
  | 'disabled'
  | { type: 'retention_ratio'; retention_ratio: number; token_limits?: { post_instructions?: number } }

/** Where traces of the session go; null is off. Cannot be changed once enabled. */
export type Tracing = 'auto' | { workflow_name?: string; group_id?: string; metadata?: unknown } | null

/** A prompt stored on the server. */
export interface StoredPrompt {
  id: string
  version?: string | null
  variables?: Record<string, string> | null
}

/** Extra fields to be sent. */
export type Include = 'item.input_audio_transcription.logprobs'

/** Sound from the person. */
export interface AudioInputConfig {
  format?: AudioFormat
  /** null: off. */
  transcription?: InputTranscription | null
  /** null: off. */
  noise_reduction?: NoiseReduction | null
  turn_detection?: TurnDetectionConfig
}

/** Sound to the person. */
export interface AudioOutputConfig {
  format?: AudioFormat
  /** Cannot be changed after the first sound (`cannot_update_voice`). */
  voice?: Voice
  /** 0.25–1.5, between turns only. */
  speed?: number
}

/** What a conversation is asked to be. Every update carries `type`. */
export interface RealtimeSessionConfig {
  type: 'realtime'
  /** Named in the URL; cannot change. */
  model?: string
  /** One of the two, never both; sound always comes with its transcript. */
  output_modalities?: ('audio' | 'text')[]
  instructions?: string
  audio?: { input?: AudioInputConfig; output?: AudioOutputConfig }
  tools?: Tool[]
  tool_choice?: ToolChoice
  parallel_tool_calls?: boolean
  reasoning?: Reasoning
  /** 1–4096 or `inf`, per response, tool calls included. */
  max_output_tokens?: number | 'inf'
  truncation?: Truncation
  tracing?: Tracing
  prompt?: StoredPrompt | null
  include?: Include[]
}

/** A session that only transcribes; no responses. */
export interface TranscriptionSessionConfig {
  type: 'transcription'
  audio?: { input?: AudioInputConfig }
  include?: Include[]
}

/** What may be sent in `session.update`. */
export type SessionConfig = RealtimeSessionConfig | TranscriptionSessionConfig

/** Fields that only the server sets. */
export interface SessionFacts {
  id?: string
  /** `realtime.session` */
  object?: string
  /** Unix seconds: the start plus 60 minutes. */
  expires_at?: number | null
}

/**
 * The whole effective session as a server names it. Values are what the server says, which may be
 * more than the types know; `type`, `id`, `model` and `expires_at` are checked by the parser.
 */
export type EffectiveSession = (Omit<RealtimeSessionConfig, Loosened> | Omit<TranscriptionSessionConfig, Loosened>) &
  SessionFacts & { model?: string; include?: Include[] | null; tools?: readonly unknown[] | null; prompt?: unknown }

/** What servers name more loosely than they want to be told. */
type Loosened = 'include' | 'tools' | 'prompt'
