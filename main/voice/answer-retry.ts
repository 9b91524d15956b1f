import type { EngineEvent } from './engine.ts'

export interface AnswerRetryOptions {
  /** Asks the server for the answer once more, or says why not. */
  ask: () => void
}

/**
 * Asks once more for an answer that failed where another attempt may do better: at once after a
 * fault of the server, after its reset at a limit of requests (behaviour.md §5, §12). Once for each
 * turn; not for an answer of which anything was heard or done already; and not when the person has
 * gone on meanwhile, which {@link AnswerRetry.forget} tells.
 */
export class AnswerRetry {
  readonly #options: AnswerRetryOptions
  #timer: NodeJS.Timeout | null = null
  #tried = false
  /** Responses of which something was heard or done. */
  readonly #begun = new Set<string>()

  constructor(options: AnswerRetryOptions) {
    this.#options = options
  }

  /** An answer will be asked for again. */
  get waiting(): boolean {
    return this.#timer !== null
  }

  /** Takes what the engine says. @returns ms until the answer is asked for again, null: it is not */
  receive(event: EngineEvent): number | null {
    if (event.type === 'audio') this.#begun.add(event.response_id)
    else if (event.type === 'function_call') this.#begun.add(event.call.response_id)
    else if (event.type === 'response_ended') return this.#ended(event)
    return null
  }

  /** The person has gone on, or there is nobody to ask any more. */
  forget(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#tried = false
  }

  #ended(event: Extract<EngineEvent, { type: 'response_ended' }>): number | null {
    const begun = this.#begun.delete(event.response_id)
    if (event.status !== 'failed') this.#tried = false
    const wait = event.retryInMs
    if (event.status !== 'failed' || wait === undefined || begun || this.#tried || this.#timer) return null
    this.#tried = true
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#options.ask()
    }, wait)
    return wait
  }
}
