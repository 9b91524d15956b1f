import type { Disposable } from '../../../shared/disposable.ts'

/** What the Talk button asks for. */
export interface TalkCalls {
  press(): void
  release(): void
  /** The hold was lost, not ended: nothing is sent. */
  cancel(): void
  /** Tells whether the button is held. */
  onHeld(held: boolean): void
}

type Hold =
  | { name: 'free' }
  | { name: 'pointer'; id: number }
  | { name: 'key'; code: string }
  /** Pressed by something that knows no holding (a switch, a screen reader): the next activation releases. */
  | { name: 'latched' }

/**
 * Makes a button something to hold: by mouse, by touch, by Space or Enter, and for aids that can
 * only activate it, by one activation to begin and one to end. Whatever takes the button away in
 * mid-hold (focus lost, window hidden, pointer cancelled, Escape) cancels instead of releasing.
 */
export function setUpTalkHold(button: HTMLButtonElement, calls: TalkCalls): Disposable {
  let hold: Hold = { name: 'free' }
  const controller = new AbortController()
  const { signal } = controller

  function begin(by: Hold): void {
    hold = by
    calls.onHeld(true)
    calls.press()
  }
  function end(how: 'release' | 'cancel'): void {
    if (hold.name === 'free') return
    hold = { name: 'free' }
    calls.onHeld(false)
    calls[how]()
  }

  button.addEventListener(
    'pointerdown',
    (event) => {
      if (hold.name !== 'free' || event.button !== 0 || !event.isPrimary) return
      button.setPointerCapture(event.pointerId)
      begin({ name: 'pointer', id: event.pointerId })
    },
    { signal },
  )
  button.addEventListener(
    'pointerup',
    (event) => {
      if (hold.name === 'pointer' && hold.id === event.pointerId) end('release')
    },
    { signal },
  )
  for (const type of ['pointercancel', 'lostpointercapture'] as const) {
    button.addEventListener(
      type,
      (event) => {
        // After pointerup the capture is lost as well; by then the hold has ended.
        if (hold.name === 'pointer' && hold.id === event.pointerId) end('cancel')
      },
      { signal },
    )
  }
  button.addEventListener(
    'keydown',
    (event) => {
      if (event.key === 'Escape' && hold.name !== 'free') {
        event.preventDefault()
        end('cancel')
        return
      }
      if (event.code !== 'Space' && event.code !== 'Enter' && event.code !== 'NumpadEnter') return
      // The click that the browser makes of a key would be a second press.
      event.preventDefault()
      if (event.repeat || hold.name !== 'free') return
      begin({ name: 'key', code: event.code })
    },
    { signal },
  )
  button.addEventListener(
    'keyup',
    (event) => {
      if (event.code === 'Space') event.preventDefault()
      if (hold.name === 'key' && hold.code === event.code) end('release')
    },
    { signal },
  )
  button.addEventListener(
    'click',
    (event) => {
      if (event.detail !== 0) return // a real pointer; its own events have done it
      if (hold.name === 'free') begin({ name: 'latched' })
      else if (hold.name === 'latched') end('release')
    },
    { signal },
  )
  button.addEventListener('contextmenu', (event) => event.preventDefault(), { signal })
  button.addEventListener('blur', () => hold.name !== 'latched' && end('cancel'), { signal })
  window.addEventListener('blur', () => end('cancel'), { signal })
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && end('cancel'), { signal })

  return {
    dispose() {
      controller.abort()
      end('cancel')
    },
  }
}
