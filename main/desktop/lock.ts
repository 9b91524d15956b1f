import type { PowerMonitor } from 'electron'
import type { Disposable } from '../../shared/disposable.ts'
import type { VoiceStatus } from '../../shared/state.ts'
import { watchScreenLock } from './screen-lock.ts'

/** How often Linux is asked whether the screen is locked, ms, until a bus has told it once. Only while a microphone could be open. */
const ASK_MS = 3000
/** What `getSystemIdleState` wants to know besides, s. */
const IDLE_S = 300

export interface LockOptions {
  powerMonitor: Pick<PowerMonitor, 'on' | 'off' | 'getSystemIdleState'>
  platform?: NodeJS.Platform
  /** Addresses of the message buses, which tell on Linux; empty: there is none. */
  buses: { session: string; system: string }
  status: () => Pick<VoiceStatus, 'active' | 'microphone' | 'turnMode'>
  cancelTurn: () => void
  mute: (muted: boolean) => void
  /** The microphone of an open line stays muted after the lock; this says so. */
  onStaysMuted: () => void
  /** The desktop itself has told that the screen is covered, or free again. Linux only: elsewhere the talk key hears of it from Electron. */
  onTold: (locked: boolean) => void
  watch?: typeof watchScreenLock
}

/**
 * Nobody is listened to at a locked screen: the turn is cancelled and the microphone muted.
 * Afterwards it is as before where talking needs a press; an open line stays muted, so that it
 * begins to hear again only when the person wants it.
 */
export function setUpLock(options: LockOptions): Disposable & { statusChanged(): void } {
  const { powerMonitor, platform = process.platform, status } = options
  let locked = false
  let muted = false
  let found = false
  let timer: NodeJS.Timeout | null = null
  /** The desktop tells by itself: asking as well could only contradict it. */
  let told = false

  function lock(): void {
    if (locked) return
    locked = true
    options.cancelTurn()
    muted = status().active && status().microphone !== 'muted'
    if (muted) options.mute(true)
  }
  function unlock(): void {
    if (!locked) return
    locked = false
    if (!muted) return
    muted = false
    if (status().turnMode === 'open_line' && status().active) options.onStaysMuted()
    else options.mute(false)
  }
  function ask(): void {
    const is = powerMonitor.getSystemIdleState(IDLE_S) === 'locked'
    // What an event has told, only an event takes back.
    if (is === found) return
    found = is
    if (is) lock()
    else unlock()
  }

  function statusChanged(): void {
    const needed = platform === 'linux' && !told && (status().active || locked)
    if (needed) timer ??= setInterval(ask, ASK_MS)
    else if (timer !== null) {
      clearInterval(timer)
      timer = null
    }
  }

  powerMonitor.on('lock-screen', lock)
  powerMonitor.on('unlock-screen', unlock)
  // Electron tells of the lock screen on the other systems only.
  const screen =
    platform !== 'linux'
      ? null
      : (options.watch ?? watchScreenLock)({
          sessionBus: options.buses.session,
          systemBus: options.buses.system,
          onChange: (now) => {
            told = true
            statusChanged()
            if (now) lock()
            else unlock()
            options.onTold(now)
          },
        })
  return {
    statusChanged,
    dispose() {
      powerMonitor.off('lock-screen', lock)
      powerMonitor.off('unlock-screen', unlock)
      void screen?.then((watching) => {
        watching.dispose()
      })
      if (timer !== null) clearInterval(timer)
      timer = null
    },
  }
}
