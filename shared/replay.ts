import { Conversation } from './conversation/conversation.ts'
import type { ItemRecord } from './conversation/item.ts'
import type { ConversationEntry } from './conversation/model.ts'
import { outcomeInWords, outcomeOf } from './conversation/outcome.ts'
import { isObject } from './realtime/checks.ts'
import { CLIENT_EVENT_TYPES } from './realtime/client-events.ts'
import { parseServerEvent, type DecodeBase64 } from './realtime/parse.ts'
import type { ResponseStatus, ResponseUsage } from './realtime/response.ts'
import { UsageMeter, type Usage } from './usage/meter.ts'
import type { Prices } from './usage/prices.ts'
import { KINDS, type Kind } from './usage/tokens.ts'

/** What `npm run replay` prints (design §8). */
export interface ReplayReport {
  /** Events of both sides, unknown ones included; `invalid` ones are none. */
  events: number
  /** How often each type occurs, by its name in the file. */
  byType: Record<string, number>
  /** Server and client events of unknown types: type → count. */
  unknown: Record<string, number>
  /** Lines that hold no event, counted from 1. */
  invalid: { line: number; reason: string }[]
  /** In conversation order. */
  items: ItemRecord[]
  /** In order of appearance, out-of-band ones included. */
  responses: { id: string; status: ResponseStatus; usage: ResponseUsage | null }[]
  usage: ReplayUsage
  /** Dollars, an estimate; null when no price is known for anything that was used. */
  costUsd: number | null
}

/** The usage of all responses in the wire's own words, and what else is known of it. */
export interface ReplayUsage extends ResponseUsage {
  transcription: Usage['transcription']
  /** Dollars for the responses by kind. */
  costs: Usage['costs']
  /** Day of the prices. */
  pricesOf: string
  /** Models without a known price: only their tokens are counted. */
  unpriced: string[]
}

export interface ReplayOptions {
  decodeBase64: DecodeBase64
  prices?: Prices
  /** Model to reckon with where the recording names none. */
  model?: string
}

/** A recording that has been replayed. */
export interface Replay {
  report: ReplayReport
  /** The conversation as people would have seen it. */
  entries: ConversationEntry[]
  /** How responses ended badly, in words. */
  outcomes: { id: string; words: string }[]
}

/** Events of the old protocol that clients sent under another name, and of translation sessions. */
const OLD_CLIENT_EVENTS = ['transcription_session.update', 'session.input_audio_buffer.append', 'session.close']
const CLIENT_EVENTS: ReadonlySet<string> = new Set([...CLIENT_EVENT_TYPES, 'transcription_session.update'])
const SENT: ReadonlySet<string> = new Set([...CLIENT_EVENT_TYPES, ...OLD_CLIENT_EVENTS])

/**
 * Feeds a recording through the parser, the reducer and the meter that the app uses. Lines are
 * `{"dir":"client"|"server","event":{…}}` or bare events, of which the type tells the side; a file
 * that is one JSON value as a whole is one event, or a list of them. `{"dir":"note","note":{…}}` is passed over. Never throws.
 *
 * @param text the file
 */
export function replay(text: string, options: ReplayOptions): Replay {
  const conversation = new Conversation({ now: () => 0, newId: () => 'typed', onPatches: () => undefined })
  const meter = new UsageMeter({
    ...(options.prices ? { prices: options.prices } : {}),
    ...(options.model ? { model: options.model } : {}),
  })
  const byType = new Map<string, number>()
  const unknown = new Map<string, number>()
  const invalid: ReplayReport['invalid'] = []
  const responses = new Map<string, ReplayReport['responses'][number]>()
  const outcomes = new Map<string, string>()
  let events = 0

  const count = (counts: Map<string, number>, type: string): void => {
    counts.set(type, (counts.get(type) ?? 0) + 1)
  }
  for (const { line, value } of linesOf(text)) {
    if (isNote(value)) continue
    const read = eventOf(value)
    if (typeof read === 'string') {
      invalid.push({ line, reason: read })
      continue
    }
    const { event, type, client } = read
    if (client) {
      events++
      count(byType, type)
      if (!CLIENT_EVENTS.has(type)) count(unknown, type)
      continue
    }
    const parsed = parseServerEvent(JSON.stringify(event), options.decodeBase64)
    if (parsed.kind === 'invalid') {
      invalid.push({ line, reason: parsed.path === '' ? parsed.reason : `${parsed.path} ${parsed.reason}` })
      continue
    }
    events++
    count(byType, type)
    if (parsed.kind === 'unknown') {
      count(unknown, type)
      continue
    }
    conversation.apply(parsed.event)
    meter.apply(parsed.event)
    if (parsed.event.type === 'response.created' || parsed.event.type === 'response.done') {
      const { response } = parsed.event
      responses.set(response.id, { id: response.id, status: response.status, usage: response.usage })
      const words = outcomeInWords(outcomeOf(response))
      if (words !== '') outcomes.set(response.id, words)
    }
  }
  const { usage } = meter
  return {
    report: {
      events,
      byType: Object.fromEntries(byType),
      unknown: Object.fromEntries(unknown),
      invalid,
      items: conversation.items,
      responses: [...responses.values()],
      usage: wireUsage(usage),
      costUsd: usage.costUsd,
    },
    entries: conversation.entries,
    outcomes: [...outcomes].map(([id, words]) => ({ id, words })),
  }
}

function wireUsage({ tokens, totalTokens, transcription, costs, pricesOf, unpriced }: Usage): ReplayUsage {
  const { input, cached, output } = tokens
  const inputOf = (kind: Kind): number => input[kind] + cached[kind]
  const sum = (of: (kind: Kind) => number): number => KINDS.reduce((total, kind) => total + of(kind), 0)
  return {
    total_tokens: totalTokens,
    input_tokens: sum(inputOf),
    output_tokens: sum((kind) => output[kind]),
    input_token_details: {
      text_tokens: inputOf('text'),
      audio_tokens: inputOf('audio'),
      image_tokens: inputOf('image'),
      cached_tokens: sum((kind) => cached[kind]),
      cached_tokens_details: { text_tokens: cached.text, audio_tokens: cached.audio, image_tokens: cached.image },
    },
    output_token_details: { text_tokens: output.text, audio_tokens: output.audio },
    transcription,
    costs,
    pricesOf,
    unpriced,
  }
}

/** The JSON values of a file with the lines on which they stand; a value that is none is `undefined`. */
function* linesOf(text: string): Generator<{ line: number; value: unknown }> {
  const whole = parse(text)
  if (Array.isArray(whole)) {
    for (const [i, value] of (whole as unknown[]).entries()) yield { line: i + 1, value }
    return
  }
  if (whole !== undefined) {
    yield { line: 1, value: whole }
    return
  }
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() !== '') yield { line: i + 1, value: parse(line) }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** A remark beside the events, as a diagnostics bundle holds them; it counts as nothing. */
function isNote(value: unknown): boolean {
  return isObject(value) && value['dir'] === 'note' && 'note' in value
}

/** The event in one value of the file, or why there is none. */
function eventOf(value: unknown): { event: Record<string, unknown>; type: string; client: boolean } | string {
  if (value === undefined) return 'is not JSON'
  if (!isObject(value)) return 'is not a JSON object'
  const wrapped = 'event' in value && 'dir' in value
  const event = wrapped ? value['event'] : value
  if (!isObject(event)) return 'event must be an object'
  const { type } = event
  if (typeof type !== 'string' || type === '') return 'type must be a string'
  if (wrapped && value['dir'] !== 'client' && value['dir'] !== 'server') return 'dir must be client or server'
  return { event, type, client: wrapped ? value['dir'] === 'client' : SENT.has(type) }
}

/** The conversation as text for people: who said what, where answers were cut, what tools did, what it cost. */
export function replayAsText({ report, entries, outcomes }: Replay): string {
  const lines = entries.map(entryAsText)
  for (const { id, words } of outcomes) lines.push(`[${id}: ${words}]`)
  for (const [type, count] of Object.entries(report.unknown)) lines.push(`[unknown: ${type}, ${String(count)} times]`)
  for (const { line, reason } of report.invalid) lines.push(`[line ${String(line)} is no event: ${reason}]`)
  const { usage } = report
  const heard = usage.transcription.seconds > 0 ? `, ${String(usage.transcription.seconds)} s transcribed` : ''
  lines.push('', `${String(report.events)} events, ${String(usage.total_tokens ?? 0)} tokens${heard}, ${costAsText(report)}`)
  return lines.join('\n')
}

function entryAsText(entry: ConversationEntry): string {
  switch (entry.kind) {
    case 'tool_call': {
      const { call } = entry
      const what = call.server === '' ? call.name : `${call.server}: ${call.name}`
      const result = call.error ?? call.output
      return `    ${what}(${call.arguments.replace(/\s+/g, ' ').trim()}) ${call.state}${result === null ? '' : `: ${result}`}`
    }
    case 'tool_list':
      return `    tools of ${entry.server}: ${entry.state}${entry.tools.length > 0 ? `: ${entry.tools.join(', ')}` : ''}`
    case 'message': {
      const who = entry.role === 'user' ? 'You' : 'Parley'
      const pictures = entry.images === undefined ? '' : `[${String(entry.images.length)} image(s)]`
      return `${who}: ${[wordsOf(entry), pictures].filter((words) => words !== '').join(' ')}`
    }
  }
}

const NO_WORDS: Partial<Record<ConversationEntry['textState'], string>> = {
  pending: '(not transcribed yet)',
  empty: '(no speech)',
  failed: '(could not transcribe)',
  none: '(spoken, not transcribed)',
}

function wordsOf(entry: ConversationEntry): string {
  if (entry.text === '') return NO_WORDS[entry.textState] ?? ''
  if (!entry.heard?.cut) return entry.text
  return `${entry.text.slice(0, entry.heard.chars)} [cut off here; not heard:] ${entry.text.slice(entry.heard.chars).trimStart()}`
}

function costAsText({ usage, costUsd }: ReplayReport): string {
  const unknown = usage.unpriced.length === 0 ? '' : ` (no price known for ${usage.unpriced.join(', ')}: only tokens are counted)`
  if (costUsd === null) return `cost unknown${unknown}`
  const least = usage.unpriced.length === 0 ? 'about' : 'at least'
  return `${least} $${costUsd.toFixed(6)} at the prices of ${usage.pricesOf}${unknown}`
}
