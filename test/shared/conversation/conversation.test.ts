import { beforeEach, describe, expect, it } from 'vitest'
import { Conversation } from '../../../shared/conversation/conversation.ts'
import { applyPatch, type ConversationEntry, type ConversationPatch } from '../../../shared/conversation/model.ts'
import type { ServerEvent } from '../../../shared/realtime/server-events.ts'

const PART = { response_id: 'resp_1', item_id: 'a1', output_index: 0, content_index: 0 }

function added(id: string, role: 'user' | 'assistant' | 'system', previous: string | null, content: unknown[] = []): ServerEvent {
  return { type: 'conversation.item.added', previous_item_id: previous, item: { id, type: 'message', role, content } } as ServerEvent
}

function outputItem(id: string, response = 'resp_1'): ServerEvent {
  return { type: 'response.output_item.added', response_id: response, output_index: 0, item: { id, type: 'message', role: 'assistant', content: [] } }
}

function done(status: 'completed' | 'cancelled' | 'failed' | 'incomplete', id = 'resp_1', details: object | null = null): ServerEvent {
  return { type: 'response.done', response: { id, status, status_details: details, output: [], usage: null } }
}

describe('Conversation', () => {
  let conversation: Conversation
  let patches: ConversationPatch[]
  /** What a window makes of the patches: must always equal the model. */
  let shown: readonly ConversationEntry[]
  let ids = 0

  beforeEach(() => {
    patches = []
    shown = []
    conversation = new Conversation({
      now: () => 1000,
      newId: () => `local_${String(++ids)}`,
      onPatches: (list) => {
        patches.push(...list)
        for (const patch of list) shown = applyPatch(shown, patch)
        expect(shown).toEqual(conversation.entries)
      },
    })
  })

  function apply(...events: ServerEvent[]): void {
    for (const event of events) conversation.apply(event)
  }

  function spokenAnswer(id = 'a1', previous: string | null = null): void {
    apply(outputItem(id), added(id, 'assistant', previous), {
      type: 'response.content_part.added',
      ...PART,
      item_id: id,
      part: { type: 'output_audio', transcript: '' },
    })
  }

  function says(delta: string, id = 'a1'): void {
    apply({ type: 'response.output_audio_transcript.delta', ...PART, item_id: id, delta })
  }

  it('places a spoken turn at commit and fills its words in whenever they come', () => {
    apply({ type: 'session.updated', session: { type: 'realtime', audio: { input: { transcription: { model: 'gpt-transcribe' } } } } })
    apply({ type: 'input_audio_buffer.committed', item_id: 'u1', previous_item_id: null }, added('u1', 'user', null, [{ type: 'input_audio', transcript: null }]))
    conversation.setTurnMs('u1', 2400)
    expect(shown[0]).toMatchObject({ id: 'u1', role: 'user', textState: 'pending', audioMs: 2400 })
    spokenAnswer('a1', 'u1')
    says('Two quotes.')
    apply({ type: 'conversation.item.input_audio_transcription.delta', item_id: 'u1', content_index: 0, delta: ' What about' })
    apply({ type: 'conversation.item.input_audio_transcription.completed', item_id: 'u1', content_index: 0, transcript: ' What about the roof? ' })
    expect(shown.map((e) => [e.id, e.text, e.textState])).toEqual([
      ['u1', 'What about the roof?', 'final'],
      ['a1', 'Two quotes.', 'partial'],
    ])
  })

  it('says that there are no words where nothing is transcribed, where nothing was said and where it failed', () => {
    apply({ type: 'input_audio_buffer.committed', item_id: 'u1' })
    expect(shown[0]?.textState).toBe('none')
    apply({ type: 'conversation.item.input_audio_transcription.completed', item_id: 'u1', content_index: 0, transcript: ' ' })
    expect(shown[0]?.textState).toBe('empty')
    apply({ type: 'conversation.item.input_audio_transcription.failed', item_id: 'u1', content_index: 0, error: {} })
    expect(shown[0]?.textState).toBe('failed')
  })

  it('orders by previous_item_id, also behind hidden items', () => {
    apply(added('u1', 'user', null), added('s1', 'system', 'u1'), added('a1', 'assistant', 's1'), added('u2', 'user', 'a1'))
    apply(added('late', 'assistant', 's1'))
    expect(shown.map((e) => e.id)).toEqual(['u1', 'late', 'a1', 'u2'])
    apply(added('odd', 'user', 'never_seen'))
    expect(shown.at(-1)?.id).toBe('odd')
  })

  it('shows a typed turn at once and once', () => {
    const id = conversation.addTyped('Hello')
    expect(shown).toHaveLength(1)
    apply(added(id, 'user', null, [{ type: 'input_text', text: 'Hello' }]))
    expect(shown).toHaveLength(1)
    expect(shown[0]).toMatchObject({ id, source: 'text', text: 'Hello', textState: 'final' })
  })

  it('puts a turn that was committed before the typed one in front of it', () => {
    apply({ type: 'input_audio_buffer.committed', item_id: 'u1', previous_item_id: null })
    const id = conversation.addTyped('Hello')
    apply(added('a1', 'assistant', 'u1'))
    expect(shown.map((e) => e.id)).toEqual(['u1', 'a1', id])
  })

  it('follows what is heard, word by word, and never back', () => {
    spokenAnswer()
    says('You wanted two quotes before Friday.')
    let before = 0
    for (let frames = 0; frames <= 48_000; frames += 960) {
      conversation.heard({ ...PART, framesPlayed: frames, framesReceived: 48_000, complete: frames > 20_000 }, false)
      const heard = shown[0]?.heard
      expect(heard?.chars).toBeGreaterThanOrEqual(before)
      before = heard?.chars ?? 0
    }
    apply({ type: 'response.output_audio_transcript.done', ...PART, transcript: 'You wanted two quotes before Friday.' })
    expect(shown[0]?.heard).toEqual({ ms: 2000, audioMs: 2000, chars: 36, cut: false })
  })

  it('keeps the text of an answer that was cut as it was, whatever the server still sends', () => {
    spokenAnswer()
    says('You wanted two quotes ')
    conversation.heard({ ...PART, framesPlayed: 12_000, framesReceived: 36_000, complete: false }, true)
    says('before Friday.')
    apply({ type: 'response.output_audio_transcript.done', ...PART, transcript: 'You wanted two quotes before Friday.' })
    apply({ type: 'conversation.item.truncated', item_id: 'a1', content_index: 0, audio_end_ms: 500 }, done('cancelled', 'resp_1', { reason: 'turn_detected' }))
    expect(shown[0]).toMatchObject({ text: 'You wanted two quotes', textState: 'final', heard: { ms: 500, cut: true }, response: { status: 'cancelled', reason: 'turn_detected' } })
    apply({ type: 'conversation.item.deleted', item_id: 'a1' })
    expect(shown).toHaveLength(1)
  })

  it('marks an answer that was stopped before its first sound as cut', () => {
    spokenAnswer()
    says('You wanted')
    apply(done('cancelled'))
    expect(shown[0]?.heard).toEqual({ ms: 0, audioMs: 0, chars: 0, cut: true })
  })

  it('keeps interleaved items apart', () => {
    spokenAnswer('a1')
    spokenAnswer('a2', 'a1')
    says('One', 'a1')
    says('Two', 'a2')
    says(' more', 'a1')
    expect(shown.map((e) => e.text)).toEqual(['One more', 'Two'])
  })

  it('says how a response failed', () => {
    spokenAnswer()
    apply(done('failed', 'resp_1', { type: 'failed', error: { type: 'server_error', code: 'rate_limit_exceeded' } }))
    expect(shown[0]?.response).toEqual({ status: 'failed', reason: 'rate_limit_exceeded' })
  })

  it('leaves out what was never added to the conversation', () => {
    apply(outputItem('oob', 'resp_2'))
    says('Summary', 'oob')
    apply(done('completed', 'resp_2'))
    expect(shown).toEqual([])
  })

  it('leaves nothing pending when the connection ends', () => {
    apply({ type: 'session.updated', session: { type: 'realtime', audio: { input: { transcription: { model: 'x' } } } } })
    apply({ type: 'input_audio_buffer.committed', item_id: 'u1' })
    spokenAnswer('a1', 'u1')
    says('Half an ans')
    conversation.sessionEnded()
    expect(shown.map((e) => e.textState)).toEqual(['none', 'final'])
    expect(shown[1]?.response).toEqual({ status: 'cancelled', reason: 'connection_lost' })
  })
})
