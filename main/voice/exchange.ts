import { failure, type Failure } from '../../shared/failure.ts'
import { AnswerRetry } from './answer-retry.ts'
import { Answers } from './answers.ts'
import type { EngineEvent, VoiceEngine } from './engine.ts'
import type { Playback } from './playback.ts'
import type { SessionOptions } from './session-options.ts'
import { SessionTools } from './session-tools.ts'

export interface ExchangeOptions extends Pick<SessionOptions, 'conversation' | 'onServerEvent' | 'tools' | 'capped' | 'keptSound'> {
  playback: Playback
  /** The engine that can be spoken to now. */
  engine: () => VoiceEngine | null
  /** The server hears by itself where a turn ends, and answers it. */
  answersByItself: () => boolean
  /** The server hears the person begin. */
  onSpeech: () => void
  /** What was heard of a cut answer has been told: turns that waited for it may go. */
  onCut: () => void
  /** A cap was reached by an answer that is over. */
  onCapped: (why: Failure) => void
  /** A passing remark. */
  onNotice: (notice: Failure) => void
  /** The answer has begun: what was said of waiting for it is over. */
  onAnswering: () => void
  onChange: () => void
  /** ms of a clock that only goes forward. */
  now: () => number
}

/** A dead line is noticed within three pings, 60 s, of what was sent into it, ms; what waits for longer was refused or is not answered for another reason. */
const DEAD_LINE_MS = 65_000

/**
 * What goes to and fro while a session is open: the engine's events become conversation, sound and
 * answers, and an answer is cut off in the one right order (behaviour.md §4–§7). The session calls
 * {@link opened}, {@link lost} and {@link over} for what becomes of the connection.
 */
export class Exchange {
  readonly tools: SessionTools
  readonly #options: ExchangeOptions
  readonly #answers: Answers
  readonly #retry: AnswerRetry
  #speech = false
  #tokens: number | null = null
  /**
   * The turn that was sent last. A connection that is lost while its answer has not begun, or is to
   * be asked for again, may have been dead when it was sent. `itemId`: what a spoken one became,
   * null while the server has not said so. `since`: when it was sent, or is to be asked for again, ms.
   */
  #sent: { since: number; how: 'spoken' | 'typed'; itemId: string | null; begun: boolean } | null = null

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.#answers = new Answers({
      playback: options.playback,
      onTimeout: () => {
        // Should it come after all, nobody waits for it any more (https://github.com/livekit/agents/pull/6244).
        if (this.#answers.awaiting) this.interrupt()
        else options.engine()?.interrupt([])
        options.onNotice(failure('response_failed', { reason: 'timeout' }, ['dismiss']))
        options.onChange()
      },
      now: options.now,
    })
    this.#retry = new AnswerRetry({
      ask: () => {
        this.#askAgain()
      },
    })
    this.tools = new SessionTools({
      ...options.tools,
      engine: options.engine,
      onRequested: () => {
        this.#answers.ask()
        options.onChange()
      },
      onChange: options.onChange,
    })
  }

  /** Server turn detection hears the person. */
  get speech(): boolean {
    return this.#speech
  }

  /** An answer was asked for, is being worked at or is being given, whether or not it sounds. */
  get awaiting(): boolean {
    return this.#answers.awaiting || this.#retry.waiting || this.tools.working
  }

  /** Nobody is heard, answered or worked for. */
  get quiet(): boolean {
    return !this.busy && !this.tools.busy
  }

  /** Somebody speaks or is being answered. */
  get busy(): boolean {
    return this.#speech || this.answering
  }

  /** Somebody is being answered or will be. */
  get answering(): boolean {
    return this.#answers.any || this.#retry.waiting
  }

  /** Tokens used in this conversation; null: the server names none. */
  get tokens(): number | null {
    return this.#tokens
  }

  /** A turn was sent and wants an answer. */
  sent(how: 'spoken' | 'typed'): void {
    this.#retry.forget()
    this.#sent = { since: this.#options.now(), how, itemId: null, begun: false }
    if (how === 'spoken') this.tools.committed()
    this.#answers.ask()
  }

  /** Cuts off what is being answered, if anything is: flush first, everything else after. */
  interrupt(): void {
    this.#retry.forget()
    this.#sent = null
    if (!this.#answers.any) return
    const engine = this.#options.engine()
    this.#answers.cut((heard) => {
      if (engine === this.#options.engine()) engine?.interrupt(heard)
      this.#options.onCut()
      this.#options.onChange()
    })
  }

  /** Silences and stops the answer, and what was begun for it. */
  stop(): void {
    this.tools.stop()
    this.interrupt()
  }

  /** The sound room is gone with everything queued in it. */
  soundLost(): void {
    const heard = this.#answers.soundLost()
    this.#options.engine()?.interrupt(heard)
  }

  /** Turn detection was changed: what the server heard under the old one counts no more. */
  forgetSpeech(): void {
    this.#speech = false
  }

  /**
   * There is a connection. A turn whose answer had not begun is part of what it was told, where its
   * words are known, so that only the answer is to be asked for: once, lest a turn that no server
   * survives is asked for ever.
   */
  opened(): void {
    this.tools.opened()
    if (this.#sent?.begun !== false) return
    this.#sent = null
    this.#askAgain()
  }

  /** The computer goes to sleep: nobody wants it to begin to speak when it wakes, nor to go on where it was. */
  suspended(): void {
    this.interrupt()
  }

  /**
   * The connection is gone for now: what has arrived is played out.
   * @returns what became of the turn that was sent last: `unheard` when the server had it, but neither told its words nor began to answer
   */
  lost(): 'unheard' | 'other' {
    this.#retry.forget()
    const unanswered = this.#sent?.begun === false ? this.#sent : null
    const known = unanswered !== null && (unanswered.how === 'typed' || this.#hasWords(unanswered.itemId))
    if (!known || this.#options.now() - unanswered.since > DEAD_LINE_MS) this.#sent = null
    this.#answers.lost()
    this.tools.closed()
    this.#speech = false
    return unanswered?.how === 'spoken' && unanswered.itemId !== null && !known ? 'unheard' : 'other'
  }

  /** The conversation is over: silence. */
  over(): void {
    this.#retry.forget()
    this.#sent = null
    // The next conversation may be open before the sound room has said that it is silent.
    this.#answers.over(this.#options.onCut)
    this.tools.closed()
    this.#speech = false
    this.#tokens = null
  }

  /** Takes what the engine says. */
  receive(event: Exclude<EngineEvent, { type: 'opened' | 'closed' | 'summary' }>): void {
    const { conversation, playback } = this.#options
    this.#answers.alive()
    this.tools.receive(event)
    const retryInMs = this.#retry.receive(event)
    switch (event.type) {
      case 'function_call':
        break
      case 'conversation':
        this.#options.onServerEvent(event.event)
        conversation.apply(event.event)
        return
      case 'audio':
        if (playback.play(event, event.pcm)) this.#options.keptSound?.queued(event, event.pcm)
        return
      case 'audio_done':
        playback.complete(event)
        return
      case 'speech_started':
        this.#speech = true
        this.#options.onSpeech()
        this.interrupt()
        break
      case 'speech_stopped':
        this.#speech = false
        break
      case 'turn_committed':
        this.#speech = false
        if (event.audioMs !== null) conversation.setTurnMs(event.item_id, event.audioMs)
        if (this.#options.answersByItself()) {
          this.#sent = { since: this.#options.now(), how: 'spoken', itemId: event.item_id, begun: false }
          this.#answers.ask()
        } else if (this.#sent?.how === 'spoken') this.#sent.itemId = event.item_id
        break
      case 'response_started':
        if (this.#sent) this.#sent.begun = true
        this.#answers.started(event.response_id)
        this.#options.onAnswering()
        break
      case 'response_ended':
        this.#ended(event, retryInMs)
        break
      case 'notice':
        // Of a turn that was too short there is nothing to answer; what else is remarked ends no answer.
        if (event.failure.code === 'turn_too_short') this.#answers.refused()
        this.#options.onNotice(event.failure)
        break
    }
    this.#options.onChange()
  }

  #hasWords(itemId: string | null): boolean {
    return this.#options.conversation.entries.some(({ id, text }) => id === itemId && text.trim() !== '')
  }

  #askAgain(): void {
    const engine = this.#options.engine()
    const capped = this.#options.capped()
    if (capped) this.#options.onNotice(capped)
    else if (engine) {
      engine.requestAnswer({ mayCallTools: true })
      this.#answers.ask()
    }
    this.#options.onChange()
  }

  #ended(event: Extract<EngineEvent, { type: 'response_ended' }>, retryInMs: number | null): void {
    if (this.#sent && retryInMs !== null) this.#sent = { ...this.#sent, begun: false, since: this.#options.now() + retryInMs }
    // It was refused, and is said to have been: not asked for again by whoever comes back.
    else if (event.response_id === '') this.#sent = null
    this.#answers.ended(event.response_id)
    if (event.tokens > 0) this.#tokens = (this.#tokens ?? 0) + event.tokens
    const capped = this.#options.capped()
    if (capped) this.#retry.forget()
    if (capped) this.#options.onCapped(capped)
    else if (retryInMs === 0) this.#options.onNotice(failure('response_again', {}, ['dismiss']))
    else if (retryInMs !== null) this.#options.onNotice(failure('response_waits', { seconds: Math.ceil(retryInMs / 1000) }, ['dismiss']))
    else if (event.status === 'failed') this.#options.onNotice(failure('response_failed', { reason: event.reason }, ['dismiss']))
    else if (event.status === 'incomplete') this.#options.onNotice(failure('response_incomplete', { reason: event.reason }, ['dismiss']))
  }
}
