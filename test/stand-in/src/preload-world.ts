import type { makeCodec as makeCodecType } from './codec.ts'
import type { makeEmitterClass as makeEmitterClassType } from './preload-emitter.ts'
import type { FromPage, PortId, PreloadSetup, ToPage } from './wire.ts'
import type { joinWorlds as joinWorldsType } from './world-bridge.ts'

/** The injected parts, each a self-contained function whose source text travels with this one. */
export interface PreloadParts {
  makeCodec: typeof makeCodecType
  makeEmitterClass: typeof makeEmitterClassType
  joinWorlds: typeof joinWorldsType
  /** The preload sources, compiled as functions as Electron's sandboxed renderer does. */
  scripts: ((...args: unknown[]) => void)[]
}

/**
 * Runs in the isolated world of every document: `ipcRenderer`, `contextBridge`, message ports and the sandboxed
 * preload's short `require`. Self-contained source text. Electron: lib/sandboxed_renderer/preload.ts.
 */
export function installPreloadWorld(setup: PreloadSetup, parts: PreloadParts): void {
  const world = globalThis as unknown as Record<string, unknown>
  const binding = world[setup.tag] as ((text: string) => void) | undefined
  if (!binding || world[`${setup.tag}:receive`]) return
  delete world[setup.tag]
  const tell = (message: FromPage): void => { binding(JSON.stringify(message)) }
  const codec = parts.makeCodec({
    toBase64: (bytes) => (bytes as unknown as { toBase64(): string }).toBase64(),
    fromBase64: (text) => (Uint8Array as unknown as { fromBase64(text: string): Uint8Array }).fromBase64(text),
  })
  const EventEmitter = parts.makeEmitterClass()
  let nextId = 0
  const waiting = new Map<number, (message: never) => void>()
  const ports = new Map<PortId, MessagePort>()

  const hold = (id: PortId, port: MessagePort): void => {
    ports.set(id, port)
    port.onmessage = (event: MessageEvent<unknown>) => {
      // Electron issue 34905: with a transferred buffer in the list towards main the whole message is lost; what
      // arrives here has already been copied or moved, so only ports can still be told apart.
      tell({ k: 'port', p: id, m: codec.encode(event.data), t: event.ports.map((item) => adopt(item)) })
    }
    port.start()
  }
  const closed = (id: PortId): void => {
    const port = ports.get(id)
    ports.delete(id)
    port?.close()
    if (port) tell({ k: 'closed', p: id })
  }
  const adopt = (port: MessagePort): PortId => {
    const id = `page${++nextId}`
    hold(id, port)
    return id
  }
  /** A port that main sent: a fresh pair whose one end stays here and speaks for main's. */
  const handedOut = new WeakMap<Transferable, PortId>()
  const receivePorts = (ids: PortId[]): MessagePort[] => ids.map((id) => {
    const pair = new MessageChannel()
    hold(id, pair.port2)
    handedOut.set(pair.port1, id)
    return pair.port1
  })
  // Chromium tells nobody that a port has been closed, Electron's main does: so the page's world learns which of its
  // ports lead to main (a notice that goes ahead of the message with the ports), and tells when it closes one. A
  // preload's own close is seen here.
  const closeHere = MessagePort.prototype.close
  MessagePort.prototype.close = function close(this: MessagePort): void {
    closeHere.call(this)
    const id = handedOut.get(this)
    if (id !== undefined) closed(id)
  }
  const postHere = globalThis.postMessage.bind(globalThis) as (...args: unknown[]) => void
  const postMessage = (...args: unknown[]): void => {
    const options = args[1] as { transfer?: unknown } | undefined
    const list = args[2] ?? (typeof options === 'object' ? options.transfer : undefined)
    const ids = Array.isArray(list) ? list.map((item: Transferable) => handedOut.get(item) ?? null) : []
    if (ids.some((id) => id !== null)) postHere({ [setup.tag]: ids }, '*')
    postHere(...args)
  }
  Object.defineProperty(globalThis, 'postMessage', { value: postMessage, writable: true, configurable: true })

  const ipcRenderer = new EventEmitter() as unknown as Record<string, unknown> & { emit(event: string, ...args: unknown[]): boolean }
  const release = { done: false }
  const check = (channel: unknown): string => {
    if (release.done) throw new Error('IPC method called after context was released')
    if (typeof channel !== 'string') throw new TypeError(`Error processing argument at index 0, conversion failure from ${String(channel)}`)
    return channel
  }
  Object.assign(ipcRenderer, {
    send(channel: string, ...args: unknown[]) { tell({ k: 'send', c: check(channel), a: codec.encode(args), i: 0 }) },
    async invoke(channel: string, ...args: unknown[]) {
      const i = ++nextId
      const message: FromPage = { k: 'invoke', c: check(channel), a: codec.encode(args), i }
      const reply = await new Promise<Extract<ToPage, { k: 'reply' }>>((resolve) => {
        waiting.set(i, resolve)
        tell(message)
      })
      if (reply.e !== undefined) throw new Error(`Error invoking remote method '${channel}': ${reply.e}`)
      return reply.r && codec.decode(reply.r)
    },
    sendSync(channel: string, ...args: unknown[]) {
      // The page stands still at the debugger statement until main has written its answer where it is read below.
      const place = `${setup.tag}:sync`
      tell({ k: 'sync', c: check(channel), a: codec.encode(args), i: ++nextId })
      // eslint-disable-next-line no-debugger -- this is how a page can wait for main without a network request
      debugger
      const text = world[place] as string | undefined
      delete world[place]
      const reply = JSON.parse(text ?? 'null') as Extract<ToPage, { k: 'reply' }> | null
      return reply?.r && codec.decode(reply.r)
    },
    postMessage(channel: string, message: unknown, transfer?: unknown) {
      check(channel)
      const list = transfer === undefined ? [] : transfer
      if (!Array.isArray(list) || list.some((item) => !(item instanceof MessagePort)) || new Set(list).size !== list.length) {
        throw new TypeError('Invalid value for transfer')
      }
      const encoded = codec.encode(message)
      // Moving the ports makes the sender's own objects unusable, as a transfer does.
      const moved = list.map((port: MessagePort) => structuredClone(port, { transfer: [port] }))
      tell({ k: 'post', c: channel, a: encoded, p: moved.map(adopt) })
    },
    sendToHost() { throw new Error('ipcRenderer.sendToHost is not in the stand-in') },
  })

  const receive = (message: ToPage): void => {
    switch (message.k) {
      case 'send':
        ipcRenderer.emit(message.c, { sender: ipcRenderer, ports: receivePorts(message.p), type: 'frame' }, ...codec.decode(message.a) as unknown[])
        break
      case 'reply':
      case 'settle': {
        const resolve = waiting.get(message.i)
        waiting.delete(message.i)
        resolve?.(message as never)
        break
      }
      case 'port': ports.get(message.p)?.postMessage(codec.decode(message.m), receivePorts(message.t)); break
      case 'close': {
        const port = ports.get(message.p)
        ports.delete(message.p)
        port?.close()
        break
      }
      case 'visibility': bridge?.call('visibility', message.v); break
    }
  }
  Object.defineProperty(world, `${setup.tag}:receive`, { value: (text: string) => { receive(JSON.parse(text) as ToPage) } })

  const ask = async (kind: 'ask' | 'query', permission: string, details: Record<string, unknown>): Promise<unknown> => {
    const i = ++nextId
    const reply = await new Promise<Extract<ToPage, { k: 'settle' }>>((resolve) => {
      waiting.set(i, resolve)
      tell({ k: kind, i, n: permission, d: details })
    })
    return reply.v
  }
  const wire = document.createElement('i')
  const bridge = parts.joinWorlds(wire, 'preload', {
    ask: (permission: string, details: Record<string, unknown>) => ask('ask', permission, details),
    query: (permission: string, details: Record<string, unknown>) => ask('query', permission, details),
    portClosed: closed,
    open(url: string, frameName: string, features: string) { tell({ k: 'open', u: url, n: frameName, f: features }) },
  })
  document.dispatchEvent(new MouseEvent(setup.tag, { relatedTarget: wire }))

  if (globalThis.window !== globalThis.window.top) return
  for (const name of ['focus', 'blur', 'resize'] as const) {
    addEventListener(name, (event) => { if (event.target === globalThis.window) tell({ k: 'event', n: name }) }, { capture: true })
  }
  for (const name of ['keydown', 'keyup']) {
    addEventListener(name, (event) => {
      const { key, code, repeat, isComposing, shiftKey, ctrlKey, altKey, metaKey, location } = event as KeyboardEvent
      tell({ k: 'key', v: { type: name === 'keydown' ? 'keyDown' : 'keyUp', key, code, isAutoRepeat: repeat, isComposing, shift: shiftKey, control: ctrlKey, alt: altKey, meta: metaKey, location, modifiers: [] } })
    }, { capture: true })
  }
  // A page that keeps the event to itself has its own menu; Chromium's is not Electron's, and is never shown.
  addEventListener('contextmenu', (event) => {
    if (event.defaultPrevented) return
    event.preventDefault()
    const target = event.target as HTMLElement | null
    const link = target?.closest('a[href]') as HTMLAnchorElement | null
    const isEditable = target !== null && (target.isContentEditable || target.matches('input, textarea'))
    tell({ k: 'context', v: { x: event.clientX, y: event.clientY, linkURL: link?.href ?? '', linkText: link?.textContent ?? '', selectionText: String(getSelection()), isEditable } })
  })
  // Chromium's own notice of a new title comes only with the next navigation. The head is watched, not the whole page.
  const tellTitle = (): void => { tell({ k: 'title', v: document.title }) }
  document.addEventListener('DOMContentLoaded', () => {
    tellTitle()
    if (document.head) new MutationObserver(tellTitle).observe(document.head, { childList: true, subtree: true, characterData: true })
  })
  addEventListener('pagehide', () => { queueMicrotask(() => { release.done = true }) })
  addEventListener('pageshow', () => { release.done = false })
  if (location.href.startsWith('data:text/html;stand-in')) return

  const missing = (owner: string, known: Record<string, unknown>): unknown => new Proxy(known, {
    get(target, key) {
      if (typeof key === 'symbol' || key in target || ['then', 'toJSON', '__esModule', 'default'].includes(key)) return Reflect.get(target, key) as unknown
      throw new Error(`${owner}.${key} is not in the stand-in`)
    },
  })
  const zoom = { factor: 1 }
  const electron = missing('electron (renderer)', {
    contextBridge: missing('contextBridge', {
      exposeInMainWorld(key: string, api: unknown) { bridge.call('expose', key, api) },
      exposeInIsolatedWorld() { throw new Error('contextBridge.exposeInIsolatedWorld is not in the stand-in') },
    }),
    ipcRenderer,
    webFrame: missing('webFrame', {
      getZoomFactor: () => zoom.factor,
      setZoomFactor: () => { throw new Error('webFrame.setZoomFactor is not in the stand-in; use webContents.setZoomFactor') },
    }),
    webUtils: missing('webUtils', { getPathForFile: () => { throw new Error('webUtils.getPathForFile is not in the stand-in') } }),
    crashReporter: missing('crashReporter', {}),
    nativeImage: missing('nativeImage', {}),
  })
  const setImmediate = (callback: (...args: unknown[]) => void, ...args: unknown[]): number => Number(globalThis.setTimeout(callback, 0, ...args))
  const clearImmediate = (id: number): void => { globalThis.clearTimeout(id) }
  const modules: Record<string, unknown> = {
    electron, 'electron/renderer': electron, 'electron/common': electron,
    events: EventEmitter, 'node:events': EventEmitter,
    timers: { setTimeout: globalThis.setTimeout.bind(globalThis), clearTimeout: globalThis.clearTimeout.bind(globalThis),
      setInterval: globalThis.setInterval.bind(globalThis), clearInterval: globalThis.clearInterval.bind(globalThis), setImmediate, clearImmediate },
    url: { URL, URLSearchParams },
  }
  modules['node:timers'] = modules['timers']
  modules['node:url'] = modules['url']
  const require = (name: string): unknown => {
    if (Object.hasOwn(modules, name)) return modules[name]
    throw new Error(`module not found: ${name}`)
  }
  const process = Object.assign(new EventEmitter(), setup.process)
  const noBuffer = new Proxy(function Buffer() { return undefined }, {
    get() { throw new Error('Buffer is not in the stand-in; a preload has Uint8Array') },
  })
  setup.preloads.forEach((preload, index) => {
    try {
      if (preload.error !== null) throw new SyntaxError(preload.error)
      const exports = {}
      parts.scripts[index]?.(require, process, exports, { exports }, globalThis, noBuffer, setImmediate, clearImmediate)
    } catch (error) {
      const { message, stack } = error instanceof Error ? error : new Error(String(error))
      console.error(`Unable to load preload script: ${preload.path}`)
      console.error(error)
      tell({ k: 'preload-error', path: preload.path, message, stack: stack ?? '' })
    }
  })
}
