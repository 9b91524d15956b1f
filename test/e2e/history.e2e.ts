import { DatabaseSync } from 'node:sqlite'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { tone } from '../realtime-server/index.ts'
import { expect, test } from './parley.ts'

/** What is kept in the file, oldest first. */
function kept(userData: string): string[] {
  const database = new DatabaseSync(join(userData, 'history.db'), { readOnly: true })
  try {
    return database.prepare('SELECT text FROM entries ORDER BY rowid').all().map((row) => String(row['text']))
  } finally {
    database.close()
  }
}

test('what was said is on the disk a moment later, also when Parley is killed', async ({ serve, launch }) => {
  const server = await serve({ answer: { pcm: tone(300), text: 'You wanted two quotes.' } })
  const { page, app, userData } = await launch({ server })
  await page.getByRole('textbox', { name: 'Message' }).fill('What about the roof?')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('article', { name: 'Parley' })).toContainText('You wanted two quotes.')
  await page.waitForTimeout(1000)
  app.process().kill('SIGKILL')
  expect(kept(userData)).toEqual(['What about the roof?', 'You wanted two quotes.'])
})

test('nothing is kept by whom that is not wanted', async ({ serve, launch }) => {
  const server = await serve({ answer: { pcm: tone(300), text: 'You wanted two quotes.' } })
  const { page, userData } = await launch({ server })
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('checkbox', { name: /Keep conversations/ }).click()
  await page.keyboard.press('Escape')
  await page.getByRole('textbox', { name: 'Message' }).fill('What about the roof?')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('article', { name: 'Parley' })).toContainText('You wanted two quotes.')
  await page.waitForTimeout(700)
  expect(existsSync(join(userData, 'history.db')) ? kept(userData) : []).toEqual([])
})
