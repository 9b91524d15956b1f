import { conversionFailure } from './native-image.ts'
import { checkRectangle } from './screen.ts'
import { makeEvent } from './strict.ts'
import { checkWhole, WindowTraits } from './window-traits.ts'
import type { Bounds, HostWindow } from './window-host.ts'

const levels = ['normal', 'floating', 'torn-off-menu', 'modal-panel', 'main-menu', 'status', 'pop-up-menu', 'screen-saver', 'dock']

/** Where a window is and in which state, and its level among others. Coordinates in DIP. */
export abstract class WindowStates extends WindowTraits {
  #bounds: Bounds
  #minimized = false
  #maximized = false
  #fullScreen = false
  #alwaysOnTop = false
  #level = 'normal'
  #workArea: () => Bounds

  constructor(given: Electron.BrowserWindowConstructorOptions, appName: string, workArea: () => Bounds) {
    super(given, appName)
    this.#workArea = workArea
    const area = workArea()
    const { width = 800, height = 600 } = given
    this.#bounds = { x: given.x ?? Math.round(area.x + (area.width - width) / 2), y: given.y ?? Math.round(area.y + (area.height - height) / 2), width, height }
  }

  /** Whether the window is on the screen, or minimised from there. */
  protected abstract get shown(): boolean
  /** Does something with the window of Chromium as soon as it is there. */
  protected abstract withHost(action: (host: HostWindow) => Promise<void>): void
  protected abstract setFocused(on: boolean): void
  /** The page has another size. */
  protected abstract sizeChanged(): void

  isMinimized(): boolean { this.alive(); return this.#minimized }
  isMaximized(): boolean { this.alive(); return this.#maximized }
  isFullScreen(): boolean { this.alive(); return this.#fullScreen }
  isNormal(): boolean { this.alive(); return !this.#minimized && !this.#maximized && !this.#fullScreen }
  isAlwaysOnTop(): boolean { this.alive(); return this.#alwaysOnTop }
  getBounds(): Bounds { this.alive(); return { ...this.#bounds } }
  getContentBounds(): Bounds { return this.getBounds() }
  getNormalBounds(): Bounds { return this.getBounds() }
  getSize(): number[] { this.alive(); return [this.#bounds.width, this.#bounds.height] }
  getContentSize(): number[] { return this.getSize() }
  getPosition(): number[] { this.alive(); return [this.#bounds.x, this.#bounds.y] }

  minimize(): void {
    this.alive()
    if (this.#minimized) return
    this.#minimized = true
    this.setFocused(false)
    this.withHost((host) => host.setState('minimized'))
    this.emit('minimize')
  }

  restore(): void {
    this.alive()
    if (!this.#minimized) return
    this.#minimized = false
    this.withHost((host) => host.setState('normal'))
    this.emit('restore')
  }

  maximize(): void {
    this.alive()
    if (this.#maximized) return
    this.#maximized = true
    this.withHost((host) => host.setState('maximized'))
    this.emit('maximize')
  }

  unmaximize(): void {
    this.alive()
    if (!this.#maximized) return
    this.#maximized = false
    this.withHost((host) => host.setState('normal'))
    this.emit('unmaximize')
  }

  setFullScreen(on: boolean): void {
    this.alive()
    if (this.#fullScreen === on) return
    this.#fullScreen = on
    this.withHost((host) => host.setState(on ? 'fullscreen' : 'normal'))
    this.emit(on ? 'enter-full-screen' : 'leave-full-screen')
  }

  /** What is left out stays as it is. `moved` and `resized` are for Windows and macOS, here `move` and `resize` come alone. */
  setBounds(bounds: Partial<Bounds>): void {
    this.alive()
    const wanted = { ...this.#bounds, ...bounds }
    checkRectangle(wanted)
    const [minimum, maximum] = [this.getMinimumSize(), this.getMaximumSize()]
    const clamp = (value: number, least = 0, most = 0): number => Math.max(least, most > 0 ? Math.min(value, most) : value)
    const next = { ...wanted, width: clamp(wanted.width, minimum[0], maximum[0]), height: clamp(wanted.height, minimum[1], maximum[1]) }
    const moved = next.x !== this.#bounds.x || next.y !== this.#bounds.y
    const resized = next.width !== this.#bounds.width || next.height !== this.#bounds.height
    this.#bounds = next
    if (this.shown) {
      this.withHost(async (host) => {
        await host.setBounds(next)
        if (resized) this.sizeChanged()
      })
    }
    const tell = (name: string): void => { setImmediate(() => { if (!this.isDestroyed()) this.emit(name) }) }
    if (resized) tell('resize')
    if (moved) tell('move')
  }

  setContentBounds(bounds: Bounds): void { this.setBounds(bounds) }
  setSize(width: number, height: number): void { this.setBounds({ width: checkWhole(width), height: checkWhole(height, 1) }) }
  setContentSize(width: number, height: number): void { this.setSize(width, height) }
  setPosition(x: number, y: number): void { this.setBounds({ x: checkWhole(x), y: checkWhole(y, 1) }) }
  center(): void {
    const area = this.#workArea()
    this.setPosition(Math.round(area.x + (area.width - this.#bounds.width) / 2), Math.round(area.y + (area.height - this.#bounds.height) / 2))
  }

  /** The level `normal` is not above others, whatever the first argument says. */
  setAlwaysOnTop(flag: boolean, level = 'floating', relativeLevel = 0): void {
    this.alive()
    if (typeof flag !== 'boolean') throw conversionFailure(flag)
    if (!levels.includes(level)) throw conversionFailure(level, 1)
    checkWhole(relativeLevel, 2)
    const on = flag && level !== 'normal'
    const changed = this.#alwaysOnTop !== on
    this.#alwaysOnTop = on
    this.#level = on ? level : 'normal'
    this.withHost((host) => host.setAlwaysOnTop(on))
    if (changed) this.emit('always-on-top-changed', makeEvent({}), on)
  }

  protected get level(): string { return this.#level }

  /** Chromium's window has been given another size from outside. */
  protected tookBounds(bounds: Bounds): void {
    if (bounds.width === this.#bounds.width && bounds.height === this.#bounds.height) return
    this.#bounds = bounds
    this.emit('resize')
  }
}
