import type { App } from './app.ts'
import type { NativeTheme, Outside, PowerMonitor } from './desktop.ts'
import type { Engine } from './engine.ts'
import type { GlobalShortcut } from './global-shortcut.ts'
import { poppedUp, Tray } from './menu.ts'
import type { SafeStorageControl } from './safe-storage.ts'
import type { Session } from './session.ts'
import { makeEvent } from './strict.ts'
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
  /** The machine sleeps, wakes, locks, …: any event of `powerMonitor`. */
  power(event: 'suspend' | 'resume' | 'lock-screen' | 'unlock-screen' | 'shutdown' | 'on-ac' | 'on-battery'): void
  /** The app is started once more: what `second-instance` carries. */
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
  /** The tray icons that exist: tool tip, and the labels of the menu. */
  trays(): { toolTip: string, title: string, items: string[] }[]
  clickTray(index?: number): void
  /** Picks an item of a tray's menu, or of the newest pop-up menu, by its label. */
  pickTrayItem(label: string, index?: number): boolean
  pickPopupItem(label: string): boolean
}

export function makeControl(parts: {
  app: App, outside: Outside, theme: NativeTheme, power: PowerMonitor, safe: SafeStorageControl, session: Session, shortcuts: GlobalShortcut, engine(): Engine
}): StandInControl {
  const { app, outside, theme, power, safe, session, shortcuts } = parts
  const contents = (id: number): WebContents => {
    const found = WebContents.fromId(id)
    if (!found) throw new Error(`There are no contents with the id ${id}`)
    return found
  }
  return {
    present: true, outside, safeStorage: safe, system: session.permissions.system, takenShortcuts: shortcuts.taken,
    setProxy(proxy) { session.proxy = proxy },
    setSystemDark(dark) { theme.systemChanges(dark) },
    power(event) {
      if (event === 'on-battery' || event === 'on-ac') outside.onBattery = event === 'on-battery'
      power.emit(event, makeEvent({}))
    },
    secondInstance(argv, additionalData = {}, cwd = process.cwd()) { app.emit('second-instance', makeEvent({}), argv, cwd, additionalData) },
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
    trays: () => Tray.all.map(({ standInState: { toolTip, title, menu } }) => ({ toolTip, title, items: menu?.items.map((item) => item.label) ?? [] })),
    clickTray(index = 0) { Tray.all[index]?.emit('click', makeEvent({}), { x: 0, y: 0, width: 16, height: 16 }, { x: 0, y: 0 }) },
    pickTrayItem(label, index = 0) {
      const item = Tray.all[index]?.standInState.menu?.items.find((entry) => entry.label === label)
      item?.click()
      return item !== undefined
    },
    pickPopupItem(label) {
      const item = poppedUp.at(-1)?.items.find((entry) => entry.label === label)
      item?.click()
      return item !== undefined
    },
  }
}
