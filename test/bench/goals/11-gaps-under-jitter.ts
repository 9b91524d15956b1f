import { setTimeout as sleep } from 'node:timers/promises'
import { ABOVE_CONTROL_DB, newIds, settle } from '../lib/answers.ts'
import { transportNote } from '../lib/cut-series.ts'
import { fixedStartDelay, learnedStartDelay } from '../../../renderer/sound/start-delay.ts'
import { listen } from '../lib/heard.ts'
import { simulate } from '../lib/jitter.ts'
import { beginItem, beginResponse, delta, endItem, endResponse, pieces, tone, type Line } from '../lib/script-server.ts'
import { PLAYERS, Stage } from '../lib/stage.ts'
import { belowControl, controlBreaks, playControl } from '../../sound-card/index.ts'
import { seeded } from '../../renderer/sound/random.ts'
import { isVoid, mean, median } from '../lib/stats.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

/** A network's temper: when each delta leaves, ms after the answer's first. */
interface Script {
  name: string
  /** How many times faster than it is spoken an answer comes. */
  speed: number
  /** Each delta is late by 0 to so much, ms. */
  jitter: number
  /** This share of the deltas waits 400 ms more, and all that follow wait with it. */
  stalls: number
}

const SCRIPTS: Script[] = [
  { name: '1.1 × real time + 0–300 ms', speed: 1.1, jitter: 300, stalls: 0 },
  { name: '3 × real time + 0–200 ms, 5 % stalls of 400 ms', speed: 3, jitter: 200, stalls: 0.05 },
]

const DELTA_MS = 200
/** An answer of which a delta was sent so much later than the script says is played again by all, ms; the last of so many counts. */
const LATE_MS = 100
const TRIES = 4
/** What has just been started keeps the machine busy for so long, ms. */
const REST_MS = 3000
/** Wavtools once more. */
const CONTROL = 'control'

/** The same for every player that is given the same seed; the order of deltas is kept. */
function schedule({ speed, jitter, stalls }: Script, deltas: number, random: () => number): number[] {
  let latest = 0
  let stalled = 0
  return Array.from({ length: deltas }, (_, i) => {
    if (random() < stalls) stalled += 400
    latest = Math.max(latest, (i * DELTA_MS) / speed + random() * jitter + stalled)
    return latest
  })
}

interface Played {
  gaps: number
  gapMs: number
  /** First delta on the wire → first sound, ms. */
  startMs: number
  lostMs: number
  /** The control tone beside it never broke; always false where none was played. */
  whole: boolean
}

interface Answered {
  /** The latest that a delta was sent after its time, ms. */
  lateMs: number
  /** Shows what was played: to look takes time that who still plays would miss. */
  look: () => Played
}

async function answer(stage: Stage, line: Line, script: Script, seed: number, ms: number): Promise<Answered> {
  const { response, items } = newIds()
  const item = items[0] ?? ''
  const chunks = pieces(tone(ms), DELTA_MS)
  const times = schedule(script, chunks.length, seeded(seed))
  const mark = stage.recorder.mark()
  beginResponse(line, response)
  beginItem(line, response, item)
  const began = performance.now() - (times[0] ?? 0)
  let first = 0
  let lateMs = 0
  for (const [i, pcm] of chunks.entries()) {
    const wait = began + (times[i] ?? 0) - performance.now()
    if (wait > 0) await sleep(wait)
    lateMs = Math.max(lateMs, performance.now() - began - (times[i] ?? 0))
    const at = delta(line, response, item, pcm)
    if (i === 0) first = at
  }
  endItem(line, response, item)
  endResponse(line, response)
  const recorded = await settle(stage, mark, 700, ABOVE_CONTROL_DB)
  return {
    lateMs,
    look: () => {
      const heard = listen({ ...recorded, samples: belowControl(recorded.samples) })
      if (!heard) throw new Error('nothing was heard')
      // The end and each gap have a fade of 5 ms behind them, made of no sound of the answer.
      return { gaps: heard.gaps, gapMs: heard.gapMs, startMs: heard.begin - first, lostMs: Math.max(0, ms - heard.ms), whole: controlBreaks(recorded.samples).length === 0 }
    },
  }
}

/** The core by itself, at the goal's full length: 10 seeds × 20 answers × 5 s. */
function simulated(script: Script): Result[] {
  const seeds = Array.from({ length: 10 }, (_, seed) => seed)
  const answersOf = (seed: number): number[][] => Array.from({ length: 20 }, (_, i) => schedule(script, 5000 / DELTA_MS, seeded(seed * 1000 + i + 1)))
  const learned = seeds.map((seed) => simulate(learnedStartDelay(), answersOf(seed), DELTA_MS))
  const none = seeds.map((seed) => simulate(fixedStartDelay(0), answersOf(seed), DELTA_MS))
  const of = (list: typeof learned, what: 'gapMs' | 'startMs' | 'free'): number => mean(list.map((one) => one[what]))
  const percent = (list: typeof learned): string => `${String(Math.round(100 * of(list, 'free')))} %`
  const slow = script.speed < 2
  const added = of(learned, 'startMs') - of(none, 'startMs')
  const common = { goal: 11, rounds: 200, control: null, void: false }
  return [
    {
      ...common,
      name: `playback core by itself: gap per answer, ${script.name}`,
      ours: of(learned, 'gapMs'),
      peers: { 'no start delay': of(none, 'gapMs') },
      unit: 'ms',
      ratio: of(learned, 'gapMs') / of(none, 'gapMs'),
      target: slow ? '≤ 0.4 × no start delay' : 'shown',
      met: slow ? of(learned, 'gapMs') <= of(none, 'gapMs') * 0.4 : null,
      note: `10 seeds × 20 answers × 5 s on a simulated clock; without a gap: ${percent(learned)}, no start delay ${percent(none)}`,
    },
    {
      ...common,
      name: `playback core by itself: start held back, ${script.name}`,
      ours: added,
      peers: {},
      unit: 'ms, mean',
      ratio: null,
      target: slow ? '≤ 150 ms' : '≤ 15 ms',
      met: added <= (slow ? 150 : 15),
      note: 'the first answers of each seed, about which nothing is known yet, included',
    },
  ]
}

async function run(options: Options): Promise<Result[]> {
  const [answers, seconds, seeds] = options.quick ? [5, 3, 1] : [20, 5, Number(process.env['BENCH_SEEDS'] ?? 1)]
  // Everybody plays at the same time, each on a sound card of its own: it is real time that this goal takes, not the machine's.
  const stages: Stage[] = []
  const results: Result[] = SCRIPTS.flatMap(simulated)
  try {
    for (let i = 0; i < 4; i++) stages.push(await Stage.start())
    const [first, second, third, fourth] = stages
    if (!first || !second || !third || !fourth) throw new Error('a stage is missing')
    for (const script of SCRIPTS) {
      // A new app for each network: what it has learned of one must not help with the other.
      const app = await first.app()
      const players = [
        { name: 'Parley', stage: first, line: app.line },
        { name: PLAYERS.wavtools, stage: second, line: await second.peer('wavtools') },
        { name: PLAYERS.elevenlabs, stage: third, line: await third.peer('elevenlabs') },
        { name: CONTROL, stage: fourth, line: await fourth.peer('wavtools') },
      ]
      // A peer's player ends and begins its sound with clicks, which drown it: of its losses only the middle one counts.
      await playControl(app.soundRoom)
      await sleep(REST_MS)
      const played = new Map<string, Played[]>(players.map(({ name }) => [name, []]))
      for (let seed = 0; seed < seeds; seed++) {
        for (let i = 0; i < answers; i++) {
          options.progress(`${script.name}: seed ${String(seed + 1)}/${String(seeds)}, answer ${String(i + 1)}/${String(answers)}, all at once`)
          for (let attempt = 1; ; attempt++) {
            const recorded = await Promise.all(players.map(async ({ name, stage, line }) => ({ name, ...(await answer(stage, line, script, seed * 1000 + i + 1, seconds * 1000)) })))
            const lateMs = Math.max(...recorded.map((one) => one.lateMs))
            if (lateMs > LATE_MS) options.progress(`sent ${lateMs.toFixed(0)} ms late: the machine stood still`)
            if (lateMs > LATE_MS && attempt < TRIES) continue
            for (const { name, look } of recorded) played.get(name)?.push(look())
            break
          }
        }
      }
      await app.close()
      const of = (name: string): Played[] => played.get(name) ?? []
      const again = of(CONTROL)
      const gap = (list: Played[]): number => mean(list.map(({ gapMs }) => gapMs))
      const start = (list: Played[]): number => mean(list.map(({ startMs }) => startMs))
      const [ours, wavtools, elevenlabs] = [of('Parley'), of(PLAYERS.wavtools), of(PLAYERS.elevenlabs)]
      const control = gap(wavtools) === 0 ? 1 : gap(again) / gap(wavtools)
      const added = start(ours) - start(wavtools)
      const slow = script.speed < 2
      const free = (list: Played[]): string => `${String(Math.round((100 * list.filter(({ gaps }) => gaps === 0).length) / list.length))} %`
      const common = { goal: 11, rounds: ours.length, control, void: isVoid(control) }
      const whole = ours.filter((one) => one.whole)
      const lost = (list: Played[]): number => median(list.map(({ lostMs }) => lostMs))
      const most = Math.max(0, ...whole.map(({ lostMs }) => lostMs))
      results.push(
        {
          ...common,
          name: `gap per answer, ${script.name}`,
          ours: gap(ours),
          peers: { [PLAYERS.wavtools]: gap(wavtools), [PLAYERS.elevenlabs]: gap(elevenlabs) },
          unit: 'ms',
          ratio: gap(ours) / gap(wavtools),
          target: slow ? '≤ 0.4 × wavtools' : 'shown',
          met: slow ? gap(ours) <= gap(wavtools) * 0.4 : null,
          note: `answers without a gap: Parley ${free(ours)}, wavtools ${free(wavtools)}, ElevenLabs ${free(elevenlabs)}; ${String(answers)} answers of ${String(seconds)} s, ${String(seeds)} seed(s). ${transportNote()}`,
        },
        {
          ...common,
          name: `start of an answer against wavtools, ${script.name}`,
          ours: added,
          peers: {},
          unit: 'ms later',
          ratio: null,
          target: slow ? '≤ 150 ms, mean' : '≤ 15 ms, mean',
          met: added <= (slow ? 150 : 15),
          control: null,
          void: false,
          note: '',
        },
        {
          ...common,
          name: `sound lost per answer, ${script.name}`,
          rounds: whole.length,
          ours: most,
          peers: { [PLAYERS.wavtools]: lost(wavtools), [PLAYERS.elevenlabs]: lost(elevenlabs) },
          unit: 'ms at most',
          ratio: null,
          target: '0 (half a millisecond is the recording’s own)',
          met: most <= 0.5,
          control: null,
          void: whole.length < ours.length / 2,
          note: `peers: median; of ${String(ours.length)} answers those beside which the control tone never broke`,
        },
      )
    }
    return results
  } finally {
    for (const stage of stages) await stage.stop()
  }
}

export const goal: Goal = { number: 11, title: 'Gaps under network jitter', sound: true, run }
