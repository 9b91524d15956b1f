import { describe, expect, it } from 'vitest'
import { decodeBase64 } from '../../../main/realtime/base64.ts'
import { MAX_FRAME, parseServerEvent, SERVER_EVENT_TYPES, type ParsedServerEvent } from '../../../shared/realtime/parse.ts'
import type { ServerEvent, ServerEventOf, ServerEventType } from '../../../shared/realtime/server-events.ts'
import { fixtures, recording, RECORDINGS } from './fixtures.ts'

function parse(frame: string | Uint8Array | object): ParsedServerEvent {
  const text = typeof frame === 'string' || frame instanceof Uint8Array ? frame : JSON.stringify(frame)
  return parseServerEvent(text, decodeBase64)
}

function known<Type extends ServerEventType>(frame: object, type: Type): ServerEventOf<Type> {
  const parsed = parse(frame)
  if (parsed.kind !== 'known') throw new Error(JSON.stringify(parsed))
  expect(parsed.event.type).toBe(type)
  return parsed.event as ServerEventOf<Type>
}

const part = { response_id: 'resp_1', item_id: 'item_1', output_index: 0, content_index: 0 }

describe('every example of the official description', () => {
  const server = fixtures('events').filter(({ side }) => side === 'server')

  it('covers all 46 server events', () => {
    expect(server).toHaveLength(46)
    // `conversation.item.created` arrives as `.added`, so the parser has one name less.
    expect(SERVER_EVENT_TYPES).toHaveLength(45)
  })

  it.each(server)('$name is known', ({ type, text }) => {
    const parsed = parse(text)
    expect(parsed).toMatchObject({ kind: 'known', event: { type: type === 'conversation.item.created' ? 'conversation.item.added' : type } })
  })

  const now: Record<string, string> = {
    'response.text.delta': 'response.output_text.delta',
    'response.text.done': 'response.output_text.done',
    'response.audio.delta': 'response.output_audio.delta',
    'response.audio.done': 'response.output_audio.done',
    'response.audio_transcript.delta': 'response.output_audio_transcript.delta',
    'response.audio_transcript.done': 'response.output_audio_transcript.done',
    'conversation.item.created': 'conversation.item.added',
    'transcription_session.created': 'session.created',
    'transcription_session.updated': 'session.updated',
  }
  it.each(fixtures('beta').filter(({ side }) => side === 'server'))('beta/$name has today’s name', ({ name, type, text }) => {
    // The description's own example of `retrieved` says `created`.
    const wire = name === 'server.conversation.item.retrieved.json' ? 'conversation.item.created' : type
    expect(parse(text)).toMatchObject({ kind: 'known', event: { type: now[wire] ?? wire } })
  })

  it.each(RECORDINGS)('%s: every server event is known and keeps its fields', (name) => {
    for (const { dir, event } of recording(name)) {
      if (dir !== 'server') continue
      const parsed = parse(event)
      if (parsed.kind !== 'known') throw new Error(`${event.type}: ${JSON.stringify(parsed)}`)
      if (parsed.event.type === 'response.output_audio.delta') {
        expect(Buffer.from(parsed.event.audio).toString('base64')).toBe(event['delta'])
      } else if (!event.type.startsWith('response.content_part.')) {
        expect(parsed.event).toEqual(event)
      }
    }
  })
})

describe('sound', () => {
  const pcm = Uint8Array.from({ length: 9600 }, (_, i) => (i * 7) % 256)
  const delta = Buffer.from(pcm).toString('base64')
  const frame = { type: 'response.output_audio.delta', event_id: 'event_1', ...part, delta, obfuscation: 'xyz' }

  it('becomes bytes of exactly its size, with a buffer of their own', () => {
    const event = known(frame, 'response.output_audio.delta')
    expect(event.audio).toEqual(pcm)
    expect(event.audio.buffer.byteLength).toBe(pcm.length)
    expect(Object.getPrototypeOf(event.audio)).toBe(Uint8Array.prototype)
    expect(event).toMatchObject({ event_id: 'event_1', ...part })
    expect('delta' in event).toBe(false)
  })

  it('is the same on the fast path and on the ordinary one', () => {
    const spaced = JSON.stringify(frame, null, 1)
    const late = JSON.stringify({ padding: 'x'.repeat(2000), ...frame })
    const beta = JSON.stringify({ ...frame, type: 'response.audio.delta' })
    for (const text of [spaced, late, beta]) {
      const parsed = parse(text)
      expect(parsed).toMatchObject({ kind: 'known', event: { type: 'response.output_audio.delta', ...part, audio: pcm } })
    }
  })

  it('of small size does not leak the shared pool', () => {
    const event = known({ ...frame, delta: 'AAEC' }, 'response.output_audio.delta')
    expect(event.audio.buffer.byteLength).toBe(3)
  })

  it('is not taken from a nested field', () => {
    const parsed = parse(`{"type":"response.output_audio.delta","x":{"delta":"AAEC"},"response_id":"r","item_id":"i","delta":"AwQF"}`)
    expect(parsed).toMatchObject({ kind: 'known', event: { audio: Uint8Array.from([3, 4, 5]) } })
  })

  it.each(['AAE*', 'A', 'AAEC AAEC', 'ÄÄÄÄ', 5, null])('is invalid when it is not base64: %j', (wrong) => {
    expect(parse({ ...frame, delta: wrong })).toMatchObject({ kind: 'invalid', path: 'delta' })
  })

  it('names a wrong index although it takes the fast path', () => {
    expect(parse({ ...frame, content_index: -1 })).toMatchObject({ kind: 'invalid', path: 'content_index' })
  })
})

describe('frames that are no events', () => {
  it.each([
    ['', ''],
    ['', '{'],
    ['', 'hello'],
    ['', 'null'],
    ['', '[1]'],
    ['', '"text"'],
    ['type', '{}'],
    ['type', '{"type":7}'],
    ['type', `{"type":"${'x'.repeat(300)}"}`],
    ['response', '{"type":"response.done"}'],
    ['response.id', '{"type":"response.done","response":{"id":""}}'],
    ['response.output[0].content[0].text', '{"type":"response.done","response":{"id":"r","output":[{"id":"i","type":"message","role":"user","content":[{"type":"text","text":4}]}]}}'],
    ['response.output', '{"type":"response.created","response":{"id":"r","output":{}}}'],
    ['item.id', '{"type":"conversation.item.added","item":{"id":5}}'],
    ['item_id', `{"type":"conversation.item.deleted","item_id":"${'x'.repeat(201)}"}`],
    ['content_index', '{"type":"conversation.item.truncated","item_id":"i","content_index":0.5,"audio_end_ms":1}'],
    ['audio_end_ms', '{"type":"conversation.item.truncated","item_id":"i","content_index":0,"audio_end_ms":-1}'],
    ['delta', '{"type":"response.output_text.delta","response_id":"r","item_id":"i"}'],
    ['session', '{"type":"session.created"}'],
    ['rate_limits', '{"type":"rate_limits.updated","rate_limits":5}'],
    ['item.name', '{"type":"conversation.item.done","item":{"id":"i","type":"mcp_approval_request","server_label":"s"}}'],
  ])('wrong at “%s” (no. %#)', (path, frame) => {
    expect(parse(frame)).toMatchObject({ kind: 'invalid', path })
  })

  it('bytes that are no text', () => {
    expect(parse(Uint8Array.from([0xff, 0xfe, 0x00, 0x80]))).toMatchObject({ kind: 'invalid', path: '' })
  })

  it('too large a frame', () => {
    expect(parse(' '.repeat(MAX_FRAME + 1))).toMatchObject({ kind: 'invalid', reason: 'is larger than 64 MiB' })
  })

  it('nothing of the content is repeated', () => {
    expect(JSON.stringify(parse('{"type":"session.created","session":"MARKER"}'))).not.toContain('MARKER')
  })
})

describe('what is loose', () => {
  it('keeps unknown events with their type', () => {
    expect(parse({ type: 'response.video.delta', delta: 'x' })).toEqual({
      kind: 'unknown',
      type: 'response.video.delta',
      event: { type: 'response.video.delta', delta: 'x' },
    })
    for (const type of ['constructor', '__proto__', 'toString']) expect(parse({ type })).toMatchObject({ kind: 'unknown', type })
  })

  it('accepts bytes of text', () => {
    expect(parse(Buffer.from('{"type":"input_audio_buffer.cleared"}'))).toMatchObject({ kind: 'known' })
  })

  it('accepts absent and null optionals', () => {
    const transcript = known(
      { type: 'conversation.item.input_audio_transcription.completed', item_id: 'i', transcript: null },
      'conversation.item.input_audio_transcription.completed',
    )
    expect(transcript).toMatchObject({ content_index: 0, transcript: '', usage: null })
    const done = known({ type: 'response.done', response: { id: 'r', status: 'completed' } }, 'response.done')
    expect(done.response).toMatchObject({ output: [], usage: null, status_details: null, metadata: null })
  })

  it('never lets a response hang for a status that it does not know', () => {
    expect(known({ type: 'response.done', response: { id: 'r', status: 'paused' } }, 'response.done').response.status).toBe('completed')
    expect(known({ type: 'response.created', response: { id: 'r' } }, 'response.created').response.status).toBe('in_progress')
  })

  it('reads status_details that is only a sentence', () => {
    const event = known({ type: 'response.done', response: { id: 'r', status: 'failed', status_details: 'no luck' } }, 'response.done')
    expect(event.response.status_details).toEqual({ reason: 'no luck' })
  })

  it('leaves out counts that are none', () => {
    const usage = { total_tokens: -5, input_tokens: 'many', output_tokens: 7, input_token_details: { text_tokens: [4], cached_tokens_details: 3 } }
    const event = known({ type: 'response.done', response: { id: 'r', status: 'completed', usage } }, 'response.done')
    expect(event.response.usage).toEqual({ output_tokens: 7, input_token_details: {} })
  })

  it('reads usage by tokens, by seconds, and of kinds yet unknown', () => {
    const base = { type: 'conversation.item.input_audio_transcription.completed', item_id: 'i', transcript: 'a' }
    const usage = (value: unknown): unknown =>
      known({ ...base, usage: value }, 'conversation.item.input_audio_transcription.completed').usage
    expect(usage({ type: 'duration', seconds: 3 })).toEqual({ type: 'duration', seconds: 3 })
    expect(usage({ type: 'tokens', total_tokens: 3, input_token_details: null })).toEqual({ type: 'tokens', total_tokens: 3, input_token_details: null })
    expect(usage({ type: 'duration', seconds: '3' })).toBeNull()
    expect(usage({ type: 'stars' })).toBeNull()
  })

  it('keeps items and parts of unknown kinds whole', () => {
    const item = { id: 'i', type: 'hologram', depth: 3 }
    expect(known({ type: 'conversation.item.added', item }, 'conversation.item.added').item).toEqual({ type: 'unknown', id: 'i', raw: item })
    const message = { id: 'i', type: 'message', role: 'assistant', content: [{ type: 'smell', ppm: 4 }] }
    const event = known({ type: 'conversation.item.done', item: message }, 'conversation.item.done')
    expect(event.item).toMatchObject({ content: [{ type: 'unknown', raw: { type: 'smell', ppm: 4 } }] })
  })

  it('brings old part types to today’s, by role', () => {
    const message = (role: string): object => ({ id: 'i', type: 'message', role, content: [{ type: 'text', text: 'a' }, { type: 'audio', transcript: 'b' }] })
    expect(known({ type: 'conversation.item.done', item: message('assistant') }, 'conversation.item.done').item).toMatchObject({
      content: [{ type: 'output_text' }, { type: 'output_audio' }],
    })
    expect(known({ type: 'conversation.item.done', item: message('user') }, 'conversation.item.done').item).toMatchObject({
      content: [{ type: 'input_text' }, { type: 'input_audio' }],
    })
    const added = { type: 'response.content_part.added', ...part, content: { type: 'audio', transcript: '' } }
    expect(known(added, 'response.content_part.added').part).toEqual({ type: 'output_audio', transcript: '' })
  })

  it('reads the old flat session', () => {
    const session = {
      id: 'sess_1',
      model: 'gpt-4o-realtime-preview',
      modalities: ['text', 'audio'],
      voice: 'alloy',
      input_audio_format: 'pcm16',
      output_audio_format: 'g711_ulaw',
      input_audio_transcription: { model: 'whisper-1' },
      turn_detection: null,
      max_response_output_tokens: 200,
      temperature: 0.8,
    }
    expect(known({ type: 'session.created', session }, 'session.created').session).toEqual({
      type: 'realtime',
      id: 'sess_1',
      model: 'gpt-4o-realtime-preview',
      output_modalities: ['audio'],
      audio: {
        input: { format: { type: 'audio/pcm', rate: 24000 }, transcription: { model: 'whisper-1' }, turn_detection: null },
        output: { format: { type: 'audio/pcmu' }, voice: 'alloy' },
      },
      max_output_tokens: 200,
      temperature: 0.8,
    })
  })

  it('keeps what is only for developers when it has the right shape, and drops it otherwise', () => {
    const base = { type: 'conversation.item.input_audio_transcription.completed', item_id: 'i', transcript: 'a' }
    const read = (more: object): object => known({ ...base, ...more }, 'conversation.item.input_audio_transcription.completed')
    const logprobs = [{ token: 'a', logprob: -0.1, bytes: [97] }]
    expect(read({ logprobs, languages: [{ code: 'en' }], obfuscation: 'x' })).toMatchObject({ logprobs, languages: [{ code: 'en' }], obfuscation: 'x' })
    expect(read({ logprobs: null, languages: null })).toMatchObject({ logprobs: null, languages: null })
    expect(read({ logprobs: 'no', languages: {} })).toMatchObject({ logprobs: null, languages: null })
    expect(read({ logprobs: [3, ...logprobs], languages: [{ code: 5 }, null] })).toMatchObject({ logprobs, languages: [] })
  })

  it('reads every way in which an MCP call fails', () => {
    const error = (value: unknown): unknown => {
      const item = { id: 'm', type: 'mcp_call', server_label: 's', name: 'n', arguments: null, approval_request_id: null, output: 7, error: value }
      return known({ type: 'conversation.item.done', item }, 'conversation.item.done').item
    }
    expect(error({ type: 'protocol_error', code: 5, message: 'bad' })).toMatchObject({ error: { type: 'protocol_error', code: 5, message: 'bad' }, output: null, arguments: '' })
    expect(error({ type: 'http_error', code: 'five', message: 'bad' })).toMatchObject({ error: { type: 'tool_execution_error', message: 'bad' } })
    expect(error({ type: 'new_error' })).toMatchObject({ error: { type: 'tool_execution_error', message: '' } })
    expect(error('down')).toMatchObject({ error: { type: 'tool_execution_error', message: 'down' } })
    expect(error(5)).toMatchObject({ error: null })
  })

  it('reads parts and items with odd details', () => {
    const item = (more: object): unknown => known({ type: 'conversation.item.done', item: { id: 'i', ...more } }, 'conversation.item.done').item
    expect(item({ type: 'message', role: 'user', status: 'odd', object: 'thing', content: [{ type: 'input_audio', transcript: 5, audio: 5 }, { type: 'input_text' }] })).toEqual({
      id: 'i',
      type: 'message',
      role: 'user',
      content: [{ type: 'input_audio', transcript: null, audio: null }, { type: 'input_text', text: '' }],
    })
    expect(item({ type: 'message', role: 'tool' })).toMatchObject({ type: 'unknown' })
    expect(item({ type: 'mcp_approval_response', approval_request_id: 'q', approve: 'yes', reason: 5 })).toMatchObject({ approve: false, reason: null })
    expect(item({ type: 'mcp_list_tools', tools: null })).toMatchObject({ server_label: '', tools: [] })
    expect(known({ type: 'response.content_part.done', ...part, part: { type: 'input_text', text: 'x' } }, 'response.content_part.done').part).toEqual({ type: 'unknown', raw: { type: 'input_text', text: 'x' } })
    expect(parse({ type: 'response.content_part.done', ...part, part: 5 })).toMatchObject({ kind: 'invalid', path: 'part' })
  })

  it('leaves out of sessions, responses, limits and conversations what cannot be', () => {
    const session = (value: object): unknown => known({ type: 'session.created', session: value }, 'session.created').session
    expect(session({ type: 'odd', id: null, model: 5, expires_at: 'soon', audio: 7 })).toEqual({ type: 'realtime', expires_at: null })
    expect(session({ type: 'transcription', id: 's', audio: { input: 5, output: { speed: 1 } } })).toEqual({ type: 'transcription', id: 's', audio: { output: { speed: 1 } } })
    expect(parse({ type: 'session.created', session: { id: 5 } })).toMatchObject({ kind: 'invalid', path: 'session.id' })
    const response = (value: object): unknown => known({ type: 'response.done', response: { id: 'r', ...value } }, 'response.done').response
    expect(response({ modalities: ['text'], audio: 5, metadata: { a: 'b', c: 5 }, status_details: { reason: 5, error: 'why' } })).toMatchObject({
      output_modalities: ['text'],
      metadata: { a: 'b' },
      status_details: { reason: null, error: { message: 'why' } },
    })
    expect(response({ status_details: { error: { code: 5, type: 'x' } } })).toMatchObject({ status_details: { error: { code: null, type: 'x' } } })
    expect(response({ status_details: { error: 5 }, usage: 5 })).toMatchObject({ status_details: { error: null }, usage: null })
    expect(response({ usage: { output_token_details: { text_tokens: -1, audio_tokens: 2 }, input_token_details: { cached_tokens_details: { text_tokens: 'x', audio_tokens: 1 } } } })).toMatchObject({
      usage: { output_token_details: { audio_tokens: 2 }, input_token_details: { cached_tokens_details: { audio_tokens: 1 } } },
    })
    expect(known({ type: 'rate_limits.updated', rate_limits: [5, { name: 5, limit: -1, remaining: 3 }] }, 'rate_limits.updated').rate_limits).toEqual([{ remaining: 3 }])
    expect(known({ type: 'rate_limits.updated' }, 'rate_limits.updated').rate_limits).toEqual([])
    expect(known({ type: 'conversation.created', conversation: { id: 5, object: 'x' } }, 'conversation.created').conversation).toEqual({ object: 'x' })
    const failed = { type: 'conversation.item.input_audio_transcription.failed', item_id: 'i', error: 'no ear' }
    expect(known(failed, 'conversation.item.input_audio_transcription.failed').error).toMatchObject({ message: 'no ear', code: null })
  })

  it('takes no list longer than can be', () => {
    const output = Array.from({ length: 10_001 }, (_, i) => ({ id: `i${String(i)}`, type: 'x' }))
    expect(parse({ type: 'response.done', response: { id: 'r', output } })).toMatchObject({ kind: 'invalid', path: 'response.output' })
  })

  it('says that a session is in the old shape', () => {
    const read = (type: string, session: object): unknown => {
      const parsed = parse({ type, session })
      return parsed.kind === 'known' && parsed.beta
    }
    expect(read('session.created', { modalities: ['text'] })).toBe(true)
    expect(read('transcription_session.updated', { turn_detection: null })).toBe(true)
    expect(read('session.created', { audio: {}, voice: 'x' })).toBeUndefined()
    expect(read('session.created', { model: 'x' })).toBeUndefined()
    expect(parse({ type: 'input_audio_buffer.cleared' })).toEqual({ kind: 'known', event: { type: 'input_audio_buffer.cleared' } })
  })

  it('reads errors of any shape', () => {
    const nothing = { code: null, param: null, event_id: null }
    expect(known({ type: 'error', error: 'out of order' }, 'error').error).toEqual({ type: 'unknown', message: 'out of order', ...nothing })
    expect(known({ type: 'error', message: 'bare' }, 'error').error.message).toBe('bare')
    expect(known({ type: 'error' }, 'error').error.message).toBe('')
  })
})

it('never throws, whatever is cut off or flipped in a real frame', () => {
  const texts = fixtures('events').map(({ text }) => JSON.stringify(JSON.parse(text)))
  let random = 7
  const next = (below: number): number => {
    random = (random * 1103515245 + 12345) % 2147483648
    return random % below
  }
  const outcomes = new Set<string>()
  for (let i = 0; i < 5000; i++) {
    const text = texts[next(texts.length)] ?? ''
    const at = next(text.length)
    const broken = i % 2 === 0 ? text.slice(0, at) : text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << next(7))) + text.slice(at + 1)
    const parsed = parse(broken)
    outcomes.add(parsed.kind)
    if (parsed.kind === 'known') checkIds(parsed.event)
  }
  expect([...outcomes].toSorted()).toEqual(['invalid', 'known', 'unknown'])
})

function checkIds(event: ServerEvent): void {
  for (const field of ['item_id', 'response_id'] as const) {
    if (field in event) expect(typeof (event as unknown as Record<string, unknown>)[field]).toBe('string')
  }
}
