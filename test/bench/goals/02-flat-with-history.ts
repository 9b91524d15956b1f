import { PEERS } from '../lib/peers.ts'
import { interleave, medians } from '../lib/rounds.ts'
import { isVoid } from '../lib/stats.ts'
import { clients, CORE, FLOOR, streamCost } from '../lib/stream-cpu.ts'
import { SHORT_TURN } from '../lib/turns.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

async function run(options: Options): Promise<Result[]> {
  const [few, many] = options.quick ? [250, 1000] : [1000, 4000]
  const rounds = options.quick ? 3 : 5
  const contenders = (await clients(true))
    .filter(({ name }) => name !== CORE)
    .map(({ name, module }) => ({
      name,
      measure: async () => ({ few: (await streamCost(module, few, SHORT_TURN)).usPerEvent, many: (await streamCost(module, many, SHORT_TURN)).usPerEvent }),
    }))
  const measured = await interleave(contenders, PEERS.openai, rounds, options)
  const atMany = medians(measured, PEERS.openai, (cost) => cost.many)
  const growth = medians(measured, PEERS.openai, (cost) => cost.many / cost.few)
  const common = { goal: 2, rounds, control: atMany.control, void: isVoid(atMany.control) }
  const ours = atMany.of('Parley')
  return [
    {
      ...common,
      name: `CPU per event at ${String(many)} turns / at ${String(few)} turns`,
      ours: growth.of('Parley'),
      peers: { [PEERS.agents]: growth.of(PEERS.agents), [PEERS.openai]: growth.of(PEERS.openai) },
      unit: '×',
      ratio: null,
      target: '≤ 1.0',
      met: growth.of('Parley') <= 1,
      note: '',
    },
    {
      ...common,
      name: `CPU per event at ${String(many)} turns`,
      ours,
      peers: { [PEERS.agents]: atMany.of(PEERS.agents), [PEERS.openai]: atMany.of(PEERS.openai), [FLOOR]: atMany.of(FLOOR) },
      unit: 'µs CPU/event',
      ratio: ours / atMany.of(PEERS.agents),
      target: '≤ 0.1 × agents at 4 000 turns',
      met: ours <= atMany.of(PEERS.agents) / 10,
      note: options.quick ? 'a quarter of the length that the goal names' : '',
    },
  ]
}

export const goal: Goal = { number: 2, title: 'Flat with history', sound: false, run }
