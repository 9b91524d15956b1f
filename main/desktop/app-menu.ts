import type { MenuItemConstructorOptions } from 'electron'
import type { DesktopTexts, MenuRole } from './texts.ts'

/** What the menu bar's own items do; all others are the system's roles. */
export interface AppMenuActs {
  show(): void
  settings(): void
  quit(): void
}

/**
 * The menu bar: on macOS at the top of the screen, elsewhere hidden in the window, where it still
 * gives the keys for copying, zooming and closing. It names no reload and no developer tools.
 */
export function appMenu(platform: NodeJS.Platform, texts: DesktopTexts, acts: AppMenuActs): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin'
  const role = (name: MenuRole): MenuItemConstructorOptions => ({ role: name, label: texts.roles[name] })
  const line: MenuItemConstructorOptions = { type: 'separator' }
  const settings: MenuItemConstructorOptions = { label: texts.settings, accelerator: 'CommandOrControl+,', click: () => acts.settings() }
  const quit: MenuItemConstructorOptions = { label: texts.quit, accelerator: 'CommandOrControl+Q', click: () => acts.quit() }
  const show: MenuItemConstructorOptions = { label: texts.show, click: () => acts.show() }
  return [
    {
      label: 'Parley',
      submenu: mac
        ? [role('about'), line, settings, line, role('hide'), role('hideOthers'), role('unhide'), line, quit]
        : [settings, role('close'), line, quit],
    },
    { label: texts.edit, submenu: [role('undo'), role('redo'), line, role('cut'), role('copy'), role('paste'), role('selectAll')] },
    { label: texts.view, submenu: [role('resetZoom'), role('zoomIn'), role('zoomOut'), line, role('togglefullscreen')] },
    { label: texts.window, submenu: [show, role('minimize'), ...(mac ? [role('close'), line, role('front')] : [])] },
  ]
}
