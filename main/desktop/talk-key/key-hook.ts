import { connect } from 'node:net'
import type { SystemPreferences } from 'electron'
import type { Log } from '../../log.ts'
import type { TalkKeyReason } from './provider.ts'

/** A key event as the native hook gives it. */
export interface NativeKeyEvent {
  /** ms on a clock of the system's own. */
  time: number
  keycode: number
  altKey: boolean
  ctrlKey: boolean
  metaKey: boolean
  shiftKey: boolean
}

/** What is used of `uiohook-napi`. */
export interface NativeHook {
  on(event: 'keydown', listener: (event: NativeKeyEvent) => void): unknown
  on(event: 'keyup', listener: (event: NativeKeyEvent) => void): unknown
  on(event: 'mousedown', listener: (event: { time: number }) => void): unknown
  on(event: 'wheel', listener: (event: { time: number }) => void): unknown
  off(event: 'keydown' | 'keyup', listener: (event: NativeKeyEvent) => void): unknown
  off(event: 'mousedown' | 'wheel', listener: (event: { time: number }) => void): unknown
  start(): void
  stop(): void
}

/** A key event on the clock of the talk key; `at` in ms. It is looked at and forgotten: nobody keeps or logs one. */
export type HookEvent =
  | { type: 'keydown' | 'keyup'; at: number; code: number; ctrl: boolean; alt: boolean; shift: boolean; meta: boolean }
  | { type: 'pointer'; at: number }

export interface KeyHookOptions {
  log: Log
  platform: NodeJS.Platform
  /** Which display server: read once at `start`. */
  env: Readonly<Record<string, string | undefined>>
  /** Asked on macOS only, and never so that the system would ask the person. */
  systemPreferences: Pick<SystemPreferences, 'isTrustedAccessibilityClient'>
  /** ms, monotonic. */
  now: () => number
  /** Throws or rejects where the module is missing or built for another processor. */
  load?: () => Promise<NativeHook>
  /** Whether an X server answers at `DISPLAY`. */
  displayAnswers?: (display: string) => Promise<boolean>
}

/** An event's own time is believed up to this much of delay, ms. */
const MAX_DELAY_MS = 2000

/** How far the hook is. */
type State = { phase: 'off' } | { phase: 'starting'; started: Promise<TalkKeyReason | null> } | { phase: 'on'; native: NativeHook }

/** The system-wide key hook: loaded when it is needed, never fatal, told to one listener at a time. */
export class KeyHook {
  readonly #options: KeyHookOptions
  #state: State = { phase: 'off' }
  /** Proves that an answer belongs to the latest start. */
  #attempt = 0
  readonly #listeners = new Set<(event: HookEvent) => void>()
  /** now() − the system's time of an event, at the least delay seen. */
  #offset = Infinity

  constructor(options: KeyHookOptions) {
    this.#options = options
  }

  get running(): boolean {
    return this.#state.phase === 'on'
  }

  /** Starts it; null: it runs. Never throws. */
  start(): Promise<TalkKeyReason | null> {
    if (this.#state.phase === 'on') return Promise.resolve(null)
    if (this.#state.phase === 'starting') return this.#state.started
    const started = this.#start(++this.#attempt)
    this.#state = { phase: 'starting', started }
    return started
  }

  /** Stops it: no key is seen any more. Must be called before the app ends. */
  stop(): void {
    this.#attempt++
    const state = this.#state
    this.#state = { phase: 'off' }
    if (state.phase !== 'on') return
    this.#connect(state.native, 'off')
    try {
      state.native.stop()
    } catch (error) {
      this.#options.log.warn('The key hook did not stop in order.', error)
    }
  }

  /** Hears every event until the returned function is called. */
  listen(listener: (event: HookEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  async #start(attempt: number): Promise<TalkKeyReason | null> {
    const result = await this.#open(attempt)
    if (attempt !== this.#attempt) {
      if (typeof result === 'object') result.stop()
      return 'hook_failed'
    }
    if (typeof result === 'string') {
      this.#state = { phase: 'off' }
      return result
    }
    this.#offset = Infinity
    this.#connect(result, 'on')
    this.#state = { phase: 'on', native: result }
    return null
  }

  async #open(attempt: number): Promise<NativeHook | TalkKeyReason> {
    const { platform, env, systemPreferences, log } = this.#options
    if (platform === 'darwin' && !systemPreferences.isTrustedAccessibilityClient(false)) return 'accessibility_needed'
    if (platform === 'linux') {
      if (isWayland(env)) return 'wayland'
      // Without a display the native module would wait for ever or end the process.
      const display = env['DISPLAY'] ?? ''
      if (display === '' || !(await (this.#options.displayAnswers ?? displayAnswers)(display))) return 'no_display'
    }
    let native: NativeHook
    try {
      native = await (this.#options.load ?? loadNative)()
    } catch (error) {
      log.warn('The key hook cannot be loaded; the talk key can be tapped, not held.', error)
      return 'hook_missing'
    }
    if (attempt !== this.#attempt) return 'hook_failed'
    try {
      native.start()
      return native
    } catch (error) {
      log.warn('The key hook did not start; the talk key can be tapped, not held.', error)
      return 'hook_failed'
    }
  }

  #connect(native: NativeHook, how: 'on' | 'off'): void {
    native[how]('keydown', this.#onDown)
    native[how]('keyup', this.#onUp)
    native[how]('mousedown', this.#onPointer)
    native[how]('wheel', this.#onPointer)
  }

  readonly #onDown = (event: NativeKeyEvent): void => {
    this.#key('keydown', event)
  }
  readonly #onUp = (event: NativeKeyEvent): void => {
    this.#key('keyup', event)
  }
  readonly #onPointer = ({ time }: { time: number }): void => {
    this.#tell({ type: 'pointer', at: this.#clock(time) })
  }

  #key(type: 'keydown' | 'keyup', { time, keycode, ctrlKey, altKey, shiftKey, metaKey }: NativeKeyEvent): void {
    this.#tell({ type, at: this.#clock(time), code: keycode, ctrl: ctrlKey, alt: altKey, shift: shiftKey, meta: metaKey })
  }

  #tell(event: HookEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  /** When it happened, not when a busy process came to hear of it: the length of a hold depends on it. */
  #clock(time: number): number {
    const now = this.#options.now()
    this.#offset = Math.min(this.#offset, now - time)
    // The system's clock jumped, or counts in something other than ms.
    if (now - (time + this.#offset) > MAX_DELAY_MS) this.#offset = now - time
    return time + this.#offset
  }
}

/** A Wayland session, where the hook would see nothing but the keys of X11 windows. */
export function isWayland(env: Readonly<Record<string, string | undefined>>): boolean {
  return (env['WAYLAND_DISPLAY'] ?? '') !== '' || env['XDG_SESSION_TYPE'] === 'wayland'
}

async function loadNative(): Promise<NativeHook> {
  const loaded = await import('uiohook-napi')
  return loaded.uIOhook
}

/** Whether somebody listens at an X display (`:0`, `host:0.0`). Waits at most a second. */
export async function displayAnswers(display: string): Promise<boolean> {
  const match = /^(?:unix)?([^/]*):(\d+)(?:\.\d+)?$/.exec(display)
  if (match === null) return false
  const [, host = '', number = '0'] = match
  const answers = (target: { path: string } | { host: string; port: number }): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(target)
      const end = (result: boolean): void => {
        socket.destroy()
        resolve(result)
      }
      socket.setTimeout(1000, () => {
        end(false)
      })
      socket.once('connect', () => {
        end(true)
      })
      socket.once('error', () => {
        end(false)
      })
    })
  if (host !== '') return answers({ host, port: 6000 + Number(number) })
  const path = `/tmp/.X11-unix/X${number}`
  // Some servers listen at the abstract name only.
  return (await answers({ path })) || answers({ path: `\0${path}` })
}
