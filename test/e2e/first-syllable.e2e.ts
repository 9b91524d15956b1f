import { setTimeout as pause } from 'node:timers/promises'
import { correlate, findSound, highPass, readWav, say, sliceMs } from '../sound-card/index.ts'
import { expect, expectState, releaseTalk, test } from './parley.ts'
import { expectSentence } from './recorded.ts'

const SENTENCE = 'Take the first one, please.'
/** What the armed microphone remembers of the time before the key (design §4). */
const PRE_ROLL_MS = 300
/** So much is still taken after the key is up (design §4). */
const TAIL_MS = 200
/** The key comes up so long before the last sound. */
const EARLY_MS = 150

test('a key that goes down late and up early loses no syllable', async ({ serve, launch, sound }) => {
  const server = await serve({ answer: { pcm: new Int16Array(480), text: 'All right.' }, hearing: SENTENCE })
  const { page } = await launch({ server })
  await page.getByRole('button', { name: 'Start conversation' }).click()
  await expectState(page, 'Ready')
  await pause(1000) // a cold microphone gives its first sound up to a second late
  const words = readWav(say(SENTENCE, { rate: 24_000 })).samples
  const spoken = findSound(words)
  if (!spoken) throw new Error('the sentence is silent')
  await page.getByRole('button', { name: 'Talk', exact: true }).hover()

  /** Speaks with the key too late, and finds what the server got of it. */
  const turn = async (late: number): Promise<void> => {
    const before = server.connection.commits.length
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
    await expect.poll(() => server.connection.commits.length).toBe(before + 1)
    await speaking
    await microphone.stop()
    await expectState(page, 'Ready')
    // The worklet has changed over before the server is told to begin anew.
    const began = server.received.slice(since).find(({ event }) => event['type'] === 'input_audio_buffer.clear')
    const really = (began?.at ?? NaN) - onset
    const received = server.connection.commits.at(-1)?.pcm ?? new Int16Array(0)
    // On a machine that is short of time the microphone's sound itself is late, and the tail is over before it has come.
    const middle = sliceMs(words, spoken.startMs + 400, spoken.startMs + 800)
    const way = correlate(highPass(middle), highPass(received)).offsetMs - 400 - PRE_ROLL_MS + really
    test.info().annotations.push({ type: `${String(late)} ms late`, description: JSON.stringify({ really, way }) })
    expectSentence(SENTENCE, received, { lateMs: Math.max(0, really - PRE_ROLL_MS), earlyMs: Math.max(0, EARLY_MS + way - TAIL_MS) })
  }

  // To press takes some ms of its own, so the last one aims a little below what is remembered.
  for (const late of [0, 100, 200, 270]) {
    // A machine that is short of time tears other pieces out of the microphone's sound each time; what Parley loses is missing every time.
    for (let attempt = 1; ; attempt++) {
      try {
        await test.step(`${String(late)} ms late`, () => turn(late))
        break
      } catch (error) {
        if (attempt === 3) throw error
        test.info().annotations.push({ type: `${String(late)} ms late: again`, description: String(error) })
      }
      await pause(500)
    }
    await pause(500)
  }
})
