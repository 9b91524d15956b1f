import { failure, type Failure } from '../../shared/failure.ts'
import type { VoiceStatus } from '../../shared/state.ts'
import { Exchange } from './exchange.ts'
import { IdleWatch } from './idle-watch.ts'
import { SessionLink } from './link.ts'
import { MicrophoneSteering } from './microphone-steering.ts'
import { Recall } from './recall.ts'
import { DEFAULT_HABITS, type Habits, type SessionOptions } from './session-options.ts'
import { SessionSound } from './session-sound.ts'
import { stateWord } from './status.ts'
import { TurnTaking } from './turn-taking.ts'

/** After Parley has spoken the room may still sound of it, ms (audio/design.md §2 "Echo"). */
const HALF_DUPLEX_GUARD_MS = 200

/**
 * The conversation with a person, and what is shown of it. It composes: the sound room
 * (`SessionSound`), the engine that `SessionLink` keeps connected, whose turn it is
 * (`TurnTaking`) and what goes to and fro (`Exchange`). It owns no device and no socket itself (design §4).
 */
export class VoiceSession {
  readonly #options: SessionOptions
  readonly #now: () => number
  readonly #wall: () => number
  readonly #sound: SessionSound
  readonly #steering: MicrophoneSteering
  readonly #idle: IdleWatch
  readonly #link: SessionLink
  readonly #exchange: Exchange
  readonly #recall: Recall
  readonly #turns: TurnTaking

  #failure: Failure | null = null
  #notice: Failure | null = null
  #startedAt: number | null = null
  #suspended = false
  #muted = false
  #preview = false
  #shown = ''
  #answerEndedAt = -Infinity
  /** Bluetooth microphones of which it was said what they do to the sound. */
  readonly #remarked = new Set<string>()

  constructor(options: SessionOptions) {
    this.#options = options
    this.#now = options.clock ?? (() => performance.now())
    this.#wall = options.now ?? Date.now
    const onChange = (): void => {
      this.#sound.microphone.settle()
      this.#publish()
    }
    const onNotice = (notice: Failure): void => {
      this.#notice = notice
    }
    this.#sound = new SessionSound({
      ...options,
      now: this.#now,
      onFrame: (frame) => {
        if (this.#turns.frame(frame) || !this.#openLine || this.#muted) return
        const pcm = this.#deaf ? new Uint8Array(frame.pcm.byteLength) : frame.pcm
        this.#link.engine?.appendAudio(pcm)
        options.keptSound?.line(pcm)
      },
      onMicrophone: () => {
        this.#turns.microphoneChanged()
        this.#steering.fillIn()
        this.#remarkBluetooth()
        // Only an open one tells what it is; one that cannot be had must not be asked for again at once.
        if (this.#sound.microphone.label !== '') this.#steering.steer()
        this.#publish()
      },
      onMicrophoneProblem: (problem) => {
        this.#microphoneProblem(problem)
      },
      onMicrophoneReplaced: (lost) => {
        this.say(lost)
      },
      onMicrophoneAvailable: () => {
        this.#steering.steer()
      },
      mayMoveMicrophone: () => !this.#exchange.speech && (this.#turns.phase === null || this.#turns.phase === 'closed'),
      onPlayback: () => {
        if (!this.#sound.playback.busy) {
          this.#turns.answerEnded()
          this.#answerEndedAt = this.#now()
        }
        if (!this.#sound.playback.flushing) this.#tellRest()
        this.#publish()
      },
      onStill: () => {
        this.#exchange.interrupt()
        this.say(failure('speaker_failed'))
      },
      onSpeakerProblem: (broken) => {
        if (broken) this.say(failure('speaker_failed'))
        else if (this.#notice?.code === 'speaker_failed') this.dismissNotice()
      },
      onSpeakerLost: (lost) => {
        if (lost === null) {
          if (this.#notice?.code === 'speaker_lost') this.dismissNotice()
        } else if (this.#link.state !== 'none') this.say(lost)
      },
      onReady: () => {
        this.#steering.steer()
      },
      onGone: (forGood) => {
        this.#soundRoomGone(forGood)
      },
    })
    this.#steering = new MicrophoneSteering({
      microphone: this.#sound.microphone,
      facts: () => ({
        session: this.#link.state,
        turn: this.#turns.phase,
        openLine: this.#openLine,
        muted: this.#muted,
        suspended: this.#suspended,
        preview: this.#preview,
        armed: this.#sound.bluetooth !== null && !this.#habits.armBluetooth ? 'never' : this.#habits.armed,
      }),
      appendAudio: (pcm) => {
        this.#link.engine?.appendAudio(pcm)
      },
    })
    this.#idle = new IdleWatch({
      limitMs: () => (this.#openLine && this.#link.state === 'open' ? options.idleStopMs() : 0),
      // Who is heard without an end is no person, but a fan or a radio: nobody is to pay for it.
      busy: () => this.#exchange.answering || this.#turns.phase !== null,
      now: this.#now,
      warn: () => {
        this.#sound.cue('warning')
      },
      close: (limitMs) => {
        this.#closeByItself(failure('idle_stopped', { minutes: Math.round(limitMs / 60_000) }, ['dismiss']))
      },
    })
    this.#recall = new Recall({
      entries: () => options.conversation.entries,
      sounding: (itemId) => this.#sound.playback.has(itemId),
      toBeSent: (itemId) => this.#turns.waits(itemId),
      capped: () => options.capped() !== null,
      now: this.#now,
    })
    this.#link = new SessionLink({
      setup: options.setup,
      createEngine: options.createEngine,
      turnDetection: () => this.#turns.turnDetection,
      history: () => this.#recall.begin(),
      prepared: (engine) => this.#recall.ready(engine),
      quiet: () => this.#turns.quiet && this.#exchange.quiet,
      spokeAt: () => this.#idle.spokeAt,
      now: this.#now,
      wall: this.#wall,
      online: options.online ?? (() => true),
      onEvent: (event) => {
        if (event.type === 'turn_committed' || (event.type === 'notice' && event.failure.code === 'turn_too_short')) this.#turns.confirmed()
        options.keptSound?.receive(event)
        if (event.type === 'summary') this.#recall.summarised(event.text)
        else this.#exchange.receive(event)
      },
      onOpened: (again) => {
        this.#opened(again)
      },
      onLost: () => {
        this.#lost()
      },
      onClosed: (why) => {
        this.#failure = why
        this.#turns.closed(why !== null)
        this.#sessionOver()
      },
      onNotReplaced: (why) => {
        this.say(why)
      },
    })
    this.#exchange = new Exchange({
      ...options,
      now: this.#now,
      playback: this.#sound.playback,
      engine: () => this.#link.engine,
      answersByItself: () => this.#openLine && this.#turns.phase === null,
      onSpeech: () => {
        this.#idle.spoke()
      },
      onCut: () => {
        this.#tellRest()
        this.#turns.pump()
        this.#turns.sendTyped()
      },
      onCapped: (why) => {
        // On the open line the server answers unasked: only the end of the session stops it.
        if (this.#openLine) this.#closeByItself(why)
        else onNotice(why)
      },
      onNotice,
      onAnswering: () => {
        this.#turns.answered()
        if (this.#notice?.code === 'response_waits' || this.#notice?.code === 'response_again') this.#notice = null
      },
      onChange,
    })
    this.#turns = new TurnTaking({
      turnMode: options.turnMode,
      openLine: options.openLine,
      engine: () => this.#link.engine,
      playback: this.#sound.playback,
      microphone: this.#sound.microphone,
      steering: this.#steering,
      now: this.#now,
      refused: () => this.#refused(),
      sink: (engine) => options.keptSound?.sink(engine) ?? engine,
      onCancelled: () => options.keptSound?.cancelled(),
      onBegun: () => {
        this.#turnBegun()
      },
      onSent: (how) => {
        this.#idle.spoke()
        this.#exchange.sent(how)
      },
      onCue: (cue) => {
        if (options.cues()) this.#sound.cue(cue)
      },
      onNotice,
      onChange,
    })
    this.#sound.start()
  }

  // ── what a person does ────────────────────────────────────────────────────────────────────

  /** Opens a conversation; does nothing when one is open or being opened. */
  start(): void {
    this.resume()
    if (this.#refused()) return
    if (this.#link.state === 'none') this.#connect()
  }

  /** Ends the conversation: socket closed, microphone released, speaker silent. What was said but not sent stays offered. */
  end(): void {
    this.#link.stop()
    this.#recall.forget()
    this.#failure = null
    this.#turns.closed(false)
    this.#sessionOver()
  }

  /** The computer goes to sleep. */
  suspend(): void {
    this.#suspended = true
    this.#turns.abandon()
    this.#exchange.suspended()
    this.#link.suspend()
    this.#steering.steer()
  }

  /** The computer is awake again: the conversation comes back by itself. */
  resume(): void {
    if (!this.#suspended) return
    this.#suspended = false
    this.#link.resume()
    this.#steering.steer()
    this.#publish()
  }

  /** The talk key or button went down. */
  press(): void {
    // Whoever presses a key is awake, and so is the computer, whether or not it has said so.
    this.resume()
    this.#notice = null
    if (this.#muted) this.say(failure('microphone_muted', {}, ['unmute']))
    else this.#turns.press()
  }

  /** The talk key or button came up. */
  release(): void {
    if (this.#options.turnMode() !== 'tap') this.endTurn()
  }

  /** The turn is complete, whatever the mode: the talk key knows for itself what a release means. */
  endTurn(): void {
    this.#turns.end()
  }

  /** On the open line: what the server hears is complete, although it does not hear the end (behaviour.md I-25). */
  sendNow(): void {
    if (this.#canSendNow) this.#link.engine?.sendNow()
  }

  get #canSendNow(): boolean {
    return this.#openLine && this.#exchange.speech && this.#turns.phase === null
  }

  /** Ends the turn without sending it. */
  cancelTurn(): void {
    this.#turns.cancel()
  }

  /** The person's yes or no to the question that is shown. */
  answerQuestion(id: string, yes: boolean): void {
    this.#exchange.tools.answer(id, yes)
  }

  /** A question is shown: said aloud as well. @param spoken as a plain English sentence */
  announceQuestion(spoken: string): void {
    this.#link.engine?.announce(spoken)
    this.#publish()
  }

  /** Silences and stops the answer, and what was begun for it. */
  stopAnswer(): void {
    this.#exchange.stop()
    this.#publish()
  }

  /** A typed turn. Like a press, it stops the answer that is being given. @returns false: refused, and said why */
  sendText(text: string): boolean {
    this.resume()
    this.#notice = null
    if (this.#refused()) return false
    this.#turns.type(this.#options.conversation.addTyped(text), text)
    this.#exchange.tools.typed(text)
    if (this.#link.state === 'none') this.#connect()
    else this.#exchange.interrupt()
    this.#turns.sendTyped()
    this.#publish()
    return true
  }

  muteMicrophone(muted: boolean): void {
    this.#muted = muted
    if (muted) this.#turns.abandon()
    if (this.#notice?.code === 'microphone_muted' || this.#notice?.code === 'microphone_silent') this.#notice = null
    this.#steering.steer()
    this.#publish()
  }

  muteSpeaker(muted: boolean): void {
    this.#sound.mute(muted)
    this.#publish()
  }

  /** Opens the microphone for a meter outside a conversation, or lets it go. */
  previewMicrophone(on: boolean): void {
    this.#preview = on
    this.#steering.steer()
  }

  /** Sends what was said during a failed connection. */
  retryHeldTurn(): void {
    this.#turns.retry()
    this.#publish()
  }

  discardHeldTurn(): void {
    this.#turns.discard()
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
    if (what.microphone) this.#sound.microphone.reopen()
    if (what.speaker) this.#sound.speakerChanged()
    this.#steering.steer()
    if (what.turnMode) {
      this.#exchange.forgetSpeech()
      this.#turns.modeChanged()
    }
    this.#publish()
  }

  /** Another persona or voice was chosen: it is taken at once as far as the server lets it, else when nobody speaks. */
  setupChanged(): void {
    if (this.#link.reconfigure()) this.say(failure('takes_effect_soon', {}, ['dismiss']))
  }

  /** Asks the sound room for the list of devices. */
  refreshDevices(): void {
    this.#sound.refreshDevices()
  }

  // ── connection ────────────────────────────────────────────────────────────────────────────

  #connect(): void {
    this.#failure = null
    this.#notice = null
    this.#link.start(this.#turns.quiet)
    this.#sound.watchDevices(true)
    this.#steering.steer()
    this.#publish()
  }

  #opened(again: boolean): void {
    if (this.#startedAt === null) this.#options.onSession('begins')
    this.#startedAt ??= this.#wall()
    this.#tellRest()
    this.#exchange.opened()
    this.#idle.start()
    this.#turns.opened(again)
    this.#publish()
  }

  /** What was still to be heard when the session began has been heard by now, or was cut. */
  #tellRest(): void {
    const engine = this.#link.engine
    if (engine) for (const item of this.#recall.takeRest()) engine.tell(item)
  }

  /** The connection is gone for now: what has arrived is played out, what is being said is kept. */
  #lost(): void {
    const last = this.#exchange.lost()
    this.#options.keptSound?.lost()
    this.#turns.lost(last === 'unheard')
    this.#options.conversation.sessionEnded()
    this.#steering.steer()
    this.#publish()
  }

  #sessionOver(): void {
    this.#exchange.over()
    this.#options.keptSound?.lost()
    if (this.#startedAt !== null) this.#options.onSession('over')
    this.#startedAt = null
    this.#muted = false
    this.#steering.disarm()
    this.#idle.stop()
    this.#sound.watchDevices(false)
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

  #turnBegun(): void {
    this.#idle.spoke()
    this.#exchange.tools.newTurn()
    if (this.#link.state === 'none') this.#connect()
    else this.#exchange.interrupt()
  }

  /** A cap is reached: said, and nothing new is asked for. */
  #refused(): boolean {
    const why = this.#options.capped()
    if (why) this.say(why)
    return why !== null
  }

  get #habits(): Habits {
    return this.#options.habits?.() ?? DEFAULT_HABITS
  }

  /** Half duplex: while Parley sounds, and a little longer for the room, the open line hears nothing. */
  get #deaf(): boolean {
    if (!this.#habits.halfDuplex) return false
    return this.#sound.playback.busy || this.#now() - this.#answerEndedAt < HALF_DUPLEX_GUARD_MS
  }

  /** Once for each device: its owner may not know why everything sounds worse. */
  #remarkBluetooth(): void {
    const device = this.#sound.microphone.mode === 'off' ? null : this.#sound.bluetooth
    if (device === null || this.#remarked.has(device) || this.#notice) return
    this.#remarked.add(device)
    this.#notice = failure('microphone_bluetooth', { device }, ['choose_microphone', 'dismiss'])
  }

  // ── sound ─────────────────────────────────────────────────────────────────────────────────

  #microphoneProblem(problem: Failure | null): void {
    if (problem === null) {
      if (this.#notice?.code.startsWith('microphone_')) this.#notice = null
    } else {
      if (problem.code !== 'microphone_silent') this.#turns.microphoneGone()
      this.#notice = problem
    }
    this.#publish()
  }

  #soundRoomGone(forGood: boolean): void {
    this.#exchange.soundLost()
    this.#turns.soundLost()
    this.#sound.microphone.lost()
    // Whoever was heard before the crash has not agreed to be heard after it (design §3).
    this.#muted = this.#link.state !== 'none'
    // Outside a conversation nobody missed anything, unless it does not come back.
    if (this.#link.state !== 'none' || forGood) this.say(failure('sound_room_crashed', {}, forGood ? ['dismiss'] : ['unmute']))
    else this.#publish()
  }

  // ── what is shown ─────────────────────────────────────────────────────────────────────────

  /** Shows a passing remark. */
  say(notice: Failure): void {
    this.#notice = notice
    this.#publish()
  }

  /** The status as it is now. */
  get status(): VoiceStatus {
    const listening = this.#turns.listening || this.#exchange.speech
    return {
      state: stateWord({
        connection: this.#link.state,
        failure: this.#failure,
        listening,
        awaiting: this.#exchange.awaiting,
        speaking: this.#sound.playback.playing,
      }),
      connecting: this.#link.state === 'connecting' || this.#link.state === 'reconnecting',
      failure: listening ? null : this.#failure,
      microphone: this.#sound.microphone.mode,
      speaker: this.#sound.muted ? 'muted' : 'on',
      turnMode: this.#options.turnMode(),
      active: this.#link.state !== 'none',
      startedAt: this.#startedAt,
      heldTurnMs: this.#turns.heldMs,
      canSendNow: this.#canSendNow,
      notice: this.#notice,
      endpoint: this.#link.endpoint,
      tokens: this.#exchange.tokens,
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
