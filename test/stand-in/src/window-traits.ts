import { Menu } from './menu.ts'
import { conversionFailure, toNativeImage } from './native-image.ts'
import { notInStandIn, StrictEmitter } from './strict.ts'

/** Options of a window that the stand-in carries out, records, or may pass over because they only look different. */
const options = new Set([
  'width', 'height', 'x', 'y', 'center', 'minWidth', 'minHeight', 'maxWidth', 'maxHeight', 'resizable', 'movable', 'minimizable', 'maximizable', 'closable', 'focusable',
  'alwaysOnTop', 'fullscreenable', 'skipTaskbar', 'hiddenInMissionControl', 'title', 'icon', 'show', 'paintWhenInitiallyHidden', 'frame', 'autoHideMenuBar', 'enableLargerThanScreen',
  'backgroundColor', 'hasShadow', 'opacity', 'transparent', 'type', 'titleBarStyle', 'titleBarOverlay', 'trafficLightPosition', 'roundedCorners', 'thickFrame', 'darkTheme',
  'vibrancy', 'visualEffectState', 'backgroundMaterial', 'acceptFirstMouse', 'disableAutoHideCursor', 'webPreferences',
])

type Options = Electron.BrowserWindowConstructorOptions

/** What a window is beyond its page, its place and whether it is shown: kept as asked for, for a test to read. */
export abstract class WindowTraits extends StrictEmitter {
  #title: string
  #resizable: boolean
  #movable: boolean
  #minimizable: boolean
  #maximizable: boolean
  #closable: boolean
  #fullScreenable: boolean
  #focusable: boolean
  #background: string
  #shadow: boolean
  #enabled = true
  #contentProtected = false
  #skipTaskbar: boolean
  #everyWorkspace = false
  #ignoresMouse = false
  #minimum: [number, number]
  #maximum: [number, number]
  readonly #frame: boolean
  readonly #transparent: boolean

  constructor(given: Options, appName: string) {
    super()
    for (const [name, value] of Object.entries(given)) if (value !== undefined && !options.has(name)) throw notInStandIn(`BrowserWindow's option ${name}`)
    for (const name of ['width', 'height', 'x', 'y', 'minWidth', 'minHeight', 'maxWidth', 'maxHeight'] as const) if (given[name] !== undefined) checkWhole(given[name])
    if (given.icon !== undefined) toNativeImage(given.icon)
    this.#title = given.title ?? appName
    this.#resizable = given.resizable ?? true
    this.#movable = given.movable ?? true
    this.#minimizable = given.minimizable ?? true
    this.#maximizable = given.maximizable ?? true
    this.#closable = given.closable ?? true
    this.#fullScreenable = given.fullscreenable ?? true
    this.#focusable = given.focusable ?? true
    this.#background = given.backgroundColor ?? '#FFFFFF'
    this.#shadow = given.hasShadow ?? true
    this.#skipTaskbar = given.skipTaskbar ?? false
    this.#minimum = [given.minWidth ?? 0, given.minHeight ?? 0]
    this.#maximum = [given.maxWidth ?? 0, given.maxHeight ?? 0]
    this.#frame = given.frame ?? true
    this.#transparent = given.transparent ?? false
  }

  abstract isDestroyed(): boolean

  protected alive(): void { if (this.isDestroyed()) throw new TypeError('Object has been destroyed') }

  /** What was asked for and Electron has no question for. */
  get standInTraits(): { frame: boolean, transparent: boolean, skipTaskbar: boolean, ignoresMouse: boolean } {
    return { frame: this.#frame, transparent: this.#transparent, skipTaskbar: this.#skipTaskbar, ignoresMouse: this.#ignoresMouse }
  }

  get title(): string { return this.getTitle() }
  set title(title: string) { this.setTitle(title) }
  get autoHideMenuBar(): boolean { return false }
  set autoHideMenuBar(_on: boolean) { this.alive() }
  get accessibleTitle(): string { return this.#title }
  set accessibleTitle(_title: string) { this.alive() }
  get resizable(): boolean { return this.isResizable() }
  set resizable(on: boolean) { this.setResizable(on) }
  get movable(): boolean { return this.isMovable() }
  set movable(on: boolean) { this.setMovable(on) }
  get minimizable(): boolean { return this.isMinimizable() }
  set minimizable(on: boolean) { this.setMinimizable(on) }
  get maximizable(): boolean { return this.isMaximizable() }
  set maximizable(on: boolean) { this.setMaximizable(on) }
  get closable(): boolean { return this.isClosable() }
  set closable(on: boolean) { this.setClosable(on) }
  get focusable(): boolean { return this.isFocusable() }
  set focusable(on: boolean) { this.setFocusable(on) }
  get visibleOnAllWorkspaces(): boolean { return this.isVisibleOnAllWorkspaces() }
  set visibleOnAllWorkspaces(on: boolean) { this.setVisibleOnAllWorkspaces(on) }

  isEnabled(): boolean { this.alive(); return this.#enabled }
  isModal(): boolean { this.alive(); return false }
  isResizable(): boolean { this.alive(); return this.#resizable }
  isMovable(): boolean { this.alive(); return this.#movable }
  isMinimizable(): boolean { this.alive(); return this.#minimizable }
  isMaximizable(): boolean { this.alive(); return this.#maximizable }
  isClosable(): boolean { this.alive(); return this.#closable }
  isFullScreenable(): boolean { this.alive(); return this.#fullScreenable }
  isFocusable(): boolean { this.alive(); return this.#focusable }
  isContentProtected(): boolean { this.alive(); return this.#contentProtected }
  isVisibleOnAllWorkspaces(): boolean { this.alive(); return this.#everyWorkspace }
  isMenuBarVisible(): boolean { this.alive(); return false }
  isMenuBarAutoHide(): boolean { this.alive(); return false }
  hasShadow(): boolean { this.alive(); return this.#shadow }
  getTitle(): string { this.alive(); return this.#title }
  getBackgroundColor(): string { this.alive(); return this.#background }
  getMinimumSize(): number[] { this.alive(); return [...this.#minimum] }
  getMaximumSize(): number[] { this.alive(); return [...this.#maximum] }
  /** Always 1 on Linux (https://www.electronjs.org/docs/latest/api/browser-window#wingetopacity). */
  getOpacity(): number { this.alive(); return 1 }

  setTitle(title: string): void {
    this.alive()
    if (typeof title !== 'string') throw conversionFailure(title)
    this.#title = title
  }
  setMinimumSize(width: number, height: number): void {
    this.alive()
    this.#minimum = [checkWhole(width), checkWhole(height, 1)]
  }
  setMaximumSize(width: number, height: number): void {
    this.alive()
    this.#maximum = [checkWhole(width), checkWhole(height, 1)]
  }
  setResizable(on: boolean): void { this.#resizable = this.#flag(on) }
  setMovable(on: boolean): void { this.#movable = this.#flag(on) }
  setMinimizable(on: boolean): void { this.#minimizable = this.#flag(on) }
  setMaximizable(on: boolean): void { this.#maximizable = this.#flag(on) }
  setClosable(on: boolean): void { this.#closable = this.#flag(on) }
  setFullScreenable(on: boolean): void { this.#fullScreenable = this.#flag(on) }
  setFocusable(on: boolean): void { this.#focusable = this.#flag(on) }
  setSkipTaskbar(on: boolean): void { this.#skipTaskbar = this.#flag(on) }
  setContentProtection(on: boolean): void { this.#contentProtected = this.#flag(on) }
  setIgnoreMouseEvents(on: boolean): void { this.#ignoresMouse = this.#flag(on) }
  setHasShadow(on: boolean): void { this.#shadow = this.#flag(on) }
  setEnabled(on: boolean): void { this.#enabled = this.#flag(on) }
  setVisibleOnAllWorkspaces(on: boolean): void { this.#everyWorkspace = this.#flag(on) }
  setBackgroundColor(color: string): void {
    this.alive()
    if (typeof color !== 'string') throw conversionFailure(color)
    this.#background = color
  }
  setOpacity(opacity: number): void {
    this.alive()
    if (typeof opacity !== 'number') throw conversionFailure(opacity)
  }
  setIcon(icon: unknown): void { this.alive(); toNativeImage(icon) }
  setMenu(menu: Menu | null): void {
    this.alive()
    if (menu !== null && !(menu instanceof Menu)) throw new TypeError('Invalid menu')
  }
  removeMenu(): void { this.setMenu(null) }
  setMenuBarVisibility(): void { this.alive() }
  setAutoHideMenuBar(): void { this.alive() }
  setProgressBar(): void { this.alive() }
  setTitleBarOverlay(): void { this.alive() }
  flashFrame(): void { this.alive() }

  #flag(on: boolean): boolean {
    this.alive()
    if (typeof on !== 'boolean') throw conversionFailure(on)
    return on
  }
}

/** Sizes and places are whole numbers, or Electron refuses them. */
export function checkWhole(value: unknown, index = 0): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw conversionFailure(value, index)
  return value
}
