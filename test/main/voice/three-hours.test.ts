import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Json } from '../../realtime-server/index.ts'
import { codedSound, decode } from './coded-sound.ts'
import { Talk, useTalkClock } from './talk.ts'

const MINUTE = 60_000

beforeEach(useTalkClock)
afterEach(() => {
  vi.useRealTimers()
})

/** What a server has been told or has heard, as `role words`. */
function historyOf(items: readonly Json[]): string[] {
  return items
    .filter((item) => item['type'] === 'message')
    .map((item) => {
      const [part] = item['content'] as Json[]
      const words = part?.['text'] ?? part?.['transcript']
      return `${String(item['role'])} ${String(words)}`
    })
}

it(
  'an open line of three hours: three renewals, four sessions, one conversation, nothing lost at the seams',
  async () => {
    let answers = 0
    let turns = 0
      const talk = await Talk.open({
      mode: 'open_line',
      idleStopMs: 0,
      server: {
        answer: () => {
          const id = ++answers
          return { pcm: codedSound(id, 900), text: `Answer ${String(id)} has five words.` }
        },
        hearing: () => `Question ${String(++turns)}.`,
      },
    })
    const said: string[] = []
    let utterance = 100
    /** Speaks on the open line and hears the answer out. */
    const converse = async (): Promise<void> => {
      const number = answers + 1
      talk.say(++utterance, 600)
      await talk.until(() => talk.ear.heardMs(number) === 900, 20_000)
      await talk.until('ready')
      await talk.pass(100)
      said.push(`user Question ${String(number)}.`, `assistant Answer ${String(number)} has five words.`)
    }
    // Silence is skipped without sound; a word every four minutes keeps the line alive.
    for (let minute = 0; minute < 180; minute += 4) {
      await converse()
      await talk.skip(4 * MINUTE, 4000)
      await talk.pass(200)
    }
    await converse()
    const { connections } = talk.server
    // Closed by us, each when its successor stood.
    expect(connections.map(({ closed }) => closed?.code)).toEqual([1000, 1000, 1000, undefined])
    // Every utterance came whole to exactly one of the four.
    const arrived = connections.flatMap(({ commits }) => commits.flatMap(({ pcm }) => decode(pcm)))
    expect(arrived.map(({ id }) => id)).toEqual(Array.from({ length: utterance - 100 }, (_, i) => 101 + i))
    for (const found of arrived) expect(found).toMatchObject({ fromMs: 0, toMs: 600, breaks: 0 })
    // What is shown, and what the fourth server knows, is what was said and heard, in order.
    expect(talk.entries.map(({ role, text }) => `${role} ${text}`)).toEqual(said)
    expect(historyOf(connections[3]?.items ?? [])).toEqual(said)
    expect(talk.codes).toEqual([])
    expect(talk.faults).toEqual([])
    expect(await talk.end()).toEqual({ timers: 0, sockets: 0 })
  },
  120_000,
)

it('swaps without a gap: who speaks while the new session is made is heard whole, on one of the two', async () => {
  let answers = 0
  // A session as short as this one is renewed at half its life.
  const lives = (): { expires_at: number } => ({ expires_at: Math.floor(Date.now() / 1000) + 420 })
  const talk = await Talk.open({
    mode: 'open_line',
    server: { answer: () => ({ pcm: codedSound(++answers, 300), text: 'Yes.' }), updated: { delayMs: 300 }, session: lives() },
  })
  let utterance = 0
  const speak = async (inMs: number): Promise<number> => {
    const code = ++utterance
    const next = answers + 1
    talk.say(code, 500, inMs)
    await talk.until(() => talk.ear.heardMs(next) === 300 && talk.status.state === 'ready', 20_000)
    return code
  }
  for (const begin of [0, 60, 120, 180, 240, 300, 360]) {
    await speak(0)
    // A swap that was put off because somebody spoke comes now.
    await talk.skip(10_000, 1000)
    const before = talk.server.connections.length
    await talk.skip(110_000, 5000)
    expect(talk.server.connections).toHaveLength(before)
    talk.server.options.session = lives()
    await talk.until(() => talk.server.connections.length > before, 120_000)
    // The new session is being made for 300 ms from here.
    const code = await speak(begin)
    const found = talk.server.connections.flatMap(({ commits }) => commits.flatMap(({ pcm }) => decode(pcm))).filter(({ id }) => id === code)
    expect(found, `${String(begin)} ms into the swap`).toMatchObject([{ fromMs: 0, toMs: 500, breaks: 0 }])
  }
  expect(talk.server.connections.length).toBeGreaterThanOrEqual(8)
  expect(await talk.end()).toEqual({ timers: 0, sockets: 0 })
}, 120_000)

it('closes a line that nobody uses, and goes on where it was at the next press', async () => {
  let answers = 0
  const talk = await Talk.open({ mode: 'open_line', idleStopMs: 5 * MINUTE, server: { answer: () => ({ pcm: codedSound(++answers, 300), text: `Answer ${String(answers)}.` }) } })
  talk.say(50, 500)
  await talk.until(() => talk.ear.heardMs(1) === 300 && talk.status.state === 'ready')
  await talk.skip(6 * MINUTE, 5000)
  expect(talk.status).toMatchObject({ state: 'idle', active: false, notice: { code: 'idle_stopped' } })
  expect(talk.server.open).toBe(0)
  await talk.skip(60 * MINUTE, 60_000)
  expect(talk.server.connections).toHaveLength(1)
  talk.session.press()
  talk.say(51, 400, 60)
  await talk.pass(500)
  talk.session.release()
  await talk.until(() => talk.ear.heardMs(2) === 300)
  expect(talk.server.connections).toHaveLength(2)
  expect(talk.server.connection.items.map((item) => item['role'])).toEqual(['user', 'assistant', 'user', 'assistant'])
  expect(decode(talk.server.connection.commits[0]?.pcm ?? new Int16Array())).toMatchObject([{ id: 51, fromMs: 0, toMs: 400, breaks: 0 }])
  expect(await talk.end()).toEqual({ timers: 0, sockets: 0 })
}, 60_000)
