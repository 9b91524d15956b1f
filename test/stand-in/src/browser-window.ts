import type { App } from './app.ts'
import { makeEvent } from './strict.ts'
import { WebContents } from './web-contents.ts'
import { checkPreferences } from './web-preferences.ts'
import { WindowStates } from './window-states.ts'
import type { Session } from './session.ts'
import type { Bounds, HostWindow } from './window-host.ts'
import type { PageTarget } from './page-target.ts'

/** What a window needs from the running stand-in. */
export interface WindowSystem {
  app: App
  session: Session
  create(claim: (page: PageTarget) => Promise<void>): Promise<HostWindow>
  processFields(): Record<string, unknown>
  mediaFeatures(): { name: string, value: string }[]
  workArea(): Bounds
  closePage(page: PageTarget): Promise<void>
}

let system: WindowSystem | null = null
export function setWindowSystem(made: WindowSystem): void { system = made }

const windows = new Map<number, BrowserWindow>()
let nextId = 0
let focusedWindow: BrowserWindow | null = null
function giveFocus(window: BrowserWindow): BrowserWindow | null {
  const before = focusedWindow
  focusedWindow = window
  return before
}

/** A window as a person sees it, and what was asked of the desktop for it. */
export interface ShownWindow {
  id: number
  webContentsId: number
  title: string
  url: string
  bounds: Bounds
  visible: boolean
  focused: boolean
  minimized: boolean
  alwaysOnTop: boolean
  level: string
  onAllWorkspaces: boolean
  contentProtected: boolean
  focusable: boolean
  resizable: boolean
  frame: boolean
  transparent: boolean
  skipTaskbar: boolean
  ignoresMouse: boolean
}

export class BrowserWindow extends WindowStates {
  readonly id = ++nextId
  readonly webContents: WebContents
  #host: HostWindow | null = null
  #ready: Promise<HostWindow>
  #destroyed = false
  #closing = false
  #visible = false
  #focused = false
  #everReady = false
  #backgroundThrottling: boolean

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    if (!system?.app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready')
    const at = system
    super(options, at.app.getName(), () => at.workArea())
    const preferences = options.webPreferences ?? {}
    checkPreferences(preferences)
    this.#backgroundThrottling = preferences.backgroundThrottling ?? true
    this.webContents = new WebContents({
      session: at.session,
      preloads: preferences.preload === undefined ? [] : [preferences.preload],
      throttling: { get: () => this.#backgroundThrottling, set: (on) => { this.#backgroundThrottling = on } },
      processFields: () => ({ ...at.processFields(), argv: [process.execPath, ...preferences.additionalArguments ?? []] }),
      width: () => this.getBounds().width,
      windowEvent: (name) => { this.#windowEvent(name) },
      closeWindow: () => { this.#closeContents() },
      renderProcessGone: (contents, details) => { at.app.emit('render-process-gone', makeEvent({}), contents, details) },
      mediaFeatures: () => at.mediaFeatures(),
    })
    windows.set(this.id, this)
    this.webContents.on('stand-in-first-paint', () => {
      if (this.#everReady) return
      this.#everReady = true
      if (options.show === false && options.paintWhenInitiallyHidden === false) return
      this.emit('ready-to-show')
    })
    for (const name of ['unresponsive', 'responsive']) this.webContents.on(name, () => { this.emit(name) })
    this.webContents.on('page-title-updated', (event: { defaultPrevented: boolean }, title: string, explicit: boolean) => {
      this.emit('page-title-updated', event, title, explicit)
      if (!event.defaultPrevented && !this.#destroyed) this.setTitle(title)
    })
    at.app.emit('web-contents-created', makeEvent({}), this.webContents)
    at.app.emit('browser-window-created', makeEvent({}), this)
    this.#ready = at.create((page) => this.webContents.attach(page)).then(async (host) => {
      this.#host = host
      if (this.#destroyed) await at.closePage(host.page).catch(() => undefined)
      return host
    })
    this.#ready.catch((error: unknown) => { if (!this.#destroyed) console.error('The stand-in could not make a window:', error) })
    if (preferences.zoomFactor !== undefined) this.webContents.setZoomFactor(preferences.zoomFactor)
    if (options.show !== false) this.show()
    if (options.alwaysOnTop) this.setAlwaysOnTop(true)
  }

  static getAllWindows(): BrowserWindow[] { return [...windows.values()] }
  static getFocusedWindow(): BrowserWindow | null { return focusedWindow }
  static fromId(id: number): BrowserWindow | null { return windows.get(id) ?? null }
  static fromWebContents(contents: WebContents | null | undefined): BrowserWindow | null {
    return [...windows.values()].find((window) => window.webContents === contents) ?? null
  }

  /**
   * The page went without our doing: a person closed Chromium's window. Where the app will not have its window
   * closed, as with an app that goes on in the tray, the page is made anew, hidden, and loads again.
   */
  pageGone(): void {
    if (this.#destroyed) return
    const event = makeEvent({})
    if (!this.#closing) this.emit('close', event)
    if (!event.defaultPrevented || this.isDestroyed()) {
      this.#gone()
      return
    }
    const at = system as WindowSystem
    at.app.closeCancelled()
    const url = this.webContents.getURL()
    this.webContents.losePage()
    this.#ready = at.create((page) => this.webContents.attach(page)).then((host) => this.#host = host)
    if (this.#visible) this.#show(false)
    this.webContents.loadURL(url).catch(() => undefined)
  }

  loadURL(url: string, options?: object): Promise<void> { return this.webContents.loadURL(url, options) }
  reload(): void { this.webContents.reload() }

  isDestroyed(): boolean { return this.#destroyed }
  isVisible(): boolean { this.alive(); return this.#visible && !this.isMinimized() }
  isFocused(): boolean { this.alive(); return this.#focused }
  getParentWindow(): BrowserWindow | null { return null }
  getChildWindows(): BrowserWindow[] { return [] }
  getMediaSourceId(): string { return `window:${this.id}:0` }

  show(): void { this.#show(true) }
  showInactive(): void { this.#show(false) }

  hide(): void {
    this.alive()
    if (!this.#visible) return
    this.#visible = false
    this.#setFocused(false)
    this.#do((host) => host.hide())
    if (this.#backgroundThrottling) this.webContents.setVisibility('hidden')
    this.emit('hide')
  }

  focus(): void {
    this.alive()
    if (!this.#visible || !this.isFocusable()) return
    this.#do((host) => host.show(true))
    this.#setFocused(true)
  }

  blur(): void { this.alive(); this.#setFocused(false) }
  moveTop(): void { this.#do((host) => host.show(false)) }

  capturePage(): Promise<unknown> { return this.webContents.capturePage() }

  close(): void {
    if (this.#destroyed || this.#closing) return
    const event = makeEvent({})
    this.emit('close', event)
    if (this.isDestroyed()) return
    if (event.defaultPrevented) {
      (system as WindowSystem).app.closeCancelled()
      return
    }
    this.#closing = true
    this.#end()
  }

  /** `webContents.close()`: as in Electron the page goes, and its window with it, without a `close` event. */
  #closeContents(): void {
    if (this.#destroyed || this.#closing) return
    this.#closing = true
    this.#end()
  }

  destroy(): void {
    if (this.#destroyed) return
    this.#closing = true
    const { page } = this.webContents
    this.#gone()
    if (page) (system as WindowSystem).closePage(page).catch(() => undefined)
  }

  #end(): void {
    this.#ready.then((host) => (system as WindowSystem).closePage(host.page)).then(() => { this.#gone() }, () => { this.#gone() })
  }

  #gone(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    if (focusedWindow === this) focusedWindow = null
    windows.delete(this.id)
    this.webContents.detach()
    this.emit('closed')
    if (windows.size === 0) setImmediate(() => { if (windows.size === 0) (system as WindowSystem).app.allWindowsClosed() })
  }

  /** On its way to its end; for tests. */
  get standInCloses(): boolean { return this.#closing || this.#destroyed }

  /** What a person sees of the window; for tests. */
  get standInState(): ShownWindow {
    const { frame, transparent, skipTaskbar, ignoresMouse } = this.standInTraits
    return {
      id: this.id, webContentsId: this.webContents.id, title: this.getTitle(), url: this.webContents.getURL(), bounds: this.getBounds(), visible: this.isVisible(), focused: this.#focused,
      minimized: this.isMinimized(), alwaysOnTop: this.isAlwaysOnTop(), level: this.level, onAllWorkspaces: this.isVisibleOnAllWorkspaces(), contentProtected: this.isContentProtected(),
      focusable: this.isFocusable(), resizable: this.isResizable(), frame, transparent, skipTaskbar, ignoresMouse,
    }
  }

  /** Another window or another program has the keyboard now. */
  lostFocus(): void { this.#setFocused(false) }

  protected get shown(): boolean { return this.#visible }
  protected sizeChanged(): void { if (this.webContents.isZoomed) this.webContents.applyZoom() }
  protected withHost(action: (host: HostWindow) => Promise<void>): void { this.#do(action) }
  protected setFocused(on: boolean): void { this.#setFocused(on) }

  #show(activate: boolean): void {
    this.alive()
    const before = this.#visible
    this.#visible = true
    this.#do(async (host) => {
      await host.setBounds(this.getBounds())
      await host.show(activate && this.isFocusable())
    })
    if (!before) {
      this.webContents.setVisibility('visible')
      this.emit('show')
    }
    if (activate && this.isFocusable()) this.#setFocused(true)
  }

  #windowEvent(name: 'focus' | 'blur' | 'resize'): void {
    if (this.#destroyed) return
    if (name !== 'resize') {
      if (this.#visible && this.isFocusable()) this.#setFocused(name === 'focus')
      return
    }
    const host = this.#host
    if (!host || !this.#visible) return
    void host.getBounds().then((bounds) => { if (!this.#destroyed) this.tookBounds(bounds) }, () => undefined)
  }

  #setFocused(on: boolean): void {
    if (this.#focused === on) return
    this.#focused = on
    if (on) {
      const other = giveFocus(this)
      if (other && other !== this) other.#setFocused(false)
    } else if (focusedWindow === this) focusedWindow = null
    this.emit(on ? 'focus' : 'blur')
    ;(system as WindowSystem).app.emit(on ? 'browser-window-focus' : 'browser-window-blur', makeEvent({}), this)
  }

  #do(action: (host: HostWindow) => Promise<void>): void {
    this.alive()
    this.#ready.then((host) => this.#destroyed ? undefined : action(host)).catch(() => undefined)
  }

}
