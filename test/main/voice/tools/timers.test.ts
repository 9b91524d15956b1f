import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MAX_TIMERS, Timers, type Ringing } from '../../../../main/voice/tools/timers.ts'
import { ToolError } from '../../../../main/voice/tools/tool.ts'

const START = Date.UTC(2026, 10, 20, 11, 0, 0)

describe('Timers', () => {
  let rung: Ringing[]
  let counts: number[]
  let faults: unknown[]
  /** Added to the fake clock: what the wall clock shows beside the time that the run time counts. */
  let offset: number
  let timers: Timers

  beforeEach(() => {
    vi.useFakeTimers()
    vi.setSystemTime(START)
    rung = []
    counts = []
    faults = []
    offset = 0
    const begin = performance.now()
    timers = new Timers({
      ring: (timer) => {
        rung.push(timer)
        if (timer.label === 'broken') throw new Error('no bell')
      },
      onChange: (list) => {
        counts.push(list.length)
      },
      onFault: (error) => {
        faults.push(error)
      },
      now: () => START + (performance.now() - begin) + offset,
      monotonic: () => performance.now(),
    })
  })

  afterEach(() => {
    timers.dispose()
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it('rings when it is time, once', async () => {
    timers.set({ seconds: 90 }, 'tea')
    await vi.advanceTimersByTimeAsync(89_999)
    expect(rung).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(rung).toEqual([{ id: 'timer_1', label: 'tea', dueAt: START + 90_000, lateMs: 0 }])
    await vi.advanceTimersByTimeAsync(600_000)
    expect(rung).toHaveLength(1)
    expect(counts).toEqual([1, 0])
  })

  it('keeps several at once, the next first, and does nothing when there is none', async () => {
    timers.set({ seconds: 60 }, 'b')
    timers.set({ at: START + 30_000 }, 'a')
    timers.set({ seconds: 60 }, 'c')
    expect(timers.list.map((timer) => timer.label)).toEqual(['a', 'b', 'c'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(rung.map((timer) => timer.label)).toEqual(['a', 'b', 'c'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('rings no cancelled timer', async () => {
    const { id } = timers.set({ seconds: 5 }, 'a')
    expect(timers.cancel(id)).toMatchObject({ label: 'a' })
    expect(timers.cancel(id)).toBeNull()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(rung).toEqual([])
  })

  it('rings within a second of waking up, and says how late it is', async () => {
    timers.set({ seconds: 600 }, 'pizza')
    await vi.advanceTimersByTimeAsync(60_000)
    offset += 3_600_000
    await vi.advanceTimersByTimeAsync(1_000)
    expect(rung).toHaveLength(1)
    expect(rung[0]?.lateMs).toBeGreaterThanOrEqual(3_060_000)
    expect(rung[0]?.lateMs).toBeLessThanOrEqual(3_061_000)
  })

  it('rings at once when it is told that the computer woke up', () => {
    timers.set({ seconds: 600 }, 'pizza')
    offset += 3_600_000
    timers.resumed()
    expect(rung).toHaveLength(1)
  })

  it('lasts as long as asked for when the wall clock is set back', async () => {
    timers.set({ seconds: 60 }, 'countdown')
    timers.set({ at: START + 60_000 }, 'at')
    await vi.advanceTimersByTimeAsync(30_000)
    offset -= 3_600_000
    await vi.advanceTimersByTimeAsync(29_000)
    expect(rung).toEqual([])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(rung.map((timer) => timer.label)).toEqual(['countdown'])
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(rung.map((timer) => timer.label)).toEqual(['countdown', 'at'])
  })

  it('does not move a countdown that is set just after the clock was set back', async () => {
    timers.set({ seconds: 600 }, 'first')
    offset -= 3_600_000
    timers.set({ seconds: 5 }, 'second')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(rung.map((timer) => timer.label)).toEqual(['second'])
  })

  it('rings the others when one cannot', async () => {
    timers.set({ seconds: 5 }, 'broken')
    timers.set({ seconds: 5 }, 'whole')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(rung.map((timer) => timer.label)).toEqual(['broken', 'whole'])
    expect(faults).toEqual([new Error('no bell')])
  })

  it('takes a timer that is set while another rings', async () => {
    const chain = new Timers({
      ring: (timer) => {
        rung.push(timer)
        if (rung.length < 3) chain.set({ seconds: 1 }, 'again')
      },
    })
    chain.set({ seconds: 1 }, 'first')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(rung.map((timer) => timer.label)).toEqual(['first', 'again', 'again'])
  })

  it.each([
    ['0.5 s', { seconds: 0.5 }],
    ['more than a day', { seconds: 86_401 }],
    ['no number', { seconds: Number.NaN }],
    ['a time that is over', { at: START - 1 }],
    ['a time far away', { at: START + 26 * 3_600_000 }],
  ])('refuses %s', (_what, when) => {
    expect(() => timers.set(when, '')).toThrow(ToolError)
    expect(timers.list).toEqual([])
  })

  it('takes 1 s, 24 h, and no more than it can bear', () => {
    timers.set({ seconds: 1 }, '')
    timers.set({ seconds: 86_400 }, '')
    for (let i = 2; i < MAX_TIMERS; i++) timers.set({ seconds: 60 }, '')
    expect(() => timers.set({ seconds: 60 }, '')).toThrow('there are 20 timers already')
  })
})
