/**
 * Remembers what is at the top of the view; the function that comes back, called when rows above it
 * have come or gone, puts it there again.
 */
export function keepPlace(scroller: HTMLElement): () => void {
  const top = scroller.getBoundingClientRect().top
  const row = [...scroller.querySelectorAll('article')].find((article) => article.getBoundingClientRect().bottom > top)
  const before = row?.getBoundingClientRect().top
  // The browser's own anchoring does nothing at the very top, and elsewhere it would be done twice.
  scroller.style.overflowAnchor = 'none'
  return () => {
    if (row?.isConnected === true && before !== undefined) scroller.scrollTop += row.getBoundingClientRect().top - before
    scroller.style.overflowAnchor = 'auto'
  }
}

/** Calls back whenever the view comes nearer than its own height to the first or the last row, also because it grew. */
export function watchEnds(scroller: HTMLElement, onNear: (end: 'first' | 'last') => void): () => void {
  function look(): void {
    const { scrollTop, clientHeight, scrollHeight } = scroller
    if (scrollTop < clientHeight) onNear('first')
    if (scrollHeight - clientHeight - scrollTop < clientHeight) onNear('last')
  }
  const observer = new ResizeObserver(look)
  observer.observe(scroller)
  scroller.addEventListener('scroll', look, { passive: true })
  return () => {
    observer.disconnect()
    scroller.removeEventListener('scroll', look)
  }
}

/** Gives the focus to the entry at a position, counted from 1, if it is mounted. */
export function focusEntry(scroller: HTMLElement, position: number): void {
  scroller.querySelector<HTMLElement>(`[data-entry="${position}"]`)?.focus()
}
