import { globSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { correlate, findSound, follow, highPass, readWav, say, sliceMs, writeWav, type FollowOptions } from '../sound-card/index.ts'
import { expect, expectHearing, expectState, holdTalk, releaseTalk, test } from './parley.ts'
import { clip, playControl, recorded } from './recorded.ts'

const SENTENCE = 'Good morning, can you hear every word of what I am saying?'

test('a newcomer practises: greeted within ten seconds, told what was heard, played back', async ({ launch, sound, folder }) => {
  // What is kept of the turn is what Parley heard: the microphone's way to there is judged elsewhere.
  const userData = join(folder, 'user-data')
  await mkdir(userData, { recursive: true })
  await writeFile(join(userData, 'settings.json'), JSON.stringify({ version: 1, keepSound: true }))
  const parley = await launch({ userData })
  const { page } = parley
  const recording = await sound.record()
  const pressedAt = Date.now()
  await page.getByRole('button', { name: 'Practise without an account' }).click()
  await expectState(page, 'Speaking')
  expect(Date.now() - pressedAt).toBeLessThan(10_000)
  const turns = page.getByRole('log', { name: 'Conversation' }).getByRole('article')
  await expect(turns.nth(0)).toHaveAccessibleName('Parley')
  await expectState(page, 'Ready', 15_000)
  const greeting = findSound(await recording.stop())
  expect(greeting && greeting.endMs - greeting.startMs).toBeGreaterThan(2000)

  await playControl(parley)
  const words = clip(SENTENCE)
  const spoken = test.info().outputPath('spoken.wav')
  writeWav(spoken, { rate: 24_000, samples: words })
  const before = new Set(kept(userData))
  let taken: Int16Array | null = null
  const playBack = async (attempt: number): Promise<Int16Array> => {
    if (attempt > 0) {
      await page.getByRole('textbox', { name: 'Message' }).fill('Play it back')
      await page.keyboard.press('Enter')
    } else {
      await holdTalk(page)
      await expectState(page, 'Listening')
      await expectHearing(page)
      await sound.speak(spoken)
      await releaseTalk(page)
    }
    await expectState(page, 'Speaking')
    if (!taken) {
      await expect(turns).toHaveCount(3)
      await expect(turns.nth(1)).toHaveAccessibleName('You')
      await expect(turns.nth(2)).toContainText(/\d+(\.\d)? seconds/)
      const mine = (): string[] => kept(userData).filter((file) => !before.has(file))
      await expect.poll(() => mine().length).toBeGreaterThan(0)
      taken = voiceOf(mine(), words)
    }
    await expectState(page, 'Ready', 40_000)
    return taken
  }
  const { heard, breaks, result } = await recorded(sound, 'played-back', playBack, (one) => {
    const { excused, stretches } = follow(one.result, one.heard, { ...COURSE, breaks: one.breaks })
    return excused > stretches / 2
  })
  const course = follow(result, heard, { ...COURSE, breaks })
  test.info().annotations.push({ type: 'played back', description: JSON.stringify(course) })
  expect(course.stretches).toBeGreaterThan(8)
  expect(course.missing).toBe(0)

  // A longish answer that invites cutting in, then typing.
  await holdTalk(page)
  await expectState(page, 'Listening')
  await pause(200)
  await sound.speak(say('Tell me more.'))
  await releaseTalk(page)
  await expectState(page, 'Speaking', 15_000)
  await pause(6000)
  await holdTalk(page)
  await releaseTalk(page)
  await expectState(page, 'Ready')
  await expect(page.getByText('cut here')).toBeVisible()
  await page.getByRole('textbox', { name: 'Message' }).fill('What are you?')
  await page.keyboard.press('Enter')
  await expect(turns.last()).toContainText(/language model/)
})

/** Nothing changes it on its way but the volume. */
const COURSE: FollowOptions = { stretchMs: 250, least: 0.97 }

/** The files of the turns that were kept. */
function kept(userData: string): string[] {
  return globSync(join(userData, 'sound', '**', '*.wav'))
}

/** What Parley heard of somebody who said these words, from the first to the last sound. @throws when none of the turns holds them */
function voiceOf(files: string[], words: Int16Array): Int16Array {
  const clean = highPass(words)
  const parts = Array.from({ length: Math.floor(clean.length / 7200) }, (_, i) => clean.subarray(i * 7200, (i + 1) * 7200))
  for (const file of files) {
    const { samples } = readWav(file)
    const got = highPass(samples)
    // Nobody knows how much a busy machine tears out of the microphone's sound.
    const found = parts.filter((part) => correlate(part, got).correlation > 0.6)
    const span = findSound(samples)
    if (span && found.length >= parts.length / 2) return sliceMs(samples, span.startMs, span.endMs)
  }
  throw new Error('what was said was not heard')
}

test('practising in German', async ({ launch }) => {
  const { page } = await launch({ env: { LANG: 'de_DE.UTF-8', LANGUAGE: 'de' } })
  await page.getByRole('button', { name: 'Ohne Konto üben' }).click()
  await expect(page.getByRole('article').first()).toContainText(/\bdu\b|ich/i)
})
