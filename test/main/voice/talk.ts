import { afterEach, beforeEach, expect, vi } from 'vitest'
import { RealtimeEngine } from '../../../main/voice/realtime-engine.ts'
import { VoiceSession } from '../../../main/voice/session.ts'
import type { ToolCallView } from '../../../main/voice/tools/call-view.ts'
import { Questions } from '../../../main/voice/tools/questions.ts'
import { ToolRegistry } from '../../../main/voice/tools/registry.ts'
import type { Tool } from '../../../main/voice/tools/tool.ts'
import { Conversation } from '../../../shared/conversation/conversation.ts'
import type { ConversationEntry, ConversationPatch } from '../../../shared/conversation/model.ts'
import type { Failure } from '../../../shared/failure.ts'
import type { ServerEvent } from '../../../shared/realtime/server-events.ts'
import type { TurnMode } from '../../../shared/settings.ts'
import type { VoiceStatus } from '../../../shared/state.ts'
import type { ToSoundRoom } from '../../../shared/voice-port.ts'
import { startRealtimeServer, type Json, type RealtimeServer, type RealtimeServerOptions } from '../../realtime-server/index.ts'
import { codedSample, CodeEar } from './coded-sound.ts'
import { sessionDefaults } from './session-defaults.ts'
import { SimulatedRoom } from './simulated-room.ts'
import { wireTo } from './wire-to.ts'

/** One step of the clock, ms. */
const STEP_MS = 5
const SAMPLES_PER_MS = 24

export interface TalkOptions {
  server?: RealtimeServerOptions
  mode?: TurnMode
  tools?: readonly Tool[]
  instructions?: string
  idleStopMs?: number
  capped?: () => Failure | null
  onPatches?: (patches: ConversationPatch[]) => void
  onPost?: (message: ToSoundRoom) => void
}

/**
 * A whole conversation on one clock that the test moves: session, engine, connection, a real
 * socket on loopback, the scripted server and a sound room without hardware. Timers and time of
 * all of them are vitest's fake ones (`useTalkClock`); only the kernel's sockets are real, and
 * `settle` waits until nothing is on its way in them.
 */
export class Talk {
  readonly server: RealtimeServer
  readonly room = new SimulatedRoom()
  readonly session: VoiceSession
  readonly conversation: Conversation
  readonly questions: Questions
  /** What came out of the speaker. */
  readonly ear = new CodeEar()
  /** Every remark, in order. */
  readonly notices: Failure[] = []
  /** State words, in order. */
  readonly words: string[] = []
  readonly calls: ToolCallView[] = []
  /** What was thrown where nothing may be. */
  readonly faults: unknown[] = []
  readonly serverEvents: ServerEvent[] = []
  mode: TurnMode
  status: VoiceStatus
  /** Largest sample of the last step that came out of the speaker, 0–1. */
  loudness = 0
  #client = 0
  #speech: { id: number; fromFrame: number; toFrame: number }[] = []

  constructor(server: RealtimeServer, options: TalkOptions) {
    this.server = server
    this.mode = options.mode ?? 'hold'
    this.questions = new Questions({ onChange: () => undefined })
    let ids = 0
    this.conversation = new Conversation({ now: Date.now, newId: () => `item_typed${String(++ids)}`, onPatches: options.onPatches ?? (() => undefined) })
    this.room.microphone = (frame) => this.#microphone(frame)
    const post = this.room.post.bind(this.room)
    this.room.post = (message) => {
      options.onPost?.(message)
      post(message)
    }
    const registry = new ToolRegistry(options.tools ?? [])
    const open = wireTo(server, {
      active: () => {
        this.#client++
      },
      fault: (problem) => this.faults.push(problem),
    })
    this.session = new VoiceSession({
      ...sessionDefaults(),
      sound: this.room,
      conversation: this.conversation,
      setup: () => ({
        endpoint: 'compatible',
        model: '',
        engine: { instructions: options.instructions ?? 'Be brief.', voice: 'marin', language: 'en', tools: registry.definitions() },
        greet: false,
      }),
      createEngine: () => new RealtimeEngine(open),
      turnMode: () => this.mode,
      idleStopMs: () => options.idleStopMs ?? 0,
      tools: { registry, questions: this.questions, onView: (view) => this.calls.push(view), onFault: (_name, error) => this.faults.push(error) },
      onStatus: (now) => {
        this.#status(now)
      },
      onServerEvent: (event) => {
        if (options.server?.forgetful !== true) this.serverEvents.push(event)
      },
      capped: options.capped ?? (() => null),
    })
    this.status = this.session.status
    this.room.emit({ type: 'ready' })
  }

  static async begin(options: TalkOptions = {}): Promise<Talk> {
    return new Talk(await startRealtimeServer(options.server ?? {}), options)
  }

  /** Begins and waits until the conversation stands. */
  static async open(options: TalkOptions = {}): Promise<Talk> {
    const talk = await Talk.begin(options)
    talk.session.start()
    await talk.until('ready')
    return talk
  }

  /** Ends everything and looks whether anything is left. @returns timers and sockets that are */
  async end(): Promise<{ timers: number; sockets: number }> {
    this.session.end()
    await this.skip(2000)
    // The kernel takes its time with sockets where the computer is busy, whatever the test's clock says.
    for (const until = process.hrtime.bigint() + 5_000_000_000n; this.server.open > 0 && process.hrtime.bigint() < until; ) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
    const left = { timers: vi.getTimerCount(), sockets: this.server.open }
    await this.server.stop()
    return left
  }

  get entries(): ConversationEntry[] {
    return this.conversation.entries
  }

  /** Client events in order, runs of appends as one. */
  get sent(): string[] {
    return this.server.receivedTypes
  }

  /** All client events of a type. */
  sentOf(type: string): Json[] {
    return this.server.received.map(({ event }) => event).filter((event) => event['type'] === type)
  }

  /** The notices' codes. */
  get codes(): string[] {
    return this.notices.map(({ code }) => code)
  }

  /** Says something into the microphone, now. */
  say(id: number, ms: number, inMs = 0): void {
    const fromFrame = Math.round((this.room.now + inMs) * SAMPLES_PER_MS)
    this.#speech = this.#speech.filter((speech) => speech.toFrame > this.room.now * SAMPLES_PER_MS)
    this.#speech.push({ id, fromFrame, toFrame: fromFrame + ms * SAMPLES_PER_MS })
  }

  /** A whole hold-to-talk turn; returns when the key is up and the tail is over. */
  async hold(id: number, ms: number): Promise<void> {
    this.session.press()
    this.say(id, ms, 20)
    await this.pass(ms + 40)
    this.session.release()
    await this.pass(250)
  }

  /** Lets time pass, with sound. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) await this.#step()
  }

  /** Lets time pass without sound: for long silences off the open line. */
  async skip(ms: number, stepMs = 1000): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      vi.advanceTimersByTime(Math.min(left, stepMs))
      await this.settle()
      // Pings and pongs are no traffic that could be waited for.
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Lets time pass until the state word or the condition is there. */
  async until(what: string | (() => boolean), limitMs = 15_000): Promise<void> {
    const there = typeof what === 'function' ? what : (): boolean => this.status.state === what
    for (let left = limitMs; !there(); left -= STEP_MS) {
      if (left <= 0) throw new Error(`not within ${String(limitMs)} ms: ${String(what)}; ${JSON.stringify(this.status)}; sent ${this.sent.join(' ')}`)
      await this.#step()
    }
  }

  /** Waits until nothing is on its way between client and server. */
  async settle(): Promise<void> {
    let before = this.#traffic
    for (let quiet = 0; quiet < 3; ) {
      await new Promise((resolve) => setImmediate(resolve))
      quiet = this.#traffic === before ? quiet + 1 : 0
      before = this.#traffic
    }
  }

  get #traffic(): number {
    return this.#client + this.server.activity
  }

  async #step(): Promise<void> {
    this.room.run(STEP_MS, (ms) => vi.advanceTimersByTime(ms))
    const heard = this.room.speaker
    this.room.speaker = []
    this.ear.listen(heard, 32_768)
    this.loudness = heard.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
    await this.settle()
  }

  #microphone(frame: number): number {
    const speech = this.#speech.find(({ fromFrame, toFrame }) => frame >= fromFrame && frame < toFrame)
    // Never pure zeros: that would be a microphone which is switched off.
    return (speech ? codedSample(speech.id, frame - speech.fromFrame) : frame % 2) / 32_768
  }

  #status(now: VoiceStatus): void {
    const before = this.status as VoiceStatus | undefined
    this.status = now
    if (this.words.at(-1) !== now.state) this.words.push(now.state)
    if (now.notice && now.notice !== before?.notice) this.notices.push(now.notice)
  }
}

/** Puts everything but the sockets on one fake clock; undo with `vi.useRealTimers()`. */
export function useTalkClock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] })
  vi.setSystemTime(Date.UTC(2026, 0, 5, 9))
}

/**
 * Conversations on the clock of {@link useTalkClock}, for the tests of a file: ended after each test, when nothing
 * may have gone wrong in them and nothing be left over.
 * @returns what {@link Talk.open} and {@link Talk.begin} do, each talk being looked after
 */
export function useTalks(): { open: typeof Talk.open; begin: typeof Talk.begin } {
  let talks: Talk[] = []
  // A whole conversation in each: slow where the computer is busy, never wrong.
  vi.setConfig({ testTimeout: 60_000 })
  beforeEach(useTalkClock)
  afterEach(async () => {
    try {
      const faults = talks.flatMap((talk) => talk.faults)
      const left = []
      for (const talk of talks) left.push(await talk.end())
      expect(faults).toEqual([])
      // Timers are counted for all talks at once: the last one to end must find none.
      expect(left.at(-1) ?? { timers: 0 }).toMatchObject({ timers: 0 })
      expect(left.map(({ sockets }) => sockets)).toEqual(left.map(() => 0))
    } finally {
      talks = []
      vi.useRealTimers()
    }
  })
  const kept = async (promised: Promise<Talk>): Promise<Talk> => {
    const talk = await promised
    talks.push(talk)
    return talk
  }
  return { open: (options) => kept(Talk.open(options)), begin: (options) => kept(Talk.begin(options)) }
}
