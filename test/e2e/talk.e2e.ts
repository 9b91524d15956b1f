import { setTimeout as pause } from 'node:timers/promises'
import { findEnding, findSound, rmsDb, say, sliceMs, sweep } from '../sound-card/index.ts'
import { expect, expectHearing, expectState, holdTalk, releaseTalk, test, type Parley } from './parley.ts'
import { clip, expectSentence, expectWhole, playControl, recorded } from './recorded.ts'

const QUESTION = 'Could you remind me what we said about the wall?'
const ANSWER = 'You wanted two quotes before Friday. One has arrived, it is the higher of the two.'

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
  await playControl(parley)

  const { heard, breaks } = await expectWhole(sound, 'downlink', answer, async () => {
    await holdTalk(page)
    await expectState(page, 'Listening')
    await pause(100)
    await sound.speak(say(QUESTION))
    await pause(100)
    await releaseTalk(page)
    await expectState(page, 'Speaking')
    await expectState(page, 'Ready', 15_000)
    await pause(200)
  })

  await test.step('what the server received is the sentence, first and last 100 ms included', () => {
    expectSentence(QUESTION, server.connection.commits.at(-1)?.pcm, { whole: breaks.length === 0 })
  })

  await test.step('nothing sounds after it', () => {
    const end = findSound(heard)?.endMs ?? 0
    expect(rmsDb(sliceMs(heard, end + 20))).toBeLessThan(-70)
  })

  await test.step('the transcript shows both turns in order', async () => {
    const turns = page.getByRole('log', { name: 'Conversation' }).getByRole('article')
    await expect(turns).toHaveCount(2 * server.connection.commits.length)
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
  await expectHearing(page)
  await sound.speak(say(QUESTION))
  await pause(100)
  await releaseTalk(page)
  await expectState(page, 'Speaking', 15_000)
  expectSentence(QUESTION, server.connection.commits[0]?.pcm)
  await expectState(page, 'Ready', 15_000)
  await expect(page.getByRole('article')).toHaveCount(2)
})

test('an open line with a cut-in: silence at once, and the server is told what was heard', async ({ serve, launch, sound }) => {
  const answer = sweep(9000)
  let answered = false
  const server = await serve({
    // The cut-in itself gets no answer, so that nothing but the cut answer is on the recording.
    answer: () => {
      answered = !answered
      return answered ? { pcm: answer, text: `${ANSWER} ${ANSWER}`, speed: 8 } : null
    },
    hearing: QUESTION,
  })
  const parley = await launch({ server })
  const { page } = parley
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('radio', { name: /open line/i }).click()
  await page.keyboard.press('Escape')
  await startConversation(parley)
  await playControl(parley)

  const round = async (attempt: number): Promise<void> => {
    await sound.speak(say(QUESTION))
    await expectState(page, 'Speaking', 15_000)
    await pause(1500)
    await sound.speak(say('Stop, please, that is enough.'))
    await expect.poll(() => server.truncates.length).toBe(attempt + 1)
    await pause(900)
  }
  const heard = await recorded(sound, 'cut-in', round, (one) => findEnding(answer, one).broken)
  const truncate = server.truncates.at(-1)
  if (!truncate) throw new Error('nothing was cut')
  const ending = findEnding(answer, heard)
  test.info().annotations.push({ type: 'cut-in', description: JSON.stringify({ ...ending, told: truncate.audio_end_ms }) })
  expect(ending.correlation).toBeGreaterThan(0.99)
  expect(ending.click).toBe(false)
  expect(ending.playedMs).toBeLessThan(answer.length / 24 - 1000)
  expect(Math.abs(truncate.audio_end_ms - ending.playedMs)).toBeLessThanOrEqual(10)
  expect(truncate.accepted).toBe(true)
  expect(server.receivedTypes).not.toContain('response.cancel')
  await expect(page.getByText('cut here').last()).toBeVisible()
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

test('a window that is frozen, reloaded or crashed costs no sound', async ({ serve, launch, sound }) => {
  const long = clip(`${ANSWER} The other one will come on Monday, by letter, as the mason has no telephone. Until then nothing can be ordered, and nobody should begin to dig.`)
  const server = await serve({ answer: { pcm: long, text: ANSWER, speed: 2 } })
  const parley = await launch({ server })
  let { page } = parley
  await startConversation(parley)
  await playControl(parley)
  await expectWhole(sound, 'frozen window', long, async (attempt) => {
    await page.getByRole('textbox', { name: 'Message' }).fill('Go on')
    await page.keyboard.press('Enter')
    await expectState(page, 'Speaking')
    await freeze(page, 2000)
    await page.reload()
    await expectState(page, 'Speaking')
    await parley.app.evaluate(({ webContents }) => {
      webContents.getAllWebContents().find((contents) => contents.getURL().includes('index.html'))?.forcefullyCrashRenderer()
    })
    const dead = page
    await expect
      .poll(() => {
        page = parley.app.windows().find((window) => window !== dead && new URL(window.url()).pathname === '/index.html') ?? dead
        return page !== dead
      })
      .toBe(true)
    await expectState(page, 'Speaking')
    await expect(page.getByRole('article')).toHaveCount(2 * (attempt + 1))
    await expectState(page, 'Ready', 30_000)
    await pause(200)
  })
})

/** A thread that stands still, without the load that a busy one would put on a small machine. */
async function freeze(page: Parley['page'], ms: number): Promise<void> {
  const inspector = await page.context().newCDPSession(page)
  await inspector.send('Debugger.enable')
  const paused = new Promise((resolve) => inspector.once('Debugger.paused', resolve))
  await inspector.send('Debugger.pause')
  const stuck = page.evaluate(() => document.title)
  await paused
  await pause(ms)
  await inspector.send('Debugger.resume')
  await stuck
  await inspector.detach()
}
