import type { Settings } from '../../shared/settings.ts'
import type { RecordedEvent } from './event-recording.ts'

export interface DiagnosticsOptions {
  events: readonly RecordedEvent[]
  /** Versions, system, state: nothing that a person said, typed or chose to keep secret. */
  facts: Readonly<Record<string, unknown>>
  settings: Settings
  /** The newest lines of the log, already without keys. */
  logLines: readonly string[]
  /** The person wants what was said to be in it. */
  words: boolean
  /** Hides keys in one text. */
  redact: (text: string) => string
  /** The person's home folder, which names them; shown as `~`. */
  home: string
}

/** Fields whose values are names of the protocol, not words of a person. */
const PROTOCOL_FIELDS: ReadonlySet<string> = new Set([
  'type', 'event_id', 'id', 'item_id', 'previous_item_id', 'response_id', 'call_id', 'conversation_id', 'approval_request_id', 'object',
  'status', 'role', 'model', 'voice', 'code', 'param', 'reason', 'phase', 'effort', 'eagerness', 'language', 'tool_choice', 'conversation',
  'output_modalities', 'modalities', 'truncation', 'dir',
])
/** Settings whose values are chosen from a list. */
const CHOSEN_SETTINGS: ReadonlySet<string> = new Set(['kind', 'model', 'voice', 'language', 'theme', 'turnMode', 'pace', 'armed', 'key', 'modifiers'])
/** How names of the protocol look; anything else is taken for words. */
const NAME = /^[\w.:-]{1,128}$/

/**
 * The diagnostics bundle (design §8): JSON lines, first two notes (what was running; the log's
 * end), then the events of the session as `npm run replay` reads them. Every word that is not a
 * name of the protocol becomes as many x, unless the person wanted the words in it.
 */
export function diagnosticsBundle(options: DiagnosticsOptions): string {
  const { events, facts, settings, logLines, words, redact, home } = options
  const { personas, ...others } = settings
  const shownSettings = { ...(masked(others, (name) => CHOSEN_SETTINGS.has(name)) as object), personas: personas.length }
  const clean = (value: unknown): unknown => mapTexts(value, (text) => redact(home.length > 1 ? text.replaceAll(home, '~') : text))
  const lines: unknown[] = [
    { dir: 'note', note: { kind: 'parley.diagnostics', version: 1, words, ...facts, settings: shownSettings } },
    { dir: 'note', note: { kind: 'parley.log', lines: logLines } },
    ...events.map(({ dir, text }) => {
      const event = JSON.parse(text) as unknown
      return { dir, event: words ? event : masked(event, (name) => PROTOCOL_FIELDS.has(name)) }
    }),
  ]
  return lines.map((line) => `${JSON.stringify(clean(line))}\n`).join('')
}

/** A copy in which every text is masked, unless its field is known for names and it looks like one. */
function masked(value: unknown, isName: (field: string) => boolean, field = ''): unknown {
  if (typeof value === 'string') return isName(field) && NAME.test(value) ? value : value.replace(/[\p{L}\p{N}]/gu, 'x')
  if (Array.isArray(value)) return value.map((part) => masked(part, isName, field))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, masked(part, isName, name)]))
}

/** A copy with every text changed by `change`: one at a time, so that the JSON around it stays whole. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((part) => mapTexts(part, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, mapTexts(part, change)]))
}
