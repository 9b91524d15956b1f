import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchFixture, type Fixture } from './harness.ts'
import type { StandInControl } from './src/control.ts'

type WithControl = typeof globalThis & { __standIn: StandInControl }

let fixture: Fixture
beforeAll(async () => { fixture = await launchFixture() })
afterAll(async () => { await fixture.close() })

test('an overlay: above others, on every workspace, without focus or frame, and what a person sees of it', async () => {
  const seen = await fixture.app.evaluate(async ({ BrowserWindow }) => {
    const control = (globalThis as WithControl).__standIn
    const overlay = new BrowserWindow({
      show: false, x: 20, y: 30, width: 320, height: 64, frame: false, transparent: true, alwaysOnTop: true, focusable: false, skipTaskbar: true, resizable: false, hasShadow: false, fullscreenable: false, title: 'Pill',
    })
    const events: unknown[] = []
    for (const name of ['show', 'hide', 'focus', 'blur', 'move', 'moved', 'resize', 'resized'] as const) overlay.on(name as 'show', () => { events.push(name) })
    overlay.on('always-on-top-changed', (_event, on) => { events.push(['top', on]) })
    await overlay.loadURL('app://parley/blank.html')
    overlay.setAlwaysOnTop(true, 'screen-saver')
    overlay.setVisibleOnAllWorkspaces(true, { visibleOnFullScreen: true })
    overlay.setContentProtection(true)
    overlay.setIgnoreMouseEvents(true, { forward: true })
    overlay.showInactive()
    overlay.focus()
    const focus = [overlay.isFocused(), control.focusWindow(overlay.id), BrowserWindow.getFocusedWindow()]
    const shown = control.windows().find(({ id }) => id === overlay.id)
    control.moveWindow(overlay.id, { x: 25, height: 120 })
    await new Promise((done) => { setTimeout(done, 20) })
    overlay.setAlwaysOnTop(true, 'normal')
    const level = [overlay.isAlwaysOnTop(), overlay.getBounds(), overlay.getOpacity(), overlay.isContentProtected(), overlay.isVisibleOnAllWorkspaces()]
    overlay.destroy()
    return { shown, focus, level, events }
  })
  expect(seen.shown).toMatchObject({
    title: 'Blank', url: 'app://parley/blank.html', bounds: { x: 20, y: 30, width: 320, height: 64 }, visible: true, focused: false, minimized: false, alwaysOnTop: true, level: 'screen-saver', onAllWorkspaces: true,
    contentProtected: true, focusable: false, resizable: false, frame: false, transparent: true, skipTaskbar: true, ignoresMouse: true,
  })
  expect(seen.focus).toEqual([false, false, null])
  expect(seen.level).toEqual([false, { x: 25, y: 30, width: 320, height: 120 }, 1, true, true])
  // `moved` and `resized` are not for Linux.
  expect(seen.events).toEqual(['show', 'resize', 'move', ['top', false]])
})

test('wrong values, unknown options and what is destroyed are refused', async () => {
  const messages = await fixture.app.evaluate(({ BrowserWindow }) => {
    const say = (action: () => unknown): unknown => { try { return action() } catch (error) { return (error as Error).message } }
    const window = new BrowserWindow({ show: false, width: 300, height: 200, minWidth: 250, maxWidth: 400 })
    window.setSize(100, 200)
    const sizes = [window.getSize()]
    window.setSize(500, 200)
    sizes.push(window.getSize())
    const results = [
      say(() => { window.setBounds({ x: 1.5 }) }), say(() => { window.setPosition(1, NaN) }), say(() => { window.setSize(1, undefined as never) }), say(() => { window.setAlwaysOnTop('yes' as never) }),
      say(() => { window.setAlwaysOnTop(true, 'top' as never) }), say(() => { window.setResizable(1 as never) }), say(() => { window.setTitle(1 as never) }), say(() => { window.setIcon('/nowhere.png') }),
      say(() => new BrowserWindow({ show: false, kiosk: true })), say(() => new BrowserWindow({ show: false, width: 1.5 })), BrowserWindow.getAllWindows().length,
    ]
    window.destroy()
    results.push(...[() => window.getBounds(), () => window.isResizable(), () => window.getTitle(), () => { window.setAlwaysOnTop(true) }, () => window.isAlwaysOnTop()].map(say))
    return { sizes, results, gone: window.isDestroyed() }
  })
  const bad = (value: unknown, index = 0): string => `Error processing argument at index ${index}, conversion failure from ${String(value)}`
  expect(messages).toEqual({
    sizes: [[250, 200], [400, 200]], gone: true,
    results: [
      bad('#<Object>'), bad(NaN, 1), bad(undefined, 1), bad('yes'), bad('top', 1), bad(1), bad(1), "Failed to load image from path '/nowhere.png'", "BrowserWindow's option kiosk is not in the stand-in", bad(1.5), 1,
      ...Array<string>(5).fill('Object has been destroyed'),
    ],
  })
})

test('a person turns to a window and away from it, drags it, and presses its cross; the app may refuse to close', async () => {
  const seen = await fixture.app.evaluate(async ({ app, BrowserWindow }) => {
    const control = (globalThis as WithControl).__standIn
    const window = new BrowserWindow({ show: false })
    await window.loadURL('app://parley/blank.html')
    const events: unknown[] = []
    for (const name of ['focus', 'blur', 'closed', 'move'] as const) window.on(name as 'focus', () => { events.push(name) })
    for (const name of ['browser-window-focus', 'browser-window-blur'] as const) app.on(name as 'browser-window-focus', (_event, which) => { if (which === window) events.push(name) })
    let hold = true
    window.on('close', (event) => {
      if (!hold) return
      event.preventDefault()
      window.hide()
    })
    let menu = true
    window.on('system-context-menu', (event, point) => { events.push(point); if (menu) event.preventDefault() })
    window.showInactive()
    const results = [control.focusWindow(window.id), control.focusWindow(null), window.isFocused(), control.systemContextMenu(window.id, { x: 4, y: 5 })]
    menu = false
    results.push(control.systemContextMenu(window.id), control.closeWindow(window.id), window.isVisible())
    window.setClosable(false)
    hold = false
    results.push(control.closeWindow(window.id))
    window.setClosable(true)
    const closed = new Promise((done) => { window.once('closed', () => { done(undefined) }) })
    results.push(control.closeWindow(window.id))
    await closed
    return { events, results }
  })
  expect(seen.results).toEqual([true, true, false, false, true, false, false, false, true])
  expect(seen.events).toEqual(['focus', 'browser-window-focus', 'blur', 'browser-window-blur', { x: 4, y: 5 }, { x: 0, y: 0 }, 'closed'])
})

test('a right click in a page: context-menu says where and on what, unless the page has a menu of its own', async () => {
  const id = await fixture.open('', { window: { show: true } })
  await fixture.run(id, `document.body.innerHTML = '<a href="/frames.html">link</a><input value="x"><b>own</b>'; document.querySelector('b').addEventListener('contextmenu', (event) => event.preventDefault())`)
  await fixture.app.evaluate(({ webContents }, about) => {
    const heard: unknown[] = []
    Object.assign(globalThis, { heard })
    webContents.fromId(about)?.on('context-menu', (_event, params) => { heard.push([params.x > 0, params.linkURL, params.linkText, params.isEditable, params.pageURL, params.frame?.url]) })
  }, id)
  const click = (selector: string): Promise<void> => fixture.run(id, `{ const at = document.querySelector('${selector}').getBoundingClientRect(); document.querySelector('${selector}').dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: at.x + 2, clientY: at.y + 2 })) }`)
  for (const selector of ['a', 'b', 'input']) await click(selector)
  const page = 'app://parley/blank.html'
  await expect.poll(() => fixture.app.evaluate(() => (globalThis as unknown as { heard: unknown[] }).heard)).toEqual([[true, 'app://parley/frames.html', 'link', false, page, page], [true, '', '', true, page, page]])
})
