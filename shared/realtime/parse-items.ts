/** Checks of items and content parts; see `items.ts` for what they guarantee. */
import { id, isObject, list, object, optionalId, optionalText, stringOrNull, text, type Check, type Loose } from './checks.ts'
import type { ContentPart, McpError, OutputPart, ReceivedItem, UnknownPart } from './items.ts'

/** Spellings of part types that older servers use, by role of the message. */
const OUTPUT_SPELLING: ReadonlyMap<unknown, string> = new Map([
  ['text', 'output_text'],
  ['audio', 'output_audio'],
])
const INPUT_SPELLING: ReadonlyMap<unknown, string> = new Map([
  ['text', 'input_text'],
  ['audio', 'input_audio'],
])

/** A content part; one of an unknown kind is kept whole. */
function part(value: unknown, path: string, spelling: ReadonlyMap<unknown, string>): ContentPart {
  const raw = object(value, path)
  const type = spelling.get(raw['type']) ?? raw['type']
  switch (type) {
    case 'input_text':
    case 'output_text':
      raw['type'] = type
      raw['text'] = optionalText(raw['text'], `${path}.text`)
      return raw as unknown as ContentPart
    case 'input_audio':
    case 'output_audio':
      raw['type'] = type
      if (raw['transcript'] !== undefined) raw['transcript'] = stringOrNull(raw['transcript'])
      if (raw['audio'] !== undefined) raw['audio'] = stringOrNull(raw['audio'])
      return raw as unknown as ContentPart
    case 'input_image':
      raw['image_url'] = text(raw['image_url'], `${path}.image_url`)
      return raw as unknown as ContentPart
    default:
      return { type: 'unknown', raw }
  }
}

/** The `part` of a content_part event: said by the assistant. */
export const outputPart: Check<OutputPart | UnknownPart> = (value, path) => {
  const made = part(value, path, OUTPUT_SPELLING)
  return made.type === 'output_text' || made.type === 'output_audio' || made.type === 'unknown'
    ? made
    : { type: 'unknown', raw: object(value, path) }
}

/** A received item; one of an unknown kind is kept whole under `raw`. */
export const item: Check<ReceivedItem> = (value, path) => {
  const raw = object(value, path)
  const itemId = id(raw['id'], `${path}.id`)
  const status = raw['status']
  if (status !== 'in_progress' && status !== 'completed' && status !== 'incomplete') delete raw['status']
  if (raw['object'] !== 'realtime.item') delete raw['object']
  const check = ITEM_KINDS.get(raw['type'])
  return check?.(raw, path) === true ? (raw as unknown as ReceivedItem) : { type: 'unknown', id: itemId, raw }
}

/** Checks the fields of one kind in place; false when the item is of no kind that we know. */
type ItemCheck = (raw: Loose, path: string) => boolean

const ITEM_KINDS: ReadonlyMap<unknown, ItemCheck> = new Map<unknown, ItemCheck>([
  [
    'message',
    (raw, path) => {
      const role = raw['role']
      if (role !== 'assistant' && role !== 'user' && role !== 'system') return false
      const spelling = role === 'assistant' ? OUTPUT_SPELLING : INPUT_SPELLING
      raw['content'] = list(raw['content'], `${path}.content`).map((p, i) => part(p, `${path}.content[${i}]`, spelling))
      return true
    },
  ],
  [
    'function_call',
    (raw, path) => {
      if (raw['call_id'] === null) delete raw['call_id']
      if (raw['call_id'] !== undefined) raw['call_id'] = id(raw['call_id'], `${path}.call_id`)
      raw['name'] = text(raw['name'], `${path}.name`)
      raw['arguments'] = optionalText(raw['arguments'], `${path}.arguments`)
      return true
    },
  ],
  [
    'function_call_output',
    (raw, path) => {
      raw['call_id'] = id(raw['call_id'], `${path}.call_id`)
      raw['output'] = optionalText(raw['output'], `${path}.output`)
      return true
    },
  ],
  [
    'mcp_list_tools',
    (raw, path) => {
      raw['server_label'] = optionalText(raw['server_label'], `${path}.server_label`)
      raw['tools'] = list(raw['tools'], `${path}.tools`).map((tool, i) => {
        const made = object(tool, `${path}.tools[${i}]`)
        made['name'] = text(made['name'], `${path}.tools[${i}].name`)
        return made
      })
      return true
    },
  ],
  [
    'mcp_call',
    (raw, path) => {
      mcpCall(raw, path)
      raw['approval_request_id'] = optionalId(raw['approval_request_id'], `${path}.approval_request_id`) ?? null
      if (raw['output'] !== undefined) raw['output'] = stringOrNull(raw['output'])
      if (raw['error'] !== undefined) raw['error'] = mcpError(raw['error'])
      return true
    },
  ],
  [
    'mcp_approval_request',
    (raw, path) => {
      mcpCall(raw, path)
      return true
    },
  ],
  [
    'mcp_approval_response',
    (raw, path) => {
      raw['approval_request_id'] = id(raw['approval_request_id'], `${path}.approval_request_id`)
      raw['approve'] = raw['approve'] === true
      if (raw['reason'] !== undefined) raw['reason'] = stringOrNull(raw['reason'])
      return true
    },
  ],
])

/** What a call to an MCP server and a request for one have in common. A person decides by these words, so none may be guessed. */
function mcpCall(raw: Loose, path: string): void {
  raw['server_label'] = text(raw['server_label'], `${path}.server_label`)
  raw['name'] = text(raw['name'], `${path}.name`)
  raw['arguments'] = optionalText(raw['arguments'], `${path}.arguments`)
}

function mcpError(value: unknown): McpError | null {
  if (typeof value === 'string') return { type: 'tool_execution_error', message: value }
  if (!isObject(value)) return null
  const { type, code } = value
  const message = stringOrNull(value['message']) ?? ''
  const known = (type === 'protocol_error' || type === 'http_error') && typeof code === 'number'
  return known ? { type, code, message } : { type: 'tool_execution_error', message }
}
