import { applyPatch } from '../../shared/conversation/model.ts'
import type { Disposable } from '../../shared/disposable.ts'
import type { Failure } from '../../shared/failure.ts'
import type { ParleyBridge, Reply, RequestArgs, RequestChannel, RequestReply } from '../../shared/ipc.ts'
import type { AppState, Levels, Snapshot, StatePatch } from '../../shared/state.ts'

declare global {
  interface Window {
    /** Put there by the preload. */
    readonly parley: ParleyBridge
  }
}

/** What the window knows of main's state. */
export type Phase = { name: 'loading' } | { name: 'ready'; state: AppState } | { name: 'unreachable'; failure: Failure }

/** A request of this window that did not work, and how to make it again. */
export interface Problem {
  failure: Failure
  again: () => void
}

/**
 * This window's copy of the state: one snapshot, then numbered patches; a gap in the numbers asks
 * for a snapshot again. Parts that did not change keep their identity, so that a selector over
 * them wakes nobody.
 */
export class AppStore {
  readonly #bridge: ParleyBridge
  readonly #listeners = new Set<() => void>()
  #phase: Phase = { name: 'loading' }
  #problem: Problem | null = null
  #seq = -1
  /** Counts up with each question for a snapshot; an answer to an older question is ignored. */
  #attempt = 0
  #asking = false
  /** Patches that arrived while a snapshot was on its way. */
  #early: StatePatch[] = []

  constructor(options: { bridge: ParleyBridge }) {
    this.#bridge = options.bridge
  }

  /** Subscribes to main and asks for the first snapshot. */
  connect(): Disposable {
    const unsubscribe = this.#bridge.on('state.patch', (patch) => this.#receive(patch))
    void this.#ask()
    return {
      dispose: () => {
        this.#attempt++
        unsubscribe()
      },
    }
  }

  get phase(): Phase {
    return this.#phase
  }

  /** The newest state. Only to be read once the phase is `ready`. */
  get state(): AppState {
    if (this.#phase.name !== 'ready') throw new Error('state read before the snapshot')
    return this.#phase.state
  }

  /** Why the last request of this window did not work; null once dismissed. */
  get problem(): Problem | null {
    return this.#problem
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Asks main for something. False: it did not work, and {@link problem} says why. */
  async request<C extends RequestChannel>(channel: C, ...args: RequestArgs<C>): Promise<boolean> {
    const failure = await this.try(channel, ...args)
    if (failure !== null) this.report(failure, () => void this.request(channel, ...args))
    return failure === null
  }

  /** Shows a failure of this window's own; `again` is what its *Try again* does. */
  report(failure: Failure, again: () => void): void {
    this.#setProblem({ failure, again })
  }

  /** As {@link request}, but the failure is the caller's to show. Null: it worked. */
  async try<C extends RequestChannel>(channel: C, ...args: RequestArgs<C>): Promise<Failure | null> {
    const reply = await this.#bridge.request(channel, ...args)
    return reply.ok ? null : reply.failure
  }

  /** Asks for something that is answered with more than that it worked. */
  ask<C extends RequestChannel>(channel: C, ...args: RequestArgs<C>): Promise<Reply<RequestReply<C>>> {
    return this.#bridge.request(channel, ...args)
  }

  /** Levels for the line: straight to the caller, never through the state. */
  onLevels(listener: (levels: Levels) => void): () => void {
    return this.#bridge.on('levels', listener)
  }

  dismissProblem(): void {
    this.#setProblem(null)
  }

  /** Asks for the snapshot again, after it could not be had. */
  retry(): void {
    void this.#ask()
  }

  async #ask(): Promise<void> {
    const attempt = ++this.#attempt
    this.#asking = true
    this.#early = []
    const reply = await this.#bridge.request('state.get')
    if (attempt !== this.#attempt) return
    this.#asking = false
    if (!reply.ok) {
      this.#setPhase({ name: 'unreachable', failure: reply.failure })
      return
    }
    this.#load(reply.value)
  }

  #load(snapshot: Snapshot): void {
    this.#seq = snapshot.seq
    this.#setPhase({ name: 'ready', state: snapshot.state })
    const early = this.#early
    this.#early = []
    for (const patch of early) this.#receive(patch)
  }

  #receive(patch: StatePatch): void {
    if (this.#asking || this.#phase.name !== 'ready') {
      this.#early.push(patch)
      return
    }
    if (patch.seq <= this.#seq) return
    if (patch.seq !== this.#seq + 1) {
      void this.#ask()
      return
    }
    this.#seq = patch.seq
    const before = this.#phase.state
    const entries = (patch.conversation ?? []).reduce(applyPatch, before.entries)
    this.#setPhase({ name: 'ready', state: { ...before, ...patch.set, entries } })
  }

  #setPhase(phase: Phase): void {
    this.#phase = phase
    this.#tell()
  }

  #setProblem(problem: Problem | null): void {
    this.#problem = problem
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
