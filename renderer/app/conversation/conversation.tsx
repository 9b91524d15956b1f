import type { TFunction } from 'i18next'
import { ArrowDown, Square } from 'lucide-react'
import { memo, useState, type KeyboardEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp, useStore } from '../use-store.ts'
import { Announcer } from './announcer.tsx'
import { Row } from './row.tsx'
import type { Span } from './span.ts'
import { useSpan } from './use-span.ts'

/** The transcript, set like a play. */
export function Conversation(): ReactNode {
  const empty = useApp((s) => s.entries.length === 0)
  return (
    <main className="conversation">
      <Transcript />
      {empty && <Empty />}
      <Announcer />
    </main>
  )
}

/** The rows that are mounted, and what floats above them. */
function Transcript(): ReactNode {
  const count = useApp((s) => s.entries.length)
  const { t, i18n } = useTranslation()
  const [scroller, setScroller] = useState<HTMLElement | null>(null)
  const { span, following, follow, reveal } = useSpan(scroller, count)

  return (
    <>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a feed's own keys, heard where they bubble to */}
      <div
        className="log"
        role="log"
        aria-label={t('conversation.name')}
        aria-live="off"
        ref={setScroller}
        onKeyDown={(event) => moveBetweenEntries(event, reveal)}
      >
        <Rows span={span} you={t('conversation.you')} parley={t('conversation.parley')} t={t} language={i18n.language} />
      </div>
      <div className="over-log">
        {!following && (
          <button type="button" className="over-button newest" onClick={follow}>
            <ArrowDown aria-hidden="true" />
            {t('conversation.newest')}
          </button>
        )}
        <StopAnswer />
      </div>
    </>
  )
}

/** Alone wakes up for a word that arrives; of its rows only the one whose entry is another. */
const Rows = memo(function Rows(props: { span: Span; you: string; parley: string; t: TFunction; language: string }): ReactNode {
  const { you, parley, t, language } = props
  const { from, to } = props.span
  const entries = useApp((s) => s.entries)
  const size = entries.length
  return (
    <div className="entries">
      {entries.slice(from, to ?? size).map((entry, i) => (
        <Row
          key={entry.id}
          entry={entry}
          name={entry.role === 'user' ? you : parley}
          position={from + i + 1}
          size={size}
          last={from + i === size - 1}
          t={t}
          language={language}
        />
      ))}
    </div>
  )
})

function Empty(): ReactNode {
  const mode = useApp((s) => s.voice.turnMode)
  const { t } = useTranslation()
  return <p className="empty">{t(`conversation.empty.${mode}`)}</p>
}

/** Only while there is an answer to stop; above the line, so that the footer stays as it is. */
function StopAnswer(): ReactNode {
  const state = useApp((s) => s.voice.state)
  const store = useStore()
  const { t } = useTranslation()
  if (state !== 'speaking' && state !== 'thinking') return null
  return (
    <button
      type="button"
      className="over-button stop-answer"
      aria-label={t('conversation.stop')}
      aria-keyshortcuts="Escape"
      data-key={t('conversation.escape')}
      onClick={() => void store.request('answer.stop')}
    >
      <Square aria-hidden="true" />
      {t('conversation.stop')}
    </button>
  )
}

/** Page Up and Page Down go from turn to turn, as in every feed. */
function moveBetweenEntries(event: KeyboardEvent<HTMLElement>, reveal: (position: number) => void): void {
  if (event.key !== 'PageUp' && event.key !== 'PageDown') return
  const article = event.target instanceof HTMLElement ? event.target.closest('article') : null
  if (article === null) return
  const position = Number(article.dataset['entry']) + (event.key === 'PageUp' ? -1 : 1)
  const next = event.currentTarget.querySelector<HTMLElement>(`[data-entry="${position}"]`)
  event.preventDefault()
  if (next === null) reveal(position)
  else next.focus()
}
