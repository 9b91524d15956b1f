import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { decodeBase64 } from '../../main/realtime/base64.ts'
import { replay, replayAsText, type ReplayReport } from '../../shared/replay.ts'
import { fixtures, recording, RECORDINGS } from './realtime/fixtures.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'parley-replay-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const of = (text: string): ReplayReport => replay(text, { decodeBase64 }).report
const lines = (...values: unknown[]): string => values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('\n')
const item = (id: string, more: object): object => ({ type: 'conversation.item.added', item: { id, type: 'message', status: 'completed', ...more } })
const typed = (id: string, text: string): object => item(id, { role: 'user', content: [{ type: 'input_text', text }] })

describe('replay', () => {
  it.each(RECORDINGS)('%s: every event is known, and what was used is what the server said', (name) => {
    const events = recording(name)
    const report = of(events.map((line) => JSON.stringify(line)).join('\n'))
    expect(report).toMatchObject({ events: events.length, unknown: {}, invalid: [] })
    expect(Object.values(report.byType).reduce((a, b) => a + b, 0)).toBe(events.length)
    const usages = events.filter(({ event }) => event.type === 'response.done').map(({ event }) => (event['response'] as { usage: { total_tokens: number } }).usage)
    expect(report.responses.map((r) => r.usage)).toEqual(usages)
    expect(report.usage.total_tokens).toBe(usages.reduce((sum, u) => sum + u.total_tokens, 0))
    expect(report.costUsd).toBeGreaterThan(0)
    expect(report.items.every((i) => i.role !== 'system' && !i.interrupted)).toBe(true)
  })

  it('every example of the official description is an event by itself, and none is unknown', () => {
    for (const folder of ['events', 'beta'] as const) {
      for (const { name, text } of fixtures(folder)) {
        const { type } = JSON.parse(text) as { type: string }
        expect([name, of(text)]).toEqual([name, expect.objectContaining({ events: 1, byType: { [type]: 1 }, unknown: {}, invalid: [] })])
      }
    }
  })

  it('names what is unknown and what is no event, by line', () => {
    const report = of(lines(typed('u1', 'Hi'), '{"type":', '', { dir: 'server', event: { type: 'response.video.delta' } }, '7', { type: '' }, { dir: 'up', event: { type: 'x' } }, { dir: 'client', event: 5 }, { type: 'conversation.item.added', item: {} }, { dir: 'client', event: { type: 'session.close' } }))
    expect(report.events).toBe(3)
    expect(report.unknown).toEqual({ 'response.video.delta': 1, 'session.close': 1 })
    expect(report.invalid.map(({ line }) => line)).toEqual([2, 5, 6, 7, 8, 9])
    expect(report.invalid[0]?.reason).toBe('is not JSON')
    expect(report.invalid.at(-1)?.reason).toBe('item.id must be a string of 1 to 200 characters')
  })

  it('takes a list, one event over several lines, and bare events of both sides', () => {
    expect(of(JSON.stringify([typed('u1', 'One'), typed('u2', 'Two')])).items.map((i) => i.text)).toEqual(['One', 'Two'])
    expect(of(JSON.stringify(typed('u1', 'One'), null, 2)).events).toBe(1)
    expect(of(lines({ type: 'response.create' }, { type: 'transcription_session.update', session: {} }))).toMatchObject({ events: 2, unknown: {}, invalid: [] })
    expect(of('')).toMatchObject({ events: 0, invalid: [] })
    expect(of('\r\n').events).toBe(0)
  })

  it('says in words how it went, what is missing and what it cost', () => {
    const at = { response_id: 'r1', item_id: 'a1', output_index: 0, content_index: 0 }
    const text = lines(
      { type: 'session.created', session: { type: 'realtime', model: 'mine' } },
      typed('u1', 'Hello'),
      item('u2', { role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,AA' }] }),
      { type: 'input_audio_buffer.committed', item_id: 'u3' },
      { type: 'response.output_item.added', response_id: 'r1', output_index: 0, item: { id: 'a1', type: 'message', role: 'assistant' } },
      item('a1', { role: 'assistant', content: [], status: 'in_progress' }),
      { type: 'response.output_audio_transcript.delta', ...at, delta: 'You wanted two quotes before Friday.' },
      { type: 'conversation.item.truncated', item_id: 'a1', content_index: 0, audio_end_ms: 1000 },
      { type: 'response.done', response: { id: 'r1', status: 'cancelled', status_details: { reason: 'turn_detected' }, usage: { input_tokens: 7 } } },
      { type: 'response.done', response: { id: 'r2', status: 'failed', status_details: { error: { code: 'odd' } } } },
      { type: 'conversation.item.added', item: { id: 'm1', type: 'mcp_call', server_label: 'docs', name: 'find', arguments: '{}', error: 'down' } },
      { type: 'conversation.item.added', item: { id: 'l1', type: 'mcp_list_tools', server_label: 'docs', tools: [{ name: 'find' }] } },
      { type: 'surprise' },
      'nothing',
    )
    expect(replayAsText(replay(text, { decodeBase64 })).split('\n')).toEqual([
      'You: Hello',
      'You: [1 image(s)]',
      'You: (spoken, not transcribed)',
      'Parley: You wanted two [cut off here; not heard:] quotes before Friday.',
      '    docs: find({}) failed: down',
      '    tools of docs: done: find',
      '[r1: Interrupted: the person began to speak.]',
      '[r2: The answer failed (odd).]',
      '[unknown: surprise, 1 times]',
      '[line 14 is no event: is not JSON]',
      '',
      '13 events, 7 tokens, cost unknown (no price known for mine: only tokens are counted)',
    ])
  })

  it('is a command', async () => {
    const file = join(folder, 'session.jsonl')
    const prices = join(folder, 'prices.json')
    writeFileSync(file, lines(typed('u1', 'Hi'), { type: 'response.done', response: { id: 'r1', usage: { output_tokens: 1_000_000 } } }))
    writeFileSync(prices, JSON.stringify({ date: '2027-01-01', currency: 'USD', models: { mine: { text: { out: 3 } } } }))
    const command = (...args: string[]): Promise<{ stdout: string; stderr: string; code?: number }> =>
      run(process.execPath, [join(root, 'scripts/replay.mjs'), ...args]).catch((error: unknown) => error as { stdout: string; stderr: string; code: number })
    const [json, human, none, missing, broken] = await Promise.all([
      command(file, '--model', 'mine', '--prices', prices),
      command(file, '--human'),
      command(),
      command(join(folder, 'missing.jsonl')),
      command(file, '--prices', file),
    ])
    expect(JSON.parse(json.stdout)).toMatchObject({ events: 2, costUsd: 3, items: [{ id: 'u1', text: 'Hi' }] })
    expect(human.stdout).toContain('You: Hi')
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('usage:') as string })
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot be read') as string })
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('price file') as string })
  })
})
