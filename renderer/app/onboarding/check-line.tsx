import { Check as Tick, CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { failureSentence } from '../failures.ts'
import type { Check } from './use-choose.ts'

/** The live check in words. `missing` is what the person still has to fill in. */
export function CheckLine(props: { check: Check; missing: string | null }): ReactNode {
  const { check, missing } = props
  const { t } = useTranslation()
  return (
    <div className="check-line" aria-live="polite">
      {missing !== null ? (
        <p className="check-words" data-check="missing">
          {missing}
        </p>
      ) : (
        check.name !== 'idle' && (
          <p className="check-words" data-check={check.name}>
            {check.name === 'checking' && t('onboarding.checking', { host: check.host })}
            {check.name === 'works' && (
              <>
                <Tick aria-hidden="true" />
                {t('onboarding.works')}
              </>
            )}
            {check.name === 'failed' && (
              <>
                <CircleAlert aria-hidden="true" />
                {check.failure.code === 'no_key' ? t('onboarding.missingKey') : failureSentence(t, check.failure)}
              </>
            )}
          </p>
        )
      )}
    </div>
  )
}
