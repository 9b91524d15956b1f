import type { Page } from '@playwright/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchFixture, type Fixture } from './harness.ts'

let fixture: Fixture

beforeAll(async () => { fixture = await launchFixture() })
afterAll(async () => { await fixture.close() })

test('a hidden window runs its worklet and its timers at full rate and says that it is visible', async () => {
  const id = await fixture.open('', { window: { webPreferences: undefined } })
  const result = await fixture.run<{ quanta: number, rate: number, state: string, running: string }>(id, `(async () => {
    const context = new AudioContext({ sampleRate: 24000, sinkId: { type: 'none' } })
    await context.audioWorklet.addModule('/meter.js')
    const node = new AudioWorkletNode(context, 'meter')
    let quanta = 0, ticks = 0
    node.port.onmessage = () => { quanta++ }
    node.connect(context.destination)
    const timer = setInterval(() => { ticks++ }, 20)
    const began = performance.now()
    while (quanta < 150 && performance.now() - began < 5000) await new Promise((done) => setTimeout(done, 20))
    clearInterval(timer)
    const rate = ticks / (performance.now() - began) * 1000
    const running = context.state
    await context.close()
    return { quanta, rate, state: document.visibilityState, running }
  })()`)
  expect(result).toMatchObject({ state: 'visible', running: 'running' })
  expect(result.quanta).toBeGreaterThanOrEqual(150)
  // 50 a second on an idle machine; a throttled page has one.
  expect(result.rate).toBeGreaterThan(5)
})

test('every window has a renderer process of its own: one that stands still stops no other', async () => {
  const frozen = await fixture.open('')
  const free = await fixture.open('')
  await fixture.app.evaluate((_electron, id) => { (globalThis as unknown as { __standIn: { freeze(id: number, ms: number): void } }).__standIn.freeze(id, 1500) }, frozen)
  const began = Date.now()
  await fixture.run(free, '1')
  const meanwhile = Date.now() - began
  await fixture.run(frozen, '1')
  expect(meanwhile).toBeLessThan(1000)
  expect(Date.now() - began).toBeGreaterThan(1200)
})

test('events of showing, hiding, focus and bounds; the page sees hide()', async () => {
  const seen = await fixture.app.evaluate(async ({ BrowserWindow }) => {
    const window = new BrowserWindow({ show: false, width: 500, height: 300, minWidth: 200 })
    const events: string[] = []
    for (const name of ['ready-to-show', 'show', 'hide', 'focus', 'blur', 'resize', 'move', 'minimize', 'restore'] as const) window.on(name as 'show', () => { events.push(name) })
    const shown = new Promise((done) => { window.once('ready-to-show', () => { done(undefined) }) })
    await Promise.all([window.loadURL('app://parley/blank.html'), shown])
    const before = window.isVisible()
    window.show()
    const state = (): Promise<unknown> => window.webContents.executeJavaScript('document.visibilityState')
    const states = [await state()]
    window.hide()
    states.push(await state())
    window.showInactive()
    states.push(await state())
    window.setBounds({ x: 11, y: 22, width: 100, height: 200 })
    await new Promise((done) => { setTimeout(done, 30) })
    window.minimize()
    const minimized = [window.isMinimized(), window.isVisible()]
    window.restore()
    const bounds = window.getBounds()
    window.destroy()
    return { events, before, states, bounds, minimized, destroyed: window.isDestroyed() }
  })
  expect(seen).toMatchObject({ before: false, states: ['visible', 'hidden', 'visible'], bounds: { x: 11, y: 22, width: 200, height: 200 }, minimized: [true, false], destroyed: true })
  expect(seen.events.filter((name) => name !== 'focus' && name !== 'blur')).toEqual(['ready-to-show', 'show', 'hide', 'show', 'resize', 'move', 'minimize', 'restore'])
  expect(seen.events).toContain('focus')
})

test('close can be prevented; a closed window is gone with its page', async () => {
  const seen = await fixture.app.evaluate(async ({ BrowserWindow, webContents }) => {
    const window = new BrowserWindow({ show: false })
    await window.loadURL('app://parley/blank.html')
    const { id } = window.webContents
    const events: string[] = []
    let hold = true
    window.on('close', (event) => { events.push('close'); if (hold) event.preventDefault() })
    window.on('closed', () => { events.push('closed') })
    window.webContents.on('destroyed', () => { events.push('destroyed') })
    window.close()
    await new Promise((done) => { setTimeout(done, 50) })
    const alive = !window.isDestroyed()
    hold = false
    window.close()
    await new Promise((done) => { window.once('closed', () => { done(undefined) }) })
    const say = (action: () => void): string => { try { action(); return 'fine' } catch (error) { return (error as Error).message } }
    return { alive, events, known: webContents.fromId(id) === undefined, late: say(() => { window.show() }), windows: BrowserWindow.fromId(window.id) }
  })
  expect(seen).toEqual({ alive: true, events: ['close', 'close', 'destroyed', 'closed'], known: true, late: 'Object has been destroyed', windows: null })
})

test('a crashed renderer is reported to contents and app, and the page can be loaded again with its preload', async () => {
  const id = await fixture.open(`require('electron').contextBridge.exposeInMainWorld('api', { n: 1 })`)
  const seen = await fixture.app.evaluate(async ({ app, webContents }, about) => {
    const contents = webContents.fromId(about) as Electron.WebContents
    const events: unknown[] = []
    app.once('render-process-gone', (_event, which, { reason }) => { events.push(['app', which === contents, reason]) })
    const gone = new Promise((done) => { contents.once('render-process-gone', (_event, details) => { events.push(['contents', details.reason]); done(undefined) }) })
    ;(globalThis as unknown as { __standIn: { crash(id: number): void } }).__standIn.crash(about)
    await gone
    const crashed = contents.isCrashed()
    contents.reload()
    await new Promise((done) => { contents.once('did-finish-load', () => { done(undefined) }) })
    return { events, crashed, after: [contents.isCrashed(), await contents.executeJavaScript('api.n') as unknown] }
  }, id)
  expect(seen).toEqual({ events: [['contents', 'crashed'], ['app', true, 'crashed']], crashed: true, after: [false, 1] })
})

test('Playwright sees hidden windows as pages, finds their BrowserWindow, reloads and closes them', async () => {
  const id = await fixture.open('')
  // Playwright shows a page once it has set it up, which may be a moment after it has loaded.
  let page: Page | undefined
  await expect.poll(async () => {
    for (const item of fixture.app.windows()) {
      const window = await fixture.app.browserWindow(item)
      if (await window.evaluate((shown) => (shown as Electron.BrowserWindow | null)?.webContents.id) === id) page = item
    }
    return page !== undefined
  }).toBe(true)
  await page?.reload()
  expect(await page?.title()).toBe('Blank')
  await page?.close()
  await expect.poll(() => fixture.app.evaluate(({ webContents }, about) => webContents.fromId(about) === undefined, id)).toBe(true)
})

test('executeJavaScript gives results and errors; zoom, title and mute are kept', async () => {
  const id = await fixture.open('')
  const seen = await fixture.app.evaluate(async ({ BrowserWindow, webContents }, about) => {
    const contents = webContents.fromId(about) as Electron.WebContents
    const window = BrowserWindow.fromWebContents(contents)
    contents.setZoomFactor(1.5)
    const titled = new Promise<string>((done) => { contents.once('page-title-updated', (_event, title) => { done(title) }) })
    await contents.executeJavaScript('document.title = "New"')
    return [await contents.executeJavaScript('Promise.resolve({ a: 1 })') as unknown, await contents.executeJavaScript('throw new TypeError("bad")').catch((error: Error) => error.message) as unknown,
      contents.getZoomFactor(), await titled, window?.getTitle()]
  }, id)
  expect(seen).toEqual([{ a: 1 }, 'bad', 1.5, 'New', 'New'])
})

test('a zoomed page has a smaller viewport, a larger one with the window, and its own size again at 1', async () => {
  const id = await fixture.open('', { window: { show: true, width: 800, height: 600 } })
  const widths = (): Promise<unknown> => fixture.run(id, '[innerWidth, devicePixelRatio, matchMedia("(max-width: 450px)").matches]')
  const before = await widths() as number[]
  const set = (factor: number): Promise<void> => fixture.app.evaluate(({ webContents }, about) => { webContents.fromId(about.id)?.setZoomFactor(about.factor) }, { id, factor })
  await set(2)
  await expect.poll(widths).toEqual([(before[0] ?? 0) / 2, 2, true])
  await fixture.app.evaluate(({ BrowserWindow, webContents }, about) => { BrowserWindow.fromWebContents(webContents.fromId(about) as Electron.WebContents)?.setBounds({ width: 1000 }) }, id)
  await expect.poll(async () => ((await widths()) as number[])[0]).toBe((before[0] ?? 0) / 2 + 100)
  await set(1)
  await expect.poll(async () => ((await widths()) as number[])[1]).toBe(1)
})

test('a renderer’s process can be found and killed from outside', async () => {
  const id = await fixture.open('')
  const seen = await fixture.app.evaluate(async ({ webContents }, about) => {
    const contents = webContents.fromId(about) as Electron.WebContents
    const pid = await (globalThis as unknown as { __standIn: { osProcessId(id: number): Promise<number> } }).__standIn.osProcessId(about)
    const gone = new Promise((done) => { contents.once('render-process-gone', (_event, details) => { done(details.reason) }) })
    process.kill(pid, 'SIGKILL')
    return [contents.getOSProcessId() === pid, await gone]
  }, id)
  expect(seen[0]).toBe(true)
  expect(['crashed', 'killed']).toContain(seen[1])
})

test('a missing part of Electron says so', async () => {
  const messages = await fixture.app.evaluate((electron) => {
    const say = (action: () => unknown): string => { try { action(); return 'there' } catch (error) { return (error as Error).message } }
    const loose = electron as unknown as Record<string, Record<string, () => void>>
    const window = electron.BrowserWindow.getAllWindows()[0] as unknown as Record<string, () => void>
    return [say(() => loose['autoUpdater']), say(() => loose['app']?.['moveToApplicationsFolder']), say(() => window['setThumbarButtons']), say(() => new electron.BrowserWindow({ webPreferences: { nodeIntegration: true } })),
      say(() => loose['session']?.['fromPath']?.()), (loose['app'] as Record<string, unknown>)['dock']]
  })
  expect(messages).toEqual([
    'electron.autoUpdater is not in the stand-in', 'App.moveToApplicationsFolder is not in the stand-in', 'BrowserWindow.setThumbarButtons is not in the stand-in',
    'webPreferences.nodeIntegration: true is not in the stand-in', 'session.fromPath is not in the stand-in', undefined,
  ])
})
