import { useCallback, useEffect, useState } from 'react'
import { followEnd, scrollToEnd } from './follow-end.ts'

/**
 * Keeps a scroller at its end while it grows, unless the person scrolled up.
 * `follow` goes back to the end and stays there.
 */
export function useFollow(scroller: HTMLElement | null): { following: boolean; follow: () => void } {
  const [following, setFollowing] = useState(true)

  useEffect(() => {
    if (scroller === null) return
    const end = followEnd(scroller, setFollowing)
    return () => end.dispose()
  }, [scroller])

  const follow = useCallback(() => {
    if (scroller !== null) scrollToEnd(scroller)
  }, [scroller])

  return { following, follow }
}
