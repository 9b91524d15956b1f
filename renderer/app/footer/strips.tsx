import type { TFunction } from 'i18next'
import { Bell, CircleAlert, CircleHelp, Info, X } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure, FailureAction } from '../../../shared/failure.ts'
import type { QuestionShown, RingingTimer } from '../../../shared/state.ts'
import { formatSpeech } from '../../i18n/format.ts'
import { failureSentence, takeStep, type FailurePlace } from '../failures.ts'
import { Button } from '../parts/button.tsx'
import { IconButton } from '../parts/icon-button.tsx'
import { useApp, useProblem, useStore } from '../use-store.ts'
import { focusTalk } from './talk-button.tsx'

/** What went wrong and what to do, above the line. The conversation gives the room, not the footer. */
export function Strips(props: { chooseMicrophone: () => void }): ReactNode {
  const failure = useApp((s) => s.voice.failure)
  const notice = useApp((s) => s.voice.notice)
  const heldTurnMs = useApp((s) => s.voice.heldTurnMs)
  const question = useApp((s) => s.question)
  const ringing = useApp((s) => s.ringing)
  const problem = useProblem()
  const store = useStore()
  const { chooseMicrophone } = props
  // A message that was refused: the conversation itself says why.
  const saidAlready = problem !== null && problem.failure.code === notice?.code
  useEffect(() => {
    if (saidAlready) store.dismissProblem()
  }, [saidAlready, store])
  const held = useRef<Element | null>(null)
  // What was pressed goes with its strip, and whoever uses the keyboard would begin again at the top.
  useEffect(() => {
    if (held.current?.isConnected !== false) return
    held.current = null
    if (document.activeElement === document.body) focusTalk()
  })
  return (
    <div className="strips" onFocus={(event) => (held.current = event.target)}>
      <div role="alert">
        {(failure !== null || heldTurnMs !== null) && (
          <Strip place="session" failure={failure} heldTurnMs={heldTurnMs} chooseMicrophone={chooseMicrophone} />
        )}
        {problem !== null && !saidAlready && (
          <Strip place="window" failure={problem.failure} again={problem.again} heldTurnMs={null} chooseMicrophone={chooseMicrophone} />
        )}
      </div>
      <div role="alert">
        {question !== null && <Question key={question.id} question={question} />}
        {ringing.map((timer) => (
          <Ringing key={timer.id} timer={timer} />
        ))}
      </div>
      <div aria-live="polite">
        {notice !== null && <Strip place="notice" failure={notice} heldTurnMs={null} chooseMicrophone={chooseMicrophone} />}
      </div>
    </div>
  )
}

/** What the person is asked before a function runs; yes and no can be said as well. */
function Question(props: { question: QuestionShown }): ReactNode {
  const { id, code, detail } = props.question
  const store = useStore()
  const { t } = useTranslation()
  const answer = (yes: boolean): void => void store.request('question.answer', id, yes)
  return (
    <div className="strip" data-place="question">
      <span className="strip-glyph" aria-hidden="true">
        <CircleHelp />
      </span>
      <p className="strip-text">
        {questionText(t, code, detail)}
        {detail['url'] !== undefined && (
          <code className="strip-address" aria-label={t('toolQuestion.address')}>
            {detail['url']}
          </code>
        )}
        <small className="strip-hint">{t('toolQuestion.hint')}</small>
      </p>
      <div className="strip-steps">
        <Button onClick={() => answer(true)}>{t('toolQuestion.allow')}</Button>
        <Button onClick={() => answer(false)}>{t('toolQuestion.deny')}</Button>
      </div>
    </div>
  )
}

/** What the person is asked. */
export function questionText(t: TFunction, code: string, detail: QuestionShown['detail']): string {
  const host = detail['host'] ?? ''
  switch (code) {
    case 'read_clipboard':
      return t('toolQuestion.read_clipboard')
    case 'open_page_foreign':
      return t('toolQuestion.open_page_foreign', { host, reads: detail['reads'] ?? '' })
    default:
      return t('toolQuestion.open_page', { host })
  }
}

/** A timer that is up. */
function Ringing(props: { timer: RingingTimer }): ReactNode {
  const { id, label, lateMs } = props.timer
  const store = useStore()
  const { t, i18n } = useTranslation()
  return (
    <div className="strip" data-place="timer">
      <span className="strip-glyph" aria-hidden="true">
        <Bell />
      </span>
      <p className="strip-text">
        {label === '' ? t('timer.rings') : t('timer.ringsLabel', { label })}
        {lateMs > 5000 && ` ${t('timer.late', { time: formatSpeech(lateMs, i18n.language) })}`}
      </p>
      <div className="strip-steps">
        <Button onClick={() => void store.request('timer.dismiss', id)}>{t('timer.dismiss')}</Button>
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
        {failure !== null && failureSentence(t, failure, i18n.language)}
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
