import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { conversationState } from '../../../../main/voice/tools/call-view.ts'
import { MAX_OUTPUT_CHARS } from '../../../../main/voice/tools/output.ts'
import { MAX_OPEN_CALLS, MAX_ROUNDS } from '../../../../main/voice/tools/runner.ts'
import { plainTool, Rig, sleep, sleeping, wakeAll } from './rig.ts'

/** Lets promises settle without time passing. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0)
}

describe('ToolRunner', () => {
  let rig: Rig

  beforeEach(() => {
    vi.useFakeTimers()
    wakeAll()
    rig = new Rig()
  })

  afterEach(() => {
    rig.runner.close()
    expect(vi.getTimerCount()).toBe(sleeping)
    vi.useRealTimers()
  })

  describe('outputs', () => {
    it('I-19: sends text as it is and encodes an object once', async () => {
      rig.call('c1', 'quick')
      rig.call('c2', 'structured')
      await settle()
      expect(rig.output('c1')).toBe('quick result')
      expect(rig.output('c2')).toBe('{"degrees":12,"sky":"foggy"}')
    })

    it('7.4: runs a call with the spaces that the model writes around its arguments', async () => {
      rig.call('c1', 'weather', { arguments: '{  \n  "city": "London" \n} \n' })
      await settle()
      expect(rig.output('c1')).toBe('foggy in London')
      expect(rig.changes[0]).toMatchObject({ verb: 'look_at_weather', object: 'London', state: 'running', result: null })
      expect(rig.changes.at(-1)).toMatchObject({ state: 'done', result: 'foggy in London', arguments: '{  \n  "city": "London" \n} \n' })
    })

    it('takes no arguments as an empty object', async () => {
      rig.call('c1', 'quick', { arguments: '' })
      await settle()
      expect(rig.output('c1')).toBe('quick result')
      expect(rig.changes[0]).toMatchObject({ verb: 'quick', object: '' })
    })

    it('shows an unknown function by its name', () => {
      rig.call('c1', 'nonsense')
      expect(rig.changes[0]).toMatchObject({ verb: 'use', object: 'nonsense', name: 'nonsense', state: 'failed' })
    })

    it.each([
      ['an unknown function', 'nonsense', '{}', /^Not done: there is no function called "nonsense"\. There are: quick, /, 'failed'],
      ['broken JSON', 'weather', '{"city": "Lon', /^Not done: the arguments are not valid JSON\.$/, 'failed'],
      ['JSON that is no object', 'weather', '["London"]', /^Not done: the arguments are not a JSON object\.$/, 'failed'],
      ['a missing argument', 'weather', '{}', /^Not done: the arguments are wrong: city: /, 'failed'],
      ['a wrong argument', 'weather', '{"city":7}', /^Not done: the arguments are wrong: city: /, 'failed'],
      ['an argument too many', 'weather', '{"city":"L","__proto__":1}', /^Not done: the arguments are wrong: /, 'failed'],
      ['a failure in words', 'says_no', '{}', /^It failed: the well is dry\.$/, 'failed'],
      ['an exception', 'throws', '{}', /^It failed because of a fault inside Parley\.$/, 'failed'],
      ['an exception before the promise', 'throws_at_once', '{}', /^It failed because of a fault/, 'failed'],
      ['a result without JSON', 'cyclic', '{}', /^It failed: the result could not be written down\.$/, 'failed'],
    ])('7.4: answers %s in plain words', async (_what, name, args, output, state) => {
      rig.runner.responseStarted('r1')
      rig.call('c1', name, { arguments: args })
      rig.runner.responseEnded('r1', 'completed')
      await settle()
      expect(rig.output('c1')).toMatch(output)
      expect(rig.changes.at(-1)).toMatchObject({ state, result: rig.output('c1') })
      expect(rig.followUps).toHaveLength(1)
    })

    it('keeps what a tool threw for the log', async () => {
      rig.call('c1', 'throws')
      await settle()
      expect(rig.faults).toEqual([new Error('ENOENT /home/person/secret')])
      expect(rig.output('c1')).not.toContain('secret')
    })

    it('shortens what is too long, and says so', async () => {
      rig = new Rig([plainTool('long', async () => `x${'😀'.repeat(MAX_OUTPUT_CHARS)}`)])
      rig.call('c1', 'long')
      await settle()
      const output = rig.output('c1') ?? ''
      expect(output.length).toBeLessThanOrEqual(MAX_OUTPUT_CHARS)
      expect(output).toMatch(/\(Shortened: 40001 characters in all\.\)$/)
      expect(output.isWellFormed()).toBe(true)
    })

    it('never answers with nothing', async () => {
      rig = new Rig([plainTool('silent', async () => '')])
      rig.call('c1', 'silent')
      await settle()
      expect(rig.output('c1')).toBe('Done. There is nothing to report.')
    })

    it('shows the final state before the output is sent, so that the output does not count as success', async () => {
      rig.call('c1', 'throws')
      await settle()
      expect(rig.log).toEqual(['running c1', 'failed c1', 'output c1'])
    })

    it('refuses more calls at once than it can bear', async () => {
      for (let i = 0; i <= MAX_OPEN_CALLS; i++) rig.call(`c${String(i)}`, 'slow')
      await settle()
      expect(rig.outputs).toEqual([{ callId: `c${String(MAX_OPEN_CALLS)}`, output: 'Not done: too many functions are running at once.' }])
    })
  })

  describe('de-duplication', () => {
    it('7.5: runs a call once that is announced four times, also after it is done', async () => {
      let runs = 0
      rig = new Rig([
        plainTool('count', async () => {
          runs++
          return 'counted'
        }),
      ])
      rig.call('c1', 'count')
      rig.call('c1', 'count')
      await settle()
      rig.call('c1', 'count', { complete: false })
      rig.call('c1', 'count')
      rig.runner.responseEnded('r1', 'completed')
      rig.call('c1', 'count')
      await settle()
      expect(runs).toBe(1)
      expect(rig.outputs).toHaveLength(1)
      expect(rig.followUps).toHaveLength(1)
    })
  })

  describe('the follow-up', () => {
    it('I-5: waits for response.done of the calling response', async () => {
      rig.runner.responseStarted('r1')
      rig.call('c1', 'quick')
      await vi.advanceTimersByTimeAsync(10_000)
      expect(rig.log).toEqual(['running c1', 'done c1', 'output c1'])
      rig.runner.responseEnded('r1', 'completed')
      expect(rig.log.at(-1)).toBe('create after r1')
    })

    it('7.3: waits for the last output of parallel calls, and is one', async () => {
      rig.runner.responseStarted('r1')
      rig.call('c1', 'slow')
      rig.call('c2', 'quick')
      rig.call('c3', 'brief')
      rig.runner.responseEnded('r1', 'completed')
      await vi.advanceTimersByTimeAsync(4_900)
      expect(rig.outputs.map((sent) => sent.callId)).toEqual(['c2', 'c3'])
      expect(rig.followUps).toEqual([])
      await vi.advanceTimersByTimeAsync(200)
      expect(rig.outputs.map((sent) => sent.callId)).toEqual(['c2', 'c3', 'c1'])
      await vi.advanceTimersByTimeAsync(60_000)
      expect(rig.followUps).toEqual([{ response_id: 'r1', mayCallTools: true }])
    })

    it('runs parallel calls at the same time', async () => {
      rig.call('c1', 'slow')
      rig.call('c2', 'slow')
      rig.runner.responseEnded('r1', 'completed')
      await vi.advanceTimersByTimeAsync(5_000)
      expect(rig.followUps).toHaveLength(1)
    })

    it('keeps the calls of several responses apart', async () => {
      rig.call('c1', 'slow', { response_id: 'r1' })
      rig.call('c2', 'quick', { response_id: 'r2' })
      rig.runner.responseEnded('r2', 'completed')
      await settle()
      expect(rig.followUps.map((f) => f.response_id)).toEqual(['r2'])
      rig.runner.responseEnded('r1', 'completed')
      await vi.advanceTimersByTimeAsync(5_000)
      expect(rig.followUps.map((f) => f.response_id)).toEqual(['r2', 'r1'])
    })

    it('is not made for a response without calls', () => {
      rig.runner.responseStarted('r1')
      rig.runner.responseEnded('r1', 'completed')
      expect(rig.log).toEqual([])
    })

    it('7.3: is not made after the person interrupted; the output is sent', async () => {
      rig.runner.responseStarted('r1')
      rig.call('c1', 'brief')
      rig.runner.newTurn()
      rig.runner.responseEnded('r1', 'cancelled')
      await vi.advanceTimersByTimeAsync(60_000)
      expect(rig.output('c1')).toBe('brief result')
      expect(rig.followUps).toEqual([])
    })

    it('7.3: is not made when a newer turn runs by the time the output is in', async () => {
      rig.runner.responseStarted('r1')
      rig.call('c1', 'slow')
      rig.runner.responseEnded('r1', 'completed')
      await vi.advanceTimersByTimeAsync(1_000)
      rig.runner.newTurn()
      rig.runner.responseStarted('r2')
      await vi.advanceTimersByTimeAsync(60_000)
      expect(rig.output('c1')).toBe('slow result')
      expect(rig.followUps).toEqual([])
    })

    it('is made for a response that met a limit, not for one that failed', async () => {
      rig.call('c1', 'quick', { response_id: 'limited' })
      rig.call('c2', 'quick', { response_id: 'failed' })
      rig.runner.responseEnded('limited', 'incomplete')
      rig.runner.responseEnded('failed', 'failed')
      await settle()
      expect(rig.followUps.map((f) => f.response_id)).toEqual(['limited'])
    })

    it('is made for calls that only response.done names', async () => {
      rig.call('c1', 'quick')
      rig.runner.responseEnded('r1', 'completed')
      expect(rig.followUps).toEqual([])
      await settle()
      expect(rig.followUps).toHaveLength(1)
    })

    it('forbids functions after many rounds without the person, and allows them again', async () => {
      const round = async (id: string): Promise<void> => {
        rig.runner.responseStarted(id)
        rig.call(`call_${id}`, 'quick', { response_id: id })
        rig.runner.responseEnded(id, 'completed')
        await settle()
      }
      for (let i = 1; i <= MAX_ROUNDS; i++) await round(`r${String(i)}`)
      expect(rig.followUps.map((f) => f.mayCallTools)).toEqual([...Array<boolean>(MAX_ROUNDS - 1).fill(true), false])
      rig.runner.newTurn()
      await round('again')
      expect(rig.followUps.at(-1)).toEqual({ response_id: 'again', mayCallTools: true })
    })
  })

  describe('what was cut off', () => {
    it('answers a call that was cut in the middle of its arguments, and does not run it', async () => {
      rig.call('c1', 'quick', { arguments: '{"a', complete: false })
      await settle()
      expect(rig.output('c1')).toBe('Not done: the answer was cut off before this was begun.')
      expect(rig.states('c1')).toEqual(['cancelled'])
    })

    it('I-12: does not run a call of a response that was cut before the call came', async () => {
      rig.runner.responseStarted('r1')
      rig.runner.newTurn()
      rig.call('c1', 'quick')
      rig.runner.responseEnded('r1', 'cancelled')
      await settle()
      expect(rig.states('c1')).toEqual(['cancelled'])
      expect(rig.followUps).toEqual([])
    })
  })

  describe('time', () => {
    it('stops a call at its time limit, by signal, and answers without waiting for it', async () => {
      const signals: AbortSignal[] = []
      rig = new Rig([
        plainTool(
          'deaf',
          ({ signal }) => {
            signals.push(signal)
            return new Promise(() => undefined)
          },
          { timeLimitMs: 7_000 },
        ),
      ])
      rig.call('c1', 'deaf')
      rig.runner.responseEnded('r1', 'completed')
      await vi.advanceTimersByTimeAsync(6_999)
      expect(rig.outputs).toEqual([])
      await vi.advanceTimersByTimeAsync(1)
      expect(rig.output('c1')).toBe('Stopped: it took longer than 7 seconds. It may have been done in part.')
      expect(rig.states('c1')).toEqual(['running', 'timed_out'])
      expect(signals[0]?.aborted).toBe(true)
      expect(rig.followUps).toHaveLength(1)
    })

    it('has a limit of 20 s where none is named', async () => {
      rig.call('c1', 'hangs')
      await vi.advanceTimersByTimeAsync(19_999)
      expect(rig.runner.busy).toBe(true)
      await vi.advanceTimersByTimeAsync(1)
      expect(rig.runner.busy).toBe(false)
    })

    it('ignores what comes after the limit, result or exception', async () => {
      rig.call('c1', 'late')
      rig.call('c2', 'late_throw')
      await vi.advanceTimersByTimeAsync(120_000)
      expect(rig.outputs).toHaveLength(2)
      expect(rig.states('c1')).toEqual(['running', 'timed_out'])
      expect(rig.faults).toEqual([])
    })

    it('announces long calls once for each response, after 3 s', async () => {
      rig.call('c1', 'slow')
      rig.call('c2', 'slow')
      rig.call('c3', 'brief')
      await vi.advanceTimersByTimeAsync(2_999)
      expect(rig.announced).toEqual([])
      await vi.advanceTimersByTimeAsync(60_000)
      expect(rig.announced).toEqual(['The function "slow" is still at work; the result will follow.'])
    })

    it('does not announce what the person has left behind', async () => {
      rig.call('c1', 'slow')
      rig.runner.newTurn()
      await vi.advanceTimersByTimeAsync(10_000)
      expect(rig.announced).toEqual([])
    })

    it("lets a tool announce in its own words, instead of the runner's", async () => {
      rig = new Rig([
        plainTool('talks', async ({ announce }) => {
          await sleep(1_000)
          announce('Halfway there.')
          await sleep(5_000)
          announce('Too much talk.')
          return 'done'
        }),
      ])
      rig.call('c1', 'talks')
      await vi.advanceTimersByTimeAsync(10_000)
      expect(rig.announced).toEqual(['Halfway there.'])
    })
  })

  describe('asking first', () => {
    it('runs nothing before the yes', async () => {
      rig.call('c1', 'asks')
      rig.runner.responseEnded('r1', 'completed')
      await vi.advanceTimersByTimeAsync(29_000)
      expect(rig.states('c1')).toEqual(['asking'])
      expect(rig.open).toMatchObject({ code: 'asks', call_id: 'c1' })
      expect(rig.runner.answer(rig.open?.id ?? '', true)).toBe(true)
      await settle()
      expect(rig.states('c1')).toEqual(['asking', 'running', 'done'])
      expect(rig.output('c1')).toBe('allowed result')
      expect(rig.followUps).toHaveLength(1)
      expect(rig.open).toBeNull()
    })

    it('answers a no as a refusal, and goes on', async () => {
      rig.call('c1', 'asks')
      rig.runner.responseEnded('r1', 'completed')
      rig.runner.answer(rig.open?.id ?? '', false)
      await settle()
      expect(rig.states('c1')).toEqual(['asking', 'refused'])
      expect(rig.output('c1')).toBe('Not done: the person said no.')
      expect(rig.followUps).toHaveLength(1)
    })

    it('takes no answer for a no after 30 s', async () => {
      rig.call('c1', 'asks')
      rig.runner.responseEnded('r1', 'completed')
      await vi.advanceTimersByTimeAsync(29_999)
      expect(rig.outputs).toEqual([])
      await vi.advanceTimersByTimeAsync(1)
      expect(rig.states('c1')).toEqual(['asking', 'refused'])
      expect(rig.output('c1')).toBe('Not done: the person was asked and did not answer, which counts as no.')
      expect(rig.followUps).toHaveLength(1)
    })

    it('does not count the wait for the person as time of the call', async () => {
      rig = new Rig([
        plainTool(
          'asks_then_works',
          async ({ ask }) => {
            await sleep(1_500)
            await ask({ code: 'x', detail: {}, spoken: 'x' })
            await sleep(3_400)
            return 'made it'
          },
          { timeLimitMs: 5_000 },
        ),
      ])
      rig.call('c1', 'asks_then_works')
      await vi.advanceTimersByTimeAsync(25_000)
      expect(rig.states('c1')).toEqual(['running', 'asking'])
      expect(rig.announced).toEqual([])
      rig.runner.answer(rig.open?.id ?? '', true)
      await vi.advanceTimersByTimeAsync(1_400)
      expect(rig.announced).toEqual([])
      await vi.advanceTimersByTimeAsync(200)
      expect(rig.announced).toHaveLength(1)
      await vi.advanceTimersByTimeAsync(5_000)
      expect(rig.output('c1')).toBe('made it')
    })

    it('counts the time before a question towards the limit after it', async () => {
      rig = new Rig([
        plainTool(
          'dawdles',
          async ({ ask }) => {
            await sleep(4_000)
            await ask({ code: 'x', detail: {}, spoken: 'x' })
            await sleep(4_000)
            return 'never'
          },
          { timeLimitMs: 5_000 },
        ),
      ])
      rig.call('c1', 'dawdles')
      await vi.advanceTimersByTimeAsync(4_000)
      rig.runner.answer(rig.open?.id ?? '', true)
      await vi.advanceTimersByTimeAsync(1_100)
      expect(rig.states('c1')).toEqual(['running', 'asking', 'running', 'timed_out'])
    })

    it('shows a call as running again when the tool goes on after a no', async () => {
      rig = new Rig([
        plainTool('shrugs', async ({ ask }) => {
          await ask({ code: 'x', detail: {}, spoken: 'x' })
          await sleep(100)
          return 'without it, then'
        }),
      ])
      rig.call('c1', 'shrugs')
      await settle()
      rig.runner.answer(rig.open?.id ?? '', false)
      await vi.advanceTimersByTimeAsync(100)
      expect(rig.states('c1')).toEqual(['running', 'asking', 'running', 'done'])
    })

    it('takes a refusal inside a tool for a refusal', async () => {
      rig.call('c1', 'asks_inside')
      await vi.advanceTimersByTimeAsync(1_000)
      rig.runner.answer(rig.open?.id ?? '', false)
      await settle()
      expect(rig.states('c1').at(-1)).toBe('refused')
    })

    it('asks one question at a time', async () => {
      rig.call('c1', 'asks')
      rig.call('c2', 'asks')
      const first = rig.open?.id ?? ''
      expect(rig.open?.call_id).toBe('c1')
      rig.runner.answer(first, true)
      // A second click on the same card must not allow the next question.
      expect(rig.runner.answer(first, true)).toBe(false)
      await settle()
      expect(rig.open?.call_id).toBe('c2')
      expect(rig.states('c2')).toEqual(['asking'])
    })

    it('keeps the question while the person speaks, and takes a spoken yes for one', async () => {
      rig.runner.responseStarted('r1')
      rig.call('c1', 'asks')
      const turn = rig.runner.newTurn()
      rig.runner.responseEnded('r1', 'cancelled')
      expect(rig.open?.call_id).toBe('c1')
      expect(rig.runner.heard('Yes, please.', turn)).toBe(true)
      await settle()
      expect(rig.output('c1')).toBe('allowed result')
      // The turn was the answer to the question: its result is what it waits for.
      expect(rig.followUps).toEqual([{ response_id: 'r1', mayCallTools: true }])
    })

    it('makes no follow-up when yet another turn came after the yes', async () => {
      rig.runner.responseStarted('r1')
      rig.call('c1', 'asks')
      rig.runner.responseEnded('r1', 'completed')
      const turn = rig.runner.newTurn()
      rig.runner.newTurn()
      expect(rig.runner.heard('Yes.', turn)).toBe(true)
      await settle()
      expect(rig.output('c1')).toBe('allowed result')
      expect(rig.followUps).toEqual([])
    })

    it('makes no second answer to a spoken no', async () => {
      rig.runner.responseStarted('r1')
      rig.call('c1', 'asks')
      rig.runner.responseEnded('r1', 'completed')
      expect(rig.runner.heard('Nein, lass das.', rig.runner.newTurn())).toBe(true)
      await settle()
      expect(rig.output('c1')).toBe('Not done: the person said no.')
      expect(rig.followUps).toEqual([])
    })

    it('does not take for an answer what was said before the question was shown', async () => {
      const before = rig.runner.newTurn()
      rig.runner.responseStarted('r1')
      rig.call('c1', 'asks')
      expect(rig.runner.heard('Yes.', before)).toBe(false)
      await settle()
      expect(rig.states('c1')).toEqual(['asking'])
    })

    it('does not take for an answer what is about something else', () => {
      rig.call('c1', 'asks')
      expect(rig.runner.heard('Yesterday it rained, open the window.', rig.runner.newTurn())).toBe(false)
      expect(rig.open?.call_id).toBe('c1')
    })

    it('does not take one yes for the question that comes after', async () => {
      rig.call('c1', 'asks')
      rig.call('c2', 'asks')
      const turn = rig.runner.newTurn()
      expect(rig.runner.heard('Yes.', turn)).toBe(true)
      await settle()
      expect(rig.runner.heard('Yes.', turn)).toBe(false)
      expect(rig.open?.call_id).toBe('c2')
    })
  })

  describe('stop and close', () => {
    it('stop aborts every call, answers it, and asks for nothing', async () => {
      rig.call('c1', 'hangs')
      rig.call('c2', 'asks')
      rig.call('c3', 'asks')
      rig.runner.responseEnded('r1', 'completed')
      rig.runner.stop()
      await settle()
      expect(rig.outputs.map((sent) => sent.output)).toEqual(Array(3).fill('Stopped by the person before it was finished.'))
      expect(rig.changes.filter((view) => view.state === 'cancelled')).toHaveLength(3)
      expect(rig.open).toBeNull()
      expect(rig.followUps).toEqual([])
    })

    it('goes on after a stop', async () => {
      rig.runner.stop()
      rig.call('c1', 'quick')
      rig.runner.responseEnded('r1', 'completed')
      await settle()
      expect(rig.followUps).toHaveLength(1)
    })

    it('close answers what is open as ended with the connection, once, and nothing happens after it', async () => {
      rig.call('c1', 'slow')
      rig.call('c2', 'asks')
      rig.runner.close()
      rig.runner.close()
      rig.call('c3', 'quick')
      rig.runner.responseStarted('r1')
      rig.runner.responseEnded('r1', 'completed')
      await vi.advanceTimersByTimeAsync(60_000)
      expect(rig.outputs.map((sent) => sent.callId)).toEqual(['c1', 'c2'])
      expect(rig.output('c1')).toBe('Stopped before it was finished: the connection ended.')
      expect(rig.followUps).toEqual([])
      expect(rig.runner.busy).toBe(false)
    })

    it('a tool that hears of its end may throw what it likes', async () => {
      rig = new Rig([
        plainTool('obeys', ({ signal }) => new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('aborted'))
          })
        })),
      ])
      rig.call('c1', 'obeys')
      rig.runner.stop()
      await settle()
      expect(rig.outputs).toHaveLength(1)
      expect(rig.faults).toEqual([])
    })
  })

  it('keeps its memory bounded', async () => {
    for (let i = 0; i < 1_000; i++) {
      const id = String(i)
      rig.runner.responseStarted(id)
      rig.call(`call_${id}`, 'quick', { response_id: id })
      rig.runner.responseEnded(id, 'completed')
      await Promise.resolve()
    }
    await settle()
    expect(rig.outputs).toHaveLength(1_000)
    expect(rig.runner.calls.length).toBeLessThanOrEqual(200)
    expect(rig.runner.calls.at(-1)?.call_id).toBe('call_999')
  })

  it('has a word of the conversation for every state', () => {
    const states = ['asking', 'running', 'done', 'refused', 'failed', 'timed_out', 'cancelled'] as const
    expect(states.map(conversationState)).toEqual(['asking', 'running', 'done', 'refused', 'failed', 'failed', 'interrupted'])
  })
})
