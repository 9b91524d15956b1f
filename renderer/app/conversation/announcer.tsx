import { useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ConversationEntry } from '../../../shared/conversation/model.ts'
import { useStore } from '../use-store.ts'

/** Only the newest entries can still finish. */
const LOOK_BACK = 8

/** Tells a screen reader each finished answer once; what was there before the window opened stays unsaid. Rendered only when there is something to tell. */
export function Announcer(): ReactNode {
  const store = useStore()
  const { t } = useTranslation()
  const [answer, setAnswer] = useState<ConversationEntry | null>(null)

  useEffect(() => {
    let seen = store.state.entries
    const told = new Set<string>()
    return store.subscribe(() => {
      if (store.phase.name !== 'ready' || store.state.entries === seen) return
      const before = seen
      seen = store.state.entries
      for (const entry of seen.slice(-LOOK_BACK)) {
        if (!finished(entry) || told.has(entry.id)) continue
        const known = before.findLast((e) => e.id === entry.id)
        if (known !== undefined && finished(known)) continue
        told.add(entry.id)
        setAnswer(entry)
      }
    })
  }, [store])

  return (
    <div className="only-spoken" aria-live="polite" data-announcer>
      {answer !== null && <p key={answer.id}>{t('conversation.saidBy', { who: t('conversation.parley'), text: answer.text })}</p>}
    </div>
  )
}

function finished(entry: ConversationEntry): boolean {
  return (
    entry.kind === 'message' &&
    entry.role === 'assistant' &&
    entry.textState === 'final' &&
    entry.text !== '' &&
    (entry.response === null || entry.response.status !== 'in_progress')
  )
}
