import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { TalkKeyTrial } from '../../../../main/desktop/talk-key/trial.ts'
import type { TalkKeyTrialShown } from '../../../../shared/state.ts'
import { Desk } from './fakes.ts'

let desk: Desk
let trial: TalkKeyTrial
let shown: (TalkKeyTrialShown | null)[]

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] })
  shown = []
  trial = new TalkKeyTrial({ now: () => performance.now(), onChange: (now) => shown.push(now) })
  // As the composition root joins them.
  desk = new Desk({
    turnOpen: () => trial.open,
    onPress: () => trial.press(),
    onRelease: () => trial.release(),
    onCancel: () => trial.cancel(),
    onPhase: (phase) => trial.phase(phase),
  })
  desk.style = 'automatic'
  const ready = desk.talkKey.start()
  await vi.advanceTimersByTimeAsync(0)
  await ready
  await vi.advanceTimersByTimeAsync(1000)
  desk.talkKey.pause('trial')
  trial.set(true)
  desk.talkKey.resume('trial')
  await vi.advanceTimersByTimeAsync(1000)
  shown.length = 0
})

afterEach(() => {
  desk.talkKey.dispose()
  vi.useRealTimers()
})

const down = (): void => desk.hook.down('ControlRight', { ctrlKey: true })
const up = (): void => desk.hook.up('ControlRight')

it('shows a hold and how long it was', async () => {
  down()
  await vi.advanceTimersByTimeAsync(900)
  expect(shown).toEqual([{ phase: 'held', last: null }])
  up()
  expect(shown.at(-1)).toMatchObject({ phase: 'waiting', last: { as: 'hold' } })
  expect(shown.at(-1)?.last?.ms).toBeGreaterThan(700)
})

it('shows a tap that goes on until the next one', async () => {
  down()
  await vi.advanceTimersByTimeAsync(200)
  up()
  expect(shown.at(-1)).toEqual({ phase: 'tapped', last: null })
  await vi.advanceTimersByTimeAsync(2000)
  down()
  await vi.advanceTimersByTimeAsync(200)
  up()
  expect(shown.at(-1)).toMatchObject({ phase: 'waiting', last: { as: 'tap' } })
})

it('forgets what was not meant, and everything at its end', async () => {
  down()
  await vi.advanceTimersByTimeAsync(200)
  desk.hook.down('KeyC', { ctrlKey: true }) // a shortcut
  expect(shown.at(-1)).toEqual({ phase: 'waiting', last: null })
  trial.set(false)
  expect(shown.at(-1)).toBeNull()
  expect([trial.on, trial.open]).toEqual([false, false])
})
