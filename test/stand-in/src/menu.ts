import { normalAccelerator } from './accelerator.ts'
import type { BrowserWindow } from './browser-window.ts'
import { carryOut, roleOf, type MenuSystem } from './menu-roles.ts'
import { NativeImage } from './native-image.ts'
import { makeEvent, notInStandIn, StrictEmitter, StrictObject } from './strict.ts'

type Template = Electron.MenuItemConstructorOptions

const types = ['normal', 'separator', 'submenu', 'checkbox', 'radio', 'header', 'palette'] as const
type ItemType = typeof types[number]

/** Options that only sort or decorate on other systems, and that the stand-in does not carry out. */
const notHere = ['before', 'after', 'beforeGroupContaining', 'afterGroupContaining', 'badge', 'sharingItem', 'selector']

let system: MenuSystem | null = null
export function setMenuSystem(made: MenuSystem): void { system = made }

let nextCommandId = 0

export class MenuItem extends StrictObject {
  readonly commandId = ++nextCommandId
  readonly type: ItemType
  readonly role: string | undefined
  readonly id: string | undefined
  readonly accelerator: string | null
  readonly submenu: Menu | null
  label: string
  accessibilityLabel: string
  sublabel: string
  toolTip: string
  enabled: boolean
  visible: boolean
  readonly registerAccelerator: boolean
  readonly acceleratorWorksWhenHidden: boolean
  icon: unknown
  menu: Menu | null = null
  click: (event?: unknown, focusedWindow?: unknown, focusedWebContents?: unknown) => void
  #checked: boolean

  constructor(options: Template) {
    super()
    for (const name of notHere) if (name in options) throw notInStandIn(`MenuItem's option ${name}`)
    const role = roleOf(options.role)
    this.role = options.role?.toLowerCase()
    const submenu = (options.submenu as Menu | Template[] | undefined) ?? role?.submenu
    this.submenu = submenu === undefined || (submenu as unknown) === null ? null : submenu instanceof Menu ? submenu : Menu.buildFromTemplate(submenu)
    this.type = options.type ?? (this.submenu ? 'submenu' : 'normal')
    if (this.type === 'submenu' && !this.submenu) throw new Error('Invalid submenu')
    if (!types.includes(this.type)) throw new Error(`Unknown menu item type: ${String(this.type)}`)
    this.id = options.id
    this.accelerator = options.accelerator ?? role?.accelerator ?? null
    if (this.accelerator !== null && normalAccelerator(this.accelerator) === null) throw new Error(`${this.accelerator} is no accelerator: Electron would show the item without it, the stand-in refuses it`)
    if (options.icon !== undefined && typeof options.icon !== 'string' && !(options.icon as unknown instanceof NativeImage)) throw new Error('Argument must be a file path or a NativeImage')
    const roleLabel = typeof role?.label === 'function' ? role.label(system?.app.getName() ?? '') : role?.label
    this.label = options.label ?? roleLabel ?? ''
    this.accessibilityLabel = options.accessibilityLabel ?? ''
    this.sublabel = options.sublabel ?? ''
    this.toolTip = options.toolTip ?? ''
    this.enabled = options.enabled ?? true
    this.visible = options.visible ?? true
    this.registerAccelerator = options.registerAccelerator ?? !['copy', 'cut', 'paste', 'pasteandmatchstyle'].includes(this.role ?? '')
    this.acceleratorWorksWhenHidden = options.acceleratorWorksWhenHidden ?? true
    this.#checked = options.checked ?? false
    this.icon = options.icon ?? null
    const { click } = options
    this.click = (event, focusedWindow) => {
      if (this.type === 'checkbox' || this.type === 'radio') this.checked = !this.checked
      if (!carryOut(role, system) && typeof click === 'function') (click as (...args: unknown[]) => void)(this, focusedWindow, event)
    }
    for (const name of ['commandId', 'type', 'role', 'accelerator', 'submenu'] as const) Object.defineProperty(this, name, { value: this[name], writable: false, enumerable: true })
  }

  get checked(): boolean { return this.#checked }
  /** Of a radio item any assignment checks it and unchecks its group. */
  set checked(on: boolean) {
    if (this.type !== 'radio' || !this.menu) {
      this.#checked = on
      return
    }
    for (const other of this.menu.radioGroup(this)) other.#checked = other === this
  }

  /** macOS's: the key that a person has chosen instead. */
  get userAccelerator(): null { return null }

  /** A radio group without a choice gets its first item when the menu is shown. */
  static settleRadios(menu: Menu): void {
    for (const item of menu.items) {
      if (item.type !== 'radio') continue
      const group = menu.radioGroup(item)
      const [first] = group
      if (first && !group.some((other) => other.#checked)) first.#checked = true
    }
  }
}

/** A menu that stands open because of `popup`. */
interface Popup { menu: Menu, window: BrowserWindow, x: number, y: number, callback: () => void }

export class Menu extends StrictEmitter {
  static #application: Menu | null = null
  /** Open pop-up menus, newest last. */
  static readonly popups: Popup[] = []
  readonly items: MenuItem[] = []

  static buildFromTemplate(template: (Template | MenuItem)[]): Menu {
    if (!Array.isArray(template)) throw new TypeError('Invalid template for Menu: Menu template must be an array')
    const valid = template.every((item: unknown) => item !== null && typeof item === 'object' && (Object.hasOwn(item, 'label') || Object.hasOwn(item, 'role') || (item as Template).type === 'separator'))
    if (!valid) throw new TypeError('Invalid template for MenuItem: must have at least one of label, role or type')
    const isLine = (item: Template | MenuItem | undefined): boolean => item?.type === 'separator'
    const folded = template.filter((item, index) => item.visible === false || !isLine(item) || index === 0 || !isLine(template[index - 1]))
    const kept = folded.filter((item, index) => item.visible === false || !isLine(item) || (index !== 0 && index !== folded.length - 1))
    const menu = new Menu()
    for (const item of kept) menu.append(item instanceof MenuItem ? item : new MenuItem(item))
    return menu
  }

  static setApplicationMenu(menu: Menu | null): void {
    if (menu && !(menu instanceof Menu)) throw new TypeError('Invalid menu')
    Menu.#application = menu
    // Not macOS: the menu is every window's own.
    for (const window of system?.windows() ?? []) window.setMenu(menu)
  }
  static getApplicationMenu(): Menu | null { return Menu.#application }
  /** macOS only. */
  static sendActionToFirstResponder(): void { return undefined }

  append(item: MenuItem): void { this.insert(this.items.length, item) }

  insert(position: number, item: MenuItem): void {
    if (!(item as unknown instanceof MenuItem)) throw new TypeError('Invalid item')
    if (position < 0) throw new RangeError(`Position ${position} cannot be less than 0`)
    if (position > this.items.length) throw new RangeError(`Position ${position} cannot be greater than the total MenuItem count`)
    Object.defineProperty(item, 'menu', { value: this, writable: false, enumerable: false })
    this.items.splice(position, 0, item)
    // Of several that came in checked the last one keeps it.
    if (item.type === 'radio' && item.checked) item.checked = true
  }

  getMenuItemById(id: string): MenuItem | null {
    const own = this.items.find((item) => item.id === id)
    if (own) return own
    for (const item of this.items) {
      const found = item.submenu?.getMenuItemById(id)
      if (found) return found
    }
    return null
  }

  popup(options: { window?: unknown, x?: number, y?: number, callback?: () => void } = {}): void {
    if (options === null || typeof options !== 'object') throw new TypeError('Options must be an object')
    const windows = system?.windows() ?? []
    const window = windows.find((item) => item === options.window) ?? system?.focusedWindow() ?? windows[0]
    if (!window) throw new Error('Cannot open Menu without a BaseWindow present')
    this.willShow()
    Menu.popups.push({ menu: this, window, x: options.x ?? -1, y: options.y ?? -1, callback: typeof options.callback === 'function' ? options.callback : () => undefined })
  }

  closePopup(window?: unknown): void {
    for (const popup of Menu.popups.filter((item) => item.menu === this && (window === undefined || item.window === window))) {
      Menu.popups.splice(Menu.popups.indexOf(popup), 1)
      this.emit('menu-will-close', makeEvent({}))
      popup.callback()
    }
  }

  /** For a menu that comes into view. */
  willShow(): void {
    MenuItem.settleRadios(this)
    this.emit('menu-will-show', makeEvent({}))
  }

  /** The radio items around this one, up to the next separators. */
  radioGroup(item: MenuItem): MenuItem[] {
    const at = this.items.indexOf(item)
    const isLine = (index: number): boolean => this.items[index]?.type === 'separator'
    let [first, last] = [at, at]
    while (first > 0 && !isLine(first - 1)) first--
    while (last < this.items.length - 1 && !isLine(last + 1)) last++
    return this.items.slice(first, last + 1).filter(({ type }) => type === 'radio')
  }
}

/** A menu's item as a person sees it. */
export interface ShownItem {
  label: string
  type: ItemType
  enabled: boolean
  checked: boolean
  role?: string
  id?: string
  accelerator?: string
  submenu?: ShownItem[]
}

const itemOf = new WeakMap<ShownItem, MenuItem>()

/** What a person sees when the menu is open: hidden items are left out. */
export function shownItems(menu: Menu): ShownItem[] {
  MenuItem.settleRadios(menu)
  return menu.items.filter(({ visible }) => visible).map((item) => {
    const { label, type, enabled, checked, role, id, accelerator, submenu } = item
    const shown: ShownItem = {
      label, type, enabled, checked, ...role === undefined ? {} : { role }, ...id === undefined ? {} : { id },
      ...accelerator === null ? {} : { accelerator }, ...submenu ? { submenu: shownItems(submenu) } : {},
    }
    itemOf.set(shown, item)
    return shown
  })
}

/** How Electron says in which way an item was chosen. */
export function clickEvent(triggeredByAccelerator: boolean): object {
  return makeEvent({ ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, triggeredByAccelerator })
}

/** A person chooses an item, by the labels on the way to it; false where there is none to choose: hidden, disabled, not a leaf. */
export function chooseItem(items: ShownItem[] | undefined, path: string | string[]): boolean {
  const [label, ...rest] = typeof path === 'string' ? [path] : path
  const shown = items?.find((entry) => entry.label === label && entry.type !== 'separator')
  if (!shown?.enabled) return false
  if (rest.length > 0) return chooseItem(shown.submenu, rest)
  if (shown.submenu || shown.type === 'header') return false
  itemOf.get(shown)?.click(clickEvent(false), system?.focusedWindow() ?? undefined, system?.focusedContents() ?? undefined)
  return true
}

/** A person presses the keys of an item while a window with this menu has the focus; false where no item takes them. */
export function pressItemKeys(menu: Menu | null | undefined, accelerator: string): boolean {
  const wanted = normalAccelerator(accelerator)
  for (const item of menu?.items ?? []) {
    if (item.submenu) {
      if (pressItemKeys(item.submenu, accelerator)) return true
    } else if (wanted !== null && item.enabled && item.registerAccelerator && (item.visible || item.acceleratorWorksWhenHidden) && normalAccelerator(item.accelerator) === wanted) {
      item.click(clickEvent(true), system?.focusedWindow() ?? undefined, system?.focusedContents() ?? undefined)
      return true
    }
  }
  return false
}
