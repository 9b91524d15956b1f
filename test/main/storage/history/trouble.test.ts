import { execFileSync } from 'node:child_process'
import { chmod, copyFile, mkdir, open, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import { conversation, entry, makeHistory, makeInstrumented, message, temporaryFolder } from './helpers.ts'

let folder: string
let file: string

beforeEach(async () => {
  folder = await temporaryFolder()
  file = join(folder, 'history.db')
})

/** A closed history with `entries` entries of some length. */
async function aHistory(entries = 200): Promise<Buffer> {
  const { history } = makeHistory()
  await history.open(file)
  history.record(conversation('old'))
  for (let n = 0; n < entries; n++) history.record(entry('old', n, message(`${n}`, `entry ${n} `.repeat(40))))
  await history.close()
  return readFile(file)
}

describe('a file that is no history is set aside, never overwritten', () => {
  const damages: [string, (whole: Buffer) => Promise<void>][] = [
    ['random bytes', () => writeFile(file, Buffer.from(Array.from({ length: 9_000 }, (_, n) => (n * 7919) % 251)))],
    ['a text', () => writeFile(file, 'these are my notes')],
    ['wrong magic', async (whole) => writeFile(file, Buffer.concat([Buffer.from('NOT A DATABASE!!'), whole.subarray(16)]))],
    ['truncated to a third', async (whole) => truncate(file, Math.floor(whole.length / 3 / 4096) * 4096)],
    ['truncated within the first page', () => truncate(file, 700)],
    ['random bytes in the middle', async (whole) => {
      const handle = await open(file, 'r+')
      await handle.write(Buffer.alloc(12_288, 0xa5), 0, 12_288, Math.floor(whole.length / 2 / 4096) * 4096)
      await handle.close()
    }],
    ['emptied, with only its log left', async (whole) => {
      await writeFile(`${file}-wal`, whole)
      await truncate(file, 0)
    }],
    ['another program’s database', async () => {
      await rm(file)
      const other = new DatabaseSync(file)
      other.exec('CREATE TABLE notes (text)')
      other.close()
    }],
  ]

  it.each(damages)('%s', async (_name, damage) => {
    await damage(await aHistory())
    const before = await readFile(file)
    const logBefore = await readFile(`${file}-wal`).catch(() => null)
    const { history, problems } = makeHistory()
    const opened = await history.open(file)
    expect(await readFile(join(folder, 'history.damaged-1.db-wal')).catch(() => null)).toEqual(logBefore)
    expect(opened).toEqual({ state: 'set_aside', file: join(folder, 'history.damaged-1.db'), reason: 'damaged' })
    expect(problems).toEqual([{ code: 'history_set_aside', detail: { reason: 'damaged', file: 'history.damaged-1.db' }, actions: ['dismiss'] }])
    expect((await readFile(join(folder, 'history.damaged-1.db'))).equals(before)).toBe(true)
    history.record(conversation('new'))
    history.record(entry('new', 1, message('1', 'it goes on')))
    expect(await history.search('goes', { limit: 1 })).toHaveLength(1)
    expect(await history.stats()).toMatchObject({ conversations: 1 })
  })

  it('a file of a newer version', async () => {
    await aHistory()
    const newer = new DatabaseSync(file)
    newer.exec('PRAGMA user_version = 99')
    newer.close()
    const before = await readFile(file)
    const { history } = makeHistory()
    expect(await history.open(file)).toEqual({ state: 'set_aside', file: join(folder, 'history.newer-1.db'), reason: 'newer' })
    expect((await readFile(join(folder, 'history.newer-1.db'))).equals(before)).toBe(true)
  })

  it('a second one gets the next number', async () => {
    for (const text of ['first', 'second']) {
      await writeFile(file, text)
      const { history } = makeHistory()
      await history.open(file)
      await history.close()
    }
    expect(await readFile(join(folder, 'history.damaged-1.db'), 'utf8')).toBe('first')
    expect(await readFile(join(folder, 'history.damaged-2.db'), 'utf8')).toBe('second')
  })

  it('an index of words that is damaged is made anew, nothing is set aside', async () => {
    await aHistory()
    const other = new DatabaseSync(file, { defensive: false })
    other.exec("UPDATE entry_words_data SET block = unhex(replace(hex(zeroblob(length(block))), '00', 'a5')) WHERE id > 10")
    other.close()
    const { history, problems } = makeHistory()
    expect(await history.open(file)).toEqual({ state: 'open' })
    expect(await history.search('entry', { limit: 500 })).toHaveLength(200)
    history.record(entry('old', 7, message('7', 'another text')))
    expect(await history.search('another', { limit: 9 })).toHaveLength(1)
    expect(problems).toEqual([])
  })

  it('damage that shows only while it is in use: what is going on is asked for again', async () => {
    // More than SQLite keeps in memory, so that it has to read what is damaged.
    await aHistory(8_000)
    const { history, problems } = makeHistory()
    await history.open(file)
    let fresh = 0
    const record = () => {
      history.record(conversation('live'))
      history.record(entry('live', 1, message('1', 'still here')))
    }
    history.onFresh(() => {
      fresh++
      record()
    })
    const { size } = await stat(file)
    const handle = await open(file, 'r+')
    await handle.write(Buffer.alloc(size - 4096, 0xff), 0, size - 4096, 4096)
    await handle.close()
    record()
    expect(await history.flush()).toBe(true)
    expect(fresh).toBe(1)
    expect(problems).toMatchObject([{ code: 'history_set_aside' }])
    expect(await history.entries('live')).toMatchObject([{ entry: { text: 'still here' } }])
    expect((await readdir(folder)).filter((name) => name.includes('damaged-1'))).toContain('history.damaged-1.db')
  })
})

describe('a disk that refuses', () => {
  it('full: said once, nothing is lost, written when there is space', async () => {
    const { history, problems, recovered, tell } = makeInstrumented(file)
    await history.open(file)
    history.record(conversation('a'))
    await history.flush()
    await tell({ do: 'limit', pages: 1 })
    for (let n = 0; n < 300; n++) history.record(entry('a', n, message(`${n}`, `entry ${n} `.repeat(60))))
    const first = history.flush()
    // Recorded while the older is on its way to be refused.
    history.record(entry('a', 5, message('5', 'the newest')))
    expect(await first).toBe(false)
    expect(await history.flush()).toBe(false)
    expect(problems).toEqual([{ code: 'history_unwritable', detail: { reason: 'full' }, actions: ['dismiss'] }])
    expect(await history.conversations({ limit: 1 })).toHaveLength(1)
    await tell({ do: 'limit', pages: 100_000 })
    await expect.poll(() => recovered.times).toBe(1)
    const kept = await history.entries('a')
    expect(kept).toHaveLength(300)
    expect(kept[5]?.entry.text).toBe('the newest')
    // Said again when it begins again.
    await tell({ do: 'limit', pages: 1 })
    for (let n = 0; n < 900; n++) history.record(entry('a', n, message(`x${n}`, `entry ${n} `.repeat(60))))
    expect(await history.flush()).toBe(false)
    expect(problems).toHaveLength(2)
    await tell({ do: 'limit', pages: 100_000 })
  })

  const mounted = mountable()
  it.skipIf(mounted !== null)(`full for real, on a file system of 300 kB${mounted === null ? '' : ` (skipped: ${mounted})`}`, async () => {
    const disk = join(folder, 'disk')
    await mkdir(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', disk])
    try {
      const { history, problems, recovered } = makeHistory({ retryMs: [30] })
      await writeFile(join(disk, 'ballast'), Buffer.alloc(120_000))
      await history.open(join(disk, 'history.db'))
      history.record(conversation('a'))
      for (let n = 0; n < 100; n++) history.record(entry('a', n, message(`${n}`, `entry ${n} `.repeat(70))))
      expect(await history.flush()).toBe(false)
      expect(problems).toEqual([{ code: 'history_unwritable', detail: { reason: 'full' }, actions: ['dismiss'] }])
      await rm(join(disk, 'ballast'))
      execFileSync('mount', ['-o', 'remount,size=8m', disk])
      await expect.poll(() => recovered.times).toBe(1)
      expect(await history.entries('a')).toHaveLength(100)
      await history.close()
    } finally {
      execFileSync('umount', ['-l', disk])
    }
  })

  it('a folder that cannot be made: said once, written when it can', async () => {
    await writeFile(join(folder, 'in-the-way'), 'x')
    const { history, problems, recovered } = makeHistory({ retryMs: [30] })
    expect(await history.open(join(folder, 'in-the-way', 'history.db'))).toEqual({ state: 'new' })
    history.record(conversation('a'))
    expect(await history.flush()).toBe(false)
    expect(await history.flush()).toBe(false)
    expect(problems).toEqual([{ code: 'history_unwritable', detail: { reason: 'denied' }, actions: ['dismiss'] }])
    await rm(join(folder, 'in-the-way'))
    await expect.poll(() => recovered.times).toBe(1)
    expect(await history.stats()).toMatchObject({ conversations: 1 })
  })

  it('a file that cannot be opened is left alone', async () => {
    await aHistory()
    await rename(file, `${file}.real`)
    await mkdir(file)
    const { history, problems } = makeHistory({ retryMs: [30] })
    expect(await history.open(file)).toEqual({ state: 'unavailable', reason: expect.any(String) as unknown })
    expect(problems).toHaveLength(1)
    await expect(history.conversations({ limit: 1 })).rejects.toThrow('cannot be read')
    await rm(file, { recursive: true })
    await copyFile(`${file}.real`, file)
    await chmod(file, 0o600)
    expect(await history.conversations({ limit: 1 })).toMatchObject([{ id: 'old', entries: 200 }])
  })
})

describe('a worker that ends', () => {
  it('is started again, and what it had not confirmed is written', async () => {
    const { history, problems, log, tell } = makeInstrumented(file)
    await history.open(file)
    history.record(conversation('a'))
    await history.flush()
    await tell({ do: 'crash at the next request' })
    history.record(entry('a', 1, message('1', 'in flight')))
    await expect.poll(() => history.flush()).toBe(true)
    expect(await history.entries('a')).toMatchObject([{ entry: { text: 'in flight' } }])
    // What goes on has no end yet, although a new thread has opened the file.
    expect(await history.conversations({ limit: 1 })).toMatchObject([{ ended: null }])
    expect(problems).toEqual([])
    expect(log.lines.join('\n')).toContain('started again')
  })

  it('again and again is given up, and said', async () => {
    const broken = join(folder, 'broken.cjs')
    await writeFile(broken, 'throw new Error("no")')
    const { history, problems, log } = makeHistory({ workerFile: broken, retryMs: [10] })
    await history.open(file)
    history.record(conversation('a'))
    await expect.poll(() => problems).toEqual([{ code: 'history_unwritable', detail: { reason: 'crashed' }, actions: ['dismiss'] }])
    for (let n = 0; n < 5; n++) expect(await history.flush()).toBe(false)
    expect(log.lines.filter((line) => line.includes('has ended'))).toHaveLength(3)
    expect(problems).toHaveLength(1)
  })
})

/** Why no file system can be mounted here, null when it can. */
function mountable(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux'
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return null
  } catch (error) {
    return error instanceof Error ? 'mounting is not allowed' : 'unknown'
  }
}
