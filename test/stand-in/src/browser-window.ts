import type { App } from './app.ts'
import { Menu } from './menu.ts'
import { makeEvent, StrictEmitter } from './strict.ts'
import { WebContents } from './web-contents.ts'
import { checkPreferences } from './web-preferences.ts'
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

export class BrowserWindow extends StrictEmitter {
  readonly id = ++nextId
  readonly webContents: WebContents
  #host: HostWindow | null = null
  #ready: Promise<HostWindow>
  #destroyed = false
  #closing = false
  #visible = false
  #minimized = false
  #maximized = false
  #fullScreen = false
  #focused = false
  #everReady = false
  #bounds: Bounds
  #title: string
  #alwaysOnTop: boolean
  #minimum: [number, number] = [0, 0]
  #maximum: [number, number] = [0, 0]
  #resizable: boolean
  #movable = true
  #closable = true
  #focusable: boolean
  #opacity = 1
  #background: string
  #contentProtected = false
  #backgroundThrottling: boolean

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super()
    if (!system?.app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready')
    const at = system
    const preferences = options.webPreferences ?? {}
    checkPreferences(preferences)
    const area = at.workArea()
    const width = options.width ?? 800
    const height = options.height ?? 600
    this.#bounds = {
      x: options.x ?? Math.round(area.x + (area.width - width) / 2), y: options.y ?? Math.round(area.y + (area.height - height) / 2), width, height,
    }
    this.#title = options.title ?? at.app.getName()
    this.#alwaysOnTop = options.alwaysOnTop ?? false
    this.#resizable = options.resizable ?? true
    this.#focusable = options.focusable ?? true
    this.#background = options.backgroundColor ?? '#FFFFFF'
    this.#minimum = [options.minWidth ?? 0, options.minHeight ?? 0]
    this.#maximum = [options.maxWidth ?? 0, options.maxHeight ?? 0]
    this.#backgroundThrottling = preferences.backgroundThrottling ?? true
    this.webContents = new WebContents({
      session: at.session,
      preloads: preferences.preload === undefined ? [] : [preferences.preload],
      throttling: { get: () => this.#backgroundThrottling, set: (on) => { this.#backgroundThrottling = on } },
      processFields: () => ({ ...at.processFields(), argv: [process.execPath, ...preferences.additionalArguments ?? []] }),
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
      if (!event.defaultPrevented) this.#title = title
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
    if (this.#alwaysOnTop) this.setAlwaysOnTop(true)
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

  get title(): string { return this.#title }
  set title(title: string) { this.setTitle(title) }
  get autoHideMenuBar(): boolean { return false }
  set autoHideMenuBar(_on: boolean) { this.#alive() }
  get accessibleTitle(): string { return this.#title }
  set accessibleTitle(_title: string) { this.#alive() }

  loadURL(url: string, options?: object): Promise<void> { return this.webContents.loadURL(url, options) }
  reload(): void { this.webContents.reload() }

  isDestroyed(): boolean { return this.#destroyed }
  isVisible(): boolean { this.#alive(); return this.#visible && !this.#minimized }
  isFocused(): boolean { this.#alive(); return this.#focused }
  isMinimized(): boolean { this.#alive(); return this.#minimized }
  isMaximized(): boolean { this.#alive(); return this.#maximized }
  isFullScreen(): boolean { this.#alive(); return this.#fullScreen }
  isNormal(): boolean { this.#alive(); return !this.#minimized && !this.#maximized && !this.#fullScreen }
  isEnabled(): boolean { return true }
  isModal(): boolean { return false }
  isAlwaysOnTop(): boolean { return this.#alwaysOnTop }
  isResizable(): boolean { return this.#resizable }
  isMovable(): boolean { return this.#movable }
  isClosable(): boolean { return this.#closable }
  isFocusable(): boolean { return this.#focusable }
  isContentProtected(): boolean { return this.#contentProtected }
  getTitle(): string { return this.#title }
  getBackgroundColor(): string { return this.#background }
  getOpacity(): number { return this.#opacity }
  getBounds(): Bounds { this.#alive(); return { ...this.#bounds } }
  getContentBounds(): Bounds { return this.getBounds() }
  getNormalBounds(): Bounds { return this.getBounds() }
  getSize(): number[] { return [this.#bounds.width, this.#bounds.height] }
  getContentSize(): number[] { return this.getSize() }
  getPosition(): number[] { return [this.#bounds.x, this.#bounds.y] }
  getMinimumSize(): number[] { return [...this.#minimum] }
  getMaximumSize(): number[] { return [...this.#maximum] }
  getParentWindow(): BrowserWindow | null { return null }
  getChildWindows(): BrowserWindow[] { return [] }
  getMediaSourceId(): string { return `window:${this.id}:0` }

  show(): void { this.#show(true) }
  showInactive(): void { this.#show(false) }

  hide(): void {
    this.#alive()
    if (!this.#visible) return
    this.#visible = false
    this.#setFocused(false)
    this.#do((host) => host.hide())
    if (this.#backgroundThrottling) this.webContents.setVisibility('hidden')
    this.emit('hide')
  }

  focus(): void {
    this.#alive()
    if (!this.#visible || !this.#focusable) return
    this.#do((host) => host.show(true))
    this.#setFocused(true)
  }

  blur(): void { this.#alive(); this.#setFocused(false) }
  moveTop(): void { this.#do((host) => host.show(false)) }

  minimize(): void {
    this.#alive()
    if (this.#minimized) return
    this.#minimized = true
    this.#setFocused(false)
    this.#do((host) => host.setState('minimized'))
    this.emit('minimize')
  }

  restore(): void {
    this.#alive()
    if (!this.#minimized) return
    this.#minimized = false
    this.#do((host) => host.setState('normal'))
    this.emit('restore')
  }

  maximize(): void {
    this.#alive()
    if (this.#maximized) return
    this.#maximized = true
    this.#do((host) => host.setState('maximized'))
    this.emit('maximize')
  }

  unmaximize(): void {
    this.#alive()
    if (!this.#maximized) return
    this.#maximized = false
    this.#do((host) => host.setState('normal'))
    this.emit('unmaximize')
  }

  setFullScreen(on: boolean): void {
    this.#alive()
    if (this.#fullScreen === on) return
    this.#fullScreen = on
    this.#do((host) => host.setState(on ? 'fullscreen' : 'normal'))
    this.emit(on ? 'enter-full-screen' : 'leave-full-screen')
  }

  setBounds(bounds: Partial<Bounds>): void {
    this.#alive()
    const next = { ...this.#bounds, ...bounds }
    next.width = Math.max(next.width, this.#minimum[0])
    next.height = Math.max(next.height, this.#minimum[1])
    const moved = next.x !== this.#bounds.x || next.y !== this.#bounds.y
    const resized = next.width !== this.#bounds.width || next.height !== this.#bounds.height
    this.#bounds = next
    if (this.#visible) {
      this.#do(async (host) => {
        await host.setBounds(next)
        if (resized && this.webContents.isZoomed) this.webContents.applyZoom()
      })
    }
    if (resized) setImmediate(() => { this.#emitIfAlive('resize'); this.#emitIfAlive('resized') })
    if (moved) setImmediate(() => { this.#emitIfAlive('move'); this.#emitIfAlive('moved') })
  }

  setContentBounds(bounds: Bounds): void { this.setBounds(bounds) }
  setSize(width: number, height: number): void { this.setBounds({ width, height }) }
  setContentSize(width: number, height: number): void { this.setBounds({ width, height }) }
  setPosition(x: number, y: number): void { this.setBounds({ x, y }) }
  center(): void {
    const area = (system as WindowSystem).workArea()
    this.setPosition(Math.round(area.x + (area.width - this.#bounds.width) / 2), Math.round(area.y + (area.height - this.#bounds.height) / 2))
  }
  setMinimumSize(width: number, height: number): void { this.#alive(); this.#minimum = [width, height] }
  setMaximumSize(width: number, height: number): void { this.#alive(); this.#maximum = [width, height] }
  setResizable(on: boolean): void { this.#alive(); this.#resizable = on }
  setMovable(on: boolean): void { this.#alive(); this.#movable = on }
  setClosable(on: boolean): void { this.#alive(); this.#closable = on }
  setFocusable(on: boolean): void { this.#alive(); this.#focusable = on }
  setSkipTaskbar(): void { this.#alive() }
  setOpacity(opacity: number): void { this.#alive(); this.#opacity = opacity }
  setBackgroundColor(color: string): void { this.#alive(); this.#background = color }
  setContentProtection(on: boolean): void { this.#alive(); this.#contentProtected = on }
  setIcon(): void { this.#alive() }
  setMenu(menu: Menu | null): void {
    this.#alive()
    if (menu !== null && !(menu instanceof Menu)) throw new TypeError('Invalid menu')
  }
  removeMenu(): void { this.setMenu(null) }
  setMenuBarVisibility(): void { this.#alive() }
  isMenuBarVisible(): boolean { return false }
  setAutoHideMenuBar(): void { this.#alive() }
  isMenuBarAutoHide(): boolean { return false }
  setProgressBar(): void { this.#alive() }
  setTitleBarOverlay(): void { this.#alive() }
  setVisibleOnAllWorkspaces(): void { this.#alive() }
  isVisibleOnAllWorkspaces(): boolean { return false }
  setIgnoreMouseEvents(): void { this.#alive() }
  setHasShadow(): void { this.#alive() }
  hasShadow(): boolean { return true }
  setEnabled(): void { this.#alive() }
  flashFrame(): void { this.#alive() }
  setAlwaysOnTop(on: boolean): void {
    this.#alive()
    const changed = this.#alwaysOnTop !== on
    this.#alwaysOnTop = on
    this.#do((host) => host.setAlwaysOnTop(on))
    if (changed) this.emit('always-on-top-changed', makeEvent({}), on)
  }
  setTitle(title: string): void { this.#alive(); this.#title = title }
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

  #show(activate: boolean): void {
    this.#alive()
    const before = this.#visible
    this.#visible = true
    this.#do(async (host) => {
      await host.setBounds(this.#bounds)
      await host.show(activate && this.#focusable)
    })
    if (!before) {
      this.webContents.setVisibility('visible')
      this.emit('show')
    }
    if (activate && this.#focusable) this.#setFocused(true)
  }

  #windowEvent(name: 'focus' | 'blur' | 'resize'): void {
    if (this.#destroyed) return
    if (name !== 'resize') {
      if (this.#visible) this.#setFocused(name === 'focus')
      return
    }
    const host = this.#host
    if (!host || !this.#visible) return
    void host.getBounds().then((bounds) => {
      if (this.#destroyed || (bounds.width === this.#bounds.width && bounds.height === this.#bounds.height)) return
      this.#bounds = bounds
      this.emit('resize')
    }, () => undefined)
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

  #emitIfAlive(name: string): void { if (!this.#destroyed) this.emit(name) }

  #do(action: (host: HostWindow) => Promise<void>): void {
    this.#alive()
    this.#ready.then((host) => this.#destroyed ? undefined : action(host)).catch(() => undefined)
  }

  #alive(): void {
    if (this.#destroyed) throw new TypeError('Object has been destroyed')
  }
}
