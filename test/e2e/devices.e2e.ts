import { setTimeout as pause } from 'node:timers/promises'
import { joinSamples } from '../realtime-server/index.ts'
import { belowControl, findEnding, findGaps, findSound, placeOf, say, sweep, type SoundCard } from '../sound-card/index.ts'
import { expect, expectState, holdTalk, keepSound, releaseTalk, test, type Parley } from './parley.ts'
import { expectSentence, playControl, recorded } from './recorded.ts'

/** A further output of the sound card. */
const OTHER = 'other'
/** Longest silence when a device changes, ms, and most that may be left out or said twice (goal 20 of the benchmark). */
const SILENCE_MS = 2000
const SKIP_MS = 100

test('the speaker changes and goes away in mid-answer: the sound follows, and what was heard stays true', async ({ serve, launch, sound }) => {
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
    sound.pactl('unload-module', module)
    // Or the device would be the default again as soon as it is back.
    sound.pactl('set-default-sink', 'spk')
    await pause(2500)
    await page.keyboard.press('Escape')
    await expect.poll(() => server.truncates).toHaveLength(attempt + 1)
    await pause(250)
    // Once its output is gone it hears the microphone, where nobody speaks.
    return belowControl(await recording.stop())
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

test('a headset that was chosen is taken back when it is plugged in again, in mid-answer and for the next turn', async ({ serve, launch, sound }) => {
  const [answer, sentence] = [sweep(16_000), 'You wanted two quotes before Friday.']
  const server = await serve({ answer: { pcm: answer, text: 'A long answer.', speed: 8 } })
  let pullOut = plugInHeadset(sound)
  const parley = await launch({ server })
  const { page, soundRoom } = parley
  await page.getByRole('button', { name: 'Start conversation' }).click()
  await expectState(page, 'Ready')
  await page.getByRole('button', { name: 'Settings' }).click()
  // PulseAudio, unlike others, gives the speaker back only when no microphone keeps Chromium's stream to it open.
  await page.getByRole('combobox', { name: 'Keep the microphone open' }).selectOption({ index: 0 })
  await page.getByRole('combobox', { name: 'Microphone', exact: true }).selectOption({ label: HEADSET })
  await page.getByRole('combobox', { name: 'Speaker', exact: true }).selectOption({ label: HEADSET })
  await page.keyboard.press('Escape')
  await pause(1000) // the speaker changes over

  const ask = async (): Promise<void> => {
    await page.getByRole('textbox', { name: 'Message' }).fill('Go on')
    await page.keyboard.press('Enter')
    await expectState(page, 'Speaking')
  }
  await ask()
  await pause(1000)
  pullOut()
  // Nothing but udev tells Chromium that a device went away, and there is none: it looks when it is asked.
  await soundRoom.evaluate(() => navigator.mediaDevices.enumerateDevices())
  await expect(page.getByText(/The speaker “Headset” was disconnected/)).toBeVisible()
  await expectState(page, 'Speaking')
  pullOut = plugInHeadset(sound)
  await expect(page.getByText(/was disconnected/)).toBeHidden()
  await expectState(page, 'Speaking')

  // Only now: the control goes with the context that was lost.
  await playControl(parley)
  const round = async (attempt: number): Promise<void> => {
    if (attempt > 0) await ask()
    await pause(1500)
    await page.keyboard.press('Escape')
    await expect.poll(() => server.truncates).toHaveLength(attempt + 1)
    await pause(250)
  }
  const heard = await recorded(sound, 'headset', round, (one) => findEnding(answer, one).broken, 'headset')
  const ending = findEnding(answer, heard)
  const told = server.truncates.at(-1)
  test.info().annotations.push({ type: 'headset', description: JSON.stringify({ ending, told: told?.audio_end_ms }) })
  expect(ending.correlation).toBeGreaterThan(0.99)
  expect(Math.abs((told?.audio_end_ms ?? NaN) - ending.playedMs)).toBeLessThanOrEqual(10)

  // The other microphone hears nothing of it.
  await holdTalk(page)
  await expectState(page, 'Listening')
  await pause(300)
  await sound.speak(say(sentence), { sink: 'headset-feed' })
  await releaseTalk(page)
  await expect.poll(() => server.connection.commits.length).toBe(1)
  expectSentence(sentence, server.connection.commits[0]?.pcm)
  pullOut()
})

/** What the headset's microphone and speaker are called. */
const HEADSET = 'Headset'

/** A microphone and a speaker that come and go together. Returns the way to pull them out. */
function plugInHeadset(sound: SoundCard): () => void {
  const named = (what: 'source' | 'sink'): string => `${what}_properties=device.description=${HEADSET}`
  const modules = [
    sound.pactl('load-module', 'module-null-sink', 'sink_name=headset', 'rate=48000', 'norewinds=1', named('sink')),
    sound.pactl('load-module', 'module-null-sink', 'sink_name=headset-feed', 'rate=48000', 'channels=1', 'norewinds=1'),
    sound.pactl('load-module', 'module-remap-source', 'master=headset-feed.monitor', 'source_name=headset-microphone', named('source')),
  ]
  return () => {
    for (const module of modules.reverse()) sound.pactl('unload-module', module)
  }
}

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
