import { describe, expect, test } from 'vitest'
import { root } from './harness.ts'
import { makeStandIn } from './src/electron-module.ts'
import type { Monitor } from './src/screen.ts'

const say = (action: () => unknown): unknown => { try { return action() } catch (error) { return (error as Error).message } }
const soon = (): Promise<void> => new Promise((done) => { setTimeout(done, 2) })

/** The module as an app gets it, without Chromium: nothing here needs a page. */
function standIn(ready = true) {
  const made = makeStandIn({ appPath: root, package: { productName: 'Fixture' }, switches: new Map(), executable: '', debuggingPort: undefined })
  if (ready) made.app.becomeReady()
  return { ...made.module as typeof Electron, control: made.control, becomeReady: () => { made.app.becomeReady() } }
}

describe('screen', () => {
  const left: Monitor = { id: 1, bounds: { x: 0, y: 0, width: 1920, height: 1080 }, workArea: { x: 0, y: 30, width: 1920, height: 1050 }, internal: true }
  const right: Monitor = { id: 2, bounds: { x: 1920, y: 0, width: 1280, height: 1024 }, scaleFactor: 2, label: 'Beamer' }

  test('cannot be touched before ready', () => {
    const { screen, becomeReady } = standIn(false)
    const text = "The 'screen' module can't be used before the app 'ready' event"
    expect([say(() => screen.getPrimaryDisplay()), say(() => screen.on('display-added', () => undefined)), say(() => screen.getCursorScreenPoint())]).toEqual([text, text, text])
    becomeReady()
    expect(screen.getPrimaryDisplay().bounds).toEqual({ x: 0, y: 0, width: 1280, height: 900 })
  })

  test('finds displays by point and by rectangle; wrong arguments are refused', () => {
    const { screen, control } = standIn()
    control.setDisplays([left, right])
    control.moveCursor(2000, 40)
    expect(screen.getAllDisplays().map(({ id, label, workAreaSize, scaleFactor, internal }) => [id, label, workAreaSize.height, scaleFactor, internal])).toEqual([[1, 'Display 1', 1050, 1, true], [2, 'Beamer', 1024, 2, false]])
    expect(screen.getCursorScreenPoint()).toEqual({ x: 2000, y: 40 })
    expect([{ x: 2000, y: 40 }, { x: 1919, y: 0 }, { x: -50, y: 5000 }, { x: 9000, y: -9 }].map((point) => screen.getDisplayNearestPoint(point).id)).toEqual([2, 1, 1, 2])
    const at = (x: number, width: number): number => screen.getDisplayMatching({ x, y: 0, width, height: 100 }).id
    expect([at(0, 100), at(1900, 100), at(1800, 130), at(5000, 10), at(-500, 10)]).toEqual([1, 2, 1, 2, 1])
    expect([say(() => screen.getDisplayNearestPoint({ x: 1 } as never)), say(() => screen.getDisplayMatching({ x: 0.5, y: 0, width: 1, height: 1 })), say(() => screen.getDisplayMatching(undefined as never))]).toEqual([
      'Error processing argument at index 0, conversion failure from #<Object>', 'Error processing argument at index 0, conversion failure from #<Object>', 'Error processing argument at index 0, conversion failure from undefined',
    ])
  })

  test('tells of displays that come, go and change, a moment later', async () => {
    const { screen, control } = standIn()
    const seen: unknown[] = []
    screen.on('display-added', (_event, { id }) => { seen.push(['added', id, screen.getAllDisplays().length]) })
    screen.on('display-removed', (_event, { id }) => { seen.push(['removed', id]) })
    screen.on('display-metrics-changed', (_event, { id }, metrics) => { seen.push(['changed', id, metrics]) })
    control.setDisplays([left, right])
    expect(seen).toEqual([])
    await soon()
    control.setDisplays([{ ...left, scaleFactor: 1.5 }])
    await soon()
    expect(seen).toEqual([['changed', 1, ['bounds', 'workArea']], ['added', 2, 2], ['removed', 2], ['changed', 1, ['scaleFactor']]])
  })
})

test('powerSaveBlocker: numbers from 0, the stronger kind rules, wrong types are refused', () => {
  const { powerSaveBlocker, control } = standIn()
  const first = powerSaveBlocker.start('prevent-app-suspension')
  const second = powerSaveBlocker.start('prevent-display-sleep')
  const states: unknown[] = [first, second, powerSaveBlocker.isStarted(first), powerSaveBlocker.isStarted(9), control.powerSaving()]
  states.push(powerSaveBlocker.stop(second), powerSaveBlocker.stop(second), control.powerSaving().inForce, powerSaveBlocker.stop(first), control.powerSaving().inForce)
  expect(states).toEqual([
    0, 1, true, false, { inForce: 'prevent-display-sleep', running: [{ id: 0, type: 'prevent-app-suspension' }, { id: 1, type: 'prevent-display-sleep' }] }, true, false, 'prevent-app-suspension', true, null,
  ])
  expect([say(() => powerSaveBlocker.start('never' as never)), say(() => powerSaveBlocker.stop(undefined as never)), say(() => standIn(false).powerSaveBlocker.start('prevent-app-suspension'))]).toEqual([
    'Error processing argument at index 0, conversion failure from never', 'Error processing argument at index 0, conversion failure from undefined', 'powerSaveBlocker.start before the app is ready is not in the stand-in',
  ])
})

test('powerMonitor: every event, idle and locked; a prevented shutdown shows', () => {
  const { powerMonitor, control } = standIn()
  const seen: string[] = []
  for (const name of ['suspend', 'resume', 'lock-screen', 'unlock-screen', 'on-battery', 'on-ac'] as const) {
    powerMonitor.on(name as 'suspend', () => { seen.push(name) })
    expect(control.power(name)).toBe(true)
    if (name === 'lock-screen') expect(powerMonitor.getSystemIdleState(60)).toBe('locked')
    if (name === 'on-battery') expect([powerMonitor.isOnBatteryPower(), powerMonitor.onBatteryPower]).toEqual([true, true])
  }
  expect(seen).toEqual(['suspend', 'resume', 'lock-screen', 'unlock-screen', 'on-battery', 'on-ac'])
  control.outside.idleSeconds = 61
  expect([powerMonitor.getSystemIdleState(60), powerMonitor.getSystemIdleState(62), powerMonitor.getSystemIdleTime(), say(() => powerMonitor.getSystemIdleState(0)), say(() => powerMonitor.getSystemIdleState('x' as never))]).toEqual(
    ['idle', 'active', 61, 'Invalid idle threshold, must be greater than 0', 'Error processing argument at index 0, conversion failure from x'])
  powerMonitor.on('shutdown', ((event: Electron.Event) => { event.preventDefault() }) as () => void)
  expect(control.power('shutdown')).toBe(false)
})

describe('dialogs', () => {
  test('a dialog waits for its answer; an answer may be there before it', async () => {
    const { dialog, control } = standIn()
    const asked = dialog.showMessageBox({ message: 'Delete all?', buttons: ['Delete', 'Cancel'] })
    const save = dialog.showSaveDialog({ defaultPath: 'talk.md' })
    expect(control.dialogs.open()).toMatchObject([{ kind: 'message', windowId: null, options: { message: 'Delete all?' } }, { kind: 'save', options: { defaultPath: 'talk.md' } }])
    expect(say(() => { control.dialogs.answer({ response: 'Perhaps' }) })).toBe('The message box has no button Perhaps, only Delete, Cancel')
    control.dialogs.answer({ response: 'Delete' })
    control.dialogs.answer({ filePath: '/tmp/talk.md' })
    expect([await asked, await save, control.dialogs.open()]).toEqual([{ response: 0, checkboxChecked: false }, { canceled: false, filePath: '/tmp/talk.md' }, []])
    control.dialogs.answer('cancel')
    control.dialogs.answer('cancel')
    control.dialogs.answer('cancel')
    control.dialogs.answer({ filePaths: ['/a', '/b'] })
    expect([await dialog.showMessageBox({ message: 'Sure?', buttons: ['Yes', 'No'] }), await dialog.showMessageBox({ message: 'Sure?', buttons: ['A', 'B'], defaultId: 0 }), await dialog.showOpenDialog({}), await dialog.showOpenDialog({ properties: ['openFile', 'multiSelections'] })]).toEqual([
      { response: 1, checkboxChecked: false }, { response: 1, checkboxChecked: false }, { canceled: true, filePaths: [] }, { canceled: false, filePaths: ['/a', '/b'] },
    ])
    const away = new AbortController()
    const gone = dialog.showMessageBox({ message: 'x', buttons: ['Go', 'Cancel'], signal: away.signal })
    away.abort()
    expect((await gone).response).toBe(1)
    control.dialogs.answer({ filePath: '/x' })
    await expect(dialog.showOpenDialog({})).rejects.toThrow('An open dialog is answered with files')
    expect(control.dialogs.shown.length).toBe(8)
  })

  test('Electron’s errors', () => {
    const { dialog } = standIn()
    const loose = dialog as unknown as Record<string, (options: object) => unknown>
    const text = (name: string, options: object): unknown => say(() => loose[name]?.(options))
    expect([
      text('showMessageBox', { type: 'x' }), text('showMessageBox', { buttons: 'OK' }), text('showMessageBox', { message: 1 }), text('showMessageBox', { checkboxChecked: true }), text('showOpenDialog', { properties: 'openFile' }),
      text('showOpenDialog', { title: 1 }), text('showSaveDialog', { defaultPath: 1 }), text('showMessageBoxSync', {}), say(() => standIn(false).dialog.showSaveDialog({})),
    ]).toEqual([
      'Invalid message box type', 'Buttons must be an array', 'Message must be a string', 'checkboxChecked requires that checkboxLabel also be passed', 'Properties must be an array',
      'Title must be a string', 'Default path must be a string', 'dialog.showMessageBoxSync, which would stop the whole app, is not in the stand-in', 'dialog module can only be used after app is ready',
    ])
  })
})

test('notifications: shown, clicked, acted on, waved away, refused, and not there at all', async () => {
  const { Notification, control } = standIn()
  const { notifications } = control
  const seen: unknown[] = []
  const make = (title: string): Electron.Notification => {
    const made = new Notification({ title, body: 'b', silent: true, actions: [{ type: 'button', text: 'Open' }] })
    for (const name of ['show', 'click', 'close', 'action', 'failed'] as const) made.on(name as 'action', (details, value) => { seen.push([title, name, ...value === undefined ? [] : [value], ...'reason' in details ? [details.reason] : []]) })
    return made
  }
  make('one').show()
  make('two').show()
  await soon()
  expect(notifications.visible()).toEqual([{ title: 'one', body: 'b', silent: true, urgency: 'normal', actions: ['Open'] }, { title: 'two', body: 'b', silent: true, urgency: 'normal', actions: ['Open'] }])
  expect([notifications.click(0), notifications.act('Shut'), notifications.act('Open'), notifications.click()]).toEqual([true, false, true, false])
  const three = make('three')
  three.show()
  notifications.close('timedOut')
  three.show()
  three.close()
  expect(notifications.close()).toBe(false)
  notifications.failNext('no bus')
  make('four').show()
  notifications.supported = false
  make('five').show()
  await soon()
  expect(seen.filter((item) => (item as string[])[1] !== 'show')).toEqual([['one', 'click'], ['one', 'close'], ['two', 'action', 0], ['two', 'close'], ['three', 'close', 'timedOut'], ['four', 'failed', 'no bus']])
  expect([Notification.isSupported(), notifications.shown.map(({ title }) => title), notifications.visible()]).toEqual([false, ['one', 'two', 'three', 'three'], []])
  expect([say(() => new (standIn(false).Notification)()), say(() => new Notification({ title: 1 } as never)), say(() => new Notification({ text: 'x' } as never)), say(() => new Notification({ urgency: 'very' } as never))]).toEqual([
    'Cannot create Notification before app is ready', 'Error processing argument at index 0, conversion failure from 1', "Notification's option text is unknown to Electron", 'Error processing argument at index 0, conversion failure from very',
  ])
})

test('shell and net: what is opened, what is refused, and no network', async () => {
  const { shell, net, control } = standIn()
  await shell.openExternal('https://example.test/')
  const opened = await shell.openPath('/tmp/logs')
  shell.showItemInFolder('/tmp/x.md')
  control.outside.openFails = 'no application is registered'
  const failed = [opened, await shell.openPath('/tmp/y'), await shell.openExternal('https://example.test/').catch((error: Error) => error.message), await shell.openExternal('nowhere').catch((error: Error) => error.message)]
  expect([control.outside.opened, failed]).toEqual([['https://example.test/', '/tmp/logs', '/tmp/x.md'], ['', 'no application is registered', 'no application is registered', 'Invalid URL']])
  const before = [net.isOnline(), net.online]
  control.outside.online = false
  expect([before, net.isOnline(), net.online, say(() => net.request('https://example.test/')), say(() => { shell.showItemInFolder(1 as never) })]).toEqual(
    [[true, true], false, false, 'net.request is not in the stand-in', 'Error processing argument at index 0, conversion failure from 1'])
})

test('nativeTheme follows every setting of the desktop and tells of each change once', async () => {
  const { nativeTheme, control } = standIn()
  let updates = 0
  nativeTheme.on('updated', () => { updates++ })
  const look = (): boolean[] => [nativeTheme.shouldUseDarkColors, nativeTheme.shouldUseHighContrastColors, nativeTheme.inForcedColorsMode, nativeTheme.shouldUseInvertedColorScheme, nativeTheme.prefersReducedTransparency]
  const before = look()
  control.setSystemLook({ highContrast: true, forcedColors: true })
  control.setSystemLook({ invertedColors: true, reducedTransparency: true, dark: true })
  control.setSystemLook({ dark: true })
  nativeTheme.themeSource = 'light'
  await soon()
  expect([before, look(), updates]).toEqual([[false, false, false, false, false], [false, true, true, true, true], 3])
})

test('39: globalShortcut knows every spelling of the same keys, and refuses what is none', () => {
  const { globalShortcut, control } = standIn()
  let pressed = 0
  const press = (): void => { pressed++ }
  control.takenShortcuts.add('Alt+F4')
  expect([globalShortcut.register('CmdOrCtrl+Shift+Space', press), globalShortcut.isRegistered('shift+control+space'), globalShortcut.register('Ctrl+Shift+Space', press), globalShortcut.register('alt+f4', press)]).toEqual([true, true, false, false])
  expect([control.pressShortcut('Shift+Ctrl+Space'), control.pressShortcut('Ctrl+Space'), pressed]).toEqual([true, false, 1])
  globalShortcut.registerAll(['F9', 'Alt+F4'], press)
  expect(globalShortcut.isRegistered('F9')).toBe(false)
  globalShortcut.unregister('Control+Shift+Space')
  expect(globalShortcut.isRegistered('CmdOrCtrl+Shift+Space')).toBe(false)
  const bad = (value: string): string => `Error processing argument at index 0, conversion failure from ${value}`
  expect([say(() => globalShortcut.register('Control', press)), say(() => globalShortcut.register('Ctrl+Ä', press)), say(() => globalShortcut.isRegistered('A+B')), say(() => globalShortcut.register('F9', undefined as never)), say(() => standIn(false).globalShortcut.register('F9', press))]).toEqual(
    [bad('Control'), bad('Ctrl+Ä'), bad('A+B'), 'Error processing argument at index 1, conversion failure from undefined', 'globalShortcut cannot be used before the app is ready'])
})

test('the app and the desktop: schemes, login items without effect, and nothing of macOS', () => {
  const { app, control } = standIn()
  expect([app.isDefaultProtocolClient('parley'), app.setAsDefaultProtocolClient('parley'), app.isDefaultProtocolClient('parley'), app.removeAsDefaultProtocolClient('parley'), app.getApplicationNameForProtocol('parley://x')]).toEqual([false, true, true, false, 'stand-in.desktop'])
  control.desktop.protocolsRefused = true
  expect([app.setAsDefaultProtocolClient('other'), [...control.desktop.protocols], app.setAsDefaultProtocolClient('no scheme'), say(() => app.setAsDefaultProtocolClient(1 as never))]).toEqual([false, ['parley'], false, 'Error processing argument at index 0, conversion failure from 1'])
  app.setLoginItemSettings({ openAtLogin: true })
  app.setAppUserModelId('org.example.App')
  const bare = app as unknown as Record<string, unknown>
  expect([app.getLoginItemSettings().openAtLogin, control.desktop.appUserModelId, bare['dock'], bare['hide'], bare['show'], bare['isHidden'], say(() => { app.setLoginItemSettings({ openAsHidden: true } as never) })]).toEqual([false, 'org.example.App', undefined, undefined, undefined, undefined, 'openAsHidden is gone since Electron 44'])
})

test('links: by a second start, told after ready only, and by open-url, taken or not', async () => {
  const { app, control, becomeReady } = standIn(false)
  const seen: unknown[] = []
  app.on('second-instance', (_event, argv, _cwd, data) => { seen.push([argv.at(-1), data]) })
  app.on('activate', (_event, visible) => { seen.push(['activate', visible]) })
  control.openLink('parley://talk', { show: true })
  await soon()
  expect(seen).toEqual([])
  becomeReady()
  control.secondInstance(['parley', '--toggle'])
  await soon()
  control.activate(false)
  expect(seen).toEqual([['parley://talk', { show: true }], ['--toggle', {}], ['activate', false]])
  const refused = control.openUrl('parley://settings')
  app.on('open-url', (event, url) => { seen.push(url); event.preventDefault() })
  expect([refused, control.openUrl('parley://settings'), seen.at(-1)]).toEqual([false, true, 'parley://settings'])
})
