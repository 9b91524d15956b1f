import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { failure } from '../../../../shared/failure.ts'
import { MAX_PERSONAS, type Persona } from '../../../../shared/personas.ts'
import type { AppState } from '../../../../shared/state.ts'
import { app, scenes } from '../harness/scenes.ts'
import { calls, type Stage } from '../harness/stage.ts'

const ADA = { id: 'own_1', name: 'Ada', instructions: 'You are Ada.', voice: 'cedar', model: null, reasoning: null, turnMode: 'tap' as const, tools: ['current_time', 'gone'], manyLanguages: false }

function withServer(persona = 'everyday', personas: (Persona & { id: string })[] = [ADA], model = 'gpt-realtime-2.1'): AppState {
  return app({ endpoint: { kind: 'openai', host: 'api.openai.com', model }, settings: { endpoint: { kind: 'openai', url: '', model: '' }, persona, personas } })
}

const focused = (page: Page): Promise<string> => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '')
const asked = async (page: Page): Promise<string[]> => (await calls(page)).filter((call) => call.startsWith('persona.'))
const list = (page: Page) => page.getByRole('group', { name: 'Talk with' })

async function openList(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Persona:/ }).click()
  await page.getByRole('menuitem', { name: 'Personas…' }).click()
  await list(page).waitFor()
}

async function more(page: Page, who: string, what: string): Promise<void> {
  await page.getByRole('button', { name: `More for ${who}` }).click()
  await page.getByRole('menuitem', { name: what }).click()
}

/** With whom one talks: the switch in the title row, the list and the form in the settings. */
export function personaSuite(stage: () => Stage): void {
  describe('personas', () => {
    it('are switched from the title row with the keyboard alone', async () => {
      const page = await stage().open(withServer())
      await page.getByRole('button', { name: 'Persona: Everyday' }).focus()
      await page.keyboard.press('Enter')
      await page.getByRole('menuitemradio', { name: 'Everyday', checked: true }).waitFor()
      await expect.poll(() => focused(page)).toBe('Everyday')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowDown')
      await expect.poll(() => focused(page)).toBe('Thinking aloud')
      await page.keyboard.press('Enter')
      await page.getByRole('menu').waitFor({ state: 'detached' })
      expect(await asked(page)).toEqual(['persona.choose ["thinking_aloud"]'])
      await expect.poll(() => focused(page)).toBe('Persona: Everyday')
      await page.keyboard.press('Enter')
      await page.getByRole('menu').waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('menu').waitFor({ state: 'detached' })
      expect(await asked(page)).toHaveLength(1)
    })

    it('show the name of the one that holds, and nothing with the practice partner', async () => {
      const page = await stage().open(withServer('own_1'))
      await page.getByRole('button', { name: 'Persona: Ada' }).waitFor()
      await page.evaluate((s) => window.fake.load(s), scenes['ready'] ?? app())
      await page.getByRole('button', { name: /^Persona:/ }).waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Settings' }).click()
      await page.getByText('The practice partner plays no part.').waitFor()
    })

    it('are chosen in the list, which the focus lands at', async () => {
      const page = await stage().open(withServer())
      await openList(page)
      await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('settings-personas')
      await list(page).getByRole('radio', { name: 'Ada' }).click()
      expect(await asked(page)).toEqual(['persona.choose ["own_1"]'])
    })

    it('are made in a form that says what is missing', async () => {
      const page = await stage().open(withServer())
      await openList(page)
      await page.getByRole('button', { name: 'New persona' }).click()
      const form = page.getByRole('form', { name: 'New persona' })
      await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT')
      await form.getByRole('button', { name: 'Save' }).click()
      await form.getByText('Give the persona a name.').waitFor()
      expect(await form.getByLabel('Name').getAttribute('aria-invalid')).toBe('true')
      await form.getByLabel('Name').fill(' everyday ')
      await form.getByText('There is already a persona called “everyday”.').waitFor()
      await form.getByLabel('Name').fill(' Grace ')
      await form.getByLabel('Instructions').fill('You are Grace.')
      await form.getByLabel('Voice').selectOption('Sage')
      await form.getByLabel('Turns').selectOption('Open line')
      await form.getByLabel('Model').fill('my-model ')
      await form.getByLabel('Thinks before it speaks').selectOption('long')
      await form.getByRole('checkbox', { name: 'We speak several languages' }).click()
      await form.getByRole('checkbox', { name: 'Everything that Parley can do' }).click()
      await form.getByRole('checkbox', { name: 'Web pages' }).click()
      await form.getByRole('checkbox', { name: 'Timers' }).click()
      await form.getByLabel('Name').press('Enter')
      await form.waitFor({ state: 'detached' })
      const saved = JSON.parse((await asked(page))[0]?.replace('persona.save ', '') ?? '[]') as unknown[]
      expect(saved).toEqual([
        {
          id: null,
          name: 'Grace',
          instructions: 'You are Grace.',
          voice: 'sage',
          model: 'my-model',
          reasoning: 'high',
          turnMode: 'open_line',
          tools: ['current_time', 'read_clipboard'],
          manyLanguages: true,
        },
      ])
      await expect.poll(() => focused(page)).toBe('New persona')
    })

    it('are changed as they are, and what Parley does not know of them is kept', async () => {
      const page = await stage().open(withServer())
      await openList(page)
      await more(page, 'Ada', 'Edit')
      const form = page.getByRole('form', { name: 'Edit' })
      await form.getByLabel('Instructions').fill('You are still Ada.')
      await form.getByRole('button', { name: 'Save' }).click()
      await form.waitFor({ state: 'detached' })
      const [saved] = JSON.parse((await asked(page))[0]?.replace('persona.save ', '') ?? '[]') as unknown[]
      expect(saved).toEqual({ ...ADA, instructions: 'You are still Ada.' })
      await expect.poll(() => focused(page)).toBe('More for Ada')
    })

    it('that ship are looked at and copied, never changed', async () => {
      const page = await stage().open(withServer())
      await openList(page)
      await page.getByRole('button', { name: 'More for Everyday' }).click()
      expect(await page.getByRole('menuitem').allTextContents()).toEqual(['Look at', 'Copy', 'Save to a file…'])
      await page.getByRole('menuitem', { name: 'Look at' }).click()
      const looked = page.getByRole('form', { name: 'Came with Parley' })
      expect(await looked.getByLabel('Instructions').getAttribute('readonly')).not.toBeNull()
      expect(await looked.getByRole('button').allTextContents()).toEqual(['Copy', 'Back'])
      await looked.getByRole('button', { name: 'Copy' }).click()
      const form = page.getByRole('form', { name: 'New persona' })
      expect(await form.getByLabel('Name').inputValue()).toBe('Everyday, copy')
      await form.getByRole('button', { name: 'Cancel' }).click()
      expect(await asked(page)).toEqual([])
      await expect.poll(() => focused(page)).toBe('More for Everyday')
    })

    it('keep the form open on Escape while it holds what is not saved, and leave it otherwise', async () => {
      const page = await stage().open(withServer())
      await openList(page)
      await more(page, 'Ada', 'Edit')
      const form = page.getByRole('form', { name: 'Edit' })
      await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT')
      await page.keyboard.type('x')
      await page.keyboard.press('Escape')
      await page.waitForTimeout(60)
      expect(await form.isVisible()).toBe(true)
      await page.keyboard.press('Backspace')
      await page.keyboard.press('Escape')
      await form.waitFor({ state: 'detached' })
      expect(await page.getByRole('dialog', { name: 'Settings' }).isVisible()).toBe(true)
    })

    it('keep what was typed when the sheet is closed over it, or the search hides it', async () => {
      const page = await stage().open(withServer())
      await openList(page)
      await more(page, 'Ada', 'Edit')
      const form = page.getByRole('form', { name: 'Edit' })
      await form.getByLabel('Instructions').fill('You are Ada, half written.')
      await page.getByRole('button', { name: 'Close settings' }).click()
      await form.waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Settings' }).click()
      await form.getByText('This is not saved yet.').waitFor()
      // Whoever comes for something else is not led there.
      await page.waitForTimeout(60)
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('settings-search')
      await page.keyboard.type('theme')
      await form.waitFor({ state: 'detached' })
      await page.keyboard.press('Escape')
      expect(await form.getByLabel('Instructions').inputValue()).toBe('You are Ada, half written.')
      await form.getByRole('button', { name: 'Save' }).click()
      await expect.poll(() => focused(page)).toBe('More for Ada')
      const [saved] = JSON.parse((await asked(page))[0]?.replace('persona.save ', '') ?? '[]') as unknown[]
      expect(saved).toEqual({ ...ADA, instructions: 'You are Ada, half written.' })
      await page.getByRole('button', { name: 'Close settings' }).click()
      await openList(page)
      expect(await form.count()).toBe(0)
    })

    it('say in the form when there is no room left, and stay as they were typed', async () => {
      const page = await stage().open(withServer())
      await openList(page)
      await page.getByRole('button', { name: 'New persona' }).click()
      await page.evaluate((f) => { window.fake.answers['persona.save'] = f }, failure('persona_limit', { limit: 50 }, ['dismiss']))
      const form = page.getByRole('form', { name: 'New persona' })
      await form.getByLabel('Name').fill('One more')
      await form.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('alert').filter({ hasText: 'no room for more than 50' }).waitFor()
      expect(await form.getByLabel('Name').inputValue()).toBe('One more')
      const full = withServer('everyday', Array.from({ length: MAX_PERSONAS }, (_, i) => ({ ...ADA, id: `own_${i}`, name: `Ada ${i}` })))
      await form.getByRole('button', { name: 'Cancel' }).click()
      await page.evaluate((s) => window.fake.load(s), full)
      await page.getByRole('button', { name: 'New persona' }).waitFor({ state: 'detached' })
    })

    it('are deleted after a question', async () => {
      const page = await stage().open(withServer())
      await openList(page)
      await more(page, 'Ada', 'Delete')
      await expect.poll(() => focused(page)).toBe('Keep')
      await page.keyboard.press('Enter')
      await expect.poll(() => focused(page)).toBe('More for Ada')
      expect(await asked(page)).toEqual([])
      await more(page, 'Ada', 'Delete')
      await page.getByRole('button', { name: 'Delete for good' }).click()
      await page.getByRole('status').filter({ hasText: '“Ada” was deleted.' }).waitFor()
      expect(await asked(page)).toEqual(['persona.delete ["own_1"]'])
    })

    it('come from a file and go to one, in words', async () => {
      const page = await stage().open(withServer())
      await openList(page)
      const take = page.getByRole('button', { name: 'Take from a file…' })
      await page.evaluate(() => { window.fake.values['persona.import'] = { names: ['Grace', 'Ada 2'], dropped: ['temperature'] } })
      await take.click()
      await page.getByRole('status').filter({ hasText: 'Taken over: “Grace”, “Ada 2”. Left out, since Parley does not know it: temperature.' }).waitFor()
      await page.evaluate((f) => { window.fake.answers['persona.import'] = f }, failure('persona_file_invalid', { file: 'x.json', where: 'personas.0.name' }, ['dismiss']))
      await take.click()
      await page.getByRole('status').filter({ hasText: '“x.json” is not a persona file that Parley can read (personas.0.name).' }).waitFor()
      await more(page, 'Everyday', 'Save to a file…')
      await page.getByRole('status').filter({ hasText: '“Everyday” was saved.' }).waitFor()
      expect(await asked(page)).toEqual(['persona.import', 'persona.import', 'persona.export ["everyday"]'])
    })

    it('tell in the settings what of these they set aside, and in the form what a model cannot', async () => {
      const page = await stage().open(withServer('own_1', [ADA], 'gpt-realtime'))
      await page.getByRole('button', { name: 'Settings' }).click()
      await page.getByText('“Ada” takes turns in its own way: Tap to talk.').waitFor()
      await page.getByText('“Ada” speaks with a voice of its own: Cedar.').waitFor()
      await more(page, 'Ada', 'Edit')
      await page.getByText('gpt-realtime cannot be told how long to think').waitFor()
    })

    it('have no serious accessibility fault, in list, menu, question and form', async () => {
      const page = await stage().open(withServer())
      const faults = async (): Promise<string[]> => {
        await page.waitForTimeout(260)
        const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
        return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
      }
      await page.getByRole('button', { name: /^Persona:/ }).click()
      await page.getByRole('menu').waitFor()
      const found = await faults()
      await page.keyboard.press('Escape')
      await openList(page)
      found.push(...(await faults()))
      await more(page, 'Ada', 'Delete')
      found.push(...(await faults()))
      await page.getByRole('button', { name: 'Keep' }).click()
      await more(page, 'Ada', 'Edit')
      found.push(...(await faults()))
      expect(found.filter((fault) => !fault.includes('#talk'))).toEqual([])
    })
  })
}
