import type { App } from './app.ts'
import type { DesktopState } from './app-desktop.ts'
import { BrowserWindow, type ShownWindow } from './browser-window.ts'
import type { Outside } from './desktop.ts'
import type { DialogControl } from './dialog.ts'
import type { Engine } from './engine.ts'
import type { GlobalShortcut } from './global-shortcut.ts'
import { chooseItem, Menu, pressItemKeys, shownItems, type ShownItem } from './menu.ts'
import type { NativeTheme, SystemLook } from './native-theme.ts'
import type { NotificationControl } from './notification.ts'
import type { makePowerSaveBlocker, PowerMonitor, PowerSaving } from './power.ts'
import type { SafeStorageControl } from './safe-storage.ts'
import type { Monitor, Screen } from './screen.ts'
import type { Session } from './session.ts'
import { makeEvent } from './strict.ts'
import { Tray } from './tray.ts'
import { WebContents } from './web-contents.ts'

/**
 * The outside world, for tests: `electronApp.evaluate(({ __standIn }) => …)`, or `globalThis.__standIn` in main.
 * Typed app code does not see it. Everything takes effect at once.
 */
export interface StandInControl {
  /** Always true; on real Electron `__standIn` is undefined. */
  readonly present: true
  /** Everything the app has done to the desktop, and what the desktop will answer. */
  readonly outside: Outside
  /** safeStorage's keyring. */
  readonly safeStorage: SafeStorageControl
  /** The operating system's own yes or no to microphone and camera. */
  readonly system: { microphone: boolean, camera: boolean }
  /** What `session.resolveProxy` answers, in PAC form (`PROXY host:port`); a function is asked for each URL. */
  setProxy(proxy: string | ((url: string) => string)): void
  /** The desktop's appearance setting changes. */
  setSystemDark(dark: boolean): void
  /** The same with the rest of it: high contrast, forced or inverted colours, less transparency. */
  setSystemLook(look: Partial<SystemLook>): void
  /** The machine sleeps, wakes, locks, …: any event of `powerMonitor`. False where the app has prevented it (`shutdown`). */
  power(event: 'suspend' | 'resume' | 'lock-screen' | 'unlock-screen' | 'shutdown' | 'on-ac' | 'on-battery'): boolean
  /** What the app keeps the machine from: the stronger kind that is in force, and all that were started. */
  powerSaving(): { inForce: PowerSaving | null, running: { id: number, type: PowerSaving }[] }
  /** Monitors are plugged in and out or change; the first is the primary one. */
  setDisplays(monitors: Monitor[]): void
  /** The pointer is moved. */
  moveCursor(x: number, y: number): void
  /** Every window, as a person sees it and with what was asked of the desktop for it. */
  windows(): ShownWindow[]
  /** A person drags a window, or stretches it. */
  moveWindow(windowId: number, bounds: Partial<Electron.Rectangle>): void
  /** A person turns to a window, or (null) to another program. A window that takes no focus does not get it: false. */
  focusWindow(windowId: number | null): boolean
  /** A person presses the window's cross. False where the app has prevented it, or the window has none. */
  closeWindow(windowId: number): boolean
  /** A right click where the window is dragged: false where the app has prevented the system's menu. */
  systemContextMenu(windowId: number, point?: Electron.Point): boolean
  /** Message boxes and file dialogs: those that wait, and a person's answers. */
  readonly dialogs: DialogControl
  readonly notifications: NotificationControl
  /** Schemes, application id and badge as the app has set them. */
  readonly desktop: DesktopState
  /** A link is opened as Linux and Windows do it: with the app started once more, the link among its arguments. */
  openLink(url: string, additionalData?: unknown): void
  /** A link is opened as macOS does it: `open-url`. False where the app does not say that it takes it (`preventDefault`). */
  openUrl(url: string): boolean
  /** macOS: the app's icon in the dock is clicked. */
  activate(hasVisibleWindows: boolean): void
  /** The app is started once more: what `second-instance` carries, after `ready` at the earliest. */
  secondInstance(argv: string[], additionalData?: unknown, cwd?: string): void
  /** Presses a global shortcut; false when nobody has registered it. */
  pressShortcut(accelerator: string): boolean
  /** Accelerators that another program has taken. */
  readonly takenShortcuts: Set<string>
  /** Kills a page's renderer process. */
  crash(webContentsId: number): void
  /** Blocks a page's main thread for so many milliseconds; returns when it has begun. */
  freeze(webContentsId: number, ms: number): void
  /** The process identifier of a page's renderer; afterwards `webContents.getOSProcessId()` knows it too. */
  osProcessId(webContentsId: number): Promise<number>
  /** Electron's notice that a page does not answer, or answers again. */
  setResponsive(webContentsId: number, responsive: boolean): void
  /** The tray icons that exist, as a person sees them: with the menu as it was at the last `setContextMenu`. */
  trays(): ShownTray[]
  /** Clicks on an icon. Linux sends `click` alone, and that not on every desktop; the others are for Windows and macOS. */
  clickTray(index?: number, how?: 'click' | 'right-click' | 'double-click' | 'middle-click'): void
  /**
   * Chooses an item of a tray's menu by its label, or by the labels on the way to it (`['Persona', 'Tutor']`). False where a person
   * could not: no such item, hidden, disabled, a submenu.
   */
  pickTrayItem(path: string | string[], index?: number): boolean
  /** The pop-up menus that stand open, newest last, and where they were asked for (-1: at the pointer). */
  popups(): { windowId: number, x: number, y: number, items: ShownItem[] }[]
  /** Chooses an item of the newest pop-up menu, which then closes; false as for trays, and the menu stays. */
  pickPopupItem(path: string | string[]): boolean
  /** Closes the newest pop-up menu without a choice; false where none is open. */
  dismissPopup(): boolean
  /** The application's menu, null without one. */
  applicationMenu(): ShownItem[] | null
  pickMenuItem(path: string | string[]): boolean
  /** Presses an item's keys in a window that has the focus; false when no item of the application's menu takes them. */
  pressMenuKeys(accelerator: string): boolean
}

export interface ShownTray {
  toolTip: string
  /** The image's file, size, bytes as a data URL, and whether macOS would take it for a template. */
  image: { path: string | null, width: number, height: number, dataURL: string, template: boolean }
  items: ShownItem[] | null
}

export function makeControl(parts: {
  app: App, outside: Outside, theme: NativeTheme, power: PowerMonitor, powerSave: ReturnType<typeof makePowerSaveBlocker>,
  screen: Screen, dialogs: DialogControl, notifications: NotificationControl, safe: SafeStorageControl, session: Session, shortcuts: GlobalShortcut, engine(): Engine
}): StandInControl {
  const { app, outside, theme, power, powerSave, screen, dialogs, notifications, safe, session, shortcuts } = parts
  const contents = (id: number): WebContents => {
    const found = WebContents.fromId(id)
    if (!found) throw new Error(`There are no contents with the id ${id}`)
    return found
  }
  const windowOf = (id: number): BrowserWindow => {
    const found = BrowserWindow.fromId(id)
    if (!found) throw new Error(`There is no window with the id ${id}`)
    return found
  }
  return {
    windows: () => BrowserWindow.getAllWindows().map((window) => window.standInState),
    moveWindow(id, bounds) { windowOf(id).setBounds(bounds) },
    focusWindow(id) {
      if (id === null) {
        BrowserWindow.getFocusedWindow()?.lostFocus()
        return true
      }
      windowOf(id).focus()
      return windowOf(id).isFocused()
    },
    closeWindow(id) {
      const window = windowOf(id)
      if (!window.isClosable()) return false
      window.close()
      return window.standInCloses
    },
    systemContextMenu(id, point = { x: 0, y: 0 }) {
      const event = makeEvent({})
      windowOf(id).emit('system-context-menu', event, point)
      return !event.defaultPrevented
    },
    present: true, outside, dialogs, notifications, safeStorage: safe, system: session.permissions.system, takenShortcuts: shortcuts.taken,
    setProxy(proxy) { session.proxy = proxy },
    setSystemDark(dark) { theme.systemChanges({ dark }) },
    setSystemLook(look) { theme.systemChanges(look) },
    power(event) {
      if (event === 'on-battery' || event === 'on-ac') outside.onBattery = event === 'on-battery'
      if (event === 'lock-screen' || event === 'unlock-screen') outside.locked = event === 'lock-screen'
      const about = makeEvent({})
      power.emit(event, about)
      return !about.defaultPrevented
    },
    powerSaving: () => ({ inForce: powerSave.inForce(), running: powerSave.running() }),
    setDisplays(monitors) { screen.displaysChange(monitors) },
    moveCursor(x, y) { outside.cursor = { x, y } },
    desktop: app.standInDesktop,
    openLink(url, additionalData = {}) {
      // Chromium puts its own among the arguments and sorts switches to the front.
      app.startedAgain([process.execPath, '--original-process-start-time=13400000000000000', app.getAppPath(), url], process.cwd(), additionalData)
    },
    openUrl(url) {
      const event = makeEvent({})
      app.emit('open-url', event, url)
      return event.defaultPrevented
    },
    activate(hasVisibleWindows) { app.emit('activate', makeEvent({}), hasVisibleWindows) },
    secondInstance(argv, additionalData = {}, cwd = process.cwd()) { app.startedAgain(argv, cwd, additionalData) },
    pressShortcut: (accelerator) => shortcuts.press(accelerator),
    crash(id) { contents(id).forcefullyCrashRenderer() },
    freeze(id, ms) {
      contents(id).page?.session.tell('Runtime.evaluate', { expression: `{ const end = performance.now() + ${Number(ms)}; while (performance.now() < end); }` })
    },
    async osProcessId(id) {
      const found = contents(id)
      const pid = await found.page?.processId()
      if (pid === undefined) throw new Error(`The page of contents ${id} is not there yet`)
      found.setProcessId(pid)
      return pid
    },
    setResponsive(id, responsive) { contents(id).emit(responsive ? 'responsive' : 'unresponsive') },
    trays: () => Tray.all.map(({ standInState: { toolTip, menu, image } }) => ({ toolTip, image: { ...image.standInState, ...image.getSize(), dataURL: image.toDataURL() }, items: menu })),
    clickTray(index = 0, how = 'click') {
      const tray = Tray.all[index]
      if (!tray) throw new Error(`There is no tray icon ${index}`)
      tray.clicked(how)
    },
    pickTrayItem: (path, index = 0) => chooseItem(Tray.all[index]?.standInState.menu ?? undefined, path),
    popups: () => Menu.popups.map(({ menu, window, x, y }) => ({ windowId: window.id, x, y, items: shownItems(menu) })),
    pickPopupItem(path) {
      const popup = Menu.popups.at(-1)
      if (!popup || !chooseItem(shownItems(popup.menu), path)) return false
      popup.menu.closePopup(popup.window)
      return true
    },
    dismissPopup() {
      const popup = Menu.popups.at(-1)
      popup?.menu.closePopup(popup.window)
      return popup !== undefined
    },
    applicationMenu() {
      const menu = Menu.getApplicationMenu()
      return menu && shownItems(menu)
    },
    pickMenuItem(path) {
      const menu = Menu.getApplicationMenu()
      return menu !== null && chooseItem(shownItems(menu), path)
    },
    pressMenuKeys: (accelerator) => pressItemKeys(Menu.getApplicationMenu(), accelerator),
  }
}
