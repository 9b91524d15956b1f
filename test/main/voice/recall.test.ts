import { beforeEach, describe, expect, it } from 'vitest'
import { historyOf } from '../../../main/voice/history.ts'
import { Recall } from '../../../main/voice/recall.ts'
import type { ConversationEntry, MessageEntry, ToolCallEntry } from '../../../shared/conversation/model.ts'
import { ScriptedEngine } from './scripted-engine.ts'

const BASE = { textState: 'final', heard: null, response: null, at: 0, audioMs: null, source: 'voice' } as const

function said(id: string, role: 'user' | 'assistant', text: string): MessageEntry {
  return { ...BASE, kind: 'message', id, role, text }
}

function call(id: string, output: string | null, over: Partial<ToolCallEntry['call']> = {}): ToolCallEntry {
  const base = { origin: 'function', name: 'current_time', server: '', callId: `call_${id}`, object: '', arguments: '{}', error: null } as const
  return { ...BASE, kind: 'tool_call', id, role: 'assistant', text: '', call: { ...base, state: output === null ? 'interrupted' : 'done', output, ...over } }
}

describe('historyOf', () => {
  it('keeps a function call and its output together, where each has the other', () => {
    const { items } = historyOf([said('u1', 'user', 'What time is it?'), call('f1', '{"time":"12:00"}'), said('a1', 'assistant', 'Noon.')])
    expect(items).toEqual([
      { id: 'u1', role: 'user', text: 'What time is it?' },
      { id: 'f1', call_id: 'call_f1', name: 'current_time', arguments: '{}', output: '{"time":"12:00"}' },
      { id: 'a1', role: 'assistant', text: 'Noon.' },
    ])
  })

  it('drops a call that has no output, and what an MCP server was asked', () => {
    const { items } = historyOf([call('f1', null), call('f2', 'x', { callId: '' }), call('f3', 'x', { origin: 'mcp' })])
    expect(items).toEqual([])
  })

  it('tells of an answer only what was heard, and nothing that is empty', () => {
    const cut = { ...said('a1', 'assistant', 'One two three'), heard: { ms: 500, audioMs: 2000, chars: 7, cut: true } }
    const unheard = { ...said('a2', 'assistant', 'Four'), heard: { ms: 0, audioMs: 900, chars: 0, cut: true } }
    expect(historyOf([cut, unheard, said('u1', 'user', '  ')]).items).toEqual([{ id: 'a1', role: 'assistant', text: 'One two' }])
  })

  it('tells the newest that fits, without a gap, and names the rest', () => {
    const entries = Array.from({ length: 10 }, (_, i) => said(`u${String(i)}`, 'user', 'x'.repeat(100)))
    entries[6] = said('long', 'user', 'y'.repeat(1000))
    const { items, older } = historyOf(entries, 100)
    expect(items.map((item) => item.id)).toEqual(['u7', 'u8', 'u9'])
    expect(older.map((item) => item.id)).toEqual(['u0', 'u1', 'u2', 'u3', 'u4', 'u5', 'long'])
  })

  it('does not tear a pair apart at the budget', () => {
    const { items, older } = historyOf([call('f1', 'z'.repeat(390)), said('u1', 'user', 'short')], 100)
    expect(items.map((item) => item.id)).toEqual(['u1'])
    expect(older.map((item) => item.id)).toEqual(['f1'])
  })
})

describe('Recall', () => {
  let entries: ConversationEntry[]
  let engine: ScriptedEngine
  let now: number
  let capped: boolean
  let recall: Recall
  let sounding: Set<string>
  let toBeSent: Set<string>

  beforeEach(() => {
    entries = []
    engine = new ScriptedEngine()
    now = 0
    capped = false
    sounding = new Set()
    toBeSent = new Set()
    recall = new Recall({ entries: () => entries, sounding: (id) => sounding.has(id), toBeSent: (id) => toBeSent.has(id), capped: () => capped, now: () => now, budgetTokens: 25 })
  })

  function talk(from: number, to: number): void {
    for (let i = from; i <= to; i++) entries.push(said(`u${String(i)}`, 'user', `Sentence ${String(i)} `.padEnd(30, '.')))
  }

  it('asks for nothing while all of it fits', () => {
    talk(1, 3)
    expect(recall.ready(engine)).toBe(true)
    expect(engine.calls).toEqual([])
    expect(recall.begin()).toHaveLength(3)
  })

  it('has the older part summarised once for a renewal and puts it in front at every later replay', () => {
    talk(1, 5)
    expect(recall.ready(engine)).toBe(false)
    expect(recall.ready(engine)).toBe(false)
    expect(engine.calls).toHaveLength(1)
    expect(engine.calls[0]).toContain('Person: Sentence 1')
    expect(engine.calls[0]).not.toContain('Sentence 3')
    recall.summarised('They counted to two.')
    expect(recall.ready(engine)).toBe(true)
    expect(recall.begin()[0]).toEqual({ id: 'parley_summary', role: 'system', text: expect.stringContaining('They counted to two.') as string })
    expect(recall.begin().slice(1).map((item) => item.id)).toEqual(['u3', 'u4', 'u5'])
    talk(6, 6)
    expect(recall.begin()[0]).toMatchObject({ role: 'system' })
  })

  it('builds the next summary on the last one, without what that one knows', () => {
    talk(1, 5)
    recall.ready(engine)
    recall.summarised('They counted to two.')
    talk(6, 7)
    const next = new ScriptedEngine()
    expect(recall.ready(next)).toBe(false)
    expect(next.calls[0]).toContain('Before that: They counted to two.')
    expect(next.calls[0]).toContain('Sentence 3')
    expect(next.calls[0]).not.toContain('Sentence 1')
  })

  it('asks for no second summary of the same', () => {
    talk(1, 5)
    recall.ready(engine)
    recall.summarised('They counted to two.')
    expect(recall.ready(new ScriptedEngine())).toBe(true)
  })

  it('does not wait for ever, and goes ahead without one or with the last', () => {
    talk(1, 5)
    expect(recall.ready(engine)).toBe(false)
    now += 21_000
    expect(recall.ready(engine)).toBe(true)
    expect(recall.begin().map((item) => item.id)).toEqual(['u3', 'u4', 'u5'])
    const next = new ScriptedEngine()
    recall.ready(next)
    recall.summarised(null)
    expect(recall.ready(next)).toBe(true)
    expect(recall.begin()).toHaveLength(3)
  })

  it('asks for nothing at a spending cap', () => {
    talk(1, 5)
    capped = true
    expect(recall.ready(engine)).toBe(true)
    expect(engine.calls).toEqual([])
  })

  it('bounds what is sent and what is kept', () => {
    for (let i = 0; i < 3000; i++) entries.push(said(`u${String(i)}`, 'user', `Sentence ${String(i)} `.padEnd(100, '.')))
    recall.ready(engine)
    expect(engine.calls[0]?.length).toBeLessThan(65_000)
    expect(engine.calls[0]).toContain('Sentence 2990')
    recall.summarised('s'.repeat(100_000))
    const first = recall.begin()[0]
    expect(first && 'text' in first ? first.text.length : 0).toBeLessThan(4100)
  })

  it('tells what still sounds, and all behind it, once it has been heard; a turn that waits to be sent not at all', () => {
    entries = [said('u1', 'user', 'One'), said('a1', 'assistant', 'Two'), call('f1', 'three'), said('u2', 'user', 'Four')]
    sounding.add('a1')
    toBeSent.add('u2')
    expect(recall.begin().map(({ id }) => id)).toEqual(['u1'])
    expect(recall.takeRest()).toEqual([])
    sounding.clear()
    entries.push(said('u3', 'user', 'Five'))
    expect(recall.takeRest().map(({ id }) => id)).toEqual(['a1', 'f1'])
    expect(recall.takeRest()).toEqual([])
  })

  it('forgets it with the conversation', () => {
    talk(1, 5)
    recall.ready(engine)
    recall.summarised('They counted to two.')
    recall.forget()
    entries = []
    expect(recall.begin()).toEqual([])
  })
})
