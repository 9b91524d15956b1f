import type { BrowserWindow, BrowserWindowConstructorOptions, Rectangle, WebPreferences } from 'electron'
import type { Disposable } from '../../shared/disposable.ts'
import type { Log } from '../log.ts'
import { MAIN_PAGE } from './app-origin.ts'
import { RetryCap } from './retry-cap.ts'

/** Makes a window; `main/index.ts` hands in Electron's constructor. */
export type CreateWindow = (options: BrowserWindowConstructorOptions) => BrowserWindow

/** What every window of Parley is locked down to. Defaults are spelled out, because this is what they are relied on for. */
export function webPreferences(preload: string, devTools: boolean): WebPreferences {
  return {
    preload,
    devTools,
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    webviewTag: false,
    spellcheck: false,
  }
}

/** The token `paper` of the two themes, so that a window is never white before its first frame. */
const PAPER = { light: '#fcfaf6', dark: '#151311' }

/** Shown at the latest after this, ms: a window that never says `ready-to-show` must not stay invisible. */
const SHOW_AFTER_MS = 5000
/** A page that hangs for this long after Electron noticed is replaced, ms. */
const HANG_MS = 10_000

export interface MainWindowOptions {
  createWindow: CreateWindow
  /** Path of the preload bundle. */
  preload: string
  devTools: boolean
  /** Whether the theme in force is dark. */
  dark: () => boolean
  /** Called with every window made, before it loads: the bridge is attached here. */
  onCreated: (window: BrowserWindow) => void
  /** The person closed the window. Not called for a window that is replaced. */
  onClosed: () => void
  /** Whether a close only hides the window, and Parley goes on in the tray. */
  keepOnClose?: () => boolean
  /** The window was hidden instead of closed. */
  onHidden?: () => void
  /** It got or lost the focus, or was shown or hidden. */
  onSeen?: () => void
  /** Where the window stood; null: in the middle of the screen, at its usual size. */
  bounds?: () => Rectangle | null
  /** Where the window stands now. */
  onBounds?: (bounds: Rectangle) => void
  /** The window died too often and is not made again by itself. */
  onGaveUp: () => void
  log: Log
  /** ms, of a clock that only goes forward */
  now?: () => number
}

/**
 * The visible window. It only shows: when its process dies or hangs it is replaced, in its place,
 * while the conversation goes on in the sound room and main.
 */
export class MainWindow implements Disposable {
  readonly #options: MainWindowOptions
  readonly #now: () => number
  readonly #cap = new RetryCap({ most: 3, soundAfterMs: 60_000 })
  #openedAt = 0
  #hidden = false
  #window: BrowserWindow | null = null
  #timers: NodeJS.Timeout[] = []

  constructor(options: MainWindowOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** The window as it is now; null while there is none. */
  get window(): BrowserWindow | null {
    return this.#window
  }

  /** Whether a person can see the window now. */
  get seen(): boolean {
    const window = this.#window
    return window !== null && !this.#hidden && !window.isDestroyed() && window.isVisible() && !window.isMinimized()
  }

  /** Whether the person is in the window now. */
  get focused(): boolean {
    return this.seen && this.#window?.isFocused() === true
  }

  /** Brings the window to the front, and makes it when there is none. */
  show(): void {
    const window = this.#window
    this.#hidden = false
    if (window === null) {
      this.#cap.reset()
      this.#open(this.#options.bounds?.() ?? null)
      return
    }
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }

  /** Follows a change of the theme. */
  applyTheme(): void {
    this.#window?.setBackgroundColor(this.#paper())
  }

  /** Removes the window without telling anybody. */
  dispose(): void {
    const window = this.#release()
    if (window !== null && !window.isDestroyed()) window.destroy()
  }

  #paper(): string {
    return this.#options.dark() ? PAPER.dark : PAPER.light
  }

  #open(bounds: Rectangle | null): void {
    const { createWindow, preload, devTools, onCreated, log } = this.#options
    const window = createWindow({
      width: 520,
      height: 720,
      ...(bounds ?? {}),
      minWidth: 380,
      minHeight: 480,
      show: false,
      title: 'Parley',
      backgroundColor: this.#paper(),
      autoHideMenuBar: true,
      webPreferences: webPreferences(preload, devTools),
    })
    this.#window = window
    this.#openedAt = this.#now()
    onCreated(window)
    this.#watch(window)
    window.loadURL(MAIN_PAGE).catch((error: unknown) => {
      if (this.#window !== window) return
      log.error('The window could not load its page.', error)
    })
  }

  #watch(window: BrowserWindow): void {
    const { log, onClosed } = this.#options
    const current = (): boolean => this.#window === window
    const appear = (): void => {
      if (current() && !this.#hidden && !window.isVisible()) window.show()
    }
    window.once('ready-to-show', appear)
    this.#later(SHOW_AFTER_MS, appear)
    window.on('close', (event) => {
      if (!current() || this.#options.keepOnClose?.() !== true) return
      event.preventDefault()
      this.#hidden = true
      window.hide()
      this.#options.onHidden?.()
    })
    const seen = (): void => {
      if (current()) this.#options.onSeen?.()
    }
    window.on('focus', seen)
    window.on('blur', seen)
    window.on('show', seen)
    window.on('hide', seen)
    window.on('minimize', seen)
    window.on('restore', seen)
    const moved = (): void => {
      if (current() && window.isNormal()) this.#options.onBounds?.(window.getBounds())
    }
    window.on('move', moved)
    window.on('resize', moved)
    window.on('closed', () => {
      if (!current()) return
      this.#release()
      onClosed()
    })
    window.webContents.on('preload-error', (_event, path, error) => log.error(`The preload ${path} failed.`, error))
    window.webContents.on('render-process-gone', (_event, details) => {
      if (!current()) return
      log.error('The window’s process is gone.', { reason: details.reason, exitCode: details.exitCode })
      this.#replace(window)
    })
    let hang: NodeJS.Timeout | null = null
    window.on('unresponsive', () => {
      if (!current()) return
      log.warn('The window does not respond.')
      hang ??= this.#later(HANG_MS, () => {
        if (!current()) return
        log.error('The window is replaced, because it still does not respond.')
        this.#replace(window)
      })
    })
    window.on('responsive', () => {
      if (hang !== null) clearTimeout(hang)
      hang = null
    })
  }

  #replace(window: BrowserWindow): void {
    const bounds = window.getBounds()
    this.#release()
    // Not within the event that tells of its end, which Electron is still delivering.
    setImmediate(() => {
      if (!window.isDestroyed()) window.destroy()
    })
    if (this.#cap.failed(this.#now() - this.#openedAt) === null) {
      this.#options.log.error('The window died too often and is not made again.')
      this.#options.onGaveUp()
      return
    }
    // One that nobody sees is made when it is wanted.
    if (this.#hidden) return
    this.#open(bounds)
  }

  /** Stops caring about the present window. */
  #release(): BrowserWindow | null {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers = []
    const window = this.#window
    this.#window = null
    return window
  }

  #later(ms: number, job: () => void): NodeJS.Timeout {
    const timer = setTimeout(job, ms)
    this.#timers.push(timer)
    return timer
  }
}

/**
 * The hidden window of the sound room. `paintWhenInitiallyHidden` stays at its default: switched
 * off, the page would begin as inactive and hidden; `backgroundThrottling: false` keeps its timers
 * at full rate.
 */
export function soundRoomWindowOptions(preload: string, devTools: boolean): BrowserWindowConstructorOptions {
  return {
    show: false,
    width: 400,
    height: 300,
    title: 'Parley sound',
    webPreferences: { ...webPreferences(preload, devTools), backgroundThrottling: false },
  }
}
