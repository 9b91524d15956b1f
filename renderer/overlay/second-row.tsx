import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure, FailureAction } from '../../shared/failure.ts'
import type { AppState } from '../../shared/state.ts'
import { formatSpeech } from '../i18n/format.ts'
import { failureSentence } from '../app/failures.ts'
import { questionText } from '../app/footer/strips.tsx'
import { Button } from '../app/parts/button.tsx'
import { useApp, useProblem, useStore } from '../app/use-store.ts'

/** Whether there is anything that the pill's one row has no room for. */
export function needsSecondRow(state: AppState): boolean {
  const { voice, question, ringing } = state
  return voice.failure !== null || voice.notice !== null || voice.heldTurnMs !== null || question !== null || ringing.length > 0
}

/** What cannot wait, one thing at a time: a question first, then what rings, then what failed. */
export function SecondRow(): ReactNode {
  const question = useApp((s) => s.question)
  const timer = useApp((s) => s.ringing[0] ?? null)
  const failure = useApp((s) => s.voice.failure)
  const notice = useApp((s) => s.voice.notice)
  const heldTurnMs = useApp((s) => s.voice.heldTurnMs)
  const problem = useProblem()
  const store = useStore()
  const { t, i18n } = useTranslation()

  if (question !== null) {
    const answer = (yes: boolean): void => void store.request('question.answer', question.id, yes)
    const url = question.detail['url']
    return (
      <Row alert>
        <p>
          {questionText(t, question.code, question.detail)}
          {url !== undefined && <code aria-label={t('toolQuestion.address')}>{url}</code>}
        </p>
        <div className="second-steps">
          <Button onClick={() => answer(true)}>{t('toolQuestion.allow')}</Button>
          <Button onClick={() => answer(false)}>{t('toolQuestion.deny')}</Button>
        </div>
      </Row>
    )
  }
  if (timer !== null) {
    return (
      <Row alert>
        <p>{timer.label === '' ? t('timer.rings') : t('timer.ringsLabel', { label: timer.label })}</p>
        <div className="second-steps">
          <Button onClick={() => void store.request('timer.dismiss', timer.id)}>{t('timer.dismiss')}</Button>
        </div>
      </Row>
    )
  }
  if (failure !== null || heldTurnMs !== null) {
    return (
      <Row alert>
        <p>
          {failure !== null && failureSentence(t, failure, i18n.language)}
          {heldTurnMs !== null && ` ${t('held.sentence', { length: formatSpeech(heldTurnMs, i18n.language) })}`}
        </p>
        <Steps failure={failure} turnHeld={heldTurnMs !== null} />
      </Row>
    )
  }
  const word = notice ?? problem?.failure ?? null
  if (word === null) return <div className="second-nothing" role="alert" />
  return (
    <Row alert={false}>
      <p>{failureSentence(t, word, i18n.language)}</p>
      <Steps failure={word} turnHeld={false} dismiss={() => (notice === null ? store.dismissProblem() : void store.request('notice.dismiss'))} />
    </Row>
  )
}

function Row(props: { alert: boolean; children: ReactNode }): ReactNode {
  return (
    <div className="second" role={props.alert ? 'alert' : 'status'} aria-label={props.alert ? undefined : 'Parley'}>
      {props.children}
    </div>
  )
}

/** What the pill can do itself; everything else is done in the window, which says it at length. */
const HERE: ReadonlySet<FailureAction> = new Set<FailureAction>(['retry', 'discard', 'unmute'])

function Steps(props: { failure: Failure | null; turnHeld: boolean; dismiss?: () => void }): ReactNode {
  const { failure, turnHeld, dismiss } = props
  const store = useStore()
  const { t } = useTranslation()
  const named = failure?.actions ?? []
  const here = turnHeld ? (['retry', 'discard'] as const) : named.filter((action) => HERE.has(action) && action !== 'discard')
  const elsewhere = named.some((action) => !HERE.has(action) && action !== 'dismiss')

  function take(action: FailureAction): void {
    if (action === 'unmute') void store.request('microphone.mute', false)
    else if (action === 'discard') void store.request('heldTurn.discard')
    else void store.request(turnHeld ? 'heldTurn.retry' : 'conversation.start')
  }
  return (
    <div className="second-steps">
      {here.map((action) => (
        <Button key={action} onClick={() => take(action)}>
          {t(action === 'retry' && turnHeld ? 'action.sendAgain' : `action.${action}`)}
        </Button>
      ))}
      {elsewhere && <Button onClick={() => void store.request('window.show')}>{t('overlay.show')}</Button>}
      {dismiss !== undefined && <Button onClick={dismiss}>{t('action.dismiss')}</Button>}
    </div>
  )
}
