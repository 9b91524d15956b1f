import { useEffect, useState } from 'react'
import { useApp, useStore } from '../app/use-store.ts'
import { needsSecondRow } from './second-row.tsx'

/** After so long without anything to see, the overlay fades, ms. */
const IDLE_MS = 10_000
/** RMS above which there is sound to see. */
const SOUND = 0.004

/** True when nothing has happened for ten seconds: no change of state, no sound, no pointer on it. */
export function useIdle(): boolean {
  const store = useStore()
  const state = useApp((s) => s.voice.state)
  const microphone = useApp((s) => s.voice.microphone)
  const busy = useApp(needsSecondRow)
  const [idle, setIdle] = useState(false)

  useEffect(() => {
    if (busy) return
    let timer = 0
    let now = false
    function set(next: boolean): void {
      if (next !== now) setIdle(next)
      now = next
    }
    function awake(): void {
      set(false)
      clearTimeout(timer)
      timer = window.setTimeout(() => set(true), IDLE_MS)
    }
    awake()
    const unsubscribe = store.onLevels((levels) => {
      if (levels.micRms > SOUND || levels.voiceRms > SOUND) awake()
    })
    document.addEventListener('pointermove', awake)
    document.addEventListener('pointerdown', awake)
    return () => {
      clearTimeout(timer)
      unsubscribe()
      setIdle(false)
      document.removeEventListener('pointermove', awake)
      document.removeEventListener('pointerdown', awake)
    }
  }, [store, state, microphone, busy])

  return idle
}
