/** Checks of the larger objects inside events: session, response, usage, error, limits. */
import { modalitiesFromBeta, sessionFromBeta } from './beta.ts'
import {
  id,
  isObject,
  keepAmounts,
  keepObjects,
  list,
  object,
  optionalId,
  stringOrNull,
  type Check,
  type Loose,
} from './checks.ts'
import { item } from './parse-items.ts'
import type { RateLimit, RealtimeError, RealtimeResponse, ResponseStatus, ResponseUsage, TranscriptionUsage } from './response.ts'
import type { LogProb } from './server-events.ts'
import type { EffectiveSession } from './session.ts'

/** A session in today's or in the old flat shape. */
export const session: Check<EffectiveSession> = (value, path) => {
  const made = sessionFromBeta(object(value, path))
  if (made['type'] !== 'transcription') made['type'] = 'realtime'
  if (made['id'] !== undefined) {
    if (made['id'] === null) delete made['id']
    else made['id'] = id(made['id'], `${path}.id`)
  }
  if (made['model'] !== undefined && typeof made['model'] !== 'string') delete made['model']
  const expires = made['expires_at']
  if (expires !== undefined && (typeof expires !== 'number' || !Number.isFinite(expires))) made['expires_at'] = null
  keepObjects(made, ['audio'])
  if (isObject(made['audio'])) keepObjects(made['audio'], ['input', 'output'])
  else delete made['audio']
  return made as unknown as EffectiveSession
}

const STATUSES: ReadonlySet<unknown> = new Set<ResponseStatus>(['in_progress', 'completed', 'cancelled', 'incomplete', 'failed'])

/** A response. One without a status that we know is what its event says it is (`otherwise`). */
export const response =
  (otherwise: ResponseStatus): Check<RealtimeResponse> =>
  (value, path) => {
    const raw = object(value, path)
    raw['id'] = id(raw['id'], `${path}.id`)
    if (!STATUSES.has(raw['status'])) raw['status'] = otherwise
    raw['status_details'] = statusDetails(raw['status_details'])
    raw['output'] = list(raw['output'], `${path}.output`).map((it, i) => item(it, `${path}.output[${i}]`))
    raw['conversation_id'] = optionalId(raw['conversation_id'], `${path}.conversation_id`) ?? null
    raw['usage'] = responseUsage(raw['usage'])
    raw['metadata'] = metadata(raw['metadata'])
    if (Array.isArray(raw['modalities'])) {
      raw['output_modalities'] = modalitiesFromBeta(raw['modalities'])
      delete raw['modalities']
    }
    keepObjects(raw, ['audio'])
    return raw as unknown as RealtimeResponse
  }

/** A plain string was seen here on a compatible server. */
function statusDetails(value: unknown): Loose | null {
  if (typeof value === 'string') return { reason: value }
  if (!isObject(value)) return null
  value['reason'] = stringOrNull(value['reason'])
  const error = value['error']
  if (typeof error === 'string') value['error'] = { message: error }
  else if (isObject(error)) {
    for (const field of ['type', 'code', 'message']) {
      if (error[field] !== undefined) error[field] = stringOrNull(error[field])
    }
  } else if (error !== undefined) value['error'] = null
  return value
}

const KINDS = ['text_tokens', 'audio_tokens', 'image_tokens'] as const

function responseUsage(value: unknown): ResponseUsage | null {
  if (!isObject(value)) return null
  keepAmounts(value, ['total_tokens', 'input_tokens', 'output_tokens'])
  keepObjects(value, ['input_token_details', 'output_token_details'])
  const input = value['input_token_details']
  if (isObject(input)) {
    keepAmounts(input, [...KINDS, 'cached_tokens'])
    keepObjects(input, ['cached_tokens_details'])
    if (isObject(input['cached_tokens_details'])) keepAmounts(input['cached_tokens_details'], KINDS)
  }
  if (isObject(value['output_token_details'])) keepAmounts(value['output_token_details'], [...KINDS, 'reasoning_tokens'])
  return value
}

/** Usage of a transcription; null when absent or of an unknown kind. */
export const transcriptionUsage: Check<TranscriptionUsage | null | undefined> = (value) => {
  if (!isObject(value)) return null
  if (value['type'] === 'duration') {
    const seconds = value['seconds']
    return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 ? (value as { type: 'duration'; seconds: number }) : null
  }
  if (value['type'] !== 'tokens') return null
  keepAmounts(value, ['total_tokens', 'input_tokens', 'output_tokens'])
  keepObjects(value, ['input_token_details'])
  if (isObject(value['input_token_details'])) keepAmounts(value['input_token_details'], KINDS)
  return value as { type: 'tokens' }
}

function metadata(value: unknown): Record<string, string> | null {
  if (!isObject(value)) return null
  return Object.fromEntries(Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
}

/** An error in any shape that says something: an object, or only a sentence. */
export const error: Check<RealtimeError> = (value) => {
  const raw: Loose = isObject(value) ? value : { message: value }
  raw['type'] = stringOrNull(raw['type']) ?? 'unknown'
  raw['message'] = stringOrNull(raw['message']) ?? ''
  for (const field of ['code', 'param', 'event_id']) raw[field] = stringOrNull(raw[field])
  return raw as unknown as RealtimeError
}

/** Why a transcription failed; only shown. */
export const transcriptionError: Check<{ type?: string | null; code?: string | null; message?: string | null; param?: string | null }> = (
  value,
) => {
  const raw: Loose = isObject(value) ? value : { message: value }
  for (const field of ['type', 'code', 'message', 'param']) raw[field] = stringOrNull(raw[field])
  return raw
}

/** Limits; entries that are not objects are left out, amounts that are none too. */
export const rateLimits: Check<RateLimit[]> = (value, path) =>
  list(value, path)
    .filter(isObject)
    .map((limit) => {
      keepAmounts(limit, ['limit', 'remaining', 'reset_seconds'])
      if (typeof limit['name'] !== 'string') delete limit['name']
      return limit
    })

/** The conversation that `conversation.created` names. */
export const conversation: Check<{ id?: string; object?: string }> = (value, path) => {
  const raw = object(value, path)
  for (const field of ['id', 'object']) {
    if (typeof raw[field] !== 'string') delete raw[field]
  }
  return raw
}

/** Kept when they are a list of such; only shown to developers. */
export const logprobs: Check<LogProb[] | null | undefined> = (value) =>
  value === undefined || value === null ? value : Array.isArray(value) ? (value.filter((one) => isObject(one) && typeof one['token'] === 'string') as LogProb[]) : null

/** Kept when they are a list of such. */
export const languages: Check<{ code: string }[] | null | undefined> = (value) =>
  value === undefined || value === null ? value : Array.isArray(value) ? (value.filter((one) => isObject(one) && typeof one['code'] === 'string') as { code: string }[]) : null
