import { setTimeout as pause } from 'node:timers/promises'
import { correlate, findSound, follow, highPass, readWav, rmsDb, say, sliceMs, type Course } from '../sound-card/index.ts'
import { expect, expectState, holdTalk, keepSound, releaseTalk, test, type Parley } from './parley.ts'

const QUESTION = 'Could you remind me what we said about the wall?'
const ANSWER = 'You wanted two quotes before Friday. One has arrived, it is the higher of the two.'

/** What a scripted server says: a known clip, 24 kHz. */
function clip(text: string): Int16Array {
  return readWav(say(text, { voice: 'en-gb', rate: 24_000 })).samples
}

/** All of the clip was heard, in one go; what a sound device that ran dry may insert is a few times 10 ms. */
function expectWhole({ missing, insertedMs }: Course): void {
  expect(missing).toBeLessThanOrEqual(Math.ceil(Math.round(insertedMs) / 10))
  expect(insertedMs).toBeLessThan(60)
}

/** The clip over a soft hum, so that a cut in one of its pauses can be seen in a recording too. */
function hummed(samples: Int16Array): Int16Array {
  return samples.map((sample, i) => Math.max(-32_768, Math.min(32_767, sample + Math.round(1200 * Math.sin((2 * Math.PI * 190 * i) / 24_000)))))
}

async function startConversation({ page }: Parley): Promise<void> {
  await page.getByRole('button', { name: 'Start conversation' }).click()
  await expectState(page, 'Ready')
  await pause(700) // a cold microphone gives its first sound up to a second late
}

test('a voice goes in, an answer comes out', async ({ serve, launch, sound }) => {
  const answer = clip(ANSWER)
  const server = await serve({ answer: { pcm: answer, text: ANSWER, speed: 8 }, hearing: QUESTION })
  const parley = await launch({ server })
  const { page } = parley
  await startConversation(parley)

  const recording = await sound.record()
  await holdTalk(page)
  await expectState(page, 'Listening')
  await pause(100)
  const question = say(QUESTION)
  await sound.speak(question)
  await pause(100)
  await releaseTalk(page)
  await expectState(page, 'Speaking')
  await expectState(page, 'Ready', 15_000)
  await pause(200)
  const heard = await recording.stop()
  keepSound(test.info(), 'speaker', heard)

  await test.step('what the server received is the sentence, first and last 100 ms included', () => {
    const received = server.connection.commits[0]?.pcm
    if (!received) throw new Error('nothing was committed')
    keepSound(test.info(), 'received', received)
    const spoken = readWav(say(QUESTION, { rate: 24_000 })).samples
    const match = correlate(highPass(spoken), highPass(received))
    test.info().annotations.push({ type: 'uplink', description: JSON.stringify({ ...match, receivedMs: received.length / 24 }) })
    expect(match.correlation).toBeGreaterThan(0.85)
    expect(match.offsetMs).toBeGreaterThanOrEqual(0)
    expect(match.offsetMs + spoken.length / 24).toBeLessThanOrEqual(received.length / 24)
    const span = findSound(spoken)
    if (!span) throw new Error('the sentence is silent')
    for (const at of [span.startMs, span.endMs - 100]) {
      const part = correlate(highPass(sliceMs(spoken, at, at + 100)), highPass(received), { fromMs: match.offsetMs + at - 30, toMs: match.offsetMs + at + 30 })
      expect(part.correlation, `100 ms at ${String(at)} ms`).toBeGreaterThan(0.5)
    }
  })

  await test.step('what the speaker played is the clip, without a gap', () => {
    const course = follow(answer, heard)
    test.info().annotations.push({ type: 'downlink', description: JSON.stringify({ ...correlate(answer, heard), ...course }) })
    expectWhole(course)
    const end = findSound(heard)?.endMs ?? 0
    expect(rmsDb(sliceMs(heard, end + 20))).toBeLessThan(-70)
  })

  await test.step('the transcript shows both turns in order', async () => {
    const turns = page.getByRole('log', { name: 'Conversation' }).getByRole('article')
    await expect(turns).toHaveCount(2)
    await expect(turns.nth(0)).toHaveAccessibleName('You')
    await expect(turns.nth(0)).toContainText(QUESTION)
    await expect(turns.nth(1)).toHaveAccessibleName('Parley')
    await expect(turns.nth(1)).toContainText(ANSWER)
  })
})

test('from idle, with a server that takes two seconds to answer the connection', async ({ serve, launch, sound }) => {
  const server = await serve({ upgrade: { kind: 'accept', delayMs: 2000 }, answer: { pcm: clip(ANSWER), text: ANSWER }, hearing: QUESTION })
  const { page } = await launch({ server })
  await expectState(page, 'Idle')
  await holdTalk(page)
  await expectState(page, /Listening.*connecting/i)
  // The microphone is cold; a person is shown when it hears.
  await expect(page.getByRole('button', { name: 'Mute microphone' })).toBeVisible()
  await pause(1000)
  await sound.speak(say(QUESTION))
  await pause(100)
  await releaseTalk(page)
  await expectState(page, 'Speaking', 15_000)
  const received = server.connection.commits[0]?.pcm
  if (!received) throw new Error('nothing was committed')
  const spoken = readWav(say(QUESTION, { rate: 24_000 })).samples
  const match = correlate(highPass(spoken), highPass(received))
  expect(match.correlation).toBeGreaterThan(0.85)
  expect(match.offsetMs + spoken.length / 24).toBeLessThanOrEqual(received.length / 24)
  await expectState(page, 'Ready', 15_000)
  await expect(page.getByRole('article')).toHaveCount(2)
})

test('an open line with a cut-in: silence at once, and the server is told what was heard', async ({ serve, launch, sound }) => {
  const answer = hummed(clip(`${ANSWER} ${ANSWER}`))
  const server = await serve({
    // The cut-in itself gets no answer, so that nothing but the cut answer is on the recording.
    answer: ({ number }) => (number === 0 ? { pcm: answer, text: `${ANSWER} ${ANSWER}`, speed: 8 } : null),
    hearing: QUESTION,
  })
  const parley = await launch({ server })
  const { page } = parley
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('radio', { name: /open line/i }).click()
  await page.keyboard.press('Escape')
  await startConversation(parley)

  const recording = await sound.record()
  await sound.speak(say(QUESTION))
  await expectState(page, 'Speaking', 15_000)
  await pause(1500)
  await sound.speak(say('Stop, please, that is enough.'))
  await server.waitFor('conversation.item.truncate')
  await pause(400)
  const heard = await recording.stop()
  keepSound(test.info(), 'speaker', heard)

  const truncate = server.truncates[0]
  const match = correlate(answer.subarray(0, 24 * 1000), heard)
  const span = findSound(heard)
  if (!truncate || !span) throw new Error('nothing was cut')
  // What was played, by the recording: from the place where the clip begins to the last sound of it.
  const playedMs = span.endMs - match.offsetMs
  test.info().annotations.push({ type: 'cut-in', description: JSON.stringify({ playedMs, told: truncate.audio_end_ms }) })
  expect(match.correlation).toBeGreaterThan(0.97)
  expect(playedMs).toBeLessThan(answer.length / 24 - 1000)
  expect(Math.abs(truncate.audio_end_ms - playedMs)).toBeLessThanOrEqual(15)
  expect(server.receivedTypes).not.toContain('response.cancel')
  await expect(page.getByText('cut here')).toBeVisible()
})

test('a press while Parley speaks cuts it off; typing does as well; Escape stops', async ({ serve, launch }) => {
  const server = await serve({ answer: { pcm: clip(`${ANSWER} ${ANSWER}`), text: `${ANSWER} ${ANSWER}` } })
  const parley = await launch({ server })
  const { page } = parley
  await startConversation(parley)
  const message = page.getByRole('textbox', { name: 'Message' })

  await message.fill('What about the roof?')
  await page.getByRole('button', { name: 'Send' }).click()
  await expectState(page, 'Speaking')
  await pause(600)
  await holdTalk(page)
  await releaseTalk(page)
  await expectState(page, 'Ready')
  await expect.poll(() => server.truncates).toHaveLength(1)

  await message.fill('And the wall?')
  await message.press('Enter')
  await expectState(page, 'Speaking')
  await pause(600)
  await message.fill('Never mind.')
  await message.press('Enter')
  await expect.poll(() => server.truncates).toHaveLength(2)
  await expectState(page, 'Speaking')
  await pause(600)
  await page.keyboard.press('Escape')
  await expectState(page, 'Ready')
  await expect.poll(() => server.truncates).toHaveLength(3)
  for (const { audio_end_ms } of server.truncates) {
    expect(audio_end_ms).toBeGreaterThan(300)
    expect(audio_end_ms).toBeLessThan(3000)
  }
  await page.getByRole('button', { name: 'End conversation' }).click()
  await expectState(page, 'Idle')
})

test('a window that is frozen, reloaded or closed costs no sound', async ({ serve, launch, sound }) => {
  const long = clip(`${ANSWER} ${ANSWER} ${ANSWER}`)
  const server = await serve({ answer: { pcm: long, text: ANSWER, speed: 2 } })
  const parley = await launch({ server })
  const { page } = parley
  await startConversation(parley)
  await page.getByRole('textbox', { name: 'Message' }).fill('Go on')
  const recording = await sound.record()
  await page.keyboard.press('Enter')
  await expectState(page, 'Speaking')
  // A thread that stands still, without the load that a busy one would put on a small machine.
  const inspector = await page.context().newCDPSession(page)
  await inspector.send('Debugger.enable')
  const paused = new Promise((resolve) => inspector.once('Debugger.paused', resolve))
  await inspector.send('Debugger.pause')
  const stuck = page.evaluate(() => document.title)
  await paused
  await pause(2000)
  await inspector.send('Debugger.resume')
  await stuck
  await inspector.detach()
  await page.reload()
  await expectState(page, 'Speaking')
  await expect(page.getByRole('article')).toHaveCount(2)
  await expectState(page, 'Ready', 30_000)
  const heard = await recording.stop()
  keepSound(test.info(), 'speaker', heard)
  const course = follow(long, heard)
  test.info().annotations.push({ type: 'frozen window', description: JSON.stringify(course) })
  expectWhole(course)
})
