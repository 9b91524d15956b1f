import { EventEmitter } from 'node:events'
import type { DocumentHost } from './document-host.ts'
import { codec, MessagePortMain } from './ports.ts'
import type { FromPage } from './wire.ts'

type Handler = (event: object, ...args: unknown[]) => unknown

/** `ipcMain`, `webContents.ipc` and `webFrameMain.ipc`. Electron: lib/browser/ipc-main-impl.ts. */
export class IpcMainImpl extends EventEmitter {
  #handlers = new Map<string, Handler>()

  constructor() {
    super()
    // An emitter throws for an unheard 'error'; here it is only a channel with that name.
    this.on('error', () => undefined)
  }

  handle(channel: string, listener: Handler): void {
    if (this.#handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`)
    if (typeof listener !== 'function') throw new TypeError(`Expected handler to be a function, but found type '${typeof listener}'`)
    this.#handlers.set(channel, listener)
  }

  handleOnce(channel: string, listener: Handler): void {
    this.handle(channel, (event, ...args) => {
      this.removeHandler(channel)
      return listener(event, ...args)
    })
  }

  removeHandler(channel: string): void { this.#handlers.delete(channel) }

  handlerFor(channel: string): Handler | undefined { return this.#handlers.get(channel) }
}

export const ipcMain = new IpcMainImpl()

/** The sender as the dispatcher needs it. */
export interface IpcSender extends EventEmitter {
  id: number
  ipc: IpcMainImpl
}

/** The frame as the dispatcher needs it. */
export interface IpcFrame {
  ipc: IpcMainImpl
  processId: number
  routingId: number
}

export type IpcMessage = Extract<FromPage, { k: 'send' | 'invoke' | 'sync' | 'post' }>

const notSent = new FinalizationRegistry((answer: () => void) => { answer() })

/**
 * Hands a page's message to frame, contents and ipcMain, in this order. Electron: lib/browser/ipc-dispatch.ts.
 * `currentHost` tells which document the frame shows now: a later one means that the sender is gone, and
 * `senderFrame` is null.
 */
export function dispatchIpc(options: {
  message: IpcMessage
  sender: IpcSender
  frame: IpcFrame | null
  host: DocumentHost
  replySync(text: string): void
}): void {
  const { message, sender, frame, host } = options
  const event: Record<string, unknown> = {
    type: 'frame', sender, processId: frame?.processId ?? -1, frameId: frame?.routingId ?? -1, ports: [],
  }
  let prevented = false
  Object.defineProperties(event, {
    senderFrame: { get: () => host.gone ? null : frame, enumerable: true },
    preventDefault: { value: () => { prevented = true } },
    defaultPrevented: { get: () => prevented },
    reply: { value: (channel: string, ...args: unknown[]) => { host.tell({ k: 'send', c: channel, a: codec.encode(args), p: [] }) } },
  })
  const emitters = [frame?.ipc, sender.ipc, ipcMain].filter((item) => item !== undefined)

  if (message.k === 'post') {
    event['ports'] = host.take(message.p).map((end) => new MessagePortMain(end))
    const data = codec.decode(message.a)
    for (const emitter of emitters) emitter.emit(message.c, event, data)
    return
  }
  const args = codec.decode(message.a) as unknown[]
  if (message.k === 'send') {
    sender.emit('ipc-message', event, message.c, ...args)
    for (const emitter of emitters) emitter.emit(message.c, event, ...args)
  } else if (message.k === 'sync') {
    let replied = false
    Object.defineProperty(event, 'returnValue', {
      get: () => undefined,
      set: (value: unknown) => {
        if (replied) return
        replied = true
        options.replySync(JSON.stringify({ k: 'reply', i: message.i, r: codec.encode(value) }))
      },
    })
    if (sender.listenerCount('ipc-message-sync') === 0 && emitters.every((emitter) => emitter.listenerCount(message.c) === 0)) {
      console.warn(`WebContents #${sender.id} called ipcRenderer.sendSync() with '${message.c}' channel without listeners.`)
    }
    sender.emit('ipc-message-sync', event, message.c, ...args)
    for (const emitter of emitters) emitter.emit(message.c, event, ...args)
  } else {
    void invoke(message, emitters.map((emitter) => emitter.handlerFor(message.c)).find((handler) => handler !== undefined), event, args, host)
  }
}

async function invoke(message: IpcMessage & { k: 'send' | 'invoke' | 'sync' }, handler: Handler | undefined, event: object, args: unknown[], host: DocumentHost): Promise<void> {
  const fail = (error: unknown): void => {
    console.error(`Error occurred in handler for '${message.c}':`, error)
    host.tell({ k: 'reply', i: message.i, e: String(error) })
  }
  if (!handler) {
    fail(new Error(`No handler registered for '${message.c}'`))
    return
  }
  try {
    const outcome = handler(event, ...args)
    if (outcome instanceof Promise) notSent.register(outcome, () => { host.tell({ k: 'reply', i: message.i, e: 'Error: reply was never sent' }) }, outcome)
    const result: unknown = await outcome
    if (outcome instanceof Promise) notSent.unregister(outcome)
    host.tell({ k: 'reply', i: message.i, r: codec.encode(result) })
  } catch (error) {
    fail(error)
  }
}
