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
      // A key may be stored from before: only main knows that there is none.
      await page.evaluate((f) => {
        window.fake.answers['endpoint.choose'] = f
      }, failure('no_key', { host: 'api.openai.com' }))
      await check(page).click()
      await page.getByText('Paste the key first.').waitFor()
      await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('password')

      await page.evaluate((f) => {
        window.fake.answers['endpoint.choose'] = f
      }, failure('invalid_key', { host: 'api.openai.com' }))
      await key(page).fill('  sk-test  ')
      await page.getByRole('radio', { name: 'Larger, thinks further' }).check()
      await check(page).click()
      await page.getByText('The server (api.openai.com) did not accept the key.').waitFor()
      expect(await key(page).inputValue()).toBe('')
      expect((await calls(page)).at(-1)).toBe('endpoint.choose [{"kind":"openai","url":"","model":"gpt-realtime-2.1","key":"sk-test","insecureConsent":false}]')

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
      await page.getByText(/^Parley cannot hear anything from/).waitFor()
      await page.evaluate(() => window.fake.levels({ micRms: 0.001, micPeak: 0.002 }))
      await page.getByText('Say something.').waitFor()
    })

    it('says when no microphone could be opened, and tries again', async () => {
      const page = await first()
      await page.getByRole('button', { name: 'Does Parley hear you?' }).click()
      await page.evaluate((f) => window.fake.voice({ notice: f }), failure('microphone_denied', {}, ['choose_microphone', 'dismiss']))
      await page.getByText('The microphone is not open.').waitFor()
      await page.getByText('Parley may not use the microphone.').waitFor()
      const before = (await calls(page)).length
      await page.getByRole('button', { name: 'Try again' }).focus()
      await page.keyboard.press('Enter')
      await expect.poll(async () => (await calls(page)).slice(before)).toEqual(['microphone.preview [false]', 'microphone.preview [true]'])
      await page.evaluate(() => window.fake.voice({ notice: null }))
      await page.getByText('Say something.').waitFor()
      await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Say something.')
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

    it('is four entries, each of which can be skipped and opened again, with the keyboard alone', async () => {
      const page = await first()
      const open = (): Promise<string[]> => page.locator('.notebook-title[aria-expanded=true] .notebook-words').evaluateAll((all) => all.map((words) => words.textContent.trim()))
      const titles = ['How do you want to talk?', 'Does Parley hear you?', 'Do you hear Parley?', 'Which key talks?']
      for (const title of titles.slice(0, 3)) {
        expect(await open()).toEqual([title])
        await page.getByRole('button', { name: 'Skip', exact: true }).focus()
        await page.keyboard.press('Enter')
      }
      expect(await open()).toEqual(titles.slice(3))
      await page.getByRole('button', { name: 'How do you want to talk?' }).focus()
      await page.keyboard.press('Enter')
      expect(await open()).toEqual(titles.slice(0, 1))
    })

    it('plays back what it heard, says when that is nothing, and stops with the entry', async () => {
      const page = await first()
      await page.getByRole('button', { name: 'Does Parley hear you?' }).click()
      await page.getByText('Say something.').waitFor()
      expect(await page.getByRole('button', { name: 'Play back what was heard' }).count()).toBe(0)
      await page.evaluate(() => window.fake.levels({ micRms: 0.1, micPeak: 0.3 }))
      const play = page.getByRole('button', { name: 'Play back what was heard' })
      await play.click()
      await expect.poll(() => calls(page)).toContain('sound.play ["heard"]')
      await page.evaluate((f) => {
        window.fake.answers['sound.play'] = f
      }, failure('nothing_heard', {}, ['dismiss']))
      await play.click()
      await page.getByText('There is nothing to play back yet.').waitFor()
      await page.evaluate(() => {
        window.fake.answers['sound.play'] = 'pending'
      })
      await play.click()
      await page.getByRole('button', { name: 'Stop', exact: true }).waitFor()
      await page.getByRole('button', { name: 'Next', exact: true }).click()
      await expect.poll(() => calls(page)).toContain('sound.stop')
    })

    it('tries the speaker and the voice, says what that costs, and asks what one listens with', async () => {
      const page = await stage().open(scenes['onboarding-again'] ?? app(), { height: 1000 })
      await page.getByRole('button', { name: 'Do you hear Parley?' }).click()
      await page.getByRole('button', { name: 'Play a test tone' }).click()
      await page.getByText('One sentence, billed by your server').waitFor()
      await page.getByRole('button', { name: 'Hear the voice' }).click()
      await page.getByRole('radio', { name: 'Speakers' }).check()
      await page.getByRole('checkbox', { name: 'Do not listen while Parley speaks' }).click()
      await page.evaluate(() => window.fake.set({ settings: { ...window.fake.state.settings, halfDuplex: true } }))
      await page.getByRole('radio', { name: 'Headphones' }).check()
      expect(await calls(page)).toEqual(['sound.play ["tone"]', 'sound.play ["voice"]', 'settings.change [{"halfDuplex":true}]', 'settings.change [{"halfDuplex":false}]'])
      await page.getByRole('button', { name: 'Next', exact: true }).click()
      await page.getByRole('button', { name: 'Do you hear Parley? You hear Parley' }).waitFor()
    })

    it('says once that nothing can be played, whichever says it first, and not again when that is dismissed', async () => {
      const broken = failure('speaker_failed', {}, ['dismiss'])
      const page = await stage().open(scenes['onboarding-again'] ?? app(), { height: 1000 })
      await page.getByRole('button', { name: 'Do you hear Parley?' }).click()
      const tone = page.getByRole('button', { name: 'Play a test tone' })
      const sentence = page.getByText('Parley cannot play sound.')
      const settles = async (count: number): Promise<void> => {
        await expect.poll(() => sentence.count()).toBe(count)
        await page.waitForTimeout(100)
        expect(await sentence.count()).toBe(count)
      }
      await page.evaluate((f) => {
        window.fake.answers['sound.play'] = f
      }, broken)
      await tone.click()
      await settles(1)
      await page.evaluate((notice) => window.fake.voice({ notice }), broken)
      await settles(1)
      await page.evaluate(() => window.fake.voice({ notice: null }))
      await settles(0)
      await page.evaluate((notice) => window.fake.voice({ notice }), broken)
      await tone.click()
      await settles(1)
      // The settings cover what stands below.
      await page.getByRole('button', { name: 'Settings' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Play a test tone' }).click()
      await page.getByRole('dialog').getByText('Parley cannot play sound.').waitFor()
    })

    it('lets the talk key be tried, and says what was detected', async () => {
      const page = await stage().open(scenes['onboarding-again'] ?? app(), { height: 1000 })
      const set = (trial: NonNullable<ReturnType<typeof app>['talkKeyTrial']>) => page.evaluate((talkKeyTrial) => window.fake.set({ talkKeyTrial, talkKey: { provider: 'hook', canHold: true, name: 'Right Ctrl', chosen: 'Right Ctrl', reasons: [] } }), trial)
      await page.getByRole('button', { name: 'Which key talks?' }).click()
      expect(await calls(page)).toContain('talkKey.trial [true]')
      await set({ phase: 'waiting', last: null })
      await page.getByText('Press Right Ctrl: hold it for a moment, or tap it.').waitFor()
      await set({ phase: 'held', last: null })
      await page.getByText('Held: Parley would listen until you let go.').waitFor()
      await set({ phase: 'waiting', last: { as: 'hold', ms: 1240 } })
      await page.getByText('That was a hold of 1.2 s. It works.').waitFor()
      await set({ phase: 'tapped', last: null })
      await page.getByText('Tapped: Parley would listen until you press again.').waitFor()
      // Where it cannot be held nobody is told to.
      await page.evaluate(() => window.fake.set({ talkKeyTrial: { phase: 'waiting', last: null }, talkKey: { provider: 'shortcut', canHold: false, name: 'F8', chosen: 'Right Ctrl', reasons: ['wayland'] } }))
      await page.getByText('Press F8, and once more.').waitFor()
      await page.getByText('Press it in any program, speak, press it again.').waitFor()
      await set({ phase: 'waiting', last: { as: 'tap', ms: 900 } })
      await page.getByRole('button', { name: 'How do you want to talk?' }).click()
      expect(await calls(page)).toContain('talkKey.trial [false]')
      await page.getByRole('button', { name: 'Which key talks? Tried' }).waitFor()
    })

    it('can be left again once there is someone to talk with', async () => {
      const page = await stage().open(scenes['onboarding-again'] ?? app())
      await page.getByRole('button', { name: 'To the conversation' }).click()
      expect(await calls(page)).toEqual(['onboarding.show [false]'])
    })
  })
}
