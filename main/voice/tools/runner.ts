import { encodeOutput, parseArguments, SAY } from './output.ts'
import type { FunctionCall } from './function-calls.ts'
import { dropOldest, rememberId } from './memory.ts'
import type { Answer, Questions } from './questions.ts'
import type { ToolRegistry } from './registry.ts'
import { RunClock } from './run-clock.ts'
import type { ResponseEnd, ToolCallView, ToolRunState } from './call-view.ts'
import { readAnswer } from './spoken-answer.ts'
import { Refused, ToolError, type PreparedCall, type Tool, type ToolContext, type ToolQuestion } from './tool.ts'

/** A call that runs longer than this is announced, ms. */
export const LONG_CALL_MS = 3_000
/** Most calls at work at once; more are refused. */
export const MAX_OPEN_CALLS = 32
/** After this many follow-ups without a turn of the person the model must answer without functions, so that no loop spends money. */
export const MAX_ROUNDS = 8

/** None of the callbacks may throw. */
export interface ToolRunnerOptions {
  registry: ToolRegistry
  questions: Questions
  /** Sends a `function_call_output`; exactly once for each call, and after its `onChange`. */
  sendOutput: (callId: string, output: string) => void
  /** Asks for the answer that uses the outputs of `response_id`; at most once for each response. */
  requestResponse: (request: { response_id: string; mayCallTools: boolean }) => void
  /** A call is taking long; one plain English sentence to be said aloud. */
  announce: (fact: string) => void
  onChange: (call: ToolCallView) => void
  /** A call is over: its output is sent, and what follows from it asked for. */
  onOver?: () => void
  /** A tool threw something that is not for the model. For the log. */
  onFault?: (name: string, error: unknown) => void
}

/** The calls of one response. */
interface Group {
  readonly responseId: string
  /** The turn of the person that it answers. */
  turn: number
  end: ResponseEnd | null
  calls: number
  open: number
  followedUp: boolean
  announced: boolean
  /** The person allowed one of its calls in a later turn: that turn waits for the result. */
  revived: boolean
}

interface Job {
  readonly call: FunctionCall
  readonly group: Group
  readonly abort: AbortController
  view: ToolCallView
  clock: RunClock | null
  /** Questions that are being asked. */
  asking: number
  /** The person's turn when the last question was shown; null before. */
  askedInTurn: number | null
  over: boolean
}

/**
 * Runs the functions that the model calls (behaviour.md §7): each call once, all calls of a
 * response at the same time, exactly one output for each whatever happens, and one follow-up
 * response when all outputs are in and `response.done` has come. No follow-up when the person has
 * taken a turn meanwhile, except where that turn was the yes to a question of the call.
 *
 * One runner belongs to one session with a server; close it when the session is over.
 */
export class ToolRunner {
  readonly #options: ToolRunnerOptions
  readonly #seen = new Set<string>()
  readonly #groups = new Map<string, Group>()
  readonly #jobs = new Map<string, Job>()
  readonly #views = new Map<string, ToolCallView>()
  /** Number of the person's turns so far: the generation of everything here. */
  #turn = 0
  #rounds = 0
  #closed = false

  constructor(options: ToolRunnerOptions) {
    this.#options = options
  }

  /** Calls are at work or waiting for the person: no quiet moment. */
  get busy(): boolean {
    return this.#jobs.size > 0
  }

  /** The latest calls, oldest first. */
  get calls(): readonly ToolCallView[] {
    return [...this.#views.values()]
  }

  /** `response.created`. Calls of a response that was cut after this are answered, not run. */
  responseStarted(responseId: string): void {
    if (!this.#closed) this.#group(responseId)
  }

  /** A whole function call, as often as the server announces it; see `functionCallsIn`. */
  call(call: FunctionCall): void {
    if (this.#closed || this.#seen.has(call.call_id) || this.#jobs.has(call.call_id)) return
    rememberId(this.#seen, call.call_id)
    const group = this.#group(call.response_id)
    group.calls++
    group.open++
    const tool = this.#options.registry.get(call.name)
    const job: Job = {
      call,
      group,
      abort: new AbortController(),
      view: {
        call_id: call.call_id,
        response_id: call.response_id,
        item_id: call.item_id,
        name: call.name,
        verb: tool?.verb ?? 'use',
        object: tool ? '' : call.name.slice(0, 64),
        state: 'running',
        arguments: call.arguments,
        result: null,
      },
      clock: null,
      asking: 0,
      askedInTurn: null,
      over: false,
    }
    this.#jobs.set(call.call_id, job)
    if (!call.complete || !this.#current(group)) this.#finish(job, 'cancelled', SAY.cutOff())
    else if (!tool) this.#finish(job, 'failed', SAY.unknown(call.name, this.#options.registry.names))
    else if (this.#jobs.size > MAX_OPEN_CALLS) this.#finish(job, 'failed', SAY.tooMany())
    else this.#begin(job, tool)
  }

  /** `response.done`, after {@link call} was told the calls that it lists. */
  responseEnded(responseId: string, end: ResponseEnd): void {
    if (this.#closed) return
    const group = this.#group(responseId)
    group.end ??= end
    this.#followUp(group)
  }

  /**
   * The person begins a turn or cuts in: by voice, key, typing or the stop of an answer. Told once
   * for each, at its beginning. What runs goes on, so that what was asked for is done, but its
   * result is no longer answered. Questions stay open: the turn may be their answer.
   * @returns the number of the turn, for {@link heard}
   */
  newTurn(): number {
    this.#turn++
    this.#rounds = 0
    return this.#turn
  }

  /**
   * What the person said or typed in a turn. A plain yes or no answers the open question, if the
   * turn began after it was shown. @returns true when it did
   */
  heard(text: string, turn: number): boolean {
    const open = this.#options.questions.open
    const job = open === null ? undefined : this.#jobs.get(open.call_id)
    if (!open || !job || job.askedInTurn === null || turn <= job.askedInTurn) return false
    const answer = readAnswer(text)
    if (answer === null) return false
    return this.#answer(open.id, answer === 'yes', turn)
  }

  /** The person answers on the card. @returns false when the question is not open any more */
  answer(questionId: string, yes: boolean): boolean {
    return this.#answer(questionId, yes, this.#turn)
  }

  /** The person stops everything: running calls are aborted, questions withdrawn; no follow-up. */
  stop(): void {
    this.newTurn()
    this.#cancelAll(SAY.stopped())
  }

  /** The session is over: as {@link stop}, and nothing is done any more. Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#turn++
    this.#cancelAll(SAY.closed())
    this.#groups.clear()
  }

  // ── one call ──────────────────────────────────────────────────────────────────────────────

  #begin(job: Job, tool: Tool): void {
    let prepared: PreparedCall
    try {
      prepared = tool.prepare(parseArguments(job.call.arguments))
    } catch (error) {
      if (error instanceof ToolError) this.#finish(job, 'failed', SAY.wrong(error.message))
      else this.#fault(job, error)
      return
    }
    job.view = { ...job.view, object: prepared.object }
    job.clock = new RunClock({
      longMs: LONG_CALL_MS,
      onLong: () => {
        this.#announce(job, `The function "${tool.name}" is still at work; the result will follow.`)
      },
      limitMs: tool.timeLimitMs,
      onLimit: () => {
        this.#finish(job, 'timed_out', SAY.timedOut(tool.timeLimitMs))
      },
    })
    void this.#run(job, prepared)
  }

  /** Never rejects. */
  async #run(job: Job, prepared: PreparedCall): Promise<void> {
    try {
      if (prepared.question) {
        const answer = await this.#ask(job, prepared.question)
        if (answer !== 'yes') {
          this.#finish(job, 'refused', answer === 'no' ? SAY.refused() : SAY.unanswered())
          return
        }
      }
      if (job.over) return
      this.#running(job)
      const result = await prepared.run(this.#contextOf(job))
      if (!job.over) this.#finish(job, 'done', encodeOutput(result))
    } catch (error) {
      if (error instanceof Refused) this.#finish(job, 'refused', SAY.refused())
      else if (error instanceof ToolError) this.#finish(job, 'failed', SAY.failed(error.message))
      else this.#fault(job, error)
    }
  }

  #contextOf(job: Job): ToolContext {
    return {
      signal: job.abort.signal,
      ask: async (question) => {
        const answer = await this.#ask(job, question)
        if (!job.over && job.asking === 0) this.#running(job)
        return answer === 'yes'
      },
      announce: (fact) => {
        this.#announce(job, fact)
      },
    }
  }

  async #ask(job: Job, question: ToolQuestion): Promise<Answer> {
    if (job.over) return 'withdrawn'
    job.asking++
    job.clock?.pause()
    this.#show(job, 'asking')
    const answer = await this.#options.questions.ask({ ...question, call_id: job.call.call_id }, job.abort.signal, () => {
      job.askedInTurn = this.#turn
    })
    job.asking--
    return job.over ? 'withdrawn' : answer
  }

  #running(job: Job): void {
    job.clock?.start()
    this.#show(job, 'running')
  }

  #fault(job: Job, error: unknown): void {
    if (!job.over) this.#options.onFault?.(job.call.name, error)
    this.#finish(job, 'failed', SAY.fault())
  }

  #announce(job: Job, fact: string): void {
    if (job.over || job.group.announced || !this.#current(job.group)) return
    job.group.announced = true
    this.#options.announce(fact)
  }

  #answer(questionId: string, yes: boolean, turn: number): boolean {
    const open = this.#options.questions.open
    if (open?.id !== questionId) return false
    const job = this.#jobs.get(open.call_id)
    if (!this.#options.questions.answer(questionId, yes)) return false
    if (yes && job && turn === this.#turn) {
      job.group.turn = this.#turn
      job.group.revived = true
      this.#rounds = 0
    }
    return true
  }

  #cancelAll(why: string): void {
    for (const job of [...this.#jobs.values()]) this.#finish(job, 'cancelled', why)
  }

  /** The one end of every call. */
  #finish(job: Job, state: Exclude<ToolRunState, 'asking' | 'running'>, output: string): void {
    if (job.over) return
    job.over = true
    job.clock?.stop()
    this.#jobs.delete(job.call.call_id)
    job.group.open--
    job.abort.abort()
    job.view = { ...job.view, result: output }
    this.#show(job, state)
    this.#options.sendOutput(job.call.call_id, output)
    this.#followUp(job.group)
    this.#options.onOver?.()
  }

  #show(job: Job, state: ToolRunState): void {
    if (job.view.state === state && this.#views.has(job.call.call_id)) return
    job.view = { ...job.view, state }
    this.#views.set(job.call.call_id, job.view)
    dropOldest(this.#views, (view) => view.result !== null)
    this.#options.onChange(job.view)
  }

  // ── one response ──────────────────────────────────────────────────────────────────────────

  #group(responseId: string): Group {
    const known = this.#groups.get(responseId)
    if (known) return known
    const group: Group = {
      responseId,
      turn: this.#turn,
      end: null,
      calls: 0,
      open: 0,
      followedUp: false,
      announced: false,
      revived: false,
    }
    this.#groups.set(responseId, group)
    dropOldest(this.#groups, (old) => old !== group && old.open === 0)
    return group
  }

  #current(group: Group): boolean {
    return !this.#closed && group.turn === this.#turn
  }

  #followUp(group: Group): void {
    const ended = group.end === 'completed' || group.end === 'incomplete' || (group.end !== null && group.revived)
    if (!ended || group.calls === 0 || group.open > 0 || group.followedUp || !this.#current(group)) return
    group.followedUp = true
    this.#rounds++
    this.#options.requestResponse({ response_id: group.responseId, mayCallTools: this.#rounds < MAX_ROUNDS })
  }
}
