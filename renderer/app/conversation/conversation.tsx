import { ArrowDown, Square } from 'lucide-react'
import { useState, type KeyboardEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Virtuoso } from 'react-virtuoso'
import type { ConversationEntry } from '../../../shared/conversation/model.ts'
import { useApp, useStore } from '../use-store.ts'
import { Announcer } from './announcer.tsx'
import { Row } from './row.tsx'
import { useFollow } from './use-follow.ts'

/** Above this many entries only those near the view are mounted. */
const VIRTUAL_ABOVE = 200

/** The transcript, set like a play. */
export function Conversation(): ReactNode {
  const entries = useApp((s) => s.entries)
  const { t } = useTranslation()
  const [scroller, setScroller] = useState<HTMLElement | null>(null)
  const { following, follow } = useFollow(scroller)
  const virtual = entries.length > VIRTUAL_ABOVE

  return (
    <main className="conversation">
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a feed's own keys, heard where they bubble to */}
      <div
        className="log"
        role="log"
        aria-label={t('conversation.name')}
        aria-live="off"
        ref={virtual ? undefined : setScroller}
        data-virtual={virtual}
        onKeyDown={moveBetweenEntries}
      >
        {virtual ? <ManyRows entries={entries} onScroller={setScroller} /> : <Rows entries={entries} />}
      </div>
      {entries.length === 0 && <Empty />}
      <div className="over-log">
        {!following && (
          <button type="button" className="over-button newest" onClick={follow}>
            <ArrowDown aria-hidden="true" />
            {t('conversation.newest')}
          </button>
        )}
        <StopAnswer />
      </div>
      <Announcer />
    </main>
  )
}

function Rows(props: { entries: readonly ConversationEntry[] }): ReactNode {
  const { entries } = props
  return (
    <div className="entries">
      {entries.map((entry, i) => (
        <Row key={entry.id} entry={entry} position={i + 1} size={entries.length} last={i === entries.length - 1} />
      ))}
    </div>
  )
}

function ManyRows(props: { entries: readonly ConversationEntry[]; onScroller: (element: HTMLElement | null) => void }): ReactNode {
  const { entries, onScroller } = props
  return (
    <Virtuoso
      className="many"
      data={entries}
      initialTopMostItemIndex={entries.length - 1}
      increaseViewportBy={400}
      computeItemKey={(_, entry) => entry.id}
      scrollerRef={(element) => onScroller(element instanceof HTMLElement ? element : null)}
      itemContent={(i, entry) => <Row entry={entry} position={i + 1} size={entries.length} last={i === entries.length - 1} />}
      components={{ Footer: Tail }}
    />
  )
}

function Tail(): ReactNode {
  return <div className="tail" />
}

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
function moveBetweenEntries(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'PageUp' && event.key !== 'PageDown') return
  const article = event.target instanceof HTMLElement ? event.target.closest('article') : null
  if (article === null) return
  const position = Number(article.dataset['entry']) + (event.key === 'PageUp' ? -1 : 1)
  const next = event.currentTarget.querySelector<HTMLElement>(`[data-entry="${position}"]`)
  if (next === null) return
  event.preventDefault()
  next.focus()
}
