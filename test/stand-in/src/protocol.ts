import type { Protocol as Cdp } from './cdp.ts'
import { notInStandIn, strictObject } from './strict.ts'
import { mapScheme, mappedSchemes, toApp, toChromium } from './url-map.ts'

type Handler = (request: Request) => Response | Promise<Response>

/** What became of a request: an answer for Chromium, or the name of the net error. */
export type Outcome =
  | { kind: 'response', status: number, statusText: string, headers: { name: string, value: string }[], body: Buffer }
  | { kind: 'error', code: string }

let registered = false

/** `protocol` of the one session; scheme handlers run here, in main, for whatever page asks. */
export class ProtocolHandlers {
  #handlers = new Map<string, Handler>()
  #isReady: () => boolean

  constructor(isReady: () => boolean) { this.#isReady = isReady }

  readonly api = strictObject('protocol', {
    registerSchemesAsPrivileged: (list: Electron.CustomScheme[]): void => {
      if (this.#isReady()) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready')
      if (registered) throw new Error('protocol.registerSchemesAsPrivileged may be called only once: a second call replaces the first')
      registered = true
      for (const { scheme, privileges = {} } of list) {
        if (privileges.standard !== true || privileges.secure !== true) throw notInStandIn(`The scheme ${scheme}, which is not both standard and secure,`)
        for (const name of ['bypassCSP', 'corsEnabled', 'allowServiceWorkers', 'allowExtensions'] as const) {
          if (privileges[name]) throw notInStandIn(`The privilege ${name} of the scheme ${scheme}`)
        }
        mapScheme(scheme)
      }
    },
    handle: (scheme: string, handler: Handler): void => {
      this.#ready()
      if (typeof handler !== 'function') throw new TypeError(`Expected handler to be a function, but found type '${typeof handler}'`)
      if (!mappedSchemes().includes(scheme)) throw notInStandIn(`protocol.handle for ${scheme}, which is not registered as privileged,`)
      if (this.#handlers.has(scheme)) throw new Error(`Failed to register protocol: ${scheme}`)
      this.#handlers.set(scheme, handler)
    },
    unhandle: (scheme: string): void => {
      this.#ready()
      if (!this.#handlers.delete(scheme)) throw new Error(`Failed to unhandle protocol: ${scheme}`)
    },
    isProtocolHandled: (scheme: string): boolean => {
      this.#ready()
      return this.#handlers.has(scheme)
    },
  })

  /** Runs the handler of a mapped URL; null where the URL is none of ours. */
  async answer(request: Cdp.Network.Request): Promise<Outcome | null> {
    const url = toApp(request.url)
    if (url === request.url) return null
    const handler = this.#handlers.get(url.slice(0, url.indexOf(':')))
    if (!handler) return { kind: 'error', code: 'ERR_UNKNOWN_URL_SCHEME' }
    try {
      const response: unknown = await handler(makeRequest(url, request))
      if (!(response instanceof Response)) return { kind: 'error', code: 'ERR_UNEXPECTED' }
      if (response.type === 'error') return { kind: 'error', code: 'ERR_FAILED' }
      const headers = [...response.headers].map(([name, value]) => ({ name, value: name === 'location' ? toChromium(value) ?? value : value }))
      return { kind: 'response', status: response.status, statusText: response.statusText, headers, body: Buffer.from(await response.arrayBuffer()) }
    } catch (error) {
      console.error(`The handler of ${url} failed:`, error)
      return { kind: 'error', code: 'ERR_UNEXPECTED' }
    }
  }

  #ready(): void {
    if (!this.#isReady()) throw new Error('Session can only be received when app is ready')
  }
}

function makeRequest(url: string, request: Cdp.Network.Request): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, /^(origin|referer)$/i.test(name) ? toApp(value) : value)
  const bodies = (request.postDataEntries ?? []).map(({ bytes }) => Buffer.from(bytes ?? '', 'base64'))
  const body = bodies.length > 0 ? Buffer.concat(bodies) : request.postData
  return new Request(url, { method: request.method, headers, ...body === undefined || ['GET', 'HEAD'].includes(request.method) ? {} : { body } })
}
