import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { app, overlayScenes, scenes } from '../harness/scenes.ts'
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

/** No serious fault of accessibility in any view, under the production policy. */
export function accessibilitySuite(stage: () => Stage): void {
  describe('accessibility', () => {
    it.each(['light', 'dark'] as const)('holds for every view of the window (%s)', async (theme) => {
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

    it.each(['light', 'dark'] as const)('holds for the overlay (%s)', async (theme) => {
      const page = await stage().open(app({ voice: { active: true, state: 'ready', microphone: 'armed' } }), { overlay: true, height: 300 })
      const found: string[] = []
      // Four of them hold every part and every pair of colours; what does not depend on colours is the same in both themes.
      for (const name of theme === 'dark' ? ['listening', 'muted', 'failed', 'question'] : Object.keys(overlayScenes)) {
        const state = overlayScenes[name] ?? app()
        await page.evaluate((s) => window.fake.load(s), { ...state, settings: { ...state.settings, theme } })
        await page.waitForTimeout(140)
        found.push(...(await faults(page, name, theme === 'dark')))
      }
      expect(found).toEqual([])
    })
  })
}
