import type { EngineEvent, VoiceEngine } from './engine.ts'
import type { ToolCallView } from './tools/call-view.ts'
import type { Questions } from './tools/questions.ts'
import type { ToolRegistry } from './tools/registry.ts'
import { ToolRunner } from './tools/runner.ts'

export interface SessionToolsOptions {
  registry: ToolRegistry
  questions: Questions
  /** The engine that can be spoken to now. */
  engine: () => VoiceEngine | null
  /** An answer was asked for. */
  onRequested: () => void
  onView: (view: ToolCallView) => void
  /** Whether anything is at work may have changed. */
  onChange: () => void
  /** A tool failed in a way that is not for the model. For the log. */
  onFault: (name: string, error: unknown) => void
}

/**
 * Functions within one conversation: a runner for each session with a server, and the count of
 * the person's turns, by which a spoken yes is matched to the question it answers.
 */
export class SessionTools {
  readonly #options: SessionToolsOptions
  #runner: ToolRunner | null = null
  #turn = 0
  /** Turns that were committed and have no item yet, in order. */
  #committed: number[] = []
  readonly #turnOfItem = new Map<string, number>()

  constructor(options: SessionToolsOptions) {
    this.#options = options
  }

  /** Calls are at work, or a question waits. */
  get busy(): boolean {
    return this.#runner?.busy ?? false
  }

  /** Calls are at work and it is not the person who is waited for. */
  get working(): boolean {
    return this.busy && this.#options.questions.open === null
  }

  /** A session begins: calls of an earlier one belong to nobody any more. */
  opened(): void {
    this.closed()
    const { registry, questions, engine, onView, onFault, onRequested, onChange } = this.#options
    this.#runner = new ToolRunner({
      registry,
      questions,
      onChange: (view) => {
        onView(view)
        // Asked or allowed: what is waited for is another.
        if (view.result === null) onChange()
      },
      onOver: onChange,
      onFault,
      sendOutput: (callId, output) => {
        engine()?.sendFunctionOutput(callId, output)
      },
      requestResponse: ({ mayCallTools }) => {
        engine()?.requestAnswer({ mayCallTools })
        onRequested()
      },
      announce: (fact) => {
        engine()?.announce(fact)
      },
    })
  }

  closed(): void {
    this.#runner?.close()
    this.#runner = null
    this.#committed = []
    this.#turnOfItem.clear()
  }

  /** The person begins a turn. */
  newTurn(): void {
    this.#turn = this.#runner?.newTurn() ?? this.#turn
  }

  /** The turn was sent. */
  committed(): void {
    this.#committed.push(this.#turn)
  }

  /** A question was typed an answer to, perhaps. */
  typed(text: string): void {
    this.newTurn()
    this.#runner?.heard(text, this.#turn)
  }

  /** Stop button or Escape: nothing of what was asked for is wanted any more. */
  stop(): void {
    this.#runner?.stop()
  }

  answer(questionId: string, yes: boolean): void {
    this.#runner?.answer(questionId, yes)
  }

  /** Takes what the engine says. */
  receive(event: EngineEvent): void {
    const runner = this.#runner
    if (!runner) return
    if (event.type === 'response_started') runner.responseStarted(event.response_id)
    else if (event.type === 'function_call') runner.call(event.call)
    else if (event.type === 'response_ended') runner.responseEnded(event.response_id, event.status)
    else if (event.type === 'speech_started') this.newTurn()
    else if (event.type === 'turn_committed') this.#turnOfItem.set(event.item_id, this.#committed.shift() ?? this.#turn)
    else if (event.type === 'conversation' && event.event.type === 'conversation.item.input_audio_transcription.completed') {
      const turn = this.#turnOfItem.get(event.event.item_id)
      this.#turnOfItem.delete(event.event.item_id)
      if (turn !== undefined) runner.heard(event.event.transcript, turn)
    }
  }
}
