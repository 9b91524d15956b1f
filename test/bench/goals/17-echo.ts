import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { correlate, follow, highPass, readWav, rmsDb, say } from '../../sound-card/index.ts'
import { newIds } from '../lib/answers.ts'
import { transportNote } from '../lib/cut-series.ts'
import { addOutput, chooseOutput, type Output } from '../lib/outputs.ts'
import { beginItem, beginResponse, delta, endItem, endResponse, pieces, type Line } from '../lib/script-server.ts'
import { Stage } from '../lib/stage.ts'
import { median } from '../lib/stats.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

const ANSWER = 'You wanted two quotes before Friday. One has arrived, it is the higher of the two. The other one will come on Monday, and then we shall see what the whole wall is going to cost.'
const NEAR = 'Wait, what was the second one?'
const LEAK_MS = 40
/** So often an answer is played until the machine lets one through whole. */
const TRIES = 5
/** An answer's sound is on its way to the speaker and back for about so long, ms. */
const WAY_MS = 150

/** Level of what the server received while an answer was playing, dBFS. */
interface Level {
  first: number
  after: number
}

function received(line: Line, since: number, until = Infinity): Int16Array {
  const bytes = Buffer.concat(line.appends.filter(({ at }) => at >= since && at < until).map(({ pcm }) => pcm))
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~1)))
}

/** Plays an answer and returns when its first delta left. */
function speak(line: Line): { began: number; ms: number } {
  const { response, items } = newIds()
  const item = items[0] ?? ''
  const pcm = readWav(say(ANSWER, { voice: 'en-gb', rate: 24_000 })).samples
  beginResponse(line, response)
  beginItem(line, response, item)
  const began = performance.now()
  for (const piece of pieces(pcm, 200)) delta(line, response, item, piece)
  endItem(line, response, item)
  endResponse(line, response)
  return { began, ms: pcm.length / 24 }
}

/**
 * The level of the answer at the server. When the way from the speaker to the microphone itself tore meanwhile, no canceller could have followed:
 * that try is void.
 */
async function echo(stage: Stage, line: Line, progress: (text: string) => void, tries = TRIES): Promise<Level> {
  for (let attempt = 1; ; attempt++) {
    const microphone = await stage.card.record('microphone')
    const { began, ms } = speak(line)
    await sleep(ms + 700)
    const { missing, insertedMs } = follow(readWav(say(ANSWER, { voice: 'en-gb', rate: 24_000 })).samples, await microphone.stop(), { least: 0.9 })
    const from = began + WAY_MS
    const level = { first: rmsDb(received(line, from, from + 2000)), after: rmsDb(received(line, from + 2000, began + ms)) }
    if (missing === 0 && Math.abs(insertedMs) < 1) return level
    progress(`void: the loopback tore (${String(missing)} stretches missing, ${insertedMs.toFixed(1)} ms inserted; level ${level.first.toFixed(0)}, ${level.after.toFixed(0)} dBFS)`)
    if (attempt === tries) throw new Error(`the loopback tore ${String(tries)} times: the machine is too busy`)
  }
}

/** The person speaks into the answer: how well and how loud that is found. */
async function doubleTalk(stage: Stage, line: Line): Promise<{ correlation: number; gainDb: number }> {
  const { began, ms } = speak(line)
  await sleep(2500)
  await stage.card.speak(say(NEAR))
  await sleep(Math.max(0, began + ms + 700 - performance.now()))
  const near = readWav(say(NEAR, { rate: 24_000 })).samples
  return correlate(highPass(near), highPass(received(line, began)))
}

function leak(stage: Stage, sink: string): void {
  stage.card.pactl('load-module', 'module-loopback', `source=${sink}.monitor`, 'sink=micsink', `latency_msec=${String(LEAK_MS)}`, 'adjust_time=0')
}

async function withoutCancellation({ soundRoom }: { soundRoom: Page }): Promise<void> {
  await soundRoom.evaluate(() => {
    const { mediaDevices } = navigator
    const original = mediaDevices.getUserMedia.bind(mediaDevices)
    mediaDevices.getUserMedia = (constraints) => {
      const audio = typeof constraints?.audio === 'object' ? constraints.audio : {}
      return original({ audio: { ...audio, echoCancellation: false } })
    }
  })
}

interface Round {
  off: Level
  on: Level
  switched: Level
  talk: { correlation: number; gainDb: number }
}

async function round(stage: Stage, other: Output, progress: (text: string) => void): Promise<Round> {
  const settings = { turnMode: 'open_line' }
  const plain = await stage.app(settings, { before: withoutCancellation })
  const off = await echo(stage, plain.line, progress)
  await plain.close()
  // A fresh app: what the canceller has learned is of no help to the first two seconds.
  const app = await stage.app(settings)
  const on = await echo(stage, app.line, progress)
  const talk = await doubleTalk(stage, app.line)
  await chooseOutput(app.page, other.label)
  await sleep(1500)
  const switched = await echo(stage, app.line, progress)
  await app.close()
  return { off, on, talk, switched }
}

async function run({ quick, progress }: Options): Promise<Result[]> {
  const rounds = quick ? 1 : 3
  const stage = await Stage.start()
  const other = addOutput(stage.card, 'other')
  leak(stage, 'spk')
  leak(stage, 'other')
  try {
    const seen: Round[] = []
    for (let i = 0; i < rounds; i++) {
      progress(`round ${String(i + 1)}/${String(rounds)}`)
      seen.push(await round(stage, other, progress))
    }
    const of = (figure: (one: Round) => number): number => median(seen.map(figure))
    const common = { goal: 17, unit: 'dB below', peers: {}, ratio: null, rounds, control: null, void: false }
    // Below this is the last bit of the sound itself: there is no more to be gained.
    const floor = -100
    const below = (figure: 'on' | 'switched', when: keyof Level): number => of((one) => one.off[when] - Math.max(floor, one[figure][when]))
    const line = (name: string, figure: 'on' | 'switched', when: keyof Level, target: number, note = ''): Result => {
      const ours = below(figure, when)
      return { ...common, name, ours, target: `≥ ${String(target)} dB`, met: ours >= target, note }
    }
    const correlation = Math.min(...seen.map(({ talk }) => talk.correlation))
    return [
      line('echo of the answer at the server, first 2 s, against the same without cancellation', 'on', 'first', 30, `speaker to microphone by a loopback of ${String(LEAK_MS)} ms; without cancellation ${of(({ off }) => off.first).toFixed(0)} dBFS. ${transportNote()}`),
      line('the same, after 2 s', 'on', 'after', 45),
      line('after another output was chosen, first 2 s', 'switched', 'first', 30),
      line('after another output was chosen, after 2 s', 'switched', 'after', 45),
      {
        ...common,
        name: 'the person speaks into the answer: level at the server against what was spoken',
        ours: of(({ talk }) => talk.gainDb),
        unit: 'dB',
        target: '≥ −12 dB, found by correlation',
        met: of(({ talk }) => talk.gainDb) >= -12 && correlation >= 0.5,
        note: `correlation ${correlation.toFixed(2)} at least, above 500 Hz; gain control included`,
      },
    ]
  } finally {
    await stage.stop()
  }
}

export const goal: Goal = { number: 17, title: 'Echo', sound: true, run }
