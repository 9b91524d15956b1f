import { expect } from 'vitest'
import { decodeBase64 } from '../../../main/realtime/base64.ts'
import { Conversation } from '../../../shared/conversation/conversation.ts'
import { applyPatch, type ConversationEntry, type ConversationPatch } from '../../../shared/conversation/model.ts'
import { parseServerEvent } from '../../../shared/realtime/parse.ts'
import type { ServerEvent } from '../../../shared/realtime/server-events.ts'
import { recording } from '../realtime/fixtures.ts'

/** A conversation beside the copy that a window makes of its patches. */
export class Watched {
  readonly patches: ConversationPatch[] = []
  readonly conversation: Conversation
  shown: readonly ConversationEntry[] = []
  #ids = 0

  constructor() {
    this.conversation = new Conversation({
      now: () => 1000,
      newId: () => `local_${String(++this.#ids)}`,
      onPatches: (list) => {
        expect(list.length).toBeGreaterThan(0)
        this.patches.push(...list)
        this.shown = list.reduce(applyPatch, this.shown)
      },
    })
  }

  apply(...events: readonly ServerEvent[]): this {
    for (const event of events) this.conversation.apply(event)
    return this
  }

  /** The window's copy is what the reducer has; every item is there once. */
  check(): this {
    expect(this.shown).toEqual(this.conversation.entries)
    expect(new Set(this.shown.map((e) => e.id)).size).toBe(this.shown.length)
    return this
  }

  /** Who said what. */
  get lines(): string[] {
    return this.check().shown.map((e) => {
      if (e.kind === 'tool_call') return `${e.call.name} ${e.call.state}: ${e.call.output ?? e.call.error ?? ''}`
      if (e.kind === 'tool_list') return `${e.server} ${e.state}: ${e.tools.join(',')}`
      return `${e.role}: ${e.text === '' ? `(${e.textState})` : e.text}`
    })
  }
}

/** The server's events of a recording, parsed. */
export function serverEvents(name: string): ServerEvent[] {
  return recording(name)
    .filter(({ dir }) => dir === 'server')
    .map(({ event }) => parsed(event))
}

/** An event as the wire has it, parsed. */
export function parsed(event: object): ServerEvent {
  const made = parseServerEvent(JSON.stringify(event), decodeBase64)
  if (made.kind !== 'known') throw new Error(JSON.stringify(made))
  return made.event
}

/** Numbers that are the same in every run, 0 ≤ n < below. */
export function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.floor((state / 2147483648) * below)
  }
}
