import type { PowerMonitor, PowerSaveBlocker } from 'electron'
import type { Disposable } from '../../shared/disposable.ts'

export interface PowerOptions {
  powerMonitor: Pick<PowerMonitor, 'on' | 'off'>
  onSuspend: () => void
  onResume: () => void
}

/** Follows the computer's sleep: a socket does not survive it, but often dies without a word. */
export function setUpPower({ powerMonitor, onSuspend, onResume }: PowerOptions): Disposable {
  powerMonitor.on('suspend', onSuspend)
  powerMonitor.on('resume', onResume)
  return {
    dispose() {
      powerMonitor.off('suspend', onSuspend)
      powerMonitor.off('resume', onResume)
    },
  }
}

/**
 * Keeps the system from putting Parley to rest while a conversation is live; the screen may go dark.
 * @returns told whether one is
 */
export function setUpKeepAwake(powerSaveBlocker: Pick<PowerSaveBlocker, 'start' | 'stop'>): Disposable & { set(live: boolean): void } {
  let blocker: number | null = null
  const set = (live: boolean): void => {
    if (live === (blocker !== null)) return
    if (blocker !== null) powerSaveBlocker.stop(blocker)
    blocker = live ? powerSaveBlocker.start('prevent-app-suspension') : null
  }
  return {
    set,
    dispose() {
      set(false)
    },
  }
}
