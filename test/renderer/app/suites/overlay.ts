import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { failure } from '../../../../shared/failure.ts'
import { app, overlayScenes } from '../harness/scenes.ts'
import { calls, type Stage } from '../harness/stage.ts'

/** The requests that count: how tall the page is it tells all the time. */
const asked = async (page: Page): Promise<string[]> => (await calls(page)).filter((call) => !call.startsWith('overlay.size'))
const running = app({ voice: { active: true, state: 'ready', microphone: 'armed' } })

/** The pill: everything in it fits, says what it is and does it. */
export function overlaySuite(stage: () => Stage): void {
  describe('the overlay', () => {
    it('keeps its one row of 240 × 44 in every state, in both languages', async () => {
      const page = await stage().open(running, { overlay: true })
      for (const name of ['idle', 'connecting', 'ready', 'listening', 'thinking', 'speaking', 'reconnecting', 'muted']) {
        for (const language of ['en', 'de'] as const) {
          await page.evaluate((s) => window.fake.load(s), { ...(overlayScenes[name] ?? app()), language })
          await page.waitForTimeout(30)
          const found = await page.evaluate(() => {
            const box = (selector: string): DOMRect => document.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect()
            const [paper, word, buttons, line] = [box('.overlay-paper'), box('.pill-word'), box('.pill-buttons'), box('.pill-line')]
            return { width: paper.width, height: paper.height, apart: word.right <= buttons.left, inside: buttons.right <= paper.right, line: line.width }
          })
          expect(found, `${name} ${language}`).toMatchObject({ width: 240, height: 44, apart: true, inside: true })
          expect(found.line, `${name} ${language}`).toBeGreaterThanOrEqual(8)
        }
      }
      // A whole of two rows is told, and its end.
      await page.evaluate((s) => window.fake.load(s), overlayScenes['failed'] ?? app())
      await expect.poll(async () => Number((await calls(page)).at(-1)?.replace(/\D+(\d+).*/, '$1'))).toBeGreaterThan(120)
      await page.evaluate((s) => window.fake.load(s), running)
      await expect.poll(async () => (await calls(page)).at(-1)).toBe('overlay.size [64]')
    })

    it('at 200 % zoom gives the word a row of its own, and nothing is cut off', async () => {
      const page = await stage().open(running, { overlay: true, width: 130, height: 400 })
      for (const [name, state] of Object.entries(overlayScenes)) {
        await page.evaluate((s) => window.fake.load(s), { ...state, language: 'de' as const })
        await page.waitForTimeout(30)
        const cut = await page.evaluate(() => [...document.querySelectorAll('.pill, .pill-word, .second, .second .button')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className))
        expect(cut, name).toEqual([])
      }
    })

    it('does what its buttons say', async () => {
      const page = await stage().open(running, { overlay: true })
      await page.getByRole('button', { name: 'Mute microphone' }).click()
      await page.getByRole('button', { name: 'Mute speaker' }).click()
      await page.getByRole('button', { name: 'Talk' }).hover()
      await page.mouse.down()
      await page.mouse.up()
      await page.getByRole('button', { name: 'End conversation' }).click()
      expect(await asked(page)).toEqual(['microphone.mute [true]', 'speaker.mute [true]', 'talk.press', 'talk.release', 'conversation.end'])
      await page.evaluate(() => window.fake.voice({ microphone: 'muted', speaker: 'muted' }))
      await page.getByRole('button', { name: 'Unmute microphone' }).click()
      await page.getByRole('button', { name: 'Unmute speaker' }).click()
      expect((await asked(page)).slice(-2)).toEqual(['microphone.mute [false]', 'speaker.mute [false]'])
    })

    it('is dragged anywhere but on its buttons; twice clicked it shows the window', async () => {
      const page = await stage().open(running, { overlay: true })
      await page.locator('.pill-word').hover()
      await page.mouse.down()
      await page.mouse.move(60, 30)
      await page.mouse.up()
      const steps = await asked(page)
      expect(steps[0]).toBe('overlay.drag ["begin"]')
      expect(steps).toContain('overlay.drag ["move"]')
      expect(steps.at(-1)).toBe('overlay.drag ["end"]')
      await page.getByRole('button', { name: 'Mute microphone' }).hover()
      const before = (await asked(page)).length
      await page.mouse.down()
      await page.mouse.move(60, 30)
      await page.mouse.up()
      expect(await asked(page)).toHaveLength(before)
      await page.locator('.pill-word').dblclick()
      expect(await asked(page)).toContain('window.show')
      await page.evaluate(() => window.fake.set({ overlay: { ...window.fake.state.overlay, movedBy: 'system' } }))
      await expect.poll(() => page.locator('.pill').evaluate((pill) => getComputedStyle(pill).getPropertyValue('app-region'))).toBe('drag')
    })

    it('answers questions, dismisses timers and takes the next step of what failed', async () => {
      const page = await stage().open(overlayScenes['question'] ?? app(), { overlay: true, height: 300 })
      await page.getByText('https://example.org/a/long/path?with=a&query=string').waitFor()
      await page.getByRole('button', { name: 'Allow', exact: true }).click()
      await page.evaluate((s) => window.fake.load(s), overlayScenes['timer'] ?? app())
      await page.getByRole('button', { name: 'Dismiss' }).click()
      await page.evaluate((s) => window.fake.load(s), overlayScenes['failed'] ?? app())
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByRole('button', { name: 'Show Parley' }).click()
      await page.evaluate((s) => window.fake.load(s), overlayScenes['held'] ?? app())
      await page.getByRole('button', { name: 'Send again' }).click()
      await page.getByRole('button', { name: 'Discard' }).click()
      await page.evaluate((f) => window.fake.voice({ state: 'ready', failure: null, heldTurnMs: null, notice: f }), failure('microphone_muted', {}, ['unmute']))
      await page.getByRole('button', { name: 'Unmute', exact: true }).click()
      await page.getByRole('button', { name: 'Dismiss' }).click()
      expect(await asked(page)).toEqual(['question.answer ["q1",true]', 'timer.dismiss ["t1"]', 'conversation.start', 'window.show', 'heldTurn.retry', 'heldTurn.discard', 'microphone.mute [false]', 'notice.dismiss'])
    })

    it('fades after ten seconds in which nothing happens, and is back at once', async () => {
      const page = await stage().open(running, { overlay: true, reducedMotion: true })
      const opacity = (): Promise<string> => page.locator('.overlay').evaluate((element) => getComputedStyle(element).opacity)
      await page.clock.install()
      await page.evaluate(() => window.fake.voice({ state: 'thinking' }))
      await page.waitForTimeout(50)
      await page.clock.runFor(9000)
      expect(await opacity()).toBe('1')
      await page.clock.runFor(1500)
      await expect.poll(opacity).toBe('0.7')
      await page.evaluate(() => window.fake.levels({ voiceRms: 0.1, voicePeak: 0.2 }))
      await expect.poll(opacity).toBe('1')
      await page.clock.runFor(10_500)
      await expect.poll(opacity).toBe('0.7')
      await page.evaluate(() => window.fake.voice({ state: 'speaking' }))
      await expect.poll(opacity).toBe('1')
      // What must be read does not fade.
      await page.evaluate((s) => window.fake.load(s), overlayScenes['notice'] ?? app())
      await page.clock.runFor(20_000)
      expect(await opacity()).toBe('1')
    })
  })

  describe('what the desktop does not let Parley do', () => {
    it('stands in the settings, with its reason', async () => {
      const page = await stage().open({ ...app(), overlay: { on: false, reason: 'wayland', grows: 'up', movedBy: 'system' }, desktop: { noTray: true, login: 'approval' } })
      await page.getByRole('button', { name: 'Settings' }).click()
      const sheet = page.getByRole('dialog', { name: 'Settings' })
      for (const reason of ['Under Wayland no window can stay on top', 'macOS waits for your approval', 'This desktop shows no tray icons']) await sheet.getByText(reason).waitFor()
    })
  })

  describe('a view asked for from outside the window', () => {
    it('is shown once, and main is told', async () => {
      const page = await stage().open(app())
      await page.evaluate(() => window.fake.set({ wanted: { view: 'settings', n: 1 } }))
      const sheet = page.getByRole('dialog', { name: 'Settings' })
      await sheet.waitFor()
      await expect.poll(() => calls(page)).toContain('view.shown [1]')
      await page.evaluate(() => window.fake.set({ wanted: null }))
      await page.keyboard.press('Escape')
      await sheet.waitFor({ state: 'detached' })
      await page.evaluate(() => window.fake.set({ wanted: { view: 'settings', n: 2 } }))
      await sheet.waitFor()
      await page.evaluate(() => window.fake.set({ wanted: { view: 'talk', n: 3 } }))
      await sheet.waitFor({ state: 'detached' })
      await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('talk')
      expect((await calls(page)).filter((call) => call.startsWith('talk'))).toEqual([])
    })
  })
}
