import { useEffect } from 'react'
import { useStore } from './use-store.ts'

/** Escape stops the answer anywhere in the window, whatever has focus; not while a sheet is open (`active` false). */
export function useEscape(active: boolean): void {
  const store = useStore()
  useEffect(() => {
    if (!active) return
    function onKeyDown(event: KeyboardEvent): void {
      if (event.key !== 'Escape' || event.isComposing || event.repeat) return
      const { state } = store.state.voice
      if (state === 'speaking' || state === 'thinking') void store.request('answer.stop')
    }
    window.addEventListener('keydown', onKeyDown, { capture: true }) // before a tooltip takes it
    return () => window.removeEventListener('keydown', onKeyDown, { capture: true })
  }, [active, store])
}
