import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseServerEvent } from '../../../shared/realtime/parse.ts'
import type { PracticePartner } from '../../../main/practice/partner.ts'
import { PracticeClient, noise, speech, startPartner } from './practice-client.ts'
import type { WireEvent } from './practice-client.ts'

/**
 * Order of events in recorded sessions with the real API (gpt-realtime, July 2026), neighbours of
 * one type as one, sound and its transcript as `…delta`.
 */
const TYPED_TURN = [
  'session.created',
  'session.updated',
  'conversation.item.added',
  'conversation.item.done',
  'response.created',
  'response.output_item.added',
  'conversation.item.added',
  'response.content_part.added',
  'response.output_audio*.delta',
  'response.output_audio.done',
  'response.output_audio_transcript.done',
  'response.content_part.done',
  'conversation.item.done',
  'response.output_item.done',
  'response.done',
]
const RESPONSE_KEYS = ['audio', 'conversation_id', 'id', 'max_output_tokens', 'metadata', 'object', 'output', 'output_modalities', 'status', 'status_details', 'usage']
const SESSION_KEYS = ['audio', 'expires_at', 'id', 'include', 'instructions', 'max_output_tokens', 'model', 'object', 'output_modalities', 'prompt', 'tool_choice', 'tools', 'tracing', 'truncation', 'type']

/** The types in order, as {@link TYPED_TURN} has them. */
function order(events: readonly WireEvent[]): string[] {
  return events
    .map((e) => e.type.replace(/^response\.output_audio(_transcript)?\.delta$/, 'response.output_audio*.delta'))
    .filter((type, i, all) => type !== all[i - 1])
}

let partner: PracticePartner
let client: PracticeClient
beforeEach(async () => {
  partner = await startPartner()
  client = await PracticeClient.open(partner)
})
afterEach(async () => {
  await client.close()
  await partner.stop()
})

/** The code of the error that an event is answered with. */
async function refusal(event: WireEvent): Promise<Record<string, unknown>> {
  return (await client.request({ event_id: 'mine', ...event }, 'error'))['error'] as Record<string, unknown>
}

describe('order and fields', () => {
  it('are those of a recorded typed turn', async () => {
    await client.update(null)
    await client.type('Say a short greeting.')
    expect(order(client.events)).toEqual(TYPED_TURN)
    const by = (type: string, n = 0): WireEvent => client.events.filter((e) => e.type === type)[n] ?? { type: 'missing' }
    expect(Object.keys(by('session.created')['session'] as object).sort()).toEqual(SESSION_KEYS)
    for (const type of ['response.created', 'response.done']) expect(Object.keys(by(type)['response'] as object).sort()).toEqual(RESPONSE_KEYS)
    const user = by('conversation.item.added')['item'] as { id: string; content: unknown }
    expect(by('conversation.item.added')['previous_item_id']).toBeNull()
    expect(user.content).toEqual([{ type: 'input_text', text: 'Say a short greeting.' }])
    expect(by('conversation.item.added', 1)['previous_item_id']).toBe(user.id)
    expect(by('conversation.item.done', 1)['previous_item_id']).toBeNull()
    expect(by('response.content_part.added')['part']).toEqual({ type: 'audio', transcript: '' })
    expect(by('response.done')['response']).toMatchObject({ usage: { total_tokens: 0 }, status_details: null })
  })

  it('are those of a recorded spoken turn, without any transcription', async () => {
    await client.update(null)
    await client.talk(speech('One two three'))
    expect(order(client.events)).toEqual(TYPED_TURN.toSpliced(2, 0, 'input_audio_buffer.cleared', 'input_audio_buffer.committed'))
    const item = client.events.find((e) => e.type === 'conversation.item.added')?.['item']
    expect(item).toMatchObject({ role: 'user', status: 'completed', content: [{ type: 'input_audio', transcript: null }] })
  })

  it('are understood by the parser of Parley, every one', async () => {
    const frames: string[] = []
    client.socket.on('message', (data: Buffer) => frames.push(data.toString('utf8')))
    await client.update({ type: 'server_vad' })
    await client.update(null)
    const { item_id } = await client.talk(speech('One two three'))
    await client.request({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 500 }, 'conversation.item.truncated')
    await client.request({ type: 'conversation.item.retrieve', item_id }, 'conversation.item.retrieved')
    await client.request({ type: 'conversation.item.delete', item_id }, 'conversation.item.deleted')
    await refusal({ type: 'response.cancel' })
    const odd = frames.map((f) => parseServerEvent(f, (text) => new Uint8Array(Buffer.from(text, 'base64')))).filter((p) => p.kind !== 'known')
    expect(odd).toEqual([])
    expect(frames.length).toBeGreaterThan(50)
  })

  it('words run ahead of their sound, in slices of 200 ms', async () => {
    await client.update(null)
    const { pcm } = await client.answer()
    const deltas = client.events.filter((e) => e.type.endsWith('.delta'))
    expect(deltas[0]).toMatchObject({ type: 'response.output_audio_transcript.delta', delta: 'Hello.' })
    const slices = deltas.filter((e) => e.type === 'response.output_audio.delta').map((e) => Buffer.from(e['delta'] as string, 'base64').length)
    expect(new Set(slices.slice(0, -1))).toEqual(new Set([9600]))
    expect(slices.reduce((a, b) => a + b)).toBe(pcm.length * 2)
    expect(deltas.at(-1)?.type).toBe('response.output_audio.delta')
  })
})

describe('session', () => {
  it('begins with turn detection on, and says what is really in effect', async () => {
    const created = client.events[0]?.['session']
    expect(created).toMatchObject({ model: 'practice', audio: { input: { transcription: null, turn_detection: { type: 'server_vad', silence_duration_ms: 500 } } } })
    const updated = await client.request(
      {
        type: 'session.update',
        session: {
          type: 'realtime',
          instructions: 'Be kind.',
          audio: {
            input: { transcription: { model: 'gpt-transcribe', language: 'en' }, noise_reduction: { type: 'near_field' }, turn_detection: { type: 'server_vad', silence_duration_ms: 800 } },
            output: { voice: 'marin', speed: 1.2 },
          },
        },
      },
      'session.updated',
    )
    expect(updated['session']).toMatchObject({
      instructions: 'Be kind.',
      audio: {
        input: {
          transcription: null,
          noise_reduction: null,
          turn_detection: { type: 'server_vad', threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 800, idle_timeout_ms: null, create_response: true, interrupt_response: true },
        },
        output: { voice: 'marin', speed: 1 },
      },
    })
    expect((await client.update(null))['session']).toMatchObject({ instructions: 'Be kind.', audio: { input: { turn_detection: null } } })
    expect((await client.update({ type: 'semantic_vad', eagerness: 'low' }))['session']).toMatchObject({
      audio: { input: { turn_detection: { type: 'semantic_vad', eagerness: 'low', create_response: true, interrupt_response: true } } },
    })
  })

  it('can answer in writing', async () => {
    await client.update(null, { output_modalities: ['text'] })
    const done = await client.request({ type: 'response.create' }, 'response.done')
    expect(done['response']).toMatchObject({ output_modalities: ['text'], output: [{ content: [{ type: 'output_text', text: expect.stringMatching(/^Hello\. /) as unknown }] }] })
    expect(client.events.some((e) => e.type.includes('audio'))).toBe(false)
  })

  it('returns metadata, and answers out of band beside the conversation', async () => {
    await client.update(null)
    const done = await client.request({ type: 'response.create', response: { conversation: 'none', metadata: { purpose: 'title' }, output_modalities: ['text'] } }, 'response.done')
    expect(done['response']).toMatchObject({ conversation_id: null, metadata: { purpose: 'title' } })
    expect(client.events.some((e) => e.type === 'conversation.item.added')).toBe(false)
    expect((await client.answer()).text).toMatch(/^Hello\. /)
  })

  it('takes a history without answering it', async () => {
    await client.update(null)
    const create = (role: string, type: string, text: string): Promise<WireEvent> =>
      client.request({ type: 'conversation.item.create', item: { id: `old_${role}`, type: 'message', role, content: [{ type, text }] } }, 'conversation.item.done')
    expect(await create('user', 'input_text', 'help')).toMatchObject({ item: { id: 'old_user' } })
    expect(await create('assistant', 'output_text', 'Certainly.')).toMatchObject({ previous_item_id: 'old_user' })
    expect((await client.answer()).text).toMatch(/^Hello\. /)
  })
})

describe('refusals', () => {
  it.each<[string, WireEvent, string, string | null]>([
    ['an unknown event', { type: 'conversation.dance' }, 'invalid_event', 'type'],
    ['an update without type', { type: 'session.update', session: {} }, 'missing_required_parameter', 'session.type'],
    ['a field of the beta', { type: 'session.update', session: { type: 'realtime', temperature: 0.8 } }, 'unknown_parameter', 'session.temperature'],
    ['another format', { type: 'session.update', session: { type: 'realtime', audio: { input: { format: { type: 'audio/pcmu' } } } } }, 'invalid_value', 'session.audio.input.format.type'],
    ['sound that is not base64', { type: 'input_audio_buffer.append', audio: '§§§' }, 'invalid_value', 'audio'],
    ['an empty commit', { type: 'input_audio_buffer.commit' }, 'input_audio_buffer_commit_empty', null],
    ['a cancel of nothing', { type: 'response.cancel' }, 'response_cancel_not_active', null],
    ['an item without content', { type: 'conversation.item.create', item: { type: 'message', role: 'user' } }, 'missing_required_parameter', 'item.content'],
    ['an answer made of input text', { type: 'conversation.item.create', item: { type: 'message', role: 'assistant', content: [{ type: 'input_text', text: 'x' }] } }, 'invalid_value', 'item.content[0].type'],
    ['an unknown neighbour', { type: 'conversation.item.create', previous_item_id: 'nobody', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'x' }] } }, 'invalid_value', 'previous_item_id'],
    ['deleting nothing', { type: 'conversation.item.delete', item_id: 'nobody' }, 'item_delete_invalid_item_id', 'item_id'],
    ['retrieving nothing', { type: 'conversation.item.retrieve', item_id: 'nobody' }, 'item_retrieve_invalid_item_id', 'item_id'],
    ['truncating nothing', { type: 'conversation.item.truncate', item_id: 'nobody', content_index: 0, audio_end_ms: 5 }, 'item_truncate_invalid_item_id', 'item_id'],
    ['a truncate without a time', { type: 'conversation.item.truncate', item_id: 'nobody', content_index: 0 }, 'missing_required_parameter', 'audio_end_ms'],
    ['a fraction of a millisecond', { type: 'conversation.item.truncate', item_id: 'nobody', content_index: 0, audio_end_ms: 5.5 }, 'invalid_value', 'audio_end_ms'],
  ])('%s', async (_name, event, code, param) => {
    expect(await refusal(event)).toMatchObject({ type: 'invalid_request_error', code, param, event_id: 'mine', message: expect.stringMatching(/\w/) as unknown })
  })

  it('a commit of 99 ms, and takes one of 100 ms', async () => {
    await client.update(null)
    client.append(noise(2399, -30))
    expect(await refusal({ type: 'input_audio_buffer.commit' })).toMatchObject({ code: 'input_audio_buffer_commit_empty', message: expect.stringContaining('99.96ms') as unknown })
    client.append(noise(1, -30))
    await client.request({ type: 'input_audio_buffer.commit' }, 'input_audio_buffer.committed')
  })

  it('a truncate beyond the end, of a typed item, or of the person', async () => {
    await client.update(null)
    const { item_id, pcm } = await client.type('hello')
    const ms = Math.floor(pcm.length / 24)
    expect(await refusal({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: ms + 1 })).toMatchObject({
      code: 'invalid_value',
      message: `Audio content of ${String(ms)}ms is already shorter than ${String(ms + 1)}ms`,
    })
    await client.request({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: ms }, 'conversation.item.truncated')
    const typed = client.events.find((e) => e.type === 'conversation.item.added')?.['item'] as { id: string }
    expect(await refusal({ type: 'conversation.item.truncate', item_id: typed.id, content_index: 0, audio_end_ms: 1 })).toMatchObject({ code: 'unsupported_content_type' })
  })

  it('another voice once there was sound', async () => {
    await client.update(null)
    await client.answer()
    expect(await refusal({ type: 'session.update', session: { type: 'realtime', audio: { output: { voice: 'cedar' } } } })).toMatchObject({ code: 'cannot_update_voice' })
  })
})

describe('an answer', () => {
  beforeEach(async () => {
    await client.close()
    await partner.stop()
    partner = await startPartner({ pace: 3 })
    client = await PracticeClient.open(partner)
    await client.update(null)
  })

  it('comes at about three times real time, is the only one, and stops at a cancel', async () => {
    client.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'count' }] } })
    const before = performance.now()
    const created = await client.request({ type: 'response.create' }, 'response.created')
    const { id } = created['response'] as { id: string }
    expect(await refusal({ type: 'response.create' })).toMatchObject({ code: 'conversation_already_has_active_response' })
    const from = performance.now()
    await new Promise((resolve) => setTimeout(resolve, 700))
    const least = performance.now() - from
    const done = await client.request({ type: 'response.cancel', response_id: id }, 'response.done')
    const most = performance.now() - before
    const { status, reason, text, pcm, item_id } = client.answerOf(done)
    expect({ status, reason }).toEqual({ status: 'cancelled', reason: 'client_cancelled' })
    expect(pcm.length / 24).toBeGreaterThan(600 + least * 2)
    expect(pcm.length / 24).toBeLessThan(800 + most * 3)
    expect(text).toMatch(/^Press Talk while I count\. 1/)
    expect(text).not.toContain('20')
    expect(order(client.events).slice(-6)).toEqual(TYPED_TURN.slice(-6))
    expect((done['response'] as { output: unknown[] }).output).toEqual([{ id: item_id, type: 'message', status: 'incomplete', role: 'assistant', content: [{ type: 'output_audio', transcript: text }] }])
    const count = client.events.length
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(client.events.length).toBe(count)
    // What was heard is told although the answer was cancelled before its end.
    await client.request({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 1500 }, 'conversation.item.truncated')
    const next = await client.request({ type: 'response.create' }, 'response.created')
    expect(next).toBeDefined()
    await client.next('response.output_audio_transcript.delta')
    await client.request({ type: 'response.cancel' }, 'response.done')
    expect(client.events.findLast((e) => e.type === 'response.output_audio_transcript.done')?.['transcript']).toMatch(/^You cut me off after/)
  })
})
