import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { findApiUse, type ApiUse } from './api-use.ts'
import { root } from './harness.ts'
import { makeStandIn } from './src/electron-module.ts'
import { NativeImage } from './src/native-image.ts'
import { MessagePortMain } from './src/ports.ts'
import { Session } from './src/session.ts'
import { WebContents } from './src/web-contents.ts'
import { WebFrameMain } from './src/web-frame-main.ts'

const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as { config: { compilerOptions: object } }
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)

// Nothing is started: the module as an app would get it.
const standIn = makeStandIn({ appPath: root, package: {}, switches: new Map(), executable: '', debuggingPort: undefined })
const module = standIn.module as Record<string, object>
standIn.app.becomeReady()
const made = (name: string, ...args: unknown[]): object => new (module[name] as unknown as new (...args: unknown[]) => object)(...args)
const prototype = (name: string): object => (module[name] as unknown as { prototype: object }).prototype
const objects: Record<string, object> = {
  App: module['app'] as object, BrowserWindow: prototype('BrowserWindow'), CommandLine: (module['app'] as { commandLine: object }).commandLine, Clipboard: module['clipboard'] as object,
  Dialog: module['dialog'] as object, GlobalShortcut: module['globalShortcut'] as object, IpcMain: module['ipcMain'] as object, Menu: prototype('Menu'), MenuItem: made('MenuItem', { label: 'x' }), Net: module['net'] as object, MessagePortMain: MessagePortMain.prototype,
  NativeImage: NativeImage.prototype, NativeTheme: module['nativeTheme'] as object, Notification: made('Notification'),
  PowerMonitor: module['powerMonitor'] as object, PowerSaveBlocker: module['powerSaveBlocker'] as object, Protocol: module['protocol'] as object, SafeStorage: module['safeStorage'] as object, Screen: module['screen'] as object,
  Session: Session.prototype, Shell: module['shell'] as object, SystemPreferences: module['systemPreferences'] as object, Tray: prototype('Tray'), WebContents: WebContents.prototype, WebFrameMain: WebFrameMain.prototype,
}
const statics: Record<string, object> = {
  BrowserWindow: module['BrowserWindow'] as object, Menu: module['Menu'] as object, Notification: module['Notification'] as object, Session: module['session'] as object,
  NativeImage: module['nativeImage'] as object, WebContents: module['webContents'] as object, Tray: module['Tray'] as object,
}
/** Of the preload's modules, whose code runs in pages only. */
const preload: Record<string, string[]> = {
  ContextBridge: ['exposeInMainWorld'], IpcRenderer: ['send', 'invoke', 'sendSync', 'postMessage', 'on', 'once', 'off', 'addListener', 'removeListener', 'removeAllListeners'],
  WebFrame: ['getZoomFactor'],
}

/** Fields that only an instance has, or that belong to a value which Electron hands out. */
const instanceFields = ['webContents', 'id', 'ipc', 'session', 'protocol', 'port1', 'port2', 'items']

/** What is wrong with a use, or null. */
function complaint({ owner, member, isStatic, isMethod, name, deprecated, where }: ApiUse): string | null {
  if (deprecated !== null) return `${name} is deprecated (${deprecated}) at ${where}`
  // macOS alone has one; elsewhere `app.dock` is undefined, as on the stand-in.
  if (owner === 'Dock') return null
  // Node's own object, to which electron.d.ts adds.
  if (owner === 'Process') return null
  if (owner in preload) return preload[owner]?.includes(member) ? null : `${name} is not in the stand-in's preload, at ${where}`
  const target = isStatic ? statics[owner] : objects[owner]
  if (target) {
    if (instanceFields.includes(member)) return null
    try {
      return member in target || Reflect.get(target, member) !== undefined ? null : `${name} is not in the stand-in, at ${where}`
    } catch {
      return `${name} is not in the stand-in, at ${where}`
    }
  }
  // Options, events and other plain data have no methods but these.
  return isMethod && !['preventDefault', 'reply'].includes(member) ? `${owner} is not in the stand-in (${member}), at ${where}` : null
}

test('main and preload use nothing of Electron that is deprecated in the pinned version or missing in the stand-in', () => {
  const files = ['main', 'preload'].flatMap((folder) => ts.sys.readDirectory(join(root, folder), ['.ts']))
  const uses = findApiUse(files, options)
  expect(uses.map(complaint).filter((item) => item !== null)).toEqual([])
  expect(uses.map((use) => use.name)).toEqual(expect.arrayContaining(['App.whenReady', 'IpcRenderer.on']))
})

test('the scan can fail: deprecated, missing and unknown uses are found', () => {
  const folder = mkdtempSync(join(root, 'node_modules', '.api-use-'))
  // Beside the packages, where the import of electron is found and nobody else looks.
  const file = join(folder, 'bad.ts')
  try {
    writeFileSync(file, `
      import { app, BrowserWindow, autoUpdater, protocol, safeStorage, session } from 'electron'
      import type { Protocol } from 'electron'
      const { encryptString } = safeStorage
      protocol.registerFileProtocol('x', () => undefined)
      autoUpdater.quitAndInstall()
      new BrowserWindow({ width: 1 }).setThumbarButtons([])
      void session.defaultSession.cookies.get({})
      void app.whenReady().then(() => encryptString('x'))
      export const use = (given: Pick<Protocol, 'handle' | 'registerStringProtocol'>) => { given.registerStringProtocol('y', () => undefined) }
    `)
    const complaints = findApiUse([file], options).map(complaint).filter((item) => item !== null).map((item) => item.replace(/,? (at |\().*$/s, ''))
    expect(complaints.toSorted()).toEqual([
      'AutoUpdater is not in the stand-in', 'BrowserWindow.setThumbarButtons is not in the stand-in', 'Cookies is not in the stand-in',
      'Protocol.registerFileProtocol is deprecated', 'Protocol.registerStringProtocol is deprecated', 'SafeStorage.encryptString is deprecated', 'Session.cookies is not in the stand-in',
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
