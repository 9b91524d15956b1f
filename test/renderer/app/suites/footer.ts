import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { failure } from '../../../../shared/failure.ts'
import { app, scenes } from '../harness/scenes.ts'
import { calls, type Stage } from '../harness/stage.ts'

const message = (page: Page) => page.getByRole('textbox', { name: 'Message' })

/** How many pixels of the line are clearly reddish (mic) or clearly teal (voice), left and right half. */
async function inks(page: Page): Promise<{ micLeft: number; micRight: number; voiceLeft: number; voiceRight: number }> {
  await page.waitForTimeout(60)
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('canvas.line')
    const found = { micLeft: 0, micRight: 0, voiceLeft: 0, voiceRight: 0 }
    if (canvas === null) return found
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true })
    copy?.drawImage(canvas, 0, 0)
    const data = copy?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
    for (let i = 0; i < data.length; i += 4) {
      const [r = 0, g = 0, b = 0, a = 0] = data.slice(i, i + 4)
      if (a < 120) continue
      const left = (i / 4) % canvas.width < canvas.width / 2
      if (r > g + 60) found[left ? 'micLeft' : 'micRight']++
      else if (Math.min(g, b) > r + 40) found[left ? 'voiceLeft' : 'voiceRight']++
    }
    return found
  })
}

/** The footer's own controls, and the line. */
export function footerSuite(stage: () => Stage): void {
  describe('footer', () => {
    it('has the names and roles that the design promises', async () => {
      const page = await stage().open(scenes['speaking'] ?? app())
      for (const name of ['Talk', 'End conversation', 'Mute microphone', 'Mute speaker', 'Stop answer', 'Send', 'Settings', 'Copy conversation']) {
        expect(await page.getByRole('button', { name, exact: true }).count(), name).toBe(1)
      }
      expect(await page.getByRole('status', { name: 'State', exact: true }).textContent()).toBe('Speaking')
      expect(await message(page).count()).toBe(1)
      const log = page.getByRole('log', { name: 'Conversation', exact: true })
      expect(await log.getAttribute('aria-live')).toBe('off')
      const last = log.getByRole('article', { name: 'Parley', exact: true }).last()
      expect([await last.getAttribute('aria-posinset'), await last.getAttribute('aria-setsize')]).toEqual(['6', '6'])
      await page.evaluate(() => window.fake.voice({ state: 'listening', connecting: true, microphone: 'muted', speaker: 'muted', active: false }))
      expect(await page.getByRole('status', { name: 'State' }).textContent()).toBe('Listening · connecting')
      for (const name of ['Start conversation', 'Unmute microphone', 'Unmute speaker']) expect(await page.getByRole('button', { name, exact: true }).count(), name).toBe(1)
      expect(await page.getByRole('button', { name: 'Stop answer' }).count()).toBe(0)
    })

    it('asks for what its buttons say', async () => {
      const page = await stage().open(scenes['speaking'] ?? app())
      for (const name of ['Mute microphone', 'Mute speaker', 'Stop answer', 'End conversation', 'Copy conversation']) await page.getByRole('button', { name, exact: true }).click()
      await page.keyboard.press('Escape')
      await page.evaluate(() => window.fake.voice({ state: 'idle', active: false, microphone: 'muted' }))
      await page.keyboard.press('Escape')
      for (const name of ['Unmute microphone', 'Start conversation']) await page.getByRole('button', { name, exact: true }).click()
      expect(await calls(page)).toEqual([
        'microphone.mute [true]',
        'speaker.mute [true]',
        'answer.stop',
        'conversation.end',
        'conversation.copy',
        'answer.stop',
        'microphone.mute [false]',
        'conversation.start',
      ])
    })

    it('sends by Enter, breaks the line by Shift+Enter, and keeps what could not be sent', async () => {
      const page = await stage().open(app())
      await message(page).click()
      await page.keyboard.type('one')
      await page.keyboard.press('Shift+Enter')
      await page.keyboard.type('two')
      await page.keyboard.press('Enter')
      await expect.poll(() => message(page).inputValue()).toBe('')
      await page.keyboard.press('Enter')
      expect(await calls(page)).toEqual(['message.send ["one\\ntwo"]'])

      await page.evaluate((f) => {
        window.fake.answers['message.send'] = f
      }, failure('offline', {}, ['retry']))
      await message(page).fill('three')
      await page.getByRole('button', { name: 'Send', exact: true }).click()
      await page.getByText('Parley cannot reach the server.').waitFor()
      expect(await message(page).inputValue()).toBe('three')
      await page.evaluate(() => Reflect.deleteProperty(window.fake.answers, 'message.send'))
      await page.getByRole('button', { name: 'Try again' }).click()
      await expect.poll(() => message(page).inputValue()).toBe('')
      expect(await page.getByText('Parley cannot reach').count()).toBe(0)
    })

    it('leaves Enter to an input method that composes', async () => {
      const page = await stage().open(app())
      await message(page).focus()
      const client = await page.context().newCDPSession(page)
      await client.send('Input.imeSetComposition', { text: 'ni hao', selectionStart: 6, selectionEnd: 6 })
      await client.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 })
      expect(await calls(page)).toEqual([])
      await client.send('Input.insertText', { text: '你好' })
      expect(await message(page).inputValue()).toBe('你好')
      await page.keyboard.press('Enter')
      await expect.poll(() => calls(page)).toEqual(['message.send ["你好"]'])
    })

    it('shows clock and tokens only while there are any', async () => {
      const page = await stage().open(app())
      expect(await page.getByRole('timer').count()).toBe(0)
      await page.evaluate(() => window.fake.voice({ active: true, startedAt: Date.now() - 67_000, tokens: 1204 }))
      expect(await page.getByRole('timer').textContent()).toBe('1:07')
      await page.getByText('1,204 tokens').waitFor()
      await expect.poll(() => page.getByRole('timer').textContent()).toBe('1:08')
    })

    it('draws the line from levels: the person from the left, Parley from the right, nothing in silence', async () => {
      const page = await stage().open(scenes['ready'] ?? app())
      expect(await inks(page)).toEqual({ micLeft: 0, micRight: 0, voiceLeft: 0, voiceRight: 0 })
      await page.evaluate(() => {
        for (let i = 0; i < 20; i++) window.fake.levels({ micRms: 0.2, micPeak: 0.4 })
      })
      const mic = await inks(page)
      expect(mic.micLeft).toBeGreaterThan(150)
      expect([mic.micRight, mic.voiceLeft, mic.voiceRight]).toEqual([0, 0, 0])
      await page.waitForTimeout(400)
      expect(await inks(page)).toEqual({ micLeft: 0, micRight: 0, voiceLeft: 0, voiceRight: 0 })
      await page.evaluate(() => {
        for (let i = 0; i < 20; i++) window.fake.levels({ voiceRms: 0.2, voicePeak: 0.4 })
      })
      const voice = await inks(page)
      expect(voice.voiceRight).toBeGreaterThan(150)
      expect([voice.voiceLeft, voice.micLeft, voice.micRight]).toEqual([0, 0, 0])
    })

    it('stops drawing while hidden, draws nothing new in silence, and is bars without motion', async () => {
      const page = await stage().open(scenes['ready'] ?? app(), { reducedMotion: true })
      await page.evaluate(() => {
        const { clearRect } = CanvasRenderingContext2D.prototype
        Object.assign(window, { drawn: 0 })
        CanvasRenderingContext2D.prototype.clearRect = function (...args) {
          ;(window as unknown as { drawn: number }).drawn++
          clearRect.apply(this, args)
        }
      })
      const feed = (level: number): Promise<number> =>
        page.evaluate(async (micRms) => {
          const before = (window as unknown as { drawn: number }).drawn
          for (let i = 0; i < 5; i++) {
            window.fake.levels({ micRms, micPeak: micRms })
            await new Promise((done) => setTimeout(done, 30))
          }
          return (window as unknown as { drawn: number }).drawn - before
        }, level)
      expect(await feed(0)).toBe(0)
      expect(await feed(0.25)).toBeGreaterThan(2)
      const bar = await inks(page)
      expect(bar.micLeft).toBeGreaterThan(800) // four rows of half the width
      expect(bar.micRight).toBe(0)
      await page.evaluate(() => {
        Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
      })
      expect(await feed(0.2)).toBe(0)
    })

    it('dashes the line when the microphone is off or muted', async () => {
      const page = await stage().open(app())
      for (const [microphone, dashed] of [
        ['off', 'true'],
        ['armed', 'false'],
        ['live', 'false'],
        ['muted', 'true'],
      ] as const) {
        await page.evaluate((m) => window.fake.voice({ microphone: m }), microphone)
        await page.waitForTimeout(60)
        const gaps = await page.evaluate(() => {
          const canvas = document.querySelector<HTMLCanvasElement>('canvas.line')
          if (canvas === null) return 0
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true })
          copy?.drawImage(canvas, 0, 0)
          const row = copy?.getImageData(0, Math.floor(canvas.height / 2), canvas.width, 1).data ?? []
          return [...row].filter((_, i) => i % 4 === 3).filter((alpha) => alpha === 0).length
        })
        expect(gaps > 100, `${microphone}: ${gaps}`).toBe(dashed === 'true')
      }
    })
  })
}
