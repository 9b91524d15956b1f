import { failure, type Failure } from '../../shared/failure.ts'
import type { VoiceStatus } from '../../shared/state.ts'
import type { FromSoundRoom } from '../../shared/voice-port.ts'
import { Answers } from './answers.ts'
import type { EngineEvent, TurnDetection } from './engine.ts'
import { historyOf } from './history.ts'
import { IdleWatch } from './idle-watch.ts'
import { LevelMeter } from './levels.ts'
import { SessionLink } from './link.ts'
import { MicrophoneSteering } from './microphone-steering.ts'
import { Microphone } from './microphone.ts'
import { Playback } from './playback.ts'
import type { SessionOptions } from './session-options.ts'
import { SessionTools } from './session-tools.ts'
import { stateWord } from './status.ts'
import { HOLD_TAIL_MS, Turn } from './turn.ts'

/** A press shorter than this while Parley speaks only interrupts, ms (design §4). */
const INTERRUPT_ONLY_MS = 250
/** Sound from before the press that belongs to the turn, ms. */
const PRE_ROLL_MS = 300
/** The pre-roll never reaches back into the assistant's own tail, ms after it ended. */
const PRE_ROLL_GUARD_MS = 100
/** Wait for the microphone's last frames after the tail, ms. */
const TAIL_TIMEOUT_MS = HOLD_TAIL_MS + 300
/** A turn shorter than this is not worth keeping for a second attempt, ms. */
const MIN_HELD_MS = 100

/**
 * The conversation with a person: turns, answers, cutting in, and what is shown of them. It joins
 * the sound room to the engine that `SessionLink` keeps connected, and owns no device and no
 * socket itself (design §4).
 */
export class VoiceSession {
  readonly #options: SessionOptions
  readonly #now: () => number
  readonly #microphone: Microphone
  readonly #steering: MicrophoneSteering
  readonly #playback: Playback
  readonly #answers: Answers
  readonly #idle: IdleWatch
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

  /** Server turn detection hears the person. */
  #speech = false
  #answerEndedAt = -Infinity
  #suspended = false

  #muted = false
  #speakerMuted = false
  #preview = false
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
    this.#answers = new Answers({
      playback: this.#playback,
      onTimeout: () => {
        this.say(failure('response_failed', { reason: 'timeout' }, ['dismiss']))
      },
    })
    this.#steering = new MicrophoneSteering({
      microphone: this.#microphone,
      facts: () => ({
        session: this.#link.state,
        turn: this.#turn?.phase ?? null,
        openLine: this.#openLine,
        muted: this.#muted,
        suspended: this.#suspended,
        preview: this.#preview,
      }),
      appendAudio: (pcm) => {
        this.#link.engine?.appendAudio(pcm)
      },
    })
    this.#idle = new IdleWatch({
      limitMs: () => (this.#openLine && this.#link.state === 'open' ? options.idleStopMs() : 0),
      busy: () => this.#answers.any || this.#speech || this.#turn !== null,
      now: this.#now,
      warn: () => {
        options.sound.post({ type: 'cue', cue: 'warning' })
      },
      close: (limitMs) => {
        this.#closeByItself(failure('idle_stopped', { minutes: Math.round(limitMs / 60_000) }, ['dismiss']))
      },
    })
    this.#link = new SessionLink({
      setup: options.setup,
      createEngine: options.createEngine,
      turnDetection: () => this.#turnDetection(),
      history: () => historyOf(options.conversation.entries),
      quiet: () => this.#turn === null && !this.#speech && !this.#answers.any && !this.#tools.busy && this.#typed.length === 0,
      spokeAt: () => this.#idle.spokeAt,
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
        this.#answers.ask()
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
    this.#steering.steer()
  }

  /** The computer is awake again: the conversation comes back by itself. */
  resume(): void {
    this.#suspended = false
    this.#link.resume()
    this.#steering.steer()
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
      this.#steering.steer()
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
    else if (this.#answers.any) this.#interrupt()
    if (this.#openLine) this.#link.engine?.setTurnDetection({ type: 'manual' })
    this.#steering.steer(preRollMs)
    this.#pumpTurn()
    this.#publish()
  }

  /** The talk key or button came up. */
  release(): void {
    if (this.#options.turnMode() !== 'tap') this.endTurn()
  }

  /** The turn is complete, whatever the mode: the talk key knows for itself what a release means. */
  endTurn(): void {
    if (this.#turn?.phase !== 'speaking') return
    if (this.#turnInterrupted && this.#now() - this.#turn.pressedAt < INTERRUPT_ONLY_MS) this.cancelTurn()
    else this.#releaseTurn()
  }

  /** Ends the turn without sending it. */
  cancelTurn(): void {
    if (!this.#turn) return
    this.#dropTurn()
    this.#link.engine?.cancelTurn()
    this.#restoreTurnDetection()
    this.#steering.steer()
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
    if (this.#answers.any) this.#interrupt()
    this.#publish()
  }

  /** A typed turn. Like a press, it stops the answer that is being given. @returns false: refused, and said why */
  sendText(text: string): boolean {
    this.#notice = null
    if (this.#refused()) return false
    this.#typed.push({ id: this.#options.conversation.addTyped(text), text })
    this.#tools.typed(text)
    if (this.#link.state === 'none') this.#connect()
    else if (this.#answers.any) this.#interrupt()
    this.#sendTyped()
    this.#publish()
    return true
  }

  muteMicrophone(muted: boolean): void {
    this.#muted = muted
    if (muted && this.#turn) this.cancelTurn()
    if (this.#notice?.code === 'microphone_muted' || this.#notice?.code === 'microphone_silent') this.#notice = null
    this.#steering.steer()
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
    this.#steering.steer()
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
      this.#steering.steer()
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
    this.#steering.steer()
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
        this.#idle.spoke()
        if (this.#answers.any) this.#interrupt()
        break
      case 'speech_stopped':
        this.#speech = false
        break
      case 'turn_committed':
        this.#speech = false
        if (event.audioMs !== null) this.#options.conversation.setTurnMs(event.item_id, event.audioMs)
        if (this.#openLine && this.#turn === null) this.#answers.ask()
        break
      case 'response_started':
        this.#answers.started(event.response_id)
        break
      case 'response_ended':
        this.#responseEnded(event)
        break
      case 'notice':
        this.#answers.refused()
        this.#notice = event.failure
        break
    }
    this.#publish()
  }

  #opened(again: boolean): void {
    if (this.#startedAt === null) this.#options.onSession('begins')
    this.#startedAt ??= this.#now()
    this.#tools.opened()
    this.#idle.start()
    // What was said during an outage is not sent unasked; what is being said is.
    if (again && this.#turn?.phase === 'closed') {
      this.#hold(this.#turn)
      this.#turn = null
    }
    this.#steering.rearm()
    this.#steering.steer()
    this.#pumpTurn()
    this.#sendTyped()
    this.#publish()
  }

  /** The connection is gone for now: what has arrived is played out, what is being said is kept. */
  #lost(): void {
    this.#answers.lost()
    this.#tools.closed()
    this.#speech = false
    this.#turn?.rewind()
    this.#options.conversation.sessionEnded()
    this.#steering.steer()
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
    this.#answers.over()
    this.#tools.closed()
    this.#speech = false
    if (this.#startedAt !== null) this.#options.onSession('over')
    this.#startedAt = null
    this.#tokens = null
    this.#muted = false
    this.#steering.disarm()
    this.#idle.stop()
    this.#options.conversation.sessionEnded()
    this.#steering.steer()
    this.#publish()
  }

  /** The conversation ends without the person's doing, and goes on with the next turn. */
  #closeByItself(why: Failure): void {
    this.#link.stop(true)
    this.#sessionOver()
    this.say(why)
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
      this.#steering.steer()
    }
  }

  #closeTurn(): void {
    this.#clearTail()
    if (this.#turn && this.#options.cues()) this.#options.sound.post({ type: 'cue', cue: 'sent' })
    this.#turn?.close()
    this.#steering.rearm()
    this.#steering.steer()
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
    this.#idle.spoke()
    if (outcome === 'committed') {
      this.#tools.committed()
      this.#answers.ask()
    } else {
      this.#notice = failure('turn_too_short')
    }
    if (turn.overflowed) this.#notice = failure('turn_too_long', { seconds: 60 })
    this.#restoreTurnDetection()
    this.#steering.steer()
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
      this.#idle.spoke()
      this.#answers.ask()
    }
  }

  /** A cap is reached: said, and nothing new is asked for. */
  #refused(): boolean {
    const why = this.#options.capped()
    if (why) this.say(why)
    return why !== null
  }

  // ── answers ───────────────────────────────────────────────────────────────────────────────

  #interrupt(): void {
    const engine = this.#link.engine
    this.#answers.cut((heard) => {
      if (engine === this.#link.engine) engine?.interrupt(heard)
      this.#pumpTurn()
      this.#sendTyped()
      this.#publish()
    })
  }

  #responseEnded(event: Extract<EngineEvent, { type: 'response_ended' }>): void {
    this.#answers.ended(event.response_id)
    if (event.tokens > 0) this.#tokens = (this.#tokens ?? 0) + event.tokens
    const capped = this.#options.capped()
    // On the open line the server answers unasked: only the end of the session stops it.
    if (capped && this.#openLine) this.#closeByItself(capped)
    if (capped) this.#notice = capped
    else if (event.status === 'failed') this.#notice = failure('response_failed', { reason: event.reason }, ['dismiss'])
    else if (event.status === 'incomplete') this.#notice = failure('response_incomplete', { reason: event.reason }, ['dismiss'])
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
        this.#steering.steer()
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
    const heard = this.#answers.soundLost()
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
    // Outside a conversation nobody missed anything, unless it does not come back.
    if (this.#link.state !== 'none' || forGood) this.say(failure('sound_room_crashed', {}, forGood ? ['dismiss'] : ['unmute']))
    else this.#publish()
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
        awaiting: this.#answers.awaiting || this.#tools.working,
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
