import { CircleAlert, Info, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure, FailureAction } from '../../../shared/failure.ts'
import { formatSpeech } from '../../i18n/format.ts'
import { failureSentence, takeStep, type FailurePlace } from '../failures.ts'
import { Button } from '../parts/button.tsx'
import { IconButton } from '../parts/icon-button.tsx'
import { useApp, useProblem, useStore } from '../use-store.ts'

/** What went wrong and what to do, above the line. The conversation gives the room, not the footer. */
export function Strips(props: { chooseMicrophone: () => void }): ReactNode {
  const failure = useApp((s) => s.voice.failure)
  const notice = useApp((s) => s.voice.notice)
  const heldTurnMs = useApp((s) => s.voice.heldTurnMs)
  const problem = useProblem()
  const { chooseMicrophone } = props
  return (
    <div className="strips">
      <div role="alert">
        {(failure !== null || heldTurnMs !== null) && (
          <Strip place="session" failure={failure} heldTurnMs={heldTurnMs} chooseMicrophone={chooseMicrophone} />
        )}
        {problem !== null && (
          <Strip place="window" failure={problem.failure} again={problem.again} heldTurnMs={null} chooseMicrophone={chooseMicrophone} />
        )}
      </div>
      <div aria-live="polite">
        {notice !== null && <Strip place="notice" failure={notice} heldTurnMs={null} chooseMicrophone={chooseMicrophone} />}
      </div>
    </div>
  )
}

function Strip(props: {
  place: FailurePlace
  failure: Failure | null
  again?: () => void
  heldTurnMs: number | null
  chooseMicrophone: () => void
}): ReactNode {
  const { place, failure, heldTurnMs, again = null, chooseMicrophone } = props
  const store = useStore()
  const { t, i18n } = useTranslation()
  const turnHeld = heldTurnMs !== null

  const take = (action: FailureAction): void => void takeStep(store, action, { place, turnHeld, again, chooseMicrophone })
  return (
    <div className="strip" data-place={place}>
      <span className="strip-glyph" aria-hidden="true">
        {place === 'notice' ? <Info /> : <CircleAlert />}
      </span>
      <p className="strip-text">
        {failure !== null && failureSentence(t, failure)}
        {failure !== null && turnHeld && ' '}
        {turnHeld && t('held.sentence', { length: formatSpeech(heldTurnMs, i18n.language) })}
      </p>
      <div className="strip-steps">
        {steps(failure, turnHeld).map((action) => (
          <Button key={action} onClick={() => take(action)}>
            {t(action === 'retry' && turnHeld ? 'action.sendAgain' : `action.${action}`)}
          </Button>
        ))}
      </div>
      {(place !== 'session' || failure?.actions.includes('dismiss') === true) && (
        <IconButton className="strip-close" name={t('action.dismiss')} icon={<X />} onClick={() => take('dismiss')} />
      )}
    </div>
  )
}

/** The buttons with words; *dismiss* is the cross. A held turn can always be sent again or forgotten. */
function steps(failure: Failure | null, turnHeld: boolean): FailureAction[] {
  const named = (failure?.actions ?? []).filter((action) => action !== 'dismiss')
  return turnHeld ? [...new Set<FailureAction>(['retry', 'discard', ...named])] : named.filter((action) => action !== 'discard')
}
