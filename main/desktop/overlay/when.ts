import type { Settings } from '../../../shared/settings.ts'
import type { AppState, OverlayShown } from '../../../shared/state.ts'

/** Whether the overlay is switched on, and if not by the person, why not. On Wayland it is off unless the person wants it all the same. */
export function overlayShown(
  settings: Pick<Settings, 'overlay'>,
  system: { wayland: boolean },
  crashed: boolean,
): Pick<OverlayShown, 'on' | 'reason' | 'movedBy'> {
  const movedBy = system.wayland ? 'system' : 'page'
  if (crashed) return { on: false, reason: 'crashed', movedBy }
  return { on: settings.overlay ?? !system.wayland, reason: system.wayland ? 'wayland' : '', movedBy }
}

/**
 * Whether the overlay is to be seen now: while a conversation runs, something has failed, rings or
 * is asked, and the person is not in the main window, which shows all of that itself.
 */
export function overlayWanted(state: Pick<AppState, 'voice' | 'question' | 'ringing'>, windowFocused: boolean): boolean {
  if (windowFocused) return false
  const { voice, question, ringing } = state
  return voice.active || voice.state !== 'idle' || voice.heldTurnMs !== null || question !== null || ringing.length > 0
}
