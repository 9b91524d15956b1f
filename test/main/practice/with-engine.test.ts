import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bytesOf } from '../../../shared/audio/pcm16.ts'
import { makeEndpoint } from '../../../main/realtime/endpoint.ts'
import { RealtimeConnection } from '../../../main/realtime/connection.ts'
import { SecretKey } from '../../../main/realtime/secret-key.ts'
import type { EngineEvent } from '../../../main/voice/engine.ts'
import { RealtimeEngine } from '../../../main/voice/realtime-engine.ts'
import type { PracticePartner } from '../../../main/practice/partner.ts'
import { speech, startPartner } from './practice-client.ts'

/** Parley's own engine against the partner, with nothing made for the occasion: practice is a server like any other. */
describe("Parley's engine", () => {
  let partner: PracticePartner
  let engine: RealtimeEngine
  const events: EngineEvent[] = []

  beforeEach(async () => {
    partner = await startPartner({ pace: 10 })
    events.length = 0
    engine = new RealtimeEngine((listener) => {
      const made = makeEndpoint({ kind: 'practice', url: partner.url, model: '' }, { hasKey: true, consent: false })
      if (!made.ok) throw new Error(made.failure.code)
      const connection = new RealtimeConnection({
        endpoint: made.endpoint,
        key: new SecretKey(partner.token, made.endpoint.origin),
        resolveProxy: () => Promise.resolve('DIRECT'),
        listener,
      })
      connection.open()
      return {
        send: (event) => {
          connection.send(event)
        },
        sendAudio: (pcm) => {
          connection.sendAudio(pcm)
        },
        close: () => {
          connection.close()
        },
      }
    })
  })
  afterEach(async () => {
    engine.stop()
    await partner.stop()
  })

  async function until<T extends EngineEvent['type']>(type: T, n = 1): Promise<Extract<EngineEvent, { type: T }>> {
    for (let waited = 0; waited < 5000; waited += 5) {
      const found = events.filter((e): e is Extract<EngineEvent, { type: T }> => e.type === type)[n - 1]
      if (found !== undefined) return found
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    throw new Error(`no ${type}: ${events.map((e) => e.type).join(' ')}`)
  }

  /** The text of the n-th answer. */
  function transcript(n: number): string {
    const all = events.flatMap((e) => (e.type === 'conversation' && e.event.type === 'response.output_audio_transcript.done' ? [e.event.transcript] : []))
    return all[n - 1] ?? ''
  }

  it('is greeted, hears what it said, cuts in by key, and types', async () => {
    engine.start({ instructions: 'Be kind.', voice: 'marin', language: 'en', turnDetection: { type: 'manual' }, greet: true, history: [], tools: [] }, (event) => events.push(event))
    expect((await until('opened')).model).toBe('practice')
    expect((await until('response_ended')).status).toBe('completed')
    expect(transcript(1)).toMatch(/^Hello\. I am the practice partner\. Hold Talk/)

    const sentence = speech('The quick brown fox jumps over the lazy dog.')
    engine.beginTurn()
    for (let at = 0; at < sentence.length; at += 480) engine.appendAudio(bytesOf(sentence.subarray(at, at + 480)))
    expect(engine.endTurn()).toBe('committed')
    await until('response_ended', 2)
    expect(transcript(2)).toMatch(/^I heard \d\.\d seconds\. You came through clearly\./)

    engine.sendText('count', 'typed_1')
    const started = await until('response_started', 3)
    const sound = (): Extract<EngineEvent, { type: 'audio' }>[] => events.filter((e) => e.type === 'audio').filter((e) => e.response_id === started.response_id)
    const heardSoFar = (): number => sound().reduce((ms, e) => ms + e.pcm.byteLength / 48, 0)
    await expect.poll(heardSoFar, { timeout: 5000, interval: 5 }).toBeGreaterThan(1500)
    const [first] = sound()
    if (first === undefined) throw new Error('no sound')
    const receivedMs = heardSoFar()
    engine.interrupt([{ response_id: first.response_id, item_id: first.item_id, content_index: 0, heardMs: 1300, receivedMs, complete: false }])
    engine.sendText('Hello again to you', 'typed_2')
    expect(await until('response_ended', 3)).toMatchObject({ status: 'cancelled', reason: 'client_cancelled' })
    await until('response_ended', 4)
    expect(transcript(3)).toMatch(/^You cut me off after 1\.3 seconds\. Your text arrived: 18 characters\. That is all I can do\./)
    expect(events.filter((e) => e.type === 'notice' || e.type === 'closed')).toEqual([])
  })
})
