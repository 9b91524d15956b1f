import { Play, Square } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure } from '../../../shared/failure.ts'
import { failureSentence } from '../failures.ts'
import { useApp, useStore } from '../use-store.ts'
import { Button } from './button.tsx'

/**
 * Plays a sample, stops it at the second press, and says why when there is nothing to hear.
 * @param props.explain also what the strips say at that moment: where they are covered
 */
export function PlayButton(props: { what: 'tone' | 'heard' | 'voice'; label: string; hint?: string; explain?: boolean; onPlayed?: () => void }): ReactNode {
  const { what, label, hint, explain = false, onPlayed } = props
  const store = useStore()
  const { t } = useTranslation()
  const [playing, setPlaying] = useState(false)
  const [failed, setFailed] = useState<Failure | null>(null)
  const saidBelow = useApp((s) => s.voice.notice?.code)
  if (!explain && failed !== null && failed.code === saidBelow) setFailed(null)
  /** A sample of this button is being played; it ends with the button. */
  const asking = useRef(false)
  useEffect(() => () => void (asking.current && store.request('sound.stop')), [store])

  async function press(): Promise<void> {
    if (playing) {
      void store.request('sound.stop')
      return
    }
    setFailed(null)
    setPlaying(true)
    asking.current = true
    const failure = await store.try('sound.play', what)
    asking.current = false
    setPlaying(false)
    setFailed(failure)
    if (failure === null) onPlayed?.()
  }

  return (
    <div className="play">
      <Button onClick={() => void press()}>
        {playing ? <Square aria-hidden="true" /> : <Play aria-hidden="true" />}
        {playing ? t('sound.stop') : label}
      </Button>
      {hint !== undefined && <span className="field-hint">{hint}</span>}
      <p className="play-failed" role="status">
        {failed !== null && failureSentence(t, failed)}
      </p>
    </div>
  )
}
