import { describe, expect, it } from 'vitest'
import { applyPatch, type ConversationEntry, type ToolCallEntry } from '../../../shared/conversation/model.ts'
import { Order } from '../../../shared/conversation/order.ts'
import { outcomeInWords, outcomeOf } from '../../../shared/conversation/outcome.ts'
import type { RealtimeResponse } from '../../../shared/realtime/response.ts'

const base = { source: 'text', textState: 'final', heard: null, response: null, at: 0, audioMs: null } as const
const message: ConversationEntry = { ...base, kind: 'message', id: 'u1', role: 'user', text: 'Hi' }
const call: ToolCallEntry = {
  ...base,
  kind: 'tool_call',
  id: 'f1',
  role: 'assistant',
  text: '',
  call: { origin: 'function', name: 'f', server: '', callId: 'c', object: '', arguments: '{', state: 'writing', output: null, error: null },
}
const heard = { ms: 1, audioMs: 2, chars: 1, cut: false }

describe('applyPatch', () => {
  const entries = [message, call]

  it('changes one entry and keeps the identity of the others', () => {
    const appended = applyPatch(entries, { op: 'append', id: 'u1', text: ' there' })
    expect(appended[0]).toMatchObject({ text: 'Hi there', textState: 'partial' })
    expect(appended[1]).toBe(call)
    expect(applyPatch(entries, { op: 'arguments', id: 'f1', text: '}' })[1]).toMatchObject({ call: { arguments: '{}' } })
    expect(applyPatch(entries, { op: 'heard', id: 'u1', heard })[0]).toMatchObject({ heard, source: 'voice' })
  })

  it('puts what is new at its place and what is known in its own', () => {
    expect(applyPatch(entries, { op: 'put', index: 1, entry: { ...message, id: 'u2' } }).map((e) => e.id)).toEqual(['u1', 'u2', 'f1'])
    expect(applyPatch(entries, { op: 'put', index: 0, entry: { ...call, at: 9 } }).map((e) => [e.id, e.at])).toEqual([['u1', 0], ['f1', 9]])
  })

  it('takes out, empties, and is harmless about what it does not know', () => {
    expect(applyPatch(entries, { op: 'remove', id: 'u1' })).toEqual([call])
    expect(applyPatch(entries, { op: 'clear' })).toEqual([])
    for (const op of ['append', 'arguments'] as const) expect(applyPatch(entries, { op, id: 'nobody', text: 'x' })).toBe(entries)
    expect(applyPatch(entries, { op: 'heard', id: 'nobody', heard })).toBe(entries)
    expect(applyPatch(entries, { op: 'arguments', id: 'u1', text: 'x' })[0]).toBe(message)
  })
})

describe('Order', () => {
  function ordered(...ids: string[]): Order<string> {
    const order = new Order<string>()
    for (const id of ids) order.insert(id, id, undefined)
    return order
  }
  const all = (order: Order<string>): string[] => [...order].map(({ id }) => id)

  it('inserts at either end and behind any item, an id once', () => {
    const order = ordered('a', 'b')
    order.insert('start', 'start', 'root')
    order.insert('mid', 'mid', 'a')
    order.insert('end', 'end', 'b')
    order.insert('a', 'again', 'end')
    expect(all(order)).toEqual(['start', 'a', 'mid', 'b', 'end'])
    expect(order.get('a')).toBe('a')
    order.insert('own', 'own', 'own')
    expect(all(order).at(-1)).toBe('own')
    const first = new Order<string>()
    first.insert('x', 'x', 'root')
    expect(all(first)).toEqual(['x'])
  })

  it('counts what is shown before an item', () => {
    const order = ordered('a', 'b', 'c')
    for (const id of ['a', 'c', 'c', 'nobody']) order.show(id, true)
    expect(['a', 'b', 'c', 'nobody'].map((id) => order.index(id))).toEqual([0, 1, 1, 2])
    order.show('a', false)
    expect(order.index('c')).toBe(0)
  })

  it('moves an item behind a later one only', () => {
    const order = ordered('a', 'b', 'c', 'd')
    expect([order.moveBehind('b', 'a'), order.moveBehind('b', null), order.moveBehind('b', 'b'), order.moveBehind('b', 'nobody'), order.moveBehind('nobody', 'a')]).toEqual([false, false, false, false, false])
    expect(order.moveBehind('a', 'c')).toBe(true)
    expect(all(order)).toEqual(['b', 'c', 'a', 'd'])
    expect(order.moveBehind('c', 'd')).toBe(true)
    expect(all(order)).toEqual(['b', 'a', 'd', 'c'])
    order.insert('last', 'last', undefined)
    expect(all(order)).toEqual(['b', 'a', 'd', 'c', 'last'])
  })
})

describe('outcomes in words', () => {
  it.each([
    [{ status: 'completed', reason: '' }, ''],
    [{ status: 'in_progress', reason: '' }, ''],
    [{ status: 'cancelled', reason: 'turn_detected' }, 'Interrupted: the person began to speak.'],
    [{ status: 'cancelled', reason: 'new_reason' }, 'Stopped before it was complete.'],
    [{ status: 'incomplete', reason: 'max_output_tokens' }, 'The answer reached its length limit and stops here.'],
    [{ status: 'incomplete', reason: '' }, 'The answer is not complete.'],
    [{ status: 'failed', reason: 'odd_code' }, 'The answer failed (odd_code).'],
    [{ status: 'failed', reason: 'insufficient_quota' }, 'The account has no credit left.'],
  ] as const)('%o', (outcome, words) => {
    expect(outcomeInWords(outcome)).toBe(words)
  })

  it.each([
    [null, ''],
    [{ reason: 'why' }, 'why'],
    [{ reason: 'why', error: { type: 'server_error' } }, 'server_error'],
    [{ error: { type: 'server_error', code: 'rate_limit_exceeded' } }, 'rate_limit_exceeded'],
    [{ error: null }, ''],
  ])('take the most exact reason of %o', (status_details, reason) => {
    const response: RealtimeResponse = { id: 'r', status: 'failed', status_details, output: [], usage: null }
    expect(outcomeOf(response)).toEqual({ status: 'failed', reason })
  })
})
