import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Person } from './soak/person.ts'
import { useTalkClock } from './talk.ts'

/** 200 in `npm test`, 2,000 in `npm run test:long`. */
const TURNS = Number(process.env['PARLEY_TURNS'] ?? 200)
/** Turns of one conversation; every conversation has its own seed. */
const LENGTH = Math.min(TURNS, 50)
/** The same in every run of `npm test`, so that it fails for what was changed; by chance in `npm run test:long`. */
const SEED = Number(process.env['PARLEY_SEED'] ?? 1)
/** Growth of the heap that is no leak, bytes. */
const FLAT = 6_000_000

const chance = Math.random
beforeEach(useTalkClock)
afterEach(() => {
  vi.useRealTimers()
  Math.random = chance
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

async function heap(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Handles that keep a process alive, by kind. */
function resources(): Record<string, number> {
  const kinds = ['TCPSocketWrap', 'TCPServerWrap']
  const all = process.getActiveResourcesInfo()
  return Object.fromEntries(kinds.map((kind) => [kind, all.filter((one) => one === kind).length]))
}

it(
  `a conversation of ${String(TURNS)} turns survives every fault, and is what was really said and heard`,
  async () => {
    const began = process.hrtime.bigint()
    const total = { conversations: 0, minutes: 0, faults: new Map<string, number>(), truncates: 0, deletes: 0, cuts: 0, responses: 0, commits: 0 }
    const heaps: number[] = []
    const before = resources()
    for (let done = 0; done < TURNS; done += LENGTH) {
      const seed = (SEED + total.conversations) >>> 0
      const person = new Person(seed)
      const talk = await person.begin()
      const where = (): string => `PARLEY_SEED=${String(seed)} PARLEY_TURNS=${String(Math.min(LENGTH, TURNS))}\n${person.diary.slice(-25).join('\n')}\n${talk.words.slice(-12).join(' ')}; ${talk.codes.slice(-5).join(' ')}\n`
      try {
        for (let turn = 0; turn < LENGTH; turn++) expect(await person.turn(), where()).toEqual([])
      } catch (problem) {
        console.error(where())
        throw problem
      } finally {
        const left = await talk.end()
        expect.soft(left, where()).toEqual({ timers: 0, sockets: 0 })
      }
      total.conversations++
      total.minutes += talk.room.now / 60_000
      for (const [what, times] of person.faults) total.faults.set(what, (total.faults.get(what) ?? 0) + times)
      for (const key of ['truncates', 'deletes', 'cuts', 'responses', 'commits'] as const) total[key] += person.ledger.counts[key]
      heaps.push(await heap())
    }
    expect(resources()).toEqual(before)
    const quarter = heaps[Math.floor((heaps.length - 1) / 4)] ?? 0
    const last = heaps.at(-1) ?? 0
    const seconds = Number(process.hrtime.bigint() - began) / 1e9
    const faults = [...total.faults.values()].reduce((sum, times) => sum + times, 0)
    console.log(
      `${String(TURNS)} turns in ${String(total.conversations)} conversations from seed ${String(SEED)}: ${total.minutes.toFixed(0)} min of talk in ${seconds.toFixed(1)} s; ` +
        `${String(total.responses)} answers, ${String(total.commits)} spoken turns, ${String(total.cuts)} cuts, ${String(total.truncates)} truncates, ${String(total.deletes)} deletes; ` +
        `${String(faults)} faults (${[...total.faults].map(([what, times]) => `${what} ${String(times)}`).join(', ')}); ` +
        `heap ${(quarter / 1e6).toFixed(1)} MB at 25 %, ${(last / 1e6).toFixed(1)} MB at the end`,
    )
    expect(last - quarter).toBeLessThan(FLAT)
  },
  60_000 + TURNS * 3_000,
)
