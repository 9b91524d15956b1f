import type { RealtimeResponse } from '../realtime/response.ts'
import type { ResponseOutcome } from './model.ts'

/** How a response ended, as entries carry it. */
export function outcomeOf(response: RealtimeResponse): ResponseOutcome {
  const details = response.status_details
  return { status: response.status, reason: details?.error?.code ?? details?.error?.type ?? details?.reason ?? '' }
}

const SENTENCES: ReadonlyMap<string, string> = new Map([
  ['turn_detected', 'Interrupted: the person began to speak.'],
  ['client_cancelled', 'Stopped on request.'],
  ['connection_lost', 'The connection was lost before the answer was complete.'],
  ['max_output_tokens', 'The answer reached its length limit and stops here.'],
  ['content_filter', 'The server’s content filter stopped the answer.'],
  ['rate_limit_exceeded', 'Too much was asked of the account in a short time; ask again in a moment.'],
  ['inference_rate_limit_exceeded', 'Too much was asked of the account in a short time; ask again in a moment.'],
  ['insufficient_quota', 'The account has no credit left.'],
  ['billing_hard_limit_reached', 'The account has reached its spending limit.'],
  ['account_deactivated', 'The account is switched off.'],
  ['invalid_api_key', 'The server does not accept the key.'],
  ['server_error', 'The server failed; ask again.'],
])

const STATUS: Record<ResponseOutcome['status'], string> = {
  in_progress: '',
  completed: '',
  cancelled: 'Stopped before it was complete.',
  incomplete: 'The answer is not complete',
  failed: 'The answer failed',
}

/**
 * How a response ended, in an English sentence; empty when it simply completed or still runs.
 * Reasons from session-config: `response.status_details`. Windows say it in the person's language.
 */
export function outcomeInWords(outcome: ResponseOutcome): string {
  const status = STATUS[outcome.status]
  if (status === '') return ''
  const sentence = SENTENCES.get(outcome.reason)
  if (sentence !== undefined) return sentence
  if (status.endsWith('.')) return status
  return outcome.reason === '' ? `${status}.` : `${status} (${outcome.reason}).`
}
