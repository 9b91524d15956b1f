/** A response, its usage and its limits, as a Realtime server reports them (GA shape). */
import type { ReceivedItem } from './items.ts'
import type { AudioOutputConfig } from './session.ts'

/** How far a response is. */
export type ResponseStatus = 'in_progress' | 'completed' | 'cancelled' | 'incomplete' | 'failed'

/** Why a response did not simply complete. No `error` event accompanies `failed` or `incomplete`. */
export interface ResponseStatusDetails {
  type?: string | null
  /** `turn_detected`, `client_cancelled` (cancelled); `max_output_tokens`, `content_filter` (incomplete). */
  reason?: string | null
  /** For `failed`, e.g. `rate_limit_exceeded`, `insufficient_quota`, `server_error`. */
  error?: { type?: string | null; code?: string | null; message?: string | null } | null
}

/** Tokens by kind. Cached tokens are part of the input, not in addition. */
export interface TokensByKind {
  text_tokens?: number | null
  audio_tokens?: number | null
  image_tokens?: number | null
}

/** Tokens of one response. Every count is a non-negative number or absent. */
export interface ResponseUsage {
  total_tokens?: number | null
  input_tokens?: number | null
  output_tokens?: number | null
  input_token_details?: (TokensByKind & { cached_tokens?: number | null; cached_tokens_details?: TokensByKind | null }) | null
  /** `reasoning_tokens` is contained in `text_tokens` (recorded with gpt-realtime-2.x). */
  output_token_details?: { text_tokens?: number | null; audio_tokens?: number | null; reasoning_tokens?: number | null } | null
}

/** Cost of a transcription: by tokens or by seconds, depending on the model. Billed apart from responses. */
export type TranscriptionUsage =
  | {
      type: 'tokens'
      total_tokens?: number | null
      input_tokens?: number | null
      output_tokens?: number | null
      input_token_details?: TokensByKind | null
    }
  | { type: 'duration'; seconds: number }

/** A response as in `response.created` and `response.done`. */
export interface RealtimeResponse {
  id: string
  object?: string | null
  status: ResponseStatus
  status_details: ResponseStatusDetails | null
  output: ReceivedItem[]
  /** null or absent: out of band. */
  conversation_id?: string | null
  output_modalities?: string[] | null
  max_output_tokens?: number | 'inf' | null
  audio?: { output?: AudioOutputConfig | null } | null
  /** null until done, and may stay null when a response was cancelled or failed early. */
  usage: ResponseUsage | null
  /** What `response.create` carried. */
  metadata?: Record<string, string> | null
}

/** One limit of the account; a hint only. */
export interface RateLimit {
  /** `requests` or `tokens` */
  name?: string
  limit?: number
  remaining?: number
  reset_seconds?: number
}

/** What a server complains about. Most errors leave the session open. */
export interface RealtimeError {
  /** `invalid_request_error`, `server_error`; an open set. */
  type: string
  /** E.g. `response_cancel_not_active`; null when there is none. */
  code: string | null
  message: string
  param: string | null
  /** The client event that caused it; may be null even so. */
  event_id: string | null
}
