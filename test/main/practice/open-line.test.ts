import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LevelVad } from '../../../main/practice/level-vad.ts'
import type { PracticePartner } from '../../../main/practice/partner.ts'
import { PracticeClient, joined, mixed, noise, speech, startPartner } from './practice-client.ts'

const SENTENCE = speech('My name is Alice and I like the colour teal.')
const room = (ms: number, seed: number): Int16Array => noise(ms * 24, -55, seed)

let partner: PracticePartner
let client: PracticeClient
async function open(pace = 100_000): Promise<void> {
  partner = await startPartner({ pace })
  client = await PracticeClient.open(partner)
}
afterEach(async () => {
  await client.close()
  await partner.stop()
})

describe('the open line', () => {
  it('finds a sentence in a noisy room, commits it exactly, and answers unasked', async () => {
    await open()
    await client.update({ type: 'server_vad', silence_duration_ms: 400 })
    const before = 48_000
    const sound = mixed(joined(room(2000, 2), SENTENCE, room(1500, 3)), noise(SENTENCE.length + 84_000, -55, 4))
    const done = client.next('response.done')
    client.append(sound)
    const answer = client.answerOf(await done)
    const at = (type: string): { item_id: string; audio_start_ms: number; audio_end_ms: number } => client.events.find((e) => e.type === type) as never
    const started = at('input_audio_buffer.speech_started')
    const stopped = at('input_audio_buffer.speech_stopped')
    // 300 ms of prefix, and the 120 ms in which a beginning is recognised, before the first loud frame.
    expect(started.audio_start_ms).toBeGreaterThanOrEqual(before / 24 - 450)
    expect(started.audio_start_ms).toBeLessThanOrEqual(before / 24 - 200)
    const speechEnd = (before + SENTENCE.length) / 24
    expect(stopped.audio_end_ms).toBeGreaterThan(speechEnd - 400 + 400)
    expect(stopped.audio_end_ms).toBeLessThan(speechEnd + 400 + 100)
    expect(client.events.filter((e) => !e.type.includes('delta')).map((e) => e.type)).toEqual([
      'session.created', 'session.updated',
      // From here on as recorded with the real API under server VAD.
      'input_audio_buffer.speech_started', 'input_audio_buffer.speech_stopped', 'input_audio_buffer.committed',
      'conversation.item.added', 'conversation.item.done', 'response.created', 'response.output_item.added', 'conversation.item.added',
      'response.content_part.added', 'response.output_audio.done', 'response.output_audio_transcript.done', 'response.content_part.done',
      'conversation.item.done', 'response.output_item.done', 'response.done',
    ])
    expect(new Set([started.item_id, stopped.item_id, at('input_audio_buffer.committed').item_id]).size).toBe(1)
    const length = (stopped.audio_end_ms - started.audio_start_ms) / 1000
    expect(Math.abs(Number(/I heard ([\d.]+) seconds/.exec(answer.text)?.[1]) - length)).toBeLessThanOrEqual(0.1)
    expect(answer.text).toContain('Now say something more. Then I count, and you cut me off.')
    const item = await client.request({ type: 'conversation.item.retrieve', item_id: started.item_id }, 'conversation.item.retrieved')
    const { audio } = (item['item'] as { content: { audio: string }[] }).content[0] ?? { audio: '' }
    const sent = Buffer.from(sound.buffer).subarray(started.audio_start_ms * 48, stopped.audio_end_ms * 48)
    expect(Buffer.from(audio, 'base64').equals(sent)).toBe(true)
  })

  it('stops speaking when the person does, and tells where it was cut', async () => {
    await open(3)
    await client.update({ type: 'server_vad', silence_duration_ms: 400 })
    client.append(room(1000, 5))
    client.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'count' }] } })
    await client.request({ type: 'response.create' }, 'response.created')
    await new Promise((resolve) => setTimeout(resolve, 300))
    const started = client.next('input_audio_buffer.speech_started')
    const done = client.next('response.done')
    client.append(SENTENCE)
    await started
    const cut = client.answerOf(await done)
    expect(cut).toMatchObject({ status: 'cancelled', reason: 'turn_detected' })
    await client.request({ type: 'conversation.item.truncate', item_id: cut.item_id, content_index: 0, audio_end_ms: 900 }, 'conversation.item.truncated')
    const created = client.next('response.created')
    client.append(room(900, 6))
    await created
    await client.next('response.output_audio_transcript.delta')
    const next = client.answerOf(await client.request({ type: 'response.cancel' }, 'response.done'))
    expect(next.text).toMatch(/^You cut me off after 0\.9/)
  })

  it('leaves answering and interrupting to the client when asked to', async () => {
    await open(3)
    await client.update({ type: 'server_vad', silence_duration_ms: 300, create_response: false, interrupt_response: false })
    client.append(room(800, 7))
    await client.request({ type: 'response.create' }, 'response.created')
    const committed = client.next('input_audio_buffer.committed')
    client.append(joined(SENTENCE, room(900, 8)))
    await committed
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(client.events.filter((e) => e.type === 'response.created')).toHaveLength(1)
    expect(client.events.some((e) => e.type === 'response.done')).toBe(false)
  })

  it('becomes a manual turn in mid-session and back', async () => {
    await open()
    await client.update({ type: 'server_vad', silence_duration_ms: 300 })
    client.append(room(800, 9))
    await client.update(null)
    client.send({ type: 'input_audio_buffer.clear' })
    client.append(joined(SENTENCE, room(1500, 10), SENTENCE))
    const held = await client.request({ type: 'input_audio_buffer.commit' }, 'input_audio_buffer.committed')
    expect(client.events.some((e) => e.type === 'input_audio_buffer.speech_started')).toBe(false)
    await client.answer()
    await client.update({ type: 'server_vad', silence_duration_ms: 300 })
    const stopped = client.next('input_audio_buffer.speech_stopped')
    client.append(joined(room(800, 11), SENTENCE, room(900, 12)))
    expect((await stopped)['item_id']).not.toBe(held['item_id'])
  })

  it('keeps no more than two minutes of a turn', async () => {
    await open()
    await client.update({ type: 'server_vad', silence_duration_ms: 500 })
    client.append(room(800, 13))
    const twoMinutes = 120 * 24_000
    const tone = Int16Array.from({ length: twoMinutes + 24_000 }, (_, i) => (Math.floor(i / 7200) % 2 === 0 ? 6000 : 600) * Math.sin(i / 9))
    const committed = client.next('input_audio_buffer.committed')
    client.append(tone, 240_000)
    const { item_id } = await committed
    const item = await client.request({ type: 'conversation.item.retrieve', item_id }, 'conversation.item.retrieved')
    const { audio } = (item['item'] as { content: { audio: string }[] }).content[0] ?? { audio: '' }
    expect(Buffer.from(audio, 'base64').length / 2).toBeLessThanOrEqual(twoMinutes)
    expect(Buffer.from(audio, 'base64').length / 2).toBeGreaterThan(twoMinutes - 24_000)
  })
})

describe('level detection', () => {
  /** Feeds sound; gives the frame numbers of beginnings and ends. */
  function feed(vad: LevelVad, sound: Int16Array): string[] {
    const changes: string[] = []
    for (let at = 0; at + 480 <= sound.length; at += 480) {
      const change = vad.push(sound.subarray(at, at + 480))
      if (change !== null) changes.push(change)
    }
    return changes
  }
  let vad: LevelVad
  beforeEach(async () => {
    vad = new LevelVad({ threshold: 0.5, silence_duration_ms: 500 })
    await open()
  })

  it.each([-90, -55, -42])('hears nothing in steady noise of %i dBFS', (db) => {
    expect(feed(vad, noise(24_000 * 10, db))).toEqual([])
  })

  it('hears nothing in digital silence, and a voice after it', () => {
    expect(feed(vad, new Int16Array(48_000))).toEqual([])
    expect(feed(vad, joined(SENTENCE, new Int16Array(24_000)))).toEqual(['started', 'stopped'])
  })

  it('does not take a knock for speech', () => {
    const knock = noise(24 * 60, -15)
    expect(feed(vad, joined(room(2000, 1), knock, room(1000, 2), knock, room(1000, 3)))).toEqual([])
  })

  it('gets used to a fan that is switched on', () => {
    expect(feed(vad, joined(room(2000, 1), noise(24_000 * 8, -48, 2)))).toEqual([])
    // A louder one is taken for speech at first, once; from then on it is the room.
    expect(feed(vad, noise(24_000 * 8, -34, 3))).toEqual(['started', 'stopped'])
    expect(feed(vad, joined(mixed(SENTENCE, noise(SENTENCE.length, -34, 4)), noise(24_000, -34, 5)))).toEqual(['started', 'stopped'])
  })
})
