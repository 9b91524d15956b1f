import type { CdpSession, Protocol } from './cdp.ts'
import { DocumentHost } from './document-host.ts'
import { pageWorldSource, preloadWorldSource, worldName, worldTag } from './sources.ts'
import type { FromPage } from './wire.ts'

export interface FrameInfo {
  id: string
  parentId: string | undefined
  /** Chromium's form. */
  url: string
  name: string
  /** The URL that could not be loaded, while the frame shows Chromium's error page. */
  unreachable?: string | undefined
  /** The execution context of the page's own world, while there is one. */
  mainContext: number | undefined
  host: DocumentHost | undefined
}

/** What a page target reports; the WebContents behind it listens. */
export interface PageListener {
  fromPage(host: DocumentHost, message: FromPage): void
  contextReady(host: DocumentHost): void
  frameAttached(frame: FrameInfo): void
  frameDetached(frame: FrameInfo): void
  startedNavigating(frame: FrameInfo, url: string, sameDocument: boolean, loaderId: string): void
  navigated(frame: FrameInfo): void
  navigatedInPage(frame: FrameInfo): void
  domReady(): void
  loaded(): void
  startedLoading(): void
  stoppedLoading(): void
  firstPaint(): void
  console(level: 'debug' | 'info' | 'warning' | 'error', message: string, line: number, source: string, frameId: string | undefined): void
  dialog(type: string, message: string): void
  crashed(reason: string, exitCode: number): void
  titleChanged(title: string): void
}

/** One page of Chromium with its session: the frame tree, the isolated worlds, the wire. */
export class PageTarget {
  readonly targetId: string
  readonly session: CdpSession
  readonly openerId: string | undefined
  readonly frames = new Map<string, FrameInfo>()
  #listener: PageListener | null = null
  #contexts = new Map<number, FrameInfo>()
  #scriptIds: string[] = []
  #requestedNavigations = new Set<string>()
  #pausedAt: string | null = null
  #syncReply: string | null = null
  #title = ''

  constructor(session: CdpSession, info: Protocol.Target.TargetInfo) {
    this.session = session
    this.targetId = info.targetId
    this.openerId = info.openerId
    this.frames.set(info.targetId, { id: info.targetId, parentId: undefined, url: info.url, name: '', mainContext: undefined, host: undefined })
  }

  get mainFrame(): FrameInfo {
    const frame = this.frames.get(this.targetId)
    if (!frame) throw new Error('a page without a main frame')
    return frame
  }

  /** Sets the page up while it still waits at its start, then lets it run. */
  async claim(listener: PageListener, preloads: string[], process: Record<string, unknown>, sync: boolean): Promise<void> {
    this.#listener = listener
    this.#listen()
    const { session } = this
    const all = [
      session.send('Page.enable', {}), session.send('Runtime.enable', {}), session.send('Log.enable', {}), session.send('Inspector.enable', {}),
      session.send('Page.setLifecycleEventsEnabled', { enabled: true }),
      session.send('Runtime.addBinding', { name: worldTag, executionContextName: worldName }),
      this.setPreloads(preloads, process),
      ...sync ? [session.send('Debugger.enable', {})] : [],
      session.send('Runtime.runIfWaitingForDebugger', {}),
    ]
    await Promise.all(all)
  }

  async setPreloads(preloads: string[], process: Record<string, unknown>): Promise<void> {
    const { session } = this
    for (const identifier of this.#scriptIds.splice(0)) session.tell('Page.removeScriptToEvaluateOnNewDocument', { identifier })
    // In this order: the page's world must listen before the isolated world calls.
    const added = await Promise.all([
      session.send('Page.addScriptToEvaluateOnNewDocument', { source: pageWorldSource() }),
      session.send('Page.addScriptToEvaluateOnNewDocument', { source: preloadWorldSource(preloads, process), worldName }),
    ])
    this.#scriptIds = added.map((item) => item.identifier)
  }

  /**
   * Whether the page itself asked for the navigation that is now paused. The page's notice and the request travel
   * on different ways, so the page is asked once more: its answer cannot overtake its notice.
   */
  async askedFor(frameId: string): Promise<boolean> {
    if (!this.#requestedNavigations.has(frameId)) {
      const settled = this.session.send('Runtime.evaluate', { expression: '0', silent: true }).catch(() => undefined)
      await Promise.race([settled, new Promise((resolve) => { setTimeout(resolve, 250) })])
    }
    return this.#requestedNavigations.delete(frameId)
  }

  /** Answers the `sendSync` at which the page stands still. */
  replySync(text: string): void {
    this.#syncReply = text
    this.#resume()
  }

  /** The renderer's process, which Chromium names in the first event of a trace and nowhere else. */
  async processId(): Promise<number | undefined> {
    const { session } = this
    const found = new Promise<number | undefined>((resolve) => {
      session.on('Tracing.dataCollected', ({ value }) => {
        for (const { name, args } of value as unknown as { name: string, args?: { data?: { frames?: { frame: string, processId: number }[] } } }[]) {
          if (name !== 'TracingStartedInBrowser') continue
          const frame = args?.data?.frames?.find((item) => item.frame === this.targetId)
          if (frame) resolve(frame.processId)
        }
      })
      session.on('Tracing.tracingComplete', () => { resolve(undefined) })
    })
    await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline'] } })
    await session.send('Tracing.end', {})
    return found
  }

  titleIs(title: string): void {
    if (title === this.#title) return
    this.#title = title
    this.#listener?.titleChanged(title)
  }

  get title(): string { return this.#title }

  /** The page has gone, closed or crashed: all its documents end. */
  endDocuments(): void {
    for (const frame of this.frames.values()) {
      frame.host?.end()
      frame.host = undefined
      frame.mainContext = undefined
    }
    this.#contexts.clear()
  }

  #resume(): void {
    if (this.#pausedAt === null || this.#syncReply === null) return
    const { session } = this
    const expression = `globalThis[${JSON.stringify(`${worldTag}:sync`)}] = ${JSON.stringify(this.#syncReply)}`
    const callFrameId = this.#pausedAt
    this.#pausedAt = null
    this.#syncReply = null
    // Chromium takes `resume` past everything else that waits, so it is sent only when the answer is in place.
    session.send('Debugger.evaluateOnCallFrame', { callFrameId, expression }).catch(() => undefined).finally(() => { session.tell('Debugger.resume', {}) })
  }

  #frame(id: string): FrameInfo {
    let frame = this.frames.get(id)
    if (!frame) this.frames.set(id, frame = { id, parentId: undefined, url: '', name: '', mainContext: undefined, host: undefined })
    return frame
  }

  #listen(): void {
    const { session } = this
    const tell = (): PageListener => this.#listener as PageListener
    session.on('Runtime.executionContextCreated', ({ context }) => {
      const aux = context.auxData as { frameId?: string, isDefault?: boolean } | undefined
      if (aux?.frameId === undefined) return
      const frame = this.#frame(aux.frameId)
      if (aux.isDefault) frame.mainContext = context.id
      else if (context.name === worldName) {
        frame.host?.end()
        frame.host = new DocumentHost(session, worldTag, frame.id, context.id)
        this.#contexts.set(context.id, frame)
        tell().contextReady(frame.host)
      }
    })
    const contextGone = (id: number): void => {
      const frame = this.#contexts.get(id)
      this.#contexts.delete(id)
      if (frame?.host?.contextId === id) {
        frame.host.end()
        frame.host = undefined
      }
    }
    session.on('Runtime.executionContextDestroyed', ({ executionContextId }) => { contextGone(executionContextId) })
    session.on('Runtime.executionContextsCleared', () => { for (const id of [...this.#contexts.keys()]) contextGone(id) })
    session.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
      const host = this.#contexts.get(executionContextId)?.host
      if (name === worldTag && host) tell().fromPage(host, JSON.parse(payload) as FromPage)
    })
    session.on('Debugger.paused', ({ callFrames, reason }) => {
      const frame = callFrames[0]
      if (frame?.functionName === 'sendSync' && reason === 'other') {
        this.#pausedAt = frame.callFrameId
        this.#resume()
      } else session.tell('Debugger.resume', {})
    })
    session.on('Page.frameAttached', ({ frameId, parentFrameId }) => {
      const frame = this.#frame(frameId)
      frame.parentId = parentFrameId
      tell().frameAttached(frame)
    })
    session.on('Page.frameDetached', ({ frameId, reason }) => {
      const frame = this.frames.get(frameId)
      if (!frame || reason === 'swap') return
      this.frames.delete(frameId)
      frame.host?.end()
      tell().frameDetached(frame)
    })
    session.on('Page.frameRequestedNavigation', ({ frameId }) => { this.#requestedNavigations.add(frameId) })
    session.on('Page.frameStartedNavigating', ({ frameId, url, navigationType, loaderId }) => {
      tell().startedNavigating(this.#frame(frameId), url, navigationType === 'sameDocument' || navigationType === 'historySameDocument', loaderId)
    })
    session.on('Page.frameNavigated', ({ frame: { id, parentId, url, urlFragment, name, unreachableUrl } }) => {
      const frame = this.#frame(id)
      frame.unreachable = unreachableUrl
      Object.assign(frame, { parentId, url: url + (urlFragment ?? ''), name: name ?? '' })
      this.#requestedNavigations.delete(id)
      tell().navigated(frame)
    })
    session.on('Page.navigatedWithinDocument', ({ frameId, url }) => {
      const frame = this.#frame(frameId)
      frame.url = url
      tell().navigatedInPage(frame)
    })
    session.on('Page.domContentEventFired', () => { tell().domReady() })
    session.on('Page.loadEventFired', () => { tell().loaded() })
    session.on('Page.frameStartedLoading', ({ frameId }) => { if (frameId === this.targetId) tell().startedLoading() })
    session.on('Page.frameStoppedLoading', ({ frameId }) => { if (frameId === this.targetId) tell().stoppedLoading() })
    session.on('Page.lifecycleEvent', ({ frameId, name }) => {
      if (frameId === this.targetId && (name === 'firstPaint' || name === 'load')) tell().firstPaint()
    })
    session.on('Page.javascriptDialogOpening', ({ type, message }) => { tell().dialog(type, message) })
    session.on('Inspector.targetCrashed', () => { this.endDocuments(); tell().crashed('crashed', 139) })
    session.on('Runtime.consoleAPICalled', ({ type, args, stackTrace, executionContextId }) => {
      const levels: Record<string, 'debug' | 'warning' | 'error'> = { debug: 'debug', warning: 'warning', error: 'error', assert: 'error' }
      const at = stackTrace?.callFrames[0]
      const frame = [...this.frames.values()].find((item) => item.mainContext === executionContextId || item.host?.contextId === executionContextId)
      tell().console(levels[type] ?? 'info', args.map(describe).join(' '), (at?.lineNumber ?? 0) + 1, at?.url ?? '', frame?.id)
    })
    session.on('Runtime.exceptionThrown', ({ exceptionDetails: { text, exception, lineNumber, url } }) => {
      tell().console('error', `${text} ${exception?.description ?? String(exception?.value ?? '')}`.trim(), lineNumber + 1, url ?? '', undefined)
    })
    session.on('Log.entryAdded', ({ entry: { level, text, lineNumber, url } }) => {
      tell().console(level === 'verbose' ? 'debug' : level, text, (lineNumber ?? 0) + 1, url ?? '', undefined)
    })
  }
}

function describe(object: Protocol.Runtime.RemoteObject): string {
  if ('value' in object) return typeof object.value === 'object' && object.value !== null ? '[object Object]' : String(object.value)
  return object.unserializableValue ?? object.description ?? object.type
}
