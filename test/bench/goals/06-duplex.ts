import { PEERS } from '../lib/peers.ts'
import { connectPair } from '../lib/processes.ts'
import { medians, together } from '../lib/rounds.ts'
import { isVoid } from '../lib/stats.ts'
import { clients, CORE, FLOOR } from '../lib/stream-cpu.ts'
import { responseId, type TurnShape } from '../lib/turns.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

interface Duplex {
  /** CPU of the client's process, ms per minute of sound in both directions. */
  cpuMs: number
  /** p99 of the wait for the event loop, ms. */
  delayMs: number
}

/** 1 s of answer in deltas of 100 ms. */
const SECOND: TurnShape = { audioMs: 1000, deltaMs: 100, heardDeltas: 0, saidDeltas: 3 }

async function duplex(module: string, seconds: number): Promise<Duplex> {
  // Watching the loop costs more CPU than the sound does, so it is watched in a process of its own.
  const [{ cpuMs }, { delayMs }] = await Promise.all([once(module, seconds, false), once(module, seconds, true)])
  return { cpuMs: (cpuMs * 60) / seconds, delayMs }
}

async function once(module: string, seconds: number, watch: boolean): Promise<Duplex> {
  const pair = await connectPair(module)
  try {
    pair.client.tell({ do: 'duplex', last: responseId(seconds - 1), watch })
    pair.server.tell({ do: 'pace', turns: seconds, shape: SECOND })
    return await pair.client.hear('duplex')
  } finally {
    await pair.end()
  }
}

async function run(options: Options): Promise<Result[]> {
  const seconds = options.quick ? 8 : 60
  const rounds = options.quick ? 2 : 5
  const measured = await together(
    (await clients(true)).filter(({ name }) => name !== CORE).map(({ name, module }) => ({ name, measure: () => duplex(module, seconds) })),
    PEERS.openai,
    rounds,
    options,
  )
  const cpu = medians(measured, PEERS.openai, ({ cpuMs }) => cpuMs)
  const delay = medians(measured, PEERS.openai, ({ delayMs }) => delayMs)
  const ours = cpu.of('Parley')
  const note =
    `every message wakes the process by itself, which ${FLOOR} shows to be most of the cost here; main’s own code in Node, from the sound room’s frame to the socket and back, in real time. What Electron’s ports add is not in it, and the stand-in’s transport would falsify it; with Electron installed: “npx electron --cpu-prof .” during a minute of conversation, CPU of the main process`
  return [
    {
      goal: 6,
      name: 'main process: CPU per minute of sound both ways',
      ours,
      peers: { [PEERS.agents]: cpu.of(PEERS.agents), [PEERS.openai]: cpu.of(PEERS.openai), [FLOOR]: cpu.of(FLOOR) },
      unit: 'ms/min',
      ratio: ours / cpu.of(PEERS.agents),
      target: '≤ 100 ms and ≤ 0.4 × agents',
      met: ours <= 100 && ours <= cpu.of(PEERS.agents) * 0.4,
      rounds,
      control: cpu.control,
      void: isVoid(cpu.control),
      note: `${String(seconds)} s a round, everybody in the same minute; ${note}`,
    },
    {
      goal: 6,
      name: 'main process: wait for the event loop, p99',
      ours: delay.of('Parley'),
      peers: { [PEERS.agents]: delay.of(PEERS.agents), [PEERS.openai]: delay.of(PEERS.openai), [FLOOR]: delay.of(FLOOR) },
      unit: 'ms',
      ratio: null,
      target: '≤ 12 ms',
      met: delay.of('Parley') <= 12,
      rounds,
      control: null,
      void: false,
      note: 'monitorEventLoopDelay, resolution 1 ms; a busy machine is in it',
    },
  ]
}

export const goal: Goal = { number: 6, title: 'Main process under duplex sound', sound: false, run }
