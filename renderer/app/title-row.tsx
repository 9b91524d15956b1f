import { Menu } from '@base-ui/react/menu'
import { Check, Copy, Download, Settings } from 'lucide-react'
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
  const [saved, setSaved] = useState(0)

  useEffect(() => {
    if (copied === 0) return
    const timer = setTimeout(() => setCopied(0), COPIED_MS)
    return () => clearTimeout(timer)
  }, [copied])

  useEffect(() => {
    if (saved === 0) return
    const timer = setTimeout(() => setSaved(0), COPIED_MS)
    return () => clearTimeout(timer)
  }, [saved])

  async function save(format: 'markdown' | 'json'): Promise<void> {
    const reply = await store.ask('conversation.export', format)
    if (!reply.ok) store.report(reply.failure, () => void save(format))
    else if (reply.value) setSaved((n) => n + 1)
  }

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
            {copied > 0 ? t('title.copied') : saved > 0 ? t('title.saved') : ''}
          </span>
          <IconButton name={t('title.copy')} icon={copied > 0 ? <Check /> : <Copy />} onClick={() => void copy()} />
          <SaveMenu onSave={(format) => void save(format)} />
        </>
      )}
      <IconButton name={t('title.settings')} icon={<Settings />} onClick={props.onSettings} />
    </header>
  )
}

/** In which form the conversation is written to a file. */
function SaveMenu(props: { onSave: (format: 'markdown' | 'json') => void }): ReactNode {
  const { t } = useTranslation()
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="icon-button" aria-label={t('title.save')} title={t('title.save')}>
        <Download />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="menu-place" align="end" sideOffset={4}>
          <Menu.Popup className="menu">
            <Menu.Item className="menu-item" onClick={() => props.onSave('markdown')}>
              {t('title.asMarkdown')}
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => props.onSave('json')}>
              {t('title.asJson')}
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
