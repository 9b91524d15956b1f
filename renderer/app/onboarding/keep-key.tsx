import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../parts/button.tsx'
import { useApp, useStore } from '../use-store.ts'

/** Where the system has no safe place for the key, so that it lasts for this run only: the way to have it stored all the same. */
export function KeepKey(): ReactNode {
  const offered = useApp((s) => s.key.source === 'session' && s.key.unprotected)
  const store = useStore()
  const { t } = useTranslation()
  if (!offered) return null
  return (
    <div className="keep-key">
      <p>{t('onboarding.keepKey')}</p>
      <Button onClick={() => void store.request('key.store')}>{t('onboarding.keepKeyAnyway')}</Button>
    </div>
  )
}
