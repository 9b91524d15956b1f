import { PEERS } from '../lib/peers.ts'
import { interleave, medians } from '../lib/rounds.ts'
import { isVoid } from '../lib/stats.ts'
import { CORE, FLOOR, streamContenders } from '../lib/stream-cpu.ts'
import { SHORT_TURN } from '../lib/turns.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

async function run(options: Options): Promise<Result[]> {
  const turns = options.quick ? 250 : 1000
  const rounds = options.quick ? 3 : 5
  const measured = await interleave(await streamContenders(turns, SHORT_TURN), PEERS.openai, rounds, options)
  const { of, control } = medians(measured, PEERS.openai, (cost) => cost.usPerEvent)
  const peers = { [PEERS.agents]: of(PEERS.agents), [PEERS.openai]: of(PEERS.openai), [FLOOR]: of(FLOOR) }
  const common = { goal: 1, peers, unit: 'µs CPU/event', rounds, control, void: isVoid(control) }
  const lines = (name: string, who: string, note: string): Result[] => [
    { ...common, name: `${name}, against agents`, ours: of(who), ratio: of(who) / of(PEERS.agents), target: '≤ 0.25 × agents', met: of(who) <= of(PEERS.agents) / 4, note },
    {
      ...common,
      name: `${name}, against openai`,
      ours: of(who),
      ratio: of(who) / of(PEERS.openai),
      target: '≤ 0.9 × openai',
      met: of(who) <= of(PEERS.openai) * 0.9,
      note: `openai keeps no conversation; ws + JSON.parse alone, without any client around it, are ${(of(FLOOR) / of(PEERS.openai)).toFixed(2)} × openai`,
    },
  ]
  return [
    ...lines('parse + reduce + transcript', CORE, `${String(turns)} turns of 56 events`),
    ...lines('the same with engine, session and playback', 'Parley', 'more than the goal asks: all of main that an event passes'),
  ]
}

export const goal: Goal = { number: 1, title: 'CPU per server event', sound: false, run }
