import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { app, scenes } from '../harness/scenes.ts'
import type { Stage } from '../harness/stage.ts'

/** What axe finds, in a form that a person can act on. */
async function faults(page: Page, view: string, contrastOnly: boolean): Promise<string[]> {
  const axe = new AxeBuilder({ page })
    .setLegacyMode(true)
    // A guard at the edge of a menu passes the focus on at once: nobody ever stands on it.
    .exclude('[data-base-ui-focus-guard]')
  if (contrastOnly) axe.withRules(['color-contrast'])
  const { violations } = await axe.analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${view}: ${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`))
    // The Talk button keeps its name whatever it says it does now (design §6); its words are its description.
    .filter((fault) => !fault.includes('label-content-name-mismatch: #talk '))
}

const unkept = { present: true, source: 'session' as const, origin: 'wss://api.openai.com', backend: '', backendVerified: false, unprotected: true }
const openai = { settings: { endpoint: { kind: 'openai' as const, url: '', model: '' } } }

/** What differs from another view in nothing that axe looks at. */
const ALIKE = ['empty-open-line', 'connecting', 'listening-connecting', 'reconnecting']

/** The views that hold every pair of colours between them. */
const CONTRASTS = ['empty', 'speaking', 'pending', 'remarks', 'held', 'question', 'ringing', 'spent', 'tools', 'onboarding-again']

async function show(page: Page, name: string, state = scenes[name]): Promise<void> {
  if (state === undefined) throw new Error(name)
  const theme = await page.evaluate(() => window.fake.state.settings.theme)
  await page.evaluate((s) => window.fake.load(s), { ...state, settings: { ...state.settings, theme } })
  // colours fade over 120 ms; axe must not measure them half way
  await page.waitForTimeout(160)
}

/** Every view of the window: what it looks like is the business of pictures, that it holds is tested here. */
export function everyViewSuite(stage: () => Stage): void {
  describe('every view', () => {
    it.each(['light', 'dark'] as const)('has no serious accessibility fault under the production policy (%s)', async (theme) => {
      const page = await stage().open(app({ settings: { theme } }))
      // What does not depend on colours is the same in both themes.
      const contrastOnly = theme === 'dark'
      const found: string[] = []
      for (const name of contrastOnly ? CONTRASTS : Object.keys(scenes).filter((name) => !ALIKE.includes(name))) {
        await show(page, name)
        found.push(...(await faults(page, name, contrastOnly)))
      }
      await show(page, 'first steps, key not kept', app({ ...openai, onboarding: true, key: unkept }))
      found.push(...(await faults(page, 'first steps, key not kept', contrastOnly)))
      await show(page, 'onboarding')
      for (const way of ['With an OpenAI key', 'With another server']) {
        await page.getByRole('button', { name: way }).click()
        await page.waitForTimeout(240)
        found.push(...(await faults(page, way, contrastOnly)))
      }
      await page.getByRole('button', { name: 'Does Parley hear you?' }).click()
      found.push(...(await faults(page, 'microphone', contrastOnly)))
      for (const entry of ['Do you hear Parley?', 'Which key talks?']) {
        await page.getByRole('button', { name: entry }).click()
        found.push(...(await faults(page, entry, contrastOnly)))
      }
      await show(page, 'ready')
      await page.getByRole('button', { name: 'Save conversation' }).click()
      await page.waitForTimeout(200)
      found.push(...(await faults(page, 'menu', contrastOnly)))
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Settings' }).click()
      await page.getByRole('dialog').waitFor()
      await page.waitForTimeout(300)
      found.push(...(await faults(page, 'settings', contrastOnly)))

      // All that the sheet can hold: rows of the open line and of a key that is not kept, what is asked twice, a key that is awaited.
      const whole = app({ settings: { ...openai.settings, turnMode: 'open_line', talkKeyAutomatic: true, voice: 'cedar' }, key: unkept })
      await show(page, 'settings, whole', whole)
      await page.evaluate(() => {
        window.fake.answers['talkKey.capture'] = 'pending'
      })
      await page.getByRole('button', { name: 'Press another key' }).click()
      await page.getByText('Press the key…').waitFor()
      found.push(...(await faults(page, 'settings, key awaited', contrastOnly)))
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Delete all' }).click()
      await page.getByRole('button', { name: 'Try the microphone' }).click()
      found.push(...(await faults(page, 'settings, whole', contrastOnly)))
      await page.getByRole('textbox', { name: 'Search settings' }).fill('weather')
      await page.getByText('Nothing found').waitFor()
      found.push(...(await faults(page, 'settings, nothing found', contrastOnly)))
      expect(found).toEqual([])
    })

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
