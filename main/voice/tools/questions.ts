import type { ToolQuestion } from './tool.ts'

/** A question without an answer for this long is answered no, ms. */
export const QUESTION_TIMEOUT_MS = 30_000

/** The question that the person sees now. */
export interface OpenQuestion extends ToolQuestion {
  id: string
  /** The call that waits for it. */
  call_id: string
  /** Unix ms. */
  expiresAt: number
}

/** How a question ended. `unanswered` and `withdrawn` (the call is over) count as no. */
export type Answer = 'yes' | 'no' | 'unanswered' | 'withdrawn'

export interface QuestionsOptions {
  /** Another question is open, or none. Must not throw. */
  onChange: (open: OpenQuestion | null) => void
  timeoutMs?: number
  /** Unix ms. */
  now?: () => number
}

interface Asked {
  question: Omit<OpenQuestion, 'expiresAt'>
  onOpen: () => void
  end: (answer: Answer) => void
}

/**
 * What the person is asked, one question at a time; the others wait. Each has its full time from
 * the moment it is shown. No answer means no.
 */
export class Questions {
  readonly #options: QuestionsOptions
  readonly #now: () => number
  #waiting: Asked[] = []
  #open: (Asked & { expiresAt: number; timer: NodeJS.Timeout }) | null = null
  #count = 0

  constructor(options: QuestionsOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  /** The question that is shown now. */
  get open(): OpenQuestion | null {
    return this.#open && { ...this.#open.question, expiresAt: this.#open.expiresAt }
  }

  /**
   * Asks, now or after those that came before. Never rejects.
   * @param signal withdraws the question
   * @param onOpen called when the person sees it; may be at once
   */
  ask(question: ToolQuestion & { call_id: string }, signal: AbortSignal, onOpen: () => void = () => undefined): Promise<Answer> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve('withdrawn')
        return
      }
      const withdraw = (): void => {
        this.#end(asked, 'withdrawn')
      }
      const asked: Asked = {
        question: { ...question, id: `question_${String(++this.#count)}` },
        onOpen,
        end: (answer) => {
          signal.removeEventListener('abort', withdraw)
          resolve(answer)
        },
      }
      signal.addEventListener('abort', withdraw)
      this.#waiting.push(asked)
      this.#next()
    })
  }

  /** The person answers the question with this id. @returns false when it is not open (any more): nothing happened */
  answer(id: string, yes: boolean): boolean {
    const open = this.#open
    if (open?.question.id !== id) return false
    // A computer that slept may wake with an old question on the screen.
    const late = this.#now() >= open.expiresAt
    this.#end(open, late ? 'unanswered' : yes ? 'yes' : 'no')
    return !late
  }

  /** Withdraws every question. */
  dispose(): void {
    const all = [...this.#waiting]
    this.#waiting = []
    for (const asked of all) asked.end('withdrawn')
    if (this.#open) this.#end(this.#open, 'withdrawn')
  }

  #end(asked: Asked, answer: Answer): void {
    if (this.#open?.question.id === asked.question.id) {
      clearTimeout(this.#open.timer)
      this.#open = null
      asked.end(answer)
      this.#next()
      if (this.#open === null) this.#options.onChange(null)
    } else if (this.#waiting.includes(asked)) {
      this.#waiting = this.#waiting.filter((other) => other !== asked)
      asked.end(answer)
    }
  }

  #next(): void {
    if (this.#open) return
    const asked = this.#waiting.shift()
    if (!asked) return
    const timeoutMs = this.#options.timeoutMs ?? QUESTION_TIMEOUT_MS
    const timer = setTimeout(() => {
      this.#end(asked, 'unanswered')
    }, timeoutMs)
    this.#open = { ...asked, expiresAt: this.#now() + timeoutMs, timer }
    asked.onOpen()
    this.#options.onChange(this.open)
  }
}
