import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchFixture, type Fixture } from './harness.ts'

let fixture: Fixture
let page: number

const mic = `navigator.mediaDevices.getUserMedia({ audio: true }).then((s) => { s.getTracks().forEach((t) => t.stop()); return 'stream' }, (e) => e.name + ': ' + e.message)`
const run = <T = unknown>(code: string): Promise<T> => fixture.run<T>(page, code)

beforeAll(async () => {
  // A microphone that needs no sound card; the permission still goes through the app's handlers.
  fixture = await launchFixture({ env: { PARLEY_CHROMIUM_FLAGS: '--use-fake-device-for-media-stream' } })
  page = await fixture.open('')
})
afterAll(async () => { await fixture.close() })

test('without handlers everything is granted, as in Electron', async () => {
  expect(await run(mic)).toBe('stream')
  expect(await run(`navigator.permissions.query({ name: 'microphone' }).then((p) => p.state)`)).toBe('granted')
})

test('the request handler decides at run time, and is told who asks', async () => {
  await fixture.app.evaluate(({ session }) => {
    const state = { grant: false, asked: [] as unknown[] }
    Object.assign(globalThis, { state })
    session.defaultSession.setPermissionRequestHandler((contents, permission, callback, details) => {
      const { mediaTypes, securityOrigin } = details as Electron.MediaAccessPermissionRequest
      state.asked.push([contents.id > 0, permission, mediaTypes, securityOrigin, details.requestingUrl, details.isMainFrame])
      callback(state.grant)
    })
  })
  expect(await run(mic)).toBe('NotAllowedError: Permission denied')
  await fixture.app.evaluate(() => { (globalThis as unknown as { state: { grant: boolean } }).state.grant = true })
  expect(await run(mic)).toBe('stream')
  expect(await fixture.app.evaluate(() => (globalThis as unknown as { state: { asked: unknown[] } }).state.asked[0]))
    .toEqual([true, 'media', ['audio'], 'app://parley/', 'app://parley/blank.html', true])
})

test('the operating system has the last word', async () => {
  const set = (on: boolean): Promise<void> => fixture.app.evaluate((_electron, value) => {
    (globalThis as unknown as { __standIn: { system: { microphone: boolean } } }).__standIn.system.microphone = value
  }, on)
  await set(false)
  expect(await run(mic)).toBe('NotAllowedError: Permission denied by system')
  await set(true)
  expect(await run(mic)).toBe('stream')
})

test('the check handler decides what a page is shown: states, and the names of devices', async () => {
  const labels = `navigator.mediaDevices.enumerateDevices().then((l) => l.filter((d) => d.kind === 'audioinput').map((d) => d.label))`
  expect((await run<string[]>(labels)).every((label) => label.length > 0)).toBe(true)
  await fixture.app.evaluate(({ session }) => {
    const checked: unknown[] = []
    Object.assign(globalThis, { checked })
    session.defaultSession.setPermissionCheckHandler((contents, permission, origin, { mediaType }) => { checked.push([contents !== null, permission, origin, mediaType]); return false })
  })
  expect(await run(labels)).toEqual([''])
  expect(await run(`navigator.permissions.query({ name: 'microphone' }).then((p) => p.state)`)).toBe('denied')
  expect(await fixture.app.evaluate(() => (globalThis as unknown as { checked: unknown[] }).checked[0])).toEqual([true, 'media', 'app://parley/', 'audio'])
})

test('other permissions are asked for by Electron’s names', async () => {
  await fixture.app.evaluate(({ session }) => {
    const names: string[] = []
    Object.assign(globalThis, { names })
    session.defaultSession.setPermissionRequestHandler((_contents, permission, callback) => { names.push(permission); callback(false) })
  })
  const answers = await run(`(async () => [
    await navigator.clipboard.writeText('x').catch((e) => e.name), await navigator.clipboard.readText().catch((e) => e.name), await Notification.requestPermission(),
    await new Promise((done) => navigator.geolocation.getCurrentPosition(() => done('here'), (e) => done(e.code))), await new AudioContext().setSinkId('nowhere').catch((e) => e.name),
  ])()`)
  expect(answers).toEqual(['NotAllowedError', 'NotAllowedError', 'denied', 1, 'NotAllowedError'])
  expect(await fixture.app.evaluate(() => (globalThis as unknown as { names: string[] }).names)).toEqual(['clipboard-sanitized-write', 'clipboard-read', 'notifications', 'geolocation', 'speaker-selection'])
})

test('with handlers set Chromium itself refuses what no handler has granted', async () => {
  // The preload's world has no wrapper in front of getUserMedia.
  const id = await fixture.open(`require('electron').contextBridge.exposeInMainWorld('native', () => ${mic})`, { path: '/blank.html', window: { title: 'other' } })
  await fixture.app.evaluate(async ({ webContents }, about) => { await webContents.fromId(about)?.loadURL('app://other/blank.html') }, id)
  expect(await fixture.run(id, 'native()')).toMatch(/^NotAllowedError/)
})
