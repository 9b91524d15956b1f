import { EventEmitter } from 'node:events'
import type { PowerMonitor } from 'electron'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { setUpLock } from '../../../main/desktop/lock.ts'
import type { VoiceStatus } from '../../../shared/state.ts'
import { strict } from './fakes.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function setUp(platform: NodeJS.Platform, more: Partial<VoiceStatus> = {}) {
  const done: string[] = []
  const status: Pick<VoiceStatus, 'active' | 'microphone' | 'turnMode'> = { active: true, microphone: 'armed', turnMode: 'hold', ...more }
  let idle: 'active' | 'locked' = 'active'
  const told: boolean[] = []
  let watching = true
  const power = Object.assign(new EventEmitter(), { getSystemIdleState: () => idle })
  let tell: (locked: boolean) => void = () => {
    throw new Error('nobody listens to the desktop')
  }
  const lock = setUpLock({
    powerMonitor: strict<PowerMonitor>('powerMonitor', power),
    platform,
    status: () => status,
    cancelTurn: () => done.push('cancel'),
    mute: (muted) => {
      done.push(`mute ${muted}`)
      status.microphone = muted ? 'muted' : 'armed'
    },
    onStaysMuted: () => done.push('said'),
    buses: { session: 'unix:path=/session', system: 'unix:path=/system' },
    watch: async ({ sessionBus, systemBus, onChange }) => {
      expect([sessionBus, systemBus]).toEqual(['unix:path=/session', 'unix:path=/system'])
      tell = onChange
      return { dispose: () => (watching = false) }
    },
    onTold: (locked) => told.push(locked),
  })
  return { done, status, power, lock, told, tell: (locked: boolean) => tell(locked), watching: () => watching, setIdle: (now: typeof idle) => (idle = now) }
}

it('a locked screen ends the turn and mutes; afterwards all is as before where talking needs a press', () => {
  const { done, power } = setUp('win32')
  power.emit('lock-screen')
  power.emit('lock-screen')
  power.emit('unlock-screen')
  power.emit('unlock-screen')
  expect(done).toEqual(['cancel', 'mute true', 'mute false'])
})

it('an open line stays muted, and says so', () => {
  const { done, power } = setUp('darwin', { turnMode: 'open_line', microphone: 'live' })
  power.emit('lock-screen')
  power.emit('unlock-screen')
  expect(done).toEqual(['cancel', 'mute true', 'said'])
})

it('a mute of the person’s own stays, and without a conversation there is nothing to mute', () => {
  const muted = setUp('win32', { microphone: 'muted' })
  muted.power.emit('lock-screen')
  muted.power.emit('unlock-screen')
  const idle = setUp('win32', { active: false, microphone: 'off' })
  idle.power.emit('lock-screen')
  idle.power.emit('unlock-screen')
  expect([muted.done, idle.done]).toEqual([['cancel'], ['cancel']])
})

it('Linux, which tells nothing, is asked while a conversation runs, and only then', () => {
  const { done, lock, status, setIdle } = setUp('linux', { active: false })
  lock.statusChanged()
  expect(vi.getTimerCount()).toBe(0)
  status.active = true
  lock.statusChanged()
  lock.statusChanged()
  expect(vi.getTimerCount()).toBe(1)
  setIdle('locked')
  vi.advanceTimersByTime(3000)
  expect(done).toEqual(['cancel', 'mute true'])
  setIdle('active')
  vi.advanceTimersByTime(3000)
  expect(done).toEqual(['cancel', 'mute true', 'mute false'])
  status.active = false
  lock.statusChanged()
  expect(vi.getTimerCount()).toBe(0)
})

it('a lock that was told is not taken back by asking', () => {
  const { done, lock, power } = setUp('linux')
  lock.statusChanged()
  power.emit('lock-screen')
  vi.advanceTimersByTime(10_000)
  expect(done).toEqual(['cancel', 'mute true'])
  power.emit('unlock-screen')
  expect(done.at(-1)).toBe('mute false')
})

it('leaves nothing behind', async () => {
  const { lock, power, watching } = setUp('linux')
  lock.statusChanged()
  lock.dispose()
  await vi.advanceTimersByTimeAsync(0)
  expect([vi.getTimerCount(), power.eventNames(), watching()]).toEqual([0, [], false])
})

it('Linux that tells by itself is believed, and no longer asked', () => {
  const { done, lock, setIdle, tell, told } = setUp('linux')
  lock.statusChanged()
  tell(true)
  // It would say that nobody has locked anything.
  setIdle('active')
  vi.advanceTimersByTime(20_000)
  expect(done).toEqual(['cancel', 'mute true'])
  tell(false)
  setIdle('locked')
  lock.statusChanged()
  vi.advanceTimersByTime(20_000)
  expect(done).toEqual(['cancel', 'mute true', 'mute false'])
  // The talk key hears of it as well.
  expect(told).toEqual([true, false])
})

it('the desktop is not asked where Electron tells', () => {
  const { tell } = setUp('win32')
  expect(() => tell(true)).toThrow('nobody listens')
})
