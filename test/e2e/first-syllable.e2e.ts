import { setTimeout as pause } from 'node:timers/promises'
import { findSound, readWav, say } from '../sound-card/index.ts'
import { expect, expectState, releaseTalk, test } from './parley.ts'
import { expectSentence } from './recorded.ts'

const SENTENCE = 'Take the first one, please.'
/** What the armed microphone remembers of the time before the key (design §4). */
const PRE_ROLL_MS = 300
/** The key comes up so long before the last sound. */
const EARLY_MS = 150

test('a key that goes down late and up early loses no syllable', async ({ serve, launch, sound }) => {
  const server = await serve({ answer: { pcm: new Int16Array(480), text: 'All right.' }, hearing: SENTENCE })
  const { page } = await launch({ server })
  await page.getByRole('button', { name: 'Start conversation' }).click()
  await expectState(page, 'Ready')
  await pause(1000) // a cold microphone gives its first sound up to a second late
  const spoken = findSound(readWav(say(SENTENCE, { rate: 24_000 })).samples)
  if (!spoken) throw new Error('the sentence is silent')
  await page.getByRole('button', { name: 'Talk', exact: true }).hover()

  // To press takes some ms of its own, so the last one aims a little below what is remembered.
  for (const [turn, late] of [0, 100, 200, 270].entries()) {
    await test.step(`${String(late)} ms late`, async () => {
      const microphone = await sound.record('microphone')
      const speaking = sound.speak(say(SENTENCE))
      // When the sound player begins is its own affair: the first sound is found as it comes.
      let onset = NaN
      await expect
        .poll(
          () => {
            const heard = microphone.soFar()
            const found = findSound(heard, { thresholdDb: -45 })
            if (found) onset = server.now() - (heard.length - found.start) / 24
            return found
          },
          { intervals: [2] },
        )
        .not.toBeNull()
      await pause(Math.max(0, onset + late - server.now()))
      const since = server.received.length
      await page.mouse.down()
      await pause(Math.max(0, onset + spoken.endMs - spoken.startMs - EARLY_MS - server.now()))
      await releaseTalk(page)
      await expect.poll(() => server.connection.commits.length).toBe(turn + 1)
      await speaking
      await microphone.stop()
      // The worklet has changed over before the server is told to begin anew.
      const began = server.received.slice(since).find(({ event }) => event['type'] === 'input_audio_buffer.clear')
      const really = (began?.at ?? NaN) - onset
      test.info().annotations.push({ type: `${String(late)} ms late`, description: `the key was down ${really.toFixed(0)} ms after the first sound at most` })
      expectSentence(SENTENCE, server.connection.commits.at(-1)?.pcm, Math.max(0, really - PRE_ROLL_MS))
      await expectState(page, 'Ready')
      await pause(500)
    })
  }
})
