import { Dialog } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import type { Settings, SettingsPatch } from '../../../shared/settings.ts'
import { formatMoney } from '../../i18n/format.ts'
import { chordName, chordOf, defaultChord, sameChord } from '../../../shared/talk-key/chord.ts'
import { useEndpointName } from '../endpoint-name.ts'
import { Button } from '../parts/button.tsx'
import { MicrophoneMeter, MicrophonePick, SpeakerPick } from '../parts/devices.tsx'
import { Check, Choices, Field, Pick } from '../parts/field.tsx'
import { useApp, useStore } from '../use-store.ts'

/** Where the sheet opens. */
export type SettingsPlace = 'general' | 'microphone'

/** The settings, as a sheet beside the conversation (over it where the window is narrow). */
export function SettingsSheet(props: { place: SettingsPlace | null; onClose: () => void }): ReactNode {
  const { place, onClose } = props
  const { t } = useTranslation()
  const sound = useRef<HTMLHeadingElement>(null)
  return (
    <Dialog.Root open={place !== null} onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="veil" />
        <Dialog.Popup className="sheet" {...(place === 'microphone' ? { initialFocus: sound } : {})}>
          <div className="sheet-head">
            <Dialog.Title className="sheet-title">{t('settings.title')}</Dialog.Title>
            <Dialog.Close className="icon-button" aria-label={t('settings.close')}>
              <X />
            </Dialog.Close>
          </div>
          <div className="sheet-body">
            <General />
            <TalkKeySection />
            <Sound heading={sound} tryAtOnce={place === 'microphone'} />
            <Connection onClose={onClose} />
            <Money />
            <Kept />
            <Version />
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function General(): ReactNode {
  const settings = useApp((s) => s.settings)
  const store = useStore()
  const { t } = useTranslation()
  const change = (patch: SettingsPatch): void => void store.request('settings.change', patch)
  const languages = ['system', 'en', 'de'] as const
  const themes = ['system', 'light', 'dark'] as const
  const modes = ['hold', 'tap', 'open_line'] as const
  return (
    <section className="sheet-section">
      <Choices
        legend={t('settings.turns')}
        value={settings.turnMode}
        onChange={(turnMode) => change({ turnMode })}
        choices={modes.map((mode) => ({ value: mode, label: t(`settings.turnModes.${mode}`), hint: t(`settings.turnHints.${mode}`) }))}
      />
      {settings.turnMode === 'open_line' && <OpenLine settings={settings} change={change} />}
      <Check label={t('settings.cues')} checked={settings.cues} onChange={(cues) => change({ cues })} />
      <div className="sheet-pair">
        <Field label={t('settings.language')}>
          {({ id }) => (
            <Pick
              id={id}
              value={settings.language}
              options={languages.map((value) => ({ value, label: t(`settings.languages.${value}`) }))}
              onChange={(value) => change({ language: one(languages, value) })}
            />
          )}
        </Field>
        <Field label={t('settings.theme')}>
          {({ id }) => (
            <Pick
              id={id}
              value={settings.theme}
              options={themes.map((value) => ({ value, label: t(`settings.themes.${value}`) }))}
              onChange={(value) => change({ theme: one(themes, value) })}
            />
          )}
        </Field>
      </div>
    </section>
  )
}

/** What holds only on the open line. */
function OpenLine(props: { settings: Settings; change: (patch: SettingsPatch) => void }): ReactNode {
  const { settings, change } = props
  const { t } = useTranslation()
  const paces = ['quick', 'normal', 'patient'] as const
  const minutes = IDLE_MINUTES.includes(settings.idleStopMinutes) ? IDLE_MINUTES : [...IDLE_MINUTES, settings.idleStopMinutes]
  return (
    <>
      <div className="sheet-pair">
        <Field label={t('settings.pace')}>
          {({ id }) => (
            <Pick
              id={id}
              value={settings.pace}
              options={paces.map((value) => ({ value, label: t(`settings.paces.${value}`) }))}
              onChange={(value) => change({ pace: one(paces, value) })}
            />
          )}
        </Field>
        <Field label={t('settings.idleStop')}>
          {({ id }) => (
            <Pick
              id={id}
              value={String(settings.idleStopMinutes)}
              options={minutes.map((count) => ({
                value: String(count),
                label: count === 0 ? t('settings.idleNever') : t('settings.idleMinutes', { count }),
              }))}
              onChange={(value) => change({ idleStopMinutes: Number(value) })}
            />
          )}
        </Field>
      </div>
      <Check label={t('settings.byMeaning')} checked={settings.byMeaning} onChange={(byMeaning) => change({ byMeaning })} />
    </>
  )
}

/** Offered waits before an unused line is closed, minutes; 0 = never. */
const IDLE_MINUTES = [1, 5, 15, 60, 0]

/** Keys offered; each works on every keyboard and means little elsewhere. */
const TALK_KEYS = [
  ...(['ControlRight', 'AltRight', 'F8', 'F9'] as const).map((key) => chordOf(key)),
  chordOf('Space', ['ctrl', 'alt']),
  chordOf('F12', ['ctrl', 'shift']),
]

/** The key that talks from anywhere: which one, which way it is served, and why. */
function TalkKeySection(): ReactNode {
  const chosen = useApp((s) => s.settings.talkKey)
  const talkKey = useApp((s) => s.talkKey)
  const language = useApp((s) => s.language)
  const store = useStore()
  const { t } = useTranslation()
  const platform = /mac/i.test(navigator.userAgent) ? 'darwin' : /win/i.test(navigator.userAgent) ? 'win32' : 'linux'
  const known = chosen === null || TALK_KEYS.some((chord) => sameChord(chord, chosen)) ? TALK_KEYS : [...TALK_KEYS, chosen]
  const options = known.map((chord) => ({ value: JSON.stringify(chord), label: chordName(chord, language, platform) }))
  const standard = { value: '', label: t('talkKey.standard', { name: chordName(defaultChord(platform), language, platform) }) }
  return (
    <section className="sheet-section">
      <h3>{t('talkKey.title')}</h3>
      <Field label={t('talkKey.key')}>
        {({ id }) => (
          <Pick
            id={id}
            value={chosen === null ? '' : JSON.stringify(chosen)}
            options={[standard, ...options]}
            onChange={(value) => {
              const chord = known.find((one) => JSON.stringify(one) === value) ?? null
              void store.request('settings.change', { talkKey: chord })
            }}
          />
        )}
      </Field>
      {talkKey !== null && (
        <p className="choice-hint" role="status">
          {talkKey.name === ''
            ? t('talkKey.none')
            : t(talkKey.canHold ? 'talkKey.holds' : 'talkKey.taps', { name: talkKey.name })}
          {talkKey.reasons.map((reason) => ` ${t(`talkKey.reasons.${isReason(reason) ? reason : 'hook_failed'}`)}`)}
        </p>
      )}
    </section>
  )
}

const REASONS = [
  'hook_missing',
  'hook_failed',
  'accessibility_needed',
  'wayland',
  'no_display',
  'taken',
  'not_registrable',
  'unconfirmed',
  'secure_input',
  'all_taken',
] as const

function isReason(reason: string): reason is (typeof REASONS)[number] {
  return REASONS.some((known) => known === reason)
}

/** The microphone opens for its meter only when the person asks, or came here because of it. */
function Sound(props: { heading: RefObject<HTMLHeadingElement | null>; tryAtOnce: boolean }): ReactNode {
  const { heading, tryAtOnce } = props
  const store = useStore()
  const { t } = useTranslation()
  const [trying, setTrying] = useState(tryAtOnce)

  useEffect(() => {
    void store.request('devices.refresh')
  }, [store])

  return (
    <section className="sheet-section">
      <h3 tabIndex={-1} ref={heading}>
        {t('settings.sound')}
      </h3>
      <MicrophonePick />
      {trying ? (
        <MicrophoneMeter />
      ) : (
        <div>
          <Button onClick={() => setTrying(true)}>{t('settings.tryMicrophone')}</Button>
        </div>
      )}
      <SpeakerPick />
    </section>
  )
}

/** The one of `values` that a list gave back as a plain string. */
function one<T extends string>(values: readonly [T, ...T[]], value: string): T {
  return values.find((v) => v === value) ?? values[0]
}

/** Caps on what a conversation and a day may cost. */
function Money(): ReactNode {
  const settings = useApp((s) => s.settings)
  const store = useStore()
  const { t, i18n } = useTranslation()
  const amounts = (current: number, offered: readonly number[], label: (amount: number) => string): { value: string; label: string }[] =>
    [...new Set([...offered, current])].map((amount) => ({ value: String(amount), label: amount === 0 ? t('settings.noCap') : label(amount) }))
  const dollars = (amount: number): string => formatMoney(amount, i18n.language)
  return (
    <section className="sheet-section">
      <h3>{t('settings.money')}</h3>
      <div className="sheet-pair">
        <Field label={t('settings.capSession')}>
          {({ id }) => (
            <Pick
              id={id}
              value={String(settings.capSessionUsd)}
              options={amounts(settings.capSessionUsd, [0.5, 1, 2, 5, 10, 0], dollars)}
              onChange={(value) => void store.request('settings.change', { capSessionUsd: Number(value) })}
            />
          )}
        </Field>
        <Field label={t('settings.capDay')}>
          {({ id }) => (
            <Pick
              id={id}
              value={String(settings.capDayUsd)}
              options={amounts(settings.capDayUsd, [1, 2, 5, 10, 20, 0], dollars)}
              onChange={(value) => void store.request('settings.change', { capDayUsd: Number(value) })}
            />
          )}
        </Field>
      </div>
      <Field label={t('settings.capMinutes')}>
        {({ id }) => (
          <Pick
            id={id}
            value={String(settings.capDayMinutes)}
            options={amounts(settings.capDayMinutes, [30, 60, 120, 240, 0], (count) => t('settings.minutes', { count }))}
            onChange={(value) => void store.request('settings.change', { capDayMinutes: Number(value) })}
          />
        )}
      </Field>
      <p className="choice-hint">{t('settings.moneyHint')}</p>
    </section>
  )
}

/** What is kept of conversations. Deleting takes two presses, since nothing brings them back. */
function Kept(): ReactNode {
  const keep = useApp((s) => s.settings.keepHistory)
  const store = useStore()
  const { t } = useTranslation()
  const [step, setStep] = useState<'ask' | 'sure' | 'done'>('ask')

  async function remove(): Promise<void> {
    if (step === 'ask') setStep('sure')
    else if (await store.request('history.deleteAll')) setStep('done')
  }

  return (
    <section className="sheet-section">
      <h3>{t('settings.history')}</h3>
      <Check label={t('settings.keepHistory')} checked={keep} onChange={(keepHistory) => void store.request('settings.change', { keepHistory })} />
      <div className="form-end">
        {step === 'done' ? (
          <p role="status">{t('settings.deletedHistory')}</p>
        ) : (
          <Button onClick={() => void remove()}>{t(step === 'ask' ? 'settings.deleteHistory' : 'settings.deleteHistorySure')}</Button>
        )}
      </div>
    </section>
  )
}

function Connection(props: { onClose: () => void }): ReactNode {
  const endpoint = useApp((s) => s.settings.endpoint)
  const key = useApp((s) => s.key)
  const name = useEndpointName()
  const store = useStore()
  const { t } = useTranslation()

  async function change(): Promise<void> {
    if (await store.request('onboarding.show', true)) props.onClose()
  }

  return (
    <section className="sheet-section">
      <h3>{t('settings.connection')}</h3>
      <dl className="facts">
        <dt>{t('settings.endpoint')}</dt>
        <dd>
          {name ?? t('settings.noEndpoint')}
          {key.source !== 'environment' && entered(endpoint).map((part) => <code key={part}>{part}</code>)}
        </dd>
        <dt>{t('settings.key')}</dt>
        <dd>{t(`settings.keys.${key.source}`, { backend: key.backend })}</dd>
      </dl>
      <div className="form-end">
        <Button onClick={() => void change()}>{t('settings.change')}</Button>
        {key.present && key.source !== 'environment' && (
          <Button onClick={() => void store.request('key.forget')}>{t('settings.forget')}</Button>
        )}
      </div>
    </section>
  )
}

/** Model and address as they were entered. */
function entered(endpoint: Settings['endpoint']): string[] {
  return endpoint === null ? [] : [endpoint.model, endpoint.url].filter((part) => part !== '')
}

function Version(): ReactNode {
  const version = useApp((s) => s.version)
  const { t } = useTranslation()
  return <p className="sheet-version">{t('settings.version', { version })}</p>
}
