import { setTimeout as sleep } from 'node:timers/promises'
import { findEnding, sweep, type Ending } from '../../sound-card/index.ts'
import { cutBurst, newIds, settle } from '../lib/answers.ts'
import { transportNote } from '../lib/cut-series.ts'
import { addOutput, chooseOutput, type Output } from '../lib/outputs.ts'
import { startRecorder } from '../lib/recorder.ts'
import { beginItem, beginResponse, delta, endItem, endResponse, pieces, type Line } from '../lib/script-server.ts'
import { PLAYERS, Stage, type App } from '../lib/stage.ts'
import { median } from '../lib/stats.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

/**
 * What one cut showed. The answer is a sweep, and its end is looked for in it: what the sound device tore out before, on a machine that
 * is short of time, then counts for nobody.
 */
interface Told {
  /** `audio_end_ms` minus the place in the answer at which the recording ends, ms; null when the server was told nothing of the item that sounded. */
  error: number | null
  /** It named more than the server had sent of the item. */
  beyond: boolean
  /** Exactly one truncate or delete for each item that was not heard whole, none for others. */
  exact: boolean
  /** How well the recording's last 200 ms are the answer, -1…1: where the sound device tore just there, the place is not to be found. */
  correlation: number
}

/** Below this an end was torn. A whole one has 0.999. */
const WHOLE = 0.98
/** So often a case is repeated until its end is whole. */
const TRIES = 5

/** A case until its end can be found. */
async function whole(measure: () => Promise<Told>, torn: () => void): Promise<Told> {
  for (let attempt = 1; ; attempt++) {
    const told = await measure()
    if (told.correlation >= WHOLE) return told
    if (attempt === TRIES) throw new Error(`the sound device tore the end of the answer ${String(TRIES)} times: the machine is too busy`)
    torn()
  }
}

type Cutter = (line: Line) => Promise<void>

const byVoice: Cutter = async (line) => {
  line.send('input_audio_buffer.speech_started', { audio_start_ms: 0, item_id: `item_s${String(Math.round(performance.now()))}` })
}

/** Some sound, a stall, the rest; cut in after so many ms. */
async function stalled(stage: Stage, line: Line, cut: Cutter, { first, stall, then, after, done }: { first: number; stall: number; then: number; after: number; done: boolean }): Promise<Told> {
  const { response, items } = newIds()
  const item = items[0] ?? ''
  const mark = stage.recorder.mark()
  const since = performance.now()
  beginResponse(line, response)
  beginItem(line, response, item)
  const all = sweep(first + then)
  for (const pcm of pieces(all.slice(0, first * 24), 200)) delta(line, response, item, pcm)
  if (stall > 0) await sleep(first + stall)
  for (const pcm of pieces(all.slice(first * 24), 200)) delta(line, response, item, pcm)
  if (done) {
    endItem(line, response, item)
    endResponse(line, response)
  }
  await sleep(Math.max(0, since + after - performance.now()))
  await cut(line)
  const { samples } = await settle(stage, mark)
  if (!done) {
    endItem(line, response, item)
    endResponse(line, response, 'cancelled')
  }
  return judge(line, since, [{ id: item, receivedMs: first + then }], findEnding(all, { heard: samples }))
}

/** Two items, the second queued behind the first; cut in while the second sounds. */
async function queued(stage: Stage, line: Line, cut: Cutter): Promise<Told> {
  const { response, items } = newIds(2)
  const [one = '', two = ''] = items
  const mark = stage.recorder.mark()
  const since = performance.now()
  beginResponse(line, response)
  beginItem(line, response, one)
  for (const pcm of pieces(sweep(1500), 200)) delta(line, response, one, pcm)
  endItem(line, response, one)
  beginItem(line, response, two, 1)
  const second = sweep(4000, { fromHz: 6000, toHz: 500 })
  for (const pcm of pieces(second, 200)) delta(line, response, two, pcm, 1)
  await sleep(Math.max(0, since + 2600 - performance.now()))
  await cut(line)
  const { samples } = await settle(stage, mark)
  endItem(line, response, two, 1)
  endResponse(line, response, 'cancelled')
  return judge(line, since, [
    { id: one, receivedMs: 1500 },
    { id: two, receivedMs: 4000 },
  ], findEnding(second, { heard: samples }))
}

/** Another output is chosen in the settings while the answer plays; what is heard there in the end counts. */
async function switched(stage: Stage, { line, page }: App, output: Output): Promise<Told> {
  const { response, items } = newIds()
  const item = items[0] ?? ''
  const said = sweep(9000)
  const recorder = await startRecorder(stage.card, `${output.sink}.monitor`)
  const since = performance.now()
  beginResponse(line, response)
  beginItem(line, response, item)
  for (const pcm of pieces(said, 200)) delta(line, response, item, pcm)
  await sleep(600)
  await chooseOutput(page, output.label)
  await sleep(Math.max(0, since + 3500 - performance.now()))
  await byVoice(line)
  await sleep(600)
  const ending = findEnding(said, { heard: recorder.since(0).samples })
  recorder.stop()
  endItem(line, response, item)
  endResponse(line, response, 'cancelled')
  const told = judge(line, since, [{ id: item, receivedMs: said.length / 24 }], ending)
  await chooseOutput(page, null)
  await sleep(1500)
  return told
}

/** @param items in the order of the answer: the last one sounded */
function judge(line: Line, since: number, items: { id: string; receivedMs: number }[], { playedMs, correlation }: Ending): Told {
  const truncates = line.of('conversation.item.truncate', since)
  const deletes = line.of('conversation.item.delete', since)
  const last = items.at(-1)
  if (!last) throw new Error('no item')
  const mine = truncates.find((event) => event['item_id'] === last.id)
  // Who names another item has told the server that this one was heard to its end.
  const wrong = truncates.length > 0 && !mine
  const told = mine ? Number(mine['audio_end_ms']) : wrong ? last.receivedMs : null
  const count = (id: string): number => [...truncates, ...deletes].filter((event) => event['item_id'] === id).length
  return {
    error: told === null ? null : told - playedMs,
    beyond: told !== null && told > last.receivedMs,
    exact: items.every(({ id }) => count(id) === (id === last.id ? 1 : 0)) && truncates.length + deletes.length === 1,
    correlation,
  }
}

const CASES: Record<string, (stage: Stage, line: Line, cut: Cutter) => Promise<Told>> = {
  'burst': (stage, line, cut) => stalled(stage, line, cut, { first: 5000, stall: 0, then: 0, after: 1500, done: false }),
  'after output_audio.done': (stage, line, cut) => stalled(stage, line, cut, { first: 5000, stall: 0, then: 0, after: 1800, done: true }),
  'after a 700 ms stall': (stage, line, cut) => stalled(stage, line, cut, { first: 600, stall: 700, then: 5000, after: 2400, done: false }),
  'two queued items': queued,
  'second interrupt of the session': (stage, line, cut) => stalled(stage, line, cut, { first: 4000, stall: 0, then: 0, after: 900, done: false }),
}

/** The person types instead of speaking. */
function byTyping({ page }: App): Cutter {
  return async () => {
    await page.getByRole('textbox', { name: 'Message' }).fill('And the wall?')
    await page.keyboard.press('Enter')
  }
}

async function run(options: Options): Promise<Result[]> {
  // Everybody at the same time, each on a sound card of its own: what is judged is a place in a recording, which no load moves.
  const stages: Stage[] = []
  const rounds = options.quick ? 2 : 5
  const results: Result[] = []
  const torn = (): void => {
    options.progress('void: the sound device tore the end of the answer')
  }
  try {
    for (let i = 0; i < 3; i++) stages.push(await Stage.start())
    const [stage, second, third] = stages
    if (!stage || !second || !third) throw new Error('a stage is missing')
    const output = addOutput(stage.card, 'other')
    const app = await stage.app()
    const players: { who: string; stage: Stage; line: Line }[] = [
      { who: 'Parley', stage, line: app.line },
      { who: PLAYERS.wavtools, stage: second, line: await second.peer('wavtools') },
      { who: PLAYERS.agents, stage: third, line: await third.peer('agents') },
    ]
    for (const { stage, line } of players) await cutBurst(stage, line, 700)
    const errors = new Map<string, number[]>(players.map(({ who }) => [who, []]))
    for (const [name, measure] of Object.entries(CASES)) {
      const told = new Map<string, Told[]>(players.map(({ who }) => [who, []]))
      for (let round = 0; round < rounds; round++) {
        options.progress(`${name}, round ${String(round + 1)}/${String(rounds)}, all at once`)
        await Promise.all(players.map(async ({ who, stage, line }) => told.get(who)?.push(await whole(() => measure(stage, line, byVoice), torn))))
      }
      const worst = (who: string): number => (told.get(who) ?? []).reduce((most, { error }) => (Math.abs(error ?? NaN) > Math.abs(most) ? (error ?? NaN) : most), 0)
      for (const { who } of players) errors.get(who)?.push(worst(who))
      results.push(line(name, told.get('Parley') ?? [], worst('Parley'), { [PLAYERS.wavtools]: worst(PLAYERS.wavtools), [PLAYERS.agents]: worst(PLAYERS.agents) }, rounds))
    }
    const typed: Told[] = []
    for (let round = 0; round < rounds; round++) {
      options.progress(`typed text, round ${String(round + 1)}/${String(rounds)}`)
      typed.push(await whole(() => stalled(stage, app.line, byTyping(app), { first: 5000, stall: 0, then: 0, after: 1200, done: false }), torn))
    }
    const worstTyped = typed.reduce((most, { error }) => (Math.abs(error ?? NaN) > Math.abs(most) ? (error ?? NaN) : most), 0)
    errors.get('Parley')?.push(worstTyped)
    results.push(line('typed text cuts in', typed, worstTyped, {}, rounds))
    const moved: Told[] = []
    for (let round = 0; round < rounds; round++) {
      options.progress(`output switch, round ${String(round + 1)}/${String(rounds)}`)
      moved.push(await whole(() => switched(stage, app, output), torn))
    }
    const worstMoved = moved.reduce((most, { error }) => (Math.abs(error ?? NaN) > Math.abs(most) ? (error ?? NaN) : most), 0)
    errors.get('Parley')?.push(worstMoved)
    results.push(line('after another output was chosen', moved, worstMoved, {}, rounds))
    const most = (who: string): number => Math.max(...(errors.get(who) ?? []).map(Math.abs))
    const peers = { [PLAYERS.wavtools]: most(PLAYERS.wavtools), [PLAYERS.agents]: most(PLAYERS.agents) }
    const worstPeer = Math.max(...Object.values(peers))
    results.push({
      goal: 9,
      name: 'largest error of all cases',
      ours: most('Parley'),
      peers,
      unit: 'ms',
      ratio: most('Parley') / worstPeer,
      target: '≤ 10 ms and ≤ 0.02 × the worst peer',
      met: most('Parley') <= 10 && most('Parley') <= worstPeer / 50,
      rounds,
      control: null,
      void: false,
      note: transportNote(),
    })
    return results
  } finally {
    for (const stage of stages) await stage.stop()
  }
}

function line(name: string, told: Told[], worst: number, peers: Record<string, number>, rounds: number): Result {
  const exact = told.filter((one) => one.exact).length
  const beyond = told.some((one) => one.beyond)
  return {
    goal: 9,
    name: `audio_end_ms − recorded, ${name}`,
    ours: worst,
    peers,
    unit: 'ms',
    ratio: null,
    target: 'within ± 10 ms, one correction an item',
    met: Math.abs(worst) <= 10 && exact === told.length && !beyond,
    rounds,
    control: null,
    void: false,
    note: `worst of the rounds (median ${median(told.map(({ error }) => error ?? NaN)).toFixed(1)}); corrections as they should be in ${String(exact)} of ${String(told.length)}`,
  }
}

export const goal: Goal = { number: 9, title: 'Truncation exactness', sound: true, run }
