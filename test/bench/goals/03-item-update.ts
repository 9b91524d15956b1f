import { PEERS } from '../lib/peers.ts'
import { connectPair } from '../lib/processes.ts'
import { interleave, medians, type Rounds } from '../lib/rounds.ts'
import { isVoid } from '../lib/stats.ts'
import { clients } from '../lib/stream-cpu.ts'
import { responseId, type TurnShape } from '../lib/turns.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

/** As few events as a spoken turn can have, so that the conversation fills quickly. */
const TINY_TURN: TurnShape = { audioMs: 20, deltaMs: 20, heardDeltas: 1, saidDeltas: 1 }
const TURNS = 5000
const UPDATES = 60

interface Filled {
  /** p50 of one changed item, ms. */
  updateMs(): Promise<number>
  end(): Promise<void>
}

/** A client with a conversation of 10 000 items: to fill one takes far longer than to change it. */
async function filled(module: string): Promise<Filled> {
  const { client, server, end } = await connectPair(module)
  client.tell({ do: 'events', last: responseId(TURNS - 1) })
  server.tell({ do: 'stream', turns: TURNS, from: 0, shape: TINY_TURN })
  await client.hear('events')
  const ids = Array.from({ length: 20 }, (_, i) => `item_u${String(i * 200 + 100).padStart(21, '0')}`)
  return {
    async updateMs() {
      client.tell({ do: 'updates', ids, count: UPDATES })
      const { ms } = await client.hear('updates')
      if (ms === null) throw new Error(`${module} keeps no conversation`)
      return ms
    },
    end,
  }
}

async function run(options: Options): Promise<Result[]> {
  const rounds = options.quick ? 3 : 5
  const open: Filled[] = []
  try {
    const contenders = []
    for (const { name, module } of (await clients()).filter(({ name }) => name !== PEERS.openai)) {
      options.progress(`10 000 items for ${name}`)
      const one = await filled(module)
      open.push(one)
      contenders.push({ name, measure: () => one.updateMs() })
    }
    return judge(await interleave(contenders, PEERS.agents, rounds, options), rounds)
  } finally {
    for (const one of open) await one.end()
  }
}

function judge(measured: Rounds<number>, rounds: number): Result[] {
  const { of, control } = medians(measured, PEERS.agents, (ms) => ms)
  return [
    {
      goal: 3,
      name: 'one item changed among 10 000, p50',
      ours: of('Parley'),
      peers: { [PEERS.agents]: of(PEERS.agents) },
      unit: 'ms',
      ratio: of('Parley') / of(PEERS.agents),
      target: '≤ 0.01 × agents',
      met: of('Parley') <= of(PEERS.agents) / 100,
      rounds,
      control,
      void: isVoid(control),
      note: `${String(UPDATES)} updates a round`,
    },
  ]
}

export const goal: Goal = { number: 3, title: 'One item update at 10 000 items', sound: false, run }
