import type { TFunction } from 'i18next'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { AudioDevice } from '../../../shared/voice-port.ts'
import type { FailureCode } from '../../../shared/failure.ts'
import { deviceName, failureSentence } from '../failures.ts'
import { LineCanvas } from '../footer/line-canvas.tsx'
import { loudness } from '../footer/level-trail.ts'
import { useApp, useStore } from '../use-store.ts'
import { Pick } from './choices.tsx'
import { Field } from './field.tsx'
import { Button } from './button.tsx'
import { PlayButton } from './play-button.tsx'

/** A level that only a sound can have made: quiet speech close to a microphone, 0–1 on the line's scale. */
const HEARD = 0.3
/** So long may a microphone be without any sound at all before it is called silent, ms. */
const SILENT_AFTER_MS = 4000

function options(t: TFunction, devices: readonly AudioDevice[]): { value: string; label: string }[] {
  return [
    { value: '', label: t('settings.systemDefault') },
    ...devices
      .filter((device) => device.deviceId !== '' && device.deviceId !== 'default' && device.deviceId !== 'communications')
      .map((device, i) => ({ value: device.deviceId, label: device.label === '' ? t('settings.unnamedDevice', { number: i + 1 }) : device.label })),
  ]
}

/** Which microphone. */
export function MicrophonePick(): ReactNode {
  const devices = useApp((s) => s.devices.inputs)
  const chosen = useApp((s) => s.settings.microphoneId)
  const store = useStore()
  const { t } = useTranslation()
  return (
    <Field label={t('settings.microphone')}>
      {({ id }) => (
        <Pick
          id={id}
          value={chosen ?? ''}
          options={options(t, devices)}
          onChange={(value) => void store.request('settings.change', { microphoneId: value === '' ? null : value })}
        />
      )}
    </Field>
  )
}

/** Which speaker. */
export function SpeakerPick(): ReactNode {
  const devices = useApp((s) => s.devices.outputs)
  const chosen = useApp((s) => s.settings.speakerId)
  const store = useStore()
  const { t } = useTranslation()
  return (
    <Field label={t('settings.speaker')}>
      {({ id }) => (
        <Pick
          id={id}
          value={chosen ?? ''}
          options={options(t, devices)}
          onChange={(value) => void store.request('settings.change', { speakerId: value === '' ? null : value })}
        />
      )}
    </Field>
  )
}

type Hearing = 'waiting' | 'hears' | 'silent'

/** Why no microphone is open though one is wanted. */
const NOT_OPEN: ReadonlySet<FailureCode> = new Set<FailureCode>(['microphone_denied', 'microphone_missing', 'microphone_busy', 'microphone_lost'])

/**
 * A live meter, and in words whether Parley hears anything. Holds the microphone open while it is shown.
 * @param props.explain also says why none could be opened: where it covers the line that does
 */
export function MicrophoneMeter(props: { onHeard?: () => void; explain?: boolean }): ReactNode {
  const { onHeard, explain = false } = props
  const store = useStore()
  const { t } = useTranslation()
  const chosen = useApp((s) => s.settings.microphoneId)
  const label = useApp((s) => s.devices.inputs.find((d) => d.deviceId === (s.settings.microphoneId ?? 'default'))?.label)
  const [hearing, setHearing] = useState<Hearing>('waiting')
  const [everHeard, setEverHeard] = useState(false)
  const active = useApp((s) => s.voice.active)
  const notice = useApp((s) => s.voice.notice)
  const refused = notice !== null && NOT_OPEN.has(notice.code) ? notice : null

  const words = useRef<HTMLParagraphElement>(null)
  /** *Try again* was pressed, and goes away when it helps. */
  const pressed = useRef(false)
  useEffect(() => {
    if (refused === null && pressed.current) words.current?.focus()
    pressed.current = false
  }, [refused])

  async function openAgain(): Promise<void> {
    pressed.current = true
    await store.request('microphone.preview', false)
    await store.request('microphone.preview', true)
  }

  useEffect(() => {
    void store.request('microphone.preview', true)
    void store.request('devices.refresh')
    return () => void store.request('microphone.preview', false)
  }, [store])

  useEffect(() => {
    let lastSound = performance.now()
    let now: Hearing = 'waiting'
    function become(next: Hearing): void {
      if (next === now) return
      now = next
      setHearing(next)
      if (next === 'hears') {
        setEverHeard(true)
        onHeard?.()
      }
    }
    const watch = setInterval(() => {
      if (performance.now() - lastSound > SILENT_AFTER_MS) become('silent')
    }, 500)
    const unsubscribe = store.onLevels((levels) => {
      if (levels.micPeak > 0) lastSound = performance.now()
      if (loudness(levels.micRms) >= HEARD) become('hears')
      else if (now === 'silent' && levels.micPeak > 0) become('waiting')
    })
    return () => {
      clearInterval(watch)
      unsubscribe()
      setHearing('waiting')
    }
  }, [store, chosen, onHeard])

  function word(): string {
    if (refused !== null) return explain ? failureSentence(t, refused) : t('onboarding.microphone.notOpen')
    if (hearing === 'silent') return t('onboarding.microphone.silent', { anyDevice: deviceName(t, label) })
    return t(hearing === 'hears' ? 'onboarding.microphone.hears' : 'onboarding.microphone.waiting')
  }
  return (
    <div className="meter">
      <LineCanvas className="meter-line" dashed={hearing === 'silent' || refused !== null} oneSided />
      <p className="meter-word" ref={words} tabIndex={-1} data-hearing={refused === null ? hearing : 'silent'} aria-live="polite">
        {word()}
      </p>
      {refused !== null && (
        <div>
          <Button onClick={() => void openAgain()}>{t('action.retry')}</Button>
        </div>
      )}
      {everHeard && !active && <PlayButton explain={explain} what="heard" label={t('sound.playHeard')} />}
    </div>
  )
}
