import { useCallback, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../parts/button.tsx'
import { MicrophoneMeter, MicrophonePick } from '../parts/devices.tsx'
import { useApp, useStore } from '../use-store.ts'
import { CheckLine } from './check-line.tsx'
import { NotebookEntry, Way } from './notebook.tsx'
import { OpenAiForm } from './openai-form.tsx'
import { ServerForm } from './server-form.tsx'
import { useChoose } from './use-choose.ts'

type EntryName = 'way' | 'microphone'
type WayName = 'openai' | 'compatible'

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
  const [heard, setHeard] = useState(false)
  const practice = useChoose()
  const onHeard = useCallback(() => setHeard(true), [])

  function chosen(): void {
    setWay(null)
    setEntry('microphone')
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

  return (
    <main className="notebook">
      <div className="notebook-page">
        <h2 className="notebook-head">{t('onboarding.title')}</h2>
        <p className="notebook-intro">{t('onboarding.intro')}</p>

        <NotebookEntry
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
        </NotebookEntry>

        <NotebookEntry
          number={2}
          title={t('onboarding.microphone.title')}
          done={heard ? t('onboarding.microphone.done') : null}
          open={entry === 'microphone'}
          onOpen={() => setEntry('microphone')}
        >
          <p className="notebook-text">{t('onboarding.microphone.hint')}</p>
          <MicrophoneMeter onHeard={onHeard} />
          <MicrophonePick />
        </NotebookEntry>

        {canLeave && (
          <div className="notebook-end">
            <Button look={entry === 'microphone' ? 'strong' : 'plain'} onClick={toConversation}>
              {t('onboarding.toConversation')}
            </Button>
          </div>
        )}
      </div>
    </main>
  )
}
