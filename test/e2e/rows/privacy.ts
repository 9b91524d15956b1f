import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, expectState, holdTalk, releaseTalk } from '../parley.ts'
import { answerDialog, outside } from '../world.ts'
import type { Bench, Deeds } from './bench.ts'

/** Words that are kept on the disk, oldest first. */
function kept({ parley }: Bench): string[] {
  const file = join(parley.userData, 'history.db')
  if (!existsSync(file)) return []
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    // The file is there a moment before what is in it.
    if (database.prepare("SELECT name FROM sqlite_master WHERE name = 'entries'").all().length === 0) return []
    return database.prepare('SELECT text FROM entries ORDER BY rowid').all().map((row) => String(row['text']))
  } finally {
    database.close()
  }
}

/** Files of sound that are kept on the disk. */
async function keptSound({ parley }: Bench): Promise<string[]> {
  const folder = join(parley.userData, 'sound')
  return existsSync(folder) ? (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.wav')) : []
}

/** What was opened outside Parley, newest last. */
const opened = (bench: Bench): Promise<string[]> => outside(bench.parley, (world) => world.outside.opened)

export const privacy: Deeds<'keepHistory' | 'keepSound' | 'deleteAll' | 'logs' | 'diagnostics' | 'version' | 'licences' | 'firstSteps'> = {
  async keepHistory(bench) {
    await bench.end()
    await bench.tick('keepHistory')
    await bench.start()
    await bench.converse('This is for nobody.')
    await bench.end()
    await bench.reset('keepHistory')
    await bench.start()
    await bench.converse('This is to stay.')
    await expect.poll(() => kept(bench)).toContain('This is to stay.')
    expect(kept(bench)).not.toContain('This is for nobody.')
  },

  async keepSound(bench) {
    const say = async (): Promise<void> => {
      await bench.close()
      const before = bench.server.connection.commits.length
      await holdTalk(bench.page)
      await expectState(bench.page, 'Listening')
      await pause(500)
      await releaseTalk(bench.page)
      await expect.poll(() => bench.server.connection.commits.length).toBe(before + 1)
      await expectState(bench.page, 'Ready')
    }
    await bench.start()
    await say()
    await bench.tick('keepSound')
    await say()
    // The turn and its answer, and nothing of the turn before.
    await expect.poll(() => keptSound(bench)).toHaveLength(2)
    await bench.reset('keepSound')
    await bench.end()
  },

  async deleteAll(bench) {
    expect(kept(bench)).not.toEqual([])
    const row = await bench.row('deleteAll')
    await row.getByRole('button', { name: 'Delete all', exact: true }).click()
    await row.getByRole('button', { name: 'Really delete all' }).click()
    await expect(row.getByText('All kept conversations are deleted.')).toBeVisible()
    expect(kept(bench)).toEqual([])
    expect(await keptSound(bench)).toEqual([])
  },

  async logs(bench) {
    await (await bench.row('logs')).getByRole('button', { name: 'Show log' }).click()
    await expect.poll(async () => (await opened(bench)).at(-1)).toBe(join(bench.parley.userData, 'logs', 'parley.log'))
    expect(await readFile(join(bench.parley.userData, 'logs', 'parley.log'), 'utf8')).toContain('The talk key is served by')
  },

  async diagnostics(bench) {
    const row = await bench.row('diagnostics')
    for (const words of [false, true]) {
      const file = join(bench.parley.userData, `bundle-${String(words)}.jsonl`)
      await answerDialog(bench.parley, file)
      if (words) await row.getByRole('checkbox', { name: 'With what was said' }).click()
      await row.getByRole('button', { name: 'Save diagnostics' }).click()
      await expect.poll(() => existsSync(file)).toBe(true)
      await expect(row.getByText('Saved.')).toBeVisible()
      expect((await readFile(file, 'utf8')).includes('This is to stay.')).toBe(words)
    }
  },

  async version(bench) {
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../../../package.json'), 'utf8')) as { version: string }
    await expect((await bench.row('version')).getByText(version, { exact: true })).toBeVisible()
  },

  async licences(bench) {
    await (await bench.row('licences')).getByRole('button', { name: 'Show licences' }).click()
    await expect.poll(async () => basename((await opened(bench)).at(-1) ?? '')).toBe('third-party-licences.txt')
    // The desktop of a test opens whatever it is told to.
    expect(await readFile((await opened(bench)).at(-1) ?? '', 'utf8')).toContain('Electron')
  },

  async firstSteps(bench) {
    await (await bench.row('firstSteps')).getByRole('button', { name: 'Show first steps' }).click()
    await expect(bench.page.getByRole('heading', { name: 'Before the first word' })).toBeVisible()
    await expect(bench.sheet).toBeHidden()
    await bench.page.getByRole('button', { name: 'To the conversation' }).click()
    await expect(bench.page.getByRole('button', { name: 'Talk', exact: true })).toBeVisible()
  },
}
