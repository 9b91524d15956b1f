import { Mic, MicOff, Volume2, VolumeX, X } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { LineCanvas } from '../app/footer/line-canvas.tsx'
import { StateGlyph } from '../app/footer/state-word.tsx'
import { useTalkHold } from '../app/footer/use-talk-hold.ts'
import { useApp, usePhase, useStore } from '../app/use-store.ts'
import { setUpDrag } from './drag.ts'
import { SecondRow } from './second-row.tsx'
import { useIdle } from './use-idle.ts'

/** The overlay: a pill that says what the main window's footer says. It never has the focus, so it is for the pointer; the keyboard has the talk key and the window. */
export function Overlay(): ReactNode {
  const phase = usePhase()
  return phase === 'ready' ? <Pill /> : null
}

function Pill(): ReactNode {
  const store = useStore()
  const { t } = useTranslation()
  const overlay = useApp((s) => s.overlay)
  const microphone = useApp((s) => s.voice.microphone)
  const outer = useRef<HTMLElement>(null)
  const pill = useRef<HTMLDivElement>(null)
  const idle = useIdle()

  // The window is as tall as its page needs.
  useEffect(() => {
    const element = outer.current
    if (element === null) return
    const tell = (): void => void store.try('overlay.size', Math.min(2000, Math.max(1, element.getBoundingClientRect().height)))
    const resized = new ResizeObserver(tell)
    resized.observe(element)
    return () => resized.disconnect()
  }, [store])

  useEffect(() => {
    if (pill.current === null || overlay.movedBy !== 'page') return
    const drag = setUpDrag(pill.current, (step) => void store.try('overlay.drag', step))
    return () => drag.dispose()
  }, [store, overlay.movedBy])

  return (
    <main ref={outer} className="overlay" aria-label={t('overlay.name')} data-grows={overlay.grows} data-moved-by={overlay.movedBy} data-idle={idle}>
      <div className="overlay-paper">
        <div ref={pill} className="pill" onDoubleClick={(event) => event.target instanceof Element && event.target.closest('button') === null && void store.request('window.show')}>
          <Talk />
          <LineCanvas className="pill-line" dashed={microphone === 'off' || microphone === 'muted'} />
          <Word />
          <div className="pill-buttons">
            <Microphone />
            <Speaker />
            <End />
          </div>
        </div>
        <SecondRow />
      </div>
    </main>
  )
}

/** The state's shape: held it talks, as the Talk button of the window does. */
function Talk(): ReactNode {
  const state = useApp((s) => s.voice.state)
  const turnMode = useApp((s) => s.voice.turnMode)
  const { t } = useTranslation()
  const { button, held } = useTalkHold()

  const pressed = held || (turnMode !== 'open_line' && state === 'listening')
  return (
    <button ref={button} type="button" className="pill-talk" aria-label={t('talk.name')} aria-pressed={pressed} title={t(`overlay.talk.${turnMode}`)}>
      <StateGlyph state={state} />
    </button>
  )
}

function Word(): ReactNode {
  const state = useApp((s) => s.voice.state)
  const connecting = useApp((s) => s.voice.connecting)
  const { t } = useTranslation()
  const beside = connecting && state !== 'connecting' && state !== 'reconnecting'
  return (
    <div className="pill-word" role="status" aria-label={t('state.name')} data-state={state}>
      {t(`state.${state}`)}
      {beside && <span className="only-spoken"> · {t('state.stillConnecting')}</span>}
    </div>
  )
}

function Microphone(): ReactNode {
  const microphone = useApp((s) => s.voice.microphone)
  const store = useStore()
  const { t } = useTranslation()
  const muted = microphone === 'muted'
  const name = t(muted ? 'footer.unmuteMicrophone' : 'footer.muteMicrophone')
  return (
    <button type="button" className={`icon-button mic mic-${microphone}`} aria-label={name} title={`${name}. ${t(`footer.microphone.${microphone}`)}`} onClick={() => void store.request('microphone.mute', !muted)}>
      {muted ? <MicOff /> : <Mic />}
      <span className="mic-badge" data-badge={microphone} aria-hidden="true" />
    </button>
  )
}

function Speaker(): ReactNode {
  const muted = useApp((s) => s.voice.speaker === 'muted')
  const store = useStore()
  const { t } = useTranslation()
  const name = t(muted ? 'footer.unmuteSpeaker' : 'footer.muteSpeaker')
  return (
    <button type="button" className="icon-button" aria-label={name} title={name} onClick={() => void store.request('speaker.mute', !muted)}>
      {muted ? <VolumeX /> : <Volume2 />}
    </button>
  )
}

function End(): ReactNode {
  const store = useStore()
  const { t } = useTranslation()
  return (
    <button type="button" className="icon-button" aria-label={t('footer.endConversation')} title={t('footer.endConversation')} onClick={() => void store.request('conversation.end')}>
      <X />
    </button>
  )
}
