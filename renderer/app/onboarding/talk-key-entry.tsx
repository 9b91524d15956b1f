import { useEffect, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { formatDecimal } from '../../i18n/format.ts'
import { TalkKeyField } from '../settings/talk-key-field.tsx'
import { TalkKeyWay } from '../settings/talk-key.tsx'
import { useApp, useStore } from '../use-store.ts'

/** The talk key: chosen, and tried: while this is shown its presses are only told, no turn begins. */
export function TalkKeyEntry(props: { onTried: () => void }): ReactNode {
  const { onTried } = props
  const trial = useApp((s) => s.talkKeyTrial)
  const name = useApp((s) => s.talkKey?.name ?? '')
  const canHold = useApp((s) => s.talkKey?.canHold ?? true)
  const store = useStore()
  const { t, i18n } = useTranslation()
  const tried = trial?.last ?? null

  useEffect(() => {
    void store.request('talkKey.trial', true)
    return () => void store.request('talkKey.trial', false)
  }, [store])
  useEffect(() => {
    if (tried !== null) onTried()
  }, [tried, onTried])

  const word =
    trial === null || name === ''
      ? ''
      : trial.phase !== 'waiting'
        ? t(trial.phase === 'held' ? 'onboarding.talkKey.held' : 'onboarding.talkKey.tapped')
        : trial.last === null
          ? t(canHold ? 'onboarding.talkKey.waiting' : 'onboarding.talkKey.waitingSwitch', { name })
          : t(trial.last.as === 'hold' ? 'onboarding.talkKey.wasHold' : 'onboarding.talkKey.wasTap', { seconds: formatDecimal(trial.last.ms / 1000, i18n.language) })
  return (
    <>
      <p className="notebook-text">{t(canHold ? 'onboarding.talkKey.hint' : 'onboarding.talkKey.hintSwitch')}</p>
      <TalkKeyField />
      <TalkKeyWay />
      <p className="trial" role="status" data-phase={trial?.phase ?? 'waiting'}>
        {word}
      </p>
    </>
  )
}
