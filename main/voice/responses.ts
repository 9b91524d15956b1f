import type { RealtimeResponse } from '../../shared/realtime/response.ts'

/** Where one response stands. */
interface Active {
  /** Cut off: nothing of it is to be heard or read any more. */
  dead: boolean
  /** The server stops it by itself, since its turn detection heard the person. */
  stoppedByServer: boolean
}

/** A server that has not ended a cut answer by then, nor begun it, is not waited for any longer, ms. */
const GIVE_UP_MS = 5000

export interface ResponsesOptions {
  /** Sends `response.create` with this `event_id` and metadata key. */
  create: (eventId: string, key: string, request: ResponseRequest) => void
  cancel: (responseId: string) => void
  newEventId: () => string
  /** Our request will not be answered, for all that can be told. */
  onUnanswered: () => void
}

/** What is special about an answer that is asked for. */
export interface ResponseRequest {
  mayCallTools: boolean
  /** The server may be about to answer by itself: then this request is fulfilled. */
  unlessAnswered?: boolean
}

const ORDINARY: ResponseRequest = { mayCallTools: true }

/** The key of our own request in `response.metadata`. */
export const METADATA_KEY = 'parley_request'

/**
 * The one sequencer of `response.create` and `response.cancel` (behaviour.md §4–§5): one response
 * at a time writes to the conversation; a request made meanwhile waits for `response.done`; a
 * request that is cut before its `response.created` has come is cancelled by id when it appears
 * (https://github.com/livekit/agents/pull/6244). No server is waited for without end (§13): what is
 * cut and not ended in time is given up, so that the next request can go.
 */
export class Responses {
  readonly #options: ResponsesOptions
  readonly #active = new Map<string, Active>()
  /** Newest responses that are over. */
  readonly #over = new Set<string>()
  /** `doubted`: the server refused something since and did not say what. */
  #requested: { eventId: string; dead: boolean; doubted: boolean; request: ResponseRequest } | null = null
  #waiting: ResponseRequest | null = null
  /** Cut responses that the server never ended, and keys of requests that it never answered: nothing of them is wanted any more. */
  readonly #givenUp = new Set<string>()
  #patience: NodeJS.Timeout | null = null

  constructor(options: ResponsesOptions) {
    this.#options = options
  }

  /** Asks for an answer, now or as soon as the server can take the request. */
  request(request: ResponseRequest = ORDINARY): void {
    if (this.#active.size > 0 || this.#requested) this.#waiting = request
    else this.#send(request)
  }

  /** No response is under way, asked for or waiting. */
  get idle(): boolean {
    return this.#active.size === 0 && this.#requested === null && this.#waiting === null
  }

  /** True when nothing of the response is to be heard or read any more. */
  isDead(responseId: string): boolean {
    return this.#active.get(responseId)?.dead ?? this.#givenUp.has(responseId)
  }

  /** Turn detection with `interrupt_response` heard the person: the server stops what it is saying. */
  speechStarted(): void {
    for (const response of this.#active.values()) response.stoppedByServer = true
  }

  /** Cuts off every answer: the ones being given, the one asked for, the one that waits. */
  interrupt(): void {
    this.#waiting = null
    if (this.#requested) this.#requested.dead = true
    for (const [id, response] of this.#active) {
      if (response.dead) continue
      response.dead = true
      // An extra cancel would only be answered by `response_cancel_not_active`.
      if (!response.stoppedByServer) this.#options.cancel(id)
    }
    this.#bePatient()
  }

  /** The session is over. */
  close(): void {
    this.#calmDown()
  }

  /** `response.created`. @returns false when the response was cut before it appeared */
  created(response: Pick<RealtimeResponse, 'id' | 'metadata'>): boolean {
    const key = response.metadata?.[METADATA_KEY]
    const ours = this.#requested !== null && (key === undefined || key === this.#requested.eventId)
    const late = key !== undefined && this.#givenUp.delete(key)
    const dead = late || (ours && this.#requested?.dead === true)
    if (ours) this.#requested = null
    else if (this.#waiting?.unlessAnswered && !late) this.#waiting = null
    this.#active.set(response.id, { dead, stoppedByServer: false })
    if (dead) {
      this.#options.cancel(response.id)
      this.#bePatient()
    }
    return !dead
  }

  /**
   * Sound of a response came: it is active, even where its `response.created` was missed.
   * @returns true when nobody knew of it and it may be heard
   */
  sounds(responseId: string): boolean {
    if (this.#active.has(responseId) || this.#over.has(responseId) || this.#givenUp.has(responseId)) return false
    return this.created({ id: responseId, metadata: null })
  }

  /** `response.done`: always valid, even when `response.created` was missed. */
  done(response: RealtimeResponse): void {
    const key = response.metadata?.[METADATA_KEY]
    remember(this.#over, response.id)
    if (!this.#active.delete(response.id) && this.#requested && key === this.#requested.eventId) this.#requested = null
    this.#next()
  }

  /**
   * An `error` of the server. @returns `requeued` when the request waits for the active response,
   * `refused` when our request will not be answered, `other` when it does not concern one
   */
  refused(eventId: string | null, code: string | null): 'requeued' | 'refused' | 'other' {
    const requested = this.#requested
    if (!requested) return 'other'
    const busy = code === 'conversation_already_has_active_response'
    if (eventId !== requested.eventId && !(eventId === null && busy)) {
      // It may have been about our request all the same: a server need not say.
      if (eventId === null) {
        requested.doubted = true
        this.#bePatient()
      }
      return 'other'
    }
    this.#requested = null
    if (requested.dead) return 'refused'
    if (busy && requested.request.unlessAnswered && this.#answering) return 'requeued'
    if (busy) {
      this.#waiting ??= requested.request
      return 'requeued'
    }
    this.#next()
    return 'refused'
  }

  get #answering(): boolean {
    return [...this.#active.values()].some((response) => !response.dead)
  }

  /** Counts anew how long what is cut may take to end, and what is in doubt to be answered. */
  #bePatient(): void {
    this.#calmDown()
    const { dead, doubted } = this.#requested ?? { dead: false, doubted: false }
    if (!dead && !doubted && ![...this.#active.values()].some((response) => response.dead)) return
    this.#patience = setTimeout(() => {
      this.#patience = null
      this.#giveUp()
    }, GIVE_UP_MS)
  }

  #calmDown(): void {
    if (this.#patience) clearTimeout(this.#patience)
    this.#patience = null
  }

  #giveUp(): void {
    for (const [id, { dead, stoppedByServer }] of this.#active) {
      if (!dead) continue
      // Turn detection ought to have stopped it, and has not.
      if (stoppedByServer) this.#options.cancel(id)
      this.#active.delete(id)
      remember(this.#givenUp, id)
    }
    const requested = this.#requested
    if (requested && (requested.dead || requested.doubted)) {
      this.#requested = null
      remember(this.#givenUp, requested.eventId)
      if (!requested.dead) this.#options.onUnanswered()
    }
    this.#next()
  }

  #next(): void {
    const waiting = this.#waiting
    if (!waiting || this.#active.size > 0 || this.#requested) return
    this.#waiting = null
    this.#send(waiting)
  }

  #send(request: ResponseRequest): void {
    const eventId = this.#options.newEventId()
    this.#requested = { eventId, dead: false, doubted: false, request }
    this.#options.create(eventId, eventId, request)
  }
}

/** Most responses that are remembered as over: more are never late at once. */
const OVER_KEPT = 32

function remember(ids: Set<string>, id: string): void {
  ids.add(id)
  for (const oldest of ids) {
    if (ids.size <= OVER_KEPT) break
    ids.delete(oldest)
  }
}
