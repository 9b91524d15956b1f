import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { defineTool } from '../../../main/voice/tools/tool.ts'
import { z } from '../../../shared/zod.ts'
import type { Json } from '../../realtime-server/index.ts'
import { codedSound, decode } from './coded-sound.ts'
import { type Talk, useTalks } from './talk.ts'

/**
 * What others' users reported, each as a test that fails where Parley does the same
 * (behaviour.md §14, whose numbers and addresses these are).
 */

/** The lesson's leeway: a truncate may differ from what was heard by so much, ms (audio/goals.md 9). */
const EXACT_MS = 10

const { open, begin } = useTalks()

/** Errors that the server answered with. */
function refusals(talk: Talk): unknown[] {
  return talk.server.connections.flatMap(({ sent }) => sent.flatMap(({ event }) => (event['type'] === 'error' ? [event['error']] : [])))
}

/** Begins an answer and lets `ms` of it be heard. */
async function hearOf(talk: Talk, id: number, ms: number): Promise<void> {
  talk.session.sendText('Tell me.')
  await talk.until(() => talk.ear.heardMs(id) >= ms, 30_000)
}

/** Where an event stands among all that went over the newest connection. */
function order(talk: Talk, direction: 'sent' | 'received', wanted: (event: Json) => boolean): number {
  const found = talk.server.connection[direction].findLast(({ event }) => wanted(event))
  if (!found) throw new Error('there is no such event')
  return found.at
}

const is =
  (type: string) =>
  (event: Json): boolean =>
    event['type'] === type

const SLOW = { pcm: codedSound(1, 4000), text: 'You wanted two quotes before Friday and one for the roof.', speed: 2, chunkMs: 100 }

describe('cutting an answer off', () => {
  it('I-1: tells what was heard, not how long ago the answer began, and never more than was received', async () => {
    const talk = await open({ server: { answer: { ...SLOW, speed: 'burst', stalls: [{ afterMs: 400, forMs: 900 }] } } })
    await hearOf(talk, 1, 700)
    talk.session.stopAnswer()
    await talk.pass(100)
    const [cut, ...more] = talk.server.truncates
    expect(more).toEqual([])
    expect(cut?.accepted).toBe(true)
    expect(Math.abs((cut?.audio_end_ms ?? 0) - talk.ear.heardMs(1))).toBeLessThanOrEqual(EXACT_MS)
  })

  it('I-1: in every way of cutting in: a press, typing, the stop button, speech', async () => {
    const ways: ((talk: Talk) => void)[] = [
      (talk) => {
        talk.session.press()
      },
      (talk) => {
        talk.session.sendText('Wait.')
      },
      (talk) => {
        talk.session.stopAnswer()
      },
      (talk) => {
        talk.say(9, 400)
      },
    ]
    for (const [i, way] of ways.entries()) {
      const talk = await open({ mode: i === 3 ? 'open_line' : 'hold', server: { answer: [{ ...SLOW, stalls: [{ afterMs: 200, forMs: 800 }] }, { pcm: codedSound(2, 100) }] } })
      await hearOf(talk, 1, 300)
      way(talk)
      await talk.pass(600)
      const [cut, ...more] = talk.server.truncates
      expect(more).toEqual([])
      expect(cut?.accepted, String(i)).toBe(true)
      expect(Math.abs((cut?.audio_end_ms ?? 0) - talk.ear.heardMs(1))).toBeLessThanOrEqual(EXACT_MS)
    }
  })

  it('I-2: a truncate that the server refuses costs nothing but itself', async () => {
    const talk = await open({
      server: {
        answer: [SLOW, { pcm: codedSound(2, 300) }],
        tamper: (event) =>
          event['type'] === 'conversation.item.truncated'
            ? [{ type: 'error', event_id: 'e', error: { type: 'invalid_request_error', code: 'invalid_value', message: 'Audio content of 800ms is already shorter than 885ms', param: null, event_id: talk.sentOf('conversation.item.truncate')[0]?.['event_id'] } }]
            : [event],
      },
    })
    await hearOf(talk, 1, 500)
    talk.session.stopAnswer()
    await talk.pass(200)
    expect(refusals(talk)).toHaveLength(1)
    await hearOf(talk, 2, 300)
    expect(talk.server.connections).toHaveLength(1)
    expect(talk.codes).toEqual([])
  })

  it('I-3: under server turn detection it truncates, and leaves the cancelling to the server', async () => {
    let held: Json | null = null
    const talk = await open({
      mode: 'open_line',
      server: {
        answer: [SLOW, { pcm: codedSound(2, 300) }],
        // The word that it is over comes later than the cut.
        tamper: (event) => {
          if (held !== null || event['type'] !== 'response.done') return [event]
          held = event
          return []
        },
      },
    })
    talk.say(10, 400)
    await talk.until(() => talk.ear.heardMs(1) >= 600)
    talk.say(11, 400)
    await talk.until(() => held !== null)
    await talk.pass(60)
    if (held !== null) talk.server.connection.send(held)
    await talk.pass(300)
    expect(talk.sent).not.toContain('response.cancel')
    expect(talk.server.truncates).toHaveLength(1)
    expect(Math.abs((talk.server.truncates[0]?.audio_end_ms ?? 0) - talk.ear.heardMs(1))).toBeLessThanOrEqual(EXACT_MS)
  })

  it('I-4: typing interrupts: local silence first, then cancel, truncate, the text, and the answer after response.done', async () => {
    const talk = await open({ server: { answer: [{ ...SLOW, speed: 'burst' }, { pcm: codedSound(2, 300) }] } })
    await hearOf(talk, 1, 500)
    talk.session.sendText('Stop, something else.')
    await talk.pass(10)
    const heard = talk.ear.heardMs(1)
    await talk.pass(200)
    expect(talk.ear.heardMs(1)).toBe(heard)
    expect(heard).toBeLessThanOrEqual(515)
    expect(talk.sent.slice(-3)).toEqual(['conversation.item.truncate', 'conversation.item.create', 'response.create'])
    await talk.until(() => talk.ear.heardMs(2) === 300)
  })

  it('I-4: … and while the answer is still being generated', async () => {
    const talk = await open({ server: { answer: [SLOW, { pcm: codedSound(2, 300) }] } })
    await hearOf(talk, 1, 500)
    talk.session.sendText('Stop, something else.')
    await talk.until(() => talk.ear.heardMs(2) === 300)
    expect(talk.sent.slice(-4)).toEqual(['response.cancel', 'conversation.item.truncate', 'conversation.item.create', 'response.create'])
    expect(order(talk, 'received', is('response.create'))).toBeGreaterThanOrEqual(
      order(talk, 'sent', (event) => is('response.done')(event) && JSON.stringify(event).includes('"cancelled"')),
    )
    expect(refusals(talk)).toEqual([])
  })

  it('I-7: with nothing heard it deletes and never truncates at 0', async () => {
    const talk = await open({ server: { answer: [{ ...SLOW, speed: 'burst' }, { pcm: codedSound(2, 300) }] } })
    talk.session.sendText('Tell me.')
    await talk.until(() => talk.server.connection.sentTypes.includes('response.output_audio.delta'))
    talk.session.stopAnswer()
    await talk.pass(100)
    expect(talk.ear.found.size).toBe(0)
    expect(talk.server.truncates).toEqual([])
    expect(talk.sentOf('conversation.item.delete')).toHaveLength(1)
    expect(talk.server.connection.items.map((item) => item['role'])).toEqual(['user'])
    expect(refusals(talk)).toEqual([])
  })

  it('I-7: the model does not remember an answer that was stopped before its first sound', async () => {
    const talk = await open({ server: { answer: [{ ...SLOW, delayMs: 200 }, { pcm: codedSound(2, 300) }] } })
    talk.session.sendText('Tell me.')
    await talk.pass(100)
    talk.session.stopAnswer()
    await talk.pass(500)
    expect(talk.ear.found.size).toBe(0)
    expect(talk.server.connection.items.map((item) => item['role'])).toEqual(['user'])
    expect(refusals(talk)).toEqual([])
  })

  it('I-8: the transcript keeps what was heard, marked, and the next session is told no more than that', async () => {
    const talk = await open({ server: { answer: [SLOW, { pcm: codedSound(2, 300) }] } })
    await hearOf(talk, 1, 2000)
    talk.session.stopAnswer()
    await talk.pass(200)
    const entry = talk.entries.at(-1)
    expect(entry?.heard).toMatchObject({ cut: true })
    expect(Math.abs((entry?.heard?.ms ?? 0) - talk.ear.heardMs(1))).toBeLessThanOrEqual(EXACT_MS)
    const heard = entry?.text.slice(0, entry.heard?.chars).trim() ?? ''
    expect(heard).not.toBe('')
    expect(heard.length).toBeLessThan(SLOW.text.length)
    expect(SLOW.text.startsWith(heard)).toBe(true)
    talk.server.connection.drop()
    await talk.until(() => talk.server.connections.length === 2 && talk.status.state === 'ready')
    expect(talk.server.connection.items).toMatchObject([{ role: 'user' }, { role: 'assistant', content: [{ type: 'output_text', text: heard }] }])
  })

  it('I-12: an answer stopped before it was created is cancelled by id when it appears, and never heard', async () => {
    const talk = await open({ server: { answer: [{ ...SLOW, delayMs: 300 }, { pcm: codedSound(2, 300) }] } })
    talk.session.sendText('Tell me.')
    await talk.pass(50)
    talk.session.stopAnswer()
    await talk.pass(1500)
    const created = talk.server.connection.sent.find(({ event }) => event['type'] === 'response.created')?.event
    expect(talk.sentOf('response.cancel')).toMatchObject([{ response_id: (created?.['response'] as Json)['id'] }])
    expect(talk.ear.found.size).toBe(0)
    await hearOf(talk, 2, 300)
  })

  it('I-14: of several items in one answer the one that sounds is truncated and the unheard one deleted', async () => {
    const answer = { ...SLOW, pcm: codedSound(1, 900), text: 'One moment please.', further: [{ pcm: codedSound(3, 1500), text: 'Here it is.' }], speed: 20 }
    const talk = await open({ server: { answer: [answer, { ...answer, pcm: codedSound(4, 900), further: [{ pcm: codedSound(5, 1500), text: 'Here it is.' }] }] } })
    await hearOf(talk, 3, 1500)
    expect([1, 3].map((id) => talk.ear.found.get(id))).toMatchObject([{ toMs: 900, breaks: 0 }, { toMs: 1500, breaks: 0 }])
    await talk.until('ready')
    await hearOf(talk, 4, 400)
    talk.session.stopAnswer()
    await talk.pass(100)
    expect(talk.server.truncates).toHaveLength(1)
    expect(Math.abs((talk.server.truncates[0]?.audio_end_ms ?? 0) - talk.ear.heardMs(4))).toBeLessThanOrEqual(EXACT_MS)
    expect(talk.sentOf('conversation.item.delete')).toHaveLength(1)
    expect(talk.ear.heardMs(5)).toBe(0)
    expect(talk.server.connection.items.map((item) => item['role'])).toEqual(['user', 'assistant', 'assistant', 'user', 'assistant'])
  })

  it('I-16: whole milliseconds, never negative, whenever it is cut', async () => {
    let id = 0
    const talk = await open({ server: { answer: () => ({ ...SLOW, pcm: codedSound(++id, 4000) }) } })
    for (const ms of [3, 117, 251, 333, 489]) {
      await hearOf(talk, id + 1, ms)
      talk.session.stopAnswer()
      await talk.pass(200)
    }
    expect(talk.server.truncates.map(({ accepted }) => accepted)).toEqual([true, true, true, true, true])
    for (const { audio_end_ms } of talk.server.truncates) expect(Number.isInteger(audio_end_ms)).toBe(true)
    expect(refusals(talk)).toEqual([])
  })
})

describe('answers', () => {
  const double = defineTool({ name: 'double', description: 'Doubles.', args: z.object({ n: z.number() }), run: ({ n }) => Promise.resolve({ twice: n * 2 }) })

  it('I-5: the answer to a function’s output is asked for once, after response.done', async () => {
    let held: Json | null = null
    const talk = await open({
      tools: [double],
      server: {
        answer: [
          { functionCall: { name: 'double', arguments: '{"n":1}' }, furtherCalls: [{ name: 'double', arguments: '{"n":2}' }] },
          { pcm: codedSound(1, 300) },
        ],
        tamper: (event) => {
          if (event['type'] !== 'response.done' || held !== null) return [event]
          held = event
          return []
        },
      },
    })
    talk.session.sendText('Double it.')
    await talk.pass(300)
    expect(talk.sentOf('conversation.item.create')).toHaveLength(3)
    expect(talk.sentOf('response.create')).toHaveLength(1)
    if (held !== null) talk.server.connection.send(held)
    await talk.until(() => talk.ear.heardMs(1) === 300)
    expect(talk.sentOf('response.create')).toHaveLength(2)
    expect(refusals(talk)).toEqual([])
  })

  it('I-6: “already has an active response” waits its turn, “nothing to cancel” is nothing', async () => {
    const talk = await open({ server: { answer: { pcm: codedSound(2, 300) } } })
    talk.server.connection.speak({ pcm: codedSound(1, 500), delayMs: 100 })
    talk.session.sendText('Hello')
    await talk.pass(50)
    expect(refusals(talk)).toMatchObject([{ code: 'conversation_already_has_active_response' }])
    talk.server.connection.sendError('response_cancel_not_active')
    await talk.until(() => talk.ear.heardMs(2) === 300)
    expect(talk.ear.heardMs(1)).toBe(500)
    expect(talk.server.connections).toHaveLength(1)
    expect(talk.codes).toEqual([])
  })

  it('I-10: a failure that is told only in response.done is said, and the turn is over', async () => {
    const talk = await open({ server: { answer: { outcome: { status: 'failed', code: 'server_error' } } } })
    talk.session.sendText('Hello')
    await talk.until(() => talk.codes.includes('response_failed'), 120_000)
    await talk.until('ready')
  })

  it('I-19: what a function answered is encoded once', async () => {
    const talk = await open({ tools: [double], server: { answer: [{ functionCall: { name: 'double', arguments: '{"n":21}' } }, { pcm: codedSound(1, 200) }] } })
    talk.session.sendText('Double it.')
    await talk.until(() => talk.ear.heardMs(1) === 200)
    const output = talk.sentOf('conversation.item.create').map((event) => event['item'] as Json).find((item) => item['type'] === 'function_call_output')
    expect(output?.['output']).toBe('{"twice":42}')
  })

  it('I-20: instructions of one response come with those of the session', async () => {
    const slow = defineTool({
      name: 'slow',
      description: 'Takes long.',
      args: z.object({}),
      run: async (_args, { announce }) => {
        announce('It takes a while.')
        await new Promise((resolve) => setTimeout(resolve, 300))
        return 'done'
      },
    })
    const talk = await open({ instructions: 'Speak like a pirate.', tools: [slow], server: { answer: [{ functionCall: { name: 'slow', arguments: '{}' } }, { pcm: codedSound(1, 200) }] } })
    talk.session.sendText('Go.')
    await talk.pass(3000)
    const said = talk.sentOf('response.create').map((event) => event['response'] as Json).find((response) => response['instructions'] !== undefined)
    expect(said?.['conversation']).toBe('none')
    expect(said?.['instructions']).toContain('Speak like a pirate.')
    expect(said?.['instructions']).toContain('It takes a while.')
  })

  it('I-21: a transcript with its usage in seconds, and items without a status, are as good as any', async () => {
    const talk = await open({
      server: {
        answer: { pcm: codedSound(1, 300), text: 'Hi there.' },
        hearing: 'Good morning.',
        tamper: (event) => {
          const { item, ...rest } = event as { type: string; item?: Json }
          if (item === undefined) return [event]
          const { status: _status, ...bare } = item
          return [{ ...rest, item: bare }]
        },
      },
    })
    await talk.hold(7, 500)
    await talk.until(() => talk.ear.heardMs(1) === 300)
    await talk.until('ready')
    const told = talk.server.connection.sent.find(({ event }) => String(event['type']).endsWith('transcription.completed'))?.event
    expect(told?.['usage']).toMatchObject({ type: 'duration' })
    expect(talk.entries.map(({ text }) => text)).toEqual(['Good morning.', 'Hi there.'])
    expect(talk.codes).toEqual([])
  })
})

describe('turns', () => {
  it('I-9: nothing is said to a session that has not been configured', async () => {
    const talk = await begin({ server: { updated: { delayMs: 400 } } })
    talk.session.press()
    talk.say(4, 300, 20)
    await talk.pass(350)
    talk.session.release()
    await talk.until(() => talk.server.connection.commits.length === 1)
    const updated = order(talk, 'sent', is('session.updated'))
    for (const { at, event } of talk.server.received) {
      if (event['type'] !== 'session.update') expect(at, String(event['type'])).toBeGreaterThanOrEqual(updated)
    }
    expect(decode(talk.server.connection.commits[0]?.pcm ?? new Int16Array())).toMatchObject([{ id: 4, fromMs: 0, toMs: 300, breaks: 0 }])
  })

  it('I-15: words that come turns later stand where they were said, and end no other turn', async () => {
    const talk = await open({
      server: { answer: () => ({ pcm: codedSound(1, 200), text: 'Yes.' }), hearing: [{ text: 'First.', when: 'after', delayMs: 4000 }, { text: 'Second.', when: 'before' }] },
    })
    await talk.hold(5, 300)
    await talk.pass(1000)
    expect(talk.entries.map(({ text }) => text)).toEqual(['', 'Yes.'])
    await talk.hold(6, 300)
    await talk.pass(1000)
    talk.session.press()
    talk.say(7, 3000, 20)
    await talk.pass(3000)
    expect(talk.entries.map(({ text }) => text)).toEqual(['First.', 'Yes.', 'Second.', 'Yes.'])
    expect(talk.status.state).toBe('listening')
    talk.session.release()
    await talk.pass(400)
    expect(decode(talk.server.connection.commits[2]?.pcm ?? new Int16Array())).toMatchObject([{ id: 7, fromMs: 0, breaks: 0 }])
  })

  it('I-17: turn detection is switched off by a null that is really sent', async () => {
    const talk = await open({ mode: 'open_line' })
    expect(talk.server.connection.session).toMatchObject({ audio: { input: { turn_detection: { type: 'server_vad' } } } })
    talk.mode = 'hold'
    talk.session.settingsChanged({ microphone: false, speaker: false, turnMode: true })
    await talk.pass(50)
    expect(talk.server.connection.session).toMatchObject({ audio: { input: { turn_detection: null } } })
    const fresh = await open()
    expect(fresh.server.connection.session).toMatchObject({ audio: { input: { turn_detection: null } } })
  })

  it('I-18: the first syllable is there when the key comes late: the pre-roll goes in after the clear', async () => {
    const talk = await open()
    await talk.pass(600)
    talk.say(3, 800)
    await talk.pass(250)
    talk.session.press()
    await talk.pass(600)
    talk.session.release()
    await talk.pass(300)
    expect(talk.sent.filter((type) => type.startsWith('input_audio_buffer'))).toEqual(['input_audio_buffer.clear', 'input_audio_buffer.append', 'input_audio_buffer.commit'])
    expect(decode(talk.server.connection.commits[0]?.pcm ?? new Int16Array())).toMatchObject([{ id: 3, fromMs: 0, toMs: 800, breaks: 0 }])
  })

  it('I-25: speech that the server never hears the end of can be sent by hand; and no socket outlives the conversation', async () => {
    const talk = await open({ mode: 'open_line', server: { answer: { pcm: codedSound(1, 200) } } })
    talk.say(2, 20_000)
    await talk.pass(5000)
    expect(talk.status.state).toBe('listening')
    expect(talk.server.connection.commits).toEqual([])
    talk.session.press()
    await talk.pass(600)
    talk.session.release()
    await talk.until(() => talk.server.connection.commits.length === 1)
    await talk.until(() => talk.ear.heardMs(1) > 0)
    talk.session.end()
    await talk.pass(50)
    expect(talk.server.connection.closed).toMatchObject({ code: 1000 })
    expect(talk.server.open).toBe(0)
  })
})

describe('sessions', () => {
  /** One question, one answer, both heard. */
  async function converse(talk: Talk, id: number): Promise<void> {
    talk.session.sendText(`Question ${String(id)}`)
    await talk.until(() => talk.ear.heardMs(id) === 300)
    await talk.until('ready')
  }

  const answers = (): { answer: () => { pcm: Int16Array; text: string } } => {
    let id = 0
    return { answer: () => ({ pcm: codedSound(++id, 300), text: `Answer ${String(id)}.` }) }
  }

  it('I-11: the hour is over: an error, a close, and the same conversation is back by itself', async () => {
    const talk = await open({ server: answers() })
    await converse(talk, 1)
    talk.server.connection.sendError('session_expired', 'Your session hit the maximum duration of 60 minutes.')
    talk.server.connection.close(1001, 'Your session hit the maximum duration of 60 minutes.')
    await talk.until(() => talk.server.connections.length === 2 && talk.status.state === 'ready')
    expect(talk.server.connection.items.map((item) => (item['content'] as Json[])[0]?.['text'])).toEqual(['Question 1', 'Answer 1.'])
    await converse(talk, 2)
  })

  it('I-11b: renewed before the hour is over, by a new session and not by session.update', async () => {
    const talk = await open({ server: answers() })
    await talk.skip(48 * 60_000)
    await converse(talk, 1)
    const updates = talk.sentOf('session.update').length
    await talk.skip(3 * 60_000)
    await talk.until('ready')
    expect(talk.server.connections).toHaveLength(2)
    expect(talk.server.connections[0]?.closed).toMatchObject({ code: 1000 })
    expect(talk.sentOf('session.update')).toHaveLength(updates + 1)
    expect(talk.server.connection.items.map((item) => (item['content'] as Json[])[0]?.['text'])).toEqual(['Question 1', 'Answer 1.'])
    await converse(talk, 2)
  })

  it('I-13: a quota that is used up ends it with a sentence, not with a loop', async () => {
    const talk = await open({ server: { answer: { outcome: { status: 'failed', code: 'insufficient_quota' } } } })
    talk.session.sendText('Hello')
    await talk.until('failed')
    await talk.skip(120_000)
    expect(talk.status).toMatchObject({ state: 'failed', failure: { code: 'quota_exhausted' } })
    expect(talk.server.upgrades).toHaveLength(1)
  })

  it('I-22: after a reconnect every event counts once, and the old connection’s not at all', async () => {
    const talk = await open({ server: answers() })
    await converse(talk, 1)
    const [old] = talk.server.connections
    talk.session.suspend()
    old?.speak({ pcm: codedSound(30, 300), text: 'Too late.', speed: 'burst' })
    await talk.pass(100)
    talk.session.resume()
    await talk.until(() => talk.server.connections.length === 2 && talk.status.state === 'ready')
    await converse(talk, 2)
    expect(talk.entries.map(({ text }) => text)).toEqual(['Question 1', 'Answer 1.', 'Question 2', 'Answer 2.'])
    expect(talk.ear.found.get(2)).toMatchObject({ pairs: 300 * 12 - 1, breaks: 0 })
    expect(talk.ear.found.has(30)).toBe(false)
  })

  it('I-23: it comes back by telling the conversation anew, and keeps no sound that was sent', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const talk = await open({ mode: 'open_line', server: { ...answers(), forgetful: true } })
    /** Bytes of sound that are held, at the least: what was collected is given back by another thread, on a busy machine late. */
    const held = async (enough: number): Promise<number> => {
      let least = Infinity
      for (let i = 0; i < 50 && least >= enough; i++) {
        await new Promise((resolve) => setImmediate(resolve))
        collect()
        if (i > 2) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
        least = Math.min(least, process.memoryUsage().arrayBuffers)
      }
      return least
    }
    await talk.pass(5000)
    const before = await held(0)
    await talk.pass(100_000)
    // 100 s of sound are 4.8 MB.
    const limit = before + 2_400_000
    expect(await held(limit)).toBeLessThan(limit)
    talk.server.connection.drop()
    await talk.until(() => talk.server.connections.length === 2 && talk.status.state === 'ready')
    expect(talk.server.connections.map(({ url }) => url)).toEqual(['/v1/realtime', '/v1/realtime'])
  })

  it('I-24: speaks the present protocol: no beta header, no beta shape', async () => {
    const talk = await open()
    expect(talk.server.upgrades[0]?.headers).not.toHaveProperty('openai-beta')
    expect(talk.sentOf('session.update')[0]?.['session']).toMatchObject({ type: 'realtime', output_modalities: ['audio'], audio: { output: { voice: 'marin' } } })
    expect(talk.sentOf('session.update')[0]?.['session']).not.toHaveProperty('modalities')
    expect(talk.server.connection.malformed).toEqual([])
  })
})
