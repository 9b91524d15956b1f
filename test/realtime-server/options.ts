import type { Json } from './wire.ts'

/** What a scripted Realtime server is told to do. Everything has a default that behaves like the real one. */

/** How the assistant answers one turn. */
export interface Answer {
  /** Sound, PCM16 mono 24 kHz. Default: 600 ms of a soft tone. */
  pcm?: Int16Array
  /** Words of the answer (transcript, or text in text mode). Default: "Hello there." */
  text?: string
  /** The model calls a function: instead of words, or after them where `text` or `pcm` is given too. */
  functionCall?: { name: string; arguments: string; call_id?: string }
  /** More calls in the same response. */
  furtherCalls?: { name: string; arguments: string; call_id?: string }[]
  /** More spoken items in the same response; each begins before the one before it is done, as gpt-realtime-2 does. */
  further?: { pcm?: Int16Array; text?: string }[]
  /** Length of one `response.output_audio.delta`, ms. Default 200. */
  chunkMs?: number
  /** How many times faster than real time; `burst`: all at once. Default 10. */
  speed?: number | 'burst'
  /** Wait before `response.created`, ms. Default 0. */
  delayMs?: number
  /** How it ends. Default completed. */
  outcome?: { status: 'completed' } | { status: 'incomplete'; reason: string } | FailedOutcome
  /** A fault after this much sound has been sent, ms. */
  break?: { afterMs: number; how: 'drop' } | { afterMs: number; how: 'close'; code: number; reason?: string } | { afterMs: number; how: 'stall' }
  /** Pauses in the sending of sound, each after so much sound of the answer, ms. */
  stalls?: { afterMs: number; forMs: number }[]
  /** Leaves `response.created` out, as was seen in odd cases. */
  withoutCreated?: boolean
  /** `conversation.item.added` comes before `response.output_item.added`: the API promises neither order. */
  addedFirst?: boolean
}

/** Fails at once, or, where sound is given, after all of it. */
export interface FailedOutcome {
  status: 'failed'
  code: string
  message?: string
  /** In place of the usual `status_details`, in whatever shape. */
  details?: unknown
}

/** How the person's speech is transcribed; only when the session asks for transcription. */
export interface Hearing {
  text: string
  /** Where the transcription comes among the events of the answer. Default `during`. */
  when?: 'before' | 'during' | 'after'
  /** Wait besides, ms. */
  delayMs?: number
  /** Instead of words: transcription failed. */
  failed?: { code: string; message?: string }
}

/** What the server answers to. */
export interface Turn {
  /** Counts answers of the connection, from 0. */
  number: number
  /** The last item of the conversation when the answer began. */
  kind: 'audio' | 'text' | 'function_call_output' | 'none'
  /** Typed words or the output of a function; the transcript of speech. */
  text: string
  /** The person's speech, when it is a spoken turn. */
  pcm: Int16Array | null
  item_id: string | null
}

/** What happens to the HTTP request that wants to become a WebSocket. */
export type Upgrade =
  | { kind: 'accept'; delayMs?: number }
  | { kind: 'status'; status: number; body?: string; headers?: Record<string, string> }
  /** The connection is accepted and then nothing is answered. */
  | { kind: 'never' }
  /** The connection is cut without an answer. */
  | { kind: 'drop' }

export interface RealtimeServerOptions {
  /** Default: a free one. */
  port?: number
  /** A bearer token or api-key that must be presented, else 401 as OpenAI words it. Default: anything goes. */
  key?: string
  upgrade?: Upgrade | ((connectionNumber: number) => Upgrade)
  /** `session.created`: `never`, or after a delay. Default: at once. */
  created?: 'never' | { delayMs: number }
  /** `session.updated`: `never`, or after a delay. Default: at once. */
  updated?: 'never' | { delayMs: number }
  /** Closes right after the upgrade. */
  closeAtOnce?: { code: number; reason?: string }
  /** Frames sent right after the upgrade, before `session.created`. */
  greeting?: (string | Buffer)[]
  /** One answer for all turns, one per turn (the last repeats), or a function; null: none. */
  answer?: Answer | readonly Answer[] | ((turn: Turn) => Answer | null)
  /** Words that are heard in every spoken turn, one per turn, or a function. Default "Hello." */
  hearing?: string | Hearing | readonly (string | Hearing)[] | ((turnNumber: number, pcm: Int16Array) => string | Hearing)
  /** Overrides of the default session (top-level fields). */
  session?: Record<string, unknown>
  /** RMS (0–1) above which a 20 ms frame counts as speech. Default 0.02. */
  vadLevel?: number
  /** Sends `rate_limits.updated` after `response.done`. Default false, as mostly recorded. */
  rateLimits?: boolean
  /** `usage` of cancelled responses is null, as was reported. Default false. */
  cancelledWithoutUsage?: boolean
  /**
   * The last hand on every event that is sent: what it returns is sent instead, in order. Drops,
   * doubles, holds back or changes what a real server would send.
   */
  tamper?: (event: Json, connectionNumber: number) => Json[]
  /** Sees every event of both directions; sent ones as they were sent. */
  observe?: (direction: 'sent' | 'received', event: Json, connectionNumber: number) => void
  /** Keeps no sound and no events in memory, for very long conversations. Default false. */
  forgetful?: boolean
  /** The `content` field that Azure adds to content_part events. Default false. */
  azure?: boolean
}

/** The n-th of a list whose last entry repeats. */
export function nth<T>(list: readonly T[], n: number): T | undefined {
  return list[Math.min(n, list.length - 1)]
}
