import type { App } from './app.ts'
import type { BrowserWindow } from './browser-window.ts'
import type { WebContents } from './web-contents.ts'

/** What menus need from the running stand-in. */
export interface MenuSystem {
  app: App
  windows(): BrowserWindow[]
  focusedWindow(): BrowserWindow | null
  focusedContents(): WebContents | null
}

interface Role {
  label: string | ((appName: string) => string)
  accelerator?: string
  /** On Linux the role is carried out by one of these; without one the item's own `click` is called. */
  app?: (app: App) => void
  window?: (window: BrowserWindow) => void
  contents?: (contents: WebContents) => void
  submenu?: Electron.MenuItemConstructorOptions[]
}

const separator = { type: 'separator' } as const

/**
 * The roles as they are on Linux: names, keys and what they do
 * (https://www.electronjs.org/docs/latest/api/menu-item#roles). A role given to an item replaces its `click`.
 */
const roles: Record<string, Role> = {
  about: { label: 'About', app: (app) => { app.showAboutPanel() } },
  quit: { label: 'Quit', accelerator: 'CommandOrControl+Q', app: (app) => { app.quit() } },
  close: { label: 'Close', accelerator: 'CommandOrControl+W', window: (window) => { window.close() } },
  minimize: { label: 'Minimize', accelerator: 'CommandOrControl+M', window: (window) => { window.minimize() } },
  togglefullscreen: { label: 'Toggle Full Screen', accelerator: 'F11', window: (window) => { window.setFullScreen(!window.isFullScreen()) } },
  reload: { label: 'Reload', accelerator: 'CmdOrCtrl+R', window: (window) => { window.reload() } },
  forcereload: { label: 'Force Reload', accelerator: 'Shift+CmdOrCtrl+R', window: (window) => { window.webContents.reloadIgnoringCache() } },
  undo: { label: 'Undo', accelerator: 'CommandOrControl+Z', contents: (contents) => { contents.undo() } },
  redo: { label: 'Redo', accelerator: 'Shift+CommandOrControl+Z', contents: (contents) => { contents.redo() } },
  cut: { label: 'Cut', accelerator: 'CommandOrControl+X', contents: (contents) => { contents.cut() } },
  copy: { label: 'Copy', accelerator: 'CommandOrControl+C', contents: (contents) => { contents.copy() } },
  paste: { label: 'Paste', accelerator: 'CommandOrControl+V', contents: (contents) => { contents.paste() } },
  pasteandmatchstyle: { label: 'Paste and Match Style', accelerator: 'Shift+CommandOrControl+V', contents: (contents) => { contents.pasteAndMatchStyle() } },
  delete: { label: 'Delete', contents: (contents) => { contents.delete() } },
  selectall: { label: 'Select All', accelerator: 'CommandOrControl+A', contents: (contents) => { contents.selectAll() } },
  resetzoom: { label: 'Actual Size', accelerator: 'CommandOrControl+0', contents: (contents) => { contents.setZoomLevel(0) } },
  zoomin: { label: 'Zoom In', accelerator: 'CommandOrControl+Plus', contents: (contents) => { contents.setZoomLevel(contents.getZoomLevel() + 0.5) } },
  zoomout: { label: 'Zoom Out', accelerator: 'CommandOrControl+-', contents: (contents) => { contents.setZoomLevel(contents.getZoomLevel() - 0.5) } },
  toggledevtools: { label: 'Toggle Developer Tools', accelerator: 'Ctrl+Shift+I', contents: (contents) => { contents.toggleDevTools() } },
  window: { label: 'Window' }, help: { label: 'Help' }, services: { label: 'Services' }, zoom: { label: 'Zoom' }, front: { label: 'Bring All to Front' },
  hide: { label: (name) => `Hide ${name}`, accelerator: 'Command+H' }, hideothers: { label: 'Hide Others', accelerator: 'Command+Alt+H' }, unhide: { label: 'Show All' },
  startspeaking: { label: 'Start Speaking' }, stopspeaking: { label: 'Stop Speaking' },
  appmenu: {
    label: (name) => name,
    submenu: [{ role: 'about' }, separator, { role: 'services' }, separator, { role: 'hide' }, { role: 'hideOthers' }, { role: 'unhide' }, separator, { role: 'quit' }],
  },
  filemenu: { label: 'File', submenu: [{ role: 'quit' }] },
  editmenu: { label: 'Edit', submenu: [{ role: 'undo' }, { role: 'redo' }, separator, { role: 'cut' }, { role: 'copy' }, { role: 'paste' }, { role: 'delete' }, separator, { role: 'selectAll' }] },
  viewmenu: {
    label: 'View',
    submenu: [{ role: 'reload' }, { role: 'forceReload' }, { role: 'toggleDevTools' }, separator, { role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, separator, { role: 'togglefullscreen' }],
  },
  windowmenu: { label: 'Window', submenu: [{ role: 'minimize' }, { role: 'zoom' }, { role: 'close' }] },
}

/** A role by its name in any case; undefined for none or one that Electron does not know, which it ignores. */
export function roleOf(name: string | undefined): Role | undefined {
  return name !== undefined && Object.hasOwn(roles, name.toLowerCase()) ? roles[name.toLowerCase()] : undefined
}

/** Carries a role out on what has the focus; false where the item's own `click` is to be called. */
export function carryOut(role: Role | undefined, system: MenuSystem | null): boolean {
  if (!role || !system) return false
  if (role.app) {
    role.app(system.app)
    return true
  }
  const window = system.focusedWindow()
  if (role.window && window) {
    role.window(window)
    return true
  }
  const contents = system.focusedContents()
  if (role.contents && contents) {
    role.contents(contents)
    return true
  }
  return false
}
