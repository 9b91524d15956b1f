import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../parts/button.tsx'
import { MicrophoneMeter, MicrophonePick } from '../parts/devices.tsx'
import { useApp, useStore } from '../use-store.ts'
import { CheckLine } from './check-line.tsx'
import { KeepKey } from './keep-key.tsx'
import { NotebookEntry, Way } from './notebook.tsx'
import { OpenAiForm } from './openai-form.tsx'
import { ServerForm } from './server-form.tsx'
import { SpeakerEntry } from './speaker-entry.tsx'
import { TalkKeyEntry } from './talk-key-entry.tsx'
import { useChoose } from './use-choose.ts'

type EntryName = 'way' | 'microphone' | 'speaker' | 'talkKey'
type WayName = 'openai' | 'compatible'

const headingOf = (entry: EntryName): string => `first-${entry}`

/**
 * The first minute: one page that unfolds like a notebook. Choosing the practice partner leads
 * straight to the conversation; a key stays for a look at the microphone.
 */
export function Onboarding(props: { canLeave: boolean; onStay: () => void; onLeave: () => void }): ReactNode {
  const { canLeave, onStay, onLeave } = props
  const endpoint = useApp((s) => s.settings.endpoint)
  const onboarding = useApp((s) => s.onboarding)
  const store = useStore()
  const { t } = useTranslation()
  const [entry, setEntry] = useState<EntryName>('way')
  const [way, setWay] = useState<WayName | null>(null)
  const [done, setDone] = useState<ReadonlySet<EntryName>>(new Set())
  const practice = useChoose()
  const tick = useCallback((name: EntryName) => setDone((before) => (before.has(name) ? before : new Set([...before, name]))), [])
  const onHeard = useCallback(() => tick('microphone'), [tick])
  const onTried = useCallback(() => tick('talkKey'), [tick])

  /** The open entry was led to by a button that has gone with the one before. */
  const led = useRef(false)
  useEffect(() => {
    if (led.current) document.getElementById(headingOf(entry))?.focus()
    led.current = false
  }, [entry])

  function leadTo(next: EntryName): void {
    led.current = true
    setEntry(next)
  }
  function chosen(): void {
    setWay(null)
    leadTo('microphone')
  }
  function toConversation(): void {
    onLeave()
    if (onboarding) void store.request('onboarding.show', false)
  }
  async function practise(): Promise<void> {
    onLeave()
    await practice.choose({ kind: 'practice', url: '', model: '', key: '', insecureConsent: false }, t('settings.endpoints.practice'))
  }
  const toggle = (name: WayName) => (): void => setWay((open) => (open === name ? null : name))

  /** Leads on; what was not done is skipped by that. */
  function next(from: EntryName, to: EntryName): ReactNode {
    const finished = from === 'way' ? endpoint !== null : done.has(from)
    return (
      <div className="form-end">
        <Button look={finished ? 'strong' : 'plain'} onClick={() => leadTo(to)}>
          {t(finished ? 'onboarding.next' : 'onboarding.skip')}
        </Button>
      </div>
    )
  }

  return (
    <main className="notebook">
      <div className="notebook-page">
        <h2 className="notebook-head">{t('onboarding.title')}</h2>
        <p className="notebook-intro">{t('onboarding.intro')}</p>

        <NotebookEntry
          id={headingOf('way')}
          number={1}
          title={t('onboarding.way.title')}
          done={endpoint === null ? null : t(`settings.endpoints.${endpoint.kind}`)}
          open={entry === 'way'}
          onOpen={() => setEntry('way')}
        >
          <Way title={t('onboarding.way.openai')} hint={t('onboarding.way.openaiHint')} open={way === 'openai'} onToggle={toggle('openai')}>
            <OpenAiForm onTry={onStay} onChosen={chosen} />
          </Way>
          <Way title={t('onboarding.way.compatible')} hint={t('onboarding.way.compatibleHint')} open={way === 'compatible'} onToggle={toggle('compatible')}>
            <ServerForm onTry={onStay} onChosen={chosen} />
          </Way>
          <div className="way way-practise">
            <Button look="strong" onClick={() => void practise()}>
              {t('onboarding.way.practise')}
            </Button>
            <p className="way-hint">{t('onboarding.way.practiseHint')}</p>
            {practice.check.name === 'failed' && <CheckLine check={practice.check} missing={null} />}
          </div>
          {next('way', 'microphone')}
        </NotebookEntry>
        <KeepKey />

        <NotebookEntry
          id={headingOf('microphone')}
          number={2}
          title={t('onboarding.microphone.title')}
          done={done.has('microphone') ? t('onboarding.microphone.done') : null}
          open={entry === 'microphone'}
          onOpen={() => setEntry('microphone')}
        >
          <p className="notebook-text">{t('onboarding.microphone.hint')}</p>
          <MicrophoneMeter onHeard={onHeard} />
          <MicrophonePick />
          {next('microphone', 'speaker')}
        </NotebookEntry>

        <NotebookEntry
          id={headingOf('speaker')}
          number={3}
          title={t('onboarding.speaker.title')}
          done={done.has('speaker') ? t('onboarding.speaker.done') : null}
          open={entry === 'speaker'}
          onOpen={() => setEntry('speaker')}
        >
          <SpeakerEntry onHeard={() => tick('speaker')} />
          {next('speaker', 'talkKey')}
        </NotebookEntry>

        <NotebookEntry
          id={headingOf('talkKey')}
          number={4}
          title={t('onboarding.talkKey.title')}
          done={done.has('talkKey') ? t('onboarding.talkKey.done') : null}
          open={entry === 'talkKey'}
          onOpen={() => setEntry('talkKey')}
        >
          <TalkKeyEntry onTried={onTried} />
        </NotebookEntry>

        {canLeave && (
          <div className="notebook-end">
            <Button look={entry === 'talkKey' ? 'strong' : 'plain'} onClick={toConversation}>
              {t('onboarding.toConversation')}
            </Button>
          </div>
        )}
      </div>
    </main>
  )
}
