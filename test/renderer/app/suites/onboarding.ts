import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { failure } from '../../../../shared/failure.ts'
import { app, scenes } from '../harness/scenes.ts'
import { calls, type Stage } from '../harness/stage.ts'

const key = (page: Page) => page.getByLabel('Key', { exact: true })
const check = (page: Page) => page.getByRole('button', { name: 'Check and use' })

/** What was asked of `endpoint.choose`. */
const chosen = async (page: Page): Promise<string[]> => (await calls(page)).filter((call) => call.startsWith('endpoint.choose'))

/** The first minute. */
export function onboardingSuite(stage: () => Stage): void {
  const first = () => stage().open(scenes['onboarding'] ?? app(), { height: 1000 })

  describe('onboarding', () => {
    it('needs one press to practise', async () => {
      const page = await first()
      expect(await page.getByRole('button', { name: 'To the conversation' }).count()).toBe(0)
      await page.getByRole('button', { name: 'Practise without an account', exact: true }).click()
      expect(await calls(page)).toEqual(['endpoint.choose [{"kind":"practice","url":"","model":"","key":"","insecureConsent":false}]'])
      await page.evaluate(() => window.fake.set({ onboarding: false, settings: { ...window.fake.state.settings, endpoint: { kind: 'practice', url: '', model: '' } } }))
      await page.getByRole('log', { name: 'Conversation' }).waitFor()
      await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('talk')
    })

    it('checks an OpenAI key in words, empties the field, and says where the key is kept', async () => {
      const page = await first()
      await page.getByRole('button', { name: 'With an OpenAI key' }).click()
      await page.getByText('probably in GNOME Keyring').waitFor()
      await page.getByText('gpt-realtime-2.1-mini: about 0.6 ¢ a minute you speak, 2.4 ¢ a minute it speaks').waitFor()
      await page.getByText('gpt-realtime-2.1: about 1.9 ¢ a minute you speak, 7.7 ¢ a minute it speaks').waitFor()
      expect([await key(page).getAttribute('type'), await key(page).getAttribute('autocomplete')]).toEqual(['password', 'off'])
      await check(page).click()
      await page.getByText('Paste the key first.').waitFor()

      await page.evaluate((f) => {
        window.fake.answers['endpoint.choose'] = f
      }, failure('invalid_key', { host: 'api.openai.com' }))
      await key(page).fill('  sk-test  ')
      await page.getByRole('radio', { name: 'Larger, thinks further' }).check()
      await check(page).click()
      await page.getByText('The server (api.openai.com) did not accept the key.').waitFor()
      expect(await key(page).inputValue()).toBe('')
      expect(await calls(page)).toEqual(['endpoint.choose [{"kind":"openai","url":"","model":"gpt-realtime-2.1","key":"sk-test","insecureConsent":false}]'])

      await page.evaluate(() => {
        window.fake.answers['endpoint.choose'] = 'pending'
      })
      await key(page).fill('sk-test')
      await check(page).click()
      await page.getByText('Asking api.openai.com whether this works…').waitFor()
      expect(await page.content()).not.toContain('sk-test')
    })

    it('goes on to the microphone after a key, and from there to the conversation', async () => {
      const page = await first()
      await page.getByRole('button', { name: 'With an OpenAI key' }).click()
      await key(page).fill('sk-test')
      await check(page).click()
      // what main does when the key works
      await page.evaluate(() => window.fake.set({ onboarding: false, settings: { ...window.fake.state.settings, endpoint: { kind: 'openai', url: '', model: '' } } }))
      await page.getByText('Say something.').waitFor()
      await page.evaluate(() => window.fake.levels({ micRms: 0.1, micPeak: 0.3 }))
      await page.getByText('Parley hears you.').waitFor()
      await page.getByRole('button', { name: 'To the conversation' }).click()
      await page.getByRole('log', { name: 'Conversation' }).waitFor()
      expect(await calls(page)).toContain('microphone.preview [true]')
      expect(await calls(page)).toContain('microphone.preview [false]')
    })

    it('says when the microphone gives nothing at all', async () => {
      const page = await first()
      await page.getByRole('button', { name: 'Does Parley hear you?' }).click()
      await page.getByText(/^Parley cannot hear anything from/).waitFor({ timeout: 8000 })
      await page.evaluate(() => window.fake.levels({ micRms: 0.001, micPeak: 0.002 }))
      await page.getByText('Say something.').waitFor()
    })

    it('asks for consent before a key goes unencrypted to another computer', async () => {
      const page = await first()
      await page.getByRole('button', { name: 'With another server' }).click()
      await check(page).click()
      await page.getByText("Enter the server's address first.").waitFor()
      const address = page.getByLabel('Address')
      const consent = page.getByRole('checkbox')
      await address.fill('ws://127.0.0.1:9000/v1/realtime')
      expect(await consent.count()).toBe(0)
      await address.fill('ws://192.168.1.20:9000/v1/realtime')
      await key(page).fill('secret')
      await check(page).click()
      await page.getByText('Tick the box first').waitFor()
      await consent.check()
      await check(page).click()
      await expect.poll(() => chosen(page)).toEqual(['endpoint.choose [{"kind":"compatible","url":"ws://192.168.1.20:9000/v1/realtime","model":"","key":"secret","insecureConsent":true}]'])
    })

    it('asks Azure for its deployment', async () => {
      const page = await first()
      await page.getByRole('button', { name: 'With another server' }).click()
      await page.getByRole('radio', { name: 'Azure OpenAI' }).check()
      await page.getByLabel('Address').fill('https://r.openai.azure.com')
      await key(page).fill('k')
      await check(page).click()
      await page.getByText('Enter the name of your deployment first.').waitFor()
      await page.getByLabel('Deployment').fill('voice')
      await check(page).click()
      await expect.poll(() => chosen(page)).toEqual(['endpoint.choose [{"kind":"azure","url":"https://r.openai.azure.com","model":"voice","key":"k","insecureConsent":false}]'])
    })

    it('can be left again once there is someone to talk with', async () => {
      const page = await stage().open(scenes['onboarding-again'] ?? app())
      await page.getByRole('button', { name: 'To the conversation' }).click()
      expect(await calls(page)).toEqual(['onboarding.show [false]'])
    })
  })
}
