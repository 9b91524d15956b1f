import { setTimeout as pause } from 'node:timers/promises'
import { envelopeDb } from '../sound-card/index.ts'
import { expect, expectState, test, type Parley } from './parley.ts'
import { clip } from './recorded.ts'

const ANSWER = 'You wanted two quotes before Friday. One has arrived, it is the higher of the two. The other one will come on Monday.'

/** What the microphone brought while an answer was playing. */
interface Echo {
  /** The loudest 100 ms, dBFS. */
  loudestDb: number
  /** How often the server took it for the person's voice. */
  speech: number
}

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
    await page.getByRole('textbox', { name: 'Message' }).fill('Go on')
    await page.keyboard.press('Enter')
    await expectState(page, 'Speaking')
    await pause(seconds * 1000)
    const heard = server.connection.appended.subarray(before)
    const speech = server.connection.sentTypes.filter((type) => type === 'input_audio_buffer.speech_started').length
    await page.getByRole('button', { name: 'End conversation' }).click()
    await expectState(page, 'Idle')
    return { loudestDb: Math.max(...envelopeDb(heard, { windowMs: 100 })), speech }
  }

  await setEchoCancellation(soundRoom, false)
  const without = await listen(2)
  await setEchoCancellation(soundRoom, true)
  const withIt = await listen(6)
  endLeak()
  test.info().annotations.push({ type: 'echo', description: JSON.stringify({ without, withIt }) })
  // The control: so loud is the speaker at the microphone that it would cut itself off.
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
