import { Tooltip } from '@base-ui/react/tooltip'
import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Conversation } from './conversation/conversation.tsx'
import { failureSentence } from './failures.ts'
import { Footer } from './footer/footer.tsx'
import { focusTalk } from './footer/talk-button.tsx'
import { Strips } from './footer/strips.tsx'
import { Onboarding } from './onboarding/onboarding.tsx'
import { Button } from './parts/button.tsx'
import { SettingsSheet, type SettingsPlace } from './settings/settings-sheet.tsx'
import { TitleRow } from './title-row.tsx'
import { useEscape } from './use-escape.ts'
import { useApp, usePhase, useStore, useUnreachable } from './use-store.ts'

/** The main window. */
export function App(): ReactNode {
  const phase = usePhase()
  switch (phase) {
    case 'loading':
      return <main className="page" aria-busy="true" />
    case 'unreachable':
      return <Unreachable />
    case 'ready':
      return (
        <Tooltip.Provider delay={500}>
          <Window />
        </Tooltip.Provider>
      )
  }
}

function Window(): ReactNode {
  const onboarding = useApp((s) => s.onboarding)
  const [settings, setSettings] = useState<SettingsPlace | null>(null)
  // A key that was just accepted ends onboarding in main at once; the page stays until the person has tried the microphone or leaves.
  const [staying, setStaying] = useState(false)
  const closeSettings = useCallback(() => setSettings(null), [])
  const chooseMicrophone = useCallback(() => setSettings('microphone'), [])
  const stay = useCallback(() => setStaying(true), [])
  const leave = useCallback(() => setStaying(false), [])
  useEscape(settings === null)
  // There is a conversation to go back to once a server was chosen, or the environment names one.
  const endpoint = useApp((s) => s.settings.endpoint)
  const [beganWithConversation] = useState(!onboarding)
  const canLeave = endpoint !== null || beganWithConversation

  // Asked for from outside the window: once, and then main is told that it has been done.
  const store = useStore()
  const wanted = useApp((s) => s.wanted)
  const [wish, setWish] = useState<number | null>(null)
  if (wanted !== null && wanted.n !== wish) {
    setWish(wanted.n)
    setSettings(wanted.view === 'settings' ? 'general' : null)
  }
  useEffect(() => {
    if (wanted === null) return
    if (wanted.view === 'talk') focusTalk()
    void store.try('view.shown', wanted.n)
  }, [store, wanted])

  const notebook = onboarding || staying
  const before = useRef(notebook)
  useEffect(() => {
    if (before.current && !notebook) focusTalk()
    before.current = notebook
  }, [notebook])

  return (
    <div className="page" data-page={notebook ? 'onboarding' : 'conversation'}>
      <TitleRow conversation={!notebook} onSettings={() => setSettings('general')} onPersonas={() => setSettings('personas')} />
      {notebook ? (
        <>
          <Onboarding canLeave={canLeave} onStay={stay} onLeave={leave} />
          <Strips chooseMicrophone={chooseMicrophone} />
        </>
      ) : (
        <>
          <Conversation />
          <Strips chooseMicrophone={chooseMicrophone} />
          <Footer />
        </>
      )}
      <SettingsSheet place={settings} onClose={closeSettings} />
    </div>
  )
}

function Unreachable(): ReactNode {
  const failure = useUnreachable()
  const store = useStore()
  const { t } = useTranslation()
  if (failure === null) return null
  return (
    <main className="page unreachable">
      <p role="alert">{failureSentence(t, failure)}</p>
      <Button onClick={() => store.retry()}>{t('action.retry')}</Button>
    </main>
  )
}
