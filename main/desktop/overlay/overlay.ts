import type { BrowserWindow, BrowserWindowConstructorOptions, Point, Rectangle, Size } from 'electron'
import type { Disposable } from '../../../shared/disposable.ts'
import type { Log } from '../../log.ts'
import { OVERLAY_PAGE } from '../app-origin.ts'
import type { Places } from '../places.ts'
import { at, inside, middleOf, placeOf, screenAt, type Place, type Screen } from '../placing.ts'
import { RetryCap } from '../retry-cap.ts'
import { webPreferences, type CreateWindow } from '../windows.ts'

/** The pill (240 × 44) and the room around it for its shadow, DIP. */
export const OVERLAY_SIZE: Size = { width: 260, height: 64 }
/** Tallest overlay, DIP: the second row of a long question scrolls. */
const MOST_HEIGHT = 640
/** Where it stands on a display that it was never put on: below, in the middle. */
const FIRST_PLACE: Place = { x: 0.5, y: 0.96 }
/** How often it is looked whether the pointer has gone to another display, ms. */
const FOLLOW_MS = 700
/** A page that hangs for this long after Electron noticed is replaced, ms. */
const HANG_MS = 10_000

/** To which side a second row opens. */
export type Grows = 'up' | 'down'

export interface OverlayOptions {
  createWindow: CreateWindow
  /** Path of the preload bundle. */
  preload: string
  devTools: boolean
  /** The displays, and where the pointer is (DIP). */
  screens: () => readonly Screen[]
  cursor: () => Point
  places: Pick<Places, 'overlay' | 'overlayDisplay' | 'setOverlay'>
  /** It comes along to the display with the pointer. */
  follows: () => boolean
  /** Left out of recordings and shared screens. */
  contentProtected: () => boolean
  /** Called with every window made, before it loads: the bridge is attached here. */
  onCreated: (window: BrowserWindow) => void
  /** A right click, on the page or where the system moves the window. */
  onMenu: (window: BrowserWindow) => void
  onGrows: (grows: Grows) => void
  /** Its page died too often and is not made again in this run. */
  onGaveUp: () => void
  platform?: NodeJS.Platform
  log: Log
  /** ms, of a clock that only goes forward */
  now?: () => number
}

/**
 * The pill that is always on top and never takes the focus. Its window is made when it is first to
 * be seen; its place is remembered for each display as a share of the room there, and whatever
 * happens to the displays, it is never outside them.
 */
export class Overlay implements Disposable {
  readonly #options: OverlayOptions
  readonly #now: () => number
  readonly #cap = new RetryCap({ most: 3, soundAfterMs: 60_000 })
  #window: BrowserWindow | null = null
  #openedAt = 0
  #wanted = false
  #ready = false
  #gaveUp = false
  /** The display it stands on. */
  #display: string | null = null
  /** What the page needs, DIP. */
  #height = OVERLAY_SIZE.height
  #grows: Grows = 'up'
  /** While it is dragged: from the window's corner to the pointer. */
  #grip: Point | null = null
  #follow: NodeJS.Timeout | null = null
  #hang: NodeJS.Timeout | null = null

  constructor(options: OverlayOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** The window as it is now; null while there is none. */
  get window(): BrowserWindow | null {
    return this.#window
  }

  /** It can be seen, or will be in a moment. */
  get showing(): boolean {
    return this.#wanted && !this.#gaveUp
  }

  /** Shows it, without taking the focus, or hides it. */
  show(wanted: boolean): void {
    if (wanted === this.#wanted) return
    this.#wanted = wanted
    if (!wanted) {
      this.#stopFollowing()
      this.#grip = null
      this.#window?.hide()
      return
    }
    if (this.#gaveUp) return
    if (this.#window === null) this.#open()
    else if (this.#ready) this.#appear(this.#window)
  }

  /** Closes the window: the overlay is switched off. It comes back with {@link show}. */
  close(): void {
    this.#wanted = false
    this.#destroy()
  }

  /** Follows a change of the settings. */
  settingsChanged(): void {
    this.#window?.setContentProtection(this.#options.contentProtected())
    this.#place()
  }

  /** Displays came, went or changed. */
  displaysChanged(): void {
    this.#grip = null
    this.#place()
  }

  /** How tall its page is, CSS px. */
  resize(cssHeight: number): void {
    const zoom = this.#window?.webContents.getZoomFactor() ?? 1
    const height = Math.min(MOST_HEIGHT, Math.max(OVERLAY_SIZE.height, Math.ceil(cssHeight * zoom)))
    if (height === this.#height) return
    this.#height = height
    if (this.#grip === null) this.#place()
  }

  /** The pointer drags it. Main reads the pointer itself: on displays of different scales a page's coordinates are not the desktop's. */
  drag(step: 'begin' | 'move' | 'end'): void {
    const window = this.#window
    if (window === null || window.isDestroyed()) return
    const pointer = this.#options.cursor()
    const bounds = window.getBounds()
    if (step === 'begin') {
      this.#grip = { x: pointer.x - bounds.x, y: pointer.y - bounds.y }
      return
    }
    if (this.#grip === null) return
    const moved = { ...bounds, x: Math.round(pointer.x - this.#grip.x), y: Math.round(pointer.y - this.#grip.y) }
    window.setBounds(moved)
    if (step === 'move') return
    this.#grip = null
    this.#put(moved)
  }

  dispose(): void {
    this.#wanted = false
    this.#gaveUp = true
    this.#destroy()
  }

  #open(): void {
    const { createWindow, preload, devTools, onCreated, contentProtected, platform = process.platform, log } = this.#options
    const window = createWindow(overlayWindowOptions(preload, devTools, platform))
    this.#window = window
    this.#ready = false
    this.#openedAt = this.#now()
    // Above windows in full screen as well.
    window.setAlwaysOnTop(true, 'screen-saver')
    if (platform !== 'win32') window.setVisibleOnAllWorkspaces(true, { visibleOnFullScreen: true, skipTransformProcessType: true })
    if (contentProtected()) window.setContentProtection(true)
    onCreated(window)
    this.#watch(window)
    window.loadURL(OVERLAY_PAGE).catch((error: unknown) => {
      if (this.#window === window) log.error('The overlay could not load its page.', error)
    })
  }

  #watch(window: BrowserWindow): void {
    const { log, onMenu } = this.#options
    const current = (): boolean => this.#window === window
    window.once('ready-to-show', () => {
      if (!current()) return
      this.#ready = true
      if (this.#wanted) this.#appear(window)
    })
    const menu = (event: { preventDefault(): void }): void => {
      event.preventDefault()
      if (current()) onMenu(window)
    }
    // Where the system itself moves the window the page hears of no click.
    window.on('system-context-menu', menu)
    window.webContents.on('context-menu', menu)
    window.on('closed', () => {
      if (!current()) return
      this.#window = null
      this.#stopFollowing()
    })
    window.webContents.on('preload-error', (_event, path, error) => log.error(`The preload ${path} failed.`, error))
    window.webContents.on('render-process-gone', (_event, details) => {
      if (!current()) return
      log.error('The overlay’s process is gone.', { reason: details.reason, exitCode: details.exitCode })
      this.#replace()
    })
    window.on('unresponsive', () => {
      this.#hang ??= setTimeout(() => {
        if (!current()) return
        log.error('The overlay is replaced, because it does not respond.')
        this.#replace()
      }, HANG_MS)
    })
    window.on('responsive', () => this.#clearHang())
  }

  #replace(): void {
    // Not within the event that tells of its end, which Electron is still delivering.
    const window = this.#release()
    setImmediate(() => {
      if (window !== null && !window.isDestroyed()) window.destroy()
    })
    if (this.#cap.failed(this.#now() - this.#openedAt) === null) {
      this.#gaveUp = true
      this.#options.log.error('The overlay died too often and is not made again.')
      this.#options.onGaveUp()
      return
    }
    if (this.#wanted) this.#open()
  }

  #appear(window: BrowserWindow): void {
    this.#place()
    window.showInactive()
    this.#follow ??= setInterval(() => {
      if (this.#grip === null && this.#options.follows() && this.#home()?.id !== this.#screenNow()?.id) this.#place()
    }, FOLLOW_MS)
  }

  /** The display it belongs on: that of the pointer, or that on which it was put; where it was never put, that on which it stands. */
  #home(): Screen | null {
    const { screens, follows, cursor, places } = this.#options
    const all = screens()
    if (follows()) return screenAt(cursor(), all)
    return all.find(({ id }) => String(id) === places.overlayDisplay) ?? this.#screenNow() ?? all[0] ?? null
  }

  #screenNow(): Screen | null {
    return this.#options.screens().find(({ id }) => String(id) === this.#display) ?? null
  }

  /** Puts it where it belongs. The pill keeps its place; a second row opens away from the near edge. */
  #place(): void {
    const window = this.#window
    const home = this.#home()
    if (window === null || window.isDestroyed() || home === null) return
    this.#display = String(home.id)
    const pill = at(this.#options.places.overlay(this.#display) ?? FIRST_PLACE, home.workArea, OVERLAY_SIZE)
    const bounds = this.#whole(pill, home.workArea)
    const is = window.getBounds()
    if (is.x !== bounds.x || is.y !== bounds.y || is.width !== bounds.width || is.height !== bounds.height) window.setBounds(bounds)
  }

  /** The bounds with a second row, where there is one. */
  #whole(pill: Rectangle, area: Rectangle): Rectangle {
    const grows: Grows = middleOf(pill).y > area.y + area.height / 2 ? 'up' : 'down'
    if (grows !== this.#grows) this.#options.onGrows(grows)
    this.#grows = grows
    const more = this.#height - pill.height
    return inside({ ...pill, y: grows === 'up' ? pill.y - more : pill.y, height: this.#height }, area)
  }

  /** It was put here by hand: remembered, and brought wholly onto the display. */
  #put(bounds: Rectangle): void {
    const more = this.#height - OVERLAY_SIZE.height
    const pill = { x: bounds.x, y: this.#grows === 'up' ? bounds.y + more : bounds.y, ...OVERLAY_SIZE }
    const screen = screenAt(middleOf(pill), this.#options.screens())
    if (screen === null) return
    this.#options.places.setOverlay(String(screen.id), placeOf(pill, screen.workArea))
    this.#place()
  }

  #destroy(): void {
    const window = this.#release()
    if (window !== null && !window.isDestroyed()) window.destroy()
  }

  /** Stops caring about the present window. */
  #release(): BrowserWindow | null {
    this.#stopFollowing()
    this.#clearHang()
    this.#grip = null
    this.#height = OVERLAY_SIZE.height
    const window = this.#window
    this.#window = null
    return window
  }

  #stopFollowing(): void {
    if (this.#follow !== null) clearInterval(this.#follow)
    this.#follow = null
  }

  #clearHang(): void {
    if (this.#hang !== null) clearTimeout(this.#hang)
    this.#hang = null
  }
}

/** The window of the pill: nothing of a usual window, and never the focus. */
export function overlayWindowOptions(preload: string, devTools: boolean, platform: NodeJS.Platform): BrowserWindowConstructorOptions {
  return {
    ...OVERLAY_SIZE,
    show: false,
    title: 'Parley overlay',
    frame: false,
    transparent: true,
    backgroundColor: '#00000000',
    hasShadow: false,
    resizable: false,
    minimizable: false,
    maximizable: false,
    fullscreenable: false,
    skipTaskbar: true,
    alwaysOnTop: true,
    focusable: false,
    // Never the key window, so every click is a first one.
    acceptFirstMouse: true,
    ...(platform === 'darwin' ? { type: 'panel' } : {}),
    webPreferences: webPreferences(preload, devTools),
  }
}
