import type { CdpSession } from './cdp.ts'
import { Permissions } from './permissions.ts'
import type { ProtocolHandlers } from './protocol.ts'
import { StrictEmitter } from './strict.ts'

/** The one session of the stand-in (`session.defaultSession`). */
export class Session extends StrictEmitter {
  readonly permissions: Permissions
  readonly protocol: ProtocolHandlers['api']
  /** What `resolveProxy` answers, in PAC form; a test may change it. */
  proxy: string | ((url: string) => string) = 'DIRECT'
  #browser: () => CdpSession

  constructor(options: { browser: () => CdpSession, protocol: ProtocolHandlers['api'] }) {
    super()
    this.#browser = options.browser
    this.permissions = new Permissions(options.browser)
    this.protocol = options.protocol
  }

  setPermissionCheckHandler(handler: Parameters<Permissions['setPermissionCheckHandler']>[0]): void { this.permissions.setPermissionCheckHandler(handler) }
  setPermissionRequestHandler(handler: Parameters<Permissions['setPermissionRequestHandler']>[0]): void { this.permissions.setPermissionRequestHandler(handler) }
  /** USB, HID and serial devices, none of which a page of the stand-in can reach. */
  setDevicePermissionHandler(): void { return undefined }
  setDisplayMediaRequestHandler(): void { return undefined }
  setSpellCheckerEnabled(): void { return undefined }
  isSpellCheckerEnabled(): boolean { return false }
  setSpellCheckerLanguages(): void { return undefined }
  isPersistent(): boolean { return true }
  getStoragePath(): string | null { return null }

  resolveProxy(url: string): Promise<string> {
    return Promise.resolve(typeof this.proxy === 'string' ? this.proxy : this.proxy(url))
  }

  async clearStorageData(): Promise<void> {
    await this.#browser().send('Storage.clearCookies', {})
  }

  async clearCache(): Promise<void> { await Promise.resolve() }
}
