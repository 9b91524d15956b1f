import { setTimeout as pause } from 'node:timers/promises'
import { joinSamples } from '../realtime-server/index.ts'
import { belowControl, findEnding, findGaps, findSound, placeOf, say, sweep } from '../sound-card/index.ts'
import { expect, expectState, holdTalk, keepSound, releaseTalk, test, type Parley } from './parley.ts'
import { expectSentence, playControl, recorded } from './recorded.ts'

/** A further output of the sound card. */
const OTHER = 'other'
/** Longest silence when a device changes, ms, and most that may be left out or said twice (goal 20 of the benchmark). */
const SILENCE_MS = 2000
const SKIP_MS = 100

test('the speaker changes and goes away in mid-answer: the sound follows, and what was heard stays true', async ({ serve, launch, sound }) => {
  test.setTimeout(90_000)
  const answer = sweep(14_000)
  const server = await serve({ answer: { pcm: answer, text: 'A long answer.', speed: 4 } })
  const parley = await launch({ server })
  const { page } = parley
  await page.getByRole('button', { name: 'Start conversation' }).click()
  await expectState(page, 'Ready')
  await playControl(parley)

  const round = async (attempt: number): Promise<Int16Array> => {
    const module = sound.pactl('load-module', 'module-null-sink', `sink_name=${OTHER}`, 'rate=48000', 'norewinds=1')
    const recording = await sound.record({ sink: OTHER })
    await page.getByRole('textbox', { name: 'Message' }).fill('Go on')
    await page.keyboard.press('Enter')
    await expectState(page, 'Speaking')
    await pause(1500)
    sound.pactl('set-default-sink', OTHER)
    await pause(2500)
    const other = recording.soFar()
    sound.pactl('unload-module', module)
    // Or the device would be the default again as soon as it is back.
    sound.pactl('set-default-sink', 'spk')
    await pause(2500)
    await page.keyboard.press('Escape')
    await expect.poll(() => server.truncates).toHaveLength(attempt + 1)
    await pause(250)
    await recording.stop()
    return belowControl(other)
  }
  const heard = await recorded(sound, 'speaker', round, (one) => findEnding(answer, one).broken)
  const { heard: speaker, result: other } = heard
  keepSound(test.info(), 'other', other)
  const [away, ...more] = findGaps(speaker, 1000)
  const beside = findSound(other)
  if (!away || !beside) throw new Error('the sound did not follow')
  expect(more).toEqual([])
  const back = away.startMs + away.lengthMs
  const places = {
    left: placeOf(answer, speaker, away.startMs, 'before'),
    arrived: placeOf(answer, other, beside.startMs, 'after'),
    leftAgain: placeOf(answer, other, beside.endMs, 'before'),
    back: placeOf(answer, speaker, back, 'after'),
  }
  const ending = findEnding(answer, heard)
  const told = server.truncates.at(-1)
  test.info().annotations.push({ type: 'speaker', description: JSON.stringify({ away, beside, places, ending, told: told?.audio_end_ms }) })

  expect(Math.abs(places.arrived - places.left)).toBeLessThan(SKIP_MS)
  expect(Math.abs(places.back - places.leftAgain)).toBeLessThan(SKIP_MS)
  // What the speaker was silent for, the other one sounded, but for the changes.
  expect(away.lengthMs - (beside.endMs - beside.startMs)).toBeLessThan(SILENCE_MS)
  expect(ending.correlation).toBeGreaterThan(0.99)
  expect(Math.abs((told?.audio_end_ms ?? NaN) - ending.playedMs)).toBeLessThanOrEqual(10)
})

test('the microphone goes away in mid-turn and comes back: what was said is not lost', async ({ serve, launch, sound }) => {
  const [first, second] = ['Could you remind me of the wall?', 'You wanted two quotes before Friday.']
  const server = await serve({ answer: { pcm: new Int16Array(480), text: 'All right.' } })
  const { page, soundRoom } = await launch({ server })
  await page.getByRole('button', { name: 'Start conversation' }).click()
  await expectState(page, 'Ready')
  await pause(1000) // a cold microphone gives its first sound up to a second late
  await holdTalk(page)
  await expectState(page, 'Listening')
  await sound.speak(say(first))
  await pause(100)
  await endMicrophone(soundRoom)
  await expect(page.getByText(/was disconnected/)).toBeVisible()
  await soundRoom.evaluate(() => navigator.mediaDevices.dispatchEvent(new Event('devicechange')))
  await pause(1000)
  await releaseTalk(page)
  await expectState(page, 'Ready')
  await expect.poll(() => server.connection.commits.length).toBeGreaterThan(0)
  const before = server.connection.commits.length

  await holdTalk(page)
  await expectState(page, 'Listening')
  await pause(1200)
  await sound.speak(say(second))
  await releaseTalk(page)
  await expect.poll(() => server.connection.commits.length).toBe(before + 1)
  expectSentence(first, joinSamples(server.connection.commits.slice(0, before).map(({ pcm }) => pcm)))
  expectSentence(second, server.connection.commits.at(-1)?.pcm)
  await expect(page.getByText(/was disconnected/)).toBeHidden()
})

/** What Chromium does when a microphone is unplugged; PulseAudio by itself would hand its programs another one. */
async function endMicrophone(soundRoom: Parley['soundRoom']): Promise<void> {
  const inspector = await soundRoom.context().newCDPSession(soundRoom)
  const prototype = await inspector.send('Runtime.evaluate', { expression: 'MediaStreamTrack.prototype' })
  const { objects } = await inspector.send('Runtime.queryObjects', { prototypeObjectId: prototype.result.objectId ?? '' })
  await inspector.send('Runtime.callFunctionOn', {
    objectId: objects.objectId ?? '',
    functionDeclaration: `function () {
      for (const track of this) if (track.readyState === 'live') {
        track.stop()
        track.dispatchEvent(new Event('ended'))
      }
    }`,
  })
  await inspector.detach()
}
