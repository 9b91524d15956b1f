import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { app, scenes } from '../harness/scenes.ts'
import type { Stage } from '../harness/stage.ts'

/** Where the focus is: what a screen reader would name, or `body`. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { activeElement: at } = document
    return at === null || at === document.body ? 'body' : (at.getAttribute('aria-label') ?? at.textContent).trim()
  })

const OPENAI = { kind: 'openai' as const, url: '', model: '' }
const stored = { present: true, source: 'stored' as const, origin: 'wss://api.openai.com', backend: 'GNOME Keyring', backendVerified: true, unprotected: false }
const unkept = { ...stored, source: 'session' as const, backend: '', backendVerified: false, unprotected: true }

/** What is pressed may go away with the press; whoever uses the keyboard must not be dropped at the beginning of the page. */
export function focusSuite(stage: () => Stage): void {
  /** Presses a button with the keyboard. */
  async function press(page: Page, name: string | RegExp): Promise<void> {
    await page.getByRole('button', { name }).focus()
    await page.keyboard.press('Enter')
  }

  describe('the focus, when what has it goes away', () => {
    it('a row that is reset: its control', async () => {
      const page = await stage().open(app({ settings: { voice: 'cedar' } }))
      await press(page, 'Settings')
      await press(page, 'Reset Voice')
      await page.evaluate(() => window.fake.set({ settings: { ...window.fake.state.settings, voice: 'marin' } }))
      await expect.poll(() => page.getByRole('button', { name: 'Reset Voice' }).count()).toBe(0)
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('SELECT')
    })

    it('a key that is forgotten', async () => {
      const page = await stage().open(app({ settings: { endpoint: OPENAI }, key: stored }))
      await press(page, 'Settings')
      await press(page, 'Forget key')
      await page.evaluate(() => window.fake.set({ key: { ...window.fake.state.key, present: false, source: 'none' } }))
      await expect.poll(() => page.getByRole('button', { name: 'Forget key' }).count()).toBe(0)
      await expect.poll(() => focused(page)).toBe('Change')
    })

    it('everything kept that is deleted', async () => {
      const page = await stage().open(app())
      await press(page, 'Settings')
      await press(page, 'Delete all')
      await press(page, 'Really delete all')
      await expect.poll(() => focused(page)).toBe('All kept conversations are deleted.')
    })

    it.each(['settings', 'first steps'])('a key that is kept all the same, in %s', async (where) => {
      const page = await stage().open(app({ onboarding: where === 'first steps', settings: { endpoint: OPENAI }, key: unkept }))
      if (where === 'settings') await press(page, 'Settings')
      await press(page, 'Keep it anyway')
      await page.evaluate(() => window.fake.set({ key: { ...window.fake.state.key, source: 'stored' } }))
      await expect.poll(() => focused(page)).toMatch(/^The key is kept on this computer now/)
    })

    it('an entry of the first steps that gives way to the next', async () => {
      const page = await stage().open(scenes['onboarding'] ?? app())
      for (const title of ['Does Parley hear you?', 'Do you hear Parley?', 'Which key talks?']) {
        await press(page, 'Skip')
        await expect.poll(() => focused(page)).toContain(title)
      }
      await press(page, 'How do you want to talk?')
      await press(page, /^With an OpenAI key/)
      await page.getByLabel('Key', { exact: true }).fill('sk-test')
      await page.keyboard.press('Enter')
      await expect.poll(() => focused(page)).toContain('Does Parley hear you?')
    })
  })
}
