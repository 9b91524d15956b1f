import { useEffect, useRef, useState, type RefObject } from 'react'
import { useStore } from '../use-store.ts'
import { setUpTalkHold } from './talk-hold.ts'

/** Makes a button the one that is held to talk. `held`: it is held now, in this window. */
export function useTalkHold(): { button: RefObject<HTMLButtonElement | null>; held: boolean } {
  const store = useStore()
  const button = useRef<HTMLButtonElement>(null)
  const [held, setHeld] = useState(false)
  useEffect(() => {
    if (button.current === null) return
    const hold = setUpTalkHold(button.current, {
      press: () => void store.request('talk.press'),
      release: () => void store.request('talk.release'),
      // A tapped turn is not held: taking the window away in mid-press leaves it running.
      cancel: () => void store.request(store.state.voice.turnMode === 'tap' ? 'talk.release' : 'talk.cancel'),
      onHeld: setHeld,
    })
    return () => hold.dispose()
  }, [store])
  return { button, held }
}
