import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { VOICES, type Settings } from '../../../shared/settings.ts'
import type { KeyStatus } from '../../../shared/state.ts'
import { formatDecimal } from '../../i18n/format.ts'
import { useEndpointName } from '../endpoint-name.ts'
import { CheckLine } from '../onboarding/check-line.tsx'
import { KeepKey } from '../onboarding/keep-key.tsx'
import { OFFERED_MODELS } from '../onboarding/models.ts'
import { useChoose } from '../onboarding/use-choose.ts'
import { Button } from '../parts/button.tsx'
import { Pick } from '../parts/choices.tsx'
import { Field } from '../parts/field.tsx'
import { usePersonas } from '../personas/use-personas.ts'
import { PlayButton } from '../parts/play-button.tsx'
import { useApp, useStore } from '../use-store.ts'
import { Act, focusRow, useChange } from './row.tsx'
import type { RowSpec, SectionSpec } from './rows.ts'

/** With whom Parley talks, and with which voice. */
export function useConnection(onClose: () => void): SectionSpec {
  const endpoint = useApp((s) => s.settings.endpoint)
  const key = useApp((s) => s.key)
  const { t } = useTranslation()
  const forgettable = key.present && key.source !== 'environment'
  const rows: RowSpec[] = [
    { id: 'endpoint', label: t('settings.endpoint'), words: [t('settings.key'), t('settings.change'), key.backend], settings: [], content: <Server onClose={onClose} /> },
  ]
  if (endpoint?.kind === 'openai' && key.source !== 'environment') {
    rows.push({ id: 'model', label: t('settings.model'), words: OFFERED_MODELS.map(({ name }) => name), settings: [], content: <Model endpoint={endpoint} /> })
  }
  rows.push({ id: 'voice', label: t('settings.voice'), hint: t('settings.voiceHint'), words: VOICES, settings: ['voice'], content: <Voice /> })
  if (forgettable) rows.push({ id: 'forget', label: t('settings.forget'), hint: t('settings.forgetHint'), settings: [], content: <Forget /> })
  return { id: 'connection', title: t('settings.sections.connection'), rows }
}

function Server(props: { onClose: () => void }): ReactNode {
  const endpoint = useApp((s) => s.settings.endpoint)
  const key = useApp((s) => s.key)
  const name = useEndpointName()
  const store = useStore()
  const { t } = useTranslation()

  async function change(): Promise<void> {
    if (await store.request('onboarding.show', true)) props.onClose()
  }

  return (
    <>
      <dl className="facts">
        <dt>{t('settings.endpoint')}</dt>
        <dd>
          {name ?? t('settings.noEndpoint')}
          {key.source !== 'environment' && entered(endpoint).map((part) => <code key={part}>{part}</code>)}
        </dd>
        <dt>{t('settings.key')}</dt>
        <dd>{t(`settings.keys.${keyWords(key)}`, { backend: key.backend })}</dd>
      </dl>
      <KeepKey />
      <div className="form-end">
        <Button onClick={() => void change()}>{t('settings.change')}</Button>
      </div>
    </>
  )
}

/** Which words say where the key is. */
function keyWords({ source, unprotected, backend }: KeyStatus): KeyStatus['source'] | 'sessionHonest' | 'unprotected' {
  // Where it could be stored all the same, the offer below the facts says why it is not.
  if (source === 'session' && backend === '' && !unprotected) return 'sessionHonest'
  return source === 'stored' && unprotected ? 'unprotected' : source
}

/** Model and address as they were entered. */
function entered(endpoint: Settings['endpoint']): string[] {
  return endpoint === null ? [] : [endpoint.model, endpoint.url].filter((part) => part !== '')
}

/** The models on offer, with what each costs; another one is tried before it is used. */
function Model(props: { endpoint: NonNullable<Settings['endpoint']> }): ReactNode {
  const { kind, url, model } = props.endpoint
  const { t, i18n } = useTranslation()
  const { check, choose } = useChoose()
  const inForce = model === '' ? (OFFERED_MODELS[0]?.name ?? '') : model
  const price = (cents: number): string => t('onboarding.cents', { value: formatDecimal(cents, i18n.language) })
  const offered = OFFERED_MODELS.map((one) => ({
    value: one.name,
    label: t('settings.modelOption', { label: t(`onboarding.models.${one.label}`), speak: price(one.centsToSpeak), hear: price(one.centsToHear) }),
  }))
  const options = offered.some(({ value }) => value === inForce) ? offered : [...offered, { value: inForce, label: inForce }]
  return (
    <>
      <Field label={t('settings.model')} hint={t('settings.modelHint', { name: inForce })}>
        {({ id, describedBy }) => (
          <Pick
            id={id}
            describedBy={describedBy}
            value={inForce}
            options={options}
            onChange={(value) => void choose({ kind, url, model: value, key: '', insecureConsent: false }, 'api.openai.com')}
          />
        )}
      </Field>
      {check.name !== 'idle' && <CheckLine check={check} missing={null} />}
    </>
  )
}

function Voice(): ReactNode {
  const voice = useApp((s) => s.settings.voice)
  const practice = useApp((s) => s.endpoint?.kind === 'practice')
  const { chosen } = usePersonas()
  const change = useChange()
  const { t } = useTranslation()
  const own = chosen.voice === null ? t('settings.voiceHint') : t('persona.voiceOverrides', { name: chosen.name, voice: capital(chosen.voice) })
  const hint = practice ? t('settings.voicePractice') : own
  const known = VOICES.some((name) => name === voice) ? VOICES : [...VOICES, voice]
  return (
    <>
      <Field label={t('settings.voice')} hint={hint}>
        {({ id, describedBy }) => (
          <Pick
            id={id}
            describedBy={describedBy}
            value={voice}
            options={known.map((name, i) => ({ value: name, label: i === 0 ? t('settings.standardWord', { name: capital(name) }) : capital(name) }))}
            onChange={(value) => change({ voice: value })}
          />
        )}
      </Field>
      <PlayButton explain what="voice" label={t('sound.tryVoice')} hint={t(practice ? 'sound.voiceFree' : 'sound.voiceCost')} />
    </>
  )
}

/** A voice's name as a name. */
function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

function Forget(): ReactNode {
  const store = useStore()
  const { t } = useTranslation()

  async function forget(): Promise<void> {
    // Without a key there is nothing to forget, and this row goes.
    if (await store.request('key.forget')) focusRow('endpoint')
  }

  return (
    <Act label={t('settings.key')} hint={t('settings.forgetHint')}>
      <Button onClick={() => void forget()}>{t('settings.forget')}</Button>
    </Act>
  )
}
