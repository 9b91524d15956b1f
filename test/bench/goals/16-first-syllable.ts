import { setTimeout as sleep } from 'node:timers/promises'
import { correlate, findSound, highPass, readWav, say, sliceMs } from '../../sound-card/index.ts'
import { transportNote } from '../lib/cut-series.ts'
import { span } from '../lib/heard.ts'
import { startRecorder } from '../lib/recorder.ts'
import { Stage, type App } from '../lib/stage.ts'
import { median } from '../lib/stats.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

const WORDS = 'Could you remind me what we said about the wall?'

interface Turn {
  /** Key down after the first sound of the sentence at the microphone, ms (negative: before it). */
  lateMs: number
  /** What is missing of the beginning, ms. */
  lostMs: number
  /** What is missing of the end, ms. */
  cutMs: number
  /** From the microphone to the frame that main gets, ms: so much of what was said before the key came up is still on its way then. */
  wayMs: number
}

/** What an armed microphone brings of the time before the key, ms. */
const PRE_ROLL_MS = 300
/** So much is still taken after the key is up; of it the way takes its part, ms. */
const TAIL_MS = 200
const EARLY_MS = 150

/** Says the sentence; the key goes down so long after its beginning and up so long before its end. */
async function turn(stage: Stage, { page, line }: App, late: number, early: number): Promise<Turn> {
  const spoken = readWav(say(WORDS, { rate: 24_000 })).samples
  const words = findSound(spoken)
  if (!words) throw new Error('the sentence is silent')
  const microphone = await startRecorder(stage.card, 'virtmic')
  const mark = microphone.mark()
  const button = page.getByRole('button', { name: 'Talk', exact: true })
  await button.hover()
  const since = performance.now()
  const speaking = stage.card.speak(say(WORDS))
  // The onset is found as it happens: how long paplay takes to begin is its own affair.
  let onset = NaN
  while (Number.isNaN(onset)) {
    await sleep(2)
    const heard = microphone.since(mark)
    const found = span(heard.samples, -45)
    if (found) onset = heard.timeOf(found.first)
    if (performance.now() - since > 5000) throw new Error('the sentence was not heard at the microphone')
  }
  await sleep(Math.max(0, onset + late - performance.now()))
  const down = performance.now()
  await page.mouse.down()
  await sleep(Math.max(0, onset + (words.endMs - words.startMs) - early - performance.now()))
  await page.mouse.up()
  await line.until('input_audio_buffer.commit', since, 5000)
  await speaking
  microphone.stop()
  // A turn begins with a clear; everything after it is the turn.
  const bytes = Buffer.concat(line.appends.filter(({ at }) => at >= since).map(({ pcm }) => pcm))
  const received = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~1)))
  // A second of silence before it, so that a beginning that is missing shows as an offset below it.
  const padded = new Int16Array(24_000 + received.length)
  padded.set(received, 24_000)
  const placeOf = (ms: number): number => {
    const from = words.startMs + ms
    const match = correlate(highPass(sliceMs(spoken, from, from + 400)), highPass(padded))
    if (match.correlation < 0.6) throw new Error(`the sentence was not found in what the server received (${match.correlation.toFixed(2)})`)
    return match.offsetMs - 1000
  }
  // What surely was spoken while the key was down says where beginning and end lie, each from near it: what the machine tears out between them does not count.
  const begin = placeOf(350) - 350
  const end = placeOf(words.endMs - words.startMs - 550) + 550
  return { lateMs: down - onset, lostMs: Math.max(0, -begin), cutMs: Math.max(0, end - received.length / 24), wayMs: begin - PRE_ROLL_MS + down - onset }
}

async function run(options: Options): Promise<Result[]> {
  const stage = await Stage.start()
  const rounds = options.quick ? 2 : 5
  try {
    const app = await stage.app()
    const results: Result[] = []
    for (const late of [0, 100, 200, 280]) {
      const turns: Turn[] = []
      for (let round = 0; round < rounds; round++) {
        options.progress(`key ${String(late)} ms late, round ${String(round + 1)}/${String(rounds)}`)
        turns.push(await turn(stage, app, late, EARLY_MS))
        await sleep(700)
      }
      const lost = median(turns.map(({ lostMs }) => lostMs))
      const cut = median(turns.map(({ cutMs }) => cutMs))
      const common = { goal: 16, unit: 'ms', ratio: null, rounds, control: null, void: false }
      const really = median(turns.map(({ lateMs }) => lateMs))
      results.push({
        ...common,
        name: `talk pressed ${String(late)} ms after the first sound: lost of it`,
        ours: lost,
        peers: { 'without pre-roll (computed)': really },
        target: '0 (up to 300 ms late)',
        met: lost <= 1,
        note: `really ${really.toFixed(0)} ms late; microphone armed. ${transportNote()}`,
      })
      const way = median(turns.map(({ wayMs }) => wayMs))
      if (late === 0) {
        results.push({
          ...common,
          name: `talk let go ${String(EARLY_MS)} ms before the last sound: lost of it`,
          ours: cut,
          peers: {},
          target: '0',
          met: cut <= 1,
          // A machine that is short of time brings the microphone's sound late, and the tail is over before it has come: a loss then shows nothing.
          void: cut > 1 && way > TAIL_MS - EARLY_MS + 10,
          note: `the microphone’s way took ${way.toFixed(0)} ms of the ${String(TAIL_MS)} ms that are waited for it`,
        })
      }
    }
    return results
  } finally {
    await stage.stop()
  }
}

export const goal: Goal = { number: 16, title: 'First and last syllable', sound: true, run }
