import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FailureError } from '../../../shared/failure.ts'
import { settingsSchema } from '../../../shared/settings.ts'
import { SettingsFile } from '../../../main/storage/settings-file.ts'
import { memoryLog } from '../desktop/fakes.ts'

let folder: string
let file: string
let log: ReturnType<typeof memoryLog>
const open = () => SettingsFile.open({ file, log })
const defaults = settingsSchema.parse({})

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-settings-'))
  file = join(folder, 'data', 'settings.json')
  log = memoryLog()
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function put(text: string): Promise<void> {
  await mkdir(join(folder, 'data'), { recursive: true })
  await writeFile(file, text)
}

it('begins with the defaults and writes nothing', async () => {
  expect((await open()).value).toEqual(defaults)
  expect(await readdir(folder)).toEqual([])
})

it('keeps what is changed, for its owner alone, and leaves no other file', async () => {
  const settings = await open()
  await settings.change({ theme: 'dark', volume: 0.25 })
  await settings.change({ endpoint: { kind: 'compatible', url: 'ws://127.0.0.1:1/x', model: '' } })
  expect((await open()).value).toEqual({
    ...defaults,
    theme: 'dark',
    volume: 0.25,
    endpoint: { kind: 'compatible', url: 'ws://127.0.0.1:1/x', model: '' },
  })
  expect(await readdir(join(folder, 'data'))).toEqual(['settings.json'])
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

it('writes changes one after the other: the last one wins', async () => {
  const settings = await open()
  await Promise.all(Array.from({ length: 25 }, (_, n) => settings.change({ volume: n / 100 })))
  expect((await open()).value.volume).toBe(0.24)
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ volume: 0.24, version: 1 })
})

it('a setting that is sent as undefined is not changed', async () => {
  const settings = await open()
  await settings.change({ theme: 'dark' })
  await settings.change({ volume: 0.5 })
  await settings.change({ theme: undefined })
  expect(settings.value).toMatchObject({ theme: 'dark', volume: 0.5 })
})

it.each(['', '{', 'null', '[]', '"x"', '\u0000\u0001', '{"version":2}'])('sets a damaged file aside: %j', async (text) => {
  await put(text)
  expect((await open()).value).toEqual(defaults)
  expect(await readdir(join(folder, 'data'))).toEqual(['settings.damaged-1.json'])
  expect(await readFile(join(folder, 'data', 'settings.damaged-1.json'), 'utf8')).toBe(text)
  expect(log.lines.join()).toContain('settings.damaged-1.json')
})

it('numbers damaged files and replaces none', async () => {
  for (const text of ['{one', '{two', '{three']) {
    await put(text)
    await open()
  }
  const names = ['settings.damaged-1.json', 'settings.damaged-2.json', 'settings.damaged-3.json']
  expect((await readdir(join(folder, 'data'))).toSorted()).toEqual(names)
  expect(await readFile(join(folder, 'data', 'settings.damaged-2.json'), 'utf8')).toBe('{two')
})

it('keeps what is valid of a file that is partly damaged', async () => {
  await put(JSON.stringify({ version: 1, theme: 'dark', volume: 7, turnMode: 'open_line', voice: 3, fromTheFuture: 1 }))
  expect((await open()).value).toEqual({ ...defaults, theme: 'dark', turnMode: 'open_line' })
  expect(await readdir(join(folder, 'data'))).toEqual(['settings.damaged-1.json'])
})

it('one damaged persona costs no other', async () => {
  const ada = { id: 'own_1', name: 'Ada', instructions: 'Be brief.' }
  await put(JSON.stringify({ persona: 'own_1', personas: [ada, { id: 'own_2' }, { ...ada, id: 'own_3' }, 7] }))
  const { value } = await open()
  expect(value.persona).toBe('own_1')
  expect(value.personas.map(({ id }) => id)).toEqual(['own_1', 'own_3'])
})

it('says that the disk refuses, and goes by the change all the same', async () => {
  // A file where the folder should be: refused for every user, root included.
  await writeFile(join(folder, 'data'), '')
  const settings = await open()
  const error: unknown = await settings.change({ theme: 'dark' }).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(FailureError)
  expect((error as FailureError).failure.code).toBe('settings_unwritable')
  expect(settings.value.theme).toBe('dark')

  await rm(join(folder, 'data'))
  await settings.change({ volume: 0.5 })
  expect((await open()).value).toMatchObject({ theme: 'dark', volume: 0.5 })
})

it('runs with the defaults when the file cannot be read', async () => {
  await mkdir(file, { recursive: true })
  expect((await open()).value).toEqual(defaults)
  expect(log.lines).toEqual(['warn The settings could not be read; the defaults are used. "EISDIR"'])
  await chmod(file, 0o700)
})

/** Settings that watch their file, and what the watcher told. */
async function watched() {
  const settings = await open()
  await settings.change({ volume: 0.5 })
  const told: string[] = []
  const watch = settings.watch({
    onChange: (before) => told.push(`${String(before.volume)} → ${String(settings.value.volume)}`),
    onRefused: (why) => told.push(`${why.code} ${String(why.detail['at'])}`),
  })
  return { settings, told, watch }
}

it('takes over what is changed by hand, also when the file is replaced, and does not hear its own writes', async () => {
  const { settings, told, watch } = await watched()
  await writeFile(file, JSON.stringify({ ...settings.value, volume: 0.25 }))
  await expect.poll(() => told).toEqual(['0.5 → 0.25'])
  await writeFile(`${file}.new`, JSON.stringify({ volume: 0.75 }))
  await rename(`${file}.new`, file)
  await expect.poll(() => told).toEqual(['0.5 → 0.25', '0.25 → 0.75'])
  await settings.change({ theme: 'dark' })
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(told).toHaveLength(2)
  watch.dispose()
  await writeFile(file, JSON.stringify({ volume: 0.1 }))
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(settings.value).toMatchObject({ volume: 0.75, theme: 'dark' })
})

it('sees a file that is written by hand before Parley has written any', async () => {
  const settings = await open()
  const told: number[] = []
  const watch = settings.watch({ onChange: () => told.push(settings.value.volume), onRefused: () => undefined })
  await writeFile(file, '{"volume": 0.25}')
  await expect.poll(() => told).toEqual([0.25])
  watch.dispose()
})

it.each([
  ['{"volume": 0.2', ''],
  ['{"volume": "loud"}', 'volume'],
])('refuses a broken change by hand, keeps what was in force, and keeps the file for its owner: %s', async (text, at) => {
  const { settings, told, watch } = await watched()
  await writeFile(file, text)
  await expect.poll(() => told).toEqual([`settings_refused ${at}`])
  expect(settings.value.volume).toBe(0.5)
  expect(await readFile(file, 'utf8')).toBe(text)
  await settings.change({ theme: 'dark' })
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ volume: 0.5, theme: 'dark' })
  expect(await readFile(join(folder, 'data', 'settings.damaged-1.json'), 'utf8')).toBe(text)
  watch.dispose()
})

it('sees a change by hand also where its folder did not exist at the start', async () => {
  const settings = await open()
  const watch = settings.watch({ onChange: () => undefined, onRefused: () => undefined })
  expect(log.lines).toEqual([])
  await writeFile(file, JSON.stringify({ theme: 'dark' }))
  await expect.poll(() => settings.value.theme).toBe('dark')
  watch.dispose()
})
