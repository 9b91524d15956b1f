import { useRef, useState, type ReactNode, type SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { DEFAULT_MODEL } from '../../../shared/settings.ts'
import { formatDecimal } from '../../i18n/format.ts'
import { Button } from '../parts/button.tsx'
import { Choices } from '../parts/choices.tsx'
import { useApp } from '../use-store.ts'
import { CheckLine } from './check-line.tsx'
import { KeyField, takeKey } from './key-field.tsx'
import { OFFERED_MODELS } from './models.ts'
import { useChoose } from './use-choose.ts'

const HOST = 'api.openai.com'

/** A key for OpenAI, and which model. */
export function OpenAiForm(props: { onTry: () => void; onChosen: () => void }): ReactNode {
  const key = useApp((s) => s.key)
  const endpoint = useApp((s) => s.settings.endpoint)
  const { t, i18n } = useTranslation()
  const field = useRef<HTMLInputElement>(null)
  const [model, setModel] = useState(endpoint?.kind === 'openai' && endpoint.model !== '' ? endpoint.model : DEFAULT_MODEL)
  const { check, choose } = useChoose()
  const kept = key.present && key.origin === `wss://${HOST}`

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const typed = takeKey(field.current)
    props.onTry()
    // Left empty: a key may be stored from before, while another server was in use. Main knows.
    if (await choose({ kind: 'openai', url: '', model, key: typed, insecureConsent: false }, HOST)) props.onChosen()
    else if (typed === '') field.current?.focus()
  }

  const price = (cents: number): string => t('onboarding.cents', { value: formatDecimal(cents, i18n.language) })
  return (
    <form className="way-form" onSubmit={(event) => void submit(event)}>
      <KeyField field={field} placeholder={t(kept ? 'onboarding.keyKept' : 'onboarding.keyHint')} />
      {key.source === 'environment' && <p className="field-hint">{t('onboarding.fromEnvironment')}</p>}
      <Choices
        legend={t('onboarding.model')}
        value={model}
        onChange={setModel}
        choices={OFFERED_MODELS.map((offered) => ({
          value: offered.name,
          label: t(`onboarding.models.${offered.label}`),
          hint: `${offered.name}: ${t('onboarding.price', { speak: price(offered.centsToSpeak), hear: price(offered.centsToHear) })}`,
        }))}
      />
      <p className="field-hint">{t('onboarding.priceNote')}</p>
      <div className="form-end">
        <Button look="strong" type="submit" aria-disabled={check.name === 'checking'}>
          {t('onboarding.check')}
        </Button>
        <CheckLine check={check} missing={null} />
      </div>
    </form>
  )
}
