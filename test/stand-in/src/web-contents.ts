import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DocumentHost } from './document-host.ts'
import { loadError, netErrorNumber } from './errors.ts'
import { dispatchIpc, IpcMainImpl } from './ipc.ts'
import type { FrameInfo, PageListener, PageTarget } from './page-target.ts'
import { originOf, toApp, toChromium } from './url-map.ts'
import { makeEvent, notInStandIn, strictObject, StrictEmitter } from './strict.ts'
import { disentangle } from './ports.ts'
import { transferList, WebFrameMain } from './web-frame-main.ts'
import type { FromPage } from './wire.ts'
import type { Session } from './session.ts'

type OpenHandler = (details: object) => { action: 'deny' | 'allow' }

interface Load {
  url: string
  chromiumUrl: string
  settle(error: Error | null): void
}

/** What the contents need from the window they are in and from the app around them. */
export interface WebContentsOwner {
  session: Session
  preloads: string[]
  throttling: { get(): boolean, set(on: boolean): void }
  /** The process object's fields for the preload. */
  processFields(): Record<string, unknown>
  /** The window's width, px. */
  width(): number
  windowEvent(name: 'focus' | 'blur' | 'resize'): void
  /** Runs the close that a page or Playwright asked for. */
  closeWindow(): void
  renderProcessGone(contents: WebContents, details: object): void
  /** Media features that pages shall see now. */
  mediaFeatures(): { name: string, value: string }[]
}

const all = new Map<number, WebContents>()
let nextId = 0

export class WebContents extends StrictEmitter {
  readonly id = ++nextId
  readonly ipc = new IpcMainImpl()
  readonly session: Session
  #owner: WebContentsOwner
  #page: PageTarget | null = null
  #ready: Promise<PageTarget>
  #resolveReady: ((page: PageTarget) => void) = () => undefined
  #frames = new Map<string, WebFrameMain>()
  #destroyed = false
  #crashed = false
  #url = ''
  #loading = false
  #zoom = 1
  /** Pixels for each of a page's own, not zoomed; null until it is read. */
  #ratio: number | null = null
  #zooming: Promise<void> = Promise.resolve()
  #userAgent = ''
  #processId = -1
  #mediaSet = false
  #openHandler: OpenHandler | null = null
  /** The load that `loadURL` waits for; a newer one aborts it. */
  #load: Load | null = null
  #expected: string | null = null
  #failures = new Map<string, string>()
  #statusCode = 200

  constructor(owner: WebContentsOwner) {
    super()
    this.#owner = owner
    this.session = owner.session
    this.#ready = new Promise((resolve) => { this.#resolveReady = resolve })
    all.set(this.id, this)
  }

  static fromId(id: number): WebContents | undefined { return all.get(id) }
  static getAllWebContents(): WebContents[] { return [...all.values()] }
  static getFocusedWebContents(): WebContents | null { return [...all.values()].find((item) => item.#page !== null && focused === item) ?? null }
  static fromDevToolsTargetId(id: string): WebContents | undefined { return [...all.values()].find((item) => item.#page?.targetId === id) }
  static fromFrame(frame: WebFrameMain): WebContents | undefined { return [...all.values()].find((item) => [...item.#frames.values()].includes(frame)) }

  get mainFrame(): WebFrameMain {
    const page = this.#page
    if (!page) throw new Error('The contents have no frame yet: the stand-in makes its pages after the constructor has returned')
    return this.#frame(page.targetId) as WebFrameMain
  }
  get hostWebContents(): null { return null }
  get devToolsWebContents(): null { return null }
  get backgroundThrottling(): boolean { return this.#owner.throttling.get() }
  set backgroundThrottling(on: boolean) { this.#owner.throttling.set(on) }
  get zoomFactor(): number { return this.#zoom }
  set zoomFactor(factor: number) { this.setZoomFactor(factor) }
  get audioMuted(): boolean { return false }
  set audioMuted(muted: boolean) { this.setAudioMuted(muted) }
  get page(): PageTarget | null { return this.#page }

  /** Called by the window when its page exists and waits to be set up. */
  async attach(page: PageTarget): Promise<void> {
    this.#page = page
    const sync = this.#owner.preloads.some((path) => usesSendSync(path))
    page.session.tell('Emulation.setEmulatedMedia', { features: this.#owner.mediaFeatures() })
    await page.claim(this.#listener, this.#owner.preloads, this.#owner.processFields(), sync)
    this.#resolveReady(page)
  }

  /** The page has gone while the contents live on: they wait for another. */
  losePage(): void {
    this.#page?.endDocuments()
    this.#page = null
    this.#url = ''
    for (const frame of this.#frames.values()) frame.detach()
    this.#frames.clear()
    this.#ready = new Promise((resolve) => { this.#resolveReady = resolve })
  }

  /** The page itself has gone. */
  detach(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.#page?.endDocuments()
    for (const frame of this.#frames.values()) frame.detach()
    this.#load?.settle(loadError('ERR_FAILED', this.#load.url))
    this.#load = null
    all.delete(this.id)
    this.emit('destroyed')
  }

  isDestroyed(): boolean { return this.#destroyed }
  isCrashed(): boolean { return this.#crashed }
  isLoading(): boolean { return this.#loading }
  isLoadingMainFrame(): boolean { return this.#loading }
  isWaitingForResponse(): boolean { return false }
  isFocused(): boolean { return focused === this }
  getType(): 'window' { return 'window' }
  getURL(): string { return this.#url }
  getTitle(): string { return this.#page?.title ?? '' }
  getUserAgent(): string { return this.#userAgent }
  /** Known once `__standIn.osProcessId` has asked Chromium. */
  getOSProcessId(): number {
    if (this.#processId === -1) throw notInStandIn('webContents.getOSProcessId before __standIn.osProcessId')
    return this.#processId
  }
  isDevToolsOpened(): boolean { return false }
  isDevToolsFocused(): boolean { return false }
  openDevTools(): void { this.#alive() }
  closeDevTools(): void { this.#alive() }
  toggleDevTools(): void { this.#alive() }
  getZoomFactor(): number { return this.#zoom }
  getZoomLevel(): number { return Math.log(this.#zoom) / Math.log(1.2) }
  setZoomLevel(level: number): void { this.setZoomFactor(1.2 ** level) }
  isAudioMuted(): boolean { return false }
  getBackgroundThrottling(): boolean { return this.#owner.throttling.get() }
  setBackgroundThrottling(on: boolean): void { this.#owner.throttling.set(on) }
  setWindowOpenHandler(handler: OpenHandler | null): void { this.#openHandler = handler }
  setIgnoreMenuShortcuts(): void { this.#alive() }
  setVisualZoomLevelLimits(): Promise<void> { return Promise.resolve() }
  focus(): void { this.#with((page) => { page.session.tell('Page.bringToFront', {}) }) }
  undo(): void { this.#edit('undo') }
  redo(): void { this.#edit('redo') }
  cut(): void { this.#edit('cut') }
  copy(): void { this.#edit('copy') }
  paste(): void { this.#edit('paste') }
  pasteAndMatchStyle(): void { this.#edit('pasteAndMatchStyle') }
  delete(): void { this.#edit('delete') }
  selectAll(): void { this.#edit('selectAll') }
  stop(): void { this.#with((page) => { page.session.tell('Page.stopLoading', {}) }) }

  setZoomFactor(factor: number): void {
    if (!(factor > 0)) throw new Error("'zoomFactor' must be a double greater than 0.0")
    this.#zoom = factor
    this.applyZoom()
  }

  setAudioMuted(muted: boolean): void {
    this.#alive()
    if (muted) throw notInStandIn('webContents.setAudioMuted(true)')
  }

  loadURL(url: string, options: object = {}): Promise<void> {
    this.#alive()
    if (Object.keys(options).length > 0) throw notInStandIn('loadURL with options')
    const chromiumUrl = toChromium(url)
    this.#load?.settle(loadError('ERR_ABORTED', this.#load.url))
    return new Promise((resolve, reject) => {
      const load = {
        url, chromiumUrl: chromiumUrl ?? url,
        settle: (error: Error | null): void => {
          if (this.#load === load) this.#load = null
          if (error) reject(error)
          else resolve()
        },
      }
      this.#load = load
      if (chromiumUrl === null || !URL.canParse(chromiumUrl)) {
        this.#fail('ERR_INVALID_URL', url, load)
        return
      }
      void this.#navigate(load, chromiumUrl)
    })
  }

  async #navigate(load: Load, chromiumUrl: string): Promise<void> {
    const page = await this.#ready
    if (this.#load !== load || this.#destroyed) return
    try {
      // A page without a renderer answers nothing until it has loaded again; its scripts come back by themselves.
      if (!this.#crashed) await page.setPreloads(this.#owner.preloads, this.#owner.processFields())
      this.#expected = chromiumUrl.replace(/#.*$/s, '')
      this.#failures.delete(page.targetId)
      const { errorText } = await page.session.send('Page.navigate', { url: chromiumUrl })
      if (errorText === undefined) return
      const code = this.#failures.get(page.targetId) ?? errorText.replace(/^net::/, '')
      this.#fail(code, toApp(chromiumUrl), load)
    } catch (error) {
      load.settle(error as Error)
    }
  }

  #fail(code: string, url: string, load: Load): void {
    queueMicrotask(() => {
      if (this.#destroyed) return
      this.emit('did-fail-load', makeEvent({}), netErrorNumber(code), code, url, true, this.#processId, this.#page ? this.mainFrame.routingId : -1)
      load.settle(loadError(code, url))
    })
  }

  reload(): void { this.#reload(false) }
  reloadIgnoringCache(): void { this.#reload(true) }

  #reload(ignoreCache: boolean): void {
    this.#alive()
    void (async () => {
      const page = await this.#ready
      if (this.#destroyed) return
      if (this.#crashed) {
        this.loadURL(this.#url).catch(() => undefined)
        return
      }
      await page.setPreloads(this.#owner.preloads, this.#owner.processFields())
      this.#expected = page.mainFrame.url.replace(/#.*$/s, '')
      page.session.tell('Page.reload', { ignoreCache })
    })()
  }

  close(options: { waitForBeforeUnload?: boolean } = {}): void {
    if (this.#destroyed) return
    void options
    this.#owner.closeWindow()
  }

  forcefullyCrashRenderer(): void { this.#with((page) => { page.session.tell('Page.crash', {}) }) }

  send(channel: string, ...args: unknown[]): void {
    this.#alive()
    if (typeof channel !== 'string') throw new TypeError('Missing required channel argument')
    if (this.#page) this.mainFrame.send(channel, ...args)
  }

  postMessage(...args: [channel: string, message: unknown, transfer?: unknown]): void {
    this.#alive()
    if (args.length < 2) throw new TypeError('Insufficient number of arguments.')
    if (this.#page) this.mainFrame.postMessage(...args)
    else for (const end of disentangle(transferList(args[2]))) end.close()
  }

  sendToFrame(id: number | [number, number], channel: string, ...args: unknown[]): void {
    const routingId = Array.isArray(id) ? id[1] : id
    const frame = [...this.#frames.values()].find((item) => item.routingId === routingId)
    frame?.send(channel, ...args)
  }

  async executeJavaScript(code: string, userGesture = false): Promise<unknown> {
    this.#alive()
    await this.#ready
    if (this.#loading) await new Promise<void>((resolve) => { this.once('did-stop-loading', () => { resolve() }) })
    return this.mainFrame.executeJavaScript(code, userGesture)
  }

  async capturePage(): Promise<unknown> {
    const page = await this.#ready
    const { data } = await page.session.send('Page.captureScreenshot', { format: 'png' })
    const png = Buffer.from(data, 'base64')
    return { toPNG: () => png, isEmpty: () => png.length === 0, toDataURL: () => `data:image/png;base64,${data}` }
  }

  /** The request for a document that waits at the door: the app may stop it. Returns whether it may go on. */
  async mayNavigate(frameId: string, url: string, redirect: boolean): Promise<boolean> {
    const page = this.#page
    if (!page) return true
    const isMainFrame = frameId === page.targetId
    const plain = url.replace(/#.*$/s, '')
    const frame = this.#frame(frameId)
    const name = redirect ? 'will-redirect' : 'will-navigate'
    const event = makeEvent({
      url: toApp(url), isSameDocument: false, isMainFrame, frame, initiator: this.#frame(page.targetId),
    })
    if (!redirect) {
      if (isMainFrame && this.#expected === plain) {
        this.#expected = null
        return true
      }
      if (!await page.askedFor(frameId)) return true
      this.emit('will-frame-navigate', event)
    }
    if (redirect || isMainFrame) this.emit(name, event, toApp(url), false, isMainFrame, this.#processId, frame?.routingId ?? -1)
    return !event.defaultPrevented
  }

  /** Remembers why a request of this page failed, for Chromium's own word for it is less exact. */
  noteFailure(frameId: string, code: string): void { this.#failures.set(frameId, code) }
  noteStatus(code: number): void { this.#statusCode = code }

  /** A page that this one opened past `window.open` (a link with a target): never shown, always asked for. */
  opened(url: string, frameName: string, features: string, disposition: string): void {
    const details = {
      url: toApp(url), frameName, features, disposition, referrer: { url: this.#url, policy: 'strict-origin-when-cross-origin' },
    }
    if (!this.#openHandler) {
      console.error(`A page asked to open ${details.url} and no setWindowOpenHandler is there: Electron would open a window, which is not in the stand-in.`)
      return
    }
    if (this.#openHandler(details).action !== 'deny') console.error('setWindowOpenHandler answered something else than deny, which is not in the stand-in.')
  }

  updateMedia(): void {
    this.#with((page) => { page.session.tell('Emulation.setEmulatedMedia', { features: this.#owner.mediaFeatures() }) })
  }

  /**
   * A zoomed page has a smaller viewport and more pixels for each of its own; again after each change of the window's size. One after the
   * other, since the page's own size can only be read while it is not zoomed.
   */
  applyZoom(): void {
    this.#with((page) => {
      this.#zooming = this.#zooming.then(async () => {
        const { session } = page
        const read = async (): Promise<[width: number, height: number, ratio: number, outer: number]> =>
          (await session.send('Runtime.evaluate', { expression: '[innerWidth, innerHeight, devicePixelRatio, outerWidth]', returnByValue: true })).result.value as [number, number, number, number]
        this.#ratio ??= (await read())[2]
        await session.send('Emulation.clearDeviceMetricsOverride', {})
        if (this.#zoom === 1) return
        // The page hears later that it is itself again, and of the window's new size.
        let [width, height, ratio, outer] = await read()
        for (const end = Date.now() + 1000; (ratio !== this.#ratio || outer !== this.#owner.width()) && Date.now() < end;) {
          await sleep(10)
          ;[width, height, ratio, outer] = await read()
        }
        await session.send('Emulation.setDeviceMetricsOverride', {
          width: Math.round(width / this.#zoom), height: Math.round(height / this.#zoom), deviceScaleFactor: ratio * this.#zoom, mobile: false,
        })
      }).catch(() => undefined)
    })
  }

  get isZoomed(): boolean { return this.#zoom !== 1 }

  setVisibility(state: 'visible' | 'hidden'): void { this.#page?.mainFrame.host?.tell({ k: 'visibility', v: state }) }

  setProcessId(id: number): void { this.#processId = id }

  /** One of Chromium's editing commands, as from a menu. */
  #edit(command: string): void {
    this.#with((page) => { page.session.tell('Input.dispatchKeyEvent', { type: 'rawKeyDown', commands: [command] }) })
  }

  #with(action: (page: PageTarget) => void): void {
    this.#alive()
    void this.#ready.then((page) => { if (!this.#destroyed) action(page) })
  }

  #alive(): void {
    if (this.#destroyed) throw new TypeError('Object has been destroyed')
  }

  #frame(id: string): WebFrameMain | null {
    const known = this.#frames.get(id)
    if (known) return known
    const page = this.#page
    const info = page?.frames.get(id)
    if (!page || !info) return null
    const frame = new WebFrameMain(page, info, (other) => this.#frame(other), () => this.#processId)
    this.#frames.set(id, frame)
    return frame
  }

  /** Whether the main frame shows a page that the app has loaded: not the empty one at the start, not an error. */
  get #showsPage(): boolean { return this.#url !== '' && this.#page?.mainFrame.unreachable === undefined }

  #fromPage(host: DocumentHost, message: FromPage): void {
    switch (message.k) {
      case 'send':
      case 'invoke':
      case 'sync':
      case 'post':
        dispatchIpc({ message, sender: this, frame: this.#frame(host.frameId), host, replySync: (text) => { this.#page?.replySync(text) } })
        break
      case 'port':
      case 'closed': host.portMessage(message); break
      case 'ask':
      case 'query': void this.#permission(host, message); break
      case 'open': this.opened(message.u, message.n, message.f, 'new-window'); break
      case 'preload-error':
        this.emit('preload-error', makeEvent({}), message.path, Object.assign(new Error(message.message), { stack: message.stack }))
        break
      case 'event':
        if (message.n === 'focus') giveFocus(this)
        if (message.n === 'blur' && focused === this) focused = null
        if (message.n !== 'resize') this.emit(message.n)
        this.#owner.windowEvent(message.n)
        break
      case 'context': {
        const frame = this.#frame(host.frameId)
        this.emit('context-menu', makeEvent({}), strictObject('context-menu params', {
          ...message.v, linkURL: message.v.linkURL && toApp(message.v.linkURL), frame, pageURL: this.#url, frameURL: frame?.url ?? '', srcURL: '', mediaType: 'none', hasImageContents: false,
          titleText: '', altText: '', misspelledWord: '', dictionarySuggestions: [], frameCharset: 'UTF-8', menuSourceType: 'mouse',
        }))
        break
      }
      case 'title': this.#page?.titleIs(message.v); break
      case 'key': {
        const event = makeEvent({})
        this.emit('before-input-event', event, message.v)
        if (event.defaultPrevented) console.error('before-input-event.preventDefault() is not in the stand-in: the page has already seen the key.')
        break
      }
    }
  }

  async #permission(host: DocumentHost, message: Extract<FromPage, { k: 'ask' | 'query' }>): Promise<void> {
    const frame = this.#frame(host.frameId)
    const about = {
      contents: this, permission: message.n, details: message.d, requestingUrl: frame?.url ?? '', isMainFrame: frame?.parent === null,
      origin: originOf(this.#page?.frames.get(host.frameId)?.url ?? ''), chromiumOrigin: chromiumOrigin(this.#page?.frames.get(host.frameId)?.url ?? ''),
    }
    const v = message.k === 'query' ? this.session.permissions.query(about) : await this.session.permissions.ask(about)
    host.tell({ k: 'settle', i: message.i, v })
  }

  #listener: PageListener = {
    fromPage: (host, message) => {
      try {
        this.#fromPage(host, message)
      } catch (error) {
        // A listener of the app has thrown: Electron reports it as uncaught in main, and the message loop goes on.
        setImmediate(() => { throw error })
      }
    },
    contextReady: () => undefined,
    frameAttached: () => undefined,
    frameDetached: ({ id }) => {
      this.#frames.get(id)?.detach()
      this.#frames.delete(id)
    },
    startedNavigating: ({ id }, url, sameDocument) => {
      if (url.startsWith('data:text/html;stand-in')) return
      const isMainFrame = id === this.#page?.targetId
      const frame = this.#frame(id)
      const event = makeEvent({ url: toApp(url), isSameDocument: sameDocument, isMainFrame, frame, initiator: null })
      this.emit('did-start-navigation', event, toApp(url), sameDocument, isMainFrame, this.#processId, frame?.routingId ?? -1)
    },
    navigated: (info: FrameInfo) => {
      if (info.url.startsWith('data:text/html;stand-in') || (info.url === 'about:blank' && this.#url === '' && !this.#load)) return
      const isMainFrame = info.id === this.#page?.targetId
      const frame = this.#frame(info.id)
      const url = toApp(info.url)
      if (isMainFrame && info.unreachable !== undefined) {
        // Chromium's error page: no navigation that the app hears of. A load that main asked for fails by itself.
        if (this.#load) return
        const code = this.#failures.get(info.id) ?? 'ERR_FAILED'
        this.emit('did-fail-load', makeEvent({}), netErrorNumber(code), code, toApp(info.unreachable), true, this.#processId, frame?.routingId ?? -1)
        return
      }
      if (isMainFrame) {
        this.#url = url
        this.#crashed = false
        for (const [id, other] of this.#frames) {
          if (id === info.id) continue
          other.detach()
          this.#frames.delete(id)
        }
        if (this.#zoom !== 1) this.applyZoom()
        // Once more after Playwright has set up the page; later it would undo what a test emulates.
        if (!this.#mediaSet) this.updateMedia()
        this.#mediaSet = true
        this.emit('did-navigate', makeEvent({}), url, this.#statusCode, '')
      }
      this.emit('did-frame-navigate', makeEvent({}), url, this.#statusCode, '', isMainFrame, this.#processId, frame?.routingId ?? -1)
    },
    navigatedInPage: ({ id, url }) => {
      const isMainFrame = id === this.#page?.targetId
      if (isMainFrame) this.#url = toApp(url)
      this.emit('did-navigate-in-page', makeEvent({}), toApp(url), isMainFrame, this.#processId, this.#frame(id)?.routingId ?? -1)
      if (isMainFrame && this.#load && this.#load.chromiumUrl === url) this.#load.settle(null)
    },
    domReady: () => { if (this.#showsPage) this.emit('dom-ready', makeEvent({})) },
    loaded: () => {
      if (!this.#showsPage) return
      this.emit('did-frame-finish-load', makeEvent({}), true, this.#processId, this.mainFrame.routingId)
      this.emit('did-finish-load')
      this.#load?.settle(null)
    },
    startedLoading: () => {
      if (this.#loading || (this.#url === '' && !this.#load)) return
      this.#loading = true
      this.emit('did-start-loading')
    },
    stoppedLoading: () => {
      if (!this.#loading) return
      this.#loading = false
      this.emit('did-stop-loading')
    },
    firstPaint: () => { if (this.#showsPage) this.emit('stand-in-first-paint') },
    console: (level, message, lineNumber, sourceId, frameId) => {
      const frame = this.#frame(frameId ?? this.#page?.targetId ?? '')
      this.emit('console-message', { level, message, lineNumber, sourceId: toApp(sourceId), frame, ...makeEvent({}) })
    },
    dialog: (type, message) => {
      const page = this.#page
      if (!page) return
      let accept = true
      if (type === 'beforeunload') {
        const event = makeEvent({})
        this.emit('will-prevent-unload', event)
        accept = event.defaultPrevented
      } else console.error(`A page showed a ${type} dialog: ${message}`)
      page.session.tell('Page.handleJavaScriptDialog', { accept })
    },
    crashed: (reason, exitCode) => {
      if (this.#destroyed || this.#crashed) return
      this.#crashed = true
      this.#loading = false
      for (const [id, frame] of this.#frames) {
        if (id === this.#page?.targetId) continue
        frame.detach()
        this.#frames.delete(id)
      }
      const details = { reason, exitCode }
      this.#load?.settle(loadError('ERR_FAILED', this.#load.url))
      this.emit('render-process-gone', makeEvent({}), details)
      this.#owner.renderProcessGone(this, details)
    },
    titleChanged: (title) => {
      if (this.#url === '') return
      const event = makeEvent({})
      this.emit('page-title-updated', event, title, true)
    },
  }
}

let focused: WebContents | null = null
function giveFocus(contents: WebContents): void { focused = contents }

function chromiumOrigin(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'null'
}

function usesSendSync(path: string): boolean {
  try {
    return /\bsendSync\b/.test(readFileSync(path, 'utf8'))
  } catch {
    return false
  }
}
