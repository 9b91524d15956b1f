import { Menu, shownItems, type ShownItem } from './menu.ts'
import { conversionFailure, toNativeImage, type NativeImage } from './native-image.ts'
import { makeEvent, notInStandIn, StrictEmitter } from './strict.ts'

let isReady: () => boolean = () => false
export function setTraySystem(system: { isReady(): boolean }): void { isReady = () => system.isReady() }

/**
 * An icon of the desktop's tray as on Linux (https://www.electronjs.org/docs/latest/api/tray#platform-considerations): no title, no bounds;
 * changes of an item are seen only when `setContextMenu` is called again.
 */
export class Tray extends StrictEmitter {
  static readonly all: Tray[] = []
  #destroyed = false
  #toolTip = ''
  #menu: ShownItem[] | null = null
  #image: NativeImage

  constructor(image: NativeImage | string, guid?: string) {
    super()
    if (!isReady()) throw new Error('Cannot create Tray before app is ready')
    // Windows and macOS refuse a bad one, Linux takes anything; an app that gives one must give a right one.
    if (guid !== undefined && !/^\{?[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\}?$/i.test(guid)) throw new Error('Invalid GUID format')
    this.#image = toNativeImage(image)
    Tray.all.push(this)
  }

  /** What a person would see; for tests. */
  get standInState(): { toolTip: string, menu: ShownItem[] | null, image: NativeImage } {
    return { toolTip: this.#toolTip, menu: this.#menu, image: this.#image }
  }

  isDestroyed(): boolean { return this.#destroyed }

  destroy(): void {
    this.#destroyed = true
    this.#menu = null
    const at = Tray.all.indexOf(this)
    if (at >= 0) Tray.all.splice(at, 1)
  }

  setImage(image: NativeImage | string): void {
    this.#alive()
    this.#image = toNativeImage(image)
  }

  /** macOS only. */
  setPressedImage(image: NativeImage | string): void {
    this.#alive()
    toNativeImage(image)
  }

  setToolTip(toolTip: string): void {
    this.#alive()
    if (typeof toolTip !== 'string') throw conversionFailure(toolTip)
    this.#toolTip = toolTip
  }

  /** macOS only, as is `getTitle`. */
  setTitle(title: string): void {
    this.#alive()
    if (typeof title !== 'string') throw conversionFailure(title)
  }
  getTitle(): string {
    this.#alive()
    return ''
  }

  setContextMenu(menu: Menu | null): void {
    this.#alive()
    if (menu !== null && !(menu instanceof Menu)) throw new TypeError('Must pass Menu or null')
    this.#menu = menu && shownItems(menu)
  }

  /** macOS and Windows only: nothing opens on Linux. */
  popUpContextMenu(menu?: Menu | Electron.Point): void {
    this.#alive()
    if (menu !== undefined && typeof menu !== 'object') throw conversionFailure(menu)
  }
  closeContextMenu(): void { this.#alive() }
  getBounds(): Electron.Rectangle {
    this.#alive()
    return { x: 0, y: 0, width: 0, height: 0 }
  }
  setIgnoreDoubleClickEvents(): void { this.#alive() }
  getIgnoreDoubleClickEvents(): boolean {
    this.#alive()
    return false
  }
  focus(): void { this.#alive() }
  displayBalloon(): never { throw notInStandIn('tray.displayBalloon, which is for Windows alone,') }

  /** A person clicks on the icon. */
  clicked(how: 'click' | 'right-click' | 'double-click' | 'middle-click'): void {
    const event = makeEvent({ ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, triggeredByAccelerator: false })
    const bounds = { x: 0, y: 0, width: 0, height: 0 }
    this.emit(how, event, bounds, ...how === 'click' ? [{ x: 0, y: 0 }] : [])
  }

  #alive(): void { if (this.#destroyed) throw new Error('Tray is destroyed') }
}
