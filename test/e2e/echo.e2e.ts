import { setTimeout as pause } from 'node:timers/promises'
import { envelopeDb, follow } from '../sound-card/index.ts'
import { expect, expectState, test, type Parley } from './parley.ts'
import { clip } from './recorded.ts'

const ANSWER = 'You wanted two quotes before Friday. One has arrived, it is the higher of the two. The other one will come on Monday.'

/** What the microphone brought while an answer was playing. */
interface Echo {
  /** The loudest 100 ms, dBFS. */
  loudestDb: number
  /** How often the server took it for the person's voice. */
  speech: number
  /** The way from the speaker to the microphone tore meanwhile: no canceller could have followed. */
  torn: boolean
}

/** So often the answer is played until a busy machine lets it through whole. */
const TRIES = 4

test('the speaker is heard by the microphone: Parley’s own answer does not cut it off', async ({ serve, launch, sound }) => {
  const answer = clip(ANSWER)
  let asked = false
  // Only what is typed is answered: who is taken for a person gets no answer, and so cannot go on for ever.
  const server = await serve({ answer: ({ kind }) => (kind === 'text' && asked ? { pcm: answer, text: ANSWER, speed: 4 } : null) })
  const { page, soundRoom } = await launch({ server })
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('radio', { name: /open line/i }).click()
  await page.keyboard.press('Escape')
  const endLeak = await sound.leak()

  const listen = async (seconds: number): Promise<Echo> => {
    await page.getByRole('button', { name: 'Start conversation' }).click()
    await expectState(page, 'Ready')
    await pause(1500)
    asked = true
    const before = server.connection.appended.length
    const room = await sound.record('microphone')
    await page.getByRole('textbox', { name: 'Message' }).fill('Go on')
    await page.keyboard.press('Enter')
    await expectState(page, 'Speaking')
    await pause(seconds * 1000)
    const heard = server.connection.appended.subarray(before)
    const speech = server.connection.sentTypes.filter((type) => type === 'input_audio_buffer.speech_started').length
    await page.getByRole('button', { name: 'End conversation' }).click()
    await expectState(page, 'Idle')
    const { missing, insertedMs } = follow(answer.subarray(0, (seconds - 1) * 24_000), await room.stop(), { least: 0.9 })
    return { loudestDb: Math.max(...envelopeDb(heard, { windowMs: 100 })), speech, torn: missing > 0 || Math.abs(insertedMs) >= 1 }
  }

  await setEchoCancellation(soundRoom, false)
  const without = await listen(2)
  await setEchoCancellation(soundRoom, true)
  let withIt = await listen(6)
  for (let attempt = 1; withIt.torn && attempt < TRIES; attempt++) withIt = await listen(6)
  endLeak()
  test.info().annotations.push({ type: 'echo', description: JSON.stringify({ without, withIt }) })
  // The control: so loud is the speaker at the microphone that it would cut itself off.
  expect(withIt.torn, 'the computer is too busy for this').toBe(false)
  expect(without.speech).toBeGreaterThan(0)
  expect(withIt.speech).toBe(0)
  expect(server.connection.truncates).toEqual([])
  expect(without.loudestDb - withIt.loudestDb).toBeGreaterThan(20)
})

/** Opens the microphone without echo cancellation from now on, or again as Parley asks for it. */
async function setEchoCancellation(soundRoom: Parley['soundRoom'], on: boolean): Promise<void> {
  await soundRoom.evaluate((asked) => {
    const { mediaDevices } = navigator
    // What lies on the prototype is the original.
    Reflect.deleteProperty(mediaDevices, 'getUserMedia')
    if (asked) return
    const original = mediaDevices.getUserMedia.bind(mediaDevices)
    mediaDevices.getUserMedia = (constraints) => {
      const audio = typeof constraints?.audio === 'object' ? constraints.audio : {}
      return original({ audio: { ...audio, echoCancellation: false } })
    }
  }, on)
}
