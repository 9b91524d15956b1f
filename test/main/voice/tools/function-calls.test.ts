import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { functionCallsIn } from '../../../../main/voice/tools/function-calls.ts'
import { parseServerEvent } from '../../../../shared/realtime/parse.ts'
import type { ServerEvent } from '../../../../shared/realtime/server-events.ts'
import { recording } from '../../../shared/realtime/fixtures.ts'
import { plainTool, Rig } from './rig.ts'

function eventsOf(name: string): ServerEvent[] {
  return recording(name)
    .filter((line) => line.dir === 'server')
    .map((line) => parseServerEvent(JSON.stringify(line.event), (text) => new Uint8Array(Buffer.from(text, 'base64'))))
    .flatMap((parsed) => (parsed.kind === 'known' ? [parsed.event] : []))
}

describe('functionCallsIn', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  it.each(['openai-tool-call-round.jsonl', 'azure-tool-call-round.jsonl'])('7.5: %s announces its call three times and runs it once', async (name) => {
    const asked: string[] = []
    const rig = new Rig([
      plainTool('get_weather', async () => {
        asked.push('weather')
        return 'foggy'
      }),
    ])
    let announced = 0
    for (const event of eventsOf(name)) {
      if (event.type === 'response.created') rig.runner.responseStarted(event.response.id)
      for (const call of functionCallsIn(event, false)) {
        announced++
        rig.runner.call(call)
      }
      if (event.type === 'response.done' && event.response.status !== 'in_progress') {
        rig.runner.responseEnded(event.response.id, event.response.status)
      }
      await vi.advanceTimersByTimeAsync(0)
    }
    expect(announced).toBe(3)
    expect(asked).toEqual(['weather'])
    expect(rig.log.map((line) => line.replace(/(call|resp)_\w+/, '$1'))).toEqual(['running call', 'done call', 'output call', 'create after resp'])
  })

  it('takes the call of an older server, which leaves the name out, from its item', () => {
    const event: ServerEvent = {
      type: 'response.function_call_arguments.done',
      response_id: 'r1',
      item_id: 'i1',
      output_index: 0,
      call_id: 'c1',
      arguments: '{}',
    }
    expect(functionCallsIn(event, false)).toEqual([])
    expect(functionCallsIn({ ...event, name: 'clock' }, false)).toMatchObject([{ call_id: 'c1', name: 'clock', complete: true }])
  })

  it('does not take the calls of a replayed history for new ones', () => {
    const item = { id: 'i1', type: 'function_call', call_id: 'c1', name: 'clock', arguments: '{}', status: 'completed' } as const
    expect(functionCallsIn({ type: 'conversation.item.added', item }, false)).toEqual([])
    expect(functionCallsIn({ type: 'conversation.item.done', item }, false)).toEqual([])
    expect(functionCallsIn({ type: 'response.output_item.done', response_id: 'r', output_index: 0, item }, false)).toHaveLength(1)
  })

  it('marks what was cut off', () => {
    const item = { id: 'i1', type: 'function_call', call_id: 'c1', name: 'clock', arguments: '{"a', status: 'incomplete' } as const
    const event = { type: 'response.output_item.done', response_id: 'r', output_index: 0, item } as const
    expect(functionCallsIn(event, false)).toMatchObject([{ complete: false }])
    expect(functionCallsIn({ ...event, item: { ...item, status: 'completed' } }, true)).toMatchObject([{ complete: false }])
  })
})
