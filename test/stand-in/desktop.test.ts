import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchFixture, type Fixture } from './harness.ts'
import type { StandInControl } from './src/control.ts'

let fixture: Fixture
const folder = mkdtempSync(join(tmpdir(), 'stand-in-desktop-'))

beforeAll(async () => { fixture = await launchFixture() })
afterAll(async () => {
  await fixture.close()
  rmSync(folder, { recursive: true, force: true })
})

type WithControl = typeof globalThis & { __standIn: StandInControl }

test('paths: known ones, set ones, and the refusal of unknown ones', async () => {
  const seen = await fixture.app.evaluate(({ app }) => {
    const say = (action: () => unknown): unknown => { try { return action() } catch (error) { return (error as Error).message } }
    app.setPath('userData', '/tmp/elsewhere-for-parley')
    const set = app.getPath('userData')
    return [set, app.getPath('sessionData'), app.getPath('logs'), say(() => app.getPath('nowhere' as 'home')), say(() => { app.setPath('home', 'relative') }), say(() => { app.setPath('nowhere', '/x') }),
      app.commandLine.hasSwitch('user-data-dir'), app.commandLine.getSwitchValue('USER-DATA-DIR').endsWith('/user-data')]
  })
  expect(seen).toEqual(['/tmp/elsewhere-for-parley', '/tmp/elsewhere-for-parley', '/tmp/elsewhere-for-parley/logs', "Failed to get 'nowhere' path", 'Path must be absolute', "Failed to set 'nowhere' path", true, true])
  await fixture.app.evaluate(({ app }, path) => { app.setPath('userData', path) }, folder)
})

test('38: safeStorage encrypts for real, asynchronously, and refuses the deprecated calls', async () => {
  const seen = await fixture.app.evaluate(async ({ safeStorage }) => {
    const say = async (action: () => unknown): Promise<string> => { try { await action(); return 'fine' } catch (error) { return (error as Error).message.slice(0, 90) } }
    const texts = ['plain', 'ünïcödé 🎤 \ud800', '', 'x'.repeat(10_000)]
    const boxes = await Promise.all(texts.map((text) => safeStorage.encryptStringAsync(text)))
    const back = await Promise.all(boxes.map((box) => safeStorage.decryptStringAsync(box)))
    return {
      available: await safeStorage.isAsyncEncryptionAvailable(), backend: safeStorage.getSelectedStorageBackend(),
      buffers: boxes.every((box) => Buffer.isBuffer(box)), hidden: !boxes[0]?.includes('plain') && !boxes[0]?.equals(await safeStorage.encryptStringAsync('plain')),
      same: back.every(({ result, shouldReEncrypt }, i) => result === texts[i] && !shouldReEncrypt),
      plainBytes: await say(() => safeStorage.decryptStringAsync(Buffer.from('not encrypted at all'))), noBuffer: await say(() => safeStorage.decryptStringAsync('text' as never)),
      sync: await Promise.all(['encryptString', 'isEncryptionAvailable'].map((name) => say(() => (safeStorage as unknown as Record<string, (text: string) => unknown>)[name]?.('x')))),
    }
  })
  expect(seen).toEqual({
    available: true, backend: 'gnome_libsecret', buffers: true, hidden: true, same: true,
    plainBytes: expect.stringContaining('Error while decrypting') as string, noBuffer: expect.stringContaining('buffer') as string,
    sync: [expect.stringContaining('deprecated'), expect.stringContaining('deprecated')],
  })
  const others = await fixture.app.evaluate(async ({ safeStorage }) => {
    const control = (globalThis as WithControl).__standIn.safeStorage
    control.backend = 'basic_text'
    const basic = [safeStorage.getSelectedStorageBackend(), await safeStorage.isAsyncEncryptionAvailable()]
    control.backend = 'unavailable'
    const none = [await safeStorage.isAsyncEncryptionAvailable(), await safeStorage.encryptStringAsync('x').then(() => 'encrypted', () => 'refused')]
    control.backend = 'gnome_libsecret'
    control.shouldReEncrypt = true
    const again = (await safeStorage.decryptStringAsync(await safeStorage.encryptStringAsync('x'))).shouldReEncrypt
    control.shouldReEncrypt = false
    return { basic, none, again }
  })
  expect(others).toEqual({ basic: ['basic_text', false], none: [false, 'refused'], again: true })
})

test('39: global shortcuts', async () => {
  const seen = await fixture.app.evaluate(({ globalShortcut }) => {
    const { takenShortcuts, pressShortcut } = (globalThis as WithControl).__standIn
    let pressed = 0
    takenShortcuts.add('Alt+F4')
    const register = (name: string): boolean => globalShortcut.register(name, () => { pressed++ })
    const first = [register('Control+Space'), register('Control+B'), register('Alt+F4'), globalShortcut.isRegistered('Control+Space'), pressShortcut('Control+Space'), pressShortcut('Control+X')]
    globalShortcut.setSuspended(true)
    const suspended = [register('Control+C'), globalShortcut.isRegistered('Control+Space'), pressShortcut('Control+Space')]
    globalShortcut.setSuspended(false)
    globalShortcut.unregister('Control+Space')
    const after = [globalShortcut.isRegistered('Control+Space'), globalShortcut.isRegistered('Control+B')]
    globalShortcut.unregisterAll()
    return { first, suspended, after, all: globalShortcut.isRegistered('Control+B'), pressed }
  })
  expect(seen).toEqual({ first: [true, true, false, true, true, false], suspended: [false, true, false], after: [false, true], all: false, pressed: 1 })
})

test('the theme reaches the pages, from the app and from the desktop', async () => {
  const id = await fixture.open('')
  const dark = (): Promise<boolean> => fixture.run(id, `matchMedia('(prefers-color-scheme: dark)').matches`)
  expect(await dark()).toBe(false)
  const seen = await fixture.app.evaluate(async ({ nativeTheme }) => {
    const control = (globalThis as WithControl).__standIn
    let updates = 0
    nativeTheme.on('updated', () => { updates++ })
    const states = [nativeTheme.shouldUseDarkColors]
    control.setSystemDark(true)
    states.push(nativeTheme.shouldUseDarkColors)
    nativeTheme.themeSource = 'light'
    states.push(nativeTheme.shouldUseDarkColors)
    await new Promise((done) => { setTimeout(done, 10) })
    nativeTheme.themeSource = 'dark'
    await new Promise((done) => { setTimeout(done, 10) })
    return { states, updates, source: nativeTheme.themeSource }
  })
  expect(seen).toEqual({ states: [false, true, false], updates: 3, source: 'dark' })
  await expect.poll(dark).toBe(true)
  await fixture.app.evaluate(({ nativeTheme }) => { nativeTheme.themeSource = 'light' })
  await expect.poll(dark).toBe(false)
})

test('the rest of the desktop: shell, proxy, power, clipboard, dialogs, notifications, screen', async () => {
  const seen = await fixture.app.evaluate(async ({ shell, session, powerMonitor, clipboard, dialog, Notification, screen, systemPreferences }) => {
    const control = (globalThis as WithControl).__standIn
    const events: string[] = []
    powerMonitor.on('suspend', () => { events.push('suspend') })
    powerMonitor.on('resume', () => { events.push('resume') })
    control.power('suspend')
    control.power('resume')
    await shell.openExternal('https://example.test/help')
    const direct = await session.defaultSession.resolveProxy('wss://api.example.test/')
    control.setProxy((url) => url.startsWith('wss:') ? 'PROXY 127.0.0.1:9' : 'DIRECT')
    const proxied = await session.defaultSession.resolveProxy('wss://api.example.test/')
    control.setProxy('DIRECT')
    await clipboard.writeText('copied')
    control.dialogs.answer({ response: 1 })
    const { response } = await dialog.showMessageBox({ message: 'Really?', buttons: ['No', 'Yes'] })
    new Notification({ title: 'Parley', body: 'Hello' }).show()
    return {
      events, opened: control.outside.opened, direct, proxied, text: await clipboard.readText(), response, shown: control.notifications.shown,
      displays: screen.getAllDisplays().length, area: screen.getPrimaryDisplay().workArea.width > 0, media: (systemPreferences as { getMediaAccessStatus?: unknown }).getMediaAccessStatus,
    }
  })
  expect(seen).toEqual({
    events: ['suspend', 'resume'], opened: ['https://example.test/help'], direct: 'DIRECT', proxied: 'PROXY 127.0.0.1:9', text: 'copied', response: 1,
    shown: [{ title: 'Parley', body: 'Hello', silent: false, urgency: 'normal', actions: [] }], displays: 1, area: true, media: undefined,
  })
})
