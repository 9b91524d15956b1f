import { conversionFailure } from './native-image.ts'
import type { Monitor } from './screen.ts'
import { strictObject, StrictEmitter } from './strict.ts'

/** What the outside world has done and will answer; a test reads and writes it. */
export interface Outside {
  /** URLs given to `shell.openExternal`, and paths given to the other openers. */
  opened: string[]
  /** Why the desktop opens nothing now; null: it opens everything. */
  openFails: string | null
  /** The monitors, the primary one first. `__standIn.setDisplays` changes them so that the app hears of it. */
  displays: Monitor[]
  cursor: { x: number, y: number }
  onBattery: boolean
  idleSeconds: number
  locked: boolean
  online: boolean
}

export function makeOutside(): Outside {
  return {
    opened: [], openFails: null, displays: [{ id: 1, bounds: { x: 0, y: 0, width: 1280, height: 900 } }],
    cursor: { x: 0, y: 0 }, onBattery: false, idleSeconds: 0, locked: false, online: true,
  }
}

export function makeShell(outside: Outside): Pick<Electron.Shell, 'openExternal' | 'openPath' | 'showItemInFolder' | 'beep'> {
  const text = (value: unknown): void => { if (typeof value !== 'string') throw conversionFailure(value) }
  return strictObject('shell', {
    openExternal: (url: string) => {
      if (typeof url !== 'string' || !URL.canParse(url)) return Promise.reject(new TypeError('Invalid URL'))
      if (outside.openFails !== null) return Promise.reject(new Error(outside.openFails))
      outside.opened.push(url)
      return Promise.resolve()
    },
    openPath: (path: string) => {
      text(path)
      if (outside.openFails !== null) return Promise.resolve(outside.openFails)
      outside.opened.push(path)
      return Promise.resolve('')
    },
    showItemInFolder: (path: string) => {
      text(path)
      outside.opened.push(path)
    },
    beep: () => undefined,
  })
}

/** `net` without its requests: the app's traffic goes another way. */
export function makeNet(outside: Outside): Pick<Electron.Net, 'isOnline' | 'online'> {
  return strictObject('net', {
    isOnline: () => outside.online,
    get online() { return outside.online },
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

/** macOS and Windows have more; on Linux these methods are absent, which is what an app must be ready for. */
export function makeSystemPreferences(): object {
  const animation = { shouldRenderRichAnimation: true, scrollAnimationsEnabledBySystem: true, prefersReducedMotion: false }
  return strictObject('systemPreferences', Object.assign(new StrictEmitter(), {
    getAnimationSettings: () => animation, getMediaAccessStatus: undefined, askForMediaAccess: undefined, getAccentColor: () => '3584e4ff',
    getUserDefault: undefined, isTrustedAccessibilityClient: undefined, canPromptTouchID: undefined, effectiveAppearance: undefined, getSystemColor: undefined,
  }))
}
