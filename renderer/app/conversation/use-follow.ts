import { useCallback, useEffect, useState } from 'react'
import { followEnd, scrollToEnd } from './follow-end.ts'

/**
 * Keeps a scroller at its end while it grows, unless the person scrolled up.
 * `follow` goes back to the end and stays there. `complete`, which must stay the same function, tells
 * whether the scroller's end is the real one.
 */
export function useFollow(scroller: HTMLElement | null, complete: () => boolean): { following: boolean; follow: () => void } {
  const [following, setFollowing] = useState(true)

  useEffect(() => {
    if (scroller === null) return
    const end = followEnd(scroller, setFollowing, complete)
    return () => end.dispose()
  }, [scroller, complete])

  const follow = useCallback(() => {
    if (scroller !== null) scrollToEnd(scroller)
  }, [scroller])

  return { following, follow }
}
