import { useId, useRef, useState, type ReactNode, type SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../parts/button.tsx'
import { Choices } from '../parts/choices.tsx'
import { Field } from '../parts/field.tsx'
import { useApp } from '../use-store.ts'
import { readAddress } from './address.ts'
import { CheckLine } from './check-line.tsx'
import { KeyField, takeKey } from './key-field.tsx'
import { useChoose } from './use-choose.ts'

type Kind = 'compatible' | 'azure'

/** A compatible server or Azure OpenAI: address, model or deployment, key, and consent where the way there is not encrypted. */
export function ServerForm(props: { onTry: () => void; onChosen: () => void }): ReactNode {
  const key = useApp((s) => s.key)
  const endpoint = useApp((s) => s.settings.endpoint)
  const { t } = useTranslation()
  const keyField = useRef<HTMLInputElement>(null)
  const consentId = useId()
  const before = endpoint?.kind === 'compatible' || endpoint?.kind === 'azure' ? endpoint : null
  const [kind, setKind] = useState<Kind>(before?.kind === 'azure' ? 'azure' : 'compatible')
  const [url, setUrl] = useState(before?.url ?? '')
  const [model, setModel] = useState(before?.model ?? '')
  const [consent, setConsent] = useState(false)
  const [missing, setMissing] = useState<string | null>(null)
  const { check, choose } = useChoose()

  const azure = kind === 'azure'
  const address = readAddress(url)
  const insecure = address.name === 'clear' && address.insecure
  const kept = key.present && address.name === 'clear' && key.origin.endsWith(`//${address.host}`)

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const lacking = whatIsMissing()
    setMissing(lacking)
    if (lacking !== null) return
    const typed = takeKey(keyField.current)
    props.onTry()
    const choice = { kind, url: url.trim(), model: model.trim(), key: typed, insecureConsent: insecure && consent }
    if (await choose(choice, address.name === 'clear' ? address.host : url)) props.onChosen()
  }

  function whatIsMissing(): string | null {
    if (url.trim() === '') return t('onboarding.missingAddress')
    if (azure && model.trim() === '') return t('onboarding.missingDeployment')
    if (insecure && !consent && keyField.current?.value.trim() !== '') return t('onboarding.missingConsent')
    return null
  }

  return (
    <form className="way-form" onSubmit={(event) => void submit(event)}>
      <Choices
        legend={t('onboarding.serverKind')}
        value={kind}
        onChange={setKind}
        choices={[
          { value: 'compatible', label: t('onboarding.serverCompatible') },
          { value: 'azure', label: t('onboarding.serverAzure') },
        ]}
      />
      <Field label={t('onboarding.address')}>
        {({ id }) => (
          <input
            id={id}
            className="input code"
            type="text"
            inputMode="url"
            value={url}
            onChange={(event) => setUrl(event.target.value)}
            placeholder={t(azure ? 'onboarding.addressAzureHint' : 'onboarding.addressHint')}
            maxLength={2000}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
          />
        )}
      </Field>
      <Field label={t(azure ? 'onboarding.deployment' : 'onboarding.modelName')}>
        {({ id }) => (
          <input
            id={id}
            className="input code"
            type="text"
            value={model}
            onChange={(event) => setModel(event.target.value)}
            placeholder={azure ? '' : t('onboarding.modelOptional')}
            maxLength={200}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
          />
        )}
      </Field>
      <KeyField field={keyField} placeholder={kept ? t('onboarding.keyKept') : azure ? '' : t('onboarding.keyOptional')} />
      {insecure && (
        <div className="choice consent">
          <input type="checkbox" id={consentId} checked={consent} onChange={(event) => setConsent(event.target.checked)} />
          <label htmlFor={consentId}>{t('onboarding.consent', { host: address.name === 'clear' ? address.host : '' })}</label>
        </div>
      )}
      <div className="form-end">
        <Button look="strong" type="submit" aria-disabled={check.name === 'checking'}>
          {t('onboarding.check')}
        </Button>
        <CheckLine check={check} missing={missing} />
      </div>
    </form>
  )
}
