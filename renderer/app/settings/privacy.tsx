import { useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../parts/button.tsx'
import { Check } from '../parts/choices.tsx'
import { Said } from '../parts/said.tsx'
import { useApp, useStore } from '../use-store.ts'
import { Act, useChange } from './row.tsx'
import type { SectionSpec } from './rows.ts'

/** What is kept on this computer. */
export function usePrivacy(): SectionSpec {
  const { keepHistory, keepSound } = useApp((s) => s.settings)
  const change = useChange()
  const { t } = useTranslation()
  return {
    id: 'privacy',
    title: t('settings.sections.privacy'),
    rows: [
      {
        id: 'keepHistory',
        label: t('settings.keepHistory'),
        hint: t('settings.keepHistoryHint'),
        settings: ['keepHistory'],
        content: <Check label={t('settings.keepHistory')} hint={t('settings.keepHistoryHint')} checked={keepHistory} onChange={(keep) => change({ keepHistory: keep })} />,
      },
      {
        id: 'keepSound',
        label: t('settings.keepSound'),
        hint: t('settings.keepSoundHint'),
        settings: ['keepSound'],
        content: <Check label={t('settings.keepSound')} hint={t('settings.keepSoundHint')} checked={keepSound} onChange={(keep) => change({ keepSound: keep })} />,
      },
      { id: 'deleteAll', label: t('settings.deleteAll'), hint: t('settings.deleteHint'), words: [t('settings.deleteHistory')], settings: [], content: <DeleteAll /> },
      { id: 'logs', label: t('settings.logs'), hint: t('settings.logsHint'), words: [t('settings.logsShow')], settings: [], content: <Logs /> },
      { id: 'diagnostics', label: t('settings.diagnostics'), hint: t('settings.diagnosticsHint'), words: [t('settings.diagnosticsWords')], settings: [], content: <Diagnostics /> },
    ],
  }
}

/** Deleting takes two presses, since nothing brings back what is deleted. */
function DeleteAll(): ReactNode {
  const store = useStore()
  const { t } = useTranslation()
  const [step, setStep] = useState<'ask' | 'sure' | 'done'>('ask')
  const button = useRef<HTMLButtonElement>(null)

  function keep(): void {
    setStep('ask')
    button.current?.focus()
  }

  async function remove(): Promise<void> {
    if (step === 'ask') setStep('sure')
    else if (await store.request('history.deleteAll')) setStep('done')
  }

  return (
    <Act label={t('settings.deleteAll')} hint={t('settings.deleteHint')}>
      {step === 'done' ? (
        <Said>{t('settings.deletedHistory')}</Said>
      ) : (
        <>
          <Button ref={button} onClick={() => void remove()}>{t(step === 'ask' ? 'settings.deleteHistory' : 'settings.deleteHistorySure')}</Button>
          {step === 'sure' && <Button onClick={keep}>{t('settings.deleteKeep')}</Button>}
        </>
      )}
    </Act>
  )
}

function Logs(): ReactNode {
  const store = useStore()
  const { t } = useTranslation()
  return (
    <Act label={t('settings.logs')} hint={t('settings.logsHint')}>
      <Button onClick={() => void store.request('logs.show')}>{t('settings.logsShow')}</Button>
    </Act>
  )
}

/** Words are in the bundle only when the person ticks that, each time. */
function Diagnostics(): ReactNode {
  const store = useStore()
  const { t } = useTranslation()
  const [words, setWords] = useState(false)
  const [saved, setSaved] = useState(false)

  async function save(): Promise<void> {
    setSaved(false)
    const reply = await store.ask('diagnostics.save', { words })
    if (!reply.ok) store.report(reply.failure, () => void save())
    else setSaved(reply.value)
  }

  return (
    <Act label={t('settings.diagnostics')} hint={t('settings.diagnosticsHint')}>
      <Button onClick={() => void save()}>{t('settings.diagnosticsSave')}</Button>
      <Check label={t('settings.diagnosticsWords')} checked={words} onChange={setWords} />
      <p className="field-hint" role="status">
        {saved && t('settings.diagnosticsSaved')}
      </p>
    </Act>
  )
}
