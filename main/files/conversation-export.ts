import type { ConversationEntry, MessageEntry, ToolCallEntry } from '../../shared/conversation/model.ts'

/** The ways to write a conversation down. */
export type ExportFormat = 'markdown' | 'json'

export interface ExportOptions {
  language: 'en' | 'de'
  /** Unix ms, of the file's own date. */
  now: number
  /** Parley's version. */
  version: string
  /** IANA name; the computer's own where it is not given. */
  timeZone?: string
}

const WORDS = {
  en: { title: 'Conversation of', you: 'You', cut: 'cut here', notHeard: 'not heard:', empty: '(no speech)', failed: '(could not transcribe)', spoken: '(spoken)', tools: 'Tools of' },
  de: { title: 'Gespräch vom', you: 'Du', cut: 'hier unterbrochen', notHeard: 'nicht gehört:', empty: '(nichts gesagt)', failed: '(nicht verstanden)', spoken: '(gesprochen)', tools: 'Werkzeuge von' },
} as const

/** The conversation as Markdown: who said what when, where an answer was cut, what tools did. */
export function asMarkdown(entries: readonly ConversationEntry[], options: ExportOptions): string {
  const { language, now, timeZone } = options
  const words = WORDS[language]
  const zone = timeZone === undefined ? {} : { timeZone }
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'long', ...zone })
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'short', ...zone })
  const lines = [`# ${words.title} ${date.format(entries[0]?.at ?? now)}`]
  for (const entry of entries) {
    switch (entry.kind) {
      case 'message':
        lines.push(`**${entry.role === 'user' ? words.you : 'Parley'}** · ${time.format(entry.at)}`, said(entry, words))
        break
      case 'tool_call':
        lines.push(`> ${callInWords(entry)}`)
        break
      case 'tool_list':
        lines.push(`> ${words.tools} ${escaped(entry.server)}: ${entry.tools.map(code).join(', ') || entry.state}`)
    }
  }
  return `${lines.join('\n\n')}\n`
}

function said(entry: MessageEntry, words: (typeof WORDS)['en' | 'de']): string {
  if (entry.text === '') {
    if (entry.textState === 'empty') return `*${words.empty}*`
    return `*${entry.textState === 'failed' ? words.failed : words.spoken}*`
  }
  if (entry.heard?.cut !== true) return escaped(entry.text)
  const heard = entry.text.slice(0, entry.heard.chars).trimEnd()
  const rest = entry.text.slice(entry.heard.chars).trim()
  return `${escaped(heard)} *[${words.cut}${rest === '' ? '' : `; ${words.notHeard} ${escaped(rest)}`}]*`.trimStart()
}

function callInWords({ call }: ToolCallEntry): string {
  const name = call.server === '' ? call.name : `${call.server}: ${call.name}`
  const result = call.error ?? call.output
  return `${code(`${name}(${call.arguments})`)} ${call.state}${result === null ? '' : `: ${code(result)}`}`
}

/** Text that is meant as it stands, also where it looks like Markdown. */
function escaped(text: string): string {
  return text
    .replace(/[\\`*_[\]<>#|~]/g, (mark) => `\\${mark}`)
    .replace(/^(\s*)([-+]|\d+[.)])(?=\s)/gm, (_all, space: string, mark: string) => `${space}${mark.length === 1 ? `\\${mark}` : mark.replace(/[.)]$/, (end) => `\\${end}`)}`)
}

/** On one line, between as many ticks as it takes. */
function code(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  const ticks = '`'.repeat(Math.max(0, ...[...line.matchAll(/`+/g)].map((run) => run[0].length)) + 1)
  return line.includes('`') ? `${ticks} ${line} ${ticks}` : `${ticks}${line}${ticks}`
}

/** The conversation as JSON; docs/export.md says what each field means. */
export function asJson(entries: readonly ConversationEntry[], options: ExportOptions): string {
  const document = {
    format: 'parley.conversation',
    version: 1,
    writtenBy: `Parley ${options.version}`,
    writtenAt: new Date(options.now).toISOString(),
    entries: entries.map(entryAsJson),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function entryAsJson(entry: ConversationEntry): object {
  const at = new Date(entry.at).toISOString()
  switch (entry.kind) {
    case 'message':
      return {
        kind: 'message',
        id: entry.id,
        at,
        who: entry.role === 'user' ? 'you' : 'parley',
        how: entry.source === 'voice' ? 'spoken' : 'written',
        text: entry.text,
        textState: entry.textState,
        ...(entry.audioMs === null ? {} : { spokenMs: entry.audioMs }),
        ...(entry.heard === null ? {} : { heard: { ms: entry.heard.ms, ofMs: entry.heard.audioMs, text: entry.text.slice(0, entry.heard.chars), cut: entry.heard.cut } }),
        ...(entry.response === null ? {} : { outcome: entry.response }),
      }
    case 'tool_call': {
      const { origin, name, server, state, output, error } = entry.call
      return { kind: 'tool_call', id: entry.id, at, origin, name, server, arguments: entry.call.arguments, state, output, error }
    }
    case 'tool_list':
      return { kind: 'tool_list', id: entry.id, at, server: entry.server, state: entry.state, tools: entry.tools }
  }
}
