import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { app, scenes } from '../harness/scenes.ts'
import type { Stage } from '../harness/stage.ts'

/** Every view of the window: what it looks like is the business of pictures, that it holds is tested here. */
export function everyViewSuite(stage: () => Stage): void {
  describe('every view', () => {
    it('keeps the footer where it is, in every state and at every width', async () => {
      for (const [width, height] of [
        [520, 720],
        [380, 640],
        [260, 480],
        [960, 720],
      ] as const) {
        const page = await stage().open(app(), { width, height })
        const boxes = new Map<string, string>()
        const long = app({ voice: { active: true, state: 'reconnecting', startedAt: Date.now() - 4_000_000, tokens: 98_765, microphone: 'live' } })
        for (const [name, state] of [...Object.entries(scenes), ['long', long] as const]) {
          if (state.onboarding) continue
          for (const language of ['en', 'de'] as const) {
            const { lang, box, spill } = await page.evaluate(async (s) => {
              window.fake.load(s)
              for (let frame = 0; frame < 2; frame++) await new Promise((done) => requestAnimationFrame(done))
              const place = (selector: string): number[] => {
                const { x, y, width: w, height: h } = document.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect()
                return [x, y, w, h].map(Math.round)
              }
              return {
                lang: document.documentElement.lang,
                box: JSON.stringify(['.footer', '.talk', '.mutes', '.start-end', '.message', '.send', '.line'].map(place)),
                spill: [...document.querySelectorAll('.footer button:not(.talk), .talk-words, .figures, .state')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => `${e.className} ${e.textContent}`),
              }
            }, { ...state, language })
            boxes.set(`${name} ${language}`, box)
            expect(lang).toBe(language)
            expect(spill, `${width} ${name} ${language}`).toEqual([])
          }
        }
        const usual = boxes.get('empty en')
        expect([...boxes].filter(([, box]) => box !== usual), `${width}: ${usual}`).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      }
    })

    it('is mirrored whole in a language that is written from right to left', async () => {
      const parts = ['.footer', '.talk', '.mutes', '.start-end', '.message', '.send', '.title-row', '.title-row > :first-child', '.title-row > :last-child', '[role=log]']
      const places = (page: Page, selectors: readonly string[]): Promise<[number, number, number, number][]> =>
        page.evaluate((wanted) => wanted.map((selector) => {
          const { left, right, top, height } = document.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect(-1, -1, 0, 0)
          return [Math.round(left), Math.round(innerWidth - right), Math.round(top), Math.round(height)]
        }), selectors)
      const turn = (page: Page): Promise<void> => page.evaluate(() => {
        document.documentElement.dir = 'rtl'
      })
      const spilled = (page: Page): Promise<boolean> => page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
      for (const name of ['ready', 'remarks', 'held', 'onboarding']) {
        const page = await stage().open(scenes[name] ?? app())
        const selectors = name === 'onboarding' ? ['main'] : parts
        const before = await places(page, selectors)
        expect(before.filter(([, , , height]) => height === 0), name).toEqual([])
        await turn(page)
        await page.waitForTimeout(160)
        expect(await places(page, selectors), name).toEqual(before.map(([left, right, top, height]) => [right, left, top, height]))
        expect(await spilled(page), name).toBe(false)
      }
      const page = await stage().open(app())
      await turn(page)
      await page.getByRole('button', { name: 'Settings' }).click()
      await page.getByRole('dialog').waitFor()
      await page.waitForTimeout(300)
      expect(await spilled(page)).toBe(false)
      const cut = await page.evaluate(() => [...document.querySelectorAll('[role=dialog] button, [role=dialog] label, [role=dialog] select')].filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0).map((e) => e.textContent))
      expect(cut).toEqual([])
      await page.evaluate(() => {
        document.documentElement.dir = 'ltr'
      })
    })

    it('notices a violation of the policy when there is one', async () => {
      const page = await stage().open(app())
      await page.evaluate(() => {
        const style = document.createElement('style')
        style.textContent = 'body { color: red }'
        document.head.append(style)
      })
      await expect.poll(() => stage().trouble.filter((line) => line.startsWith('style-src')).length).toBe(1)
      expect(await stage().clear()).not.toEqual([])
    })

    it('follows theme, language and the system', async () => {
      const page = await stage().open(app({ settings: { theme: 'system' } }))
      const paper = (): Promise<string> => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
      const light = await paper()
      await page.emulateMedia({ colorScheme: 'dark' })
      const dark = await paper()
      expect(dark).not.toBe(light)
      await page.evaluate(() => window.fake.set({ settings: { ...window.fake.state.settings, theme: 'light' }, language: 'de' }))
      expect(await paper()).toBe(light)
      expect(await page.locator('html').getAttribute('lang')).toBe('de')
      await page.getByRole('button', { name: 'Gespräch starten' }).waitFor()
    })
  })
}
