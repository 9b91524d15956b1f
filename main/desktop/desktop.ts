import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { app, BrowserWindow, Menu, nativeImage, nativeTheme, Notification, screen, Tray } from 'electron'
import type { Disposable } from '../../shared/disposable.ts'
import type { Settings } from '../../shared/settings.ts'
import type { AppState } from '../../shared/state.ts'
import type { Log } from '../log.ts'
import { appMenu } from './app-menu.ts'
import { sessionBusOf } from './dbus/connection.ts'
import { parseLink, type LinkedView } from './deep-link.ts'
import { LoginItem } from './login-item.ts'
import { newNotices, type NoticeView } from './notices.ts'
import { Overlay } from './overlay/overlay.ts'
import { overlayShown, overlayWanted } from './overlay/when.ts'
import type { Places } from './places.ts'
import { restored } from './placing.ts'
import { desktopTexts, type DesktopTexts, type NotificationName } from './texts.ts'
import { trayFace, trayImage, trayToolTip } from './tray/face.ts'
import { menuKey, trayMenu, type MenuActs, type MenuView, type PersonaItem } from './tray/menu.ts'
import { TrayIcon } from './tray/tray-icon.ts'
import { findTrayHost, type TrayHost } from './tray-host.ts'
import type { MainWindow } from './windows.ts'

/** What a choice in tray, menu bar or overlay does outside the desktop itself. */
export type DesktopActs = Omit<MenuActs, 'show' | 'settings' | 'showOverlay'> & {
  changeSettings(change: { overlay: boolean }): void
}

export interface DesktopOptions {
  state: () => Omit<AppState, 'entries'>
  set: (change: Partial<Pick<AppState, 'overlay' | 'desktop' | 'wanted'>>) => void
  mainWindow: MainWindow
  places: Places
  /** Opens the door for the overlay's window. */
  attach: (window: BrowserWindow) => void
  acts: DesktopActs
  /** Personas to choose from, in the order shown; empty: there is no such menu. */
  personas: () => readonly PersonaItem[]
  /** Parley is ending. */
  ending: () => boolean
  preload: string
  /** Folder of the tray's PNGs. */
  icons: string
  devTools: boolean
  log: Log
}

/**
 * Parley outside its main window: tray, menu bar, overlay, notifications, start at login. All of
 * it follows the one state; nothing of it is the only way to anything.
 */
export class Desktop implements Disposable {
  readonly #options: DesktopOptions
  readonly #tray: TrayIcon
  readonly #overlay: Overlay
  readonly #loginItem: LoginItem
  readonly #acts: MenuActs
  /** Held while they are shown: a collected one loses its click. */
  readonly #notifications = new Set<Notification>()
  #trayHost: TrayHost = 'unknown'
  #noticed: NoticeView | null = null
  #overlayCrashed = false
  #menuLanguage: string | null = null
  #settings: Settings | null = null
  #wishes = 0
  #started = false

  constructor(options: DesktopOptions) {
    this.#options = options
    const { log, icons, mainWindow, places, preload, devTools, acts } = options
    this.#acts = {
      ...acts,
      show: () => mainWindow.show(),
      settings: () => this.showView('settings'),
      showOverlay: (overlay) => acts.changeSettings({ overlay }),
    }
    this.#tray = new TrayIcon({
      createTray: (image) => new Tray(image),
      createMenu: (template) => Menu.buildFromTemplate(template),
      createImage: () => nativeImage.createEmpty(),
      readPng: (name) => readFileSync(join(icons, name)),
      onClick: () => mainWindow.show(),
      log,
    })
    this.#overlay = new Overlay({
      createWindow: (window) => new BrowserWindow(window),
      preload,
      devTools,
      screens: () => screen.getAllDisplays(),
      cursor: () => screen.getCursorScreenPoint(),
      places,
      follows: () => options.state().settings.overlayFollows,
      contentProtected: () => options.state().settings.overlayProtected,
      onCreated: options.attach,
      onMenu: (window) => Menu.buildFromTemplate(this.#menu()).popup({ window }),
      onGrows: (grows) => options.set({ overlay: { ...options.state().overlay, grows } }),
      onGaveUp: () => {
        this.#overlayCrashed = true
        this.follow()
      },
      log,
    })
    this.#loginItem = new LoginItem({
      app,
      log,
      onOutcome: (login) => options.set({ desktop: { ...options.state().desktop, login } }),
    })
  }

  /** What the overlay's page asks for. */
  get overlay(): Pick<Overlay, 'resize' | 'drag'> {
    return this.#overlay
  }

  /** macOS began this run at login, where no argument can say so. */
  get openedAtLogin(): boolean {
    return this.#loginItem.openedAtLogin && this.#options.state().settings.startAtLogin
  }

  /** Puts everything up. To be called once, when state and main window are there. */
  start(): void {
    this.#started = true
    screen.on('display-added', this.#displaysChanged)
    screen.on('display-removed', this.#displaysChanged)
    screen.on('display-metrics-changed', this.#displaysChanged)
    nativeTheme.on('updated', this.#themeChanged)
    this.#noticed = this.#options.state()
    this.follow()
    void this.#askForTrayHost()
  }

  /** The state, a setting, the language or the window's focus has changed. */
  follow(): void {
    if (!this.#started || this.#options.ending()) return
    const { state, set } = this.#options
    const { settings, language, overlay } = state()
    const shown = overlayShown(settings, system(), this.#overlayCrashed)
    if (shown.on !== overlay.on || shown.reason !== overlay.reason || shown.movedBy !== overlay.movedBy) set({ overlay: { ...overlay, ...shown } })
    if (language !== this.#menuLanguage) {
      this.#menuLanguage = language
      Menu.setApplicationMenu(Menu.buildFromTemplate(appMenu(process.platform, this.#texts, this.#acts)))
    }
    if (settings !== this.#settings) {
      this.#settings = settings
      this.#overlay.settingsChanged()
      void this.#loginItem.follow(settings.startAtLogin)
    }
    this.#followTray()
    this.#followOverlay(shown.on)
    this.#notify()
  }

  /** Opens the main window at a view; never begins to listen. */
  showView(view: LinkedView): void {
    this.#options.set({ wanted: { view, n: ++this.#wishes } })
    this.#options.mainWindow.show()
  }

  /** Follows a link; what is not exactly one of ours is ignored. */
  openLink(link: string): void {
    const view = parseLink(link)
    // The link itself may hold anything and is not logged.
    if (view === null) this.#options.log.warn('A link that Parley does not know was ignored.')
    else this.showView(view)
  }

  /** Whether closing the window only hides it: there is a tray to come back from. */
  get keepsOnClose(): boolean {
    const { state, ending } = this.#options
    return state().settings.closeToTray && !ending() && this.#tray.present && this.#trayHost !== 'no'
  }

  /** The window was hidden; the first time that is explained. */
  windowHidden(): void {
    const { places } = this.#options
    if (process.platform === 'darwin') app.dock?.hide()
    if (!places.trayHinted) {
      places.setTrayHinted()
      this.#show(this.#texts.notifications[this.#trayHost === 'yes' ? 'goesOn' : 'goesOnWithoutTray'])
    }
    void this.#askForTrayHost()
  }

  /** The main window's focus or visibility has changed. */
  windowSeen(): void {
    if (process.platform === 'darwin' && this.#options.mainWindow.seen && app.dock?.isVisible() === false) void app.dock.show()
    this.follow()
  }

  /** Where the main window stood, on the displays there are now. */
  windowBounds(): ReturnType<typeof restored> {
    const { window } = this.#options.places
    return window === null ? null : restored(window, screen.getAllDisplays())
  }

  /** Tells a person who sees neither window nor overlay; a click shows the window. */
  notify(body: string): void {
    if (!this.#options.mainWindow.seen && !this.#overlay.showing) this.#show(body)
  }

  dispose(): void {
    this.#started = false
    screen.off('display-added', this.#displaysChanged)
    screen.off('display-removed', this.#displaysChanged)
    screen.off('display-metrics-changed', this.#displaysChanged)
    nativeTheme.off('updated', this.#themeChanged)
    this.#overlay.dispose()
    this.#tray.dispose()
  }

  get #texts(): DesktopTexts {
    return desktopTexts(this.#options.state().language)
  }

  #view(): MenuView {
    const { voice, overlay } = this.#options.state()
    return { voice, overlay: overlay.reason === 'crashed' ? null : overlay.on, personas: this.#options.personas() }
  }

  #menu(): Electron.MenuItemConstructorOptions[] {
    return trayMenu(this.#view(), this.#texts, this.#acts)
  }

  #followTray(): void {
    const { voice, language } = this.#options.state()
    this.#tray.show({
      face: trayFace(voice),
      image: trayImage({
        platform: process.platform,
        darkPanel: nativeTheme.shouldUseDarkColorsForSystemIntegratedUI,
        desktop: process.env['XDG_CURRENT_DESKTOP'] ?? '',
        scaleFactor: screen.getPrimaryDisplay().scaleFactor,
      }),
      toolTip: trayToolTip(voice, this.#texts),
      menu: this.#menu(),
      menuKey: menuKey(this.#view(), language),
    })
  }

  #followOverlay(on: boolean): void {
    if (!on) this.#overlay.close()
    else this.#overlay.show(overlayWanted(this.#options.state(), this.#options.mainWindow.focused))
  }

  #notify(): void {
    const now = this.#options.state()
    const names = newNotices(this.#noticed, now)
    this.#noticed = now
    for (const name of names) this.#say(name)
  }

  #say(name: NotificationName): void {
    this.notify(this.#texts.notifications[name])
  }

  #show(body: string): void {
    if (!Notification.isSupported()) return
    const notification = new Notification({ title: 'Parley', body })
    this.#notifications.add(notification)
    const done = (): void => {
      this.#notifications.delete(notification)
    }
    notification.on('click', () => {
      done()
      this.#options.mainWindow.show()
    })
    notification.on('close', done)
    notification.on('failed', (_event, error) => {
      done()
      this.#options.log.warn('A notification could not be shown.', error)
    })
    notification.show()
  }

  async #askForTrayHost(): Promise<void> {
    this.#trayHost = await findTrayHost(sessionBusOf(process.env))
    const { state, set } = this.#options
    const noTray = this.#trayHost === 'no' || !this.#tray.present
    if (noTray !== state().desktop.noTray) set({ desktop: { ...state().desktop, noTray } })
  }

  readonly #displaysChanged = (): void => {
    this.#overlay.displaysChanged()
    this.follow()
  }

  readonly #themeChanged = (): void => {
    this.follow()
  }
}

/** What the overlay depends on of the system. */
function system(): { wayland: boolean } {
  // Electron speaks Wayland wherever a session offers it, unless it was started with --ozone-platform=x11.
  const forced = app.commandLine.getSwitchValue('ozone-platform')
  return { wayland: process.platform === 'linux' && forced !== 'x11' && (process.env['WAYLAND_DISPLAY'] ?? '') !== '' }
}
