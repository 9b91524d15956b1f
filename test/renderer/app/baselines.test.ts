import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decodePng, encodePng, type Pixels } from '../../stand-in/src/png.ts'
import { acceptedLooks, baselines, compare, FOLDER, incomparable, telling, TOLERATED } from './harness/baselines.ts'
import { Camera } from './harness/camera.ts'

/** Where a picture goes that does not look as accepted, with what differs. */
const OUTPUT = resolve(import.meta.dirname, '../../../.cache/test/baselines')

/** `npm test` compares the telling ones, `npm run test:long -- looks` all. */
const compared = process.env['PARLEY_LOOKS'] === 'all' ? baselines : telling

let camera: Camera | null = null
let reason: string | null = null
const told: string[] = []

beforeAll(async () => {
  await rm(OUTPUT, { recursive: true, force: true })
  camera = await Camera.start((line) => told.push(line))
  reason = incomparable(await acceptedLooks(), await camera.looks())
  if (reason !== null) console.warn(`The window's pictures are not compared: ${reason}.`)
}, 60_000)

afterAll(async () => {
  await camera?.stop()
})

function pixels(file: Buffer): Pixels {
  const decoded = decodePng(file)
  if (decoded === null) throw new Error('not a PNG')
  return decoded
}

describe('the window looks as accepted', () => {
  beforeEach((context) => {
    if (reason !== null) context.skip(reason)
  })

  it.for(compared)('$name', async (shot) => {
    if (camera === null) throw new Error('no camera')
    const file = await camera.take(shot)
    const difference = compare(pixels(await readFile(join(FOLDER, `${shot.name}.png`))), pixels(file))
    if (difference.part > TOLERATED) {
      await mkdir(OUTPUT, { recursive: true })
      const [taken, differs] = [join(OUTPUT, `${shot.name}.png`), join(OUTPUT, `${shot.name}.difference.png`)]
      await Promise.all([writeFile(taken, file), writeFile(differs, encodePng(difference.picture))])
      expect.fail(`${difference.count} pixels (${(difference.part * 100).toFixed(2)} %) differ from the accepted picture. Now: ${relative('', taken)}; what differs: ${relative('', differs)}. If it is meant: node scripts/node24.mjs test/renderer/app/harness/shots.ts --baselines, and look at each picture that changed.`)
    }
    expect(told.splice(0)).toEqual([])
  })
})

it('keeps a picture of every shot that is compared, and no other', async () => {
  const kept = (await readdir(FOLDER)).filter((name) => name.endsWith('.png')).sort()
  expect(kept).toEqual(baselines.map(({ name }) => `${name}.png`).sort())
  expect(telling.length).toBeGreaterThan(20)
})

it('tells pictures of another engine or other fonts', () => {
  const looks = { chromium: 150, platform: 'linux-x64', fonts: { 'inter.woff2': 'a' } }
  expect(incomparable(looks, looks)).toBeNull()
  expect(incomparable(looks, { ...looks, chromium: 151 })).toContain('Chromium 150, this is 151')
  expect(incomparable(looks, { ...looks, platform: 'linux-arm64' })).toContain('linux-arm64')
  expect(incomparable(looks, { ...looks, fonts: { 'inter.woff2': 'b', 'mono.woff2': 'c' } })).toContain('inter.woff2, mono.woff2')
})

it('counts what differs by more than smoothing', () => {
  const grey = (value: number, width = 2): Pixels => ({ width, height: 1, rgba: Buffer.alloc(width * 4, value) })
  expect(compare(grey(100), grey(108))).toMatchObject({ count: 0, part: 0 })
  expect(compare(grey(100), grey(109))).toMatchObject({ count: 2, part: 1 })
  expect(compare(grey(100), grey(100, 3))).toMatchObject({ count: 3, part: 1 })
})
