import type { Disposable } from '../../shared/disposable.ts'

/** A press becomes a drag when the pointer has gone so far, CSS px. */
const SLACK = 3

/**
 * Tells when the pointer takes an element along, anywhere but on its buttons. Where the pointer is
 * main finds out itself.
 */
export function setUpDrag(element: HTMLElement, tell: (step: 'begin' | 'move' | 'end') => void): Disposable {
  const controller = new AbortController()
  const { signal } = controller
  let pressed: { id: number; x: number; y: number } | null = null
  let dragging = false

  function over(): void {
    if (dragging) tell('end')
    dragging = false
    pressed = null
  }
  element.addEventListener(
    'pointerdown',
    (event) => {
      const onButton = event.target instanceof Element && event.target.closest('button') !== null
      if (event.button !== 0 || !event.isPrimary || onButton) return
      pressed = { id: event.pointerId, x: event.screenX, y: event.screenY }
      // At once, or what it is dragged by would be another point than what was pressed.
      tell('begin')
      dragging = true
      element.setPointerCapture(event.pointerId)
    },
    { signal },
  )
  element.addEventListener(
    'pointermove',
    (event) => {
      if (pressed?.id !== event.pointerId) return
      if (Math.hypot(event.screenX - pressed.x, event.screenY - pressed.y) >= SLACK) tell('move')
    },
    { signal },
  )
  for (const type of ['pointerup', 'pointercancel', 'lostpointercapture'] as const) {
    element.addEventListener(type, (event) => pressed?.id === event.pointerId && over(), { signal })
  }
  return {
    dispose() {
      controller.abort()
      over()
    },
  }
}
