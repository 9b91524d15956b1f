import type { Outside } from './desktop.ts'
import { conversionFailure } from './native-image.ts'
import { makeEvent, StrictEmitter } from './strict.ts'
import type { Bounds } from './window-host.ts'

/** A monitor as a test describes it; coordinates in DIP. */
export interface Monitor {
  id: number
  bounds: Bounds
  /** What panels and docks leave; the whole without it. */
  workArea?: Bounds
  scaleFactor?: number
  rotation?: 0 | 90 | 180 | 270
  label?: string
  /** A laptop's own. */
  internal?: boolean
}

/** `screen` of the displays that a test has set; the first is the primary one. Every use before `ready` throws, as in Electron. */
export class Screen extends StrictEmitter {
  #outside: Outside

  constructor(outside: Outside) {
    super()
    this.#outside = outside
  }

  getPrimaryDisplay(): Electron.Display { return display(this.#outside.displays[0] as Monitor) }
  getAllDisplays(): Electron.Display[] { return this.#outside.displays.map(display) }
  getCursorScreenPoint(): Electron.Point { return { ...this.#outside.cursor } }

  getDisplayNearestPoint(point: Electron.Point): Electron.Display {
    if (typeof point !== 'object' || !Number.isFinite(point.x) || !Number.isFinite(point.y)) throw conversionFailure(point)
    return display(this.#nearest(point))
  }

  getDisplayMatching(rect: Electron.Rectangle): Electron.Display {
    checkRectangle(rect)
    const overlap = ({ bounds }: Monitor): number => {
      const width = Math.min(rect.x + rect.width, bounds.x + bounds.width) - Math.max(rect.x, bounds.x)
      const height = Math.min(rect.y + rect.height, bounds.y + bounds.height) - Math.max(rect.y, bounds.y)
      return width > 0 && height > 0 ? width * height : 0
    }
    const best = this.#outside.displays.toSorted((a, b) => overlap(b) - overlap(a))[0] as Monitor
    return display(overlap(best) > 0 ? best : this.#nearest({ x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 }))
  }

  /** Monitors are plugged in and out, or changed; the app hears of it a moment later, as in Electron. */
  displaysChange(monitors: Monitor[]): void {
    if (monitors.length === 0) throw new Error('A desktop without any display is not in the stand-in')
    const before = this.#outside.displays
    this.#outside.displays = monitors
    const tell = (name: string, ...args: unknown[]): void => { setImmediate(() => { this.emit(name, makeEvent({}), ...args) }) }
    for (const old of before) if (!monitors.some(({ id }) => id === old.id)) tell('display-removed', display(old))
    for (const monitor of monitors) {
      const old = before.find(({ id }) => id === monitor.id)
      const made = display(monitor)
      if (!old) {
        tell('display-added', made)
        continue
      }
      const was = display(old)
      const changed = (['bounds', 'workArea', 'scaleFactor', 'rotation'] as const).filter((name) => JSON.stringify(was[name]) !== JSON.stringify(made[name]))
      if (changed.length > 0) tell('display-metrics-changed', made, changed)
    }
  }

  #nearest({ x, y }: Electron.Point): Monitor {
    const away = ({ bounds }: Monitor): number => Math.hypot(Math.max(bounds.x - x, 0, x - bounds.x - bounds.width + 1), Math.max(bounds.y - y, 0, y - bounds.y - bounds.height + 1))
    return this.#outside.displays.toSorted((a, b) => away(a) - away(b))[0] as Monitor
  }
}

/** Electron takes whole numbers only, all four of them. */
export function checkRectangle(rect: unknown): asserts rect is Electron.Rectangle {
  const given = rect as Partial<Electron.Rectangle> | null
  if (typeof rect !== 'object' || !given || ![given.x, given.y, given.width, given.height].every(Number.isInteger)) throw conversionFailure(rect)
}

function display({ id, bounds, workArea = bounds, scaleFactor = 1, rotation = 0, label = `Display ${id}`, internal = false }: Monitor): Electron.Display {
  return {
    id, label, bounds: { ...bounds }, workArea: { ...workArea }, scaleFactor, rotation, internal, detected: true,
    size: { width: bounds.width, height: bounds.height }, workAreaSize: { width: workArea.width, height: workArea.height },
    colorDepth: 24, colorSpace: '', depthPerComponent: 8, displayFrequency: 60, monochrome: false,
    accelerometerSupport: 'unknown', touchSupport: 'unknown', maximumCursorSize: { width: 64, height: 64 },
    nativeOrigin: { x: Math.round(bounds.x * scaleFactor), y: Math.round(bounds.y * scaleFactor) },
  }
}
