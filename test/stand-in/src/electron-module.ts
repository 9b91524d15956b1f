import { App } from './app.ts'
import { BrowserWindow, setWindowSystem } from './browser-window.ts'
import { makeControl, type StandInControl } from './control.ts'
import { makeClipboard, makeNet, makeOutside, makeShell, makeSystemPreferences } from './desktop.ts'
import { makeDialog } from './dialog.ts'
import { Engine } from './engine.ts'
import { GlobalShortcut } from './global-shortcut.ts'
import { ipcMain } from './ipc.ts'
import { Menu, MenuItem, setMenuSystem } from './menu.ts'
import { nativeImage } from './native-image.ts'
import { NativeTheme } from './native-theme.ts'
import { makeNotificationClass } from './notification.ts'
import { MessageChannelMain } from './ports.ts'
import { makePowerSaveBlocker, PowerMonitor } from './power.ts'
import { ProtocolHandlers } from './protocol.ts'
import { makeSafeStorage } from './safe-storage.ts'
import { Screen } from './screen.ts'
import { Session } from './session.ts'
import { afterReady, makeEvent, notInStandIn, strictObject } from './strict.ts'
import { setTraySystem, Tray } from './tray.ts'
import { WebContents } from './web-contents.ts'
import { WebFrameMain } from './web-frame-main.ts'

export interface StandIn {
  app: App
  /** What `require('electron')` gives to the app. */
  module: object
  control: StandInControl
  /** Starts Chromium and tells the app that it may begin. */
  begin(): Promise<void>
}

/** Puts the whole of the stand-in together for one app. */
export function makeStandIn(options: {
  appPath: string
  package: { name?: string, productName?: string, version?: string, main?: string }
  switches: Map<string, string>
  executable: string
  debuggingPort: string | undefined
}): StandIn {
  const app = new App(options)
  const outside = makeOutside()
  const isReady = (): boolean => app.isReady()
  const protocol = new ProtocolHandlers(realReady(app))
  let engine: Engine | null = null
  const running = (): Engine => {
    if (!engine) throw new Error('Session can only be received when app is ready')
    return engine
  }
  const session = new Session({ browser: () => running().browser, protocol: protocol.api })
  const theme = new NativeTheme(() => { for (const contents of WebContents.getAllWebContents()) contents.updateMedia() })
  const power = new PowerMonitor(outside)
  const powerSave = makePowerSaveBlocker(isReady)
  const screen = new Screen(outside)
  const dialog = makeDialog({ isReady, isWindow: (value) => value instanceof BrowserWindow })
  const notifications = makeNotificationClass(isReady)
  const safe = makeSafeStorage({ isReady, userData: () => app.getPath('userData') })
  const shortcuts = new GlobalShortcut(isReady)
  const contentsOf = (frameId: string): WebContents | undefined => WebContents.getAllWebContents().find((item) => item.page?.frames.has(frameId))

  setWindowSystem({
    app, session,
    create: (claim) => running().createWindow(claim),
    processFields: () => ({
      type: 'renderer', sandboxed: true, contextIsolated: true, isMainFrame: true, platform: process.platform, arch: process.arch,
      versions: { ...process.versions }, env: { ...process.env }, execPath: options.executable, pid: process.pid, defaultApp: true,
    }),
    mediaFeatures: () => theme.mediaFeatures(),
    workArea: () => screen.getPrimaryDisplay().workArea,
    closePage: (page) => running().closePage(page),
  })
  setMenuSystem({
    app, windows: () => BrowserWindow.getAllWindows(), focusedWindow: () => BrowserWindow.getFocusedWindow(), focusedContents: () => WebContents.getFocusedWebContents() ?? BrowserWindow.getFocusedWindow()?.webContents ?? null,
  })
  setTraySystem({ isReady })
  app.setHooks({
    windows: () => BrowserWindow.getAllWindows(),
    shutDown: (exitCode) => {
      process.exitCode = exitCode
      void (engine?.end() ?? Promise.resolve()).finally(() => { process.exit(exitCode) })
    },
  })

  const sessionModule = strictObject('session', {
    get defaultSession(): Session {
      if (!isReady() && !engine) throw new Error('Session can only be received when app is ready')
      return session
    },
    fromPartition: (partition: string): Session => {
      if (partition !== '') throw notInStandIn(`session.fromPartition(${JSON.stringify(partition)})`)
      return session
    },
    fromPath: (): never => { throw notInStandIn('session.fromPath') },
  })
  const missing: PropertyDescriptorMap = {}
  for (const name of ['autoUpdater', 'BaseWindow', 'BrowserView', 'contentTracing', 'crashReporter', 'desktopCapturer', 'inAppPurchase', 'ImageView',
    'netLog', 'parentPort', 'pushNotifications', 'ServiceWorkerMain', 'ShareMenu', 'sharedTexture', 'TouchBar', 'utilityProcess', 'View',
    'WebContentsView', 'webFrameMain', 'contextBridge', 'ipcRenderer', 'webFrame', 'webUtils']) {
    missing[name] = { get: () => { throw notInStandIn(`electron.${name}`) }, enumerable: false }
  }
  const control = makeControl({ app, outside, theme, power, powerSave, screen, dialogs: dialog.control, notifications: notifications.control, safe: safe.control, session, shortcuts, engine: running })
  const module = Object.defineProperties({
    app, BrowserWindow, ipcMain, Menu, MenuItem, MessageChannelMain, nativeImage, nativeTheme: theme, powerMonitor: power,
    protocol: protocol.api, safeStorage: safe.api, powerSaveBlocker: powerSave.api, net: makeNet(outside),
    screen: afterReady(screen, isReady, "The 'screen' module can't be used before the app 'ready' event"), session: sessionModule, Session, shell: makeShell(outside),
    systemPreferences: makeSystemPreferences(), Tray, WebContents, webContents: strictObject('webContents', {
      getAllWebContents: () => WebContents.getAllWebContents(), getFocusedWebContents: () => WebContents.getFocusedWebContents(),
      fromId: (id: number) => WebContents.fromId(id), fromDevToolsTargetId: (id: string) => WebContents.fromDevToolsTargetId(id),
      fromFrame: (frame: WebFrameMain) => WebContents.fromFrame(frame),
    }),
    WebFrameMain, clipboard: makeClipboard(), dialog: dialog.api, Notification: notifications.Notification, globalShortcut: shortcuts,
  }, { ...missing, __standIn: { value: control, enumerable: false } })

  return {
    app, module, control,
    async begin() {
      const extraFlags = chromiumFlags(options.switches)
      engine = new Engine({
        env: process.env, debuggingPort: options.debuggingPort, extraFlags, protocol, contentsOf,
        prepareOrigin: (origin) => session.permissions.prepare(origin),
        pageGone: (targetId) => {
          BrowserWindow.fromWebContents(WebContents.fromDevToolsTargetId(targetId))?.pageGone()
        },
        lost: () => {
          process.stderr.write('Chromium ended by itself; the stand-in ends with it.\n')
          process.exit(1)
        },
      })
      await engine.start()
      // As macOS tells of the link that started the app: before it is ready.
      const link = process.env['PARLEY_STAND_IN_OPEN_URL']
      if (link) app.emit('open-url', makeEvent({}), link)
      app.becomeReady()
      engine.chromium.announce()
    },
  }
}

/** Playwright's loader replaces `app.isReady`; APIs that must precede or follow `ready` go by the real state. */
function realReady(app: App): () => boolean { return app.isReady.bind(app) }

/** Switches that the app (or Playwright's loader) appended; feature lists are dropped, the stand-in has its own. */
function chromiumFlags(switches: Map<string, string>): string[] {
  const passed = ['lang', 'use-fake-device-for-media-stream', 'use-fake-ui-for-media-stream', 'use-file-for-fake-audio-capture', 'force-device-scale-factor', 'force-color-profile', 'disable-ipc-flooding-protection', 'proxy-server', 'host-resolver-rules']
  return [...switches].filter(([name]) => passed.includes(name)).map(([name, value]) => value === '' ? `--${name}` : `--${name}=${value}`)
}
