import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ConversationEntry } from '../../../shared/conversation/model.ts'
import { useApp } from '../use-store.ts'

/** Only the newest entries can still finish. */
const LOOK_BACK = 8

/** Tells a screen reader each finished answer once; what was there before the window opened stays unsaid. */
export function Announcer(): ReactNode {
  const entries = useApp((s) => s.entries)
  const { t } = useTranslation()
  const told = useRef<Set<string> | null>(null)
  const [answer, setAnswer] = useState<ConversationEntry | null>(null)

  useEffect(() => {
    if (told.current === null) {
      told.current = new Set(entries.filter(finished).map((e) => e.id))
      return
    }
    for (const entry of entries.slice(-LOOK_BACK)) {
      if (!finished(entry) || told.current.has(entry.id)) continue
      told.current.add(entry.id)
      setAnswer(entry)
    }
  }, [entries])

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
