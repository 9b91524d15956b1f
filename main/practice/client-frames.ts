import { z } from '../../shared/zod.ts'

/** A refusal: becomes an `error` event, and the session goes on. Codes as the Realtime API has them. */
export class ClientError extends Error {
  readonly code: string
  readonly param: string | null

  constructor(code: string, message: string, param: string | null = null) {
    super(message)
    this.name = 'ClientError'
    this.code = code
    this.param = param
  }
}

/** Longest `audio` of one append, characters (the API: 15 MiB). */
const LONGEST_APPEND = 15 * 1024 * 1024
const id = z.string().min(1).max(200)

/** A content part of an item that a client makes; what the partner does not use is kept as it came. */
const partSchema = z.looseObject({ type: z.string(), text: z.string().optional(), audio: z.string().optional() })

/** An item that a client makes. */
export const clientItemSchema = z.looseObject({
  id: z.string().min(1).max(32).optional(),
  type: z.enum(['message', 'function_call', 'function_call_output', 'mcp_approval_response']),
  role: z.enum(['system', 'user', 'assistant']).optional(),
  content: z.array(partSchema).max(100).optional(),
})
export type ClientItem = z.infer<typeof clientItemSchema>

const createdResponseSchema = z.looseObject({
  conversation: z.enum(['auto', 'none']).optional(),
  output_modalities: z.array(z.enum(['audio', 'text'])).length(1).optional(),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
})

const eventSchemas = {
  'session.update': z.looseObject({ session: z.looseObject({ type: z.string() }) }),
  'input_audio_buffer.append': z.looseObject({ audio: z.string().max(LONGEST_APPEND) }),
  'input_audio_buffer.commit': z.looseObject({}),
  'input_audio_buffer.clear': z.looseObject({}),
  'conversation.item.create': z.looseObject({ item: clientItemSchema, previous_item_id: id.nullish() }),
  'conversation.item.retrieve': z.looseObject({ item_id: id }),
  'conversation.item.truncate': z.looseObject({
    item_id: id,
    content_index: z.number().int().min(0),
    audio_end_ms: z.number().int().min(0),
  }),
  'conversation.item.delete': z.looseObject({ item_id: id }),
  'response.create': z.looseObject({ response: createdResponseSchema.nullish() }),
  'response.cancel': z.looseObject({ response_id: id.nullish() }),
} as const

type EventSchemas = typeof eventSchemas

/** An event of a client, checked as far as the partner uses it. */
export type PracticeClientEvent = { [T in keyof EventSchemas]: { type: T } & z.infer<EventSchemas[T]> }[keyof EventSchemas]

/** What a frame holds, before the event itself is checked. */
export interface Frame {
  /** The client's `event_id`, to be repeated in an error; null when it gave none. */
  event_id: string | null
  /** Checks the event; throws {@link ClientError}. */
  event(): PracticeClientEvent
}

/** Reads one text frame. Never throws; what is wrong with it comes out of `event()`. */
export function readFrame(text: string): Frame {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refused(null, 'The event is not JSON.')
  }
  const head = z.looseObject({ type: z.string().max(200), event_id: z.string().max(512).optional() }).safeParse(value)
  if (!head.success) return refused(null, 'An event is an object with a type.', 'type')
  const event_id = head.data.event_id ?? null
  const type = head.data.type
  if (!isKnown(type)) return refused(event_id, `There is no event of type '${type.slice(0, 60)}'.`, 'type')
  return {
    event_id,
    event() {
      const parsed = eventSchemas[type].safeParse(value)
      if (parsed.success) return { ...parsed.data, type } as PracticeClientEvent
      const issue = parsed.error.issues[0]
      const param = issue?.path.map(String).join('.') ?? null
      if (issue?.code === 'too_big' && issue.origin === 'string') throw new ClientError('string_above_max_length', `${param ?? 'A text'} is too long.`, param)
      if (issue !== undefined && at(value, issue.path) === undefined) throw new ClientError('missing_required_parameter', `Missing required parameter: '${param ?? ''}'.`, param)
      throw new ClientError('invalid_value', `Invalid value for '${param ?? ''}': ${issue?.message ?? 'not understood'}`, param)
    },
  }
}

function isKnown(type: string): type is keyof EventSchemas {
  return Object.hasOwn(eventSchemas, type)
}

function refused(event_id: string | null, message: string, param: string | null = null): Frame {
  return {
    event_id,
    event() {
      throw new ClientError('invalid_event', message, param)
    },
  }
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here: unknown = value
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = (here as Record<PropertyKey, unknown>)[key]
  }
  return here
}
