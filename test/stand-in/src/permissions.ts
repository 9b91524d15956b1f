import type { CdpSession } from './cdp.ts'
import type { WebContents } from './web-contents.ts'

type CheckHandler = (contents: WebContents | null, permission: string, requestingOrigin: string, details: object) => boolean
type RequestHandler = (contents: WebContents, permission: string, callback: (granted: boolean) => void, details: object) => void

/** One question of a page. */
export interface PermissionQuestion {
  contents: WebContents
  permission: string
  details: Record<string, unknown>
  requestingUrl: string
  isMainFrame: boolean
  /** As the app sees it, `app://parley`. */
  origin: string
  /** As Chromium has it. */
  chromiumOrigin: string
}

/** Electron's permission names and what Chromium's `Browser.setPermission` calls them. */
const chromiumNames: Record<string, string[]> = {
  'media': ['microphone', 'camera'],
  'speaker-selection': ['speaker-selection'],
  'clipboard-read': ['clipboard-read'],
  'clipboard-sanitized-write': ['clipboard-write'],
  'geolocation': ['geolocation'],
  'notifications': ['notifications'],
  'screen-wake-lock': ['screen-wake-lock'],
  'midi': ['midi'],
  'midiSysex': ['midi'],
  'persistent-storage': ['persistent-storage'],
  'idle-detection': ['idle-detection'],
  'storage-access': ['storage-access'],
  'window-management': ['window-management'],
  'display-capture': ['display-capture'],
}

/**
 * The app's permission handlers in force: Chromium starts out with everything denied for an origin, and opens what
 * the request handler has granted, at the moment it grants. Without handlers everything is granted, as in Electron.
 */
export class Permissions {
  #browser: () => CdpSession
  #check: CheckHandler | null = null
  #request: RequestHandler | null = null
  /** What the operating system lets an app have; a test may say no. */
  readonly system = { microphone: true, camera: true }
  #set = new Map<string, string>()

  constructor(browser: () => CdpSession) { this.#browser = browser }

  setPermissionCheckHandler(handler: CheckHandler | null): void { this.#check = handler }
  setPermissionRequestHandler(handler: RequestHandler | null): void { this.#request = handler }

  /** What the page's `navigator.permissions.query` shows. */
  query(question: PermissionQuestion): string {
    return this.#checked(question, typeof question.details['mediaType'] === 'string' ? question.details['mediaType'] : 'unknown') ? 'granted' : 'denied'
  }

  /** Asks the handlers; null when the page may go on, else the name and message of its exception. */
  async ask(question: PermissionQuestion): Promise<[string, string] | null> {
    const { contents, permission, details, requestingUrl, isMainFrame, origin } = question
    const mediaTypes = (details['mediaTypes'] ?? []) as string[]
    const names = (chromiumNames[permission] ?? []).filter((name) => permission !== 'media' || mediaTypes.includes(name === 'camera' ? 'video' : 'audio'))
    const about = permission === 'media' ? { isMainFrame, requestingUrl, securityOrigin: `${origin}/`, mediaTypes } : { isMainFrame, requestingUrl, ...details }
    const granted = await this.#requested(contents, permission, about)
    for (const name of names) await this.#inChromium(name, granted, question.chromiumOrigin)
    if (!granted) return ['NotAllowedError', 'Permission denied']
    if ((mediaTypes.includes('audio') && !this.system.microphone) || (mediaTypes.includes('video') && !this.system.camera)) {
      return ['NotAllowedError', 'Permission denied by system']
    }
    return null
  }

  /** Sets an origin's starting state before its first document runs. */
  async prepare(chromiumOrigin: string): Promise<void> {
    if (!/^https?:/.test(chromiumOrigin)) return
    const open = this.#request === null && this.#check === null
    const names = new Set(Object.values(chromiumNames).flat())
    await Promise.all([...names].filter((name) => !this.#set.has(`${chromiumOrigin} ${name}`)).map((name) => this.#inChromium(name, open, chromiumOrigin)))
  }

  #checked(question: PermissionQuestion, mediaType: string): boolean {
    const { contents, permission, requestingUrl, isMainFrame, origin } = question
    if (!this.#check) return true
    const about = { isMainFrame, requestingUrl, securityOrigin: `${origin}/`, ...permission === 'media' ? { mediaType } : {} }
    return this.#check(contents, permission, `${origin}/`, about)
  }

  #requested(contents: WebContents, permission: string, details: object): Promise<boolean> {
    const handler = this.#request
    if (!handler) return Promise.resolve(true)
    return new Promise((resolve) => { handler(contents, permission, (granted) => { resolve(granted === true) }, details) })
  }

  async #inChromium(name: string, granted: boolean, origin: string): Promise<void> {
    const key = `${origin} ${name}`
    const setting = granted ? 'granted' : 'denied'
    if (this.#set.get(key) === setting) return
    this.#set.set(key, setting)
    // A name that this Chromium does not know has no state to set there.
    await this.#browser().send('Browser.setPermission', { permission: { name }, setting, origin }).catch(() => undefined)
  }
}
