import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { existsSync, globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { joinSamples, tone } from '../realtime-server/index.ts'
import { readWav, say } from '../sound-card/index.ts'
import { expect, expectState, holdTalk, releaseTalk, test } from './parley.ts'
import { clip, expectSentence } from './recorded.ts'

/** A column of what is kept in the file, oldest first. */
function kept(userData: string, column: 'text' | 'audio_file' = 'text'): string[] {
  if (!existsSync(join(userData, 'history.db'))) return []
  const database = new DatabaseSync(join(userData, 'history.db'), { readOnly: true })
  try {
    return database.prepare(`SELECT ${column} FROM entries ORDER BY rowid`).all().map((row) => String(row[column]))
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

test('the sound of each turn is kept in a file by whom that is wanted: as it was sent, as it was heard, until it is deleted', async ({ serve, launch, sound }) => {
  const [question, answer] = ['Could you remind me of the wall?', clip('You wanted two quotes before Friday, and you have not called anybody yet.')]
  const server = await serve({ answer: { pcm: answer, text: 'You wanted two quotes before Friday, and you have not called anybody yet.' } })
  const { page, userData } = await launch({ server })
  const sheet = page.getByRole('dialog')
  await page.getByRole('button', { name: 'Settings' }).click()
  await sheet.getByRole('checkbox', { name: /Keep the sound/ }).click()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Start conversation' }).click()
  await expectState(page, 'Ready')
  await pause(1000) // a cold microphone gives its first sound up to a second late
  await holdTalk(page)
  await expectState(page, 'Listening')
  await sound.speak(say(question))
  await releaseTalk(page)
  await expectState(page, 'Speaking')
  await pause(1200)
  await page.keyboard.press('Escape')
  await expect.poll(() => server.truncates).toHaveLength(1)

  const files = (): string[] => globSync(join(userData, 'sound', '**', '*.wav'))
  const soundOf = (file: string | undefined): Int16Array => readWav(files().find((path) => basename(path) === file) ?? '').samples
  await expect.poll(() => kept(userData, 'audio_file').filter((file) => files().some((path) => basename(path) === file))).toHaveLength(2)
  expect(files()).toHaveLength(2)
  const [mine, theirs] = kept(userData, 'audio_file').map(soundOf)
  expect(mine).toEqual(joinSamples(server.connection.commits.map(({ pcm }) => pcm)))
  expectSentence(question, mine)
  expect(theirs).toEqual(answer.subarray(0, theirs?.length))
  expect(Math.floor((theirs?.length ?? 0) / 24)).toBe(server.truncates[0]?.audio_end_ms)

  await page.getByRole('button', { name: 'Settings' }).click()
  await sheet.getByRole('textbox', { name: 'Search settings' }).fill('delete')
  await sheet.getByRole('button', { name: 'Delete all' }).click()
  await sheet.getByRole('button', { name: 'Really delete all' }).click()
  await expect.poll(() => existsSync(join(userData, 'sound'))).toBe(false)
  expect(kept(userData)).toEqual([])
})
