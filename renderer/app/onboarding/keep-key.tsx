import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../parts/button.tsx'
import { Said } from '../parts/said.tsx'
import { useApp, useStore } from '../use-store.ts'

/** Where the system has no safe place for the key, so that it lasts for this run only: the way to have it stored all the same. */
export function KeepKey(): ReactNode {
  const source = useApp((s) => (s.key.unprotected ? s.key.source : 'none'))
  const store = useStore()
  const { t } = useTranslation()
  /** The person agreed here, a moment ago. */
  const [agreed, setAgreed] = useState(false)
  if (source === 'stored' && agreed) {
    return (
      <div className="keep-key">
        <Said>{t('onboarding.keyIsKept')}</Said>
      </div>
    )
  }
  if (source !== 'session') return null
  return (
    <div className="keep-key">
      <p>{t('onboarding.keepKey')}</p>
      <Button onClick={() => void store.request('key.store').then(setAgreed)}>{t('onboarding.keepKeyAnyway')}</Button>
    </div>
  )
}
