import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ResponseEnd } from '../../../../main/voice/tools/call-view.ts'
import { Rig, TOOLS, sleeping, wakeAll } from './rig.ts'

type Step =
  | { do: 'start'; response: number }
  | { do: 'call'; response: number; call: number; tool: string; args: string; complete: boolean; times: number }
  | { do: 'end'; response: number; how: ResponseEnd }
  | { do: 'turn' }
  | { do: 'hear'; text: string }
  | { do: 'click'; yes: boolean }
  | { do: 'stop' }
  | { do: 'wait'; ms: number }

const response = fc.integer({ min: 0, max: 3 })
const call = fc.record({
  do: fc.constant('call' as const),
  response,
  call: fc.integer({ min: 0, max: 6 }),
  tool: fc.constantFrom(...TOOLS.map((tool) => tool.name), 'no_such_tool'),
  args: fc.constantFrom('{}', '', '{"city":"Rome"}', '{"ci', 'null'),
  complete: fc.constantFrom(true, true, true, true, false),
  times: fc.integer({ min: 1, max: 4 }),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: call },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('start' as const), response }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      response,
      how: fc.constantFrom<ResponseEnd>('completed', 'completed', 'completed', 'cancelled', 'incomplete', 'failed'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hear' as const), text: fc.constantFrom('Yes.', 'Nein.', 'What is that?') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('click' as const), yes: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 900, 3_100, 21_000, 31_000) }) },
)

const FINAL = new Set(['done', 'refused', 'failed', 'timed_out', 'cancelled'])

/** What must be true of the log at any moment, kept beside the runner and independent of it. */
class Ledger {
  readonly rig = new Rig()
  turn = 0
  /** call → its response; the response that announced it first. */
  readonly owner = new Map<string, string>()
  readonly ended = new Map<string, ResponseEnd>()
  /** response → the last turn in which the person let it happen: began it, or said yes to it. */
  readonly wanted = new Map<string, number>()
  readonly allowed = new Set<string>()
  /** Follow-ups that should not have been made, and why. */
  readonly wrong: string[] = []

  constructor() {
    this.rig.onFollowUp = (id) => {
      const end = this.ended.get(id)
      if (end === undefined) this.wrong.push(`${id}: before response.done`)
      if (!this.callsOf(id).every((callId) => this.rig.output(callId) !== undefined)) this.wrong.push(`${id}: before the last output`)
      if (this.wanted.get(id) !== this.turn) this.wrong.push(`${id}: after a newer turn`)
      if (!this.allowed.has(id) && end !== 'completed' && end !== 'incomplete') this.wrong.push(`${id}: ${String(end)}`)
    }
  }

  begin(id: string): void {
    if (!this.wanted.has(id)) this.wanted.set(id, this.turn)
  }

  callsOf(id: string): string[] {
    return [...this.owner].filter(([, owner]) => owner === id).map(([callId]) => callId)
  }
}

async function play(ledger: Ledger, s: Step): Promise<void> {
  const { rig } = ledger
  switch (s.do) {
    case 'start':
      ledger.begin(`r${String(s.response)}`)
      rig.runner.responseStarted(`r${String(s.response)}`)
      break
    case 'call': {
      const id = `r${String(s.response)}`
      const callId = `c${String(s.call)}`
      if (!ledger.owner.has(callId)) {
        ledger.begin(id)
        ledger.owner.set(callId, id)
      }
      for (let i = 0; i < s.times; i++) rig.call(callId, s.tool, { arguments: s.args, response_id: id, complete: s.complete })
      break
    }
    case 'end':
      ledger.begin(`r${String(s.response)}`)
      if (!ledger.ended.has(`r${String(s.response)}`)) ledger.ended.set(`r${String(s.response)}`, s.how)
      rig.runner.responseEnded(`r${String(s.response)}`, s.how)
      break
    case 'turn':
      ledger.turn = rig.runner.newTurn()
      break
    case 'hear':
    case 'click': {
      const open = rig.open
      if (s.do === 'hear') ledger.turn = rig.runner.newTurn()
      const id = ledger.owner.get(open?.call_id ?? '')
      const answered = s.do === 'hear' ? rig.runner.heard(s.text, ledger.turn) : rig.runner.answer(open?.id ?? '', s.yes)
      expect(answered).toBe(open !== null && (s.do === 'click' || s.text !== 'What is that?'))
      if (answered && id !== undefined && (s.do === 'click' ? s.yes : s.text === 'Yes.')) {
        ledger.wanted.set(id, ledger.turn)
        ledger.allowed.add(id)
      }
      break
    }
    case 'stop':
      rig.runner.stop()
      // A stop is a turn of the person, too.
      ledger.turn++
      break
    case 'wait':
      await vi.advanceTimersByTimeAsync(s.ms)
      break
  }
}

describe('ToolRunner, in any order of events', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    wakeAll()
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  it('answers each call exactly once and follows up each response at most once', async () => {
    const seen = { followUps: 0, states: new Set<string>() }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const ledger = new Ledger()
        const { rig } = ledger
        for (const s of steps) await play(ledger, s)

        const endedNow = [...ledger.wanted.keys()].filter((id) => !ledger.ended.has(id))
        for (const id of endedNow) await play(ledger, { do: 'end', response: Number(id.slice(1)), how: 'completed' })
        for (let i = 0; i < 10; i++) await play(ledger, { do: 'wait', ms: 31_000 })

        expect(ledger.wrong).toEqual([])
        // Without any close: everything has come to its end by time alone.
        expect(rig.runner.busy).toBe(false)
        expect(rig.open).toBeNull()
        expect(rig.outputs.map((sent) => sent.callId).toSorted()).toEqual([...ledger.owner.keys()].toSorted())
        expect(new Set(rig.followUps.map((f) => f.response_id)).size).toBe(rig.followUps.length)
        for (const callId of ledger.owner.keys()) {
          const states = rig.states(callId)
          expect(states.filter((state) => FINAL.has(state))).toHaveLength(1)
          expect(FINAL.has(states.at(-1) ?? '')).toBe(true)
          seen.states.add(states.at(-1) ?? '')
        }
        // What the person still waits for has been asked for.
        for (const [id, turn] of ledger.wanted) {
          const good = ledger.ended.get(id) === 'completed' || ledger.ended.get(id) === 'incomplete'
          if (turn === ledger.turn && good && ledger.callsOf(id).length > 0) {
            expect(rig.followUps.filter((f) => f.response_id === id)).toHaveLength(1)
          }
        }
        seen.followUps += rig.followUps.length
        rig.runner.close()
        expect(vi.getTimerCount()).toBe(sleeping)
      }),
      { numRuns: 300 },
    )
    // The property means something only if the runs reached every end.
    expect([...seen.states].toSorted()).toEqual([...FINAL].toSorted())
    expect(seen.followUps).toBeGreaterThan(50)
  })

  it('answers each call exactly once when the session closes at any moment, and says nothing after', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.array(step, { maxLength: 10 }), async (before, after) => {
        const ledger = new Ledger()
        const { rig } = ledger
        for (const s of before) await play(ledger, s)
        const calls = [...ledger.owner.keys()].toSorted()
        rig.runner.close()
        expect(rig.outputs.map((sent) => sent.callId).toSorted()).toEqual(calls)
        expect(rig.open).toBeNull()
        const said = rig.log.length
        for (const s of after) if (s.do === 'call' || s.do === 'start' || s.do === 'end' || s.do === 'turn') await play(ledger, s)
        await vi.advanceTimersByTimeAsync(120_000)
        expect(rig.log.length).toBe(said)
        expect(vi.getTimerCount()).toBe(0)
      }),
      { numRuns: 150 },
    )
  })
})
