import { failure, type Failure } from '../../shared/failure.ts'
import type { Pace, TurnMode } from '../../shared/settings.ts'
import { CaptureClock } from './capture-clock.ts'
import type { TurnDetection, VoiceEngine } from './engine.ts'
import type { Microphone } from './microphone.ts'
import type { MicrophoneSteering } from './microphone-steering.ts'
import type { Playback } from './playback.ts'
import { HOLD_TAIL_MS, MAX_KEPT_MS, Turn, type MicrophoneFrame, type TurnPhase, type TurnSink } from './turn.ts'

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
/** Held at least this long, a turn without sound was not short: the microphone gave nothing of it, ms. */
const UNHEARD_MS = 400

export interface TurnTakingOptions {
  turnMode: () => TurnMode
  /** How turns end on the open line. */
  openLine: () => { pace: Pace; byMeaning: boolean }
  /** The engine that can be spoken to now. */
  engine: () => VoiceEngine | null
  playback: Pick<Playback, 'busy' | 'flushing'>
  microphone: Pick<Microphone, 'mode'>
  steering: Pick<MicrophoneSteering, 'steer' | 'rearm'>
  now: () => number
  /** Whether no new turn may begin; says why. */
  refused: () => boolean
  /** Where the turn is sent: to the engine, and to whatever else is to have it. */
  sink: (engine: VoiceEngine) => TurnSink
  /** A turn was given up. */
  onCancelled: () => void
  /** A turn has begun: whatever is being answered is to be cut, and a connection is wanted. */
  onBegun: () => void
  /** A turn was sent and wants an answer. */
  onSent: (how: 'spoken' | 'typed') => void
  onCue: (cue: 'listening' | 'sent') => void
  /** A passing remark about the turn. */
  onNotice: (notice: Failure) => void
  onChange: () => void
}

/**
 * Whose turn it is: what the person says between press and commit, what was typed and waits, and
 * what was said but could not be sent (design §4, behaviour.md §3).
 *
 * Its contract with the session:
 * - At most one turn is being taken. It is sent by {@link pump} as soon as there is an engine and
 *   no cut is under way, since what was heard has to be told first.
 * - A turn that is lost with its connection goes on by itself while it is being spoken; one that
 *   was complete by then is never sent unasked, but held (at most 60 s) for {@link retry} or {@link discard}.
 * - A turn counts as sent once the server has said that it has it ({@link confirmed}). One that is
 *   lost with its server before a word of it was told or answered is held as well.
 * - Typed turns wait for the connection in their order, none is lost.
 * - The session calls {@link opened}, {@link lost} and {@link closed} for what becomes of the
 *   connection, and {@link frame} and {@link microphoneChanged} for what comes from the microphone.
 */
export class TurnTaking {
  readonly #options: TurnTakingOptions
  readonly #clock = new CaptureClock()
  #turn: Turn | null = null
  /** The press that began the turn also cut off an answer. */
  #cutIn = false
  #tailTimer: NodeJS.Timeout | null = null
  #held: Turn | null = null
  /** Sent, but the server has not said that it has them. */
  #unconfirmed: Turn[] = []
  /** The last one of which it has said so. */
  #confirmed: Turn | null = null
  #typed: { id: string; text: string }[] = []
  #answerEndedAt = -Infinity
  /** The cue for the begin of listening waits for the microphone. */
  #cueDue = false
  /** The connection was lost and is not back yet. */
  #outage = false

  constructor(options: TurnTakingOptions) {
    this.#options = options
  }

  /** How far the turn is that is being taken; null: none is. */
  get phase(): TurnPhase | null {
    return this.#turn?.phase ?? null
  }

  /** The person is speaking, or was just now. */
  get listening(): boolean {
    return this.#turn !== null && this.#turn.phase !== 'closed'
  }

  /** Nothing is being said and nothing waits to be sent. */
  get quiet(): boolean {
    return this.#turn === null && this.#typed.length === 0
  }

  /** Speech that is offered for a second attempt, ms; null: there is none. */
  get heldMs(): number | null {
    return this.#held?.ms ?? null
  }

  /** Whether a typed turn waits to be sent. */
  waits(itemId: string): boolean {
    return this.#typed.some(({ id }) => id === itemId)
  }

  /** Turn detection that the server is to use now: its own on the open line, none while a turn is held. */
  get turnDetection(): TurnDetection {
    return this.#openLine && this.#turn === null ? { type: 'server', ...this.#options.openLine() } : { type: 'manual' }
  }

  /** Talk went down on a microphone that may be heard. */
  press(): void {
    const turn = this.#turn
    if (turn?.phase === 'speaking') {
      if (this.#options.turnMode() === 'tap') this.#release(turn)
    } else if (turn && !(turn.phase === 'closed' && this.#outage)) {
      turn.resume()
      this.#clearTail()
      this.#options.steering.steer()
      this.#options.onChange()
    } else if (!this.#options.refused()) {
      // What was complete before is offered, not sent with what is said now.
      if (turn) this.#hold(turn)
      this.#begin()
    }
  }

  /** The turn is complete. A press that was only an interruption is not sent. */
  end(): void {
    const turn = this.#turn
    if (turn?.phase !== 'speaking') return
    if (this.#cutIn && this.#options.now() - turn.pressedAt < INTERRUPT_ONLY_MS) this.cancel()
    else this.#release(turn)
  }

  /** Ends the turn without sending it. */
  cancel(): void {
    if (!this.#turn) return
    this.#drop()
    this.#options.engine()?.cancelTurn()
    this.#restoreTurnDetection()
    this.#options.steering.steer()
    this.#options.onChange()
  }

  /** Mute, sleep, another mode: what is still being said is forgotten, what was complete is not. */
  abandon(): void {
    if (this.#turn?.phase === 'speaking') this.cancel()
    else if (this.listening) this.#close()
  }

  /** A typed turn, shown already under this id. It goes out at the next {@link sendTyped} that can send it. */
  type(id: string, text: string): void {
    this.#typed.push({ id, text })
  }

  /** Sends what was said and could not be sent. */
  retry(): void {
    const held = this.#held
    if (!held || this.#turn || this.#options.refused()) return
    this.#held = null
    held.rewind()
    held.close()
    this.#turn = held
    this.#cutIn = false
    // First, since the turn may be sent, and the line given back, as soon as it is silent.
    this.#takeOver()
    this.#options.onBegun()
    this.pump()
  }

  /** Forgets what was said and could not be sent. */
  discard(): void {
    this.#held = null
  }

  /** Takes one frame of the microphone. @returns false: it belongs to no turn */
  frame(frame: MicrophoneFrame): boolean {
    this.#clock.came(frame, this.#options.now())
    const turn = this.#turn
    if (!turn) return false
    if (this.#cueDue && frame.rms > 0) {
      this.#cueDue = false
      this.#options.onCue('listening')
    }
    const tailDone = turn.add(frame)
    this.pump()
    if (tailDone) this.#tailDone(turn)
    return true
  }

  /** The microphone's confirmed mode changed: after the tail, it has no more frames to give. */
  microphoneChanged(): void {
    if (this.#turn?.phase === 'settling' && this.#options.microphone.mode !== 'live') this.#close()
  }

  /** The microphone cannot be had any more: what was said so far is the turn. */
  microphoneGone(): void {
    if (!this.#turn) return
    if (this.#turn.ms >= MIN_HELD_MS) this.#close()
    else this.cancel()
  }

  /** The sound room is gone with the end of what was being said: the rest is offered. */
  soundLost(): void {
    const turn = this.#drop()
    if (!turn || turn.ms < MIN_HELD_MS) return
    this.#hold(turn)
    this.#options.engine()?.cancelTurn()
  }

  /** An answer is over: the pre-roll of the next turn does not reach back into it. */
  answerEnded(): void {
    this.#answerEndedAt = this.#options.now()
  }

  /** Another turn mode was chosen. */
  modeChanged(): void {
    this.abandon()
    this.#options.engine()?.setTurnDetection(this.turnDetection)
    this.#options.steering.steer()
  }

  // ── the connection ────────────────────────────────────────────────────────────────────────

  /** There is an engine. @param again the same conversation is back */
  opened(again: boolean): void {
    this.#outage = false
    this.#holdUnconfirmed()
    // What was said during an outage is not sent unasked; what is being said is.
    if (again && this.#turn?.phase === 'closed') {
      this.#hold(this.#turn)
      this.#turn = null
    }
    this.#options.steering.rearm()
    this.#options.steering.steer()
    this.pump()
    this.sendTyped()
  }

  /**
   * The connection is lost and is being restored: everything must be sent again to the next one.
   * @param unheard so is the turn that was sent last, although the server had it
   */
  lost(unheard: boolean): void {
    this.#outage = true
    if (unheard && this.#confirmed) this.#hold(this.#confirmed)
    this.#confirmed = null
    this.#holdUnconfirmed()
    this.#turn?.rewind()
  }

  /** There is no connection any more. @param failed what was not sent is kept for another attempt */
  closed(failed: boolean): void {
    this.#outage = false
    const turn = this.#drop()
    if (failed) this.#holdUnconfirmed()
    this.#unconfirmed = []
    this.#confirmed = null
    if (!failed) this.#typed = []
    else if (turn && turn.ms >= MIN_HELD_MS) this.#hold(turn)
    // Of what was spoken into a microphone that did not open in time, nothing is left to be offered.
    else if (turn?.phase === 'closed') this.#notSent(turn)
  }

  /** The server has the turn that was sent first of those it has not answered yet, or wants none of it. */
  confirmed(): void {
    this.#confirmed = this.#unconfirmed.shift() ?? null
  }

  /** Its answer has begun: it will not be needed again. */
  answered(): void {
    this.#confirmed = null
  }

  /** Sends of the turn what can be sent now. */
  pump(): void {
    const turn = this.#turn
    const engine = this.#options.engine()
    if (!turn || !engine || this.#options.playback.flushing) return
    const outcome = turn.pump(this.#options.sink(engine))
    if (outcome === null) return
    this.#turn = null
    if (outcome === 'committed') {
      this.#unconfirmed.push(turn)
      this.#options.onSent('spoken')
    } else this.#notSent(turn)
    if (turn.overflowed) this.#options.onNotice(failure('turn_too_long', { seconds: MAX_KEPT_MS / 1000 }))
    this.#restoreTurnDetection()
    this.#options.steering.steer()
  }

  /** Sends what was typed, if it can be sent now. */
  sendTyped(): void {
    const engine = this.#options.engine()
    if (!engine || this.#options.playback.flushing) return
    const typed = this.#typed
    this.#typed = []
    for (const { id, text } of typed) {
      engine.sendText(text, id)
      this.#options.onSent('typed')
    }
  }

  // ── the turn ──────────────────────────────────────────────────────────────────────────────

  get #openLine(): boolean {
    return this.#options.turnMode() === 'open_line'
  }

  #begin(): void {
    const { playback, now } = this.#options
    this.#cutIn = playback.busy
    const preRollMs = playback.busy ? 0 : Math.max(0, Math.min(PRE_ROLL_MS, now() - this.#answerEndedAt - PRE_ROLL_GUARD_MS))
    this.#turn = new Turn(now())
    // A microphone that is not open yet hears nothing until its first real sample (design §4).
    this.#cueDue = this.#options.microphone.mode === 'off'
    if (!this.#cueDue) this.#options.onCue('listening')
    this.#takeOver()
    this.#options.onBegun()
    this.#options.steering.steer(preRollMs)
    this.pump()
    this.#options.onChange()
  }

  #release(turn: Turn): void {
    const now = this.#options.now()
    turn.release(now, this.#clock.at(now))
    // A microphone that never opened has no tail to wait for.
    if (this.#options.microphone.mode !== 'live') this.#close()
    else {
      this.#tailTimer = setTimeout(() => {
        this.#close()
      }, TAIL_TIMEOUT_MS)
    }
    this.#options.onChange()
  }

  #tailDone(turn: Turn): void {
    // On the open line the microphone stays live, so that there is no confirmation to wait for.
    if (this.#openLine) {
      this.#close()
    } else {
      turn.settle()
      this.#options.steering.steer()
    }
  }

  #close(): void {
    this.#clearTail()
    if (this.#turn) this.#options.onCue('sent')
    this.#turn?.close()
    this.#options.steering.rearm()
    this.#options.steering.steer()
    this.pump()
    this.#options.onChange()
  }

  #hold(turn: Turn): void {
    if (this.#held) this.#held.join(turn)
    else this.#held = turn
  }

  /** What went out on a line that was dead already was said to nobody: it is offered, not lost. */
  #holdUnconfirmed(): void {
    for (const turn of this.#unconfirmed.splice(0)) this.#hold(turn)
  }

  /** Says why nothing was sent of a turn with next to no sound. */
  #notSent(turn: Turn): void {
    this.#options.onNotice(turn.heldMs < UNHEARD_MS ? failure('turn_too_short') : failure('turn_unheard', {}, ['choose_microphone']))
  }

  #drop(): Turn | null {
    this.#clearTail()
    const turn = this.#turn
    this.#turn = null
    if (turn) this.#options.onCancelled()
    return turn
  }

  #clearTail(): void {
    if (this.#tailTimer) clearTimeout(this.#tailTimer)
    this.#tailTimer = null
  }

  /** On the open line the server must not end a turn that the person holds. */
  #takeOver(): void {
    if (this.#openLine) this.#options.engine()?.setTurnDetection({ type: 'manual' })
  }

  #restoreTurnDetection(): void {
    if (this.#openLine) this.#options.engine()?.setTurnDetection(this.turnDetection)
  }
}
