import type { BrowserWindow, IpcMainEvent, IpcMainInvokeEvent, MessagePortMain, WebContents } from 'electron'
import type { Disposable } from '../shared/disposable.ts'
import { failure, FailureError } from '../shared/failure.ts'
import {
  APP_ORIGIN,
  requests,
  roleChannels,
  SOUND_READY_CHANNEL,
  VOICE_PORT_CHANNEL,
  type Reply,
  type RequestArgs,
  type RequestChannel,
  type RequestReply,
  type WindowRole,
} from '../shared/ipc.ts'
import type { AppState, Levels, StatePatch } from '../shared/state.ts'
import type { Log } from './log.ts'

/** Answers one channel. Throws {@link FailureError} for what a person can act on; anything else becomes `internal`. */
export type RequestHandler<C extends RequestChannel> = (
  ...args: RequestArgs<C>
) => RequestReply<C> | Promise<RequestReply<C>>

/** One handler for every channel of the contract but `state.get`, which the bridge answers itself. */
export type RequestHandlers = { [C in Exclude<RequestChannel, 'state.get'>]: RequestHandler<C> }

export interface BridgeOptions {
  handlers: RequestHandlers
  /** The state as it is now; read when a window asks for a snapshot. */
  state: () => AppState
  log: Log
}

/** Levels are sent at most this often to a window, Hz. */
const LEVELS_HZ = 30
/** A request larger than this is refused before it is parsed: values in all, and characters and bytes in all. */
const MAX_VALUES = 200
const MAX_SIZE = 64_000

/** One visible window and what it may be told. */
interface Peer {
  window: BrowserWindow
  role: WindowRole
  /** Its process has asked for a snapshot, so it can use patches. */
  ready: boolean
  levels: Levels | null
  lastLevels: number
  levelsTimer: NodeJS.Timeout | null
}

/**
 * The one door between main and the visible windows. Every channel of the contract is registered
 * on each window's own `webContents.ipc`, so that no other contents can address it, and checked in
 * this order before its handler runs: who asks, how much, in what shape.
 */
export class Bridge implements Disposable {
  readonly #options: BridgeOptions
  readonly #peers = new Map<WebContents, Peer>()
  #seq = 0

  constructor(options: BridgeOptions) {
    this.#options = options
  }

  /**
   * Opens the door for a visible window, before it loads its page: the channels of its role are
   * there for it, all others do not exist. Undone by itself when the window closes.
   */
  attach(window: BrowserWindow, role: WindowRole): Disposable {
    const contents = window.webContents
    const peer: Peer = { window, role, ready: false, levels: null, lastLevels: -Infinity, levelsTimer: null }
    this.#peers.set(contents, peer)
    for (const channel of roleChannels[role]) {
      contents.ipc.handle(channel, (event, ...args: unknown[]) => this.#receive(event, contents, channel, args))
    }
    // Not at a navigation as well: `did-start-navigation` also comes for one that is then prevented,
    // and the document that stays would never hear of a change again. A reloaded document asks anew.
    contents.on('render-process-gone', () => {
      peer.ready = false
    })
    const detach = (): void => {
      if (peer.levelsTimer !== null) clearTimeout(peer.levelsTimer)
      peer.levelsTimer = null
      if (!this.#peers.delete(contents) || window.isDestroyed() || contents.isDestroyed()) return
      for (const channel of roleChannels[role]) contents.ipc.removeHandler(channel)
    }
    window.once('closed', detach)
    return { dispose: detach }
  }

  /** Numbers a change of the state and tells it to every window that holds a snapshot. */
  patch(change: Omit<StatePatch, 'seq'>): void {
    this.#seq++
    const patch: StatePatch = { seq: this.#seq, ...change }
    for (const peer of this.#peers.values()) {
      if (peer.ready) send(peer.window, 'state.patch', forRole(peer.role, patch))
    }
  }

  /** Tells the levels to every window that can be seen, at most 30 times a second; the last ones are never left out. */
  levels(levels: Levels): void {
    for (const peer of this.#peers.values()) {
      if (!peer.ready || !canBeSeen(peer.window)) continue
      peer.levels = levels
      if (peer.levelsTimer !== null) continue
      const wait = Math.max(0, peer.lastLevels + 1000 / LEVELS_HZ - performance.now())
      if (wait === 0) this.#sendLevels(peer)
      else peer.levelsTimer = setTimeout(() => this.#sendLevels(peer), wait)
    }
  }

  dispose(): void {
    for (const peer of this.#peers.values()) {
      if (peer.levelsTimer !== null) clearTimeout(peer.levelsTimer)
      if (peer.window.isDestroyed()) continue
      for (const channel of roleChannels[peer.role]) peer.window.webContents.ipc.removeHandler(channel)
    }
    this.#peers.clear()
  }

  #sendLevels(peer: Peer): void {
    peer.levelsTimer = null
    peer.lastLevels = performance.now()
    if (peer.levels !== null && canBeSeen(peer.window)) send(peer.window, 'levels', peer.levels)
    peer.levels = null
  }

  /** Not `async` at its first steps: the sender's frame is null once the turn of the event is over. */
  #receive(event: IpcMainInvokeEvent, contents: WebContents, channel: RequestChannel, args: unknown[]): Promise<Reply<unknown>> {
    const peer = this.#peers.get(contents)
    if (peer === undefined || !isOurPage(event, contents)) {
      this.#options.log.warn(`A request on ${channel} from a stranger was refused.`)
      return Promise.reject(new Error('Refused.'))
    }
    return this.#answer(peer, channel, args)
  }

  async #answer(peer: Peer, channel: RequestChannel, args: unknown[]): Promise<Reply<unknown>> {
    const { log } = this.#options
    if (!isSmall(args)) {
      log.warn(`A request on ${channel} was too large.`)
      return { ok: false, failure: failure('internal', { channel }) }
    }
    const parsed = requests[channel].args.safeParse(args)
    if (!parsed.success) {
      // Where and how, never what: the value may be a key.
      const problems = parsed.error.issues.slice(0, 5).map((issue) => ({ at: issue.path.join('.'), code: issue.code }))
      log.warn(`A request on ${channel} did not fit the contract.`, problems)
      return { ok: false, failure: failure('internal', { channel }) }
    }
    try {
      return { ok: true, value: await this.#handle(peer, channel, parsed.data) }
    } catch (error) {
      if (error instanceof FailureError) return { ok: false, failure: error.failure }
      log.error(`The handler of ${channel} failed.`, error)
      return { ok: false, failure: failure('internal', { channel }) }
    }
  }

  #handle(peer: Peer, channel: RequestChannel, args: readonly unknown[]): unknown {
    if (channel === 'state.get') {
      peer.ready = true
      // The state first: reading it sends what was still waiting, which moves the number on.
      const state = this.#options.state()
      return { seq: this.#seq, state: peer.role === 'main' ? state : { ...state, entries: [] } }
    }
    // The schema of this very channel has just parsed `args`; TypeScript cannot follow the pairing.
    const handler = this.#options.handlers[channel] as (...args: readonly unknown[]) => unknown
    return handler(...args)
  }
}

/** The document of a sound room says that it listens. `nonce` names the document. */
export function onSoundReady(contents: WebContents, listener: (nonce: string) => void): Disposable {
  const receive = (event: IpcMainEvent, nonce: unknown): void => {
    if (!isOurPage(event, contents)) return
    if (typeof nonce === 'string' && nonce !== '' && nonce.length <= 64) listener(nonce)
  }
  contents.ipc.on(SOUND_READY_CHANNEL, receive)
  return {
    dispose() {
      if (!contents.isDestroyed()) contents.ipc.off(SOUND_READY_CHANNEL, receive)
    },
  }
}

/** Gives one end of the voice port to the document that named itself `nonce`. */
export function handOverVoicePort(contents: WebContents, nonce: string, port: MessagePortMain): void {
  contents.postMessage(VOICE_PORT_CHANNEL, { nonce }, [port])
}

/**
 * Whether a message comes from the main frame of this contents, showing a page of ours. The origin
 * decides, not the URL: about:blank and blob: URLs do not say who controls them. Must run
 * synchronously, because the frame is null after it navigated or was destroyed.
 */
function isOurPage(event: IpcMainInvokeEvent | IpcMainEvent, contents: WebContents): boolean {
  const frame = event.senderFrame
  return frame !== null && event.sender === contents && frame.parent === null && frame.origin === APP_ORIGIN
}

/** The conversation is the main window's alone; the others get the number, so that none is missing. */
function forRole(role: WindowRole, patch: StatePatch): StatePatch {
  if (role === 'main' || patch.conversation === undefined) return patch
  return { seq: patch.seq, ...(patch.set ? { set: patch.set } : {}) }
}

function canBeSeen(window: BrowserWindow): boolean {
  return !window.isDestroyed() && window.isVisible() && !window.isMinimized()
}

function send(window: BrowserWindow, channel: 'state.patch' | 'levels', value: StatePatch | Levels): void {
  if (window.isDestroyed() || window.webContents.isDestroyed()) return
  window.webContents.send(channel, value)
}

/** Whether a request is of a size that a person's window can mean; looks no further than the limits. */
function isSmall(args: readonly unknown[]): boolean {
  let values = 0
  let size = 0
  const waiting: unknown[] = [args]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (++values > MAX_VALUES) return false
    if (typeof value === 'string') size += value.length
    else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) size += value.byteLength
    else if (typeof value === 'object' && value !== null) {
      const parts: unknown[] = value instanceof Map || value instanceof Set ? [...entriesOf(value)] : Object.values(value)
      if (parts.length > MAX_VALUES) return false
      for (const key of Object.keys(value)) size += key.length
      waiting.push(...parts)
    }
    if (size > MAX_SIZE) return false
  }
  return true
}

function* entriesOf(collection: Map<unknown, unknown> | Set<unknown>): Generator<unknown> {
  for (const [key, value] of collection.entries()) {
    yield key
    yield value
  }
}
