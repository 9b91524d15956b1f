import { bundleForMain, clientSource } from './bundle.ts'
import { PEERS } from './peers.ts'
import { connectPair } from './processes.ts'
import type { Contender } from './rounds.ts'
import { eventsPerTurn, responseId, transcriptLength, type TurnShape } from './turns.ts'

export interface StreamCost {
  /** CPU of the client's process per event, µs. */
  usPerEvent: number
  /** Client's clock, events per s. */
  eventsPerSecond: number
}

/** Streams so many turns to a client in a fresh process and returns what it cost. @throws when the client lost any of it */
export async function streamCost(module: string, turns: number, shape: TurnShape, execArgv: string[] = []): Promise<StreamCost> {
  const pair = await connectPair(module, execArgv)
  try {
    const last = responseId(turns - 1)
    pair.client.tell({ do: 'events', last })
    pair.server.tell({ do: 'stream', turns, from: 0, shape })
    const { cpuMs, wallMs, audioBytes, transcript } = await pair.client.hear('events')
    const expected = turns * shape.audioMs * 48
    if (audioBytes !== expected) throw new Error(`${module}: ${String(audioBytes)} of ${String(expected)} bytes of sound arrived`)
    const characters = transcriptLength(shape, turns)
    if (transcript !== null && transcript !== characters) throw new Error(`${module}: ${String(transcript)} of ${String(characters)} characters in the transcript`)
    const events = eventsPerTurn(shape) * turns
    return { usPerEvent: (cpuMs * 1000) / events, eventsPerSecond: (events * 1000) / wallMs }
  } finally {
    await pair.end()
  }
}

/** Connection, parser and conversation alone. */
export const CORE = 'Parley, parse + reduce'
/** Nothing but `ws`, `JSON.parse` and base64: where the platform's own cost ends. */
export const FLOOR = 'ws + JSON.parse alone'

/** Parley, bundled as it ships, and its peers, as they are installed. */
export async function clients(parts = false): Promise<{ name: string; module: string }[]> {
  const own = parts
    ? [
        { name: CORE, module: await bundleForMain('ours-core') },
        { name: FLOOR, module: await bundleForMain('plain') },
      ]
    : []
  return [
    ...own,
    { name: 'Parley', module: await bundleForMain('ours') },
    { name: PEERS.openai, module: clientSource('openai') },
    { name: PEERS.agents, module: clientSource('agents') },
  ]
}

export async function streamContenders(turns: number, shape: TurnShape): Promise<Contender<StreamCost>[]> {
  return (await clients(true)).map(({ name, module }) => ({ name, measure: () => streamCost(module, turns, shape) }))
}
