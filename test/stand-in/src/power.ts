import type { Outside } from './desktop.ts'
import { conversionFailure } from './native-image.ts'
import { notInStandIn, strictObject, StrictEmitter } from './strict.ts'

/** `powerMonitor`; its events come from `__standIn.power`. */
export class PowerMonitor extends StrictEmitter {
  #outside: Outside
  constructor(outside: Outside) {
    super()
    this.#outside = outside
  }
  get onBatteryPower(): boolean { return this.#outside.onBattery }
  isOnBatteryPower(): boolean { return this.#outside.onBattery }
  getSystemIdleTime(): number { return this.#outside.idleSeconds }
  getSystemIdleState(threshold: number): 'active' | 'idle' | 'locked' {
    if (!Number.isInteger(threshold)) throw conversionFailure(threshold)
    if (threshold <= 0) throw new TypeError('Invalid idle threshold, must be greater than 0')
    if (this.#outside.locked) return 'locked'
    return this.#outside.idleSeconds >= threshold ? 'idle' : 'active'
  }
  getCurrentThermalState(): 'unknown' { return 'unknown' }
}

const kinds = ['prevent-app-suspension', 'prevent-display-sleep'] as const
export type PowerSaving = typeof kinds[number]

/** `powerSaveBlocker`: identifiers count from 0, and the stronger kind rules (https://www.electronjs.org/docs/latest/api/power-save-blocker). */
export function makePowerSaveBlocker(isReady: () => boolean): { api: Electron.PowerSaveBlocker, inForce(): PowerSaving | null, running(): { id: number, type: PowerSaving }[] } {
  const running = new Map<number, PowerSaving>()
  let count = 0
  const id = (value: number): number => {
    if (!Number.isInteger(value)) throw conversionFailure(value)
    return value
  }
  return {
    api: strictObject('powerSaveBlocker', {
      start(type: PowerSaving) {
        if (!kinds.includes(type)) throw conversionFailure(type)
        if (!isReady()) throw notInStandIn('powerSaveBlocker.start before the app is ready')
        running.set(count, type)
        return count++
      },
      stop: (value: number) => running.delete(id(value)),
      isStarted: (value: number) => running.has(id(value)),
    }),
    inForce: () => [...running.values()].includes('prevent-display-sleep') ? 'prevent-display-sleep' : running.size > 0 ? 'prevent-app-suspension' : null,
    running: () => [...running].map(([number, type]) => ({ id: number, type })),
  }
}
