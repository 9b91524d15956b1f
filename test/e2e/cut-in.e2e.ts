import { setTimeout as pause } from 'node:timers/promises'
import type { Answer, RealtimeServer } from '../realtime-server/index.ts'
import { findEnding, findSound, sweep } from '../sound-card/index.ts'
import { expect, expectState, holdTalk, releaseTalk, test, type Parley } from './parley.ts'
import { playControl, recorded } from './recorded.ts'

/** A further output of the sound card. */
const OTHER = 'other'
/** A long answer; another one that is like it nowhere. */
const LONG = sweep(8000)
const SECOND = sweep(6000, { fromHz: 6000, toHz: 500 })
/** Says nothing that could be heard. */
const QUIET: Answer = { pcm: new Int16Array(480), text: 'All right.' }

type Cut = (page: Parley['page']) => Promise<void>

const byKey: Cut = async (page) => {
  await holdTalk(page)
  await releaseTalk(page)
}
const byEscape: Cut = (page) => page.keyboard.press('Escape')
const byButton: Cut = (page) => page.getByRole('button', { name: 'Stop answer' }).click()
const byTyping: Cut = async (page) => {
  await page.getByRole('textbox', { name: 'Message' }).fill('And the wall?')
  await page.keyboard.press('Enter')
}

interface Case {
  answer: Answer
  /** What sounds when it is cut; the answer's first sound unless told. */
  sounding?: Int16Array
  /** How long it is listened to, ms. */
  after: number
  cut: Cut
  /** Happens once it speaks. */
  meanwhile?: (parley: Parley) => Promise<void>
  sink?: string
  /** Besides the truncate of what sounded. */
  deletes?: number
}

/** Every way in which an answer can be cut off, goal 9 of the benchmark: what the server is told is what the speaker played. */
const CASES: Record<string, Case> = {
  'in a burst, by the key': { answer: { pcm: LONG, speed: 'burst', break: { afterMs: LONG.length / 24, how: 'stall' } }, after: 1500, cut: byKey },
  'after all was generated, by Escape': { answer: { pcm: LONG, speed: 'burst' }, after: 1700, cut: byEscape },
  'after the network stalled for 700 ms, by the button': { answer: { pcm: LONG, chunkMs: 100, speed: 20, stalls: [{ afterMs: 600, forMs: 1300 }] }, after: 2500, cut: byButton },
  'in the second of two items': { answer: { pcm: LONG.subarray(0, 24 * 1200), speed: 'burst', further: [{ pcm: SECOND, text: 'And more.' }] }, sounding: SECOND, after: 2100, cut: byKey },
  'in the first of two items': { answer: { pcm: LONG, speed: 'burst', further: [{ pcm: SECOND, text: 'And more.' }] }, after: 900, cut: byEscape, deletes: 1 },
  'by typing': { answer: { pcm: LONG }, after: 1000, cut: byTyping },
  'after another output was chosen': { answer: { pcm: LONG }, after: 1500, cut: byKey, meanwhile: chooseOther, sink: OTHER },
}

async function chooseOther({ page }: Parley): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('combobox', { name: 'Speaker' }).selectOption({ label: 'OtherSpeaker' })
  await page.keyboard.press('Escape')
}

async function ask(page: Parley['page']): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill('Go on')
  await page.keyboard.press('Enter')
}

/** What the server was told of its items since a place in what it received. */
function corrections(server: RealtimeServer, since: number): { truncates: RealtimeServer['truncates']; deletes: number } {
  const received = server.received.slice(since)
  const first = received[0]?.at ?? Infinity
  return {
    truncates: server.truncates.filter(({ at }) => at >= first),
    deletes: received.filter(({ event }) => event['type'] === 'conversation.item.delete').length,
  }
}

test('a cut-in: what the server is told is what the speaker played, in every case', async ({ serve, launch, sound }) => {
  const module = sound.pactl('load-module', 'module-null-sink', `sink_name=${OTHER}`, 'rate=48000', 'norewinds=1', 'sink_properties=device.description=OtherSpeaker')
  const server = await serve({ answer: QUIET })
  const parley = await launch({ server })
  const { page } = parley
  await page.getByRole('button', { name: 'Start conversation' }).click()
  await expectState(page, 'Ready')
  await playControl(parley)

  for (const [name, { answer, sounding = answer.pcm ?? LONG, after, cut, meanwhile, sink, deletes = 0 }] of Object.entries(CASES)) {
    await test.step(name, async () => {
      const round = async (): Promise<number> => {
        const since = server.received.length
        server.options = { answer: ({ text }) => (text === 'Go on' ? answer : QUIET) }
        await ask(page)
        await expectState(page, 'Speaking')
        const began = performance.now()
        await meanwhile?.(parley)
        await pause(Math.max(0, began + after - performance.now()))
        await cut(page)
        await expect.poll(() => corrections(server, since).truncates.length).toBe(1)
        await expectState(page, 'Ready')
        await pause(250)
        return since
      }
      const heard = await recorded(sound, name, round, (one) => findEnding(sounding, one).broken, sink)
      const ending = findEnding(sounding, heard)
      const { truncates, deletes: deleted } = corrections(server, heard.result)
      test.info().annotations.push({ type: name, description: JSON.stringify({ ...ending, truncates, deleted }) })
      expect(ending.correlation).toBeGreaterThan(0.99)
      expect(ending.click).toBe(false)
      expect(truncates).toHaveLength(1)
      expect(deleted).toBe(deletes)
      expect(Math.abs((truncates[0]?.audio_end_ms ?? NaN) - ending.playedMs)).toBeLessThanOrEqual(10)
      // The server refuses what goes beyond what it has sent.
      expect(truncates[0]?.accepted).toBe(true)
    })
  }

  await test.step('before the answer was begun: nothing of it is ever heard', async () => {
    const since = server.received.length
    server.options = { answer: { pcm: LONG, speed: 'burst', delayMs: 1200 } }
    const recording = await sound.record({ sink: OTHER })
    await ask(page)
    await expectState(page, 'Thinking')
    await page.keyboard.press('Escape')
    await pause(1800)
    const samples = await recording.stop()
    const { truncates, deletes } = corrections(server, since)
    test.info().annotations.push({ type: 'before it was begun', description: JSON.stringify({ truncates, deletes, types: server.receivedTypes.slice(-4) }) })
    // The control lies below this.
    expect(findSound(samples, { thresholdDb: -35 })).toBeNull()
    expect(truncates).toHaveLength(0)
    expect(deletes).toBeLessThanOrEqual(1)
    await expectState(page, 'Ready')
  })

  await test.step('when all was heard: there is nothing to correct', async () => {
    const since = server.received.length
    server.options = { answer: { pcm: LONG.subarray(0, 24 * 800), speed: 'burst' } }
    await ask(page)
    await expectState(page, 'Speaking')
    await expectState(page, 'Ready')
    await byKey(page)
    await pause(400)
    expect(corrections(server, since)).toEqual({ truncates: [], deletes: 0 })
  })
  sound.pactl('unload-module', module)
})
