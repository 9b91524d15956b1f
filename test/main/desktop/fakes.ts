import { EventEmitter } from 'node:events'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type {
  BrowserWindow,
  BrowserWindowConstructorOptions,
  IpcMain,
  IpcMainInvokeEvent,
  MessageChannelMain,
  MessagePortMain,
  WebContents,
  WebFrameMain,
  WindowOpenHandlerResponse,
} from 'electron'
import type { Log } from '../../../main/log.ts'

/**
 * Small pieces of Electron for unit tests in plain Node. They are strict: whatever a fake does not
 * have throws when it is touched, instead of being undefined.
 */
export function strict<T extends object>(name: string, parts: object): T {
  const check = (target: object, property: string | symbol): void => {
    // Promises and printing probe these on anything they are given.
    if (property in target || typeof property === 'symbol' || ['then', 'toJSON', 'asymmetricMatch'].includes(property)) return
    throw new Error(`The fake ${name} has no ${property}.`)
  }
  return new Proxy(parts, {
    get(target, property): unknown {
      check(target, property)
      const value: unknown = Reflect.get(target, property, target)
      // Bound, so that private fields of the class behind the fake are found.
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
    },
  }) as T
}

/** A log that can be read. */
export function memoryLog(): Log & { lines: string[] } {
  const lines: string[] = []
  const write =
    (level: string) =>
    (sentence: string, ...details: unknown[]): void => {
      lines.push([level, sentence, ...details.map((d) => (d instanceof Error ? d.message : JSON.stringify(d)))].join(' '))
    }
  return {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    redactAlso: () => undefined,
  }
}

/** A preventable event. */
export function preventable<T extends object>(details: T): T & { preventDefault(): void; defaultPrevented: boolean } {
  const event = {
    ...details,
    defaultPrevented: false,
    preventDefault() {
      event.defaultPrevented = true
    },
  }
  return event
}

type InvokeHandler = Parameters<IpcMain['handle']>[1]

/** `webContents.ipc`, with Electron's rule of one handler for each channel. */
export class FakeIpc extends EventEmitter {
  readonly handlers = new Map<string, InvokeHandler>()

  handle(channel: string, handler: InvokeHandler): void {
    if (this.handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`)
    this.handlers.set(channel, handler)
  }

  removeHandler(channel: string): void {
    this.handlers.delete(channel)
  }

  /** What a renderer does with `ipcRenderer.invoke`. */
  async invoke(channel: string, event: IpcMainInvokeEvent, ...args: unknown[]): Promise<unknown> {
    const handler = this.handlers.get(channel)
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`)
    return structuredClone(await (handler(event, ...structuredClone(args)) as Promise<unknown>))
  }
}

let nextId = 1

export class FakeContents extends EventEmitter {
  readonly id = nextId++
  readonly ipc = new FakeIpc()
  readonly sent: { channel: string; value: unknown }[] = []
  readonly posted: { channel: string; message: unknown; ports: MessagePortMain[] }[] = []
  openHandler: Parameters<WebContents['setWindowOpenHandler']>[0] | null = null
  url = 'app://parley/index.html'
  destroyed = false

  getURL(): string {
    return this.url
  }

  zoom = 1

  getZoomFactor(): number {
    return this.zoom
  }

  isDestroyed(): boolean {
    return this.destroyed
  }

  send(channel: string, ...args: unknown[]): void {
    if (this.destroyed) throw new TypeError('Object has been destroyed')
    this.sent.push({ channel, value: structuredClone(args[0]) })
  }

  postMessage(channel: string, message: unknown, ports: MessagePortMain[] = []): void {
    if (this.destroyed) throw new TypeError('Object has been destroyed')
    this.posted.push({ channel, message: structuredClone(message), ports })
  }

  setWindowOpenHandler(handler: Parameters<WebContents['setWindowOpenHandler']>[0]): void {
    this.openHandler = handler
  }

  /** What a page does with `window.open`. */
  open(url: string): WindowOpenHandlerResponse | undefined {
    return this.openHandler?.({ url, frameName: '', features: '', disposition: 'new-window', referrer: { url: '', policy: 'default' } })
  }
}

export class FakeWindow extends EventEmitter {
  readonly options: BrowserWindowConstructorOptions
  readonly contents = new FakeContents()
  readonly webContents = strict<WebContents>('webContents', this.contents)
  readonly loaded: string[] = []
  loading: Promise<void> = Promise.resolve()
  visible: boolean
  minimized = false
  focused = false
  destroyed = false
  background = ''
  bounds = { x: 11, y: 22, width: 520, height: 720 }

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super()
    this.options = options
    this.visible = options.show ?? true
  }

  loadURL(url: string): Promise<void> {
    this.loaded.push(url)
    return this.loading
  }

  /** As Electron's: it comes with the focus. */
  show(): void {
    this.visible = true
    this.focused = true
  }

  showInactive(): void {
    this.visible = true
  }

  hide(): void {
    this.visible = false
    this.focused = false
  }

  focus(): void {
    this.focused = true
  }

  isFocused(): boolean {
    return this.focused
  }

  isNormal(): boolean {
    return !this.minimized
  }

  /** What a person does with the cross, and what comes of it. */
  closeByHand(): void {
    const event = preventable({})
    this.emit('close', event)
    if (!event.defaultPrevented) this.destroy()
  }

  setBounds(bounds: { x: number; y: number; width: number; height: number }): void {
    if (!Object.values(bounds).every(Number.isInteger)) throw new TypeError('Error processing argument at index 0, conversion failure')
    this.bounds = bounds
  }

  readonly done: string[] = []

  setAlwaysOnTop(on: boolean, level: string): void {
    this.done.push(`always on top ${on} ${level}`)
  }

  setVisibleOnAllWorkspaces(on: boolean): void {
    this.done.push(`all workspaces ${on}`)
  }

  setContentProtection(on: boolean): void {
    this.done.push(`protected ${on}`)
  }

  restore(): void {
    this.minimized = false
  }

  isVisible(): boolean {
    return this.visible
  }

  isMinimized(): boolean {
    return this.minimized
  }

  isDestroyed(): boolean {
    return this.destroyed
  }

  getBounds(): { x: number; y: number; width: number; height: number } {
    return this.bounds
  }

  setBackgroundColor(color: string): void {
    this.background = color
  }

  destroy(): void {
    if (this.destroyed) throw new TypeError('Object has been destroyed')
    this.destroyed = true
    this.contents.destroyed = true
    this.emit('closed')
  }

  /** The window as Parley's code sees it. */
  get face(): BrowserWindow {
    return (this.#face ??= strict<BrowserWindow>('BrowserWindow', this))
  }
  #face: BrowserWindow | null = null
}

/** Who sends a message. */
export function frame(parts: { origin?: string; parent?: WebFrameMain | null } = {}): WebFrameMain {
  return strict<WebFrameMain>('WebFrameMain', { origin: 'app://parley', parent: null, ...parts })
}

export function invokeEvent(sender: WebContents, senderFrame: WebFrameMain | null): IpcMainInvokeEvent {
  return strict<IpcMainInvokeEvent>('event', { sender, senderFrame })
}

/** A MessagePortMain over one of Node's: real cloning, messages wait for `start`. */
class FakePort extends EventEmitter {
  readonly #port: MessagePort
  constructor(port: MessagePort) {
    super()
    this.#port = port
    port.on('close', () => this.emit('close'))
  }
  start(): void {
    this.#port.on('message', (data: unknown) => this.emit('message', { data, ports: [] }))
  }
  postMessage(message: unknown): void {
    this.#port.postMessage(message)
  }
  close(): void {
    this.#port.close()
  }
}

export function createChannel(): MessageChannelMain {
  const { port1, port2 } = new MessageChannel()
  const port = (p: MessagePort): MessagePortMain => strict<MessagePortMain>('MessagePortMain', new FakePort(p))
  return strict<MessageChannelMain>('MessageChannelMain', { port1: port(port1), port2: port(port2) })
}
