import { rmSync } from 'node:fs'
import type { CdpSession, Protocol } from './cdp.ts'
import { launchChromium, type Chromium } from './chromium.ts'
import { PageTarget } from './page-target.ts'
import type { ProtocolHandlers } from './protocol.ts'
import { mappedSchemes } from './url-map.ts'
import type { WebContents } from './web-contents.ts'
import { WindowHost, type HostWindow } from './window-host.ts'

export interface EngineOptions {
  env: NodeJS.ProcessEnv
  debuggingPort: string | undefined
  extraFlags: string[]
  protocol: ProtocolHandlers
  /** Finds the contents whose page has this frame. */
  contentsOf(frameId: string): WebContents | undefined
  prepareOrigin(origin: string): Promise<void>
  /** A page went away without our asking. */
  pageGone(targetId: string): void
  /** Chromium ended without our asking. */
  lost(): void
}

/** Chromium as the stand-in uses it: pages, and every request that the app's scheme handlers must answer. */
export class Engine {
  readonly chromium: Chromium
  readonly browser: CdpSession
  #options: EngineOptions
  #host: WindowHost
  #pages = new Map<string, PageTarget>()
  #sessionTargets = new Map<string, string>()
  #waiting: ((page: PageTarget) => void)[] = []
  #closing = new Map<string, () => void>()
  #ending = false

  constructor(options: EngineOptions) {
    this.#options = options
    this.chromium = launchChromium(options)
    this.browser = this.chromium.cdp.browser
    this.#host = new WindowHost(this.chromium, () => new Promise((resolve) => { this.#waiting.push(resolve) }), options.env)
    void this.chromium.exited.then(() => { if (!this.#ending) options.lost() })
  }

  /** Resolves when Chromium answers and every page to come will be seen from its first moment. */
  async start(): Promise<void> {
    const { browser } = this
    browser.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => { this.#attached(sessionId, targetInfo) })
    browser.on('Target.detachedFromTarget', ({ sessionId }) => { this.#detached(sessionId) })
    browser.on('Fetch.requestPaused', (event) => { void this.#paused(event) })
    await Promise.all([
      browser.send('Fetch.enable', {
        patterns: [...mappedSchemes().map((scheme) => ({ urlPattern: `https://*.${scheme}.test/*` })), { urlPattern: '*', resourceType: 'Document' as const }],
      }),
      browser.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true, filter: [{ type: 'page' }] }),
    ])
  }

  createWindow(claim: (page: PageTarget) => Promise<void>): Promise<HostWindow> { return this.#host.create(claim) }

  /** Closes a page and waits until it is gone. */
  async closePage(page: PageTarget): Promise<void> {
    const gone = new Promise<void>((resolve) => { this.#closing.set(page.targetId, resolve) })
    await this.browser.send('Target.closeTarget', { targetId: page.targetId }).catch(() => undefined)
    await Promise.race([gone, new Promise((resolve) => { setTimeout(resolve, 2000).unref() })])
    this.#closing.delete(page.targetId)
  }

  /** Ends Chromium and removes its profile. */
  async end(): Promise<void> {
    this.#ending = true
    this.browser.tell('Browser.close', {})
    const late = new Promise<boolean>((resolve) => { setTimeout(() => { resolve(true) }, 2000).unref() })
    if (await Promise.race([this.chromium.exited.then(() => false), late])) this.chromium.process.kill('SIGKILL')
    try {
      rmSync(this.chromium.profile, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 })
    } catch (error) {
      // A straggler still writes; the watchdog removes the rest.
      if (process.env['PARLEY_CHROMIUM_LOG']) console.error(error)
    }
    this.chromium.kill()
  }

  #attached(sessionId: string, info: Protocol.Target.TargetInfo): void {
    const session = this.chromium.cdp.session(sessionId)
    if (info.openerId !== undefined) {
      // Past window.open (which never gets here): a link with a target. The opener's handler has been asked.
      session.tell('Runtime.runIfWaitingForDebugger', {})
      this.browser.tell('Target.closeTarget', { targetId: info.targetId })
      return
    }
    const claim = this.#waiting.shift()
    if (!claim) {
      session.tell('Runtime.runIfWaitingForDebugger', {})
      return
    }
    const page = new PageTarget(session, info)
    this.#pages.set(info.targetId, page)
    this.#sessionTargets.set(sessionId, info.targetId)
    session.on('Page.windowOpen', ({ url, windowName, windowFeatures, userGesture }) => {
      void userGesture
      this.#options.contentsOf(info.targetId)?.opened(url, windowName, windowFeatures.join(','), 'foreground-tab')
    })
    claim(page)
  }

  #detached(sessionId: string): void {
    this.chromium.cdp.forget(sessionId)
    const targetId = this.#sessionTargets.get(sessionId)
    if (targetId === undefined) return
    this.#sessionTargets.delete(sessionId)
    this.#pages.delete(targetId)
    const closing = this.#closing.get(targetId)
    if (closing) closing()
    else this.#options.pageGone(targetId)
  }

  async #paused(event: Protocol.Fetch.requestPausedPayload): Promise<void> {
    const { requestId, request, frameId, resourceType, redirectedRequestId } = event
    const { browser } = this
    const contents = this.#options.contentsOf(frameId)
    if (resourceType === 'Document') {
      if (contents && !await contents.mayNavigate(frameId, request.url, redirectedRequestId !== undefined)) {
        browser.tell('Fetch.failRequest', { requestId, errorReason: 'Aborted' })
        return
      }
      await this.#options.prepareOrigin(new URL(request.url).origin)
    }
    const outcome = await this.#options.protocol.answer(request)
    if (outcome === null) {
      if (resourceType === 'Document') contents?.noteStatus(200)
      browser.tell('Fetch.continueRequest', { requestId })
    } else if (outcome.kind === 'error') {
      if (resourceType === 'Document') contents?.noteFailure(frameId, outcome.code)
      browser.tell('Fetch.failRequest', { requestId, errorReason: 'Failed' })
    } else {
      if (resourceType === 'Document') contents?.noteStatus(outcome.status)
      browser.tell('Fetch.fulfillRequest', {
        requestId, responseCode: outcome.status, responseHeaders: outcome.headers, body: outcome.body.toString('base64'),
        ...outcome.statusText ? { responsePhrase: outcome.statusText } : {},
      })
    }
  }
}
