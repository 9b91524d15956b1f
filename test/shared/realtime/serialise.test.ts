import { describe, expect, it } from 'vitest'
import type { ClientEvent } from '../../../shared/realtime/client-events.ts'
import { appendFrame, MAX_APPEND, serialiseClientEvent } from '../../../shared/realtime/serialise.ts'
import { fixtures } from './fixtures.ts'

const round = (event: ClientEvent): unknown => JSON.parse(serialiseClientEvent(event))

describe('serialiseClientEvent', () => {
  const client = fixtures('events').filter(({ side }) => side === 'client')

  it('has an example of each of the 11 client events', () => {
    expect(new Set(client.map(({ type }) => type)).size).toBe(11)
  })

  it.each(client)('$name comes back as it was', ({ text }) => {
    const event = JSON.parse(text) as ClientEvent
    expect(round(event)).toEqual(event)
  })

  it('keeps null where it means off', () => {
    const event: ClientEvent = {
      type: 'session.update',
      event_id: 'e1',
      session: { type: 'realtime', tracing: null, audio: { input: { turn_detection: null, transcription: null, noise_reduction: null } } },
    }
    expect(round(event)).toEqual(event)
  })

  it('floors what must be whole', () => {
    expect(round({ type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: 1234.9 })).toMatchObject({ audio_end_ms: 1234 })
    expect(
      round({
        type: 'session.update',
        session: { type: 'realtime', max_output_tokens: 99.5, audio: { input: { turn_detection: { type: 'server_vad', silence_duration_ms: 500.7, idle_timeout_ms: null } } } },
      }),
    ).toEqual({
      type: 'session.update',
      session: { type: 'realtime', max_output_tokens: 99, audio: { input: { turn_detection: { type: 'server_vad', silence_duration_ms: 500, idle_timeout_ms: null } } } },
    })
    expect(round({ type: 'response.create', response: { max_output_tokens: 1.5 } })).toMatchObject({ response: { max_output_tokens: 1 } })
  })

  it('lets references and an emptied metadata through', () => {
    const event: ClientEvent = { type: 'response.create', response: { metadata: null, input: [{ type: 'item_reference', id: 'i'.repeat(40) }] } }
    expect(round(event)).toEqual(event)
  })

  it.each<[string, ClientEvent]>([
    ['a negative time', { type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: -1 }],
    ['a time that is none', { type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: NaN }],
    ['too long an item id', { type: 'conversation.item.create', item: { id: 'x'.repeat(33), type: 'message', role: 'user', content: [] } }],
    ['too long a call id', { type: 'conversation.item.create', item: { type: 'function_call_output', call_id: 'x'.repeat(33), output: '' } }],
    ['too long an id in the context of a response', { type: 'response.create', response: { input: [{ type: 'message', id: 'x'.repeat(33), role: 'user', content: [] }] } }],
    ['too much metadata', { type: 'response.create', response: { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${String(i)}`, ''])) } }],
    ['too long a key of metadata', { type: 'response.create', response: { metadata: { ['k'.repeat(65)]: '' } } }],
    ['too long a value of metadata', { type: 'response.create', response: { metadata: { k: 'v'.repeat(513) } } }],
    ['too long an event id', { type: 'response.cancel', event_id: 'x'.repeat(513) }],
    ['too much sound', { type: 'input_audio_buffer.append', audio: 'A'.repeat(MAX_APPEND + 1) }],
  ])('refuses %s', (_, event) => {
    expect(() => serialiseClientEvent(event)).toThrow(RangeError)
  })
})

it('appendFrame is an append of the sound', () => {
  const pcm = Uint8Array.from([1, 2, 3, 4, 5])
  expect(JSON.parse(appendFrame(pcm, (bytes) => Buffer.from(bytes).toString('base64')))).toEqual({
    type: 'input_audio_buffer.append',
    audio: 'AQIDBAU=',
  })
  expect(() => appendFrame(pcm, () => 'A'.repeat(MAX_APPEND + 1))).toThrow(RangeError)
})
