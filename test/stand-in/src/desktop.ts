import { notInStandIn, strictObject, StrictEmitter } from './strict.ts'
import type { Bounds } from './window-host.ts'

/** What the outside world has done and will answer; a test reads and writes it. */
export interface Outside {
  /** URLs given to `shell.openExternal`, and paths given to the other openers. */
  opened: string[]
  /** Dialogs shown, newest last. */
  dialogs: { kind: string, options: object }[]
  /** The next answers of dialogs, first one first; without one a dialog is cancelled. */
  dialogAnswers: object[]
  notifications: { title: string, body: string }[]
  /** What the desktop's appearance setting is. */
  systemDark: boolean
  display: { bounds: Bounds, workArea: Bounds, scaleFactor: number }
  cursor: { x: number, y: number }
  onBattery: boolean
  idleSeconds: number
}

export function makeOutside(): Outside {
  const bounds = { x: 0, y: 0, width: 1280, height: 900 }
  return {
    opened: [], dialogs: [], dialogAnswers: [], notifications: [], systemDark: false,
    display: { bounds, workArea: { ...bounds }, scaleFactor: 1 }, cursor: { x: 0, y: 0 }, onBattery: false, idleSeconds: 0,
  }
}

export class NativeTheme extends StrictEmitter {
  #outside: Outside
  #source: 'system' | 'light' | 'dark' = 'system'
  #apply: () => void

  constructor(outside: Outside, apply: () => void) {
    super()
    this.#outside = outside
    this.#apply = apply
  }

  get shouldUseDarkColors(): boolean { return this.#source === 'dark' || (this.#source === 'system' && this.#outside.systemDark) }
  get shouldUseDarkColorsForSystemIntegratedUI(): boolean { return this.#outside.systemDark }
  get shouldUseHighContrastColors(): boolean { return false }
  get shouldUseInvertedColorScheme(): boolean { return false }
  get shouldDifferentiateWithoutColor(): boolean { return false }
  get inForcedColorsMode(): boolean { return false }
  get prefersReducedTransparency(): boolean { return false }
  get themeSource(): 'system' | 'light' | 'dark' { return this.#source }
  set themeSource(source: 'system' | 'light' | 'dark') {
    if (!['system', 'light', 'dark'].includes(source)) throw new TypeError(`Error processing argument at index 0, conversion failure from ${String(source)}`)
    this.#change(() => { this.#source = source })
  }

  /** The desktop's own setting changes. */
  systemChanges(dark: boolean): void { this.#change(() => { this.#outside.systemDark = dark }) }

  #change(action: () => void): void {
    const before = this.shouldUseDarkColors
    action()
    this.#apply()
    if (before !== this.shouldUseDarkColors) setImmediate(() => { this.emit('updated') })
  }
}

export class PowerMonitor extends StrictEmitter {
  #outside: Outside
  constructor(outside: Outside) {
    super()
    this.#outside = outside
  }
  get onBatteryPower(): boolean { return this.#outside.onBattery }
  isOnBatteryPower(): boolean { return this.#outside.onBattery }
  getSystemIdleTime(): number { return this.#outside.idleSeconds }
  getSystemIdleState(threshold: number): 'active' | 'idle' { return this.#outside.idleSeconds >= threshold ? 'idle' : 'active' }
  getCurrentThermalState(): 'unknown' { return 'unknown' }
}

export class Screen extends StrictEmitter {
  #outside: Outside
  #isReady: () => boolean
  constructor(outside: Outside, isReady: () => boolean) {
    super()
    this.#outside = outside
    this.#isReady = isReady
  }
  getPrimaryDisplay(): object {
    if (!this.#isReady()) throw new Error("The 'screen' module can't be used before the app 'ready' event")
    const { bounds, workArea, scaleFactor } = this.#outside.display
    return {
      id: 1, label: 'Display', bounds: { ...bounds }, workArea: { ...workArea }, scaleFactor, rotation: 0, internal: false, detected: true,
      size: { width: bounds.width, height: bounds.height }, workAreaSize: { width: workArea.width, height: workArea.height },
      colorDepth: 24, colorSpace: '', depthPerComponent: 8, displayFrequency: 60, monochrome: false,
      accelerometerSupport: 'unknown', touchSupport: 'unknown', maximumCursorSize: { width: 64, height: 64 }, nativeOrigin: { x: 0, y: 0 },
    }
  }
  getAllDisplays(): object[] { return [this.getPrimaryDisplay()] }
  getDisplayNearestPoint(): object { return this.getPrimaryDisplay() }
  getDisplayMatching(): object { return this.getPrimaryDisplay() }
  getCursorScreenPoint(): { x: number, y: number } { return { ...this.#outside.cursor } }
  dipToScreenPoint<T>(point: T): T { return point }
  screenToDipPoint<T>(point: T): T { return point }
}

export function makeShell(outside: Outside): Pick<Electron.Shell, 'openExternal' | 'openPath' | 'showItemInFolder' | 'beep'> {
  return strictObject('shell', {
    openExternal: (url: string) => {
      if (typeof url !== 'string' || !URL.canParse(url)) return Promise.reject(new TypeError('Invalid URL'))
      outside.opened.push(url)
      return Promise.resolve()
    },
    openPath: (path: string) => {
      outside.opened.push(path)
      return Promise.resolve('')
    },
    showItemInFolder: (path: string) => { outside.opened.push(path) },
    beep: () => undefined,
  })
}

/** `clipboard` of 44 and later: every method is async but `clear`. A text clipboard is all this app needs. */
export function makeClipboard(): object {
  let text = ''
  return strictObject('clipboard', {
    readText: () => Promise.resolve(text),
    writeText: (value: string) => {
      text = String(value)
      return Promise.resolve()
    },
    clear: () => { text = '' },
  })
}

export function makeDialog(outside: Outside): object {
  const split = (args: unknown[]): object => (args.length > 1 ? args[1] : args[0]) as object
  const answer = <T extends object>(kind: string, args: unknown[], none: T): Promise<T> => {
    outside.dialogs.push({ kind, options: split(args) })
    return Promise.resolve({ ...none, ...outside.dialogAnswers.shift() })
  }
  const sync = (name: string) => (): never => { throw notInStandIn(`dialog.${name}, which would stop the whole app,`) }
  return strictObject('dialog', {
    showMessageBox: (...args: unknown[]) => answer('messageBox', args, { response: (split(args) as { cancelId?: number }).cancelId ?? 0, checkboxChecked: false }),
    showOpenDialog: (...args: unknown[]) => answer('open', args, { canceled: true, filePaths: [] as string[] }),
    showSaveDialog: (...args: unknown[]) => answer('save', args, { canceled: true, filePath: '' }),
    showErrorBox: (title: string, content: string) => {
      outside.dialogs.push({ kind: 'error', options: { title, content } })
      console.error(`${title}\n${content}`)
    },
    showMessageBoxSync: sync('showMessageBoxSync'), showOpenDialogSync: sync('showOpenDialogSync'), showSaveDialogSync: sync('showSaveDialogSync'),
  })
}

export function makeNotificationClass(outside: Outside): unknown {
  return class Notification extends StrictEmitter {
    static isSupported(): boolean { return true }
    title: string
    body: string
    constructor(options: { title?: string, body?: string } = {}) {
      super()
      this.title = options.title ?? ''
      this.body = options.body ?? ''
    }
    show(): void {
      outside.notifications.push({ title: this.title, body: this.body })
      setImmediate(() => { this.emit('show') })
    }
    close(): void { setImmediate(() => { this.emit('close') }) }
  }
}

/** macOS and Windows have more; on Linux these methods are absent, which is what an app must be ready for. */
export function makeSystemPreferences(): object {
  const animation = { shouldRenderRichAnimation: true, scrollAnimationsEnabledBySystem: true, prefersReducedMotion: false }
  return strictObject('systemPreferences', Object.assign(new StrictEmitter(), {
    getAnimationSettings: () => animation, getMediaAccessStatus: undefined, askForMediaAccess: undefined, getAccentColor: () => '3584e4ff',
    getUserDefault: undefined, isTrustedAccessibilityClient: undefined, canPromptTouchID: undefined, effectiveAppearance: undefined, getSystemColor: undefined,
  }))
}
