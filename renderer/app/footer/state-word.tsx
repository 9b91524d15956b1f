import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { VoiceStateName } from '../../../shared/state.ts'
import { useApp } from '../use-store.ts'

/** The line in miniature, one shape for each state, as in the tray. */
const GLYPHS: Record<VoiceStateName, string> = {
  idle: 'M2 9h14',
  connecting: 'M2 9h2M6 9h2M10 9h2M14 9h2',
  ready: 'M2 9h14M2 6v6M16 6v6',
  listening: 'M2 9c1-5 2.200-5 3.200 0s2.200 4 3.200 0 1.800-2 2.600 0H16',
  thinking: 'M4 9h.01M9 9h.01M14 9h.01',
  speaking: 'M16 9c-1-5-2.200-5-3.200 0s-2.200 4-3.200 0-1.800-2-2.600 0H2',
  reconnecting: 'M2 9h4M12 9h4M7.500 12l3-6',
  failed: 'M2 9h4.500l1.500-3M16 9h-4.500l-1.500 3',
}

/** The state's shape. */
export function StateGlyph(props: { state: VoiceStateName }): ReactNode {
  return (
    <svg className="state-glyph" viewBox="0 0 18 18" aria-hidden="true" data-state={props.state}>
      <path d={GLYPHS[props.state]} />
    </svg>
  )
}

/** The one word a person can see at any time, with its shape. */
export function StateWord(): ReactNode {
  const state = useApp((s) => s.voice.state)
  const connecting = useApp((s) => s.voice.connecting)
  const { t } = useTranslation()
  const beside = connecting && state !== 'connecting' && state !== 'reconnecting'
  const word = t(`state.${state}`)
  return (
    <div className="state" role="status" aria-label={t('state.name')} data-state={state}>
      <StateGlyph state={state} />
      <span className="state-words">
        {word}
        {beside && (
          <>
            <span className="only-spoken"> · </span>
            <span className="state-beside">{t('state.stillConnecting')}</span>
          </>
        )}
      </span>
    </div>
  )
}
