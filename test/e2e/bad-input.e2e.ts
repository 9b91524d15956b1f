import { setTimeout as pause } from 'node:timers/promises'
import { readWav, say } from '../sound-card/index.ts'
import { tone } from '../realtime-server/index.ts'
import { expect, expectHearing, expectState, holdTalk, releaseTalk, test, type Parley } from './parley.ts'

/** The window still answers: a person can type and see what they typed. */
async function expectAlive({ page, app }: Parley): Promise<void> {
  expect(app.process().exitCode).toBeNull()
  await expect(page.getByRole('button', { name: 'Talk', exact: true })).toBeEnabled()
  await page.getByRole('textbox', { name: 'Message' }).fill('still here')
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue('still here')
}

async function start({ page }: Parley): Promise<void> {
  await page.getByRole('button', { name: 'Start conversation' }).click()
}

test('a wrong key', async ({ serve, launch }) => {
  const parley = await launch({ server: await serve({ key: 'the right one' }), env: { OPENAI_API_KEY: 'sk-wrong-key-for-this-test' } })
  await start(parley)
  await expectState(parley.page, 'Failed')
  await expect(parley.page.getByText(/key/i).first()).toBeVisible()
  await expect(parley.page.getByRole('button', { name: /change.*key|another key/i })).toBeVisible()
  expect(parley.log()).not.toContain('sk-wrong-key-for-this-test')
  await expectAlive(parley)
})

test('a server that closes at once', async ({ serve, launch }) => {
  const parley = await launch({ server: await serve({ closeAtOnce: { code: 1011, reason: 'server error' } }) })
  await start(parley)
  await expectState(parley.page, 'Failed')
  await expectAlive(parley)
})

test('a server that never answers: said after 15 s, and what was said is offered again', async ({ serve, launch, sound }) => {
  const parley = await launch({ server: await serve({ upgrade: { kind: 'never' } }) })
  const { page } = parley
  await holdTalk(page)
  await expectState(page, 'Listening')
  await expectHearing(page)
  await sound.speak(say('Is anybody there?'))
  await releaseTalk(page)
  await expectState(page, 'Connecting')
  await expectState(page, 'Failed', 20_000)
  await expect(page.getByText(/has not been sent/)).toBeVisible()
  await page.getByRole('button', { name: 'Discard' }).click()
  await expect(page.getByText(/has not been sent/)).toBeHidden()
  await expectAlive(parley)
})

test('frames that are not JSON, unknown events and a 20 MB event: the conversation goes on', async ({ serve, launch }) => {
  const server = await serve({ answer: { pcm: tone(400), text: 'Still here.' } })
  const parley = await launch({ server })
  const { page } = parley
  await start(parley)
  await expectState(page, 'Ready')
  server.connection.sendRaw('this is not JSON')
  server.connection.sendRaw(Buffer.from([0, 255, 1, 254]))
  server.connection.sendRaw('{"type":"session.updated","session":')
  server.connection.send({ type: 'something.new', event_id: 'event_1', fields: { that: 'nobody knows' } })
  server.connection.sendHuge()
  await page.getByRole('textbox', { name: 'Message' }).fill('Hello')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('article', { name: 'Parley' })).toContainText('Still here.')
  await expectAlive(parley)
})

test('permission for the microphone refused', async ({ serve, launch }) => {
  const parley = await launch({ server: await serve() })
  const { page, soundRoom } = parley
  await soundRoom.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('Permission denied', 'NotAllowedError'))
  })
  await holdTalk(page)
  await expect(page.getByText(/may not use the microphone/)).toBeVisible()
  await releaseTalk(page)
  await expectAlive(parley)
})

test('no microphone at all', async ({ serve, launch }) => {
  const parley = await launch({ server: await serve() })
  const { page, soundRoom } = parley
  await soundRoom.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('Requested device not found', 'NotFoundError'))
  })
  await holdTalk(page)
  await expect(page.getByText(/microphone/i).first()).toBeVisible()
  await releaseTalk(page)
  await expectAlive(parley)
})

test('a microphone that is silent is said, and taken back when it sounds', async ({ serve, launch, sound }) => {
  const parley = await launch({ server: await serve() })
  const { page } = parley
  await start(parley)
  await expectState(page, 'Ready')
  await expect(page.getByText(/cannot hear anything/)).toBeVisible()
  await sound.speak(say('Can you hear me now?'))
  await expect(page.getByText(/cannot hear anything/)).toBeHidden()
  await expectAlive(parley)
})

test('the sound room crashed in mid-answer: cut, said, muted, and it goes on', async ({ serve, launch }) => {
  const answer = readWav(say('You wanted two quotes before Friday. One has arrived, it is the higher of the two.', { rate: 24_000 })).samples
  const server = await serve({ answer: { pcm: answer, text: 'You wanted two quotes before Friday.' } })
  const parley = await launch({ server })
  const { page, app } = parley
  await start(parley)
  await expectState(page, 'Ready')
  await page.getByRole('textbox', { name: 'Message' }).fill('Hello')
  await page.keyboard.press('Enter')
  await expectState(page, 'Speaking')
  await pause(1000)
  await app.evaluate(({ webContents }) => {
    webContents.getAllWebContents().find((contents) => contents.getURL().includes('sound.html'))?.forcefullyCrashRenderer()
  })
  await server.waitFor('conversation.item.truncate')
  expect(server.truncates[0]?.audio_end_ms).toBeGreaterThan(300)
  await expect(page.getByRole('button', { name: 'Unmute microphone' })).toBeVisible()
  await page.getByRole('button', { name: 'Unmute microphone' }).click()
  await page.getByRole('textbox', { name: 'Message' }).fill('Again')
  await page.keyboard.press('Enter')
  await expectState(page, 'Speaking')
  await expectAlive(parley)
})
