import { conversionFailure } from './native-image.ts'
import { StrictEmitter } from './strict.ts'

/** How the app stands with the desktop; a test reads and writes it. */
export interface DesktopState {
  /** Schemes whose links the app has asked to open. */
  readonly protocols: Set<string>
  /** The desktop does not let itself be told (no `xdg-settings`, no desktop file). */
  protocolsRefused: boolean
  /** Of Windows alone; empty where the app has set none. */
  appUserModelId: string
  badgeCount: number
}

/**
 * What `app` has to do with the desktop around it, as on Linux (https://www.electronjs.org/docs/latest/api/app): login items
 * are for macOS and Windows and change nothing, what only macOS has is absent, so that an app which forgets to ask fails.
 */
export class AppDesktop extends StrictEmitter {
  readonly dock = undefined
  readonly hide = undefined
  readonly show = undefined
  readonly isHidden = undefined
  readonly setActivationPolicy = undefined
  readonly #state: DesktopState = { protocols: new Set(), protocolsRefused: false, appUserModelId: '', badgeCount: 0 }

  get standInDesktop(): DesktopState { return this.#state }

  setAppUserModelId(id: string): void {
    if (typeof id !== 'string') throw conversionFailure(id)
    this.#state.appUserModelId = id
  }

  setAsDefaultProtocolClient(protocol: string): boolean {
    if (!scheme(protocol) || this.#state.protocolsRefused) return false
    this.#state.protocols.add(protocol)
    return true
  }
  isDefaultProtocolClient(protocol: string): boolean { return scheme(protocol) && this.#state.protocols.has(protocol) }
  /** Linux cannot take it back. */
  removeAsDefaultProtocolClient(protocol: string): boolean { return scheme(protocol) && false }
  getApplicationNameForProtocol(url: string): string {
    if (typeof url !== 'string' || !URL.canParse(url)) throw conversionFailure(url)
    return this.#state.protocols.has(new URL(url).protocol.slice(0, -1)) ? 'stand-in.desktop' : ''
  }

  setLoginItemSettings(settings: Electron.Settings): void {
    if (typeof settings !== 'object') throw conversionFailure(settings)
    // Removed in Electron 44.
    if ('openAsHidden' in settings) throw new Error('openAsHidden is gone since Electron 44')
  }
  getLoginItemSettings(): Electron.LoginItemSettings {
    return { openAtLogin: false, wasOpenedAtLogin: false, status: 'not-registered', executableWillLaunchAtLogin: false, launchItems: [] }
  }

  /** Docks that know the LauncherEntry interface show it. */
  setBadgeCount(count = 0): boolean {
    if (!Number.isInteger(count)) throw conversionFailure(count)
    this.#state.badgeCount = count
    return true
  }
  getBadgeCount(): number { return this.#state.badgeCount }
}

function scheme(protocol: string): boolean {
  if (typeof protocol !== 'string') throw conversionFailure(protocol)
  return /^[a-z][a-z\d+.-]*$/i.test(protocol)
}
