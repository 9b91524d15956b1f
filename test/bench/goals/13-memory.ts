import { PEERS } from '../lib/peers.ts'
import { connectPair, workletCost } from '../lib/processes.ts'
import { interleave, medians } from '../lib/rounds.ts'
import { isVoid, median } from '../lib/stats.ts'
import { clients } from '../lib/stream-cpu.ts'
import { LONG_TURN, responseId, transcriptLength } from '../lib/turns.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

const MB = 1024 * 1024
/** Turns of 10 s: 10 and 60 minutes. */
const TEN = 60
const SIXTY = 360

/** Growth of heap and external memory from minute 10 to minute 60, bytes, and resident memory at the end. */
async function growth(module: string): Promise<{ bytes: number; rss: number }> {
  const pair = await connectPair(module)
  const heldAfter = async (from: number, turns: number): Promise<{ held: number; rss: number }> => {
    pair.client.tell({ do: 'events', last: responseId(from + turns - 1) })
    pair.server.tell({ do: 'stream', turns, from, shape: LONG_TURN })
    await pair.client.hear('events')
    pair.client.tell({ do: 'memory' })
    const { heap, external, rss } = await pair.client.hear('memory')
    return { held: heap + external, rss }
  }
  try {
    const ten = await heldAfter(0, TEN)
    const sixty = await heldAfter(TEN, SIXTY - TEN)
    return { bytes: sixty.held - ten.held, rss: sixty.rss }
  } finally {
    await pair.end()
  }
}

async function run(options: Options): Promise<Result[]> {
  const rounds = options.quick ? 1 : 3
  const measured = await interleave(
    (await clients()).map(({ name, module }) => ({ name, measure: () => growth(module) })),
    PEERS.openai,
    rounds,
    options,
  )
  const { of } = medians(measured, PEERS.openai, ({ bytes }) => bytes / MB)
  const rss = medians(measured, PEERS.openai, (value) => value.rss / MB)
  // Two bytes a character at most, kept once as an item and once as it is shown.
  const text = ((transcriptLength(LONG_TURN, SIXTY) - transcriptLength(LONG_TURN, TEN)) * 2) / MB
  const minutes = options.quick ? 10 : 60
  const worklets = { ours: [] as number[], wavtools: [] as number[], elevenlabs: [] as number[], again: [] as number[] }
  const cpu = { ours: [] as number[], wavtools: [] as number[], elevenlabs: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    for (const who of ['ours', 'wavtools', 'elevenlabs'] as const) {
      options.progress(`worklet ${who}, ${String(minutes)} minutes`)
      const cost = await workletCost(who, minutes)
      worklets[who].push(cost.retained / MB)
      cpu[who].push(cost.cpuMsPerMinute)
    }
    worklets.again.push((await workletCost('wavtools', minutes)).retained / MB)
  }
  const control = median(worklets.again) / median(worklets.wavtools)
  const ours = median(worklets.ours)
  return [
    {
      goal: 13,
      name: 'main: growth from minute 10 to 60 of a conversation, after garbage collection',
      ours: of('Parley'),
      peers: { [PEERS.agents]: of(PEERS.agents), [PEERS.openai]: of(PEERS.openai) },
      unit: 'MB',
      ratio: null,
      target: '≤ 1 MB beyond the transcript',
      met: of('Parley') - text <= 1,
      rounds,
      control: null,
      void: false,
      note: `of it transcript text ${text.toFixed(2)} MB; resident at the end: Parley ${rss.of('Parley').toFixed(0)}, agents ${rss.of(PEERS.agents).toFixed(0)}, openai ${rss.of(PEERS.openai).toFixed(0)} MB`,
    },
    {
      goal: 13,
      name: `capture worklet: held after ${String(minutes)} minutes of speech`,
      ours,
      peers: { [PEERS.wavtools]: median(worklets.wavtools), [PEERS.elevenlabs]: median(worklets.elevenlabs) },
      unit: 'MB',
      ratio: ours / median(worklets.wavtools),
      target: '≤ 0.1 MB and ≤ 0.01 × wavtools',
      met: ours <= 0.1 && ours <= median(worklets.wavtools) / 100,
      rounds,
      control,
      void: isVoid(control),
      note: `CPU per minute of speech: Parley ${median(cpu.ours).toFixed(1)}, wavtools ${median(cpu.wavtools).toFixed(0)}, ElevenLabs ${median(cpu.elevenlabs).toFixed(0)} ms`,
    },
  ]
}

export const goal: Goal = { number: 13, title: 'Memory over 60 simulated minutes', sound: false, run }
