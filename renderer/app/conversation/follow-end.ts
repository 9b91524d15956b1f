import type { Disposable } from '../../../shared/disposable.ts'

/** Nearer to the end than this counts as being there, CSS px. */
const NEAR = 32

/** Goes to the end at once. */
export function scrollToEnd(scroller: HTMLElement): void {
  scroller.scrollTop = scroller.scrollHeight
}

/**
 * Keeps a scroller at its end while it or what is in it grows; `onChange` hears when the person leaves
 * the end or comes back. `complete` tells whether the scroller's end is the real one.
 */
export function followEnd(scroller: HTMLElement, onChange: (following: boolean) => void, complete: () => boolean = () => true): Disposable {
  let atEnd = true
  let lastTop = scroller.scrollTop

  // At the end the browser's own anchoring would hold back by what changed above; away from it, it keeps the reader's place.
  function anchor(): void {
    const wanted = atEnd ? 'none' : 'auto'
    if (scroller.style.overflowAnchor !== wanted) scroller.style.overflowAnchor = wanted
  }
  function onScroll(): void {
    const left = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop
    // Growth alone moves nothing up, so leaving the end takes a movement upwards.
    if (left <= NEAR && complete()) atEnd = true
    else if (scroller.scrollTop < lastTop - 1) atEnd = false
    lastTop = scroller.scrollTop
    anchor()
    onChange(atEnd)
  }
  const observer = new ResizeObserver(() => {
    if (atEnd) scrollToEnd(scroller)
  })
  observer.observe(scroller)
  for (const content of scroller.children) observer.observe(content, { box: 'border-box' })
  scroller.addEventListener('scroll', onScroll, { passive: true })
  anchor()
  scrollToEnd(scroller)
  return {
    dispose() {
      observer.disconnect()
      scroller.removeEventListener('scroll', onScroll)
    },
  }
}
