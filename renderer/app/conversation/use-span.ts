import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { focusEntry, keepPlace, watchEnds } from './keep-place.ts'
import { around, first, fitted, newer, older, tail, type Span } from './span.ts'
import { useFollow } from './use-follow.ts'

/** What the transcript shows of all its entries. */
export interface Shown {
  span: Span
  /** Whether the newest entry is in view and stays there. */
  following: boolean
  /** Goes to the newest entry and stays there. */
  follow: () => void
  /** Mounts an entry that is not, and gives it the focus. `position` counts from 1. */
  reveal: (position: number) => void
}

/**
 * Which rows are mounted: the newest, and on the way up or down those that are about to be reached.
 * What the person looks at keeps its place when rows above it come or go.
 */
export function useSpan(scroller: HTMLElement | null, count: number): Shown {
  const [span, setSpan] = useState(() => first(count, window.innerHeight))
  const shown = useRef({ span, count })
  const complete = useCallback(() => shown.current.span.to === null, [])
  const { following, follow: toEnd } = useFollow(scroller, complete)
  const fit = fitted(span, count, following)
  if (fit !== span) setSpan(fit)
  /** What is to be done when the next rows are there. */
  const then = useRef<(() => void) | null>(null)

  useLayoutEffect(() => {
    shown.current = { span: fit, count }
  })
  useLayoutEffect(() => {
    then.current?.()
    then.current = null
  }, [fit])

  useEffect(() => {
    if (scroller === null) return
    return watchEnds(scroller, (end) => {
      const { span, count } = shown.current
      if (end === 'first' ? span.from === 0 : span.to === null) return
      // Not twice before the rows of the first are there.
      then.current ??= keepPlace(scroller)
      setSpan(end === 'first' ? older(span, count) : newer(span, count))
    })
  }, [scroller])

  const follow = useCallback(() => {
    then.current = toEnd
    setSpan(tail(shown.current.count))
  }, [toEnd])

  const reveal = useCallback(
    (position: number) => {
      const { count } = shown.current
      if (scroller === null || position < 1 || position > count) return
      then.current = () => {
        focusEntry(scroller, position)
      }
      setSpan(around(position - 1, count))
    },
    [scroller],
  )

  return { span: fit, following, follow, reveal }
}
