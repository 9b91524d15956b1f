import type { FailureCode } from '../../shared/failure.ts'
import type { AppState } from '../../shared/state.ts'
import type { NotificationName } from './texts.ts'

/** What of the state a person must hear of who sees no window. */
export type NoticeView = Pick<AppState, 'question'> & { voice: Pick<AppState['voice'], 'failure' | 'notice' | 'heldTurnMs'> }

const ACCESS: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'no_key', 'key_unreadable', 'endpoint_invalid', 'endpoint_insecure', 'invalid_key', 'no_access', 'model_not_found', 'bad_request', 'not_realtime', 'quota_exhausted', 'account_deactivated',
])
const MICROPHONE: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'microphone_denied', 'microphone_missing', 'microphone_busy', 'microphone_silent', 'microphone_lost', 'turn_unheard', 'sound_room_crashed', 'speaker_failed',
])
const CAP: ReadonlySet<FailureCode> = new Set<FailureCode>(['spending_session', 'spending_day', 'spending_minutes'])
const CONNECTION: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'rate_limited', 'server_unavailable', 'redirect_refused', 'offline', 'tls_failed', 'proxy_failed', 'timeout', 'closed_by_server', 'session_expired', 'connection_lost', 'protocol_error',
])

/** What is said of a failure that ended something; null: nothing that cannot wait for the window. */
function nameOf(code: FailureCode, ended: boolean): NotificationName | null {
  if (ACCESS.has(code)) return 'access'
  if (MICROPHONE.has(code)) return 'microphone'
  if (CAP.has(code)) return 'cap'
  if (code === 'idle_stopped') return 'idleStopped'
  if (!ended) return null
  return CONNECTION.has(code) ? 'connection' : 'failed'
}

/**
 * What has come up between two states that a person should be told of while no window can be seen.
 * What was there before is not said again.
 */
export function newNotices(before: NoticeView | null, now: NoticeView): NotificationName[] {
  const names = new Set<NotificationName>()
  const { failure, notice, heldTurnMs } = now.voice
  if (heldTurnMs !== null && (before === null || before.voice.heldTurnMs === null)) names.add('turnHeld')
  else if (failure !== null && failure.code !== before?.voice.failure?.code) add(names, nameOf(failure.code, true))
  if (notice !== null && notice.code !== before?.voice.notice?.code) add(names, nameOf(notice.code, false))
  if (now.question !== null && now.question.id !== before?.question?.id) names.add('question')
  return [...names]
}

function add(names: Set<NotificationName>, name: NotificationName | null): void {
  if (name !== null) names.add(name)
}
