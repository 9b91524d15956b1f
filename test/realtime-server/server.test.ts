import { afterEach, describe, expect, it } from 'vitest'
import { recording, RECORDINGS } from '../shared/realtime/fixtures.ts'
import { joinSamples, rms, startRealtimeServer, tone, type RealtimeServer, type RealtimeServerOptions } from './index.ts'
import { Client } from './client.ts'
import { isObject, type Json } from './wire.ts'

const undo: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const act of undo.splice(0).toReversed()) await act()
})

function connect(url: string, headers: Record<string, string> = {}): Client {
  const client = new Client(url, headers)
  undo.push(() => {
    client.socket.terminate()
  })
  return client
}

const MANUAL = { type: 'realtime', audio: { input: { turn_detection: null, transcription: { model: 'whisper-1' } } } }
const VAD = { type: 'realtime', audio: { input: { turn_detection: { type: 'server_vad', silence_duration_ms: 200 }, transcription: { model: 'whisper-1' } } } }

async function session(options: RealtimeServerOptions, update: Json = MANUAL): Promise<{ server: RealtimeServer; client: Client }> {
  const server = await startRealtimeServer(options)
  undo.push(() => server.stop())
  const client = connect(server.url)
  await client.until('session.created')
  client.send('session.update', { session: update })
  await client.until('session.updated')
  return { server, client }
}

const silence = (ms: number): Int16Array => new Int16Array(ms * 24)
const errorOf = (event: Json): Json => (isObject(event['error']) ? event['error'] : {})

/** Order of events with runs and the interleaving of text, sound and transcription taken out. */
function shape(types: readonly string[]): string[] {
  const floating = ['conversation.item.input_audio_transcription.delta', 'conversation.item.input_audio_transcription.completed', 'rate_limits.updated']
  const folded = types
    .filter((type) => !floating.includes(type))
    .map((type) => (type.endsWith('transcript.delta') || type.endsWith('audio.delta') ? 'sound and words' : type))
  return folded.filter((type, i) => type !== folded[i - 1])
}

describe('the recordings', () => {
  /** What to answer so that the server does what the real one did. */
  const script: Record<string, RealtimeServerOptions> = {
    'tool-call-round': { answer: [{ functionCall: { name: 'f', arguments: '{"a": 1}' } }, { text: 'It is sunny.' }] },
    transcribed: { hearing: 'Hello, my name is Marcelo.' },
    'transcription-failed': { hearing: { text: '', failed: { code: 'DeploymentNotFound' } } },
  }

  it.each(RECORDINGS)('%s: same types in the same order', async (name) => {
    const lines = recording(name)
    const options = Object.entries(script).find(([part]) => name.includes(part))?.[1] ?? {}
    const server = await startRealtimeServer({ ...options, azure: name.startsWith('azure') })
    undo.push(() => server.stop())
    const client = connect(server.url)
    await client.until('session.created')
    let spoke = false
    let answers = 0
    for (const { dir, event } of lines) {
      if (dir === 'server') continue
      if (event.type === 'input_audio_buffer.append') {
        if (!spoke) client.append(joinSamples([silence(400), tone(600), silence(800)]))
        spoke = true
        continue
      }
      const item = event['item']
      if (isObject(item) && item['type'] === 'function_call_output') await client.until('response.done', answers)
      client.send(event.type, event)
      if (event.type === 'session.update') await client.until('session.updated')
      if (event.type === 'response.create') answers += 1
    }
    await client.until('response.done', Math.max(1, answers))
    const recorded = lines.filter(({ dir }) => dir === 'server').map(({ event }) => event.type)
    expect(shape(client.types)).toEqual(shape(recorded))
  })

  it('the shortest one event by event, with the same fields', async () => {
    const lines = recording('openai-typed-turn-spoken-answer.jsonl').filter(({ dir }) => dir === 'server')
    const { client } = await session({ answer: { text: 'Hi there!', pcm: tone(800) } }, { type: 'realtime' })
    client.send('conversation.item.create', { item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Say a short greeting.' }] } })
    client.send('response.create')
    await client.until('response.done')
    expect(client.types).toEqual(lines.map(({ event }) => event.type))
    for (const [i, event] of client.got.entries()) expect(fieldsOf(event)).toEqual(fieldsOf(lines[i]?.event))
  })
})

/** Names of all fields, nested, in order of the alphabet; the session's settings differ by what was asked. */
function fieldsOf(value: unknown, path = ''): string[] {
  if (!isObject(value)) return [path]
  return Object.entries(value)
    .flatMap(([name, inner]) => (name === 'transcription' ? [] : fieldsOf(inner, `${path}.${name}`)))
    .toSorted()
}

describe('a spoken turn', () => {
  it('by hand: every sample arrives, the answer is the clip, faster than it plays', async () => {
    const clip = tone(3000, 300)
    const { server, client } = await session({ answer: { pcm: clip, text: 'One two three four.', speed: 20 }, hearing: 'Good morning.' })
    const speech = tone(700, 500)
    client.send('input_audio_buffer.clear')
    client.append(speech)
    client.send('input_audio_buffer.commit')
    const began = performance.now()
    client.send('response.create', { response: { metadata: { turn: '7' } } })
    const done = await client.until('response.done')
    expect(performance.now() - began).toBeGreaterThan(130)
    expect(performance.now() - began).toBeLessThan(1500)
    expect(server.connection.commits).toMatchObject([{ by: 'client' }])
    expect([...(server.connection.commits[0]?.pcm ?? [])]).toEqual([...speech])
    expect([...client.sound]).toEqual([...clip])
    expect(done).toMatchObject({ response: { status: 'completed', metadata: { turn: '7' }, usage: { output_token_details: { audio_tokens: 60, text_tokens: 5 } } } })
    expect(client.got.findLast((event) => event['type'] === 'conversation.item.input_audio_transcription.completed')).toMatchObject({
      transcript: 'Good morning.',
      usage: { type: 'duration', seconds: 1 },
    })
    expect(server.receivedTypes).toEqual(['session.update', 'input_audio_buffer.clear', 'input_audio_buffer.append', 'input_audio_buffer.commit', 'response.create'])
  })

  it.each(['before', 'during', 'after'] as const)('words of the person come %s the answer', async (when) => {
    const { client } = await session({ hearing: { text: 'Yes.', when } })
    client.append(tone(300))
    client.send('input_audio_buffer.commit')
    client.send('response.create')
    await client.until('conversation.item.input_audio_transcription.completed')
    await client.until('response.done')
    const at = client.types.indexOf('conversation.item.input_audio_transcription.completed')
    const place = at < client.types.indexOf('response.created') ? 'before' : at < client.types.indexOf('response.done') ? 'during' : 'after'
    expect(place).toBe(when)
  })

  it('shorter than 100 ms is refused with the event’s id', async () => {
    const { client } = await session({})
    client.append(tone(80))
    client.send('input_audio_buffer.commit', { event_id: 'mine' })
    expect(errorOf(await client.until('error'))).toMatchObject({ code: 'input_audio_buffer_commit_empty', event_id: 'mine' })
  })

  it('on the open line: found by level, answered unasked, and a cut-in stops the answer', async () => {
    const { server, client } = await session({ answer: { pcm: tone(4000), text: 'A long long story.', speed: 2 } }, VAD)
    client.append(joinSamples([silence(1000), tone(500), silence(400)]))
    const started = await client.until('input_audio_buffer.speech_started')
    const stopped = await client.until('input_audio_buffer.speech_stopped')
    expect(Number(started['audio_start_ms'])).toBeGreaterThanOrEqual(660)
    expect(Number(started['audio_start_ms'])).toBeLessThanOrEqual(720)
    expect(Number(stopped['audio_end_ms'])).toBeGreaterThanOrEqual(1680)
    expect(Number(stopped['audio_end_ms'])).toBeLessThanOrEqual(1740)
    await client.until('response.output_audio.delta')
    const heard = server.connection.commits[0]
    expect(heard).toMatchObject({ by: 'vad', item_id: started['item_id'] })
    expect(rms((heard?.pcm ?? silence(1)).slice(7200, 19000))).toBeGreaterThan(0.15)

    client.append(tone(200))
    const done = await client.until('response.done')
    expect(done).toMatchObject({ response: { status: 'cancelled', status_details: { reason: 'turn_detected' } } })
    expect(client.sound.length).toBeLessThan(96_000)
    client.append(silence(400))
    await client.until('response.created', 2)
    expect(server.connection.commits).toHaveLength(2)
  })

  it('on the open line without an automatic answer', async () => {
    const detection = { type: 'server_vad', silence_duration_ms: 100, create_response: false, interrupt_response: false }
    const { client } = await session({}, { type: 'realtime', audio: { input: { turn_detection: detection } } })
    client.append(joinSamples([tone(300), silence(300)]))
    await client.until('conversation.item.done')
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(client.types).not.toContain('response.created')
  })
})

describe('stopping an answer', () => {
  async function speaking(): Promise<{ server: RealtimeServer; client: Client; item_id: string }> {
    const { server, client } = await session({ answer: { pcm: tone(4000), text: 'A long story.', speed: 2, chunkMs: 100 } })
    client.send('response.create')
    const delta = await client.until('response.output_audio.delta', 3)
    return { server, client, item_id: String(delta['item_id']) }
  }

  it('cancel, then truncate with the server’s own checks', async () => {
    const { server, client, item_id } = await speaking()
    client.send('response.create', { event_id: 'second' })
    expect(errorOf(await client.until('error'))).toMatchObject({ code: 'conversation_already_has_active_response', event_id: 'second' })
    client.send('response.cancel')
    expect(await client.until('response.done')).toMatchObject({ response: { status: 'cancelled', status_details: { reason: 'client_cancelled' } } })
    expect(client.types.slice(-6)).toEqual([
      'response.output_audio.done',
      'response.output_audio_transcript.done',
      'response.content_part.done',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
    ])
    const generated = client.sound.length / 24
    const truncate = (audio_end_ms: number, id = item_id): void => {
      client.send('conversation.item.truncate', { item_id: id, content_index: 0, audio_end_ms })
    }
    truncate(generated + 1)
    expect(errorOf(await client.until('error', 2))).toMatchObject({ code: 'invalid_value', message: `Audio content of ${generated}ms is already shorter than ${generated + 1}ms` })
    truncate(0)
    expect(errorOf(await client.until('error', 3))).toMatchObject({ code: 'unsupported_content_type' })
    truncate(1, 'item_nowhere')
    expect(errorOf(await client.until('error', 4))).toMatchObject({ code: 'item_truncate_invalid_item_id' })
    truncate(12.5)
    expect(errorOf(await client.until('error', 5))).toMatchObject({ code: 'invalid_value' })
    truncate(120)
    expect(await client.until('conversation.item.truncated')).toMatchObject({ item_id, audio_end_ms: 120 })
    expect(server.truncates.map(({ audio_end_ms, accepted }) => [audio_end_ms, accepted])).toEqual([
      [generated + 1, false],
      [0, false],
      [1, false],
      [12.5, false],
      [120, true],
    ])
    client.send('response.cancel')
    expect(errorOf(await client.until('error', 6))).toMatchObject({ code: 'response_cancel_not_active' })
  })

  it('delete and retrieve', async () => {
    const { client, item_id } = await speaking()
    client.send('response.cancel')
    await client.until('response.done')
    client.send('conversation.item.retrieve', { item_id })
    expect(await client.until('conversation.item.retrieved')).toMatchObject({ item: { id: item_id, role: 'assistant' } })
    client.send('conversation.item.delete', { item_id })
    await client.until('conversation.item.deleted')
    client.send('conversation.item.delete', { item_id })
    expect(errorOf(await client.until('error'))).toMatchObject({ code: 'item_delete_invalid_item_id' })
  })
})

describe('what the real server refuses', () => {
  it.each<[string, Json, string]>([
    ['session.update', { session: { instructions: 'x' } }, 'missing_required_parameter'],
    ['session.update', { session: { type: 'realtime', temperature: 1 } }, 'unknown_parameter'],
    ['session.update', { session: { type: 'realtime', output_modalities: ['text', 'audio'] } }, 'invalid_value'],
    ['conversation.item.create', { item: { type: 'message', role: 'assistant', content: [{ type: 'input_text', text: 'x' }] } }, 'invalid_value'],
    ['conversation.item.create', { item: { id: 'x'.repeat(33), type: 'message', role: 'user', content: [] } }, 'string_above_max_length'],
    ['conversation.item.create', { previous_item_id: 'nowhere', item: { type: 'message', role: 'user', content: [] } }, 'invalid_value'],
    ['response.juggle', {}, 'invalid_value'],
  ])('%s %j', async (type, fields, code) => {
    const { client } = await session({})
    if (fields['previous_item_id'] !== undefined) client.send('conversation.item.create', { item: { type: 'message', role: 'user', content: [] } })
    client.send(type, fields)
    expect(errorOf(await client.until('error'))).toMatchObject({ code })
  })

  it('another voice after the first sound', async () => {
    const { client } = await session({})
    client.send('response.create')
    await client.until('response.done')
    client.send('session.update', { session: { type: 'realtime', audio: { output: { voice: 'cedar' } } } })
    expect(errorOf(await client.until('error'))).toMatchObject({ code: 'cannot_update_voice' })
  })

  it('the beta header', async () => {
    const server = await startRealtimeServer()
    undo.push(() => server.stop())
    const client = connect(server.url, { 'OpenAI-Beta': 'realtime=v1' })
    expect(errorOf(await client.until('error'))).toMatchObject({ code: 'beta_api_shape_disabled' })
    await expect.poll(() => client.closed).toBe(4000)
  })

  it('frames that are no JSON', async () => {
    const { server, client } = await session({})
    client.socket.send('{')
    expect(errorOf(await client.until('error'))).toMatchObject({ code: 'invalid_event' })
    expect(server.connection.malformed).toEqual(['{'])
  })
})

describe('ways of answering', () => {
  it('text only, per session or per response; out of band beside the conversation', async () => {
    const { server, client } = await session({ answer: { text: 'Written.', speed: 'burst' } }, { ...MANUAL, output_modalities: ['text'] })
    client.send('response.create', { response: { conversation: 'none', metadata: { purpose: 'title' } } })
    expect(await client.until('response.done')).toMatchObject({ response: { conversation_id: null, output: [{ content: [{ type: 'output_text', text: 'Written.' }] }] } })
    expect(client.types).not.toContain('conversation.item.added')
    expect(server.connection.items).toEqual([])
  })

  it('incomplete, failed, delayed, burst, null', async () => {
    const { client } = await session({
      answer: (turn) =>
        [
          { outcome: { status: 'incomplete' as const, reason: 'max_output_tokens' }, speed: 'burst' as const },
          { outcome: { status: 'failed' as const, code: 'rate_limit_exceeded' } },
          { delayMs: 60, speed: 'burst' as const },
        ][turn.number] ?? null,
      rateLimits: true,
    })
    client.send('response.create')
    expect(await client.until('response.done')).toMatchObject({ response: { status: 'incomplete', status_details: { reason: 'max_output_tokens' } } })
    client.send('response.create')
    expect(await client.until('response.done', 2)).toMatchObject({ response: { status: 'failed', output: [], status_details: { error: { code: 'rate_limit_exceeded' } } } })
    const began = performance.now()
    client.send('response.create')
    await client.until('response.created', 3)
    expect(performance.now() - began).toBeGreaterThan(50)
    await client.until('rate_limits.updated', 3)
    client.send('response.create')
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(client.types.filter((type) => type === 'response.created')).toHaveLength(3)
  })

  it('the script sees the turn that it answers', async () => {
    const turns: string[] = []
    const { client } = await session({
      hearing: ['One.', 'Two.'],
      answer: (turn) => {
        turns.push(`${turn.kind} ${turn.text} ${turn.pcm?.length ?? '-'}`)
        return { speed: 'burst' }
      },
    })
    for (const round of [1, 2]) {
      client.append(tone(200))
      client.send('input_audio_buffer.commit')
      client.send('response.create')
      await client.until('response.done', round)
    }
    client.send('conversation.item.create', { item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'typed' }] } })
    client.send('response.create')
    await client.until('response.done', 3)
    expect(turns).toEqual(['audio One. 4800', 'audio Two. 4800', 'text typed -'])
  })

  it('options changed while it runs count from the next answer on', async () => {
    const { server, client } = await session({ answer: { text: 'Old.' } })
    server.options = { answer: { text: 'New.' } }
    client.send('response.create')
    expect(await client.until('response.output_audio_transcript.done')).toMatchObject({ transcript: 'New.' })
  })

  it.each([
    [{ afterMs: 400, how: 'close', code: 1011 } as const, 1011],
    [{ afterMs: 400, how: 'drop' } as const, 1006],
  ])('a fault in mid-answer: %j', async (fault, code) => {
    const { client } = await session({ answer: { pcm: tone(2000), break: fault } })
    client.send('response.create')
    await expect.poll(() => client.closed).toBe(code)
    expect(client.sound.length).toBe(400 * 24)
    expect(client.types).not.toContain('response.done')
  })
})

it('stop frees the port, cuts every connection and rejects who still waits', async () => {
  const server = await startRealtimeServer({ upgrade: (number) => (number === 1 ? { kind: 'never' } : { kind: 'accept' }) })
  const client = connect(server.url)
  await client.until('session.created')
  const silent = connect(server.url)
  await expect.poll(() => server.upgrades.length).toBe(2)
  const waiting = expect(server.waitFor('response.create')).rejects.toThrow('stopped')
  await server.stop()
  await waiting
  await expect.poll(() => [client.closed, silent.closed]).toEqual([1006, 1006])
  await expect(server.waitFor('response.create', 10)).rejects.toThrow('no response.create within 10 ms')
  const again = await startRealtimeServer({ port: server.port })
  await again.stop()
})
