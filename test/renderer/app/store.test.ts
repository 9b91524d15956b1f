import { beforeEach, describe, expect, it } from 'vitest'
import { AppStore } from '../../../renderer/app/store.ts'
import { failure } from '../../../shared/failure.ts'
import type { ParleyBridge } from '../../../shared/ipc.ts'
import type { AppState, Snapshot, StatePatch } from '../../../shared/state.ts'
import { app, parley, talk, you } from './harness/scenes.ts'

/** Everything that waits for a promise has run. */
const settled = (): Promise<void> => new Promise((done) => setImmediate(done))

/** Main's side, driven by hand: snapshots are answered when the test says so. */
class Main {
  asked: ((snapshot: Snapshot | 'fails') => void)[] = []
  patch: (patch: StatePatch) => void = () => undefined

  readonly bridge: ParleyBridge = {
    request: async (channel, ..._args) => {
      const failed = { ok: false as const, failure: failure('internal') }
      if (channel !== 'state.get') return failed
      const answer = await new Promise<Snapshot | 'fails'>((resolve) => this.asked.push(resolve))
      if (answer === 'fails') return failed
      return { ok: true, value: answer as never }
    },
    on: (event, listener) => {
      if (event === 'state.patch') this.patch = listener as (patch: StatePatch) => void
      return () => undefined
    },
  }

  async answer(seq: number, state: AppState = app({ entries: talk })): Promise<void> {
    this.asked.shift()?.({ seq, state })
    await settled()
  }
}

describe('the copy of the state', () => {
  let main: Main
  let store: AppStore
  beforeEach(() => {
    main = new Main()
    store = new AppStore({ bridge: main.bridge })
    store.connect()
  })

  it('applies patches in order and keeps what they do not touch', async () => {
    await main.answer(4)
    const before = store.state
    main.patch({ seq: 5, conversation: [{ op: 'append', id: 'p2', text: ' Yes.' }] })
    expect(store.state.entries[3]?.text).toMatch(/Yes\.$/)
    expect(store.state.entries.map((e, i) => e === before.entries[i])).toEqual([true, true, true, false, true])
    expect(store.state.voice).toBe(before.voice)
    main.patch({ seq: 6, set: { language: 'de' } })
    expect(store.state.language).toBe('de')
    expect(store.state.settings).toBe(before.settings)
  })

  it('keeps patches that arrive before the snapshot, and drops those that it contains', async () => {
    main.patch({ seq: 4, conversation: [{ op: 'append', id: 'u3', text: ' twice' }] })
    main.patch({ seq: 5, conversation: [{ op: 'append', id: 'u3', text: ' once' }] })
    expect(store.phase.name).toBe('loading')
    await main.answer(4)
    expect(store.state.entries[4]?.text).toBe('Yes. Only the price, though. once')
  })

  it('asks again after a gap, and nothing of the old numbering comes in', async () => {
    await main.answer(1)
    main.patch({ seq: 3, set: { language: 'de' } })
    main.patch({ seq: 4, set: { version: '9' } })
    expect(store.state.language).toBe('en')
    expect(main.asked).toHaveLength(1)
    await main.answer(3, app({ language: 'de', entries: [you('a', 'A'), parley('b', 'B')] }))
    expect([store.state.language, store.state.version, store.state.entries.length]).toEqual(['de', '9', 2])
  })

  it('says that main cannot be reached, and tries again when asked', async () => {
    main.asked.shift()?.('fails')
    await settled()
    expect(store.phase.name).toBe('unreachable')
    store.retry()
    await main.answer(0)
    expect(store.phase.name).toBe('ready')
  })

  it('keeps the failure of a request, with the way to make it again', async () => {
    await main.answer(0)
    expect(await store.request('conversation.start')).toBe(false)
    expect(store.problem?.failure.code).toBe('internal')
    store.dismissProblem()
    expect(store.problem).toBeNull()
  })
})
