import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import type { RealtimeServer } from '../realtime-server/index.ts'
import type { StandInControl } from '../stand-in/src/control.ts'
import { expect, expectState, test, type Parley } from './parley.ts'

/** What the server holds the session to be. */
function session(server: RealtimeServer): Record<string, unknown> {
  return server.connection.session
}

async function pick(page: Page, persona: string): Promise<void> {
  await page.getByRole('button', { name: /^Persona:/ }).click()
  await page.getByRole('menuitemradio', { name: persona, exact: true }).click()
}

async function answerDialog(parley: Parley, answer: { filePath: string } | { filePaths: string[] }): Promise<void> {
  await parley.app.evaluate((_electron, given) => {
    const control = (globalThis as { __standIn?: StandInControl }).__standIn
    if (!control) throw new Error('dialogs can be answered on the stand-in only')
    control.dialogs.answer(given)
  }, answer)
}

test('personas are made, switched in mid-conversation, saved to a file and taken from one', async ({ serve, launch, folder }) => {
  const server = await serve()
  const parley = await launch({ server })
  const { page } = parley
  await page.getByRole('button', { name: 'Start conversation' }).click()
  await expectState(page, 'Ready', 15_000)
  expect(session(server)['instructions']).toContain('Help with whatever the day brings')

  // Switching tells the running session what it can take.
  await pick(page, 'Thinking aloud')
  await expect.poll(() => session(server)['instructions']).toContain('You help a person think aloud')
  expect(server.connections).toHaveLength(1)

  // What it cannot take, once it has spoken, comes with a new session that knows what was said.
  await page.getByRole('textbox', { name: 'Message' }).fill('Remember the roof.')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('article', { name: 'Parley' }).last()).toContainText('Hello there.')
  await expectState(page, 'Ready', 15_000)
  await pick(page, 'Language partner')
  await expect(page.getByText('What could change at once has changed.')).toBeVisible()
  await expect.poll(() => server.connections.length).toBe(2)
  await expect.poll(() => session(server)).toMatchObject({ tools: [{ name: 'current_time' }], audio: { output: { voice: 'cedar' } } })
  await expect.poll(() => JSON.stringify(server.received.map(({ event }) => event))).toContain('"text":"Remember the roof."}]')
  await expectState(page, 'Ready')

  // From the tray as well.
  const picked = await parley.app.evaluate(() => (globalThis as { __standIn?: StandInControl }).__standIn?.pickTrayItem(['Persona', 'Thinking aloud']))
  expect(picked).toBe(true)
  await expect(page.getByRole('button', { name: 'Persona: Thinking aloud' })).toBeVisible()

  // Made with the keyboard, kept in the settings, chosen.
  await page.getByRole('button', { name: /^Persona:/ }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menu').waitFor()
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'New persona' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: 'Name' })).toBeFocused()
  await page.keyboard.type('Ada')
  await page.keyboard.press('Tab')
  await page.keyboard.type('You are Ada.')
  await page.getByRole('button', { name: 'Save', exact: true }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('radio', { name: 'Ada' }).click()
  await expect(page.getByRole('radio', { name: 'Ada' })).toBeChecked()
  await expect.poll(() => session(server)['instructions']).toMatch(/You are Ada\.$/)
  const kept = JSON.parse(await readFile(join(parley.userData, 'settings.json'), 'utf8')) as { persona: string; personas: { id: string; name: string }[] }
  expect(kept.personas).toMatchObject([{ name: 'Ada', instructions: 'You are Ada.' }])
  expect(kept.persona).toBe(kept.personas[0]?.id)

  // To a file and back.
  const file = join(folder, 'ada.json')
  await answerDialog(parley, { filePath: file })
  await page.getByRole('button', { name: 'More for Ada' }).click()
  await page.getByRole('menuitem', { name: 'Save to a file…' }).click()
  await expect(page.getByText('“Ada” was saved.')).toBeVisible()
  const written = JSON.parse(await readFile(file, 'utf8')) as { personas: Record<string, unknown>[] }
  expect(written.personas).toMatchObject([{ name: 'Ada', instructions: 'You are Ada.' }])
  await writeFile(file, JSON.stringify({ ...written, personas: [{ ...written.personas[0], temperature: 1 }] }))
  await answerDialog(parley, { filePaths: [file] })
  await page.getByRole('button', { name: 'Take from a file…' }).click()
  await expect(page.getByText('Taken over: “Ada 2”. Left out, since Parley does not know it: temperature.')).toBeVisible()
  await writeFile(file, 'no persona')
  await answerDialog(parley, { filePaths: [file] })
  await page.getByRole('button', { name: 'Take from a file…' }).click()
  await expect(page.getByText('“ada.json” is not a persona file that Parley can read.')).toBeVisible()
  await page.screenshot({ path: test.info().outputPath('personas.png') })

  // By hand, in the file.
  const byHand = JSON.parse(await readFile(join(parley.userData, 'settings.json'), 'utf8')) as { personas: { name: string; instructions: string }[] }
  for (const persona of byHand.personas) if (persona.name === 'Ada') persona.instructions = 'You are Ada, edited by hand.'
  await writeFile(join(parley.userData, 'settings.json'), JSON.stringify(byHand))
  await expect.poll(() => session(server)['instructions']).toMatch(/edited by hand\.$/)

  // Gone for good, and the first one is chosen again.
  await page.getByRole('button', { name: 'More for Ada', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Delete for good' }).click()
  await expect(page.getByRole('radio', { name: 'Everyday' })).toBeChecked()
  await expect.poll(() => session(server)['instructions']).toContain('Help with whatever the day brings')
})
