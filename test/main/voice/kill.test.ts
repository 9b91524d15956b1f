import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { startRealtimeServer, tone } from '../../realtime-server/index.ts'
import { makeHistory, temporaryFolder } from '../storage/history/helpers.ts'

const CHILD = fileURLToPath(new URL('./kill-child.ts', import.meta.url))
/** How often a conversation is killed: more with PARLEY_KILLS. */
const KILLS = Number(process.env['PARLEY_KILLS'] ?? 5)
/** Conversations at the same time. */
const WIDTH = 5
/** What a killed process may lose, ms. */
const ALLOWED_MS = 1000

/** Numbered words, so that a missing one is seen. */
const STORY = Array.from({ length: 200 }, (_, i) => `word${String(i)}`).join(' ')

interface Word {
  id: string
  at: number
  words: string
}

/** Lets a conversation run, kills it, and compares what is kept with what had reached it. @returns ms lost, and words kept */
async function round(cache: string): Promise<{ lostMs: number; kept: number; turns: number }> {
  const file = join(await temporaryFolder(), 'history.db')
  const server = await startRealtimeServer({ forgetful: true, answer: { pcm: tone(10_000), text: STORY, speed: 1, chunkMs: 50 }, hearing: 'What is it?' })
  try {
    const child = spawn(process.execPath, [CHILD, file, server.url], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_COMPILE_CACHE: cache } })
    const told = text(child.stdout)
    const complaints = text(child.stderr)
    await once(child.stdout, 'data')
    await wait(ALLOWED_MS + 500 + Math.random() * 4000)
    child.kill('SIGKILL')
    const killed = Date.now()
    await once(child, 'close')
    expect(await complaints).toBe('')
    // The last line may be cut.
    const said = (await told).split('\n').slice(0, -1).map((line): Word => {
      const [id = '', at = '', ...words] = line.split(' ')
      return { id, at: Number(at), words: JSON.parse(words.join(' ')) as string }
    })

    const { history } = makeHistory()
    expect(await history.open(file)).toEqual({ state: 'open' })
    const kept = new Map((await history.entries('conv')).map(({ entry }) => [entry.id, entry.text]))
    await history.close()
    const reached = new Map<string, string>()
    let firstLost = killed
    for (const { id, at, words } of said) {
      const whole = `${reached.get(id) ?? ''}${words}`
      reached.set(id, whole)
      if (!(kept.get(id) ?? '').startsWith(whole.trim())) firstLost = Math.min(firstLost, at)
    }
    // And nothing that was never said.
    for (const [id, words] of kept) if (reached.has(id)) expect(STORY.startsWith(words) || words.startsWith('Typed ')).toBe(true)
    return { lostMs: killed - firstLost, kept: [...kept.values()].join(' ').length, turns: kept.size }
  } finally {
    await server.stop()
  }
}

it(
  `kill -9 in the middle of a conversation loses at most the last second of it (${String(KILLS)} times)`,
  async () => {
    const cache = await temporaryFolder()
    const outcomes: Awaited<ReturnType<typeof round>>[] = []
    while (outcomes.length < KILLS) {
      outcomes.push(...(await Promise.all(Array.from({ length: Math.min(WIDTH, KILLS - outcomes.length) }, () => round(cache)))))
    }
    const worst = Math.max(...outcomes.map(({ lostMs }) => lostMs))
    console.log(`killed ${String(outcomes.length)} conversations: at most ${String(worst)} ms lost, ${String(Math.min(...outcomes.map(({ kept }) => kept)))} characters kept at least`)
    for (const outcome of outcomes) {
      expect(outcome.lostMs, JSON.stringify(outcome)).toBeLessThanOrEqual(ALLOWED_MS)
      expect(outcome.turns, JSON.stringify(outcome)).toBeGreaterThanOrEqual(1)
      expect(outcome.kept, JSON.stringify(outcome)).toBeGreaterThan(0)
    }
  },
  // Ten seconds each in rounds of five, and as much again where the computer is busy.
  60_000 + KILLS * 20_000,
)
