import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { findSound, say } from '../sound-card/index.ts'
import { expect, expectState, test } from './parley.ts'

/** X keycode of right Ctrl; by its name xdotool would press the left one as well. */
const RIGHT_CTRL = '105'

const xdotool = (...args: string[]): void => {
  execFileSync('xdotool', args)
}

test('first steps: heard and played back, speaker tried, talk key chosen and tried with real keys', async ({ launch, sound }) => {
  const { page, userData } = await launch()
  const skip = page.getByRole('button', { name: /^(Skip|Next)$/ })
  await skip.click()

  // What was said into the microphone comes out of the speaker.
  await expect(page.getByText('Say something.')).toBeVisible()
  await sound.speak(say('Can you hear every word of this?'))
  await expect(page.getByText('Parley hears you.')).toBeVisible()
  const recording = await sound.record()
  await page.getByRole('button', { name: 'Play back what was heard' }).click()
  await expect(page.getByRole('button', { name: 'Stop', exact: true })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Play back what was heard' })).toBeVisible()
  const heard = findSound(await recording.stop())
  expect(heard && heard.endMs - heard.startMs).toBeGreaterThan(800)
  await skip.click()

  const second = await sound.record()
  await page.getByRole('button', { name: 'Play a test tone' }).click()
  await pause(300)
  await expect(page.getByRole('button', { name: 'Play a test tone' })).toBeVisible()
  expect(findSound(await second.stop())).not.toBeNull()
  await page.getByRole('radio', { name: 'Headphones' }).check()
  await skip.click()

  // Tried: shown, and nothing more.
  await expect(page.getByText('Press Right Ctrl: hold it for a moment, or tap it.')).toBeVisible()
  await pause(800)
  xdotool('keydown', RIGHT_CTRL)
  await expect(page.getByText('Held: Parley would listen until you let go.')).toBeVisible()
  xdotool('keyup', RIGHT_CTRL)
  await expect(page.getByText(/That was a hold of/)).toBeVisible()

  // Chosen by pressing it; a letter is refused, Escape leaves it as it is.
  const another = page.getByRole('button', { name: 'Press another key' })
  const waiting = page.getByText('Press the key…')
  await another.click()
  await expect(waiting).toBeVisible()
  await pause(300)
  xdotool('key', 'q')
  await expect(page.getByText(/Q types something/)).toBeVisible()
  await another.click()
  await expect(waiting).toBeVisible()
  await pause(300)
  xdotool('key', 'Escape')
  await expect(waiting).toBeHidden()
  await another.click()
  await expect(waiting).toBeVisible()
  await pause(300)
  xdotool('key', 'F9')
  await expect(page.getByText('F9 works: hold it and speak')).toBeVisible()
  await expect.poll(async () => (JSON.parse(await readFile(join(userData, 'settings.json'), 'utf8')) as { talkKey: unknown }).talkKey).toEqual({ key: 'F9', modifiers: [] })
  expect(await page.evaluate(async () => {
    const reply = await window.parley.request('state.get')
    return reply.ok ? [reply.value.state.entries.length, reply.value.state.voice.active] : null
  })).toEqual([0, false])

  await page.getByRole('button', { name: 'How do you want to talk?' }).click()
  await page.getByRole('button', { name: 'Practise without an account' }).click()
  await expectState(page, 'Speaking')
})
