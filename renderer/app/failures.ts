import type { TFunction } from 'i18next'
import type { Failure, FailureAction } from '../../shared/failure.ts'
import { formatMoney } from '../i18n/format.ts'
import type { AppStore } from './store.ts'

/**
 * The sentence of a failure in the interface's language. Details that the failure does not name
 * leave no hole: each is filled in with its own brackets or quotation marks, or not at all.
 */
export function failureSentence(t: TFunction, failure: Failure, language = 'en'): string {
  const { detail, code } = failure
  const bracket = (value: string | number | undefined): string => (filled(value) ? t('detail.inBrackets', { value }) : '')
  const quoted = (value: string | number | undefined): string => (filled(value) ? t('detail.quoted', { value }) : '')
  return t(`failure.${code}`, {
    inFile: bracket(detail['at']),
    at: bracket(detail['host'] ?? detail['origin']),
    model: quoted(detail['model']),
    status: bracket(detail['status']),
    code: filled(detail['code']) ? t('detail.closeCode', { value: detail['code'] }) : '',
    device: quoted(detail['device'] ?? detail['label']),
    anyDevice: deviceName(t, detail['device'] ?? detail['label']),
    seconds: detail['seconds'] ?? 60,
    minutes: detail['minutes'] ?? 5,
    percent: detail['percent'] ?? 80,
    money: formatMoney(Number(detail['usd'] ?? 0), language),
    file: detail['file'] ?? 'history.db',
    inFolder: bracket(detail['folder']),
    voice: quoted(detail['voice']),
    where: bracket(detail['where']),
    limit: detail['limit'] ?? 50,
  })
}

/** A device in quotation marks, or "the microphone" while its name is not known. */
export function deviceName(t: TFunction, label: string | number | undefined): string {
  return filled(label) ? t('detail.device', { value: label }) : t('detail.anyDevice')
}

function filled(value: string | number | undefined): value is string | number {
  return value !== undefined && value !== ''
}

/** Where a failure is shown; decides what its buttons call. */
export type FailurePlace = 'session' | 'notice' | 'window'

/** What a button needs besides the store. */
export interface FailureContext {
  place: FailurePlace
  /** Something said is being held: *retry* and *discard* are about it. */
  turnHeld: boolean
  /** For a request of this window: makes it again. */
  again: (() => void) | null
  /** Opens the settings at the microphone. */
  chooseMicrophone(): void
}

/** Carries out one next step of a failure. */
export async function takeStep(store: AppStore, action: FailureAction, context: FailureContext): Promise<void> {
  if (context.place === 'window') store.dismissProblem()
  switch (action) {
    case 'retry':
      if (context.again !== null) context.again()
      else await store.request(context.turnHeld ? 'heldTurn.retry' : 'conversation.start')
      return
    case 'discard':
      await store.request('heldTurn.discard')
      return
    case 'change_key':
      await store.request('onboarding.show', true)
      return
    case 'practise':
      await store.request('endpoint.choose', { kind: 'practice', url: '', model: '', key: '', insecureConsent: false })
      return
    case 'unmute':
      await store.request('microphone.mute', false)
      return
    case 'choose_microphone':
      context.chooseMicrophone()
      return
    case 'dismiss':
      if (context.place === 'notice') await store.request('notice.dismiss')
      else if (context.place === 'session') await store.request('conversation.end')
      return
  }
}
