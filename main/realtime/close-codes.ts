import { failure, type Failure, type FailureAction, type FailureCode } from '../../shared/failure.ts'

/** Error codes of the API that end a session, on the upgrade, in an `error` event or in a close reason. */
const FATAL_CODES: ReadonlyMap<string, FailureCode> = new Map<string, FailureCode>([
  ['invalid_api_key', 'invalid_key'],
  ['insufficient_quota', 'quota_exhausted'],
  ['billing_hard_limit_reached', 'quota_exhausted'],
  ['account_deactivated', 'account_deactivated'],
  ['session_expired', 'session_expired'],
  ['beta_api_shape_disabled', 'protocol_error'],
])

/** The failure that an API error code means, or null when a session survives it. Source: behaviour of the API, `error` events. */
export function fatalCode(code: string | null): FailureCode | null {
  return code === null ? null : (FATAL_CODES.get(code) ?? null)
}

/** What a person can do about a failure of the connection. */
export function actionsFor(code: FailureCode): FailureAction[] {
  switch (code) {
    case 'invalid_key':
    case 'no_access':
    case 'model_not_found':
    case 'bad_request':
    case 'not_realtime':
    case 'redirect_refused':
    case 'account_deactivated':
    case 'quota_exhausted':
    case 'no_key':
      return ['change_key', 'retry']
    default:
      return ['retry']
  }
}

/** What a close code means and whether a new connection may be tried by itself. */
interface CloseMeaning {
  code: FailureCode
  retry: boolean
}

/** Close codes of RFC 6455 §7.4 and the IANA registry, as Realtime servers use them. */
const CLOSE_CODES: ReadonlyMap<number, CloseMeaning> = new Map<number, CloseMeaning>([
  [1000, { code: 'closed_by_server', retry: false }],
  [1001, { code: 'closed_by_server', retry: true }],
  [1002, { code: 'protocol_error', retry: false }],
  [1003, { code: 'protocol_error', retry: false }],
  [1005, { code: 'connection_lost', retry: true }],
  [1006, { code: 'connection_lost', retry: true }],
  [1007, { code: 'protocol_error', retry: false }],
  [1008, { code: 'closed_by_server', retry: false }],
  [1009, { code: 'protocol_error', retry: false }],
  [1010, { code: 'protocol_error', retry: false }],
  [1011, { code: 'server_unavailable', retry: true }],
  [1012, { code: 'server_unavailable', retry: true }],
  [1013, { code: 'server_unavailable', retry: true }],
  [1015, { code: 'tls_failed', retry: false }],
])

const OTHER: CloseMeaning = { code: 'closed_by_server', retry: false }

/**
 * The failure that a close by the server means.
 *
 * @param code close code; 1005 when the server gave none, 1006 when the connection broke
 * @param reason the server's text, e.g. `invalid_request_error.beta_api_shape_disabled` (4000) or
 *   "Your session hit the maximum duration of 60 minutes." (1001)
 */
export function closeFailure(code: number, reason: string): Failure {
  const named = fatalCode(reason.slice(reason.lastIndexOf('.') + 1))
  const what = named ?? (code === 1001 && /maximum duration/i.test(reason) ? 'session_expired' : meaning(code).code)
  return failure(what, { code }, actionsFor(what))
}

/** Whether a new connection may be tried after this close code without asking. */
export function retryAfterClose(code: number): boolean {
  return meaning(code).retry
}

function meaning(code: number): CloseMeaning {
  return CLOSE_CODES.get(code) ?? OTHER
}
