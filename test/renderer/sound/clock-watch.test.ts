import { describe, expect, it } from 'vitest'
import { ClockJudge } from '../../../renderer/sound/clock-watch.ts'
import { microphoneProblem } from '../../../renderer/sound/microphone-problem.ts'

describe('ClockJudge', () => {
  it('calls a clock dead that stands still for a second', () => {
    const judge = new ClockJudge()
    expect([[1, 0], [1.5, 500], [1.5, 1000], [1.5, 1500]].map(([clock = 0, now = 0]) => judge.isDead(clock, now))).toEqual([
      false,
      false,
      false,
      true,
    ])
  })

  it('is not deceived by one late timer, as after sleep', () => {
    const judge = new ClockJudge()
    expect(judge.isDead(1, 0)).toBe(false)
    expect(judge.isDead(1, 3_600_000)).toBe(false)
    expect(judge.isDead(1.4, 3_600_500)).toBe(false)
  })

  it('begins anew after a reset', () => {
    const judge = new ClockJudge()
    judge.isDead(1, 0)
    judge.isDead(1, 600)
    judge.reset()
    expect(judge.isDead(1, 1200)).toBe(false)
    expect(judge.isDead(1, 1700)).toBe(false)
  })
})

describe('microphoneProblem', () => {
  it('names what a person can do something about', () => {
    const named = (name: string): DOMException => new DOMException('x', name)
    expect(microphoneProblem(named('NotAllowedError'))).toBe('denied')
    expect(microphoneProblem(named('SecurityError'))).toBe('denied')
    expect(microphoneProblem(named('NotFoundError'))).toBe('missing')
    // Chromium's OverconstrainedError is no DOMException.
    expect(microphoneProblem(Object.assign(new Error('deviceId'), { name: 'OverconstrainedError' }))).toBe('missing')
    expect(microphoneProblem(named('NotReadableError'))).toBe('busy')
    expect(microphoneProblem(named('AbortError'))).toBe('failed')
    expect(microphoneProblem('nonsense')).toBe('failed')
  })
})
