import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { app } from '../harness/scenes.ts'
import { calls, type Stage } from '../harness/stage.ts'

const talkButton = (page: Page) => page.getByRole('button', { name: 'Talk', exact: true })

/** The Talk button, by everything that can hold it. */
export function talkSuite(stage: () => Stage): void {
  describe('Talk', () => {
    it('is held by the mouse, also when the pointer leaves it', async () => {
      const page = await stage().open(app())
      await talkButton(page).hover()
      await page.mouse.down()
      expect(await talkButton(page).getAttribute('aria-pressed')).toBe('true')
      await page.mouse.move(10, 10)
      expect(await calls(page)).toEqual(['talk.press'])
      await page.mouse.up()
      expect(await talkButton(page).getAttribute('aria-pressed')).toBe('false')
      await talkButton(page).click({ button: 'right' })
      expect(await calls(page)).toEqual(['talk.press', 'talk.release'])
    })

    it('is held by a finger, with no menu and no selection', async () => {
      const page = await stage().open(app(), { touch: true })
      const box = await talkButton(page).boundingBox()
      if (box === null) throw new Error('no Talk button')
      const client = await page.context().newCDPSession(page)
      const point = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
      await client.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [point] })
      await client.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x: point.x + 60, y: point.y - 90 }] })
      expect(await calls(page)).toEqual(['talk.press'])
      await client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
      await expect.poll(() => calls(page)).toEqual(['talk.press', 'talk.release'])
      await client.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [point] })
      await client.send('Input.dispatchTouchEvent', { type: 'touchCancel', touchPoints: [] })
      await expect.poll(() => calls(page)).toEqual(['talk.press', 'talk.release', 'talk.press', 'talk.cancel'])
      expect(await page.evaluate(() => document.querySelector('.talk')?.dispatchEvent(new MouseEvent('contextmenu', { cancelable: true })))).toBe(false)
      expect(await page.evaluate(() => getSelection()?.toString())).toBe('')
    })

    it.each(['Space', 'Enter'])('is held by %s, and a key that repeats presses once', async (key) => {
      const page = await stage().open(app())
      await talkButton(page).focus()
      await page.keyboard.down(key)
      await page.keyboard.down(key)
      await page.keyboard.down(key)
      expect(await calls(page)).toEqual(['talk.press'])
      expect(await talkButton(page).getAttribute('aria-pressed')).toBe('true')
      await page.keyboard.up(key)
      expect(await calls(page)).toEqual(['talk.press', 'talk.release'])
    })

    it('sends nothing when the hold is lost: focus, window, hiding, Escape', async () => {
      const page = await stage().open(app())
      const lose: Record<string, () => Promise<unknown>> = {
        focus: () => page.evaluate(() => document.getElementById('message')?.focus()),
        window: () => page.evaluate(() => window.dispatchEvent(new Event('blur'))),
        hiding: () =>
          page.evaluate(() => {
            Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
            document.dispatchEvent(new Event('visibilitychange'))
            Reflect.deleteProperty(document, 'visibilityState')
          }),
        escape: async () => {
          await page.keyboard.press('Escape')
          await page.keyboard.down('Space') // the key repeats until it is let go
        },
      }
      for (const [how, lost] of Object.entries(lose)) {
        await page.evaluate(() => window.fake.calls.splice(0))
        await talkButton(page).focus()
        await page.keyboard.down('Space')
        await lost()
        await page.keyboard.up('Space')
        expect(await calls(page), how).toEqual(['talk.press', 'talk.cancel'])
      }
    })

    it('serves aids that can only activate: one activation begins, the next one ends', async () => {
      const page = await stage().open(app())
      const activate = (): Promise<void> => page.evaluate(() => document.querySelector<HTMLElement>('.talk')?.click())
      await activate()
      expect(await calls(page)).toEqual(['talk.press'])
      await activate()
      expect(await calls(page)).toEqual(['talk.press', 'talk.release'])
    })

    it('fills and says what it does, always by the same name', async () => {
      const page = await stage().open(app())
      expect(await talkButton(page).textContent()).toBe('Hold to talk')
      const fill = (): Promise<string> => page.evaluate(() => getComputedStyle(document.querySelector('.talk-fill') ?? document.body).scale)
      expect(await fill()).toBe('0 1')
      await talkButton(page).hover()
      await page.mouse.down()
      await page.evaluate(() => window.fake.voice({ state: 'listening', microphone: 'live', active: true }))
      await page.waitForTimeout(200)
      expect(await fill()).toBe('1')
      expect(await talkButton(page).textContent()).toBe('Listening…Release to send')
      await page.mouse.up()
      await page.evaluate(() => window.fake.voice({ state: 'speaking', microphone: 'armed' }))
      expect(await talkButton(page).textContent()).toBe('Hold to cut in')
      await page.evaluate(() => window.fake.voice({ state: 'listening', turnMode: 'tap' }))
      expect(await talkButton(page).textContent()).toBe('Listening…Tap to send')
      expect(await talkButton(page).getAttribute('aria-pressed')).toBe('true')
    })

    it('has “Send now” inside it on the open line, while the server hears somebody; that sends and does not talk', async () => {
      const page = await stage().open(app({ settings: { turnMode: 'open_line' }, voice: { state: 'ready', active: true, microphone: 'live', turnMode: 'open_line' } }))
      const sendNow = page.getByRole('button', { name: 'Send now', exact: true })
      expect(await sendNow.count()).toBe(0)
      const place = await talkButton(page).boundingBox()
      await page.evaluate(() => window.fake.voice({ state: 'listening', canSendNow: true }))
      expect(await talkButton(page).boundingBox()).toEqual(place)
      await sendNow.click()
      expect(await calls(page)).toEqual(['turn.send'])
      await talkButton(page).focus()
      await page.keyboard.press('Tab')
      expect(await sendNow.evaluate((button) => button === document.activeElement)).toBe(true)
      await page.keyboard.press('Enter')
      await page.keyboard.press('Space')
      expect(await calls(page)).toEqual(['turn.send', 'turn.send', 'turn.send'])
      await page.evaluate(() => window.fake.voice({ state: 'thinking', canSendNow: false }))
      await expect.poll(() => sendNow.count()).toBe(0)
      // What was meant for it must not fall to Talk.
      await page.keyboard.press('Enter')
      expect(await calls(page)).toHaveLength(3)
    })

    it('lets the message box have its own space', async () => {
      const page = await stage().open(app())
      const message = page.getByRole('textbox', { name: 'Message' })
      await message.click()
      await page.keyboard.type('a b')
      expect(await message.inputValue()).toBe('a b')
      expect(await calls(page)).toEqual([])
    })
  })
}
