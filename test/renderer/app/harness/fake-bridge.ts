import { requests, type ParleyBridge, type RequestChannel, type WindowEvent, type WindowEvents } from '../../../../shared/ipc.ts'
import type { ConversationPatch } from '../../../../shared/conversation/model.ts'
import { applyPatch } from '../../../../shared/conversation/model.ts'
import type { Failure } from '../../../../shared/failure.ts'
import type { AppState, Levels, VoiceStatus } from '../../../../shared/state.ts'

/** One request that the window made. */
export interface Call {
  channel: RequestChannel
  args: readonly unknown[]
}

/** What a test does on main's side of the bridge. */
export interface Fake {
  readonly calls: Call[]
  /** Answers that are not plain success; `pending` never answers. */
  readonly answers: Partial<Record<RequestChannel, Failure | 'pending'>>
  /** Values of the answers that have one. */
  readonly values: Partial<Record<RequestChannel, unknown>>
  state: AppState
  /** Shows another state altogether. */
  load(state: AppState): void
  set(part: Partial<Omit<AppState, 'entries'>>): void
  voice(part: Partial<VoiceStatus>): void
  conversation(...patches: ConversationPatch[]): void
  levels(levels: Partial<Levels>): void
  /** Loses `count` patches on the way. */
  skip(count: number): void
}

declare global {
  interface Window {
    fake: Fake
    fakeState: AppState
  }
}

type Listeners = { [E in WindowEvent]: Set<(value: WindowEvents[E]) => void> }

/** A strict stand-in for preload and main: arguments are parsed by the contract, values cross as copies. */
function createFake(state: AppState): { bridge: ParleyBridge; fake: Fake } {
  let seq = 0
  const listeners: Listeners = { 'state.patch': new Set(), levels: new Set() }

  function send<E extends WindowEvent>(event: E, value: WindowEvents[E]): void {
    for (const listener of listeners[event]) listener(structuredClone(value))
  }

  const fake: Fake = {
    calls: [],
    answers: {},
    values: { 'persona.save': 'own_new', 'persona.import': null, 'persona.export': true },
    state,
    load(state) {
      const { entries, ...rest } = state
      fake.set(rest)
      fake.conversation({ op: 'clear' }, ...entries.map((entry, index) => ({ op: 'put' as const, index, entry })))
    },
    set(part) {
      fake.state = { ...fake.state, ...part }
      send('state.patch', { seq: ++seq, set: part })
    },
    voice(part) {
      fake.set({ voice: { ...fake.state.voice, ...part } })
    },
    conversation(...patches) {
      fake.state = { ...fake.state, entries: patches.reduce(applyPatch, fake.state.entries) }
      send('state.patch', { seq: ++seq, conversation: patches })
    },
    levels(levels) {
      send('levels', { micPeak: 0, micRms: 0, voicePeak: 0, voiceRms: 0, ...levels })
    },
    skip(count) {
      seq += count
    },
  }

  const bridge: ParleyBridge = {
    async request(channel, ...args) {
      const parsed = requests[channel].args.safeParse(structuredClone(args))
      if (!parsed.success) throw new Error(`${channel}: ${parsed.error.message}`)
      fake.calls.push({ channel, args: structuredClone(args) })
      const answer: Failure | 'pending' | undefined = fake.answers[channel]
      if (answer === 'pending') return new Promise(() => undefined)
      await Promise.resolve()
      if (answer !== undefined) return { ok: false, failure: structuredClone(answer) }
      const value = channel === 'state.get' ? structuredClone({ seq, state: fake.state }) : structuredClone(fake.values[channel])
      return { ok: true, value: requests[channel].reply.parse(value) as never }
    },
    on(event, listener) {
      listeners[event].add(listener)
      return () => listeners[event].delete(listener)
    },
  }
  return { bridge, fake }
}

const { bridge, fake } = createFake(window.fakeState)
Object.defineProperty(window, 'parley', { value: bridge })
window.fake = fake
