import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { measureSize } from './lib/size.ts'
import { ROOT } from './lib/bundle.ts'

/**
 * What the window may weigh before anything is shown. To go beyond is a decision, made here and with
 * its reason in the commit, not something that happens.
 */
const FIRST_RENDERER_KB = 800
/** The same, compressed: what it carries, whatever the length of its names. */
const FIRST_RENDERER_GZ_KB = 255
/** The sound room loads before the first word can be heard. */
const SOUND_ROOM_KB = 30
/** Packages that are shipped beside the bundle: the key hook, which is native, and the updater, which is loaded only where updates are on. */
const RUNTIME_DEPENDENCIES = 2

test('the first renderer bundle and the sound room stay within their budget', { timeout: 120_000 }, async () => {
  const { first, soundRoom } = await measureSize()
  expect(first.javascript / 1000, 'JavaScript of the window, kB').toBeLessThanOrEqual(FIRST_RENDERER_KB)
  expect(first.gzipped / 1000, 'the same, gzipped, kB').toBeLessThanOrEqual(FIRST_RENDERER_GZ_KB)
  expect(first.javascript / 1000, 'an empty bundle measures nothing').toBeGreaterThan(100)
  expect(soundRoom / 1000, 'JavaScript of the sound room, kB').toBeLessThanOrEqual(SOUND_ROOM_KB)
})

test('no further package is shipped', () => {
  const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { dependencies?: Record<string, string> }
  expect(Object.keys(manifest.dependencies ?? {})).toHaveLength(RUNTIME_DEPENDENCIES)
})
