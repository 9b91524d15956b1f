import { Check, Copy, Settings } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from './parts/icon-button.tsx'
import { PersonaSwitch } from './personas/persona-switch.tsx'
import { useApp, useStore } from './use-store.ts'

/** How long the copy button says that it worked, ms. */
const COPIED_MS = 2000

/** The name and the quiet icons. */
export function TitleRow(props: { conversation: boolean; onSettings: () => void; onPersonas: () => void }): ReactNode {
  const { t } = useTranslation()
  const store = useStore()
  const empty = useApp((s) => s.entries.length === 0)
  const [copied, setCopied] = useState(0)

  useEffect(() => {
    if (copied === 0) return
    const timer = setTimeout(() => setCopied(0), COPIED_MS)
    return () => clearTimeout(timer)
  }, [copied])

  async function copy(): Promise<void> {
    if (await store.request('conversation.copy')) setCopied((n) => n + 1)
  }

  return (
    <header className="title-row">
      <h1>{t('app.name')}</h1>
      {props.conversation && <PersonaSwitch onEdit={props.onPersonas} />}
      {props.conversation && !empty && (
        <>
          <span className="title-note" aria-live="polite">
            {copied > 0 ? t('title.copied') : ''}
          </span>
          <IconButton name={t('title.copy')} icon={copied > 0 ? <Check /> : <Copy />} onClick={() => void copy()} />
        </>
      )}
      <IconButton name={t('title.settings')} icon={<Settings />} onClick={props.onSettings} />
    </header>
  )
}
