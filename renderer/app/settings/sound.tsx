import { useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { formatNumber } from '../../i18n/format.ts'
import { Button } from '../parts/button.tsx'
import { MicrophoneMeter, MicrophonePick, SpeakerPick } from '../parts/devices.tsx'
import { Check } from '../parts/choices.tsx'
import { Field } from '../parts/field.tsx'
import { Slider } from '../parts/slider.tsx'
import { PlayButton } from '../parts/play-button.tsx'
import { useApp, useStore } from '../use-store.ts'
import { useChange } from './row.tsx'
import type { SectionSpec } from './rows.ts'

/** Microphone and speaker, how loud and how fast. @param tryAtOnce the person came here because of the microphone */
export function useSound(tryAtOnce: boolean): SectionSpec {
  const { volume, speed, armBluetooth } = useApp((s) => s.settings)
  const change = useChange()
  const { t, i18n } = useTranslation()
  const number = (value: number): string => formatNumber(value, i18n.language)
  return {
    id: 'sound',
    title: t('settings.sections.sound'),
    rows: [
      { id: 'microphone', label: t('settings.microphone'), words: [t('settings.tryMicrophone')], settings: ['microphoneId'], content: <MicrophoneRow tryAtOnce={tryAtOnce} /> },
      {
        id: 'armBluetooth',
        label: t('settings.bluetooth'),
        hint: t('settings.bluetoothHint'),
        settings: ['armBluetooth'],
        content: <Check label={t('settings.bluetooth')} hint={t('settings.bluetoothHint')} checked={armBluetooth} onChange={(on) => change({ armBluetooth: on })} />,
      },
      {
        id: 'speaker',
        label: t('settings.speaker'),
        words: [t('onboarding.speaker.tone')],
        settings: ['speakerId'],
        content: (
          <>
            <SpeakerPick />
            <PlayButton explain what="tone" label={t('onboarding.speaker.tone')} />
          </>
        ),
      },
      {
        id: 'volume',
        label: t('settings.volume'),
        settings: ['volume'],
        content: (
          <Field label={t('settings.volume')}>
            {({ id }) => (
              <Slider id={id} min={0} max={1} step={0.05} value={volume} text={(value) => t('settings.percent', { value: number(Math.round(value * 100)) })} onChange={(value) => change({ volume: value })} />
            )}
          </Field>
        ),
      },
      {
        id: 'speed',
        label: t('settings.speed'),
        hint: t('settings.speedHint'),
        settings: ['speed'],
        content: (
          <Field label={t('settings.speed')} hint={t('settings.speedHint')}>
            {({ id, describedBy }) => (
              <Slider id={id} describedBy={describedBy} min={0.5} max={1.5} step={0.05} value={speed} text={(value) => t('settings.times', { value: number(value) })} onChange={(value) => change({ speed: value })} />
            )}
          </Field>
        ),
      },
    ],
  }
}

/** The microphone opens for its meter only when the person asks, or came here because of it. */
function MicrophoneRow(props: { tryAtOnce: boolean }): ReactNode {
  const store = useStore()
  const { t } = useTranslation()
  const [trying, setTrying] = useState(props.tryAtOnce)

  useEffect(() => {
    void store.request('devices.refresh')
  }, [store])

  return (
    <>
      <MicrophonePick />
      {trying ? (
        <MicrophoneMeter explain />
      ) : (
        <div>
          <Button onClick={() => setTrying(true)}>{t('settings.tryMicrophone')}</Button>
        </div>
      )}
    </>
  )
}
