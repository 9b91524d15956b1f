import { setTimeout as sleep } from 'node:timers/promises'
import { findEnding, placeOf, sweep } from '../../sound-card/index.ts'
import { newIds, settle } from '../lib/answers.ts'
import { transportNote } from '../lib/cut-series.ts'
import { span } from '../lib/heard.ts'
import { addOutput } from '../lib/outputs.ts'
import { startRecorder, type Heard } from '../lib/recorder.ts'
import { beginItem, beginResponse, delta, endItem, endResponse, pieces, type Line } from '../lib/script-server.ts'
import { Stage } from '../lib/stage.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

const SAID = sweep(14_000)

/** One change of the output. */
interface Change {
  /** Last sound of the one → first sound of the other, ms. */
  silentMs: number
  /** What was left out (positive) or said twice (negative), ms. */
  skippedMs: number
}

interface Round {
  /** Another output becomes the system's default. */
  moved: Change
  /** The output that sounds is taken away. */
  removed: Change
  /** `audio_end_ms` minus what was played, by the recording, ms. */
  error: number
}

/** The last sound of the one device and the first of the other. */
function change(before: Heard, last: number, after: Heard, first: number): Change {
  const left = placeOf(SAID, before.samples, last / 24, 'before')
  const arrived = placeOf(SAID, after.samples, first / 24, 'after')
  return { silentMs: after.timeOf(first) - before.timeOf(last), skippedMs: arrived - left }
}

/** The longest silence inside a recording, as the samples on either side of it. */
function longestSilence(samples: Int16Array): { last: number; first: number } {
  let [last, longest, from, to] = [-1, 0, 0, 0]
  for (let i = 0; i < samples.length; i++) {
    if (Math.abs(samples[i] ?? 0) < 100) continue
    if (last >= 0 && i - last > longest) [longest, from, to] = [i - last, last, i]
    last = i
  }
  return { last: from, first: to }
}

async function round(stage: Stage, line: Line): Promise<Round> {
  const output = addOutput(stage.card, 'away')
  const recorder = await startRecorder(stage.card, 'away.monitor')
  const mark = stage.recorder.mark()
  const since = performance.now()
  const { response, items } = newIds()
  const item = items[0] ?? ''
  beginResponse(line, response)
  beginItem(line, response, item)
  for (const pcm of pieces(SAID, 200)) delta(line, response, item, pcm)
  await sleep(1500)
  stage.card.pactl('set-default-sink', 'away')
  await sleep(2500)
  const away = recorder.since(0)
  output.remove()
  // Or the device would be the default again as soon as it is back.
  stage.card.pactl('set-default-sink', 'spk')
  recorder.stop()
  await sleep(2500)
  line.send('input_audio_buffer.speech_started', { audio_start_ms: 0, item_id: `item_s${response.slice(6)}` })
  const heard = await settle(stage, mark)
  endItem(line, response, item)
  endResponse(line, response, 'cancelled')
  line.send('input_audio_buffer.speech_stopped', { audio_end_ms: 500, item_id: `item_s${response.slice(6)}` })
  const told = line.of('conversation.item.truncate', since)[0]
  const there = span(away.samples)
  if (!there) throw new Error('the sound did not follow')
  const silence = longestSilence(heard.samples)
  return {
    moved: change(heard, silence.last, away, there.first),
    removed: change(away, there.last, heard, silence.first),
    error: Number(told?.['audio_end_ms']) - findEnding(SAID, { heard: heard.samples }).playedMs,
  }
}

async function run({ quick, progress }: Options): Promise<Result[]> {
  const rounds = quick ? 2 : 5
  const stage = await Stage.start()
  try {
    const { line } = await stage.app()
    const seen: Round[] = []
    for (let i = 0; i < rounds; i++) {
      progress(`round ${String(i + 1)}/${String(rounds)}`)
      seen.push(await round(stage, line))
      await sleep(500)
    }
    const worst = (figure: (one: Round) => number): number => seen.map(figure).reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0)
    const common = { goal: 20, unit: 'ms', peers: {}, ratio: null, rounds, control: null, void: false }
    const lines = (name: string, of: (one: Round) => Change): Result[] => {
      const silent = worst((one) => of(one).silentMs)
      const skipped = worst((one) => of(one).skippedMs)
      return [
        { ...common, name: `${name}: silence`, ours: silent, target: '≤ 2 000 ms', met: silent <= 2000, note: `worst of the rounds; negative: both sounded. ${transportNote()}` },
        { ...common, name: `${name}: left out (said twice: negative)`, ours: skipped, target: 'within ± 100 ms', met: Math.abs(skipped) <= 100, note: '' },
      ]
    }
    const error = worst((one) => one.error)
    return [
      ...lines('another output becomes the default in mid-answer', ({ moved }) => moved),
      ...lines('the output is taken away in mid-answer', ({ removed }) => removed),
      { ...common, name: 'audio_end_ms − recorded, after both', ours: error, target: 'within ± 10 ms', met: Math.abs(error) <= 10, note: '' },
    ]
  } finally {
    await stage.stop()
  }
}

export const goal: Goal = { number: 20, title: 'Device loss', sound: true, run }
