/**
 * From today's client events to those of the old (beta) protocol, for compatible servers that
 * speak nothing else. What the old protocol has no word for is left out, since its servers refuse
 * unknown parameters. Never used for OpenAI itself, which refuses the old shape.
 * Source: the official description before GA (github.com/openai/openai-openapi, April 2025).
 */
import { BETA_FORMATS, BETA_INPUT_FIELDS } from './beta.ts'
import type { ClientEvent } from './client-events.ts'

type Loose = Record<string, unknown>

/** The event as a beta server expects it; `session.update` of a transcription session changes its name. */
export function clientEventToBeta(event: ClientEvent): Loose & { type: string } {
  switch (event.type) {
    case 'session.update':
      return event.session.type === 'transcription'
        ? { ...event, type: 'transcription_session.update', session: sessionToBeta(event.session) }
        : { ...event, session: sessionToBeta(event.session) }
    case 'response.create':
      return event.response === undefined ? { ...event } : { ...event, response: responseToBeta(event.response) }
    case 'conversation.item.create':
      return { ...event, item: itemToBeta(event.item) }
    default:
      return { ...event }
  }
}

/** Names of today that the old session does not have, and the one that only says which of the two it is. */
const NOT_IN_SESSION = ['type', 'audio', 'output_modalities', 'max_output_tokens', 'truncation', 'reasoning', 'parallel_tool_calls']

function sessionToBeta(session: object): Loose {
  const from = session as Loose
  const flat = without(from, NOT_IN_SESSION)
  const audio = loose(from['audio'])
  const input = loose(audio['input'])
  if (Array.isArray(from['output_modalities'])) flat['modalities'] = modalitiesToBeta(from['output_modalities'])
  if (from['max_output_tokens'] !== undefined) flat['max_response_output_tokens'] = from['max_output_tokens']
  if (input['format'] !== undefined) flat['input_audio_format'] = formatToBeta(input['format'])
  for (const [old, now] of BETA_INPUT_FIELDS) if (input[now] !== undefined) flat[old] = only(input[now], INPUT_KEYS[now])
  outputToBeta(flat, audio)
  withOldTools(flat)
  return flat
}

/** What the old protocol knows of each; null (off) stays null. */
const INPUT_KEYS = {
  transcription: ['model', 'language', 'prompt'],
  noise_reduction: ['type'],
  turn_detection: ['type', 'threshold', 'prefix_padding_ms', 'silence_duration_ms', 'create_response', 'interrupt_response', 'eagerness'],
}

const NOT_IN_RESPONSE = ['audio', 'output_modalities', 'max_output_tokens', 'reasoning', 'parallel_tool_calls', 'input']

function responseToBeta(response: object): Loose {
  const from = response as Loose
  const flat = without(from, NOT_IN_RESPONSE)
  if (Array.isArray(from['output_modalities'])) flat['modalities'] = modalitiesToBeta(from['output_modalities'])
  if (from['max_output_tokens'] !== undefined) flat['max_response_output_tokens'] = from['max_output_tokens']
  outputToBeta(flat, loose(from['audio']))
  if (Array.isArray(from['input'])) flat['input'] = from['input'].map(itemToBeta)
  withOldTools(flat)
  return flat
}

function outputToBeta(flat: Loose, audio: Loose): void {
  const { format, voice, speed } = loose(audio['output'])
  if (format !== undefined) flat['output_audio_format'] = formatToBeta(format)
  if (voice !== undefined) flat['voice'] = typeof voice === 'string' ? voice : loose(voice)['id']
  if (speed !== undefined) flat['speed'] = speed
}

/** MCP servers came with GA. */
function withOldTools(flat: Loose): void {
  if (Array.isArray(flat['tools'])) flat['tools'] = flat['tools'].filter((tool) => loose(tool)['type'] !== 'mcp')
  if (loose(flat['tool_choice'])['type'] === 'mcp') delete flat['tool_choice']
}

const OLD_PARTS: ReadonlyMap<unknown, string> = new Map([
  ['output_text', 'text'],
  ['output_audio', 'audio'],
])

function itemToBeta(item: unknown): Loose {
  const from = loose(item)
  if (!Array.isArray(from['content'])) return from
  return {
    ...from,
    content: from['content'].map((part) => {
      const old = OLD_PARTS.get(loose(part)['type'])
      return old === undefined ? loose(part) : { ...loose(part), type: old }
    }),
  }
}

/** A spoken answer was `["text","audio"]`. */
function modalitiesToBeta(modalities: readonly unknown[]): string[] {
  return modalities.includes('audio') ? ['text', 'audio'] : ['text']
}

function formatToBeta(format: unknown): unknown {
  const { type } = loose(format)
  for (const [old, now] of BETA_FORMATS) if (now['type'] === type) return old
  return format
}

function loose(value: unknown): Loose {
  return typeof value === 'object' && value !== null ? (value as Loose) : {}
}

function without(from: Loose, names: readonly string[]): Loose {
  return Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name)))
}

function only(value: unknown, names: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)))
}
