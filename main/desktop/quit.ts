import type { App, Event } from 'electron'
import type { Disposable } from '../../shared/disposable.ts'

export interface QuitOptions {
  app: Pick<App, 'on' | 'off' | 'quit'>
  platform?: NodeJS.Platform
  /** Makes or shows the main window (a click on the Dock icon). */
  showMainWindow: () => void
  /**
   * Parley is going to end: called once, before any window closes, so that the sound room's end is
   * not taken for a crash and what was said is on the disk. The end waits for it.
   */
  onQuit: () => Promise<void>
}

/** When Parley ends. */
export interface Quitting extends Disposable {
  /** Parley is ending: nothing may keep a window open any more. */
  readonly ending: boolean
  /** The system itself ends (log-out, shutdown): windows close without being asked. */
  systemEnds(): void
  /** The last visible window is closed, not hidden. On macOS the app goes on, and so does the conversation; elsewhere it ends. */
  lastVisibleWindowClosed(): void
}

/**
 * Decides when the app ends. Electron's `window-all-closed` cannot: the hidden sound room keeps a
 * window open all the time, and while it is rebuilt none may be open at all.
 */
export function setUpQuitting({ app, platform = process.platform, showMainWindow, onQuit }: QuitOptions): Quitting {
  let ending = false
  let ended = false
  // A listener, even an empty one, keeps Electron from quitting by itself.
  const allClosed = (): void => undefined
  const beforeQuit = (event: Event): void => {
    if (ended) return
    event.preventDefault()
    if (ending) return
    ending = true
    void onQuit().finally(() => {
      ended = true
      app.quit()
    })
  }
  const activate = (): void => {
    if (!ending) showMainWindow()
  }
  app.on('window-all-closed', allClosed)
  app.on('before-quit', beforeQuit)
  app.on('activate', activate)
  let systemEnding = false
  return {
    get ending() {
      return ending || systemEnding
    },
    systemEnds() {
      systemEnding = true
    },
    lastVisibleWindowClosed() {
      if (platform !== 'darwin' && !ending) app.quit()
    },
    dispose() {
      app.off('window-all-closed', allClosed)
      app.off('before-quit', beforeQuit)
      app.off('activate', activate)
    },
  }
}
