import { describe, expect, it } from 'vitest'
import type { ClientEvent } from '../../../shared/realtime/client-events.ts'
import { serialiseClientEvent } from '../../../shared/realtime/serialise.ts'
import { sessionFromBeta } from '../../../shared/realtime/beta.ts'
import { fixtures } from './fixtures.ts'

const beta = (event: ClientEvent): Record<string, unknown> => JSON.parse(serialiseClientEvent(event, 'beta')) as Record<string, unknown>
const examples = new Map(fixtures('beta').filter(({ side }) => side === 'client').map(({ name, text }) => [name, JSON.parse(text) as Record<string, unknown>]))

const FUNCTION = (name: string, description: string, parameters: object): object => ({ type: 'function', name, description, parameters })
const VAD = { type: 'server_vad', threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 500, create_response: true }
const PCM = { type: 'audio/pcm', rate: 24000 }

/** Each example of the old description, said in today's words. `temperature` is in none of ours and is kept. */
const TODAY: Record<string, object> = {
  'client.session.update.json': {
    event_id: 'event_123',
    type: 'session.update',
    session: {
      type: 'realtime',
      output_modalities: ['audio'],
      instructions: 'You are a helpful assistant.',
      audio: { input: { format: PCM, transcription: { model: 'whisper-1' }, turn_detection: VAD }, output: { format: PCM, voice: 'sage' } },
      tools: [FUNCTION('get_weather', 'Get the current weather...', { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] })],
      tool_choice: 'auto',
      temperature: 0.8,
      max_output_tokens: 'inf',
    },
  },
  'client.response.create.json': {
    event_id: 'event_234',
    type: 'response.create',
    response: {
      output_modalities: ['audio'],
      instructions: 'Please assist the user.',
      audio: { output: { format: PCM, voice: 'sage' } },
      tools: [FUNCTION('calculate_sum', 'Calculates the sum of two numbers.', { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] })],
      tool_choice: 'auto',
      temperature: 0.8,
      max_output_tokens: 1024,
    },
  },
  'client.transcription_session.update.json': {
    type: 'session.update',
    session: {
      type: 'transcription',
      audio: {
        input: {
          format: PCM,
          transcription: { model: 'gpt-4o-transcribe', prompt: '', language: '' },
          turn_detection: VAD,
          noise_reduction: { type: 'near_field' },
        },
      },
      include: ['item.input_audio_transcription.logprobs'],
    },
  },
}

describe('the old shape', () => {
  it('has an example of each of the 12 old client events', () => {
    expect(examples.size).toBe(12)
  })

  it.each([...examples.keys()])('%s comes out as it was', (name) => {
    const example = examples.get(name) ?? {}
    const made = beta((TODAY[name] ?? example) as ClientEvent)
    if (name === 'client.response.create.json') {
      // The example says `max_output_tokens`; the description's own schema `max_response_output_tokens`.
      const { max_output_tokens, ...rest } = example['response'] as Record<string, unknown>
      expect(made).toEqual({ ...example, response: { ...rest, max_response_output_tokens: max_output_tokens } })
    } else expect(made).toEqual(example)
  })

  it('of a session is what the parser makes the session of again', () => {
    const session = TODAY['client.session.update.json'] as { session: Record<string, unknown> }
    const flat = beta(TODAY['client.session.update.json'] as ClientEvent)['session'] as Record<string, unknown>
    expect({ type: 'realtime', ...sessionFromBeta(flat) }).toEqual(session.session)
  })

  it('keeps null, which means off, and leaves out what was never known', () => {
    const made = beta({
      type: 'session.update',
      session: {
        type: 'realtime',
        output_modalities: ['text'],
        truncation: 'auto',
        reasoning: { effort: 'low' },
        parallel_tool_calls: true,
        max_output_tokens: 9.5,
        audio: {
          input: {
            format: { type: 'audio/pcmu' },
            transcription: null,
            noise_reduction: { type: 'far_field', strength: 2 },
            turn_detection: { type: 'server_vad', silence_duration_ms: 499.9, idle_timeout_ms: 5000 },
          },
          output: { format: { type: 'audio/pcma' }, voice: { id: 'voice_1' }, speed: 1.2 },
        },
        tools: [{ type: 'mcp', server_label: 'docs' }, { type: 'function', name: 'f' }],
        tool_choice: { type: 'mcp', server_label: 'docs' },
      },
    })
    expect(made['session']).toEqual({
      modalities: ['text'],
      max_response_output_tokens: 9,
      input_audio_format: 'g711_ulaw',
      input_audio_transcription: null,
      input_audio_noise_reduction: { type: 'far_field' },
      turn_detection: { type: 'server_vad', silence_duration_ms: 499 },
      output_audio_format: 'g711_alaw',
      voice: 'voice_1',
      speed: 1.2,
      tools: [{ type: 'function', name: 'f' }],
    })
    expect(beta({ type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection: null } } } })).toEqual({ type: 'session.update', session: { turn_detection: null } })
    expect(beta({ type: 'session.update', session: { type: 'realtime', instructions: '', tools: [] } })).toEqual({ type: 'session.update', session: { instructions: '', tools: [] } })
  })

  it('of items and of the context of a response has the old parts', () => {
    const item = { type: 'message' as const, role: 'assistant' as const, content: [{ type: 'output_text' as const, text: 'Hi' }] }
    const old = { type: 'message', role: 'assistant', content: [{ type: 'text', text: 'Hi' }] }
    expect(beta({ type: 'conversation.item.create', item })).toEqual({ type: 'conversation.item.create', item: old })
    expect(beta({ type: 'response.create', response: { conversation: 'none', input: [item, { type: 'item_reference', id: 'i1' }] } })['response']).toEqual({ conversation: 'none', input: [old, { type: 'item_reference', id: 'i1' }] })
    expect(beta({ type: 'conversation.item.create', item: { type: 'message', role: 'assistant', content: [{ type: 'output_audio', transcript: 'Hi' }] } })['item']).toMatchObject({ content: [{ type: 'audio', transcript: 'Hi' }] })
    expect(beta({ type: 'conversation.item.create', item: { type: 'function_call_output', call_id: 'c', output: '{}' } })['item']).toEqual({ type: 'function_call_output', call_id: 'c', output: '{}' })
    expect(beta({ type: 'response.create' })).toEqual({ type: 'response.create' })
  })

  it('has the same limits', () => {
    expect(() => beta({ type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: -1 })).toThrow(RangeError)
  })
})
