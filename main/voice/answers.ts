import type { HeardTrack } from './engine.ts'
import type { Playback } from './playback.ts'

/** No answer has begun this long after it was asked for: said, not waited for for ever, ms. */
const ANSWER_TIMEOUT_MS = 30_000
/** An answer that has begun and of which nothing has come for so long, nor sounded, will not be finished, ms. A model may think for a while before it speaks. */
const STALL_TIMEOUT_MS = 60_000

export interface AnswersOptions {
  playback: Playback
  /** The answer that was asked for does not come, or does not go on. */
  onTimeout: () => void
  /** ms of a clock that only goes forward. */
  now: () => number
}

/** The answers of one conversation: asked for, being given, sounding. */
export class Answers {
  readonly #options: AnswersOptions
  #asked = false
  #timer: NodeJS.Timeout | null = null
  #stall: NodeJS.Timeout | null = null
  #aliveAt = 0
  readonly #responses = new Set<string>()

  constructor(options: AnswersOptions) {
    this.#options = options
  }

  /** An answer was asked for or is being generated, whether or not it sounds. */
  get awaiting(): boolean {
    return this.#asked || this.#responses.size > 0
  }

  /** There is an answer that can be cut off. */
  get any(): boolean {
    return this.awaiting || this.#options.playback.busy
  }

  /** An answer was asked for. */
  ask(): void {
    this.#settle()
    this.#asked = true
    this.#timer = setTimeout(() => {
      this.#settle()
      this.#options.onTimeout()
    }, ANSWER_TIMEOUT_MS)
  }

  /** The request was refused: none will come. */
  refused(): void {
    this.#settle()
  }

  started(responseId: string): void {
    this.#settle()
    this.#responses.add(responseId)
    this.alive()
    if (!this.#stall) this.#watch(STALL_TIMEOUT_MS)
  }

  /** The server was heard from. */
  alive(): void {
    this.#aliveAt = this.#options.now()
  }

  ended(responseId: string): void {
    this.#settle()
    this.#responses.delete(responseId)
    if (this.#responses.size === 0) this.#unwatch()
    this.#options.playback.endResponse(responseId)
  }

  /** Flush first, everything else after (behaviour.md §4). @param done told what was heard of every track */
  cut(done: (heard: HeardTrack[]) => void): void {
    this.#settle()
    const responses = [...this.#responses]
    this.#forget()
    this.#options.playback.cut(responses, done)
  }

  /** The connection is gone: what has arrived is played out. */
  lost(): void {
    this.#settle()
    this.#options.playback.breakOff()
    this.#forget()
  }

  /** The conversation is over: silence. @param done it is silent; not called where nothing sounded */
  over(done: () => void): void {
    this.#settle()
    this.#forget()
    if (this.#options.playback.busy) this.#options.playback.cut([], done)
  }

  /** The sound room is gone. @returns what was heard, by its last report */
  soundLost(): HeardTrack[] {
    this.#settle()
    this.#forget()
    return this.#options.playback.lost()
  }

  #forget(): void {
    this.#responses.clear()
    this.#unwatch()
  }

  #watch(ms: number): void {
    this.#stall = setTimeout(() => {
      const { now, playback, onTimeout } = this.#options
      if (playback.unheard) this.alive()
      const left = this.#aliveAt + STALL_TIMEOUT_MS - now()
      if (left > 0) this.#watch(left)
      else {
        this.#stall = null
        onTimeout()
      }
    }, ms)
  }

  #unwatch(): void {
    if (this.#stall) clearTimeout(this.#stall)
    this.#stall = null
  }

  #settle(): void {
    this.#asked = false
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}
