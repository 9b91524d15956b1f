import type { Conversation } from '../../shared/conversation/conversation.ts'
import { failure, type Failure } from '../../shared/failure.ts'
import type { ServerEvent } from '../../shared/realtime/server-events.ts'
import type { Pace, TurnMode } from '../../shared/settings.ts'
import type { Levels, VoiceStatus } from '../../shared/state.ts'
import type { FromSoundRoom } from '../../shared/voice-port.ts'
import type { EngineEvent, TurnDetection, VoiceEngine } from './engine.ts'
import { historyOf } from './history.ts'
import { LevelMeter } from './levels.ts'
import { SessionLink, type SessionSetup } from './link.ts'
import { Microphone, type MicrophoneWish } from './microphone.ts'
import { Playback } from './playback.ts'
import { SessionTools, type SessionToolsOptions } from './session-tools.ts'
import type { SoundPort } from './sound-port.ts'
import { stateWord } from './status.ts'
import { HOLD_TAIL_MS, Turn } from './turn.ts'

/** A press shorter than this while Parley speaks only interrupts, ms (design §4). */
const INTERRUPT_ONLY_MS = 250
/** The microphone stays armed this long after the last turn, ms (design §4). */
const ARMED_MS = 30_000
/** Sound from before the press that belongs to the turn, ms. */
const PRE_ROLL_MS = 300
/** The pre-roll never reaches back into the assistant's own tail, ms after it ended. */
const PRE_ROLL_GUARD_MS = 100
/** Wait for the microphone's last frames after the tail, ms. */
const TAIL_TIMEOUT_MS = HOLD_TAIL_MS + 300
/** A turn shorter than this is not worth keeping for a second attempt, ms. */
const MIN_HELD_MS = 100
/** On the open line silence is sent while muted, so that the server's clock goes on; ms per append. */
const SILENCE_MS = 100
/** How often it is looked whether anybody is still there, ms. */
const IDLE_CHECK_MS = 5000
/** A sound warns this long before the conversation ends for want of words, ms. */
const IDLE_WARNING_MS = 20_000
/** No answer has begun this long after it was asked for: said, not waited for for ever. */
const ANSWER_TIMEOUT_MS = 30_000

export interface SessionOptions {
  sound: SoundPort
  conversation: Conversation
  /** Read at each start. Throws a `FailureError` when there is nowhere to connect to. */
  setup: () => SessionSetup
  /** Makes the engine of one session. */
  createEngine: () => VoiceEngine
  turnMode: () => TurnMode
  /** How turns end on the open line. */
  openLine: () => { pace: Pace; byMeaning: boolean }
  /** The open line is closed after this long without a word, ms; 0 = never. */
  idleStopMs: () => number
  /** Functions that the model may call, and how the person is asked. */
  tools: Pick<SessionToolsOptions, 'registry' | 'questions' | 'onView' | 'onFault'>
  /** Whether the begin and end of listening are to be heard now. */
  cues: () => boolean
  /** Null = the system's default. */
  microphoneId: () => string | null
  /** 0–1 */
  volume: () => number
  speakerId: () => string | null
  onStatus: (status: VoiceStatus) => void
  /** Why no new answer may be asked for (a spending cap), or null. */
  capped: () => Failure | null
  /** US dollars of this conversation so far; null: not known. */
  costUsd: () => number | null
  /** A conversation begins or is over. */
  onSession: (what: 'begins' | 'over') => void
  /** Every event of the server that concerns the conversation, before it is shown. */
  onServerEvent: (event: ServerEvent) => void
  onLevels: (levels: Levels) => void
  onDevices: (devices: Pick<Extract<FromSoundRoom, { type: 'devices' }>, 'inputs' | 'outputs'>) => void
  /** Unix ms. */
  now?: () => number
}

/**
 * The conversation with a person: turns, answers, cutting in, and what is shown of them. It joins
 * the sound room to the engine that `SessionLink` keeps connected, and owns no device and no
 * socket itself (design §4).
 */
export class VoiceSession {
  readonly #options: SessionOptions
  readonly #now: () => number
  readonly #microphone: Microphone
  readonly #playback: Playback
  readonly #levels: LevelMeter

  readonly #link: SessionLink
  readonly #tools: SessionTools
  #failure: Failure | null = null
  #notice: Failure | null = null
  #startedAt: number | null = null
  #tokens: number | null = null

  #turn: Turn | null = null
  /** The press that began the turn also cut off an answer. */
  #turnInterrupted = false
  #tailTimer: NodeJS.Timeout | null = null
  #heldTurn: Turn | null = null
  #typed: { id: string; text: string }[] = []

  #awaiting = false
  #awaitingTimer: NodeJS.Timeout | null = null
  readonly #responses = new Set<string>()
  /** Server turn detection hears the person. */
  #speech = false
  #answerEndedAt = -Infinity
  /** When the person was last heard from, ms. */
  #spokeAt = -Infinity
  #suspended = false

  #muted = false
  #speakerMuted = false
  #preview = false
  #armedTimer: NodeJS.Timeout | null = null
  #silenceTimer: NodeJS.Timeout | null = null
  #idleTimer: NodeJS.Timeout | null = null
  #warned = false
  #shown = ''

  constructor(options: SessionOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#levels = new LevelMeter(options.onLevels, this.#now)
    this.#microphone = new Microphone({
      sound: options.sound,
      deviceId: options.microphoneId,
      onChange: () => {
        this.#microphoneChanged()
      },
      onProblem: (problem) => {
        this.#microphoneProblem(problem)
      },
    })
    this.#playback = new Playback({
      sound: options.sound,
      onProgress: (track, cut) => {
        options.conversation.heard(track, cut)
      },
      onChange: () => {
        this.#playbackChanged()
      },
    })
    this.#link = new SessionLink({
      setup: options.setup,
      createEngine: options.createEngine,
      turnDetection: () => this.#turnDetection(),
      history: () => historyOf(options.conversation.entries),
      quiet: () => this.#turn === null && !this.#speech && !this.#answering && !this.#tools.busy && this.#typed.length === 0,
      spokeAt: () => this.#spokeAt,
      now: this.#now,
      onEvent: (event) => {
        this.#fromEngine(event)
      },
      onOpened: (again) => {
        this.#opened(again)
      },
      onLost: () => {
        this.#lost()
      },
      onClosed: (why) => {
        this.#closed(why)
      },
    })
    this.#tools = new SessionTools({
      ...options.tools,
      engine: () => this.#link.engine,
      onRequested: () => {
        this.#await(true)
        this.#publish()
      },
    })
    options.sound.listen((message) => {
      this.#fromSoundRoom(message)
    })
  }

  /** Opens a conversation; does nothing when one is open or being opened. */
  start(): void {
    if (this.#refused()) return
    if (this.#link.state === 'none') this.#connect()
  }

  /** Ends the conversation: socket closed, microphone released, speaker silent. What was said but not sent stays offered. */
  end(): void {
    this.#link.stop()
    this.#failure = null
    this.#dropTurn()
    this.#sessionOver()
  }

  /** The computer goes to sleep. */
  suspend(): void {
    this.#suspended = true
    if (this.#turn) this.cancelTurn()
    this.#link.suspend()
    this.#steer()
  }

  /** The computer is awake again: the conversation comes back by itself. */
  resume(): void {
    this.#suspended = false
    this.#link.resume()
    this.#steer()
    this.#publish()
  }

  /** The talk key or button went down. */
  press(): void {
    this.#notice = null
    if (this.#turn?.phase === 'speaking') {
      if (this.#options.turnMode() === 'tap') this.#releaseTurn()
      return
    }
    if (!this.#turn && this.#refused()) return
    if (this.#muted) {
      this.say(failure('microphone_muted', {}, ['unmute']))
      return
    }
    if (this.#turn && this.#turn.phase !== 'closed') {
      this.#turn.resume()
      this.#clearTail()
      this.#steer()
      return
    }
    this.#turnInterrupted = this.#playback.busy
    const preRollMs = this.#playback.busy
      ? 0
      : Math.max(0, Math.min(PRE_ROLL_MS, this.#now() - this.#answerEndedAt - PRE_ROLL_GUARD_MS))
    this.#turn = new Turn(this.#now())
    this.#tools.newTurn()
    if (this.#options.cues()) this.#options.sound.post({ type: 'cue', cue: 'listening' })
    if (this.#link.state === 'none') this.#connect()
    else if (this.#answering) this.#interrupt()
    if (this.#openLine) this.#link.engine?.setTurnDetection({ type: 'manual' })
    this.#steer(preRollMs)
    this.#pumpTurn()
    this.#publish()
  }

  /** The talk key or button came up. */
  release(): void {
    if (this.#turn?.phase !== 'speaking' || this.#options.turnMode() === 'tap') return
    if (this.#turnInterrupted && this.#now() - this.#turn.pressedAt < INTERRUPT_ONLY_MS) this.cancelTurn()
    else this.#releaseTurn()
  }

  /** Ends the turn without sending it. */
  cancelTurn(): void {
    if (!this.#turn) return
    this.#dropTurn()
    this.#link.engine?.cancelTurn()
    this.#restoreTurnDetection()
    this.#steer()
    this.#publish()
  }

  /** The person's yes or no to the question that is shown. */
  answerQuestion(id: string, yes: boolean): void {
    this.#tools.answer(id, yes)
  }

  /** A question is shown: said aloud as well. @param spoken as a plain English sentence */
  announceQuestion(spoken: string): void {
    this.#link.engine?.announce(spoken)
    this.#publish()
  }

  /** Silences and stops the answer, and what was begun for it. */
  stopAnswer(): void {
    this.#tools.stop()
    if (this.#answering) this.#interrupt()
    this.#publish()
  }

  /** A typed turn. Like a press, it stops the answer that is being given. @returns false: refused, and said why */
  sendText(text: string): boolean {
    this.#notice = null
    if (this.#refused()) return false
    this.#typed.push({ id: this.#options.conversation.addTyped(text), text })
    this.#tools.typed(text)
    if (this.#link.state === 'none') this.#connect()
    else if (this.#answering) this.#interrupt()
    this.#sendTyped()
    this.#publish()
    return true
  }

  muteMicrophone(muted: boolean): void {
    this.#muted = muted
    if (muted && this.#turn) this.cancelTurn()
    if (this.#notice?.code === 'microphone_muted' || this.#notice?.code === 'microphone_silent') this.#notice = null
    this.#steer()
    this.#publish()
  }

  muteSpeaker(muted: boolean): void {
    this.#speakerMuted = muted
    this.#sendSpeaker()
    this.#publish()
  }

  /** Opens the microphone for a meter outside a conversation, or lets it go. */
  previewMicrophone(on: boolean): void {
    this.#preview = on
    this.#steer()
  }

  /** Sends what was said during a failed connection. */
  retryHeldTurn(): void {
    const held = this.#heldTurn
    if (!held) return
    this.#heldTurn = null
    held.rewind()
    held.close()
    this.#turn = held
    this.#turnInterrupted = false
    if (this.#link.state === 'none') this.#connect()
    this.#pumpTurn()
    this.#publish()
  }

  discardHeldTurn(): void {
    this.#heldTurn = null
    this.#failure = null
    this.#publish()
  }

  dismissNotice(): void {
    this.#notice = null
    if (this.#link.state === 'none') this.#failure = null
    this.#publish()
  }

  /** Another device, volume or turn mode was chosen. */
  settingsChanged(what: { microphone: boolean; speaker: boolean; turnMode: boolean }): void {
    if (what.microphone) this.#microphone.reopen()
    if (what.speaker) this.#sendSpeaker()
    if (what.turnMode) {
      if (this.#turn) this.cancelTurn()
      this.#speech = false
      this.#link.engine?.setTurnDetection(this.#turnDetection())
      this.#steer()
    }
    this.#publish()
  }

  /** Asks the sound room for the list of devices. */
  refreshDevices(): void {
    this.#options.sound.post({ type: 'list_devices' })
  }

  // ── connection ────────────────────────────────────────────────────────────────────────────

  #connect(): void {
    this.#failure = null
    this.#notice = null
    this.#link.start(this.#turn === null && this.#typed.length === 0)
    this.#steer()
    this.#publish()
  }

  #fromEngine(event: Exclude<EngineEvent, { type: 'opened' | 'closed' }>): void {
    this.#tools.receive(event)
    switch (event.type) {
      case 'function_call':
        break
      case 'conversation':
        this.#options.onServerEvent(event.event)
        this.#options.conversation.apply(event.event)
        return
      case 'audio':
        this.#playback.play(event, event.pcm)
        return
      case 'audio_done':
        this.#playback.complete(event)
        return
      case 'speech_started':
        this.#speech = true
        this.#spokeAt = this.#now()
        if (this.#answering) this.#interrupt()
        break
      case 'speech_stopped':
        this.#speech = false
        break
      case 'turn_committed':
        this.#speech = false
        if (event.audioMs !== null) this.#options.conversation.setTurnMs(event.item_id, event.audioMs)
        if (this.#openLine && this.#turn === null) this.#await(true)
        break
      case 'response_started':
        this.#await(false)
        this.#responses.add(event.response_id)
        break
      case 'response_ended':
        this.#responseEnded(event)
        break
      case 'notice':
        this.#await(false)
        this.#notice = event.failure
        break
    }
    this.#publish()
  }

  #opened(again: boolean): void {
    if (this.#startedAt === null) this.#options.onSession('begins')
    this.#startedAt ??= this.#now()
    this.#tools.opened()
    this.#watchIdle()
    // What was said during an outage is not sent unasked; what is being said is.
    if (again && this.#turn?.phase === 'closed') {
      this.#hold(this.#turn)
      this.#turn = null
    }
    this.#rearm()
    this.#steer()
    this.#pumpTurn()
    this.#sendTyped()
    this.#publish()
  }

  /** The connection is gone for now: what has arrived is played out, what is being said is kept. */
  #lost(): void {
    this.#await(false)
    this.#tools.closed()
    for (const id of this.#responses) this.#playback.endResponse(id)
    this.#responses.clear()
    this.#speech = false
    this.#turn?.rewind()
    this.#options.conversation.sessionEnded()
    this.#steer()
    this.#publish()
  }

  #closed(why: Failure | null): void {
    this.#failure = why
    const turn = this.#turn
    this.#dropTurn()
    if (why && turn && turn.ms >= MIN_HELD_MS) {
      this.#hold(turn)
    }
    this.#sessionOver()
  }

  #sessionOver(): void {
    this.#await(false)
    this.#tools.closed()
    this.#responses.clear()
    this.#speech = false
    if (this.#startedAt !== null) this.#options.onSession('over')
    this.#startedAt = null
    this.#tokens = null
    this.#muted = false
    if (this.#armedTimer) clearTimeout(this.#armedTimer)
    this.#armedTimer = null
    if (this.#idleTimer) clearInterval(this.#idleTimer)
    this.#idleTimer = null
    if (this.#playback.busy) this.#playback.cut([], () => undefined)
    this.#options.conversation.sessionEnded()
    this.#steer()
    this.#publish()
  }

  /** Nobody pays for an open line that nobody uses (design §5). */
  #watchIdle(): void {
    this.#spokeAt = Math.max(this.#spokeAt, this.#now())
    this.#warned = false
    this.#idleTimer ??= setInterval(() => {
      const limit = this.#options.idleStopMs()
      if (!this.#openLine || limit === 0 || this.#link.state !== 'open') return
      if (this.#answering || this.#speech || this.#turn) {
        this.#spokeAt = this.#now()
        return
      }
      const idle = this.#now() - this.#spokeAt
      if (idle < limit - IDLE_WARNING_MS) this.#warned = false
      else if (!this.#warned) {
        this.#warned = true
        this.#options.sound.post({ type: 'cue', cue: 'warning' })
      }
      if (idle < limit) return
      this.#link.stop(true)
      this.#sessionOver()
      this.say(failure('idle_stopped', { minutes: Math.round(limit / 60_000) }, ['dismiss']))
    }, IDLE_CHECK_MS)
  }

  // ── turns ─────────────────────────────────────────────────────────────────────────────────

  get #openLine(): boolean {
    return this.#options.turnMode() === 'open_line'
  }

  #turnDetection(): TurnDetection {
    return this.#openLine && this.#turn === null ? { type: 'server', ...this.#options.openLine() } : { type: 'manual' }
  }

  #releaseTurn(): void {
    const turn = this.#turn
    if (!turn) return
    turn.release()
    // A microphone that never opened has no tail to wait for.
    if (this.#microphone.mode !== 'live') this.#closeTurn()
    else {
      this.#tailTimer = setTimeout(() => {
        this.#closeTurn()
      }, TAIL_TIMEOUT_MS)
    }
    this.#publish()
  }

  #tailDone(): void {
    // On the open line the microphone stays live, so that there is no confirmation to wait for.
    if (this.#openLine) {
      this.#closeTurn()
    } else {
      this.#turn?.settle()
      this.#steer()
    }
  }

  #closeTurn(): void {
    this.#clearTail()
    if (this.#turn && this.#options.cues()) this.#options.sound.post({ type: 'cue', cue: 'sent' })
    this.#turn?.close()
    this.#rearm()
    this.#steer()
    this.#pumpTurn()
    this.#publish()
  }

  #pumpTurn(): void {
    const turn = this.#turn
    const engine = this.#link.engine
    if (!turn || !engine || this.#playback.flushing) return
    const outcome = turn.pump(engine)
    if (outcome === null) return
    this.#turn = null
    this.#spokeAt = this.#now()
    if (outcome === 'committed') {
      this.#tools.committed()
      this.#await(true)
    } else {
      this.#notice = failure('turn_too_short')
    }
    if (turn.overflowed) this.#notice = failure('turn_too_long', { seconds: 60 })
    this.#restoreTurnDetection()
    this.#steer()
  }

  /** Keeps a turn that could not be sent, to be offered for retry or discard. */
  #hold(turn: Turn): void {
    if (this.#heldTurn) this.#heldTurn.join(turn)
    else this.#heldTurn = turn
  }

  #dropTurn(): void {
    this.#clearTail()
    this.#turn = null
  }

  #clearTail(): void {
    if (this.#tailTimer) clearTimeout(this.#tailTimer)
    this.#tailTimer = null
  }

  #restoreTurnDetection(): void {
    if (this.#openLine) this.#link.engine?.setTurnDetection(this.#turnDetection())
  }

  #sendTyped(): void {
    const engine = this.#link.engine
    if (!engine || this.#playback.flushing) return
    const typed = this.#typed
    this.#typed = []
    for (const { id, text } of typed) {
      engine.sendText(text, id)
      this.#spokeAt = this.#now()
      this.#await(true)
    }
  }

  /** A cap is reached: said, and nothing new is asked for. */
  #refused(): boolean {
    const why = this.#options.capped()
    if (why) this.say(why)
    return why !== null
  }

  // ── answers ───────────────────────────────────────────────────────────────────────────────

  get #answering(): boolean {
    return this.#awaiting || this.#responses.size > 0 || this.#playback.busy
  }

  /** Flush first, everything else after (behaviour.md §4). */
  #interrupt(): void {
    const engine = this.#link.engine
    this.#await(false)
    const responses = [...this.#responses]
    this.#responses.clear()
    this.#playback.cut(responses, (heard) => {
      if (engine === this.#link.engine) engine?.interrupt(heard)
      this.#pumpTurn()
      this.#sendTyped()
      this.#publish()
    })
  }

  #responseEnded(event: Extract<EngineEvent, { type: 'response_ended' }>): void {
    this.#responses.delete(event.response_id)
    this.#playback.endResponse(event.response_id)
    this.#await(false)
    if (event.tokens > 0) this.#tokens = (this.#tokens ?? 0) + event.tokens
    const capped = this.#options.capped()
    if (capped && this.#openLine) {
      // On the open line the server answers unasked: only the end of the session stops it.
      this.#link.stop(true)
      this.#sessionOver()
    }
    if (capped) this.#notice = capped
    if (event.status === 'failed') this.#notice = failure('response_failed', { reason: event.reason }, ['dismiss'])
    if (event.status === 'incomplete') this.#notice = failure('response_incomplete', { reason: event.reason }, ['dismiss'])
  }

  #await(awaiting: boolean): void {
    this.#awaiting = awaiting
    if (this.#awaitingTimer) clearTimeout(this.#awaitingTimer)
    this.#awaitingTimer = awaiting
      ? setTimeout(() => {
          this.#await(false)
          this.say(failure('response_failed', { reason: 'timeout' }, ['dismiss']))
        }, ANSWER_TIMEOUT_MS)
      : null
  }

  #playbackChanged(): void {
    if (!this.#playback.busy) {
      this.#answerEndedAt = this.#now()
      this.#levels.silence('voice')
    }
    this.#publish()
  }

  // ── sound ─────────────────────────────────────────────────────────────────────────────────

  #fromSoundRoom(message: FromSoundRoom | { type: 'crashed' } | { type: 'gave_up' }): void {
    switch (message.type) {
      case 'frame':
        this.#frame(message)
        return
      case 'level':
        this.#levels.microphone(message.peak, message.rms)
        return
      case 'playback':
        this.#levels.voice(message.peak, message.rms)
        this.#playback.receive(message)
        return
      case 'flushed':
        this.#playback.receive(message)
        return
      case 'ready':
        this.#sendSpeaker()
        this.refreshDevices()
        this.#steer()
        return
      case 'devices':
        this.#options.onDevices({ inputs: message.inputs, outputs: message.outputs })
        return
      case 'speaker_problem':
        if (message.broken) this.say(failure('speaker_failed'))
        else if (this.#notice?.code === 'speaker_failed') this.dismissNotice()
        return
      case 'crashed':
      case 'gave_up':
        this.#soundRoomLost(message.type === 'gave_up')
        return
      default:
        this.#microphone.receive(message)
    }
  }

  #frame(frame: Extract<FromSoundRoom, { type: 'frame' }>): void {
    this.#levels.microphone(frame.peak, frame.rms)
    if (this.#turn) {
      const tailDone = this.#turn.add(frame)
      this.#pumpTurn()
      if (tailDone) this.#tailDone()
    } else if (this.#openLine && !this.#muted) {
      this.#link.engine?.appendAudio(frame.pcm)
    }
  }

  /** Decides what the microphone should do now; everything else only changes the facts that this reads. */
  #steer(preRollMs = 0): void {
    this.#microphone.want(this.#microphoneWish(), preRollMs)
    const silence = this.#muted && this.#openLine && this.#link.state === 'open'
    if (silence && !this.#silenceTimer) {
      const zeros = new Uint8Array((SILENCE_MS * 24_000 * 2) / 1000)
      this.#silenceTimer = setInterval(() => {
        this.#link.engine?.appendAudio(zeros)
      }, SILENCE_MS)
    } else if (!silence && this.#silenceTimer) {
      clearInterval(this.#silenceTimer)
      this.#silenceTimer = null
    }
  }

  #microphoneWish(): MicrophoneWish {
    const phase = this.#turn?.phase
    if (this.#suspended) return 'off'
    if (this.#link.state !== 'none' && this.#muted) return 'muted'
    if (phase === 'speaking' || phase === 'tail') return 'live'
    if (this.#link.state !== 'none' && this.#openLine) return 'live'
    const session = this.#link.state === 'connecting' || (this.#link.state !== 'none' && this.#armedTimer !== null)
    if (session || phase === 'settling' || this.#preview) return 'armed'
    return 'off'
  }

  #rearm(): void {
    if (this.#armedTimer) clearTimeout(this.#armedTimer)
    this.#armedTimer = setTimeout(() => {
      this.#armedTimer = null
      this.#steer()
    }, ARMED_MS)
  }

  #microphoneChanged(): void {
    if (this.#turn?.phase === 'settling' && this.#microphone.mode !== 'live') this.#closeTurn()
    if (this.#microphone.mode === 'off' || this.#microphone.mode === 'muted') this.#levels.silence('microphone')
    this.#publish()
  }

  #microphoneProblem(problem: Failure | null): void {
    if (problem === null) {
      if (this.#notice?.code.startsWith('microphone_')) this.#notice = null
    } else {
      this.#notice = problem
      if (problem.code !== 'microphone_silent' && this.#turn) {
        if (this.#turn.ms >= MIN_HELD_MS) this.#closeTurn()
        else this.cancelTurn()
        this.#notice = problem
      }
    }
    this.#publish()
  }

  #soundRoomLost(forGood: boolean): void {
    const heard = this.#playback.lost()
    this.#responses.clear()
    this.#link.engine?.interrupt(heard)
    const turn = this.#turn
    this.#dropTurn()
    if (turn && turn.ms >= MIN_HELD_MS) {
      this.#hold(turn)
      this.#link.engine?.cancelTurn()
    }
    this.#microphone.lost()
    // Whoever was heard before the crash has not agreed to be heard after it (design §3).
    this.#muted = this.#link.state !== 'none'
    this.#await(false)
    this.say(failure('sound_room_crashed', {}, forGood ? ['dismiss'] : ['unmute']))
  }

  #sendSpeaker(): void {
    this.#options.sound.post({ type: 'output_device', deviceId: this.#options.speakerId() })
    this.#options.sound.post({ type: 'speaker', muted: this.#speakerMuted, volume: this.#options.volume() })
  }

  // ── what is shown ─────────────────────────────────────────────────────────────────────────

  /** Shows a passing remark. */
  say(notice: Failure): void {
    this.#notice = notice
    this.#publish()
  }

  /** The status as it is now. */
  get status(): VoiceStatus {
    const listening = (this.#turn !== null && this.#turn.phase !== 'closed') || this.#speech
    return {
      state: stateWord({
        connection: this.#link.state,
        failure: this.#failure,
        listening,
        awaiting: this.#awaiting || this.#responses.size > 0 || this.#tools.working,
        speaking: this.#playback.playing,
      }),
      connecting: this.#link.state === 'connecting' || this.#link.state === 'reconnecting',
      failure: listening ? null : this.#failure,
      microphone: this.#microphone.mode,
      speaker: this.#speakerMuted ? 'muted' : 'on',
      turnMode: this.#options.turnMode(),
      active: this.#link.state !== 'none',
      startedAt: this.#startedAt,
      heldTurnMs: this.#heldTurn?.ms ?? null,
      notice: this.#notice,
      endpoint: this.#link.endpoint,
      tokens: this.#tokens,
      costUsd: this.#startedAt === null ? null : this.#options.costUsd(),
    }
  }

  #publish(): void {
    const status = this.status
    const shown = JSON.stringify(status)
    if (shown === this.#shown) return
    this.#shown = shown
    this.#options.onStatus(status)
  }
}
