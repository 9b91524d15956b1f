import { ArrowUp } from 'lucide-react'
import { useId, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { TurnMode } from '../../../shared/settings.ts'
import type { VoiceStatus } from '../../../shared/state.ts'
import { IconButton } from '../parts/icon-button.tsx'
import { useApp, useStore } from '../use-store.ts'
import { useTalkHold } from './use-talk-hold.ts'

type Word =
  | 'hold'
  | 'tap'
  | 'holdToCutIn'
  | 'tapToCutIn'
  | 'justTalk'
  | 'interrupt'
  | 'listening'
  | 'opening'
  | 'muted'
type SmallWord = 'releaseToSend' | 'tapToSend'

const TALK_ID = 'talk'

/** Puts focus on the Talk button: Space talks then. */
export function focusTalk(): void {
  document.getElementById(TALK_ID)?.focus()
}

/** What the button says it does now: one word or two, and what ends it in small type. */
export function talkWords(voice: Pick<VoiceStatus, 'state' | 'active' | 'microphone' | 'turnMode'>, held: boolean): { word: Word; small: SmallWord | null } {
  const mode: TurnMode = voice.turnMode
  const talking = mode === 'tap' ? voice.state === 'listening' : held
  if (talking) {
    if (voice.microphone === 'muted') return { word: 'muted', small: null }
    const word = voice.microphone === 'live' || voice.state === 'listening' ? 'listening' : 'opening'
    return { word, small: mode === 'tap' ? 'tapToSend' : 'releaseToSend' }
  }
  const answering = voice.state === 'speaking' || voice.state === 'thinking'
  if (mode === 'hold') return { word: answering ? 'holdToCutIn' : 'hold', small: null }
  if (mode === 'tap') return { word: answering ? 'tapToCutIn' : 'tap', small: null }
  if (answering) return { word: 'interrupt', small: null }
  if (voice.state === 'listening') return { word: 'listening', small: null }
  return { word: voice.active ? 'justTalk' : 'hold', small: null }
}

/** The largest thing in the footer. Never disabled merely because no session runs. */
export function TalkButton(): ReactNode {
  const voice = useApp((s) => s.voice)
  const talkKey = useApp((s) => s.talkKey)
  const { t } = useTranslation()
  const { button, held } = useTalkHold()
  const wordsId = useId()

  // The talk key holds it from outside the window.
  const pressed = held || (voice.turnMode !== 'open_line' && voice.state === 'listening')
  const { word, small } = talkWords(voice, pressed)
  const key = small === null && talkKey !== null && talkKey.name !== '' && voice.turnMode !== 'open_line' ? talkKey.name : null
  return (
    <div className="talk-place" data-send-now={voice.canSendNow}>
      <button ref={button} id={TALK_ID} type="button" className="talk" aria-label={t('talk.name')} aria-pressed={pressed} aria-describedby={wordsId}>
        <span className="talk-fill" aria-hidden="true" />
        <span className="talk-words" id={wordsId}>
          <span className="talk-word">{t(`talk.${word}`)}</span>
          {small !== null && <span className="talk-small">{t(`talk.${small}`)}</span>}
          {key !== null && <span className="talk-small">{key}</span>}
        </span>
      </button>
      {voice.canSendNow && <SendNow />}
    </div>
  )
}

/** Open line: ends the turn by hand. It stands inside the pill, so that nothing moves. */
function SendNow(): ReactNode {
  const store = useStore()
  const { t } = useTranslation()
  return <IconButton name={t('talk.sendNow')} className="send-now" icon={<ArrowUp />} onClick={() => void store.request('turn.send')} />
}
