import { afterEach, describe, expect, it } from 'vitest'
import type { EngineConfig, EngineEvent } from '../../../main/voice/engine.ts'
import { RealtimeEngine } from '../../../main/voice/realtime-engine.ts'
import { startRealtimeServer, tone, type RealtimeServer, type RealtimeServerOptions } from '../../realtime-server/index.ts'
import { pause, speech } from './conformance.ts'
import { wireTo } from './wire-to.ts'

const CONFIG: EngineConfig = { instructions: 'Be brief.', voice: 'marin', language: 'en', turnDetection: { type: 'manual' }, greet: false, history: [], tools: [] }

const TOOL = { type: 'function', name: 'look', description: 'Looks.', parameters: { type: 'object', properties: {} } } as const

/** What a model that takes no effort answers to an event that names one. */
function refusal(event: unknown): Record<string, unknown> {
  const { event_id } = event as { event_id: string }
  return { type: 'error', event_id: 'e', error: { type: 'invalid_request_error', code: 'unknown_parameter', message: "Unknown parameter: 'session.reasoning'.", param: 'session.reasoning', event_id } }
}

describe('RealtimeEngine on the wire', () => {
  let server: RealtimeServer
  let engine: RealtimeEngine
  let events: EngineEvent[]

  afterEach(async () => {
    engine.stop()
    await server.stop()
  })

  async function begin(options: RealtimeServerOptions = {}, config: Partial<EngineConfig> = {}): Promise<void> {
    server = await startRealtimeServer({ answer: { pcm: tone(2000), text: 'You wanted two quotes before Friday.', speed: 20 }, ...options })
    engine = new RealtimeEngine(wireTo(server))
    events = []
    engine.start({ ...CONFIG, ...config }, (event) => events.push(event))
  }

  async function until(type: EngineEvent['type']): Promise<EngineEvent> {
    for (const deadline = Date.now() + 4000; Date.now() < deadline; await pause(5)) {
      const found = events.find((event) => event.type === type)
      if (found) return found
    }
    throw new Error(`no ${type}; got ${events.map((event) => event.type).join(', ')}`)
  }

  /** Client events after the configuration, without their ids. */
  function said(): Record<string, unknown>[] {
    return server.received.slice(1).map(({ event }) => {
      const { event_id, ...rest } = event as Record<string, unknown>
      expect(event_id, JSON.stringify(event)).toMatch(/^parley_/)
      return rest
    })
  }

  function saidTypes(): string[] {
    return server.receivedTypes.filter((type, i, all) => type !== all[i - 1])
  }

  it('I-9: configures before anything else, and says nothing until session.updated', async () => {
    await begin({ updated: { delayMs: 150 } })
    engine.appendAudio(speech(100))
    engine.sendText('Too early', 'item_1')
    await server.waitFor('session.update')
    expect(server.receivedTypes).toEqual(['session.update'])
    await until('opened')
    expect(server.receivedTypes).toEqual(['session.update'])
  })

  it('I-17: sends null for turn detection, and what the session is to be', async () => {
    await begin()
    await until('opened')
    expect(server.received[0]?.event).toMatchObject({
      type: 'session.update',
      session: {
        type: 'realtime',
        instructions: 'Be brief.',
        output_modalities: ['audio'],
        audio: {
          input: { format: { type: 'audio/pcm', rate: 24_000 }, turn_detection: null, transcription: { model: 'gpt-transcribe', language: 'en' } },
          output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'marin' },
        },
      },
    })
    engine.setTurnDetection({ type: 'server', pace: 'normal', byMeaning: false })
    engine.setTurnDetection({ type: 'server', pace: 'patient', byMeaning: true })
    engine.setTurnDetection({ type: 'manual' })
    await pause(50)
    expect(said()).toEqual([
      { type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection: { type: 'server_vad', silence_duration_ms: 500, create_response: true, interrupt_response: true } } } } },
      { type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection: { type: 'semantic_vad', eagerness: 'low', create_response: true, interrupt_response: true } } } } },
      { type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection: null } } } },
    ])
  })

  it('§3: a turn is clear, append, commit, response.create', async () => {
    await begin()
    await until('opened')
    engine.beginTurn()
    for (let i = 0; i < 10; i++) engine.appendAudio(speech(20))
    engine.endTurn()
    await until('response_ended')
    expect(saidTypes()).toEqual(['session.update', 'input_audio_buffer.clear', 'input_audio_buffer.append', 'input_audio_buffer.commit', 'response.create'])
    expect(events.find((event) => event.type === 'turn_committed')).toMatchObject({ audioMs: 200 })
  })

  it('§4: cancels and truncates at the whole ms heard, never beyond what was received (I-1, I-2, I-16)', async () => {
    await begin({ answer: { pcm: tone(8000), text: 'You wanted two quotes before Friday.', speed: 4 } })
    await until('opened')
    engine.sendText('Hello', 'item_1')
    const audio = await until('audio')
    if (audio.type !== 'audio') return
    const track = { response_id: audio.response_id, item_id: audio.item_id, content_index: 0 }
    engine.interrupt([{ ...track, heardMs: 123.9, receivedMs: 200, complete: false }])
    await until('response_ended')
    const cut = said().slice(2)
    expect(cut).toEqual([
      { type: 'response.cancel', response_id: audio.response_id },
      { type: 'conversation.item.truncate', item_id: audio.item_id, content_index: 0, audio_end_ms: 123 },
    ])
    engine.interrupt([{ ...track, heardMs: 900, receivedMs: 200, complete: false }])
    await pause(50)
    expect(said().at(-1)).toMatchObject({ audio_end_ms: 200 })
  })

  it('I-7: deletes an item of which nothing was heard', async () => {
    await begin()
    await until('opened')
    engine.sendText('Hello', 'item_1')
    const audio = await until('audio')
    if (audio.type !== 'audio') return
    engine.interrupt([{ response_id: audio.response_id, item_id: audio.item_id, content_index: 0, heardMs: 0, receivedMs: 200, complete: false }])
    await pause(100)
    expect(said().at(-1)).toEqual({ type: 'conversation.item.delete', item_id: audio.item_id })
    expect(events.some((event) => event.type === 'notice')).toBe(false)
  })

  it('does nothing about an item that was heard whole', async () => {
    await begin()
    await until('opened')
    engine.sendText('Hello', 'item_1')
    await until('response_ended')
    const audio = await until('audio')
    if (audio.type !== 'audio') return
    const before = server.received.length
    engine.interrupt([{ response_id: audio.response_id, item_id: audio.item_id, content_index: 0, heardMs: 2000, receivedMs: 2000, complete: true }])
    await pause(80)
    expect(server.received.length).toBe(before)
  })

  it('I-3: under server turn detection it truncates but does not cancel', async () => {
    await begin({ answer: { pcm: tone(4000), speed: 4 } }, { turnDetection: { type: 'server', pace: 'quick', byMeaning: false } })
    await until('opened')
    engine.sendText('Hello', 'item_1')
    const audio = await until('audio')
    if (audio.type !== 'audio') return
    for (let i = 0; i < 20; i++) engine.appendAudio(speech(20))
    await until('speech_started')
    engine.interrupt([{ response_id: audio.response_id, item_id: audio.item_id, content_index: 0, heardMs: 100, receivedMs: 200, complete: false }])
    await pause(100)
    expect(server.receivedTypes).not.toContain('response.cancel')
    expect(server.truncates).toHaveLength(1)
    expect(events.find((event) => event.type === 'response_ended')).toMatchObject({ status: 'cancelled', reason: 'turn_detected' })
  })

  it('goes on without transcription when the server does not know the model, and says so', async () => {
    await begin({ updated: { delayMs: 150 } })
    const update = await server.waitFor('session.update')
    server.connection.sendError('invalid_value', "Invalid value: 'gpt-transcribe' for 'session.audio.input.transcription.model'.", String(update['event_id']))
    await until('opened')
    expect(said()[0]).toMatchObject({ type: 'session.update', session: { audio: { input: { transcription: null, turn_detection: null } } } })
    expect(events.find((event) => event.type === 'notice')).toMatchObject({ failure: { code: 'transcription_failed' } })
  })

  it('ends with the server’s own words when it refuses the configuration otherwise', async () => {
    await begin({ updated: 'never' })
    const update = await server.waitFor('session.update')
    server.connection.sendError('invalid_value', 'Unknown modality.', String(update['event_id']))
    expect(await until('closed')).toMatchObject({ failure: { code: 'bad_request', detail: { reason: 'Unknown modality.' } } })
  })

  it.each([
    ['invalid_api_key', 'invalid_key'],
    ['insufficient_quota', 'quota_exhausted'],
    ['session_expired', 'session_expired'],
    ['account_deactivated', 'account_deactivated'],
  ])('I-13: ends on %s and says why', async (code, expected) => {
    await begin()
    await until('opened')
    server.connection.sendError(code)
    const closed = await until('closed')
    expect(closed).toMatchObject({ failure: { code: expected } })
  })

  it.each(['response_cancel_not_active', 'item_truncate_invalid_item_id', 'unsupported_content_type'])('§13: %s is not worth a word', async (code) => {
    await begin()
    await until('opened')
    server.connection.sendError(code)
    engine.sendText('Hello', 'item_1')
    await until('response_ended')
    expect(events.filter((event) => event.type === 'notice' || event.type === 'closed')).toEqual([])
  })

  it('becomes another in mid-session with what differs, and no more', async () => {
    await begin({}, { tools: [TOOL] })
    await until('opened')
    const same = { instructions: CONFIG.instructions, voice: 'marin', language: 'en', reasoning: null, tools: [TOOL] }
    expect(engine.reconfigure(same)).toBe(true)
    expect(engine.reconfigure({ ...same, instructions: 'Be long.', tools: [] })).toBe(true)
    expect(engine.reconfigure({ ...same, instructions: 'Be long.', tools: [], language: null, reasoning: 'low', voice: 'cedar' })).toBe(true)
    await pause(50)
    expect(said()).toEqual([
      { type: 'session.update', session: { type: 'realtime', instructions: 'Be long.', tools: [] } },
      {
        type: 'session.update',
        session: {
          type: 'realtime',
          reasoning: { effort: 'low' },
          audio: { input: { transcription: { model: 'gpt-transcribe', language: null } }, output: { voice: 'cedar' } },
        },
      },
    ])
    expect(server.connection.session).toMatchObject({ instructions: 'Be long.', tools: [], audio: { output: { voice: 'cedar' } } })
    expect(events.filter((event) => event.type === 'notice')).toEqual([])
  })

  it('keeps its voice once it has spoken, and its effort once it has one, and says that more is wanted', async () => {
    await begin({}, { reasoning: 'high' })
    await until('opened')
    engine.sendText('Hello', 'item_1')
    await until('audio')
    const setup = { instructions: 'Be long.', voice: 'marin', language: 'en', reasoning: 'high', tools: [] } as const
    expect(engine.reconfigure({ ...setup, voice: 'cedar' })).toBe(false)
    expect(engine.reconfigure({ ...setup, reasoning: null })).toBe(false)
    await pause(50)
    expect(said().filter(({ type }) => type === 'session.update')).toEqual([{ type: 'session.update', session: { type: 'realtime', instructions: 'Be long.' } }])
    expect(events.filter((event) => event.type === 'notice')).toEqual([])
  })

  it.each([
    ['reasoning', 'unknown_parameter', "Unknown parameter: 'session.reasoning'.", 'reasoning_refused'],
    ['voice', 'invalid_value', "Invalid value: 'cedar'. Supported values are: 'alloy' for session.audio.output.voice.", 'voice_refused'],
  ] as const)('goes on without %s when the server refuses it, and says so', async (what, code, message, notice) => {
    let refused = 0
    await begin(
      {
        tamper: (event) => {
          if (event['type'] !== 'session.updated' || ++refused > 1) return [event]
          return [{ type: 'error', event_id: 'e', error: { type: 'invalid_request_error', code, message, param: null, event_id: null } }]
        },
      },
      { reasoning: 'high', voice: 'cedar' },
    )
    await until('opened')
    const [first, second] = server.received.map(({ event }) => event as { session: Record<string, unknown> })
    expect(first?.session).toMatchObject({ reasoning: { effort: 'high' }, audio: { output: { voice: 'cedar' } } })
    expect(JSON.stringify(second?.session)).toContain(what === 'voice' ? 'reasoning' : 'cedar')
    expect(JSON.stringify(second?.session)).not.toContain(what === 'voice' ? 'cedar' : 'reasoning')
    expect(events.find((event) => event.type === 'notice')).toMatchObject({ failure: { code: notice } })
  })

  it('an effort that is refused in mid-session costs none of the rest', async () => {
    await begin()
    await until('opened')
    server.options.tamper = (event) => (event['type'] === 'session.updated' && server.received.length === 2 ? [refusal(server.received[1]?.event)] : [event])
    engine.reconfigure({ instructions: 'Be long.', voice: 'marin', language: 'en', reasoning: 'xhigh', tools: [] })
    await until('notice')
    expect(events.find((event) => event.type === 'notice')).toMatchObject({ failure: { code: 'reasoning_refused' } })
    await pause(50)
    expect(said().at(-1)).toMatchObject({ type: 'session.update', session: { instructions: 'Be long.' } })
    expect(JSON.stringify(said().at(-1))).not.toContain('effort')
  })

  it('I-10: reports a response that failed without any error event', async () => {
    await begin({ answer: { outcome: { status: 'failed', code: 'rate_limit_exceeded' } } })
    await until('opened')
    engine.sendText('Hello', 'item_1')
    expect(await until('response_ended')).toMatchObject({ status: 'failed', reason: 'rate_limit_exceeded' })
  })

  it.each([
    ['rate_limit_exceeded', 'Rate limit reached. Please try again in 6.2s.', 6200],
    ['inference_rate_limit_exceeded', 'Too much.', 5000],
    ['server_error', 'The server had an error.', 0],
    ['content_policy', 'No.', undefined],
  ])('§12: says when an answer that failed with %s may be asked for again', async (code, message, retryInMs) => {
    await begin({ answer: { outcome: { status: 'failed', code, message } } })
    await until('opened')
    engine.sendText('Hello', 'item_1')
    const ended = await until('response_ended')
    expect(ended.type === 'response_ended' ? ended.retryInMs : null).toBe(retryInMs)
  })

  it('remarks that the server refused what no rule is about, and goes on', async () => {
    await begin()
    await until('opened')
    server.connection.sendError('invalid_value', 'Invalid value.', 'event_of_nobody')
    expect(await until('notice')).toMatchObject({ failure: { code: 'request_refused', detail: { reason: 'Invalid value.' }, actions: ['dismiss'] } })
    engine.sendText('Hello', 'item_typed1')
    expect(await until('response_started')).toBeDefined()
  })

  it('§12: … and when it was refused by an error', async () => {
    await begin({ answer: () => null })
    await until('opened')
    engine.sendText('Hello', 'item_1')
    const request = await server.waitFor('response.create')
    server.connection.sendError('rate_limit_exceeded', 'Please try again in 2s.', String(request['event_id']))
    expect(await until('response_ended')).toMatchObject({ status: 'failed', retryInMs: 2000 })
  })

  describe('I-25: a turn whose end the server does not hear', () => {
    const OPEN_LINE = { turnDetection: { type: 'server', pace: 'quick', byMeaning: false } } as const

    async function hear(options: RealtimeServerOptions = {}): Promise<void> {
      await begin(options, OPEN_LINE)
      await until('opened')
      for (let i = 0; i < 30; i++) engine.appendAudio(speech(20))
      await until('speech_started')
    }

    it('is sent by hand: commit, and then the answer that no commit brings by itself', async () => {
      await hear()
      engine.sendNow()
      engine.sendNow()
      await until('response_ended')
      expect(saidTypes().slice(-3)).toEqual(['input_audio_buffer.append', 'input_audio_buffer.commit', 'response.create'])
      expect(events.filter((event) => event.type === 'turn_committed')).toHaveLength(1)
      expect(events.filter((event) => event.type === 'response_started')).toHaveLength(1)
    })

    it('is answered once where the server answers a commit by itself', async () => {
      await hear({
        tamper: (event) => {
          if (event['type'] === 'input_audio_buffer.committed') queueMicrotask(() => server.connection.speak({}))
          return [event]
        },
      })
      engine.sendNow()
      await until('response_ended')
      await pause(300)
      expect(events.filter((event) => event.type === 'response_started')).toHaveLength(1)
      expect(events.some((event) => event.type === 'notice')).toBe(false)
    })

    it.each([true, false])('is nothing to be said of when the server has heard the end just then (it says to what that is the answer: %s)', async (names) => {
      await hear({
        tamper: (event) => {
          if (event['type'] !== 'input_audio_buffer.committed') return [event]
          const event_id = names ? server.received.at(-1)?.event['event_id'] : null
          return [{ type: 'error', event_id: 'e', error: { type: 'invalid_request_error', code: 'input_audio_buffer_commit_empty', message: 'buffer too small', param: null, event_id } }]
        },
      })
      engine.sendNow()
      await until('speech_stopped')
      await pause(50)
      expect(events.some((event) => event.type === 'notice' || event.type === 'turn_committed')).toBe(false)
      expect(server.receivedTypes).not.toContain('response.create')
    })
  })

  it('changes its speed between answers only, and goes on without where a server knows none', async () => {
    await begin({ answer: { pcm: tone(3000), speed: 4 } }, { speed: 1.2 })
    await until('opened')
    expect(server.received[0]?.event).toMatchObject({ session: { audio: { output: { speed: 1.2 } } } })
    engine.sendText('Hello', 'item_1')
    await until('audio')
    const setup = { instructions: CONFIG.instructions, voice: 'marin', language: 'en', reasoning: null, tools: [] }
    expect(engine.reconfigure({ ...setup, speed: 0.8 })).toBe(true)
    await pause(50)
    expect(server.receivedTypes.filter((type) => type === 'session.update')).toHaveLength(1)
    await until('response_ended')
    await pause(50)
    expect(said().at(-1)).toEqual({ type: 'session.update', session: { type: 'realtime', audio: { output: { speed: 0.8 } } } })
    engine.reconfigure({ ...setup, speed: 1 })
    await pause(50)
    expect(said().at(-1)).toEqual({ type: 'session.update', session: { type: 'realtime', audio: { output: { speed: 1 } } } })
    const update = server.received.at(-1)?.event['event_id']
    server.connection.sendError('unknown_parameter', "Unknown parameter: 'session.audio.output.speed'.", String(update))
    await until('notice')
    expect(events.find((event) => event.type === 'notice')).toMatchObject({ failure: { code: 'speed_refused' } })
  })

  it('takes a response whose response.created never came', async () => {
    await begin({ answer: [{ withoutCreated: true }, {}] })
    await until('opened')
    engine.sendText('One', 'item_1')
    await until('response_ended')
    engine.sendText('Two', 'item_2')
    await until('response_started')
  })

  it('§9: replays a pair of call and output, an answer as text, and a summary in front', async () => {
    await begin(
      {},
      {
        history: [
          { id: 'sum', role: 'system', text: 'Summary' },
          { id: 'u1', role: 'user', text: 'What time is it?' },
          { id: 'f1', call_id: 'call_1', name: 'current_time', arguments: '{}', output: '{"time":"12:00"}' },
          { id: 'a1', role: 'assistant', text: 'Noon.' },
        ],
      },
    )
    await until('opened')
    expect(said().map((event) => event['item'])).toEqual([
      { id: 'sum', type: 'message', role: 'system', content: [{ type: 'input_text', text: 'Summary' }] },
      { id: 'u1', type: 'message', role: 'user', content: [{ type: 'input_text', text: 'What time is it?' }] },
      { id: 'f1', type: 'function_call', call_id: 'call_1', name: 'current_time', arguments: '{}' },
      { id: expect.stringMatching(/^parley_output_/) as string, type: 'function_call_output', call_id: 'call_1', output: '{"time":"12:00"}' },
      { id: 'a1', type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Noon.' }] },
    ])
  })

  it('§9: has a text summarised out of band, in text, within a limit, and counts what it cost', async () => {
    await begin({ answer: { text: 'They talked about the roof.' } })
    await until('opened')
    engine.summarise('Person: What about the roof?')
    expect(await until('summary')).toEqual({ type: 'summary', text: 'They talked about the roof.' })
    expect(said()[0]).toMatchObject({
      type: 'response.create',
      response: { conversation: 'none', output_modalities: ['text'], max_output_tokens: 600, tool_choice: 'none', metadata: { purpose: 'summary' } },
    })
    const done = events.find((event) => event.type === 'conversation' && event.event.type === 'response.done')
    expect(done).toMatchObject({ event: { response: { output: [] } } })
    expect(done?.type === 'conversation' && done.event.type === 'response.done' ? done.event.response.usage : null).not.toBeNull()
  })

  it('§9: says that there is no summary when the server refuses it or fails', async () => {
    await begin({ answer: { outcome: { status: 'failed', code: 'server_error' } } })
    await until('opened')
    engine.summarise('Person: Hello.')
    expect(await until('summary')).toEqual({ type: 'summary', text: null })
    expect(events.some((event) => event.type === 'notice' || event.type === 'response_ended')).toBe(false)
  })

  it('I-11: the end of its hour ends the session, and another may be tried', async () => {
    await begin()
    await until('opened')
    server.connection.sendError('session_expired')
    expect(await until('closed')).toMatchObject({ failure: { code: 'session_expired' }, retry: true })
  })

  it('joins samples that were split between two deltas', async () => {
    const pcm = tone(300)
    await begin({ answer: { pcm } })
    await until('opened')
    engine.sendText('Hello', 'item_1')
    await until('response_ended')
    const whole = Buffer.concat(events.flatMap((event) => (event.type === 'audio' ? [event.pcm] : [])))
    expect(whole.equals(Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength))).toBe(true)
    // And the same bytes cut at odd places.
    const bytes = new Uint8Array(pcm.buffer.slice(0))
    events.length = 0
    server.connection.send({ type: 'response.created', response: { id: 'odd', status: 'in_progress', output: [] } })
    for (let at = 0; at < bytes.length; at += 333) {
      const delta = Buffer.from(bytes.slice(at, at + 333)).toString('base64')
      server.connection.send({ type: 'response.output_audio.delta', response_id: 'odd', item_id: 'odd_item', output_index: 0, content_index: 0, delta })
    }
    await pause(200)
    const joined = Buffer.concat(events.flatMap((event) => (event.type === 'audio' ? [event.pcm] : [])))
    expect(joined.equals(Buffer.from(bytes))).toBe(true)
  })
})
