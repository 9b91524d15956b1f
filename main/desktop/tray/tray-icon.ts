import type { Menu, MenuItemConstructorOptions, NativeImage, Tray } from 'electron'
import type { Disposable } from '../../../shared/disposable.ts'
import type { Log } from '../../log.ts'
import type { TrayFace, TrayImage } from './face.ts'

export interface TrayIconOptions {
  /** Makes the icon in the panel; throws where that cannot be. */
  createTray: (image: NativeImage) => Tray
  createMenu: (template: MenuItemConstructorOptions[]) => Menu
  createImage: () => NativeImage
  /** Reads one PNG of an icon, e.g. `idle-dark-16.png`. */
  readPng: (name: string) => Buffer
  /** A click on the icon itself: not on every desktop, and never on macOS, where the menu opens. */
  onClick: () => void
  log: Log
}

/** What the tray shows. */
export interface TrayShown {
  face: TrayFace
  image: TrayImage
  toolTip: string
  menu: MenuItemConstructorOptions[]
  /** Changes exactly when the menu does. */
  menuKey: string
}

/** The icon in the panel. Held by its owner as long as it is to be seen: a collected one disappears. */
export class TrayIcon implements Disposable {
  readonly #options: TrayIconOptions
  readonly #images = new Map<string, NativeImage>()
  #tray: Tray | null = null
  #impossible = false
  #imageKey = ''
  #toolTip = ''
  #menuKey = ''

  constructor(options: TrayIconOptions) {
    this.#options = options
  }

  /** There is an icon; whether its panel shows it is not told by any system. */
  get present(): boolean {
    return this.#tray !== null
  }

  /** Makes the icon where there is none, and brings what has changed up to date. */
  show(shown: TrayShown): void {
    const image = this.#image(shown.face, shown.image)
    const tray = this.#tray ?? this.#create(image)
    if (tray === null || tray.isDestroyed()) return
    const imageKey = keyOf(shown.face, shown.image)
    if (imageKey !== this.#imageKey) tray.setImage(image)
    this.#imageKey = imageKey
    if (shown.toolTip !== this.#toolTip) tray.setToolTip(shown.toolTip)
    this.#toolTip = shown.toolTip
    if (shown.menuKey !== this.#menuKey) tray.setContextMenu(this.#options.createMenu(shown.menu))
    this.#menuKey = shown.menuKey
  }

  dispose(): void {
    const tray = this.#tray
    this.#tray = null
    this.#impossible = true
    if (tray !== null && !tray.isDestroyed()) tray.destroy()
  }

  #create(image: NativeImage): Tray | null {
    if (this.#impossible) return null
    try {
      const tray = this.#options.createTray(image)
      tray.on('click', () => this.#options.onClick())
      this.#tray = tray
      return tray
    } catch (error) {
      this.#options.log.warn('There can be no icon in the panel here.', error)
      this.#impossible = true
      return null
    }
  }

  #image(face: TrayFace, wanted: TrayImage): NativeImage {
    const key = keyOf(face, wanted)
    const known = this.#images.get(key)
    if (known !== undefined) return known
    const image = this.#options.createImage()
    for (const { scaleFactor, px } of wanted.sizes) {
      const buffer = this.#options.readPng(`${face}-${wanted.ink}-${px}.png`)
      image.addRepresentation({ scaleFactor, width: px, height: px, buffer })
    }
    if (wanted.template) image.setTemplateImage(true)
    this.#images.set(key, image)
    return image
  }
}

function keyOf(face: TrayFace, image: TrayImage): string {
  return `${face} ${image.ink} ${image.sizes.map(({ px }) => px).join(' ')}`
}
