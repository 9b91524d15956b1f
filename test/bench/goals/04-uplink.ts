import { PEERS } from '../lib/peers.ts'
import { connectPair } from '../lib/processes.ts'
import { interleave, medians } from '../lib/rounds.ts'
import { isVoid } from '../lib/stats.ts'
import { clients, FLOOR } from '../lib/stream-cpu.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

/** CPU of the client's process per 20 ms frame, µs: from the frame's arrival in main to the socket, masking included. */
async function frameUs(module: string, frames: number): Promise<number> {
  const pair = await connectPair(module)
  try {
    pair.server.tell({ do: 'expect', appends: frames })
    pair.client.tell({ do: 'uplink', frames })
    const [{ cpuMs }] = await Promise.all([pair.client.hear('uplink'), pair.server.hear('received')])
    return (cpuMs * 1000) / frames
  } finally {
    await pair.end()
  }
}

async function run(options: Options): Promise<Result[]> {
  const frames = options.quick ? 5000 : 15_000
  const rounds = options.quick ? 3 : 5
  const measured = await interleave(
    (await clients(true)).map(({ name, module }) => ({ name, measure: () => frameUs(module, frames) })),
    PEERS.openai,
    rounds,
    options,
  )
  const { of, control } = medians(measured, PEERS.openai, (us) => us)
  const ours = of('Parley')
  const common = {
    goal: 4,
    ours,
    peers: { [PEERS.agents]: of(PEERS.agents), [PEERS.openai]: of(PEERS.openai), [FLOOR]: of(FLOOR) },
    unit: 'µs CPU/frame',
    rounds,
    control,
    void: isVoid(control),
    note: `${String(frames)} frames of 20 ms in batches of 25; Parley: level meter and session included; ${FLOOR} joins the message as text, as openai does`,
  }
  return [
    { ...common, name: 'uplink, against agents', ratio: ours / of(PEERS.agents), target: '≤ 0.33 × agents', met: ours <= of(PEERS.agents) * 0.33 },
    { ...common, name: 'uplink, against openai', ratio: ours / of(PEERS.openai), target: '≤ 0.9 × openai', met: ours <= of(PEERS.openai) * 0.9 },
  ]
}

export const goal: Goal = { number: 4, title: 'Uplink CPU per 20 ms frame', sound: false, run }
