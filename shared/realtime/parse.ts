/**
 * From a frame of the socket to an event, once, in one place. Old names and the old flat session
 * become today's here, and nowhere else is the wire's JSON looked at.
 */
import { BETA_SERVER_EVENTS, isBetaSession } from './beta.ts'
import { amount, id, index, isObject, optionalId, optionalText, stringOrNull, text, WrongValue, type Check, type Loose } from './checks.ts'
import { item, outputPart } from './parse-items.ts'
import {
  conversation,
  error,
  languages,
  logprobs,
  rateLimits,
  response,
  session,
  transcriptionError,
  transcriptionUsage,
} from './parse-parts.ts'
import type { ResponseOutputAudioDeltaEvent, ServerEvent, ServerEventOf, ServerEventType } from './server-events.ts'

/** What became of a frame. */
export type ParsedServerEvent =
  | {
      kind: 'known'
      event: ServerEvent
      /** A session in the old flat shape: its server wants to be spoken to in the old shape as well. */
      beta?: true
    }
  /** JSON with a `type` that this client does not know; kept as received. */
  | { kind: 'unknown'; type: string; event: Readonly<Record<string, unknown>> }
  /** Not an event. `path` names the field that is wrong (empty: the frame itself); nothing of the content is repeated. */
  | { kind: 'invalid'; reason: string; path: string }

/**
 * Decodes base64 into bytes of exactly the decoded size with a buffer of their own. Throws when
 * the text is not base64 (padding may be left out).
 */
export type DecodeBase64 = (text: string) => Uint8Array

/** Largest frame, in UTF-16 units or bytes. */
export const MAX_FRAME = 64 * 1024 * 1024

/** Longest name of an event. */
const MAX_TYPE = 200

/**
 * Parses one frame. Never throws.
 *
 * @param frame text of a frame, or its bytes in UTF-8
 */
export function parseServerEvent(frame: string | Uint8Array, decodeBase64: DecodeBase64): ParsedServerEvent {
  if (frame.length > MAX_FRAME) return { kind: 'invalid', reason: 'is larger than 64 MiB', path: '' }
  const json = typeof frame === 'string' ? frame : decodeUtf8(frame)
  if (json === null) return { kind: 'invalid', reason: 'is not text in UTF-8', path: '' }
  const audio = parseAudioDelta(json, decodeBase64)
  if (audio !== null) return { kind: 'known', event: audio }

  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return { kind: 'invalid', reason: 'is not JSON', path: '' }
  }
  if (!isObject(value)) return { kind: 'invalid', reason: 'is not a JSON object', path: '' }
  const wireType = value['type']
  if (typeof wireType !== 'string' || wireType.length === 0 || wireType.length > MAX_TYPE) {
    return { kind: 'invalid', reason: `must be a string of 1 to ${MAX_TYPE} characters`, path: 'type' }
  }
  const type = BETA_SERVER_EVENTS.get(wireType) ?? wireType
  const fields = FIELDS.get(type)
  if (fields === undefined) return { kind: 'unknown', type: wireType, event: value }
  const beta = type.startsWith('session.') && isBetaSession(value['session'])
  try {
    complete(value, wireType, type, decodeBase64)
    for (const [field, check] of fields) {
      const checked = check(value[field], field)
      if (checked !== undefined) value[field] = checked
    }
  } catch (problem) {
    if (problem instanceof WrongValue) return { kind: 'invalid', reason: problem.message, path: problem.path }
    return { kind: 'invalid', reason: 'cannot be understood', path: '' }
  }
  return { kind: 'known', event: value as unknown as ServerEvent, ...(beta ? { beta } : {}) }
}

/** Brings what differs between wire and {@link ServerEvent} to the latter's shape, before the checks. */
function complete(event: Loose, wireType: string, type: string, decodeBase64: DecodeBase64): void {
  event['type'] = type
  const eventId = stringOrNull(event['event_id'])
  if (eventId === null) delete event['event_id']
  if (type === 'response.output_audio.delta') {
    event['audio'] = decodeDelta(event['delta'], decodeBase64)
    delete event['delta']
  } else if (type === 'error') {
    event['error'] ??= event['message']
  } else if (wireType.startsWith('transcription_session.') && isObject(event['session'])) {
    event['session']['type'] = 'transcription'
  } else if (event['part'] === undefined && type.startsWith('response.content_part.')) {
    event['part'] = event['content']
  }
}

function decodeDelta(delta: unknown, decodeBase64: DecodeBase64): Uint8Array {
  const encoded = text(delta, 'delta')
  try {
    return decodeBase64(encoded)
  } catch {
    throw new WrongValue('delta', 'must be base64')
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

/** How far from the start the payload of an audio delta must begin to be found by the fast path. */
const HEAD = 1024
const AUDIO_DELTA = /"response\.(?:output_)?audio\.delta"/
const DELTA_FIELD = /"delta":\s*"/

/**
 * The fast path for sound, nearly all bytes of a session: the payload is cut out before the JSON
 * is parsed, so it is read once, by the decoder. Null when the frame is anything else, or in any
 * way unusual; then the ordinary path decides.
 */
function parseAudioDelta(json: string, decodeBase64: DecodeBase64): ResponseOutputAudioDeltaEvent | null {
  const head = json.slice(0, HEAD)
  if (!AUDIO_DELTA.test(head)) return null
  const found = DELTA_FIELD.exec(head)
  if (found === null) return null
  const begin = found.index + found[0].length
  const end = json.indexOf('"', begin)
  if (end < 0 || json.length - end > HEAD) return null
  try {
    const rest: unknown = JSON.parse(json.slice(0, begin) + json.slice(end))
    // An empty top-level delta proves that it was this field that was cut out.
    if (!isObject(rest) || rest['delta'] !== '') return null
    const type = rest['type']
    if (type !== 'response.output_audio.delta' && type !== 'response.audio.delta') return null
    const eventId = rest['event_id']
    return {
      type: 'response.output_audio.delta',
      ...(typeof eventId === 'string' ? { event_id: eventId } : {}),
      response_id: id(rest['response_id'], 'response_id'),
      item_id: id(rest['item_id'], 'item_id'),
      output_index: index(rest['output_index'], 'output_index'),
      content_index: index(rest['content_index'], 'content_index'),
      audio: decodeBase64(json.slice(begin, end)),
    }
  } catch {
    // Whatever is wrong, the ordinary path finds it again and names it.
    return null
  }
}

/** One check per field of every event: an event or a field without one does not compile. */
type Fields = {
  [Type in ServerEventType]: {
    [Field in Exclude<keyof ServerEventOf<Type>, 'type' | 'event_id' | 'obfuscation'>]-?: Check<ServerEventOf<Type>[Field]>
  }
}

const bytes: Check<Uint8Array> = (value, path) => {
  if (!(value instanceof Uint8Array)) throw new WrongValue(path, 'must be bytes')
  return value
}

const inItem = { item_id: id, content_index: index }
const inResponse = { response_id: id, output_index: index }
const inPart = { ...inItem, ...inResponse }
const inCall = { ...inResponse, item_id: id }

const TABLE: Fields = {
  error: { error },
  'session.created': { session },
  'session.updated': { session },
  'conversation.created': { conversation },
  'conversation.item.added': { item, previous_item_id: optionalId },
  'conversation.item.done': { item, previous_item_id: optionalId },
  'conversation.item.retrieved': { item },
  'conversation.item.truncated': { ...inItem, audio_end_ms: amount },
  'conversation.item.deleted': { item_id: id },
  'conversation.item.input_audio_transcription.delta': { ...inItem, delta: optionalText, logprobs },
  'conversation.item.input_audio_transcription.completed': {
    ...inItem,
    transcript: optionalText,
    usage: transcriptionUsage,
    logprobs,
    languages,
  },
  'conversation.item.input_audio_transcription.failed': { ...inItem, error: transcriptionError },
  'conversation.item.input_audio_transcription.segment': {
    ...inItem,
    id,
    speaker: optionalText,
    text,
    start: amount,
    end: amount,
  },
  'input_audio_buffer.committed': { item_id: id, previous_item_id: optionalId },
  'input_audio_buffer.cleared': {},
  'input_audio_buffer.speech_started': { item_id: id, audio_start_ms: amount },
  'input_audio_buffer.speech_stopped': { item_id: id, audio_end_ms: amount },
  'input_audio_buffer.timeout_triggered': { item_id: id, audio_start_ms: amount, audio_end_ms: amount },
  'input_audio_buffer.dtmf_event_received': { event: text, received_at: amount },
  'output_audio_buffer.started': { response_id: id },
  'output_audio_buffer.stopped': { response_id: id },
  'output_audio_buffer.cleared': { response_id: id },
  'response.created': { response: response('in_progress') },
  'response.done': { response: response('completed') },
  'response.output_item.added': { ...inResponse, item },
  'response.output_item.done': { ...inResponse, item },
  'response.content_part.added': { ...inPart, part: outputPart },
  'response.content_part.done': { ...inPart, part: outputPart },
  'response.output_text.delta': { ...inPart, delta: text },
  'response.output_text.done': { ...inPart, text },
  'response.output_audio.delta': { ...inPart, audio: bytes },
  'response.output_audio.done': inPart,
  'response.output_audio_transcript.delta': { ...inPart, delta: text },
  'response.output_audio_transcript.done': { ...inPart, transcript: text },
  'response.function_call_arguments.delta': { ...inCall, call_id: id, delta: text },
  'response.function_call_arguments.done': { ...inCall, call_id: id, name: stringOrNull, arguments: text },
  'response.mcp_call_arguments.delta': { ...inCall, delta: text },
  'response.mcp_call_arguments.done': { ...inCall, arguments: text },
  'response.mcp_call.in_progress': { item_id: id, output_index: index },
  'response.mcp_call.completed': { item_id: id, output_index: index },
  'response.mcp_call.failed': { item_id: id, output_index: index },
  'mcp_list_tools.in_progress': { item_id: id },
  'mcp_list_tools.completed': { item_id: id },
  'mcp_list_tools.failed': { item_id: id },
  'rate_limits.updated': { rate_limits: rateLimits },
}

/** Types of every known server event, in GA names. */
export const SERVER_EVENT_TYPES = Object.keys(TABLE) as readonly ServerEventType[]

const FIELDS: ReadonlyMap<string, readonly (readonly [string, Check<unknown>])[]> = new Map(
  Object.entries(TABLE).map(([type, checks]) => [type, Object.entries<Check<unknown>>(checks)]),
)
