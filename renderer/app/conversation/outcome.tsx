import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ConversationEntry, ResponseOutcome } from '../../../shared/conversation/model.ts'
import { focusMessage } from '../footer/message-box.tsx'
import { Button } from '../parts/button.tsx'
import { useStore } from '../use-store.ts'

type Sentence = 'failed' | 'rateLimited' | 'noCredit' | 'badKey' | 'lost' | 'incomplete' | 'tooLong' | 'filtered'
type Step = 'askAgain' | 'goOn' | 'rephrase' | 'write' | 'changeKey'

/** What is said below an answer that did not simply end, and the next step. Null: nothing. */
export function outcomeOf(response: ResponseOutcome | null): { sentence: Sentence; step: Step } | null {
  if (response === null) return null
  if (response.status !== 'completed' && response.reason === 'connection_lost') return { sentence: 'lost', step: 'askAgain' }
  switch (response.status) {
    case 'in_progress':
    case 'completed':
    case 'cancelled': // the person's own doing; the heard ink shows it
      return null
    case 'incomplete':
      switch (response.reason) {
        case 'max_output_tokens':
          return { sentence: 'tooLong', step: 'goOn' }
        case 'content_filter':
          return { sentence: 'filtered', step: 'rephrase' }
        default:
          return { sentence: 'incomplete', step: 'goOn' }
      }
    case 'failed':
      switch (response.reason) {
        case 'rate_limit_exceeded':
        case 'inference_rate_limit_exceeded':
          return { sentence: 'rateLimited', step: 'askAgain' }
        case 'insufficient_quota':
        case 'billing_hard_limit_reached':
          return { sentence: 'noCredit', step: 'changeKey' }
        case 'account_deactivated':
        case 'invalid_api_key':
          return { sentence: 'badKey', step: 'changeKey' }
        default:
          return { sentence: 'failed', step: 'askAgain' }
      }
  }
}

/** The sentence below a failed or incomplete answer, with its next step as a link-like button. */
export function OutcomeLine(props: { entry: ConversationEntry }): ReactNode {
  const { entry } = props
  const { t } = useTranslation()
  const store = useStore()
  const outcome = outcomeOf(entry.response)
  if (outcome === null) return null
  const question = questionBefore(store.state.entries, entry.id)
  // Words that are not known cannot be sent again.
  const next = outcome.step === 'askAgain' && question === '' ? 'write' : outcome.step

  function take(step: Step): void {
    switch (step) {
      case 'askAgain':
        void store.request('message.send', question)
        return
      case 'goOn':
        void store.request('message.send', t('outcome.goOnText'))
        return
      case 'rephrase':
      case 'write':
        focusMessage()
        return
      case 'changeKey':
        void store.request('onboarding.show', true)
        return
    }
  }

  return (
    <p className="entry-outcome">
      {t(`outcome.${outcome.sentence}`)}{' '}
      <Button look="link" onClick={() => take(next)}>
        {t(`outcome.${next}`)}
      </Button>
    </p>
  )
}

/** The person's words that an answer was given to; empty when they are not known. */
function questionBefore(entries: readonly ConversationEntry[], id: string): string {
  const at = entries.findIndex((e) => e.id === id)
  const question = entries.slice(0, Math.max(0, at)).findLast((e) => e.role === 'user')
  return question?.text.trim() ?? ''
}
