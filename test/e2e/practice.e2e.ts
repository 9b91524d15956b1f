import { setTimeout as pause } from 'node:timers/promises'
import { findSound, say } from '../sound-card/index.ts'
import { expect, expectState, holdTalk, releaseTalk, test } from './parley.ts'
import { expectSentence } from './recorded.ts'

const SENTENCE = 'Good morning, can you hear every word of what I am saying?'

test('a newcomer practises: greeted within ten seconds, told what was heard, played back', async ({ launch, sound }) => {
  test.setTimeout(120_000) // three quarters of a minute of it are spoken in real time
  const { page } = await launch()
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

  const second = await sound.record()
  await holdTalk(page)
  await expectState(page, 'Listening')
  await pause(1200) // the microphone may be cold
  await sound.speak(say(SENTENCE))
  await releaseTalk(page)
  await expectState(page, 'Speaking')
  await expect(turns).toHaveCount(3)
  await expect(turns.nth(1)).toHaveAccessibleName('You')
  await expect(turns.nth(2)).toContainText(/\d+(\.\d)? seconds/)
  await expectState(page, 'Ready', 40_000)
  const heard = await second.stop()
  expectSentence(SENTENCE, heard)

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
  await expect(turns.last()).toContainText(/language model/, { timeout: 15_000 })
})

test('practising in German', async ({ launch }) => {
  const { page } = await launch({ env: { LANG: 'de_DE.UTF-8', LANGUAGE: 'de' } })
  await page.getByRole('button', { name: 'Ohne Konto üben' }).click()
  await expect(page.getByRole('article').first()).toContainText(/\bdu\b|ich/i)
})
