import type { HeardTrack } from './engine.ts'
import type { Playback } from './playback.ts'

/** No answer has begun this long after it was asked for: said, not waited for for ever, ms. */
const ANSWER_TIMEOUT_MS = 30_000

export interface AnswersOptions {
  playback: Playback
  /** The answer that was asked for does not come. */
  onTimeout: () => void
}

/** The answers of one conversation: asked for, being given, sounding. */
export class Answers {
  readonly #options: AnswersOptions
  #asked = false
  #timer: NodeJS.Timeout | null = null
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
  }

  ended(responseId: string): void {
    this.#settle()
    this.#responses.delete(responseId)
    this.#options.playback.endResponse(responseId)
  }

  /** Flush first, everything else after (behaviour.md §4). @param done told what was heard of every track */
  cut(done: (heard: HeardTrack[]) => void): void {
    this.#settle()
    const responses = [...this.#responses]
    this.#responses.clear()
    this.#options.playback.cut(responses, done)
  }

  /** The connection is gone: what has arrived is played out. */
  lost(): void {
    this.#settle()
    this.#options.playback.endAll()
    this.#responses.clear()
  }

  /** The conversation is over: silence. */
  over(): void {
    this.#settle()
    this.#responses.clear()
    if (this.#options.playback.busy) this.#options.playback.cut([], () => undefined)
  }

  /** The sound room is gone. @returns what was heard, by its last report */
  soundLost(): HeardTrack[] {
    this.#settle()
    this.#responses.clear()
    return this.#options.playback.lost()
  }

  #settle(): void {
    this.#asked = false
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}
