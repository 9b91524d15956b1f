/**
 * From a client event to the text of a frame. Nulls stay (they mean "off"), undefined fields go,
 * integers are floored, and what a server would refuse anyway is refused here by a `RangeError`
 * that names the field.
 */
import { clientEventToBeta } from './beta-out.ts'
import type { ClientEvent, ResponseCreateParams } from './client-events.ts'
import type { SessionConfig } from './session.ts'

/** Largest `input_audio_buffer.append`, characters of base64 (API: 15 MiB per event). */
export const MAX_APPEND = 15 * 1024 * 1024
/** Longest id that a client may choose (seen in `string_above_max_length`). */
export const MAX_CLIENT_ID = 32
/** Longest `event_id` (API reference). */
const MAX_EVENT_ID = 512
/** Metadata of a response: pairs, and characters of a key and of a value (API reference). */
const MAX_METADATA = { pairs: 16, key: 64, value: 512 }

/** Which protocol the text is in: today's, or the old one of servers that speak nothing else. */
export type WireShape = 'ga' | 'beta'

/** Text of the frame for `event`. Throws `RangeError` for an id, size or number that no server accepts. */
export function serialiseClientEvent(event: ClientEvent, shape: WireShape = 'ga'): string {
  const checked = withinLimits(event)
  return JSON.stringify(shape === 'beta' ? clientEventToBeta(checked) : checked)
}

function withinLimits(event: ClientEvent): ClientEvent {
  if (event.event_id !== undefined && event.event_id.length > MAX_EVENT_ID) throw new RangeError('event_id is too long')
  switch (event.type) {
    case 'input_audio_buffer.append':
      if (event.audio.length > MAX_APPEND) throw new RangeError('audio is larger than 15 MiB')
      return event
    case 'conversation.item.create':
      shortId(event.item.id, 'item.id')
      if ('call_id' in event.item) shortId(event.item.call_id, 'item.call_id')
      return event
    case 'conversation.item.truncate':
      return {
        ...event,
        content_index: wholeNumber(event.content_index, 'content_index'),
        audio_end_ms: wholeNumber(event.audio_end_ms, 'audio_end_ms'),
      }
    case 'session.update':
      return { ...event, session: withWholeTimes(withWholeLimit(event.session)) }
    case 'response.create':
      if (event.response === undefined) return event
      checkMetadata(event.response.metadata)
      for (const item of event.response.input ?? []) if (item.type !== 'item_reference') shortId(item.id, 'response.input.id')
      return { ...event, response: withWholeLimit(event.response) }
    case 'input_audio_buffer.commit':
    case 'input_audio_buffer.clear':
    case 'conversation.item.retrieve':
    case 'conversation.item.delete':
    case 'response.cancel':
    case 'output_audio_buffer.clear':
      return event
  }
}

function shortId(id: string | undefined, name: string): void {
  if (id !== undefined && id.length > MAX_CLIENT_ID) throw new RangeError(`${name} is longer than ${String(MAX_CLIENT_ID)} characters`)
}

function checkMetadata(metadata: ResponseCreateParams['metadata']): void {
  const pairs = Object.entries(metadata ?? {})
  if (pairs.length > MAX_METADATA.pairs) throw new RangeError('response.metadata has more than 16 pairs')
  for (const [key, value] of pairs) {
    if (key.length > MAX_METADATA.key) throw new RangeError('a key of response.metadata is longer than 64 characters')
    if (value.length > MAX_METADATA.value) throw new RangeError('a value of response.metadata is longer than 512 characters')
  }
}

function wholeNumber(value: number, name: string): number {
  const floored = Math.floor(value)
  if (!Number.isSafeInteger(floored) || floored < 0) throw new RangeError(`${name} must be a whole number of 0 or more`)
  return floored
}

function withWholeLimit<T extends object>(config: T): T {
  const limit = 'max_output_tokens' in config ? config.max_output_tokens : undefined
  return typeof limit === 'number' ? { ...config, max_output_tokens: wholeNumber(limit, 'max_output_tokens') } : config
}

const TIMES = ['prefix_padding_ms', 'silence_duration_ms', 'idle_timeout_ms'] as const

function withWholeTimes(session: SessionConfig): SessionConfig {
  const detection = session.audio?.input?.turn_detection
  if (detection?.type !== 'server_vad') return session
  const whole = { ...detection }
  for (const name of TIMES) {
    const time = whole[name]
    if (typeof time === 'number') whole[name] = wholeNumber(time, name)
  }
  return { ...session, audio: { ...session.audio, input: { ...session.audio?.input, turn_detection: whole } } }
}

/** What stands before and after the base64 in an `input_audio_buffer.append`, which is the same in both shapes. */
export const APPEND_PREFIX = '{"type":"input_audio_buffer.append","audio":"'
export const APPEND_SUFFIX = '"}'

/**
 * Text of an `input_audio_buffer.append` for one chunk of microphone sound: the hot path of
 * sending, without an `event_id`, since appends are never acknowledged.
 *
 * @param pcm sound in the session's input format, ≤ 11 MiB
 */
export function appendFrame(pcm: Uint8Array, encodeBase64: (bytes: Uint8Array) => string): string {
  const audio = encodeBase64(pcm)
  if (audio.length > MAX_APPEND) throw new RangeError('audio is larger than 15 MiB')
  return APPEND_PREFIX + audio + APPEND_SUFFIX
}
