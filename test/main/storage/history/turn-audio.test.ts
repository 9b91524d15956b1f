import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { folderName, TurnAudio } from '../../../../main/storage/history/turn-audio.ts'
import { temporaryFolder } from './helpers.ts'

let folder: string
let named: string[]
let problems: string[]
const begin = (itemId: string | null, within = join(folder, 'conv')) =>
  new TurnAudio({ folder: within, itemId, onNamed: (item, file) => named.push(`${item} ${file}`), onProblem: (reason) => problems.push(reason) })

beforeEach(async () => {
  folder = await temporaryFolder()
  named = []
  problems = []
})

/** Samples of a WAV file whose header must be right to the byte. */
async function samples(file: string): Promise<Int16Array> {
  const bytes = await readFile(file)
  expect(bytes.toString('latin1', 0, 4) + bytes.toString('latin1', 8, 16) + bytes.toString('latin1', 36, 40)).toBe('RIFFWAVEfmt data')
  expect([bytes.readUInt32LE(16), bytes.readUInt16LE(20), bytes.readUInt16LE(22), bytes.readUInt32LE(24), bytes.readUInt32LE(28), bytes.readUInt16LE(32), bytes.readUInt16LE(34)]).toEqual([16, 1, 1, 24_000, 48_000, 2, 16])
  expect(bytes.readUInt32LE(40)).toBe(bytes.length - 44)
  expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8)
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset + 44, bytes.byteOffset + bytes.length))
}
const frame = (n: number) => new Uint8Array(new Int16Array(480).fill(n).buffer)

it('is one playable file, the same samples in the same order', async () => {
  const audio = begin('item_1')
  for (let n = 0; n < 500; n++) audio.write(frame(n))
  await audio.end()
  audio.write(frame(9))
  const kept = await samples(join(folder, 'conv', 'item_1.wav'))
  expect(kept.length).toBe(500 * 480)
  expect(kept.every((sample, n) => sample === Math.floor(n / 480))).toBe(true)
  expect(named).toEqual(['item_1 item_1.wav'])
})

it('grows while the turn lasts, playable at every moment', async () => {
  const audio = begin(null)
  audio.write(frame(1))
  let sizes = 0
  for (let n = 0; n < 3; n++) {
    await expect.poll(async () => (await readdir(join(folder, 'conv')).catch(() => [])).length).toBe(1)
    const [file] = await readdir(join(folder, 'conv'))
    await expect.poll(async () => (await readFile(join(folder, 'conv', file!))).length, { interval: 10 }).toBe(44 + 960 * (n + 1))
    // The header follows the data within the same job.
    await expect.poll(() => samples(join(folder, 'conv', file!)).then((kept) => kept.length, () => 0), { interval: 5 }).toBe(480 * (n + 1))
    sizes++
    audio.write(frame(1))
  }
  expect(sizes).toBe(3)
  await audio.end()
})

describe('the name', () => {
  it('may come late, even after the end', async () => {
    const audio = begin(null)
    audio.write(frame(1))
    await audio.end()
    expect((await readdir(join(folder, 'conv')))[0]).toMatch(/^turn-\d+\.wav$/)
    audio.name('item_2')
    await audio.end()
    expect(await readdir(join(folder, 'conv'))).toEqual(['item_2.wav'])
    expect(named).toEqual(['item_2 item_2.wav'])
  })

  it('never replaces another file', async () => {
    for (let n = 0; n < 2; n++) {
      const audio = begin(null)
      audio.write(frame(n))
      audio.name('item_3')
      await audio.end()
    }
    expect(await readdir(join(folder, 'conv'))).toEqual(['item_3.wav', 'item_3~2.wav'])
    expect((await samples(join(folder, 'conv', 'item_3.wav')))[0]).toBe(0)
  })

  it.each(['../../escape', '/etc/passwd', 'a\0b', 'nul', 'COM1', '', '.', '..', 'a/b', 'x'.repeat(300), 'C:\\x', 'ü', '-x'])('%j stays in the folder', (id) => {
    expect(folderName(id)).toMatch(/^id-[0-9a-f]{24}$/)
  })

  it('is the id where that is harmless', () => {
    expect(folderName('item_AbC-9')).toBe('item_AbC-9')
  })
})

it('without sound, and discarded, there is no file', async () => {
  await begin('item_4').end()
  expect(await readdir(folder)).toEqual([])
  const audio = begin('item_5')
  audio.write(frame(1))
  await audio.end()
  await audio.discard()
  const other = begin(null)
  other.write(frame(1))
  await other.discard()
  expect(await readdir(join(folder, 'conv'))).toEqual([])
})

it('a folder that cannot be made is said once, and nothing is thrown', async () => {
  await writeFile(join(folder, 'in-the-way'), '')
  const audio = begin('item_6', join(folder, 'in-the-way'))
  audio.write(frame(1))
  await audio.end()
  audio.write(frame(1))
  await audio.end()
  expect(problems).toEqual(['denied'])
})

it('a medium that is too slow ends the file, not the memory', async () => {
  const audio = begin('item_7')
  const big = new Uint8Array(1024 * 1024)
  for (let n = 0; n < 20; n++) audio.write(big)
  await audio.end()
  expect(problems).toEqual(['failed'])
})
