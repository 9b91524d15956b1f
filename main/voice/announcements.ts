import type { ResponseCreateParams } from '../../shared/realtime/client-events.ts'
import type { RealtimeResponse } from '../../shared/realtime/response.ts'
import { announcement, ANNOUNCEMENT_PURPOSE } from './tools/announcement.ts'

export interface AnnouncementsOptions {
  create: (response: ResponseCreateParams) => void
  cancel: (responseId: string) => void
}

/** What is said aloud beside the conversation: out-of-band responses, which may run in parallel (behaviour.md §5). */
export class Announcements {
  readonly #options: AnnouncementsOptions
  readonly #active = new Map<string, { dead: boolean }>()

  constructor(options: AnnouncementsOptions) {
    this.#options = options
  }

  /** @param fact one plain English sentence */
  say(fact: string, sessionInstructions: string): void {
    this.#options.create(announcement(fact, sessionInstructions))
  }

  /** `response.created`. @returns true when the response is an announcement */
  created(response: RealtimeResponse): boolean {
    if (response.metadata?.['purpose'] !== ANNOUNCEMENT_PURPOSE) return false
    this.#active.set(response.id, { dead: false })
    return true
  }

  has(responseId: string): boolean {
    return this.#active.has(responseId)
  }

  isDead(responseId: string): boolean {
    return this.#active.get(responseId)?.dead ?? false
  }

  /** Cuts off whatever is being announced. */
  interrupt(): void {
    for (const [id, announced] of this.#active) {
      if (!announced.dead) this.#options.cancel(id)
      announced.dead = true
    }
  }

  /** `response.done`. @returns true when the response was an announcement */
  done(responseId: string): boolean {
    return this.#active.delete(responseId)
  }
}
