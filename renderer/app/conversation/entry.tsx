import type { TFunction } from 'i18next'
import { memo, type ReactNode } from 'react'
import type { ConversationEntry } from '../../../shared/conversation/model.ts'
import { formatSpeech, formatTime } from '../../i18n/format.ts'
import { OutcomeLine, outcomeOf } from './outcome.tsx'
import { SoftLines } from './soft-lines.tsx'
import { ToolCallLine, ToolListLine } from './tool-line.tsx'

/** What a line is made of. The texts are handed down: asking for them in every part of every line is most of what a line costs. */
interface Line {
  entry: ConversationEntry
  /** Who it is from, in the language of the window. */
  name: string
  t: TFunction
  language: string
}

/** One line of the play: who, what, when. Rendered again only when its entry is another object. */
export const EntryBody = memo(function EntryBody(props: Line): ReactNode {
  const { entry, name, language } = props
  if (entry.kind === 'tool_call') return <ToolCallLine entry={entry} />
  if (entry.kind === 'tool_list') return <ToolListLine entry={entry} />
  return (
    <>
      <span className="entry-name" aria-hidden="true">
        {name}
      </span>
      <div className="entry-text" dir="auto">
        <EntryText {...props} />
      </div>
      <Time at={entry.at} language={language} />
      {outcomeOf(entry.response) !== null && <OutcomeLine entry={entry} />}
    </>
  )
})

const Time = memo(function Time(props: { at: number; language: string }): ReactNode {
  return (
    <time className="entry-time" dateTime={new Date(props.at).toISOString()}>
      {formatTime(props.at, props.language)}
    </time>
  )
})

function EntryText(props: Line): ReactNode {
  const { entry, t, language } = props
  switch (entry.textState) {
    case 'empty':
      return <em className="entry-remark">{t('conversation.noSpeech')}</em>
    case 'failed':
      return entry.text === '' ? <em className="entry-remark">{t('conversation.notTranscribed')}</em> : <Words entry={entry} t={t} />
    case 'none': {
      const ms = entry.audioMs ?? entry.heard?.audioMs ?? null
      return (
        <em className="entry-remark">
          {ms === null ? t('conversation.spokenUnknown') : t('conversation.spoken', { length: formatSpeech(ms, language) })}
        </em>
      )
    }
    case 'pending':
    case 'partial':
      if (entry.text !== '') return <Words entry={entry} t={t} />
      if (ended(entry)) return null
      return entry.role === 'user' ? (
        <SoftLines ms={entry.audioMs} label={t('conversation.transcribing')} />
      ) : (
        <SoftLines ms={null} label={t('conversation.answering')} />
      )
    case 'final':
      return <Words entry={entry} t={t} />
  }
}

/** An answer that ended before it had a word needs no line for words to come. */
function ended(entry: ConversationEntry): boolean {
  return entry.response !== null && entry.response.status !== 'in_progress'
}

/** Heard words in full ink, the others pale and dotted; where the person cut in, a mark. */
function Words(props: Pick<Line, 'entry' | 't'>): ReactNode {
  const { t } = props
  const { text, heard } = props.entry
  if (heard === null) return text
  const at = Math.max(0, Math.min(heard.chars, text.length))
  // The space at the boundary stays outside the dotted underline.
  const gap = text.slice(at).match(/^\s*/)?.[0] ?? ''
  const rest = text.slice(at + gap.length)
  return (
    <>
      <span className="heard">{text.slice(0, at)}</span>
      {gap}
      {heard.cut && (
        <>
          <span className="cut-mark">{t('conversation.cut')}</span>{' '}
        </>
      )}
      {rest !== '' && (
        <>
          {heard.cut && <span className="only-spoken">{t('conversation.notHeard')} </span>}
          <span className="unheard">{rest}</span>
        </>
      )}
    </>
  )
}
