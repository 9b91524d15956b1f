import { z } from './zod.ts'

/**
 * Everything that can go wrong in words a person can act on. The closed set: each code has a
 * sentence with a next step in every language (`renderer/i18n`), and nothing but the code and
 * these plain details ever crosses a process boundary (no raw error, no header, no key).
 */
export const FAILURE_CODES = [
  // before a connection
  'no_key', // no endpoint chosen or no key stored for it
  'key_unreadable', // a key is stored but the system's safe storage cannot decrypt it
  'endpoint_invalid', // the URL is not ws:// or wss://, or carries credentials
  'endpoint_insecure', // ws:// with a key to a host that is not this computer, without consent
  // the upgrade
  'invalid_key', // 401
  'no_access', // 403
  'model_not_found', // 404
  'rate_limited', // 429
  'bad_request', // other 4xx
  'server_unavailable', // 5xx
  'redirect_refused', // 3xx: the key is not carried elsewhere
  'offline', // name not resolved, network unreachable, connection refused
  'tls_failed', // certificate not trusted, handshake failed
  'proxy_failed', // the system's proxy refused
  'timeout', // no answer to the upgrade, or no session.created / session.updated in time
  'not_realtime', // answered, but not with the Realtime protocol
  // the open socket
  'closed_by_server', // any close code that is not ours; detail: code
  'session_expired', // the 60-minute end
  'quota_exhausted', // insufficient_quota, billing_hard_limit_reached
  'account_deactivated',
  'connection_lost', // 1005, 1006, half open
  'protocol_error', // frames that cannot be understood, too big, or refused by the server
  // sound
  'microphone_denied',
  'microphone_missing',
  'microphone_busy',
  'microphone_silent',
  'microphone_lost',
  'microphone_bluetooth', // a Bluetooth headset is in call quality while its microphone is used; detail device
  'nothing_heard', // nothing to play back yet
  'conversation_running', // the speaker is tried while a conversation uses it
  'microphone_muted', // Talk was pressed while the microphone is muted
  'sound_room_crashed',
  'speaker_failed',
  'speaker_lost', // the chosen one is not there, the system's default sounds instead; detail device
  // turns and answers (notices)
  'idle_stopped', // nobody spoke on the open line for a while
  'spending_near', // detail percent of a cap
  'spending_session', // the conversation's cap is reached; detail usd
  'spending_day',
  'spending_minutes', // the day's cap in minutes, where prices are not known
  'turn_too_short',
  'turn_unheard', // held long enough, but the microphone gave next to nothing of it
  'turn_too_long',
  'response_failed',
  'request_refused', // the server did not do something it was asked for in mid-conversation
  'response_incomplete',
  'response_waits', // the account's limit; asked again in detail seconds
  'response_again', // the server failed; asked again at once
  'transcription_failed',
  'voice_refused', // the server speaks with a voice of its own; detail voice
  'speed_refused', // the server speaks at its own speed only
  'reasoning_refused', // the model takes no word on how long to think
  'takes_effect_soon', // a new voice or model waits for a quiet moment
  // personas
  'persona_limit', // no room for another one; detail limit
  'persona_file_large',
  'persona_file_invalid', // not a persona file; detail file, where
  'persona_file_newer', // written by a newer version; detail file
  'persona_file_failed', // could not be read or written; detail file
  // files of the person's own
  'file_full', // no room on the disk; detail file
  'file_denied', // may not be written there; detail file
  'file_failed', // detail file
  'file_unopened', // detail file, folder
  // storage
  'storage_unavailable', // safe storage is missing or only obfuscates; key kept for this session
  'settings_unwritable',
  'settings_refused', // settings.json was changed by hand and cannot be used; detail at
  'history_unwritable', // detail reason: full, denied, failed, crashed
  'history_set_aside', // the history was damaged or newer than this version; detail file
  'internal', // a fault of Parley's own; details are in the log
] as const

/** One of {@link FAILURE_CODES}. */
export type FailureCode = (typeof FAILURE_CODES)[number]

/** A button offered beside a failure. */
export const FAILURE_ACTIONS = ['retry', 'discard', 'change_key', 'choose_microphone', 'unmute', 'practise', 'dismiss'] as const
export type FailureAction = (typeof FAILURE_ACTIONS)[number]

/** A failure as it is shown: which sentence, what to fill in, which next steps. */
export const failureSchema = z.strictObject({
  code: z.enum(FAILURE_CODES),
  /** Filled into the sentence: short plain values only (a host name, a status, a model name). */
  detail: z.record(z.string().max(40), z.union([z.string().max(300), z.number()])),
  actions: z.array(z.enum(FAILURE_ACTIONS)).max(4),
})
export type Failure = z.infer<typeof failureSchema>

/** Makes a {@link Failure}; details longer than 300 characters are cut. */
export function failure(code: FailureCode, detail: Record<string, string | number> = {}, actions: FailureAction[] = []): Failure {
  const short = Object.fromEntries(
    Object.entries(detail).map(([k, v]) => [k, typeof v === 'string' && v.length > 300 ? `${v.slice(0, 299)}…` : v]),
  )
  return { code, detail: short, actions }
}

/** A {@link Failure} that travels as an exception inside one process. */
export class FailureError extends Error {
  readonly failure: Failure
  constructor(what: Failure) {
    super(what.code)
    this.name = 'FailureError'
    this.failure = what
  }
}
