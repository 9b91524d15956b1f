import { Mic, MicOff, Volume2, VolumeX } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from '../parts/icon-button.tsx'
import { useApp, useStore } from '../use-store.ts'

/** Crossed when muted; beside it nothing (off), a ring (open), a dot (live). */
export function MicrophoneButton(): ReactNode {
  const microphone = useApp((s) => s.voice.microphone)
  const store = useStore()
  const { t } = useTranslation()
  const muted = microphone === 'muted'
  return (
    <IconButton
      name={t(muted ? 'footer.unmuteMicrophone' : 'footer.muteMicrophone')}
      hint={t(`footer.microphone.${microphone}`)}
      className={`mic mic-${microphone}`}
      icon={
        <>
          {muted ? <MicOff /> : <Mic />}
          <span className="mic-badge" data-badge={microphone} aria-hidden="true" />
        </>
      }
      onClick={() => void store.request('microphone.mute', !muted)}
    />
  )
}

/** Crossed when muted. */
export function SpeakerButton(): ReactNode {
  const speaker = useApp((s) => s.voice.speaker)
  const store = useStore()
  const { t } = useTranslation()
  const muted = speaker === 'muted'
  return (
    <IconButton
      name={t(muted ? 'footer.unmuteSpeaker' : 'footer.muteSpeaker')}
      hint={t(`footer.speaker.${speaker}`)}
      className="speaker"
      icon={muted ? <VolumeX /> : <Volume2 />}
      onClick={() => void store.request('speaker.mute', !muted)}
    />
  )
}
