import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../parts/button.tsx'
import { useApp, useStore } from '../use-store.ts'
import { Figures } from './figures.tsx'
import { LineCanvas } from './line-canvas.tsx'
import { MessageBox } from './message-box.tsx'
import { MicrophoneButton, SpeakerButton } from './mute-buttons.tsx'
import { StateWord } from './state-word.tsx'
import { TalkButton } from './talk-button.tsx'

/** The footer. It never moves and never grows; its upper edge is the line. */
export function Footer(): ReactNode {
  const microphone = useApp((s) => s.voice.microphone)
  const { t } = useTranslation()
  return (
    <footer className="footer" aria-label={t('footer.controls')}>
      <LineCanvas className="line" dashed={microphone === 'off' || microphone === 'muted'} />
      <div className="controls">
        <StateWord />
        <div className="mutes">
          <MicrophoneButton />
          <SpeakerButton />
        </div>
        <TalkButton />
        <Figures />
        <StartEnd />
      </div>
      <MessageBox />
    </footer>
  )
}

function StartEnd(): ReactNode {
  const active = useApp((s) => s.voice.active)
  const store = useStore()
  const { t } = useTranslation()
  return (
    <Button
      className="start-end"
      aria-label={t(active ? 'footer.endConversation' : 'footer.startConversation')}
      onClick={() => void store.request(active ? 'conversation.end' : 'conversation.start')}
    >
      {t(active ? 'footer.end' : 'footer.start')}
    </Button>
  )
}
