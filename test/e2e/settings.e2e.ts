import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tone } from '../realtime-server/index.ts'
import type { StandInControl } from '../stand-in/src/control.ts'
import { expect, test, type Parley } from './parley.ts'

const KEY = 'sk-marker-0123456789abcdef'

/** The next dialog is answered with this file. */
function answer({ app }: Parley, filePath: string): Promise<void> {
  return app.evaluate((_electron, path) => {
    ;(globalThis as unknown as { __standIn: StandInControl }).__standIn.dialogs.answer({ filePath: path })
  }, filePath)
}

const stored = async (userData: string): Promise<Record<string, unknown>> => JSON.parse(await readFile(join(userData, 'settings.json'), 'utf8')) as Record<string, unknown>

test('settings change what they say, by hand as well; files hold what they should and nothing else', async ({ serve, launch, folder }) => {
  const server = await serve({ key: KEY, answer: { pcm: tone(300), text: 'Certainly.' } })
  const parley = await launch({ server, env: { OPENAI_API_KEY: KEY } })
  const { page, userData } = parley
  await page.getByRole('button', { name: 'Settings' }).click()
  const sheet = page.getByRole('dialog')
  const search = sheet.getByRole('textbox', { name: 'Search settings' })

  // Found by the search; what each row does is seen in settings-rows.e2e.ts.
  await search.fill('voice')
  await sheet.getByLabel('Voice', { exact: true }).selectOption('Cedar')
  await search.fill('taking turns')
  await sheet.getByRole('radio', { name: 'Tap to talk' }).click()
  await expect.poll(() => stored(userData)).toMatchObject({ voice: 'cedar', turnMode: 'tap', theme: 'system' })
  await search.fill('language')
  await sheet.getByLabel('Language', { exact: true }).selectOption('de')
  await page.getByRole('textbox', { name: 'Einstellungen durchsuchen' }).fill('sprache')
  await sheet.getByLabel('Sprache', { exact: true }).selectOption('en')
  await search.fill('')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Talk', exact: true })).toContainText('Tap to talk')

  await page.getByRole('textbox', { name: 'Message' }).fill('Call Ottokar')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('article', { name: 'Parley' })).toContainText('Certainly.')
  expect(JSON.stringify(server.received)).toContain('"voice":"cedar"')

  // By hand, well and badly.
  await writeFile(join(userData, 'settings.json'), JSON.stringify({ ...(await stored(userData)), turnMode: 'hold' }))
  await expect(page.getByRole('button', { name: 'Talk', exact: true })).toContainText('Hold to')
  await writeFile(join(userData, 'settings.json'), '{"turnMode": "tap"')
  await expect(page.getByText('The change in settings.json cannot be used')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Talk', exact: true })).toContainText('Hold to')

  // The conversation as a file.
  const json = join(folder, 'talk.json')
  await answer(parley, json)
  await page.getByRole('button', { name: 'Save conversation' }).click()
  await page.getByRole('menuitem', { name: 'As data (JSON)' }).click()
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
  expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({ format: 'parley.conversation', entries: [{ who: 'you', text: 'Call Ottokar' }, { who: 'parley', text: 'Certainly.' }] })
  await answer(parley, join(folder, 'missing', '\0', 'talk.md'))
  await page.getByRole('button', { name: 'Save conversation' }).click()
  await page.getByRole('menuitem', { name: 'As text (Markdown)' }).click()
  await expect(page.getByText(/could not be written/)).toBeVisible()
  await page.getByRole('button', { name: 'Dismiss' }).last().click()

  // Diagnostics: nothing of the key, nothing that was typed or answered, and replay reads it.
  const bundle = join(folder, 'bundle.jsonl')
  await answer(parley, bundle)
  await page.getByRole('button', { name: 'Settings' }).click()
  await search.fill('diagnostics')
  await sheet.getByRole('button', { name: 'Save diagnostics' }).click()
  await expect(sheet.getByText('Saved.')).toBeVisible()
  const text = await readFile(bundle, 'utf8')
  for (const secret of [KEY, 'Ottokar', 'Certainly']) expect(text, secret).not.toContain(secret)
  const report = JSON.parse(execFileSync(process.execPath, ['scripts/replay.mjs', bundle], { encoding: 'utf8' })) as { events: number; invalid: unknown[]; items: { text: string }[] }
  expect(report.invalid).toEqual([])
  expect(report.items.map((item) => item.text)).toEqual(['xxxx xxxxxxx', 'xxxxxxxxx.'])
})
