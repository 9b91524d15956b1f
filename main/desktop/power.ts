import type { PowerMonitor } from 'electron'
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
