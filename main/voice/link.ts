import { FailureError, failure, type Failure } from '../../shared/failure.ts'
import type { EndpointKind } from '../../shared/settings.ts'
import { Backoff } from './backoff.ts'
import type { EngineEvent, EngineSetup, HistoryItem, TurnDetection, VoiceEngine } from './engine.ts'

/** A session is renewed this long before the server ends it, at the next quiet moment, ms (behaviour.md §9). */
const RENEW_BEFORE_END_MS = 10 * 60_000
/** Lifetime assumed when the server does not name one, ms. */
const LIFETIME_MS = 60 * 60_000
/** No server gives a session less, ms. */
const SHORTEST_LIFE_MS = 5 * 60_000
/** How often it is looked whether the network is back, and how long it is waited for, ms. */
const ONLINE_CHECK_MS = 500
const OFFLINE_LIMIT_MS = 60_000
/** Nobody spoke for this long: the session is closed instead of renewed, and comes back with the next turn, ms. */
const ABSENT_MS = 5 * 60_000
/** How often a quiet moment is looked for once renewal is due, ms. */
const QUIET_CHECK_MS = 1000

/** What a session is to be, asked at each start. */
export interface SessionSetup {
  endpoint: EndpointKind
  /** Asked for in the URL, so that another one needs another session; empty: the server chooses. */
  model: string
  engine: EngineSetup
  /** Ask for an opening answer when the session begins without a turn. */
  greet: boolean
}

export interface SessionLinkOptions {
  /** Throws a {@link FailureError} when there is nowhere to connect to. */
  setup: () => SessionSetup
  createEngine: () => VoiceEngine
  turnDetection: () => TurnDetection
  /** The conversation so far, as a new session that begins now is to be told of it. */
  history: () => HistoryItem[]
  /** A renewal is due. False: something has to be asked of the running session first; asked again soon. */
  prepared: (engine: VoiceEngine) => boolean
  /** Nobody speaks, nothing is asked, nothing is being answered. */
  quiet: () => boolean
  /** When the person was last heard from, ms on `now`'s clock. */
  spokeAt: () => number
  now: () => number
  /** Unix ms, as the computer believes. */
  wall: () => number
  /** False: the computer has no network. A server on this computer may be there all the same. */
  online: () => boolean
  /** Everything the current engine says but `opened` and `closed`. */
  onEvent: (event: Exclude<EngineEvent, { type: 'opened' | 'closed' }>) => void
  /** Turns may begin. `again`: the same conversation is back after a loss or a renewal. */
  onOpened: (again: boolean) => void
  /** The connection is lost and is being restored. */
  onLost: () => void
  /** There is no session any more. Null: as it should be. */
  onClosed: (failure: Failure | null) => void
  /** The session that was to be another stays as it is. */
  onNotReplaced: (failure: Failure) => void
}

type State =
  | { name: 'none' }
  | { name: 'connecting'; engine: VoiceEngine; endpoint: EndpointKind }
  | { name: 'open'; engine: VoiceEngine; endpoint: EndpointKind }
  | { name: 'reconnecting'; engine: VoiceEngine | null; endpoint: EndpointKind; timer: NodeJS.Timeout | null }

/**
 * Keeps one conversation connected: starts engines, brings a lost session back with what was said
 * so far, and replaces a session before its server ends it. The engine itself is the token of its
 * attempt: what an engine says counts only while it is the current one.
 */
export class SessionLink {
  readonly #options: SessionLinkOptions
  readonly #backoff: Backoff
  #state: State = { name: 'none' }
  /** A fresh session that is to take the current one's place. */
  #successor: VoiceEngine | null = null
  #renewal: NodeJS.Timeout | null = null
  /** The last session ended by itself: the next one goes on with its conversation. */
  #resumes = false
  #suspended = false
  /** Which model each engine was made for. */
  readonly #models = new WeakMap<VoiceEngine, string>()
  /** What the session is to be has changed: `replace` where only a new one can be it, `tell` once the one being made is open. */
  #change: 'none' | 'tell' | 'replace' = 'none'
  #expiresAt: number | null = null
  /** Looks for the network while a lost session is being restored. */
  #networkWatch: NodeJS.Timeout | null = null
  #lostAt = -Infinity

  constructor(options: SessionLinkOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.now)
  }

  get state(): State['name'] {
    return this.#state.name
  }

  get endpoint(): EndpointKind | null {
    return this.#state.name === 'none' ? null : this.#state.endpoint
  }

  /** The engine, while it can be spoken to. */
  get engine(): VoiceEngine | null {
    return this.#state.name === 'open' ? this.#state.engine : null
  }

  /** Begins a session. @param greet nothing was said yet, so that a setup that greets may do so */
  start(greet: boolean): void {
    if (this.#state.name !== 'none') return
    this.#backoff.reset()
    try {
      const setup = this.#options.setup()
      const engine = this.#options.createEngine()
      this.#state = { name: 'connecting', engine, endpoint: setup.endpoint }
      const history = this.#resumes ? this.#options.history() : []
      this.#begin(engine, setup, setup.greet && greet && history.length === 0, history)
    } catch (error) {
      this.#close(error instanceof FailureError ? error.failure : failure('internal', {}, ['retry']))
    }
  }

  /** Ends the session. @param resumes the next one goes on with this conversation */
  stop(resumes = false): void {
    const engines = [this.#engineOf(this.#state), this.#successor]
    this.#resumes = resumes
    this.#forget()
    for (const engine of engines) engine?.stop()
  }

  /** The computer goes to sleep: the socket would die without a word. */
  suspend(): void {
    this.#suspended = true
    if (this.#state.name === 'none') return
    const engines = [this.#engineOf(this.#state), this.#successor]
    const { endpoint } = this.#state
    this.#forget()
    this.#state = { name: 'reconnecting', engine: null, endpoint, timer: null }
    for (const engine of engines) engine?.stop()
    this.#options.onLost()
  }

  /** The computer is awake again. */
  resume(): void {
    if (!this.#suspended) return
    this.#suspended = false
    if (this.#state.name !== 'reconnecting') return
    this.#backoff.reset()
    this.#lostAt = this.#options.now()
    this.#retryIn(this.#backoff.next() ?? 0)
  }

  /**
   * What the session is to be has changed. What its server lets change changes now; for the rest a
   * new session takes its place at the next quiet moment, with what was said so far.
   * @returns whether that is needed
   */
  reconfigure(): boolean {
    if (this.#state.name !== 'open') {
      if (this.#state.name !== 'none') this.#change = 'tell'
      return false
    }
    this.#change = 'none'
    const { engine } = this.#state
    let setup: SessionSetup
    try {
      setup = this.#options.setup()
    } catch {
      // Nowhere to connect to: the running session is as good as before, and the next start says why.
      return false
    }
    if (engine.reconfigure(setup.engine) && this.#models.get(engine) === setup.model) return false
    this.#change = 'replace'
    this.#successor?.stop()
    this.#successor = null
    this.#renewIn(0)
    return true
  }

  #begin(engine: VoiceEngine, setup: SessionSetup, greet: boolean, history: HistoryItem[]): void {
    this.#models.set(engine, setup.model)
    engine.start({ ...setup.engine, greet, history, turnDetection: this.#options.turnDetection() }, (event) => {
      if (engine === this.#engineOf(this.#state)) this.#fromCurrent(event)
      else if (engine === this.#successor) this.#fromSuccessor(engine, event)
    })
  }

  #fromCurrent(event: EngineEvent): void {
    if (event.type === 'opened') this.#opened(event.expiresAt)
    else if (event.type === 'closed') this.#ended(event.failure, event.retry)
    else this.#options.onEvent(event)
  }

  #opened(expiresAt: number | null): void {
    const state = this.#state
    if ((state.name !== 'connecting' && state.name !== 'reconnecting') || !state.engine) return
    const again = state.name === 'reconnecting'
    if (this.#networkWatch) clearInterval(this.#networkWatch)
    this.#networkWatch = null
    this.#state = { name: 'open', engine: state.engine, endpoint: state.endpoint }
    this.#resumes = false
    this.#backoff.opened()
    this.#scheduleRenewal(expiresAt)
    this.#options.onOpened(again)
    if (this.#change === 'tell') this.reconfigure()
  }

  #ended(why: Failure | null, retry: boolean): void {
    const wasUp = this.#state.name === 'open' || this.#state.name === 'reconnecting'
    const wait = wasUp && retry ? (this.#backoff.next() ?? this.#untilOnline()) : null
    if (wait === null || this.#state.name === 'none') {
      // An attempt that failed does not end the conversation that it was to bring back.
      this.#resumes ||= wasUp
      this.#close(why)
      return
    }
    const { endpoint } = this.#state
    const first = this.#state.name === 'open'
    this.#forget()
    if (first) this.#lostAt = this.#options.now()
    this.#state = { name: 'reconnecting', engine: null, endpoint, timer: null }
    this.#retryIn(wait)
    if (first) this.#options.onLost()
  }

  /** All attempts were made, but without a network none could do: waited for a while. @returns ms, null: no longer */
  #untilOnline(): number | null {
    const left = this.#lostAt + OFFLINE_LIMIT_MS - this.#options.now()
    return this.#options.online() || left <= 0 ? null : left
  }

  /** A network that is back is a reason not to wait: what comes next is as good as a first attempt. */
  #watchNetwork(): void {
    let online = this.#options.online()
    this.#networkWatch = setInterval(() => {
      const before = online
      online = this.#options.online()
      if (before || !online || this.#state.name !== 'reconnecting' || !this.#state.timer) return
      clearTimeout(this.#state.timer)
      this.#backoff.reset()
      this.#retryIn(this.#backoff.next() ?? 0)
    }, ONLINE_CHECK_MS)
  }

  #retryIn(ms: number): void {
    if (this.#state.name !== 'reconnecting' || this.#suspended) return
    if (!this.#networkWatch) this.#watchNetwork()
    const timer = setTimeout(() => {
      if (this.#state.name !== 'reconnecting' || this.#state.timer !== timer) return
      try {
        const setup = this.#options.setup()
        const engine = this.#options.createEngine()
        this.#state = { ...this.#state, engine, timer: null }
        this.#begin(engine, setup, false, this.#options.history())
      } catch (error) {
        this.#close(error instanceof FailureError ? error.failure : failure('internal', {}, ['retry']))
      }
    }, ms)
    this.#state = { ...this.#state, timer }
  }

  #close(why: Failure | null): void {
    this.#forget()
    this.#options.onClosed(why)
  }

  /** Leaves the present state with all that belongs to it, but stops no engine. */
  #forget(): void {
    if (this.#state.name === 'reconnecting' && this.#state.timer) clearTimeout(this.#state.timer)
    if (this.#renewal) clearTimeout(this.#renewal)
    if (this.#networkWatch) clearInterval(this.#networkWatch)
    this.#renewal = null
    this.#networkWatch = null
    this.#successor = null
    // Whatever begins next asks what it is to be.
    this.#change = 'none'
    this.#state = { name: 'none' }
  }

  #engineOf(state: State): VoiceEngine | null {
    return state.name === 'none' ? null : state.engine
  }

  // ── renewal ───────────────────────────────────────────────────────────────────────────────

  #scheduleRenewal(expiresAt: number | null): void {
    this.#expiresAt = expiresAt
    this.#renewIn(untilRenewal(expiresAt === null ? LIFETIME_MS : expiresAt * 1000 - this.#options.wall()))
  }

  #renewIn(ms: number): void {
    if (this.#renewal) clearTimeout(this.#renewal)
    this.#renewal = setTimeout(() => {
      this.#renewal = null
      this.#renew()
    }, ms)
  }

  #renew(): void {
    if (this.#state.name !== 'open') return
    if (!this.#options.quiet()) {
      this.#renewIn(QUIET_CHECK_MS)
      return
    }
    if (this.#change !== 'replace' && this.#options.now() - this.#options.spokeAt() > ABSENT_MS) {
      this.stop(true)
      this.#options.onClosed(null)
      return
    }
    if (!this.#options.prepared(this.#state.engine)) {
      this.#renewIn(QUIET_CHECK_MS)
      return
    }
    try {
      const setup = this.#options.setup()
      this.#successor = this.#options.createEngine()
      this.#begin(this.#successor, setup, false, this.#options.history())
    } catch {
      // Nothing is lost yet: the current session runs on, and its end brings the reason with it.
      this.#successor = null
      this.#renewIn(QUIET_CHECK_MS * 10)
    }
  }

  #fromSuccessor(engine: VoiceEngine, event: EngineEvent): void {
    if (event.type === 'closed') {
      this.#successor = null
      if (this.#change === 'replace' && event.failure && !event.retry) {
        // Asked for in vain: not again until the session is due.
        this.#change = 'none'
        this.#scheduleRenewal(this.#expiresAt)
        this.#options.onNotReplaced(event.failure)
      } else this.#renewIn(QUIET_CHECK_MS * 10)
    } else if (event.type === 'opened' && this.#state.name === 'open') {
      this.#successor = null
      if (!this.#options.quiet()) {
        // Somebody spoke meanwhile: what was said is not in the new session.
        engine.stop()
        this.#renewIn(QUIET_CHECK_MS)
        return
      }
      this.#change = 'none'
      const old = this.#state.engine
      this.#state = { ...this.#state, engine }
      this.#scheduleRenewal(event.expiresAt)
      this.#options.onOpened(true)
      old.stop()
    }
  }
}

/**
 * When a session is renewed, ms from now.
 * @param life what is left of it, by a clock that may be set wrong: what cannot be is not believed,
 * or a clock that is an hour ahead would have each session renewed as soon as it is there
 */
function untilRenewal(life: number): number {
  if (life < SHORTEST_LIFE_MS || life > LIFETIME_MS) return LIFETIME_MS - RENEW_BEFORE_END_MS
  return Math.max(life - RENEW_BEFORE_END_MS, life / 2)
}
