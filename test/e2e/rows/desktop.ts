import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '../parley.ts'
import { closeWindow, elsewhere, outside, overlayOf, windowAt } from '../world.ts'
import type { Bench, Deeds } from './bench.ts'

/** The overlay as the system has it while the person works elsewhere; null: there is none. */
async function overlay(bench: Bench) {
  await elsewhere(bench.parley)
  return windowAt(bench.parley, '/overlay.html')
}

/** Under XDG_CONFIG_HOME, which the test sets. */
export const CONFIG = 'config'

export const desktop: Deeds<'overlay' | 'overlayFollows' | 'overlayProtected' | 'startAtLogin' | 'language' | 'theme' | 'closeToTray'> = {
  async overlay(bench) {
    await bench.start()
    await overlay(bench)
    await overlayOf(bench.parley)
    await expect.poll(async () => (await overlay(bench))?.visible).toBe(true)
    await bench.choose('overlay', 'hidden')
    await expect.poll(() => overlay(bench)).toBeNull()
    await bench.choose('overlay', 'shown')
    await expect.poll(async () => (await overlay(bench))?.visible).toBe(true)
    await bench.reset('overlay')
  },

  async overlayProtected(bench) {
    expect(await overlay(bench)).toMatchObject({ contentProtected: false })
    await bench.tick('overlayProtected')
    await expect.poll(() => overlay(bench)).toMatchObject({ contentProtected: true })
    await bench.reset('overlayProtected')
    await expect.poll(() => overlay(bench)).toMatchObject({ contentProtected: false })
  },

  async overlayFollows(bench) {
    await outside(bench.parley, (world) => {
      world.setDisplays([
        { id: 1, bounds: { x: 0, y: 0, width: 1280, height: 1024 } },
        { id: 2, bounds: { x: 1280, y: 0, width: 1280, height: 1024 } },
      ])
    })
    const at = async (): Promise<number> => Math.floor(((await overlay(bench))?.bounds.x ?? NaN) / 1280)
    const point = (display: number): Promise<void> => outside(bench.parley, (world, n) => world.moveCursor(n * 1280 + 600, 500), display)
    await point(1)
    await expect.poll(at).toBe(1)
    await bench.tick('overlayFollows')
    await point(0)
    // It is looked every 0.7 s.
    await bench.page.waitForTimeout(1500)
    expect(await at()).toBe(1)
    await bench.reset('overlayFollows')
    await expect.poll(at).toBe(0)
    await bench.end()
  },

  async startAtLogin(bench) {
    const file = join(bench.parley.userData, '..', CONFIG, 'autostart/org.parley.Parley.desktop')
    expect(existsSync(file)).toBe(false)
    await bench.tick('startAtLogin')
    await expect.poll(() => existsSync(file)).toBe(true)
    await bench.reset('startAtLogin')
    await expect.poll(() => existsSync(file)).toBe(false)
  },

  async language(bench) {
    await bench.choose('language', 'Deutsch')
    await expect(bench.page.getByRole('dialog', { name: 'Einstellungen' })).toBeVisible()
    await expect.poll(() => outside(bench.parley, (world) => world.trays()[0]?.toolTip)).toBe('Parley – Ruht')
    await (await bench.row('language')).getByRole('button', { name: /zurücksetzen|Reset/i }).click()
    await expect(bench.page.getByRole('dialog', { name: 'Settings' })).toBeVisible()
  },

  async theme(bench) {
    const paper = (): Promise<string> => bench.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    const source = (): Promise<string> => bench.parley.app.evaluate(({ nativeTheme }) => nativeTheme.themeSource)
    await bench.choose('theme', 'Light')
    await expect.poll(source).toBe('light')
    const light = await paper()
    await bench.choose('theme', 'Dark')
    await expect.poll(source).toBe('dark')
    await expect.poll(paper).not.toBe(light)
    await bench.reset('theme')
    await expect.poll(source).toBe('system')
  },

  /** The last one: Parley ends with it. */
  async closeToTray(bench) {
    await bench.close()
    expect(await closeWindow(bench.parley)).toBe(false)
    await expect.poll(async () => (await windowAt(bench.parley, '/index.html'))?.visible).toBe(false)
    await outside(bench.parley, (world) => world.clickTray())
    await bench.tick('closeToTray')
    await expect((await bench.row('closeToTray')).getByRole('button', { name: /^Reset / })).toBeVisible()
    const gone = bench.parley.app.waitForEvent('close')
    // The answer to this act may not come back any more.
    void closeWindow(bench.parley).catch(() => undefined)
    await gone
  },
}
