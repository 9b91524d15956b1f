import { existsSync } from 'node:fs'
import { StrictEmitter } from './strict.ts'

type Template = Electron.MenuItemConstructorOptions

const roleLabels: Record<string, string> = {
  quit: 'Quit', copy: 'Copy', paste: 'Paste', cut: 'Cut', undo: 'Undo', redo: 'Redo', selectAll: 'Select All', minimize: 'Minimize',
  close: 'Close', about: 'About', reload: 'Reload', togglefullscreen: 'Toggle Full Screen', editMenu: 'Edit', fileMenu: 'File',
  viewMenu: 'View', windowMenu: 'Window', appMenu: 'App', zoomIn: 'Zoom In', zoomOut: 'Zoom Out', resetZoom: 'Actual Size', toggleDevTools: 'Toggle Developer Tools',
}
const types = ['normal', 'separator', 'submenu', 'checkbox', 'radio', 'header', 'palette']
let nextCommandId = 0

export class MenuItem {
  readonly commandId = ++nextCommandId
  readonly type: string
  readonly role: string | undefined
  readonly id: string | undefined
  readonly accelerator: string | undefined
  readonly submenu: Menu | null
  label: string
  sublabel: string
  toolTip: string
  enabled: boolean
  visible: boolean
  checked: boolean
  icon: unknown
  menu: Menu | null = null
  click: (...args: unknown[]) => void

  constructor(options: Template) {
    const submenu = options.submenu as Menu | Template[] | undefined
    this.submenu = submenu === undefined ? null : submenu instanceof Menu ? submenu : Menu.buildFromTemplate(submenu)
    this.type = options.type ?? (this.submenu ? 'submenu' : 'normal')
    if (!types.includes(this.type)) throw new Error(`Unknown menu item type: ${this.type}`)
    this.role = options.role
    this.id = options.id
    this.accelerator = options.accelerator
    this.label = options.label ?? roleLabels[options.role ?? ''] ?? ''
    if (this.label === '' && this.type !== 'separator' && options.role === undefined) throw new Error('Invalid template for MenuItem: must have at least one of label, role or type')
    this.sublabel = options.sublabel ?? ''
    this.toolTip = options.toolTip ?? ''
    this.enabled = options.enabled ?? true
    this.visible = options.visible ?? true
    this.checked = options.checked ?? false
    this.icon = options.icon
    const { click } = options as { click?: (...args: unknown[]) => void }
    this.click = (...args) => {
      if (this.type === 'checkbox') this.checked = !this.checked
      if (this.type === 'radio') this.checked = true
      click?.(this, ...args)
    }
  }
}

export class Menu extends StrictEmitter {
  static #application: Menu | null = null
  readonly items: MenuItem[] = []

  static buildFromTemplate(template: (Template | MenuItem)[]): Menu {
    if (!Array.isArray(template)) throw new TypeError('Invalid template for Menu: Menu template must be an array')
    const menu = new Menu()
    for (const item of template) menu.append(item instanceof MenuItem ? item : new MenuItem(item))
    return menu
  }
  static setApplicationMenu(menu: Menu | null): void {
    if (menu !== null && !(menu instanceof Menu)) throw new TypeError('Invalid menu')
    Menu.#application = menu
  }
  static getApplicationMenu(): Menu | null { return Menu.#application }
  static sendActionToFirstResponder(): void { return undefined }

  append(item: MenuItem): void { this.insert(this.items.length, item) }
  insert(position: number, item: MenuItem): void {
    item.menu = this
    this.items.splice(position, 0, item)
  }
  getMenuItemById(id: string): MenuItem | null {
    for (const item of this.items) {
      const found = item.id === id ? item : item.submenu?.getMenuItemById(id)
      if (found) return found
    }
    return null
  }
  popup(options: { callback?: () => void } = {}): void {
    this.emit('menu-will-show')
    poppedUp.push(this)
    void options
  }
  closePopup(): void { this.emit('menu-will-close') }
}

/** Menus shown with `popup`, newest last; a test picks from them. */
export const poppedUp: Menu[] = []

export class NativeImage {
  #png: Buffer
  #path: string | null
  #template = false
  constructor(png: Buffer, path: string | null) {
    this.#png = png
    this.#path = path
  }
  isEmpty(): boolean { return this.#png.length === 0 && this.#path === null }
  toPNG(): Buffer { return this.#png }
  toDataURL(): string { return `data:image/png;base64,${this.#png.toString('base64')}` }
  getSize(): { width: number, height: number } {
    return this.#png.length >= 24 ? { width: this.#png.readUInt32BE(16), height: this.#png.readUInt32BE(20) } : { width: 0, height: 0 }
  }
  resize(): NativeImage { return this }
  addRepresentation(): void { return undefined }
  setTemplateImage(on: boolean): void { this.#template = on }
  isTemplateImage(): boolean { return this.#template }
}

export class Tray extends StrictEmitter {
  static readonly all: Tray[] = []
  #destroyed = false
  #toolTip = ''
  #title = ''
  #menu: Menu | null = null
  #image: unknown

  constructor(image: NativeImage | string, guid?: string) {
    super()
    void guid
    this.setImage(image)
    Tray.all.push(this)
  }
  /** What a person would see; for tests. */
  get standInState(): { toolTip: string, title: string, menu: Menu | null, image: unknown } {
    return { toolTip: this.#toolTip, title: this.#title, menu: this.#menu, image: this.#image }
  }
  isDestroyed(): boolean { return this.#destroyed }
  destroy(): void {
    this.#destroyed = true
    const at = Tray.all.indexOf(this)
    if (at >= 0) Tray.all.splice(at, 1)
  }
  setImage(image: NativeImage | string): void {
    if (typeof image === 'string' && !existsSync(image)) throw new Error(`Failed to load image from path '${image}'`)
    if (typeof image !== 'string' && !(image instanceof NativeImage)) throw new TypeError('Argument must be a file path or a NativeImage')
    this.#image = image
  }
  setPressedImage(): void { return undefined }
  setToolTip(text: string): void { this.#toolTip = text }
  setTitle(text: string): void { this.#title = text }
  getTitle(): string { return this.#title }
  setContextMenu(menu: Menu | null): void { this.#menu = menu }
  setIgnoreDoubleClickEvents(): void { return undefined }
}
