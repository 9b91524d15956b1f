import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchFixture, type Fixture } from './harness.ts'
import { X11 } from './src/x11.ts'

const hasXvfb = spawnSync('sh', ['-c', 'command -v Xvfb']).status === 0
if (!hasXvfb) console.log('skipped: headed windows of the stand-in, because Xvfb is not installed (Debian: apt-get install xvfb)')

describe.skipIf(!hasXvfb)('on a display', () => {
  let xvfb: ChildProcess
  let fixture: Fixture
  let x11: X11

  beforeAll(async () => {
    // It takes the first free number and tells which.
    const child = xvfb = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'pipe', 'ignore'] })
    const display = await new Promise<string>((resolve) => { child.stdout?.once('data', (data: Buffer) => { resolve(`:${data.toString().trim()}`) }) })
    fixture = await launchFixture({ env: { DISPLAY: display, PARLEY_STAND_IN_HEADLESS: '0' } })
    x11 = await X11.open(display, {})
  })
  afterAll(async () => {
    await fixture.close()
    x11.close()
    xvfb.kill()
  })

  /** The X window of the n-th window that the app has made. */
  const xWindow = async (n: number): Promise<number> => {
    const pid = await fixture.app.evaluate(() => process.pid)
    const found = await x11.findByClass(`stand-in-${pid}-${n}`)
    if (found === null) throw new Error(`window ${n} is not on the display`)
    return found
  }

  test('a hidden window is not on the display, runs at full rate, and appears with show()', async () => {
    // As root, Chromium's first window has a bar that complains about --no-sandbox; nobody sees it in a hidden one.
    await fixture.open('')
    const id = await fixture.open('', { window: { title: 'Shown', width: 400, height: 300, x: 50, y: 60 } })
    const window = await xWindow(2)
    expect(await x11.isMapped(await xWindow(1))).toBe(false)
    expect(await x11.isMapped(window)).toBe(false)
    const ticks = await fixture.run<number>(id, `new Promise((done) => { let n = 0; const t = setInterval(() => { n++ }, 20); setTimeout(() => { clearInterval(t); done(n) }, 1000) })`)
    expect(ticks).toBeGreaterThan(5)
    await fixture.app.evaluate(({ BrowserWindow }) => { BrowserWindow.getAllWindows()[1]?.show() })
    await expect.poll(() => x11.isMapped(window)).toBe(true)
    await expect.poll(() => fixture.run(id, '[screenX, screenY, outerWidth, outerHeight]')).toEqual([50, 60, 400, 300])
    // An application window: no tabs, no address bar.
    expect(await fixture.run<number>(id, 'innerHeight')).toBeGreaterThan(250)
    await fixture.app.evaluate(({ BrowserWindow }) => { BrowserWindow.getAllWindows()[1]?.hide() })
    await expect.poll(() => x11.isMapped(window)).toBe(false)
    expect(await fixture.run(id, 'document.visibilityState')).toBe('hidden')
  })

  test('a person’s click on the cross closes the window, or hides it where the app will not have it closed', async () => {
    const [kept, given] = await fixture.app.evaluate(async ({ BrowserWindow }) => {
      const ids: number[] = []
      for (const keep of [true, false]) {
        const window = new BrowserWindow({ width: 300, height: 200 })
        ids.push(window.id)
        if (keep) window.on('close', (event) => { event.preventDefault(); window.hide() })
        await window.loadURL('app://parley/blank.html')
      }
      return ids
    })
    for (const n of [3, 4]) {
      const window = await xWindow(n)
      await expect.poll(() => x11.isMapped(window)).toBe(true)
      await x11.requestClose(window)
    }
    const state = (): Promise<unknown> => fixture.app.evaluate(({ BrowserWindow }, ids) => ids.map((id) => {
      const window = BrowserWindow.fromId(id)
      return window && [window.isVisible(), window.webContents.getURL()]
    }), [kept ?? 0, given ?? 0])
    await expect.poll(state).toEqual([[false, 'app://parley/blank.html'], null])
    // It would refuse the end of the app as well.
    await fixture.app.evaluate(({ BrowserWindow }, id) => { BrowserWindow.fromId(id)?.destroy() }, kept ?? 0)
  })
})
