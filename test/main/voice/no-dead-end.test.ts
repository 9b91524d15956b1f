import { describe, expect, it } from 'vitest'
import { defineTool } from '../../../main/voice/tools/tool.ts'
import { z } from '../../../shared/zod.ts'
import type { Json, RealtimeServerOptions } from '../../realtime-server/index.ts'
import { codedSound } from './coded-sound.ts'
import { type Talk, useTalks } from './talk.ts'

/**
 * No state without a way out: whatever a server, a speaker or a microphone owes and never gives,
 * the conversation says so in time and takes the next turn.
 */

const { open } = useTalks()

/** Lets a server swallow events of its first answer. @param lost those that are not sent */
function swallowing(lost: (event: Json) => boolean): RealtimeServerOptions {
  let first: unknown
  let answers = 0
  return {
    answer: () => ({ pcm: codedSound(++answers, 800), text: 'This is an answer.', speed: 5 }),
    tamper: (event) => {
      const response = (event['response'] as Json | undefined)?.['id'] ?? event['response_id']
      if (event['type'] === 'response.created') first ??= response
      return response !== undefined && response === first && lost(event) ? [] : [event]
    },
  }
}

/** Says something and expects its answer. */
async function answered(talk: Talk, id: number): Promise<void> {
  talk.session.sendText('And now?')
  await talk.until(() => talk.ear.heardMs(id) >= 700, 8000)
  await talk.until('ready')
}

describe('an answer that is owed', () => {
  it('and never begins is not waited for, nor its late beginning heard, and the next turn is answered', async () => {
    const talk = await open({ server: swallowing(() => true) })
    talk.session.sendText('Hello')
    await talk.pass(1000)
    expect(talk.status.state).toBe('thinking')
    await talk.skip(30_000)
    expect(talk.status.state).toBe('ready')
    expect(talk.codes).toEqual(['response_failed'])
    await answered(talk, 2)
    expect(talk.ear.heardMs(1)).toBe(0)
  })

  it('and waits for a limit to pass is asked for by the next connection when this one is lost meanwhile, and once', async () => {
    const talk = await open({ server: { answer: [{ outcome: { status: 'failed', code: 'rate_limit_exceeded' } }, { pcm: codedSound(2, 800), text: 'It is here.' }, { pcm: codedSound(3, 800) }] } })
    talk.session.sendText('Hello')
    await talk.until(() => talk.codes.includes('response_waits'))
    talk.server.connection.drop()
    await talk.until(() => talk.ear.heardMs(2) >= 790, 10_000)
    await talk.until('ready')
    await talk.skip(30_000)
    expect(talk.ear.heardMs(3)).toBe(0)
    expect(talk.entries.map(({ text }) => text).filter((text) => text !== '')).toEqual(['Hello', 'It is here.'])
    // Answered now: another loss asks for nothing.
    talk.server.connection.drop()
    await talk.skip(10_000)
    expect(talk.ear.heardMs(3)).toBe(0)
    expect(talk.status.state).toBe('ready')
  })

  it('and does not go on is stopped after a minute of silence: the part that was heard is told', async () => {
    const talk = await open({ server: { answer: [{ pcm: codedSound(1, 5000), text: 'One two three four.', break: { afterMs: 400, how: 'stall' } }, { pcm: codedSound(2, 800) }] } })
    talk.session.sendText('Hello')
    await talk.until(() => talk.ear.heardMs(1) >= 390)
    await talk.pass(200)
    expect(talk.status.state).toBe('speaking')
    await talk.skip(50_000)
    expect(talk.codes).toEqual([])
    await talk.skip(11_000)
    await talk.pass(50)
    expect(talk.status.state).toBe('ready')
    expect(talk.codes).toEqual(['response_failed'])
    expect(talk.sentOf('response.cancel')).toHaveLength(1)
    expect(talk.server.truncates.map(({ audio_end_ms }) => audio_end_ms)).toEqual([400])
    await answered(talk, 2)
  })

  it('and is long, but still sounds, is not stopped', async () => {
    const talk = await open({ server: { answer: { pcm: codedSound(1, 31_000), speed: 'burst', further: [{ pcm: codedSound(2, 31_000) }, { pcm: codedSound(3, 8_000) }], break: { afterMs: 70_000, how: 'stall' } } } })
    talk.session.sendText('Hello')
    await talk.until(() => talk.ear.heardMs(3) >= 7900, 80_000)
    expect(talk.codes).toEqual([])
  })

  it('and whose end never comes, though it was cut, does not keep the next one waiting', async () => {
    const talk = await open({ server: swallowing((event) => event['type'] === 'response.done') })
    talk.session.sendText('Hello')
    await talk.until(() => talk.ear.heardMs(1) >= 200)
    await answered(talk, 2)
    expect(talk.codes).toEqual([])
  })

  it('and is refused by a server that does not say what it refuses, is given up soon', async () => {
    const server = swallowing(() => true)
    const talk = await open({ server })
    const { tamper } = server
    talk.server.options.tamper = (event, number) => {
      const out = tamper?.(event, number) ?? []
      const refused = event['type'] === 'response.created' && out.length === 0
      return refused ? [{ type: 'error', event_id: 'e', error: { type: 'server_error', code: 'odd', message: 'No.', param: null, event_id: null } }] : out
    }
    talk.session.sendText('Hello')
    await talk.pass(1000)
    expect(talk.status.state).toBe('thinking')
    await talk.skip(5000)
    expect(talk.status.state).toBe('ready')
    expect(talk.codes.at(-1)).toBe('response_failed')
    await answered(talk, 2)
  })

  it('can still be cut off before it begins when something else was remarked meanwhile', async () => {
    const talk = await open({ server: { answer: { pcm: codedSound(1, 800), delayMs: 500 } } })
    talk.session.sendText('Hello')
    await talk.pass(100)
    talk.server.connection.sendRaw('{"type":')
    await talk.pass(50)
    expect(talk.codes).toEqual(['protocol_error'])
    expect(talk.status.state).toBe('thinking')
    talk.session.stopAnswer()
    await talk.pass(2000)
    expect(talk.ear.heardMs(1)).toBe(0)
  })
})

it('a function whose result nobody waits for any more ends the waiting, though nothing else happens then', async () => {
  const look = defineTool({ name: 'look', description: 'Takes a while.', args: z.object({}), run: () => new Promise((resolve) => setTimeout(() => resolve('seen'), 1500)) })
  const talk = await open({ mode: 'open_line', tools: [look], server: { answer: [{ functionCall: { name: 'look', arguments: '{}' } }, { pcm: codedSound(1, 500), speed: 'burst' }] } })
  talk.session.sendText('Look.')
  await talk.pass(100)
  expect(talk.status.state).toBe('thinking')
  talk.session.sendText('Never mind. What time is it?')
  await talk.until(() => talk.ear.heardMs(1) >= 490)
  await talk.pass(100)
  expect(talk.status.state).toBe('thinking')
  await talk.pass(1500)
  expect(talk.sentOf('conversation.item.create')).toHaveLength(3)
  expect(talk.status.state).toBe('ready')
})

describe('on the open line', () => {
  it('a server that would stop an answer by itself, and does not, is told to', async () => {
    const talk = await open({ mode: 'open_line', server: swallowing((event) => event['type'] === 'response.done') })
    talk.session.sendText('Hello')
    await talk.until(() => talk.ear.heardMs(1) >= 200)
    talk.say(7, 500)
    await talk.pass(600)
    expect(talk.sentOf('response.cancel')).toEqual([])
    await talk.pass(5000)
    expect(talk.sentOf('response.cancel')).toHaveLength(1)
    await talk.until('ready')
  })

  it('a server that hears somebody hears the end of it when the microphone is gone', async () => {
    const talk = await open({ mode: 'open_line', server: { answer: { pcm: codedSound(1, 300) } } })
    await talk.pass(200)
    talk.say(7, 10_000)
    await talk.until('listening')
    await talk.pass(300)
    talk.room.microphoneProblem = 'missing'
    talk.room.post({ type: 'close_microphone' })
    talk.room.emit({ type: 'microphone_ended' })
    await talk.until(() => talk.ear.heardMs(1) >= 290, 3000)
    await talk.until('ready')
    expect(talk.status).toMatchObject({ microphone: 'off', notice: { code: 'microphone_missing' } })
  })

  it('somebody who is heard without an end is no person: the line is closed', async () => {
    const talk = await open({ mode: 'open_line', idleStopMs: 120_000 })
    talk.server.connection.send({ type: 'input_audio_buffer.speech_started', audio_start_ms: 0, item_id: 'item_noise' })
    await talk.pass(20)
    expect(talk.status.state).toBe('listening')
    await talk.skip(126_000)
    expect(talk.status).toMatchObject({ state: 'idle', notice: { code: 'idle_stopped' } })
  })
})

describe('sound that is owed', () => {
  it('is not waited for for ever when the speaker is gone, and is not called speaking', async () => {
    const talk = await open({ server: { answer: [{ pcm: codedSound(1, 5000), speed: 'burst' }, { pcm: codedSound(2, 800) }] } })
    talk.session.sendText('Hello')
    await talk.until(() => talk.ear.heardMs(1) >= 1000)
    talk.room.emit({ type: 'speaker_problem', broken: true, message: '' })
    expect(talk.status.state).toBe('ready')
    // The sound room stands still.
    await talk.skip(35_000)
    expect(talk.codes).toContain('speaker_failed')
    expect(talk.server.truncates).toHaveLength(1)
    talk.room.emit({ type: 'speaker_problem', broken: false, message: '' })
    await answered(talk, 2)
    expect(Math.abs(talk.ear.heardMs(1) - (talk.server.truncates[0]?.audio_end_ms ?? 0))).toBeLessThanOrEqual(50)
  })

  it('does not hold back what is typed into the next conversation', async () => {
    let answers = 0
    const talk = await open({ server: { answer: () => ({ pcm: codedSound(++answers, 3000) }) } })
    talk.session.sendText('Hello')
    await talk.until(() => talk.ear.heardMs(1) >= 500)
    talk.session.end()
    talk.session.sendText('And now?')
    // The new line stands before the sound room has said that it is silent.
    await talk.skip(300, 50)
    expect(talk.status.active).toBe(true)
    await talk.until(() => talk.ear.heardMs(2) >= 700, 3000)
  })
})

it('a computer that never says that it is awake again is woken by whoever uses it', async () => {
  const talk = await open({ server: { answer: { pcm: codedSound(1, 500) } } })
  talk.session.suspend()
  await talk.skip(10_000)
  expect(talk.status.state).toBe('reconnecting')
  talk.session.sendText('Hello')
  await talk.until(() => talk.ear.heardMs(1) >= 490, 5000)
})

it('a computer that wakes does not go on speaking where it fell asleep, and remembers what was heard', async () => {
  const talk = await open({ server: { answer: { pcm: codedSound(1, 3000), text: 'One two three four five six.', speed: 'burst' } } })
  talk.session.sendText('Hello')
  await talk.until(() => talk.ear.heardMs(1) >= 1500)
  talk.session.suspend()
  await talk.pass(50)
  const heardMs = talk.ear.heardMs(1)
  await talk.skip(100_000)
  talk.session.resume()
  await talk.until('ready', 3000)
  await talk.pass(2000)
  expect(talk.ear.heardMs(1)).toBe(heardMs)
  expect(heardMs).toBeLessThan(1520)
  expect(talk.entries.at(-1)?.heard?.cut).toBe(true)
  expect(Math.abs((talk.entries.at(-1)?.heard?.ms ?? 0) - heardMs)).toBeLessThanOrEqual(10)
  expect(talk.server.connection.items.at(-1)).toMatchObject({ content: [{ type: 'output_text', text: 'One two three' }] })
})
