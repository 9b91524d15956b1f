import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { SpeakerPick } from '../parts/devices.tsx'
import { Check, Choices } from '../parts/choices.tsx'
import { PlayButton } from '../parts/play-button.tsx'
import { useApp, useStore } from '../use-store.ts'

type Listening = 'headphones' | 'speakers'

/** Whether the person hears Parley, in which voice, and through what: speakers may be heard by the microphone. */
export function SpeakerEntry(props: { onHeard: () => void }): ReactNode {
  const halfDuplex = useApp((s) => s.settings.halfDuplex)
  const billed = useApp((s) => s.endpoint !== null && s.endpoint.kind !== 'practice')
  const store = useStore()
  const { t } = useTranslation()
  const [listening, setListening] = useState<Listening | null>(halfDuplex ? 'speakers' : null)

  function choose(through: Listening): void {
    setListening(through)
    props.onHeard()
    // With headphones there is nothing that Parley could hear of itself.
    if (through === 'headphones' && halfDuplex) void store.request('settings.change', { halfDuplex: false })
  }

  return (
    <>
      <p className="notebook-text">{t('onboarding.speaker.hint')}</p>
      <PlayButton what="tone" label={t('onboarding.speaker.tone')} />
      <PlayButton what="voice" label={t('sound.tryVoice')} hint={t(billed ? 'sound.voiceCost' : 'sound.voiceFree')} />
      <SpeakerPick />
      <Choices
        legend={t('onboarding.speaker.through')}
        value={listening}
        onChange={choose}
        choices={[
          { value: 'headphones', label: t('onboarding.speaker.headphones'), hint: t('onboarding.speaker.headphonesHint') },
          { value: 'speakers', label: t('onboarding.speaker.speakers'), hint: t('onboarding.speaker.speakersHint') },
        ]}
      />
      {listening === 'speakers' && (
        <Check
          label={t('settings.halfDuplex')}
          hint={t('settings.halfDuplexHint')}
          checked={halfDuplex}
          onChange={(on) => void store.request('settings.change', { halfDuplex: on })}
        />
      )}
    </>
  )
}
