/*
 * Whatever a server sends, nothing throws, nothing grows without limit, and what is shown is true.
 * Cases of each property: 10,000 in `npm test`, more with PARLEY_CASES (`npm run test:long`).
 */
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { decodeBase64 } from '../../main/realtime/base64.ts'
import type { ConversationEntry } from '../../shared/conversation/model.ts'
import { BETA_SERVER_EVENTS } from '../../shared/realtime/beta.ts'
import { MAX_ID } from '../../shared/realtime/checks.ts'
import { parseServerEvent, SERVER_EVENT_TYPES, type ParsedServerEvent } from '../../shared/realtime/parse.ts'
import type { ServerEvent } from '../../shared/realtime/server-events.ts'
import { replay, replayAsText } from '../../shared/replay.ts'
import { UsageMeter, type Usage } from '../../shared/usage/meter.ts'
import { parsed, Watched } from './conversation/reducing.ts'
import { fixtures, recording, RECORDINGS } from './realtime/fixtures.ts'

const CASES = Number(process.env['PARLEY_CASES'] ?? 10_000)
const options = { numRuns: CASES, ...(process.env['PARLEY_SEED'] === undefined ? {} : { seed: Number(process.env['PARLEY_SEED']) }) }
const LIMIT_MS = Math.max(60_000, CASES * 10)

const ran: Record<string, number> = {}
afterAll(() => {
  if (CASES > 10_000) console.log(`cases run: ${JSON.stringify(ran)}`)
})
function count(property: string): void {
  ran[property] = (ran[property] ?? 0) + 1
}

const EXAMPLES = [...fixtures('events'), ...fixtures('beta')].filter(({ side }) => side === 'server')
const RECORDED = RECORDINGS.flatMap((name) => recording(name).filter(({ dir }) => dir === 'server').map(({ event }) => event))
/** Real frames, a few of each type and all examples. */
const FRAMES = [...EXAMPLES.map(({ text }) => JSON.stringify(JSON.parse(text))), ...everyFew(RECORDED).map((event) => JSON.stringify(event))]
const EVENTS: ServerEvent[] = [...EXAMPLES.map(({ text }) => parsed(JSON.parse(text) as object)), ...RECORDED.map(parsed)]

function everyFew<T>(list: T[]): T[] {
  return list.filter((_, i) => i % 5 === 0)
}

/** Fields of each type, by its example: what else a frame may carry under these names means nothing. */
const FIELDS = new Map(EVENTS.map((event) => [event.type, new Set(Object.keys(event))]))

/** What may be said of the outcome of any frame. */
function checkParsed(outcome: ParsedServerEvent): void {
  if (outcome.kind === 'invalid') {
    expect(outcome.reason.length).toBeGreaterThan(0)
    expect(outcome.reason.length).toBeLessThan(200)
  } else if (outcome.kind === 'unknown') expect(outcome.type).not.toBe('')
  else {
    expect(SERVER_EVENT_TYPES).toContain(outcome.event.type)
    const event = outcome.event as unknown as Record<string, unknown>
    const fields = FIELDS.get(outcome.event.type)
    for (const field of ['item_id', 'response_id'] as const) {
      const id = event[field]
      if (fields?.has(field)) expect(typeof id === 'string' && id.length > 0 && id.length <= MAX_ID).toBe(true)
    }
    for (const field of ['content_index', 'output_index'] as const) {
      const index = event[field]
      if (fields?.has(field)) expect(Number.isSafeInteger(index) && (index as number) >= 0).toBe(true)
    }
  }
}

/** Reducer and meter, which must take whatever the parser lets through. */
class Everything {
  readonly watched = new Watched()
  readonly meter = new UsageMeter()
  #usage: Usage = this.meter.usage

  take(event: ServerEvent): void {
    this.watched.apply(event)
    const charge = this.meter.apply(event)
    if (charge === null) return
    expect(charge.costUsd === null || (charge.costUsd >= 0 && Number.isFinite(charge.costUsd))).toBe(true)
    const now = this.meter.usage
    expect(now.costUsd ?? 0).toBeGreaterThanOrEqual(this.#usage.costUsd ?? 0)
    expect(now.totalTokens).toBeGreaterThanOrEqual(this.#usage.totalTokens)
    this.#usage = now
  }

  /** The window is right, every item is there once, and every figure is possible. */
  check(): void {
    for (const entry of this.watched.check().shown) {
      expect(entry.text).toBe(entry.text.trim())
      if (entry.heard) expect(entry.heard.chars >= 0 && entry.heard.chars <= entry.text.length && entry.heard.ms >= 0).toBe(true)
      if (entry.kind !== 'message') expect(entry.role).toBe('assistant')
    }
  }
}

describe('any JSON', () => {
  it('as a frame is an event, an unknown event or an invalid one', { timeout: LIMIT_MS }, () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (json) => {
        count('json')
        checkParsed(parseServerEvent(json, decodeBase64))
      }),
      options,
    )
  })

  const type = fc.constantFrom(...SERVER_EVENT_TYPES, ...BETA_SERVER_EVENTS.keys(), 'anything')
  const names = fc.constantFrom('item', 'item_id', 'response', 'response_id', 'session', 'content_index', 'output_index', 'delta', 'part', 'usage', 'error', 'transcript', 'text', 'previous_item_id', 'id', 'role', 'content', 'type', 'output', 'status', 'arguments', 'name', 'call_id', 'tools', 'server_label', 'audio_end_ms', 'rate_limits', '__proto__')
  const words = fc.constantFrom('message', 'function_call', 'mcp_call', 'mcp_list_tools', 'function_call_output', 'user', 'assistant', 'system', 'output_text', 'input_audio', 'i1', 'i2', 'r1', 'AAAA', 'completed', '')
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, words, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(names, tie('value'), { maxKeys: 6 })),
  }))
  /** Nothing but a type, or a real event, of which some fields are replaced. */
  const whole = fc.oneof(
    type.map((name): { type: string } => ({ type: name })),
    fc.constantFrom(...FRAMES).map((frame) => JSON.parse(frame) as { type: string }),
  )
  it('in the fields of known events does no harm, to reducer, meter and replay either', { timeout: LIMIT_MS }, () => {
    let known = 0
    fc.assert(
      fc.property(fc.array(fc.tuple(whole, fc.dictionary(names, value, { maxKeys: 4 })), { minLength: 1, maxLength: 6 }), (made) => {
        count('fields')
        const all = new Everything()
        const frames = made.map(([event, fields]) => JSON.stringify({ ...event, ...fields, type: event.type }))
        for (const frame of frames) {
          const outcome = parseServerEvent(frame, decodeBase64)
          checkParsed(outcome)
          if (outcome.kind === 'known') {
            known++
            all.take(outcome.event)
          }
        }
        all.check()
        expect(all.watched.shown.length).toBeLessThanOrEqual(40)
        expect(replayAsText(replay(frames.join('\n'), { decodeBase64 })).length).toBeGreaterThan(0)
      }),
      options,
    )
    // Enough of them get through for the reducer to be tried as well.
    expect(known).toBeGreaterThan(CASES / 2)
  })
})

describe('a real frame', () => {
  const damage = fc.oneof(
    fc.record({ how: fc.constant('cut' as const), at: fc.nat(), bit: fc.constant(0) }),
    fc.record({ how: fc.constant('flip' as const), at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) }),
  )
  it('cut off or with a bit turned over does no harm, as text and as bytes', { timeout: LIMIT_MS }, () => {
    const outcomes = new Set<string>()
    fc.assert(
      fc.property(fc.constantFrom(...FRAMES), fc.array(damage, { minLength: 1, maxLength: 3 }), (frame, damages) => {
        count('damage')
        let bytes = Buffer.from(frame)
        for (const { how, at, bit } of damages) {
          const place = at % Math.max(1, bytes.length)
          if (how === 'cut') bytes = bytes.subarray(0, place)
          else if (bytes.length > 0) bytes[place] = (bytes[place] ?? 0) ^ (1 << bit)
        }
        const all = new Everything()
        for (const outcome of [parseServerEvent(bytes, decodeBase64), parseServerEvent(bytes.toString('utf8'), decodeBase64)]) {
          outcomes.add(outcome.kind)
          checkParsed(outcome)
          if (outcome.kind === 'known') all.take(outcome.event)
        }
        all.check()
      }),
      options,
    )
    expect([...outcomes].toSorted()).toEqual(['invalid', 'known', 'unknown'])
  })
})

describe('real events', () => {
  const step = fc.oneof({ weight: 12, arbitrary: fc.nat(EVENTS.length - 1) }, { weight: 1, arbitrary: fc.constantFrom('heard' as const, 'cut' as const, 'typed' as const, 'ended' as const) })
  /** Runs of events as they were recorded, put together anyhow, so that items do grow. */
  const run = fc.tuple(step, fc.integer({ min: 1, max: 25 }))

  it('in any order, any number of times, with anything lost, show each item once and no wrong word', { timeout: LIMIT_MS }, () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 6 }), (runs) => {
        count('order')
        const all = new Everything()
        const { conversation } = all.watched
        const roles = new Map<string, string>()
        let before = new Map<string, ConversationEntry>()
        for (const [begin, length] of runs) {
          if (begin === 'typed') conversation.addTyped(' Typed ')
          else if (begin === 'ended') conversation.sessionEnded()
          else if (typeof begin === 'string') {
            const last = all.watched.shown.at(-1)
            const track = { response_id: 'r', item_id: last?.id ?? 'none', content_index: 0, framesPlayed: 24 * length, framesReceived: 2400, complete: length % 2 === 0 }
            conversation.heard(track, begin === 'cut')
          } else for (const event of EVENTS.slice(begin, begin + length)) all.take(event)
          const now = new Map(all.watched.shown.map((entry) => [entry.id, entry]))
          for (const [id, entry] of now) {
            const earlier = before.get(id)
            if (roles.has(id)) expect(entry.role).toBe(roles.get(id))
            roles.set(id, entry.role)
            if (earlier?.textState === 'partial' && entry.textState === 'partial') expect(entry.text.startsWith(earlier.text)).toBe(true)
            if (earlier?.heard?.cut && entry.text !== earlier.text) throw new Error('the text of a cut answer changed')
            seen.add(`${entry.kind} ${entry.textState}`)
          }
          before = now
        }
        all.check()
      }),
      options,
    )
    for (const state of ['message pending', 'message partial', 'message final', 'message failed', 'message none', 'tool_call final']) expect(seen).toContain(state)
  })
})

describe('places', () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'local_1', 'local_2')
  const previous = fc.oneof(id, fc.constantFrom('root', null, undefined))
  const step = fc.tuple(fc.constantFrom('added', 'added', 'done', 'committed', 'deleted', 'typed', 'silence', 'cut'), id, previous)

  it('hold whatever names whatever as its predecessor', { timeout: LIMIT_MS }, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        count('places')
        const watched = new Watched()
        let typed = 0
        for (const [what, id, previous] of steps) {
          // A server can name what was typed only after it was.
          if (id.startsWith('local') && Number(id.slice(6)) > typed) continue
          if (what === 'typed') typed++
          const item = { id, type: 'message' as const, role: 'assistant' as const, content: [{ type: 'output_audio' as const, transcript: id }] }
          const place = previous === undefined ? {} : { previous_item_id: previous }
          if (what === 'added') watched.apply({ type: 'conversation.item.added', item, ...place })
          else if (what === 'done') watched.apply({ type: 'conversation.item.done', item, ...place })
          else if (what === 'committed') watched.apply({ type: 'input_audio_buffer.committed', item_id: id, ...place })
          else if (what === 'deleted') watched.apply({ type: 'conversation.item.deleted', item_id: id })
          else if (what === 'silence') watched.apply({ type: 'input_audio_buffer.timeout_triggered', item_id: id, audio_start_ms: 0, audio_end_ms: 1 })
          else if (what === 'cut') watched.conversation.heard({ response_id: 'r', item_id: id, content_index: 0, framesPlayed: 0, framesReceived: 24, complete: false }, true)
          else watched.conversation.addTyped('Hi')
          watched.check()
        }
      }),
      options,
    )
  })
})

describe('text', () => {
  const pieces = fc.array(fc.tuple(fc.nat(1), fc.nat(1), fc.string({ maxLength: 6 })), { maxLength: 30 })
  it('is at every moment the beginning of what it will be, however items and parts interleave', { timeout: LIMIT_MS }, () => {
    fc.assert(
      fc.property(pieces, (deltas) => {
        count('prefix')
        const watched = new Watched()
        const whole = new Map<string, string[]>([['a', ['', '']], ['b', ['', '']]])
        const part = (id: string, content_index: number): { response_id: string; item_id: string; output_index: number; content_index: number } => ({ response_id: 'r', item_id: id, output_index: 0, content_index })
        const history: string[][] = []
        for (const id of whole.keys()) {
          watched.apply({ type: 'conversation.item.added', item: { id, type: 'message', role: 'assistant', content: [] } })
          // A part that has begun holds back those behind it.
          watched.apply({ type: 'response.output_text.delta', ...part(id, 0), delta: ' ' })
        }
        for (const [which, index, delta] of deltas) {
          const id = which === 0 ? 'a' : 'b'
          const texts = whole.get(id)
          if (texts) texts[index] = (texts[index] ?? '') + delta
          watched.apply({ type: 'response.output_text.delta', ...part(id, index), delta })
          history.push(watched.shown.map((e) => e.text))
        }
        for (const [id, texts] of whole) texts.forEach((text, i) => watched.apply({ type: 'response.output_text.done', ...part(id, i), text }))
        const finals = watched.check().shown.map((e) => e.text)
        for (const texts of history) texts.forEach((text, i) => expect(finals[i]?.startsWith(text)).toBe(true))
        expect(finals).toEqual([...whole.values()].map((texts) => texts.map((text) => text.trim()).filter((text) => text !== '').join('\n')))
      }),
      options,
    )
  })
})
