import { describe, expect, it } from 'vitest'
import { isObject, type Json } from '../../realtime-server/wire.ts'
import { codedSound } from './coded-sound.ts'
import { type Talk, type TalkOptions, useTalks } from './talk.ts'

/**
 * An answer goes on sounding after its connection is gone. The next session is told what was heard
 * of it: all of that, once, in its place, and nothing that was not heard.
 */

const WORDS = 'One two three four five six seven eight nine ten.'
/** All of it is there long before it has been heard. */
const ANSWER = { pcm: codedSound(1, 3000), text: WORDS, speed: 'burst' } as const

const { open } = useTalks()

/** A conversation whose first connection is cut while its answer sounds. */
async function cutOff(atMs: number, server: TalkOptions['server'] = { answer: ANSWER }): Promise<Talk> {
  const talk = await open({ server })
  talk.session.sendText('Count.')
  await talk.until(() => talk.ear.heardMs(1) >= atMs)
  talk.server.connection.drop()
  await talk.pass(10)
  expect(talk.status).toMatchObject({ state: 'speaking', connecting: true })
  return talk
}

/** What the newest session knows, in order. */
function known(talk: Talk): string[] {
  return talk.server.connection.items.map((item) => {
    const [part] = Array.isArray(item['content']) ? item['content'].filter(isObject) : []
    return `${String(item['role'])}: ${String(part?.['text'])}`
  })
}

/** What servers refused. */
function refused(talk: Talk): Json[] {
  return talk.server.connections.flatMap(({ sent }) => sent.map(({ event }) => event).filter((event) => event['type'] === 'error'))
}

describe('an answer that outlives its connection', () => {
  it('is told whole once it has been heard to its end, and not before', async () => {
    const talk = await cutOff(500)
    await talk.until(() => !talk.status.connecting, 5000)
    expect(talk.status.state).toBe('speaking')
    expect(known(talk)).toEqual(['user: Count.'])
    await talk.until('ready')
    await talk.pass(50)
    expect(talk.ear.heardMs(1)).toBe(3000)
    expect(known(talk)).toEqual(['user: Count.', `assistant: ${WORDS}`])
    talk.session.sendText('Go on.')
    await talk.until('speaking')
    expect(known(talk).slice(0, 3)).toEqual(['user: Count.', `assistant: ${WORDS}`, 'user: Go on.'])
    expect(refused(talk)).toEqual([])
  })

  it('and is cut off in the next one, is told as far as it was heard, before the turn that cut it off', async () => {
    const talk = await cutOff(300)
    await talk.until(() => talk.ear.heardMs(1) >= 1500)
    expect(talk.status.connecting).toBe(false)
    talk.session.sendText('Stop.')
    await talk.pass(100)
    expect(known(talk).slice(0, 3)).toEqual(['user: Count.', 'assistant: One two three four five', 'user: Stop.'])
    expect(talk.server.truncates).toEqual([])
    expect(refused(talk)).toEqual([])
  })

  it('is told at the beginning of the next one where it was over by then', async () => {
    const talk = await cutOff(2700)
    await talk.until('ready')
    expect(known(talk)).toEqual(['user: Count.', `assistant: ${WORDS}`])
    expect(talk.sentOf('conversation.item.create')).toHaveLength(3)
  })

  it('is told where it was over while the next one was being made', async () => {
    const server: NonNullable<TalkOptions['server']> = { answer: ANSWER }
    const talk = await cutOff(500, server)
    talk.server.options.updated = { delayMs: 4000 }
    await talk.until('ready')
    expect(talk.ear.heardMs(1)).toBe(3000)
    await talk.pass(50)
    expect(known(talk)).toEqual(['user: Count.', `assistant: ${WORDS}`])
  })

  it('is told to the one after where the next one is lost as well', async () => {
    const talk = await cutOff(100)
    await talk.until(() => !talk.status.connecting, 5000)
    talk.server.connection.drop()
    await talk.until('ready')
    await talk.pass(50)
    expect(talk.server.connections).toHaveLength(3)
    expect(known(talk)).toEqual(['user: Count.', `assistant: ${WORDS}`])
  })

  it('and whose rest never came, is not taken for heard whole though all that came was', async () => {
    const talk = await cutOff(500, { answer: { ...ANSWER, speed: 2, chunkMs: 100 } })
    await talk.until('ready')
    await talk.pass(50)
    const heardMs = talk.ear.heardMs(1)
    expect(heardMs).toBeLessThan(1500)
    const entry = talk.entries.at(-1)
    expect(entry?.heard).toMatchObject({ ms: heardMs, cut: true })
    expect(entry?.heard?.chars).toBeLessThan((WORDS.length * heardMs) / 3000 + 5)
    expect(known(talk)).toEqual(['user: Count.', `assistant: ${WORDS.slice(0, entry?.heard?.chars)}`])
  })
})

it('what was typed while the connection was away is sent once', async () => {
  const talk = await cutOff(2900)
  talk.session.sendText('Go on.')
  await talk.until(() => talk.server.connections.length === 2 && talk.status.state === 'speaking', 10_000)
  expect(known(talk).filter((one) => one === 'user: Go on.')).toHaveLength(1)
  expect(refused(talk)).toEqual([])
  expect(talk.codes).toEqual([])
})
