import type { BrowserWindow, MessageChannelMain, MessageEvent, MessagePortMain } from 'electron'
import type { Disposable } from '../../shared/disposable.ts'
import type { ToSoundRoom } from '../../shared/voice-port.ts'
import { handOverVoicePort, onSoundReady } from '../bridge.ts'
import type { Log } from '../log.ts'
import type { SoundPort, SoundPortEvent } from '../voice/sound-port.ts'
import { SOUND_ROOM_PAGE } from './app-origin.ts'
import { RetryCap } from './retry-cap.ts'
import { Expectations } from './sound-room-expectations.ts'
import { exactSize, fromSoundRoomSchema, PortLimits } from './voice-port-schema.ts'

/** Waits before the first, second and third rebuild, ms. */
const BACK_OFF_MS = [100, 1000, 4000]
/** A room that worked this long was sound: its end is the first failure of a new count, ms. */
const SOUND_AFTER_MS = 60_000
/** How often the room is checked for life, ms. */
const CHECK_MS = 1000
/** Most messages kept until the room is ready. */
const MAX_WAITING = 512

export interface SoundRoomOptions {
  /** Makes the hidden window ({@link soundRoomWindowOptions}); its page is loaded here. */
  createWindow: () => BrowserWindow
  createChannel: () => MessageChannelMain
  log: Log
  /** ms, of a clock that only goes forward */
  now?: () => number
}

/** One window with its document. Everything that comes from it names it, and counts only while it is the present one. */
interface Room {
  readonly attempt: number
  readonly window: BrowserWindow
  readonly limits: PortLimits
  readonly expects: Expectations
  readonly parts: Disposable[]
  /** Held strongly: a collected port is a closed port. */
  port: MessagePortMain | null
  /** When it said `ready`, null before. */
  readyAt: number | null
}

type State =
  | { name: 'stopped' | 'closed' }
  | { name: 'starting' | 'ready'; room: Room }
  | { name: 'waiting'; timer: NodeJS.Timeout }
  | { name: 'gave_up' }

/**
 * Owns the hidden window that hears and speaks, and the voice port to it. A room that dies, loses
 * its port, reloads, or falls silent while it should speak is rebuilt, three times in a row.
 */
export class SoundRoom implements SoundPort, Disposable {
  readonly #options: SoundRoomOptions
  readonly #now: () => number
  readonly #cap = new RetryCap({ most: BACK_OFF_MS.length, soundAfterMs: SOUND_AFTER_MS })
  #state: State = { name: 'stopped' }
  #attempt = 0
  #waiting: ToSoundRoom[] = []
  #listener: ((message: SoundPortEvent) => void) | null = null
  #dropped = 0

  constructor(options: SoundRoomOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** Builds the room; also once more after it gave up. Ignored while there is one. */
  start(): void {
    if (this.#state.name !== 'stopped' && this.#state.name !== 'gave_up') return
    this.#cap.reset()
    this.#build()
  }

  post(message: ToSoundRoom): void {
    const exact = message.type === 'audio' ? { ...message, pcm: exactSize(message.pcm) } : message
    switch (this.#state.name) {
      case 'ready':
        this.#send(this.#state.room, exact)
        return
      case 'gave_up':
      case 'closed':
        return
      default:
        if (this.#waiting.length < MAX_WAITING) this.#waiting.push(exact)
        else this.#options.log.warn('The sound room is not ready and too much waits for it; a message was dropped.')
    }
  }

  listen(listener: (message: SoundPortEvent) => void): Disposable {
    this.#listener = listener
    if (this.#state.name === 'ready') {
      const { room } = this.#state
      queueMicrotask(() => {
        if (this.#listener === listener && this.#isPresent(room)) this.#emit({ type: 'ready' })
      })
    }
    return {
      dispose: () => {
        if (this.#listener === listener) this.#listener = null
      },
    }
  }

  /** Closes the room for good, as Parley ends. */
  dispose(): void {
    const state = this.#state
    this.#state = { name: 'closed' }
    this.#waiting = []
    if (state.name === 'waiting') clearTimeout(state.timer)
    if (state.name === 'starting' || state.name === 'ready') demolish(state.room)
  }

  #build(): void {
    const attempt = ++this.#attempt
    const { log, createWindow } = this.#options
    const window = createWindow()
    const now = this.#now()
    const room: Room = {
      attempt,
      window,
      limits: new PortLimits(now),
      expects: new Expectations(now),
      parts: [],
      port: null,
      readyAt: null,
    }
    this.#state = { name: 'starting', room }

    const contents = window.webContents
    contents.on('preload-error', (_event, path, error) => log.error(`The preload ${path} failed.`, error))
    contents.on('render-process-gone', (_event, { reason, exitCode }) => this.#lost(room, `process ${reason} ${exitCode}`))
    window.on('closed', () => this.#lost(room, 'window closed'))
    room.parts.push(onSoundReady(contents, (nonce) => this.#connect(room, nonce)))
    const check = setInterval(() => {
      const overdue = room.expects.overdue(this.#now())
      if (overdue !== null) this.#lost(room, overdue)
    }, CHECK_MS)
    room.parts.push({ dispose: () => clearInterval(check) })

    window.loadURL(SOUND_ROOM_PAGE).catch((error: unknown) => {
      if (!this.#isPresent(room)) return
      log.error('The sound room could not load its page.', error)
      this.#lost(room, 'page not loaded')
    })
  }

  /** A document of the room listens: it gets its end of the port. */
  #connect(room: Room, nonce: string): void {
    if (!this.#isPresent(room)) return
    if (room.port !== null) {
      // A second document means that the first is gone, with everything that was in it.
      this.#lost(room, 'page reloaded')
      return
    }
    const { port1, port2 } = this.#options.createChannel()
    room.port = port1
    port1.on('message', (event: MessageEvent) => this.#receive(room, event.data))
    port1.on('close', () => this.#lost(room, 'port closed'))
    port1.start()
    handOverVoicePort(room.window.webContents, nonce, port2)
  }

  #receive(room: Room, data: unknown): void {
    if (!this.#isPresent(room)) return
    const now = this.#now()
    if (!room.limits.message(now)) return this.#drop('too many messages')
    const parsed = fromSoundRoomSchema.safeParse(data)
    if (!parsed.success) {
      const issue = parsed.error.issues[0]
      return this.#drop(`not in the contract (${issue?.path.join('.') ?? ''} ${issue?.code ?? ''})`)
    }
    const message = parsed.data
    room.expects.heard(message, now)
    if (message.type === 'ready') return this.#ready(room)
    // Whoever is not ready has nothing to say; the page is not what it should be.
    if (this.#state.name !== 'ready') return this.#drop('sent before ready')
    if (message.type !== 'frame') return this.#emit(message)
    if (!room.limits.frame(message.pcm.byteLength, now)) return this.#drop('faster than sound')
    this.#emit({ ...message, pcm: exactSize(message.pcm) })
  }

  #ready(room: Room): void {
    if (this.#state.name === 'ready') return this.#drop('ready twice')
    this.#state = { name: 'ready', room }
    room.readyAt = this.#now()
    const waiting = this.#waiting
    this.#waiting = []
    for (const message of waiting) this.#send(room, message)
    this.#emit({ type: 'ready' })
  }

  #send(room: Room, message: ToSoundRoom): void {
    room.expects.sent(message, this.#now())
    room.port?.postMessage(message)
  }

  #lost(room: Room, why: string): void {
    if (!this.#isPresent(room)) return
    this.#waiting = []
    const nth = this.#cap.failed(room.readyAt === null ? 0 : this.#now() - room.readyAt)
    this.#options.log.error('The sound room is lost.', { why, attempt: room.attempt })
    if (nth === null) {
      this.#state = { name: 'gave_up' }
    } else {
      const timer = setTimeout(() => {
        if (this.#state.name === 'waiting' && this.#state.timer === timer) this.#build()
      }, BACK_OFF_MS[nth - 1])
      this.#state = { name: 'waiting', timer }
    }
    demolish(room)
    this.#emit({ type: 'crashed' })
    // The listener may have started it again.
    if (nth === null && this.#state.name === 'gave_up') this.#emit({ type: 'gave_up' })
  }

  #isPresent(room: Room): boolean {
    return (this.#state.name === 'starting' || this.#state.name === 'ready') && this.#state.room === room
  }

  #emit(message: SoundPortEvent): void {
    try {
      this.#listener?.(message)
    } catch (error) {
      this.#options.log.error(`The listener failed on “${message.type}” of the sound room.`, error)
    }
  }

  /** Says so of the first and then of every thousandth: a flood must not fill the log as well. */
  #drop(why: string): void {
    if (this.#dropped++ % 1000 === 0) {
      this.#options.log.warn('A message of the sound room was dropped.', { why, dropped: this.#dropped })
    }
  }
}

/** Takes a room down. Its own last events come to a room that is not present any more. */
function demolish(room: Room): void {
  for (const part of room.parts) part.dispose()
  room.port?.close()
  // Not within the event that tells of its end, which Electron is still delivering.
  setImmediate(() => {
    if (!room.window.isDestroyed()) room.window.destroy()
  })
}
