import { describe, expect, it } from 'vitest'
import { failure } from '../../../../shared/failure.ts'
import { app, scenes } from '../harness/scenes.ts'
import { calls, type Stage } from '../harness/stage.ts'

/** Failures and notices: each button does what it says. */
export function stripSuite(stage: () => Stage): void {
  describe('strips', () => {
    it('offer what was said but not sent', async () => {
      const page = await stage().open(scenes['held'] ?? app())
      await page.getByText('What you said (4.2\u202fs) has not been sent.').waitFor()
      await page.getByRole('button', { name: 'Send again' }).click()
      await page.getByRole('button', { name: 'Discard' }).click()
      expect(await calls(page)).toEqual(['heldTurn.retry', 'heldTurn.discard'])
      await page.evaluate(() => window.fake.voice({ state: 'idle', failure: null, heldTurnMs: 1500 }))
      await page.getByText('What you said (1.5\u202fs) has not been sent.').waitFor()
      expect(await page.locator('.strip').count()).toBe(1)
      await page.evaluate(() => window.fake.voice({ heldTurnMs: null }))
      expect(await page.locator('.strip').count()).toBe(0)
    })

    it('carry out every next step', async () => {
      const page = await stage().open(app())
      const press = async (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click()
      await page.evaluate((f) => window.fake.voice({ state: 'failed', failure: f }), failure('offline', { host: 'api.openai.com' }, ['retry', 'change_key', 'practise', 'dismiss']))
      for (const name of ['Try again', 'Change key', 'Practise without an account', 'Dismiss']) await press(name)
      await page.evaluate((f) => window.fake.voice({ state: 'ready', failure: null, notice: f }), failure('microphone_muted', {}, ['unmute']))
      for (const name of ['Unmute', 'Dismiss']) await press(name)
      expect(await calls(page)).toEqual([
        'conversation.start',
        'onboarding.show [true]',
        'endpoint.choose [{"kind":"practice","url":"","model":"","key":"","insecureConsent":false}]',
        'conversation.end',
        'microphone.mute [false]',
        'notice.dismiss',
      ])
    })

    it('hand the focus on to Talk when they go, and take it from nobody', async () => {
      const page = await stage().open(scenes['ready'] ?? app())
      const focused = (): Promise<string | null> => page.evaluate(() => (document.activeElement === document.body ? null : (document.activeElement?.id ?? '')))
      const notice = (code: 'microphone_muted' | null): Promise<void> =>
        page.evaluate((f) => window.fake.voice({ notice: f }), code && failure(code, {}, ['unmute']))
      await notice('microphone_muted')
      await page.getByRole('button', { name: 'Dismiss' }).focus()
      await page.keyboard.press('Enter')
      await notice(null)
      expect(await focused()).toBe('talk')
      const message = page.getByRole('textbox', { name: 'Message' })
      await notice('microphone_muted')
      await page.getByRole('button', { name: 'Dismiss' }).focus()
      await message.focus()
      await notice(null)
      expect(await focused()).toBe(await message.getAttribute('id'))
      // Who has put the focus nowhere keeps it there.
      await notice('microphone_muted')
      await page.getByRole('button', { name: 'Dismiss' }).focus()
      await page.evaluate(() => (document.activeElement as HTMLElement).blur())
      await page.evaluate(() => window.fake.voice({ state: 'thinking' }))
      expect(await focused()).toBeNull()
    })

    it.each(['before', 'after'] as const)('say once why a message was refused, whether the conversation says so %s the answer', async (when) => {
      const page = await stage().open(scenes['ready'] ?? app())
      const capped = failure('spending_session', { usd: 0.5 }, ['dismiss'])
      const tell = (): Promise<void> => page.evaluate((f) => window.fake.voice({ notice: f }), capped)
      await page.evaluate((f) => {
        window.fake.answers['message.send'] = f
      }, capped)
      if (when === 'before') await tell()
      await page.getByRole('textbox', { name: 'Message' }).fill('And now?')
      await page.keyboard.press('Enter')
      await expect.poll(() => calls(page)).toContain('message.send ["And now?"]')
      if (when === 'after') {
        await page.getByText('This conversation has reached its cap').waitFor()
        await tell()
      }
      await expect.poll(() => page.locator('.strip').count()).toBe(1)
      expect(await page.locator('.strip').getAttribute('data-place')).toBe('notice')
      await page.getByRole('button', { name: 'Dismiss' }).click()
      await page.evaluate(() => window.fake.voice({ notice: null }))
      await expect.poll(() => page.locator('.strip').count()).toBe(0)
      expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('And now?')
    })

    it('lead to the microphone in Settings, with its meter', async () => {
      const page = await stage().open(scenes['silent'] ?? app())
      await page.getByText('Parley cannot hear anything from “USB Microphone”. Is it switched off?').waitFor()
      await page.getByRole('button', { name: 'Choose another microphone' }).click()
      const sheet = page.getByRole('dialog', { name: 'Settings' })
      await sheet.getByLabel('Microphone', { exact: true }).selectOption('Built-in Audio Analogue Stereo')
      await sheet.getByText('Say something.').waitFor()
      await page.evaluate(() => window.fake.levels({ micRms: 0.1, micPeak: 0.3 }))
      await sheet.getByText('Parley hears you.').waitFor()
      await page.keyboard.press('Escape')
      await sheet.waitFor({ state: 'detached' })
      expect((await calls(page)).filter((call) => call !== 'devices.refresh')).toEqual(['microphone.preview [true]', 'settings.change [{"microphoneId":"b2"}]', 'microphone.preview [false]'])
    })
  })
}
