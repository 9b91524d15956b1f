import { describe, expect, it } from 'vitest'
import type { ServerEvent } from '../../../shared/realtime/server-events.ts'
import { UNNAMED_MODEL, UsageMeter, type Charge } from '../../../shared/usage/meter.ts'
import { BUILT_IN_PRICES, parsePrices, priceOf, withPrices } from '../../../shared/usage/prices.ts'
import { parsed, serverEvents } from '../conversation/reducing.ts'

const session = (model: string, transcription?: string): ServerEvent =>
  parsed({ type: 'session.updated', session: { type: 'realtime', model, audio: { input: { transcription: transcription === undefined ? null : { model: transcription } } } } })
const done = (usage: unknown, id = 'r1'): ServerEvent => parsed({ type: 'response.done', response: { id, status: 'completed', usage } })
const transcribed = (usage: unknown, item_id = 'u1'): ServerEvent =>
  parsed({ type: 'conversation.item.input_audio_transcription.completed', item_id, content_index: 0, transcript: 'Hi', usage })

/** A million of everything: 600k of each kind cached. */
const MILLIONS = {
  total_tokens: 5_000_000,
  input_tokens: 3_000_000,
  output_tokens: 2_000_000,
  input_token_details: {
    text_tokens: 1_000_000,
    audio_tokens: 1_000_000,
    image_tokens: 1_000_000,
    cached_tokens: 1_800_000,
    cached_tokens_details: { text_tokens: 600_000, audio_tokens: 600_000, image_tokens: 600_000 },
  },
  output_token_details: { text_tokens: 1_000_000, audio_tokens: 1_000_000, reasoning_tokens: 400_000 },
}
const WITHOUT_IMAGES = {
  ...MILLIONS,
  total_tokens: 4_000_000,
  input_tokens: 2_000_000,
  input_token_details: { text_tokens: 1_000_000, audio_tokens: 1_000_000, cached_tokens: 1_200_000, cached_tokens_details: { text_tokens: 600_000, audio_tokens: 600_000 } },
}

function charge(model: string, usage: unknown): Charge {
  const meter = new UsageMeter()
  meter.apply(session(model))
  const made = meter.apply(done(usage))
  if (made === null) throw new Error('no charge')
  return made
}

describe('responses', () => {
  // in, cached and out of text, audio, image, written out: 0.4 M × in + 0.6 M × cached + 1 M × out.
  const LARGE = { input: { text: 1.6, audio: 12.8, image: 2 }, cached: { text: 0.24, audio: 0.24, image: 0.3 } }
  const MINI = { input: { text: 0.24, audio: 4, image: 0.32 }, cached: { text: 0.036, audio: 0.18, image: 0.048 }, output: { text: 2.4, audio: 20, image: 0 } }
  it.each([
    ['gpt-realtime-2.1', { ...LARGE, output: { text: 24, audio: 64, image: 0 } }],
    ['gpt-realtime-2', { ...LARGE, output: { text: 24, audio: 64, image: 0 } }],
    ['gpt-realtime-1.5', { ...LARGE, output: { text: 16, audio: 64, image: 0 } }],
    ['gpt-realtime', { ...LARGE, output: { text: 16, audio: 64, image: 0 } }],
    ['gpt-realtime-2025-08-28', { ...LARGE, output: { text: 16, audio: 64, image: 0 } }],
    ['gpt-realtime-2.1-mini', MINI],
    ['gpt-realtime-mini', MINI],
    ['gpt-realtime-mini-2025-10-06', MINI],
    ['gpt-realtime-mini-2025-12-15', MINI],
  ])('%s', (model, costs) => {
    const made = charge(model, MILLIONS)
    for (const side of ['input', 'cached', 'output'] as const) {
      for (const kind of ['text', 'audio', 'image'] as const) expect(made.costs?.[side][kind]).toBeCloseTo(costs[side][kind], 9)
    }
    const sum = Object.values(costs).flatMap((kinds) => Object.values(kinds)).reduce((a, b) => a + b, 0)
    expect(made.costUsd).toBeCloseTo(sum, 9)
  })

  it.each([
    ['gpt-4o-realtime-preview', 2 + 16 + 1.5 + 1.5 + 20 + 80],
    ['gpt-4o-realtime-preview-2024-12-17', 2 + 16 + 1.5 + 1.5 + 20 + 80],
    ['gpt-4o-mini-realtime-preview', 0.24 + 4 + 0.18 + 0.18 + 2.4 + 20],
    ['gpt-4o-mini-realtime-preview-2024-12-17', 0.24 + 4 + 0.18 + 0.18 + 2.4 + 20],
    ['gpt-audio-1.5', 2.5 + 32 + 10 + 64],
    ['gpt-audio-mini-2025-12-15', 0.6 + 10 + 2.4 + 20],
  ])('%s, which has no price for images', (model, dollars) => {
    expect(charge(model, WITHOUT_IMAGES).costUsd).toBeCloseTo(dollars, 9)
    expect(charge(model, MILLIONS).costUsd).toBeNull()
  })

  it('cached tokens are part of the input, not beside it', () => {
    const made = charge('gpt-realtime', { input_tokens: 149, output_tokens: 33, input_token_details: { text_tokens: 149, cached_tokens: 128, cached_tokens_details: { text_tokens: 128 } }, output_token_details: { text_tokens: 33 } })
    expect(made.tokens).toEqual({ input: { text: 21, audio: 0, image: 0 }, cached: { text: 128, audio: 0, image: 0 }, output: { text: 33, audio: 0, image: 0 } })
    expect(made.costUsd).toBeCloseTo((21 * 4 + 128 * 0.4 + 33 * 16) / 1e6, 12)
  })

  it('cached tokens without kinds are text first, and never more than there are', () => {
    const made = charge('gpt-realtime', { input_tokens: 150, input_token_details: { text_tokens: 100, audio_tokens: 50, cached_tokens: 120 } })
    expect(made.tokens).toMatchObject({ input: { text: 0, audio: 30 }, cached: { text: 100, audio: 20 } })
    const odd = charge('gpt-realtime', { input_tokens: 127, input_token_details: { text_tokens: 119, audio_tokens: 8, cached_tokens: 384, cached_tokens_details: { text_tokens: 128, audio_tokens: 256 } } })
    expect(odd.tokens).toMatchObject({ input: { text: 0, audio: 0 }, cached: { text: 119, audio: 8 } })
  })

  it('totals without kinds count as text', () => {
    expect(charge('gpt-realtime', { input_tokens: 10, output_tokens: 5 }).tokens).toMatchObject({ input: { text: 10 }, output: { text: 5 } })
  })

  it('no usage costs nothing, an answer told twice costs once', () => {
    const meter = new UsageMeter({ model: 'gpt-realtime' })
    expect(meter.apply(done(null))).toBeNull()
    expect(meter.usage).toMatchObject({ responses: 0, costUsd: null, unpriced: [] })
    expect(meter.apply(done({ output_tokens: 1 }))).not.toBeNull()
    expect(meter.apply(done({ output_tokens: 1 }))).toBeNull()
    expect(meter.usage).toMatchObject({ responses: 1, totalTokens: 1 })
    expect(meter.apply({ type: 'input_audio_buffer.cleared' })).toBeNull()
  })

  it('counts for ever without remembering for ever', () => {
    const meter = new UsageMeter({ model: 'gpt-realtime' })
    for (let i = 0; i < 3000; i++) meter.apply(done({ output_tokens: 1 }, `r${String(i)}`))
    expect(meter.usage.responses).toBe(3000)
  })
})

describe('transcriptions', () => {
  const MINUTE = { type: 'duration', seconds: 60 }
  const TOKENS = { type: 'tokens', total_tokens: 2_000_000, input_tokens: 1_000_000, output_tokens: 1_000_000, input_token_details: { text_tokens: 500_000, audio_tokens: 500_000 } }
  it.each([
    ['gpt-transcribe', MINUTE, 0.27 / 60],
    ['gpt-realtime-whisper', MINUTE, 0.017],
    ['whisper-1', MINUTE, 0.006],
    ['gpt-4o-transcribe', TOKENS, 1.25 + 3 + 10],
    ['gpt-4o-transcribe-diarize', TOKENS, 1.25 + 3 + 10],
    ['gpt-4o-mini-transcribe', TOKENS, 0.625 + 1.5 + 5],
    ['gpt-4o-mini-transcribe-2025-12-15', TOKENS, 0.625 + 1.5 + 5],
  ])('%s', (model, usage, dollars) => {
    const meter = new UsageMeter()
    meter.apply(session('gpt-realtime', model))
    expect(meter.apply(transcribed(usage))).toMatchObject({ what: 'transcription', id: 'u1', model })
    expect(meter.usage.costUsd).toBeCloseTo(dollars, 9)
    expect(meter.usage.transcription.costUsd).toBeCloseTo(dollars, 9)
    expect(meter.usage).toMatchObject({ responses: 0, totalTokens: 0, transcription: { count: 1 }, unpriced: [] })
  })

  it('are billed apart from responses, and once', () => {
    const meter = new UsageMeter()
    meter.apply(session('gpt-realtime', 'gpt-transcribe'))
    meter.apply(done({ output_tokens: 1_000_000 }))
    meter.apply(transcribed(MINUTE))
    expect(meter.apply(transcribed(MINUTE))).toBeNull()
    expect(meter.apply(transcribed(null, 'u2'))).toBeNull()
    expect(meter.usage.costUsd).toBeCloseTo(16 + 0.0045, 9)
    expect(meter.usage.transcription.seconds).toBe(60)
  })

  it('whose price is for something else have none', () => {
    for (const [model, usage] of [['gpt-transcribe', TOKENS], ['gpt-4o-transcribe', MINUTE]] as const) {
      const meter = new UsageMeter()
      meter.apply(session('gpt-realtime', model))
      expect(meter.apply(transcribed(usage))?.costUsd).toBeNull()
      expect(meter.usage).toMatchObject({ costUsd: null, unpriced: [model] })
    }
  })
})

describe('models without a price', () => {
  it('count tokens only, and are named', () => {
    const meter = new UsageMeter()
    meter.apply(session('my-own-model'))
    expect(meter.apply(done(MILLIONS))).toMatchObject({ costs: null, costUsd: null })
    expect(meter.usage).toMatchObject({ totalTokens: 5_000_000, costUsd: null, unpriced: ['my-own-model'] })
    meter.apply(session('gpt-realtime'))
    meter.apply(done({ output_tokens: 1_000_000 }, 'r2'))
    expect(meter.usage).toMatchObject({ costUsd: 16, unpriced: ['my-own-model'] })
  })

  it('nor a name', () => {
    const meter = new UsageMeter()
    meter.apply(done({ output_tokens: 1 }))
    expect(meter.usage.unpriced).toEqual([UNNAMED_MODEL])
    for (const name of ['constructor', '__proto__', 'toString']) expect(priceOf(BUILT_IN_PRICES, name)).toBeNull()
  })

  it('are named at most twenty at a time', () => {
    const meter = new UsageMeter()
    for (let i = 0; i < 50; i++) {
      meter.apply(session(`m${String(i)}`))
      meter.apply(done({ output_tokens: 1 }, `r${String(i)}`))
    }
    expect(meter.usage.unpriced).toHaveLength(20)
  })
})

it('Azure: the model that the server names counts, not the deployment that was asked for', () => {
  const meter = new UsageMeter({ model: 'my-deployment' })
  for (const event of serverEvents('azure-spoken-turn-transcribed.jsonl')) meter.apply(event)
  const responses = (14 * 4 + 26 * 32 + 29 * 16 + 77 * 64) / 1e6
  expect(meter.usage.costUsd).toBeCloseTo(responses + (3 * 0.017) / 60, 9)
  expect(meter.usage).toMatchObject({ totalTokens: 146, transcription: { seconds: 3 }, unpriced: [] })
})

describe('prices of a person’s own', () => {
  const own = (models: object): string => JSON.stringify({ date: '2027-01-01', currency: 'USD', models })

  it('replace those of a model, and leave the others', () => {
    const read = parsePrices(own({ 'gpt-realtime': { text: { in: 1, out: 2 } }, 'my-deployment': { same: 'gpt-realtime-2.1' }, 'local-whisper': { perHour: 0 } }))
    if (!read.ok) throw new Error(read.reason)
    const prices = withPrices(BUILT_IN_PRICES, read.prices)
    const meter = new UsageMeter({ prices, model: 'gpt-realtime' })
    meter.apply(done({ input_tokens: 1_000_000, output_tokens: 1_000_000 }))
    expect(meter.usage).toMatchObject({ costUsd: 3, pricesOf: '2027-01-01' })
    expect(priceOf(prices, 'my-deployment')).toEqual(priceOf(BUILT_IN_PRICES, 'gpt-realtime-2.1'))
    expect(priceOf(prices, 'local-whisper')).toEqual({ perHour: 0 })
    expect(priceOf(prices, 'gpt-realtime-mini')).toEqual(priceOf(BUILT_IN_PRICES, 'gpt-realtime-mini'))
  })

  it('that go in circles are none', () => {
    const read = parsePrices(own({ a: { same: 'b' }, b: { same: 'a' } }))
    expect(read.ok && priceOf(read.prices, 'a')).toBeNull()
  })

  it.each([
    ['{', 'not JSON'],
    ['[]', 'the top'],
    [own({ a: { perHour: -1 } }), 'models.a'],
    [own({ a: {} }), 'models.a'],
    [own({ a: { text: { in: 'much' } } }), 'models.a'],
    [own({ a: { video: { in: 1 } } }), 'models.a'],
    [JSON.stringify({ date: 'soon', currency: 'USD', models: {} }), 'date'],
    [JSON.stringify({ date: '2027-01-01', currency: 'EUR', models: {} }), 'currency'],
    [' '.repeat(1_000_001), 'larger'],
  ])('that are wrong are refused in a sentence: %.40s', (text, word) => {
    const read = parsePrices(text)
    expect(read.ok ? '' : read.reason).toContain(word)
  })

  it('have the shape of those that Parley comes with', () => {
    expect(parsePrices(JSON.stringify(BUILT_IN_PRICES))).toEqual({ ok: true, prices: BUILT_IN_PRICES })
    for (const model of Object.keys(BUILT_IN_PRICES.models)) expect(priceOf(BUILT_IN_PRICES, model)).not.toBeNull()
  })
})
