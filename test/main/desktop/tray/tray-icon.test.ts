import { afterEach, describe, expect, it } from 'vitest'
import { TrayIcon, type TrayShown } from '../../../../main/desktop/tray/tray-icon.ts'
import { makeStandIn } from '../../../stand-in/src/electron-module.ts'
import { memoryLog } from '../fakes.ts'

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

// The panel outlives what a test has made.
const made: TrayIcon[] = []
afterEach(() => {
  for (const icon of made.splice(0)) icon.dispose()
})

function setUp(impossible = false) {
  const standIn = makeStandIn({ appPath: '/', package: {}, switches: new Map(), executable: '', debuggingPort: undefined })
  standIn.app.becomeReady()
  const electron = standIn.module as typeof Electron
  const read: string[] = []
  const clicks: number[] = []
  let menus = 0
  const log = memoryLog()
  const icon = new TrayIcon({
    createTray: (image) => {
      if (impossible) throw new Error('no panel')
      return new electron.Tray(image)
    },
    createMenu: (template) => {
      menus++
      return electron.Menu.buildFromTemplate(template)
    },
    createImage: () => electron.nativeImage.createEmpty(),
    readPng: (name) => {
      read.push(name)
      return PNG
    },
    onClick: () => clicks.push(1),
    log,
  })
  made.push(icon)
  const shown = (more: Partial<TrayShown> = {}): TrayShown => ({
    face: 'idle',
    image: { ink: 'dark', template: false, sizes: [{ scaleFactor: 1, px: 16 }, { scaleFactor: 2, px: 32 }] },
    toolTip: 'Parley – Idle',
    menu: [{ label: 'Talk' }],
    menuKey: 'a',
    ...more,
  })
  return { icon, shown, control: standIn.control, read, clicks, log, menus: () => menus }
}

describe('the icon in the panel', () => {
  it('shows face, words and menu, and touches only what has changed', () => {
    const { icon, shown, control, read, menus } = setUp()
    expect(icon.present).toBe(false)
    icon.show(shown())
    icon.show(shown())
    expect([icon.present, control.trays().map(({ toolTip, items }) => [toolTip, items?.map(({ label }) => label)])]).toEqual([true, [['Parley – Idle', ['Talk']]]])
    expect([menus(), read]).toEqual([1, ['idle-dark-16.png', 'idle-dark-32.png']])
    icon.show(shown({ face: 'speaking', toolTip: 'Parley – Speaking' }))
    icon.show(shown())
    icon.show(shown({ menu: [{ label: 'Send' }], menuKey: 'b' }))
    expect([menus(), read.length]).toEqual([2, 4])
    expect(control.trays()[0]?.items?.map(({ label }) => label)).toEqual(['Send'])
  })

  it('a click shows the window', () => {
    const { icon, shown, control, clicks } = setUp()
    icon.show(shown())
    control.clickTray()
    expect(clicks).toEqual([1])
  })

  it('goes with Parley and does not come back', () => {
    const { icon, shown, control } = setUp()
    icon.show(shown())
    icon.dispose()
    icon.show(shown())
    expect([control.trays(), icon.present]).toEqual([[], false])
  })

  it('where there can be none, that is logged once and everything else goes on', () => {
    const { icon, shown, log } = setUp(true)
    icon.show(shown())
    icon.show(shown({ face: 'failed' }))
    expect([icon.present, log.lines.length]).toEqual([false, 1])
  })
})
