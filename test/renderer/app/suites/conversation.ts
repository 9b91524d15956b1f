import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { app, many, parley, scenes, talk, tool, you } from '../harness/scenes.ts'
import { calls, type Stage } from '../harness/stage.ts'

const log = (page: Page) => page.getByRole('log', { name: 'Conversation' })
const scrollLeft = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const scroller = document.querySelector('.log')
    return scroller === null ? -1 : Math.round(scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop)
  })

/** The transcript. */
export function conversationSuite(stage: () => Stage): void {
  describe('conversation', () => {
    it('shows what was heard in full ink and the rest dotted, and follows what is played', async () => {
      const text = 'One has arrived: it is the higher of the two.'
      const entry = parley('p', text, { heard: { ms: 900, audioMs: 4000, chars: 16, cut: false }, response: { status: 'in_progress', reason: '' } })
      const page = await stage().open(app({ entries: [entry] }))
      const parts = async (): Promise<(string | null)[]> => [await page.locator('.heard').textContent(), await page.locator('.unheard').textContent()]
      expect(await parts()).toEqual(['One has arrived:', 'it is the higher of the two.'])
      expect(await page.locator('.unheard').evaluate((e) => getComputedStyle(e).textDecorationLine + getComputedStyle(e).textDecorationStyle)).toBe('underlinedotted')
      expect(await page.getByRole('article').locator('.entry-text').textContent()).toBe(text)
      await page.evaluate(() => window.fake.conversation({ op: 'heard', id: 'p', heard: { ms: 2000, audioMs: 4000, chars: 34, cut: false } }))
      expect(await parts()).toEqual(['One has arrived: it is the higher ', 'of the two.'])
      expect(await page.locator('.cut-mark').count()).toBe(0)
      await page.evaluate(() => window.fake.conversation({ op: 'heard', id: 'p', heard: { ms: 2000, audioMs: 4000, chars: 33, cut: true } }))
      expect(await page.locator('.cut-mark').textContent()).toBe('cut here')
      expect(await page.locator('.heard + .cut-mark + .only-spoken + .unheard').textContent()).toBe('of the two.')
      await page.evaluate((length) => window.fake.conversation({ op: 'heard', id: 'p', heard: { ms: 4000, audioMs: 4000, chars: length, cut: false } }), text.length)
      expect(await page.locator('.unheard').count()).toBe(0)
    })

    it('says what has no words', async () => {
      const page = await stage().open(
        app({
          entries: [
            you('a', '', { textState: 'pending', audioMs: 6000 }),
            you('b', '', { textState: 'empty' }),
            you('c', '', { textState: 'failed' }),
            you('d', '', { textState: 'none', audioMs: 2400 }),
            parley('e', 'I would', { response: { status: 'incomplete', reason: 'max_output_tokens' } }),
            you('f', 'And now?'),
            parley('g', '', { textState: 'pending', heard: null, response: { status: 'failed', reason: 'rate_limit_exceeded' } }),
          ],
        }),
      )
      const article = (i: number) => page.getByRole('article').nth(i)
      expect(await article(0).locator('.soft-line').count()).toBe(2)
      const [first = 0, second = 0] = await article(0).locator('.soft-line').evaluateAll((lines) => lines.map((l) => l.getBoundingClientRect().width))
      expect(first).toBeGreaterThan(second)
      await page.evaluate(() => window.fake.conversation({ op: 'put', index: 0, entry: { ...window.fake.state.entries[0]!, text: 'Good morning.', textState: 'final' } }))
      expect(await article(0).locator('.entry-text').textContent()).toBe('Good morning.')
      expect(await article(1).locator('.entry-text').textContent()).toBe('(no speech)')
      expect(await article(2).locator('.entry-text').textContent()).toBe('(could not transcribe)')
      expect(await article(3).locator('.entry-text').textContent()).toBe('(spoken, 2.4\u202fs)')
      await article(4).getByRole('button', { name: 'Go on' }).click()
      await article(6).getByRole('button', { name: 'Ask again' }).click()
      expect(await calls(page)).toEqual(['message.send ["Please go on."]', 'message.send ["And now?"]'])
      await page.evaluate((entry) => window.fake.conversation({ op: 'put', index: 5, entry }), you('f', '', { textState: 'failed' }))
      await page.evaluate((entry) => window.fake.conversation({ op: 'put', index: 6, entry }), parley('g', '', { heard: null, response: { status: 'failed', reason: 'server_error' } }))
      await article(6).getByRole('button', { name: 'Write it instead' }).click()
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('message')
    })

    it('shows a tool call as one line that opens', async () => {
      const page = await stage().open(app({ entries: [tool('t', 'look_at_clock', 'done')] }))
      const line = page.getByRole('article', { name: 'Parley' })
      await line.getByText('Used look_at_clock').click()
      await line.getByText('14:03', { exact: true }).waitFor()
    })

    it.each([150, 1000])('renders one row for one delta, at %i entries', async (count) => {
      const entries = many(count)
      const last = entries.at(-1)?.id ?? ''
      const page = await stage().open(app({ entries }))
      await page.waitForTimeout(150)
      // Each rendering of an answer looks once for the gap between what was heard and the rest: that is what is counted.
      const rendered = await page.evaluate(async (id) => {
        const { match } = String.prototype
        let count = 0
        String.prototype.match = function (this: string, pattern: RegExp) {
          if (pattern.source === '^\\s*') count++
          return match.call(this, pattern)
        }
        window.fake.conversation({ op: 'append', id, text: ' More.' })
        await new Promise((done) => setTimeout(done, 100))
        return count
      }, last)
      expect(rendered).toBe(1)
      expect(await page.getByRole('article').last().textContent()).toContain('More.')
      expect(await page.getByRole('article').last().getAttribute('aria-setsize')).toBe(String(count))
      if (count > 200) expect(await page.getByRole('article').count()).toBeLessThan(60)
    })

    it('changes nothing in the page but the row that a delta is for', async () => {
      const entries = many(150)
      const last = entries.at(-1)?.id ?? ''
      const page = await stage().open(app({ entries, voice: { state: 'speaking', active: true } }))
      await page.waitForTimeout(150)
      const elsewhere = await page.evaluate(async (id) => {
        const row = [...document.querySelectorAll('article')].at(-1)
        // The engine styles the whole page anew for an attribute of the root, also when it is written with the value that it has.
        const written: string[] = []
        const observer = new MutationObserver((records) => {
          for (const { target, attributeName } of records) if (row?.contains(target) !== true) written.push(`${target.nodeName} ${attributeName ?? ''}`)
        })
        observer.observe(document, { attributes: true, childList: true, characterData: true, subtree: true })
        // React keeps an element's newest properties beside it: others than before, and its component was rendered.
        const outside = [...document.querySelectorAll('#root *')].filter((e) => row?.contains(e) !== true)
        const props = (e: Element): unknown => Object.entries(e).find(([key]) => key.startsWith('__reactProps$'))?.[1]
        const before = outside.map(props)
        window.fake.conversation({ op: 'append', id, text: ' More.' })
        await new Promise((done) => setTimeout(done, 100))
        observer.disconnect()
        const rendered = outside.filter((e, i) => props(e) !== before[i]).map((e) => `${e.nodeName} ${e.className.toString()}`)
        return { known: before.filter((p) => p !== undefined).length, written, rendered }
      }, last)
      expect(elsewhere.known).toBeGreaterThan(100)
      expect(elsewhere.written).toEqual([])
      expect(elsewhere.rendered).toEqual(['DIV entries'])
    })

    it.each([60, 400])('follows the end unless the person scrolled up, at %i entries', async (count) => {
      const page = await stage().open(app({ entries: many(count) }))
      const append = (id: string): Promise<void> =>
        page.evaluate(async (name) => {
          const { entries } = window.fake.state
          const model = entries.at(-1)
          if (model === undefined) return
          window.fake.conversation({ op: 'put', index: entries.length, entry: { ...model, id: name, text: 'More words. '.repeat(20) } })
          for (let i = 0; i < 5; i++) {
            window.fake.conversation({ op: 'append', id: name, text: 'And more. '.repeat(10) })
            await new Promise((done) => setTimeout(done, 20))
          }
        }, id)
      await expect.poll(() => scrollLeft(page)).toBeLessThanOrEqual(1)
      await append('x1')
      await expect.poll(() => scrollLeft(page)).toBeLessThanOrEqual(1)
      expect(await page.getByRole('button', { name: 'Newest' }).count()).toBe(0)

      await log(page).hover()
      await page.mouse.wheel(0, -900)
      await page.getByRole('button', { name: 'Newest' }).waitFor()
      const away = await scrollLeft(page)
      expect(away).toBeGreaterThan(400)
      await append('x2')
      expect(await scrollLeft(page)).toBeGreaterThan(away)
      await page.getByRole('button', { name: 'Newest' }).click()
      await expect.poll(() => scrollLeft(page)).toBeLessThanOrEqual(1)
      await page.getByRole('button', { name: 'Newest' }).waitFor({ state: 'detached' })
      await append('x3')
      await expect.poll(() => scrollLeft(page)).toBeLessThanOrEqual(1)
    })

    it('goes up to the first of 400 entries and down again without losing the place, with few of them mounted', async () => {
      const page = await stage().open(app({ entries: many(400) }))
      await expect.poll(() => scrollLeft(page)).toBeLessThanOrEqual(1)
      // Scrolls by most of a window, like a wheel, and looks whether what was in view moved by just that.
      const travelled = await page.evaluate(async () => {
        const log = document.querySelector<HTMLElement>('.log')
        if (log === null) throw new Error('no log')
        await document.fonts.ready
        const frames = async (): Promise<void> => {
          for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame)
        }
        const positions = (): number[] => [...log.querySelectorAll('article')].map((row) => Number(row.getAttribute('aria-posinset')))
        const result = { worst: 0, most: 0, gaps: 0, seen: new Set<number>(), first: 0, last: 0 }
        const travel = async (direction: 1 | -1, arrived: () => boolean): Promise<void> => {
          for (let i = 0; i < 600 && !arrived(); i++) {
            const view = log.getBoundingClientRect()
            const row = document.elementFromPoint(view.left + view.width / 2, view.top + view.height * (direction === 1 ? 0.9 : 0.1))?.closest('article') ?? null
            const before = row?.getBoundingClientRect().top ?? 0
            const start = log.scrollTop
            log.scrollTop += direction * Math.round(log.clientHeight * 0.8)
            const moved = log.scrollTop - start
            await frames()
            // The last few pixels before the end count as the end.
            const left = log.scrollHeight - log.clientHeight - log.scrollTop
            if (row?.isConnected === true && left > 40) result.worst = Math.max(result.worst, Math.abs(row.getBoundingClientRect().top - before + moved))
            const now = positions()
            now.forEach((position) => result.seen.add(position))
            result.most = Math.max(result.most, now.length)
            if (now.some((position, i) => i > 0 && position !== (now[i - 1] ?? 0) + 1)) result.gaps++
          }
        }
        await travel(-1, () => log.scrollTop === 0 && positions()[0] === 1)
        result.first = positions()[0] ?? 0
        await travel(1, () => positions().at(-1) === 400 && log.scrollHeight - log.clientHeight - log.scrollTop <= 1)
        result.last = positions().at(-1) ?? 0
        return { ...result, seen: result.seen.size }
      })
      expect(travelled).toMatchObject({ gaps: 0, seen: 400, first: 1, last: 400 })
      expect(travelled.worst).toBeLessThanOrEqual(1)
      expect(travelled.most).toBeLessThanOrEqual(160)
      await page.getByRole('button', { name: 'Newest' }).waitFor({ state: 'detached' })
    })

    it('goes by Page Up to entries that are not mounted', async () => {
      const page = await stage().open(app({ entries: many(300) }))
      await page.getByRole('article').last().focus()
      for (let i = 0; i < 100; i++) await page.keyboard.press('PageUp')
      expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-posinset'))).toBe('200')
      await expect.poll(() => page.evaluate(() => document.activeElement?.getBoundingClientRect().top ?? -1)).toBeGreaterThan(0)
    })

    it('stays at the end when a strip takes room', async () => {
      const page = await stage().open(app({ entries: many(60) }))
      await page.evaluate(() => window.fake.voice({ notice: { code: 'turn_too_short', detail: {}, actions: [] } }))
      await page.getByText('That was too short').waitFor()
      await expect.poll(() => scrollLeft(page)).toBeLessThanOrEqual(1)
    })

    it('announces each finished answer once', async () => {
      const page = await stage().open(app({ entries: talk }))
      const said = (): Promise<string | null> => page.locator('[data-announcer]').textContent()
      expect(await said()).toBe('')
      // What was finished before stays unsaid, whatever is still learnt about it.
      await page.evaluate(() => window.fake.conversation({ op: 'heard', id: 'p2', heard: { ms: 1900, audioMs: 6200, chars: 25, cut: true } }))
      expect(await said()).toBe('')
      const running = parley('n', 'It is', { textState: 'partial', response: { status: 'in_progress', reason: '' } })
      const done = parley('n', 'It is done.')
      await page.evaluate((entry) => window.fake.conversation({ op: 'put', index: 9, entry }), running)
      expect(await said()).toBe('')
      await page.evaluate(() => {
        const region = document.querySelector('[data-announcer]')
        Object.assign(window, { changes: 0 })
        if (region !== null) new MutationObserver((records) => ((window as unknown as { changes: number }).changes += records.length)).observe(region, { childList: true, subtree: true, characterData: true })
      })
      await page.evaluate((entry) => window.fake.conversation({ op: 'put', index: 9, entry }), done)
      await page.evaluate(() => window.fake.conversation({ op: 'heard', id: 'n', heard: { ms: 1, audioMs: 4000, chars: 2, cut: false } }))
      await page.evaluate(() => window.fake.conversation({ op: 'heard', id: 'n', heard: { ms: 4000, audioMs: 4000, chars: 11, cut: false } }))
      expect(await said()).toBe('Parley: It is done.')
      await page.waitForTimeout(50)
      expect(await page.evaluate(() => (window as unknown as { changes: number }).changes)).toBe(1)
    })

    it('shows the time of a turn on hover and on focus, and goes from turn to turn by Page Up', async () => {
      const page = await stage().open(scenes['ready'] ?? app())
      const opacity = (i: number): Promise<string> => page.locator('.entry-time').nth(i).evaluate((e) => getComputedStyle(e).opacity)
      await page.getByRole('article').nth(1).hover()
      await expect.poll(() => opacity(1)).toBe('1')
      expect(await opacity(0)).toBe('0')
      await page.getByRole('article').last().focus()
      await page.keyboard.press('PageUp')
      await expect.poll(() => opacity(3)).toBe('1')
    })

    it('asks for the snapshot again when a patch was lost', async () => {
      const page = await stage().open(app({ entries: talk }))
      await page.evaluate(() => {
        window.fake.skip(1)
        window.fake.conversation({ op: 'append', id: 'u3', text: ' Thanks.' })
      })
      await page.getByText('Yes. Only the price, though. Thanks.').waitFor()
      expect(await page.evaluate(() => window.fake.calls.filter((c) => c.channel === 'state.get').length)).toBe(2)
    })

    it('tells a newcomer in one sentence how to begin', async () => {
      const page = await stage().open(app())
      expect(await page.locator('.empty').textContent()).toMatch(/^Hold Talk/)
      await page.evaluate(() => window.fake.voice({ turnMode: 'tap' }))
      expect(await page.locator('.empty').textContent()).toMatch(/^Tap Talk/)
    })
  })
}
