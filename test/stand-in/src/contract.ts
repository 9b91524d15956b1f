/**
 * Holds the stand-in to the pinned electron.d.ts: `tsc` breaks here when a name disappears from it, when a method
 * of the stand-in would refuse what Electron's takes, or when a plain answer has another type.
 */
import type { App } from './app.ts'
import type { BrowserWindow } from './browser-window.ts'
import type { GlobalShortcut } from './global-shortcut.ts'
import type { IpcMainImpl } from './ipc.ts'
import type { Menu, MenuItem } from './menu.ts'
import type { NativeImage } from './native-image.ts'
import type { NativeTheme } from './native-theme.ts'
import type { MessagePortMain } from './ports.ts'
import type { PowerMonitor } from './power.ts'
import type { ProtocolHandlers } from './protocol.ts'
import type { Screen } from './screen.ts'
import type { Session } from './session.ts'
import type { Tray } from './tray.ts'
import type { WebContents } from './web-contents.ts'
import type { WebFrameMain } from './web-frame-main.ts'
import type * as Pinned from 'electron'
import type { EventEmitter } from 'node:events'

type Anything = (...args: never[]) => unknown
type Plain = string | number | boolean | null | undefined | void | number[] | Promise<string> | Promise<boolean> | Promise<void>

/** Names of ours that Electron does not have; `Own` are the stand-in's inner ones. */
type Unknown<Mine, Theirs, Own> = Exclude<keyof Mine, keyof Theirs | keyof EventEmitter | Own>

/** Methods of ours that do not take what Electron's take, or that answer plainly with another type. */
type Different<Mine, Theirs, Own> = {
  [K in Exclude<keyof Mine & keyof Theirs, keyof EventEmitter | Own>]: Mine[K] extends Anything
    ? Theirs[K] extends Anything ? Takes<Mine[K], Theirs[K]> extends true ? Answers<Mine[K], Theirs[K]> extends true ? never : K : K : K
    : never
}[Exclude<keyof Mine & keyof Theirs, keyof EventEmitter | Own>]
type Takes<Mine extends Anything, Theirs extends Anything> = ((...args: Parameters<Mine>) => void) extends ((...args: Parameters<Theirs>) => void) ? true : false
type Answers<Mine extends Anything, Theirs extends Anything> = ReturnType<Theirs> extends Plain
  ? ReturnType<Theirs> extends void ? true : ReturnType<Mine> extends ReturnType<Theirs> ? true : false
  : true

type Fits<Mine, Theirs, Own extends string = never> = [Unknown<Mine, Theirs, Own> | Different<Mine, Theirs, Own>] extends [never] ? true : { unknown: Unknown<Mine, Theirs, Own>, different: Different<Mine, Theirs, Own> }

/**
 * One entry for every class and object that the app may hold, with the names left out: the stand-in's own, and the methods whose
 * callback or argument is an object that the stand-in makes itself.
 */
export const contract: {
  app: Fits<App, Pinned.App, 'standInDesktop' | 'startedAgain' | 'hide' | 'show' | 'isHidden' | 'setActivationPolicy' | 'setHooks' | 'sandboxed' | 'becomeReady' | 'closeCancelled' | 'allWindowsClosed'>
  browserWindow: Fits<BrowserWindow, Pinned.BrowserWindow, 'pageGone' | 'setMenu' | 'standInTraits' | 'standInState' | 'standInCloses' | 'lostFocus'>
  globalShortcut: Fits<GlobalShortcut, Pinned.GlobalShortcut, 'taken' | 'press'>
  ipcMain: Fits<IpcMainImpl, Pinned.IpcMain, 'handlerFor' | 'handle' | 'handleOnce'>
  menu: Fits<Menu, Pinned.Menu, 'append' | 'insert' | 'popup' | 'willShow' | 'radioGroup'>
  menuItem: Fits<MenuItem, Pinned.MenuItem, 'click' | 'acceleratorWorksWhenHidden'>
  messagePort: Fits<MessagePortMain, Pinned.MessagePortMain>
  nativeImage: Fits<NativeImage, Pinned.NativeImage, 'standInState'>
  nativeTheme: Fits<NativeTheme, Pinned.NativeTheme, 'systemChanges' | 'mediaFeatures'>
  powerMonitor: Fits<PowerMonitor, Pinned.PowerMonitor>
  protocol: Fits<ProtocolHandlers['api'], Pinned.Protocol>
  screen: Fits<Screen, Pinned.Screen, 'displaysChange'>
  session: Fits<Session, Pinned.Session, 'permissions' | 'proxy' | 'setPermissionCheckHandler' | 'setPermissionRequestHandler'>
  tray: Fits<Tray, Pinned.Tray, 'standInState' | 'clicked' | 'setImage' | 'setPressedImage' | 'setContextMenu' | 'popUpContextMenu'>
  webContents: Fits<WebContents, Pinned.WebContents, 'page' | 'attach' | 'losePage' | 'detach' | 'mayNavigate' | 'noteFailure' | 'noteStatus' | 'opened' | 'updateMedia' | 'setVisibility' | 'setProcessId' | 'applyZoom' | 'isZoomed' | 'isWaitingForResponse' | 'setWindowOpenHandler'>
  webFrame: Fits<WebFrameMain, Pinned.WebFrameMain, 'host' | 'detach'>
} = {
  app: true, browserWindow: true, globalShortcut: true, ipcMain: true, menu: true, menuItem: true, messagePort: true, nativeImage: true, nativeTheme: true,
  powerMonitor: true, protocol: true, screen: true, session: true, tray: true, webContents: true, webFrame: true,
}
