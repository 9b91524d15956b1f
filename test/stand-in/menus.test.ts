import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchFixture, root, type Fixture } from './harness.ts'
import type { StandInControl } from './src/control.ts'
import { makeStandIn } from './src/electron-module.ts'
import { decodePng, encodePng } from './src/png.ts'

type WithControl = typeof globalThis & { __standIn: StandInControl }

const say = (action: () => unknown): unknown => { try { return action() } catch (error) { return (error as Error).message } }
const folder = mkdtempSync(join(tmpdir(), 'stand-in-menus-'))
const png = (width: number, height: number, color = 0x336699ff): Buffer => {
  const rgba = Buffer.alloc(width * height * 4)
  for (let at = 0; at < rgba.length; at += 4) rgba.writeUInt32BE(color, at)
  return encodePng({ width, height, rgba })
}
const icon = join(folder, 'icon.png')
writeFileSync(icon, png(16, 16))
writeFileSync(join(folder, 'icon@2x.png'), png(32, 32, 0xff0000ff))
writeFileSync(join(folder, 'muteTemplate.png'), png(16, 16))
writeFileSync(join(folder, 'broken.png'), Buffer.from('no picture'))

afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

/** The module as an app gets it, without Chromium: for what needs no page. */
function standInModule(): { electron: typeof Electron, control: StandInControl, becomeReady(): void } {
  const made = makeStandIn({ appPath: root, package: { productName: 'Fixture' }, switches: new Map(), executable: '', debuggingPort: undefined })
  return { electron: made.module as typeof Electron, control: made.control, becomeReady: () => { made.app.becomeReady() } }
}

describe('nativeImage', () => {
  const { electron: { nativeImage } } = standInModule()

  test('files with their @2x beside them, buffers and data URLs; what is none is empty', () => {
    const image = nativeImage.createFromPath(icon)
    expect([image.isEmpty(), image.getSize(), image.getScaleFactors(), image.getAspectRatio()]).toEqual([false, { width: 16, height: 16 }, [1, 2], 1])
    expect(image.toPNG().equals(png(16, 16))).toBe(true)
    expect(decodePng(image.toPNG({ scaleFactor: 2 }))).toMatchObject({ width: 32, height: 32 })
    expect(decodePng(image.toPNG({ scaleFactor: 2 }))?.rgba.readUInt32BE(0)).toBe(0xff0000ff)
    expect(nativeImage.createFromDataURL(image.toDataURL()).getSize()).toEqual({ width: 16, height: 16 })
    expect(nativeImage.createFromBuffer(png(20, 10), { scaleFactor: 2 }).getSize()).toEqual({ width: 10, height: 5 })
    for (const empty of [nativeImage.createEmpty(), nativeImage.createFromPath('/nowhere.png'), nativeImage.createFromPath(join(folder, 'broken.png')), nativeImage.createFromBuffer(Buffer.from('x')), nativeImage.createFromDataURL('data:text/plain,x')]) {
      expect([empty.isEmpty(), empty.getSize(), empty.toPNG().length]).toEqual([true, { width: 0, height: 0 }, 0])
    }
  })

  test('resize keeps the proportions and every rendering; addRepresentation adds one', () => {
    const wide = nativeImage.createFromBuffer(png(40, 20))
    expect([wide.resize({ width: 10 }), wide.resize({ height: 10 }), wide.resize({ width: 3, height: 3 }), wide.resize({ width: 0 })].map((item) => item.getSize())).toEqual(
      [{ width: 10, height: 5 }, { width: 20, height: 10 }, { width: 3, height: 3 }, { width: 0, height: 0 }])
    expect(decodePng(wide.resize({ width: 10 }).toPNG())?.rgba.readUInt32BE(0)).toBe(0x336699ff)
    expect(nativeImage.createFromPath(icon).resize({ width: 8 }).getScaleFactors()).toEqual([1, 2])
    const made = nativeImage.createEmpty()
    made.addRepresentation({ scaleFactor: 1, buffer: png(16, 16) })
    made.addRepresentation({ scaleFactor: 2, dataURL: `data:image/png;base64,${png(32, 32).toString('base64')}` })
    made.addRepresentation({ scaleFactor: 3, buffer: Buffer.from('no picture') })
    expect([made.isEmpty(), made.getScaleFactors(), made.getSize()]).toEqual([false, [1, 2], { width: 16, height: 16 }])
  })

  test('template images are for macOS alone; wrong arguments and what is missing are refused', () => {
    const image = nativeImage.createFromPath(icon)
    image.setTemplateImage(true)
    expect([image.isTemplateImage(), image.isMacTemplateImage]).toEqual([false, false])
    expect([
      say(() => nativeImage.createFromBuffer('x' as never)), say(() => nativeImage.createFromPath(1 as never)), say(() => nativeImage.createFromBuffer(Buffer.from([0xff, 0xd8, 0xff]))),
      say(() => nativeImage.createFromBuffer(Buffer.alloc(4), { width: 1, height: 1 })), say(() => image.toJPEG(90)),
    ]).toEqual([
      'buffer must be a node Buffer', 'Error processing argument at index 0, conversion failure from 1', 'nativeImage from JPEG is not in the stand-in',
      'nativeImage.createFromBuffer with a raw bitmap is not in the stand-in', 'NativeImage.toJPEG is not in the stand-in',
    ])
  })

  test('every kind of PNG that drawing programs write is decoded', () => {
    // 2×1, palette of two with transparency, one bit a pixel; 1×1 grey with alpha.
    const palette = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAIAAAABAQMAAADO7O3JAAAABlBMVEX/AAAAAP+GPKLhAAAAAnRSTlP/gJ+l0QQAAAAKSURBVHjaY3AAAABCAEFzQ7wMAAAAAElFTkSuQmCC', 'base64')
    expect([...decodePng(palette)?.rgba ?? []]).toEqual([255, 0, 0, 255, 0, 0, 255, 128])
    expect(decodePng(png(3, 2).subarray(0, 50))).toBe(null)
  })
})

describe('menus', () => {
  const { electron: { Menu, MenuItem, app }, control } = standInModule()

  test('templates: Electron’s errors for bad ones', () => {
    const build = (template: unknown): unknown => say(() => Menu.buildFromTemplate(template as never))
    expect([
      build({}), build([null]), build([{}]), build([{ type: 'normal' }]), build([{ label: 'x', type: 'submenu' }]), build([{ label: 'x', type: 'list' }]),
      say(() => { Menu.setApplicationMenu({} as never) }), say(() => { new Menu().append({} as never) }), say(() => { new Menu().insert(2, new MenuItem({ label: 'x' })) }),
      say(() => { new Menu().insert(-1, new MenuItem({ label: 'x' })) }), say(() => { new Menu().popup(null as never) }), say(() => { new Menu().popup() }),
    ]).toEqual([
      'Invalid template for Menu: Menu template must be an array', ...Array<string>(3).fill('Invalid template for MenuItem: must have at least one of label, role or type'),
      'Invalid submenu', 'Unknown menu item type: list', 'Invalid menu', 'Invalid item', 'Position 2 cannot be greater than the total MenuItem count',
      'Position -1 cannot be less than 0', 'Options must be an object', 'Cannot open Menu without a BaseWindow present',
    ])
    expect(build([{ label: 'x', accelerator: 'Ctrl+Nothing' }])).toContain('Ctrl+Nothing is no accelerator')
    expect(build([{ label: 'x', before: ['y'] }])).toBe("MenuItem's option before is not in the stand-in")
    expect(say(() => { (Menu.buildFromTemplate([{ label: 'x' }]).items[0] as { type: string }).type = 'radio' })).toContain('read only')
  })

  test('items: roles bring label, keys and submenu; lines are folded; found by id at any depth', () => {
    const menu = Menu.buildFromTemplate([
      { type: 'separator' }, { role: 'quit' }, { type: 'separator' }, { type: 'separator' }, { role: 'editMenu' }, { label: 'More', submenu: [{ label: 'Deep', id: 'deep', enabled: false }] }, { type: 'separator' },
    ])
    expect(menu.items.map(({ label, type, accelerator, role }) => [label, type, accelerator, role])).toEqual([
      ['Quit', 'normal', 'CommandOrControl+Q', 'quit'], ['', 'separator', null, undefined], ['Edit', 'submenu', null, 'editmenu'], ['More', 'submenu', null, undefined],
    ])
    expect(menu.items[2]?.submenu?.items.map((item) => item.label)).toEqual(['Undo', 'Redo', '', 'Cut', 'Copy', 'Paste', 'Delete', '', 'Select All'])
    expect([menu.getMenuItemById('deep')?.label, menu.getMenuItemById('none'), menu.items[0]?.menu === menu]).toEqual(['Deep', null, true])
  })

  test('a click: arguments, checkboxes, radio groups between lines, and roles in its place', () => {
    const seen: unknown[] = []
    const note = (item: Electron.MenuItem, window: unknown, event: Electron.KeyboardEvent): void => { seen.push([item.label, item.checked, window, event.triggeredByAccelerator]) }
    const radio = (label: string, checked = false): Electron.MenuItemConstructorOptions => ({ label, type: 'radio', checked, click: note })
    const menu = Menu.buildFromTemplate([
      { label: 'Talk', accelerator: 'CmdOrCtrl+T', click: note }, { label: 'Mute', type: 'checkbox', click: note }, radio('A'), radio('B', true), { type: 'separator' }, radio('C'),
      { label: 'Off', enabled: false, click: note }, { label: 'Hidden', visible: false, click: note }, { label: 'More', submenu: [{ label: 'Inner', click: note }] }, { role: 'quit', click: note },
    ])
    Menu.setApplicationMenu(menu)
    const pick = control.pickMenuItem
    expect([pick('Talk'), pick('Mute'), pick('A'), pick('Off'), pick('Hidden'), pick('More'), pick(['More', 'Inner']), pick('None'), control.pressMenuKeys('Control+T'), control.pressMenuKeys('Control+Y')]).toEqual(
      [true, true, true, false, false, false, true, false, true, false])
    expect(seen).toEqual([['Talk', false, undefined, false], ['Mute', true, undefined, false], ['A', true, undefined, false], ['Inner', false, undefined, false], ['Talk', false, undefined, true]])
    // C is alone in its group: shown, it is checked.
    expect(control.applicationMenu()?.filter((item) => item.checked).map((item) => item.label)).toEqual(['Mute', 'A', 'C'])
    expect(control.applicationMenu()?.map((item) => item.label)).not.toContain('Hidden')
    let quits = 0
    app.on('before-quit', (event) => { quits++; event.preventDefault() })
    expect([pick('Quit'), quits, seen.length]).toEqual([true, 1, 5])
    Menu.setApplicationMenu(null)
    expect([Menu.getApplicationMenu(), control.applicationMenu(), pick('Talk')]).toEqual([null, null, false])
  })
})

describe('the tray', () => {
  test('40: not before ready; a missing image, a bad GUID, a bad menu and what is destroyed are refused', () => {
    const { electron: { Tray, nativeImage }, control, becomeReady } = standInModule()
    const early = say(() => new Tray(icon))
    becomeReady()
    expect([early, say(() => new Tray('/nowhere.png')), say(() => new Tray(join(folder, 'broken.png'))), say(() => new Tray({} as never)), say(() => new Tray(icon, 'no guid'))]).toEqual([
      'Cannot create Tray before app is ready', "Failed to load image from path '/nowhere.png'", `Failed to load image from path '${join(folder, 'broken.png')}'`, 'Argument must be a file path or a NativeImage', 'Invalid GUID format',
    ])
    expect(control.trays()).toEqual([])
    const tray = new Tray(nativeImage.createEmpty(), '12345678-1234-1234-1234-123456789abc')
    expect([say(() => { tray.setContextMenu({} as never) }), say(() => { tray.setImage(undefined as never) }), say(() => { tray.setToolTip(1 as never) })]).toEqual(
      ['Must pass Menu or null', 'Argument must be a file path or a NativeImage', 'Error processing argument at index 0, conversion failure from 1'])
    // Both are macOS's, and nothing on Linux.
    tray.setTitle('title')
    expect([tray.getTitle(), tray.getBounds(), tray.isDestroyed()]).toEqual(['', { x: 0, y: 0, width: 0, height: 0 }, false])
    tray.destroy()
    tray.destroy()
    expect([tray.isDestroyed(), control.trays(), say(() => { tray.setToolTip('late') }), say(() => { tray.setContextMenu(null) }), say(() => { control.clickTray() })]).toEqual(
      [true, [], 'Tray is destroyed', 'Tray is destroyed', 'There is no tray icon 0'])
  })

  test('clicks and choices reach the app; items are seen as they were when the menu was set', () => {
    const { electron: { Tray, Menu }, control, becomeReady } = standInModule()
    becomeReady()
    const seen: unknown[] = []
    const tray = new Tray(join(folder, 'muteTemplate.png'))
    tray.setToolTip('Parley, ready')
    for (const name of ['click', 'right-click', 'double-click'] as const) tray.on(name as 'click', (event, bounds, position) => { seen.push([name, event.shiftKey, bounds.width, position]) })
    const menu = Menu.buildFromTemplate([{ label: 'Talk', id: 'talk', click: () => { seen.push('talk') } }, { type: 'separator' }, { label: 'Persona', submenu: [{ label: 'Tutor', type: 'radio', click: (item) => { seen.push(item.checked) } }] }])
    tray.setContextMenu(menu)
    control.clickTray()
    control.clickTray(0, 'double-click')
    expect([control.pickTrayItem('Talk'), control.pickTrayItem(['Persona', 'Tutor']), control.pickTrayItem('None')]).toEqual([true, true, false])
    expect(seen).toEqual([['click', false, 0, { x: 0, y: 0 }], ['double-click', false, 0, undefined], 'talk', true])
    expect(control.trays()).toMatchObject([{ toolTip: 'Parley, ready', image: { path: join(folder, 'muteTemplate.png'), width: 16, height: 16, template: true }, items: [{ label: 'Talk', enabled: true, id: 'talk' }, { type: 'separator' }, { label: 'Persona', submenu: [{ label: 'Tutor', type: 'radio', checked: true }] }] }])
    const talk = menu.getMenuItemById('talk')
    if (talk) talk.enabled = false
    expect(control.trays()[0]?.items?.[0]?.enabled).toBe(true)
    tray.setContextMenu(menu)
    expect([control.trays()[0]?.items?.[0]?.enabled, control.pickTrayItem('Talk')]).toEqual([false, false])
    tray.setContextMenu(null)
    expect([control.trays()[0]?.items, control.pickTrayItem('Talk')]).toEqual([null, false])
    tray.setImage(icon)
    expect(control.trays()[0]?.image).toMatchObject({ path: icon, template: false })
    tray.destroy()
  })
})

describe('with windows', () => {
  let fixture: Fixture
  beforeAll(async () => { fixture = await launchFixture() })
  afterAll(async () => { await fixture.close() })

  test('a pop-up stands open until something is chosen or it is dismissed; roles act on the focused window', async () => {
    const id = await fixture.open('', { window: { show: true } })
    const seen = await fixture.app.evaluate(async ({ BrowserWindow, Menu, webContents }, about) => {
      const control = (globalThis as WithControl).__standIn
      const window = BrowserWindow.fromWebContents(webContents.fromId(about) as Electron.WebContents) as Electron.BrowserWindow
      const events: unknown[] = []
      const menu = Menu.buildFromTemplate([{ label: 'Mute', click: (_item, from) => { events.push(['mute', from === window]) } }, { role: 'minimize' }, { role: 'selectAll' }])
      menu.on('menu-will-show', () => { events.push('show') })
      menu.on('menu-will-close', () => { events.push('close') })
      const open = (): void => { menu.popup({ window, x: 5, y: 6, callback: () => { events.push('callback') } }) }
      open()
      const shown = control.popups()
      window.focus()
      const picked = [control.pickPopupItem('None'), control.popups().length, control.pickPopupItem('Mute'), control.popups().length, control.pickPopupItem('Mute')]
      open()
      picked.push(control.dismissPopup(), control.dismissPopup())
      await window.webContents.executeJavaScript('document.body.textContent = "words to select"')
      Menu.setApplicationMenu(menu)
      window.webContents.focus()
      picked.push(control.pickMenuItem('Select All'))
      let selected: unknown = ''
      for (let i = 0; i < 50 && selected === ''; i++) {
        await new Promise((done) => { setTimeout(done, 20) })
        selected = await window.webContents.executeJavaScript('String(getSelection())')
      }
      picked.push(control.pickMenuItem('Minimize'), window.isMinimized())
      Menu.setApplicationMenu(null)
      return { events, shown: [shown.length, shown[0]?.windowId === window.id, shown[0]?.x, shown[0]?.items.length], picked, selected }
    }, id)
    expect(seen).toEqual({
      events: ['show', ['mute', true], 'close', 'callback', 'show', 'close', 'callback'], shown: [1, true, 5, 3],
      picked: [false, 1, true, 0, false, true, false, true, true, true], selected: 'words to select',
    })
  })
})
