import type { MessageEntry, ToolCallEntry } from '../../../../shared/conversation/model.ts'
import type { HistoryChange } from '../../../../main/storage/history/types.ts'

/** The worker as it is run from its source. */
export const WORKER = new URL('../../../../main/storage/history/worker.ts', import.meta.url)

/** An entry of the person; what a test needs is changed. */
export function message(id: string, text: string, change: Partial<MessageEntry> = {}): MessageEntry {
  return {
    kind: 'message',
    id,
    role: 'user',
    source: 'voice',
    text,
    textState: 'final',
    heard: null,
    response: null,
    at: 1_700_000_000_000,
    audioMs: null,
    ...change,
  }
}

export function toolCall(id: string): ToolCallEntry {
  const call = { origin: 'function', name: 'timer', server: '', callId: 'call_1', object: '', arguments: '{"s":3}', state: 'done', output: 'ok', error: null } as const
  const { kind: _kind, images: _images, ...base } = message(id, '', { role: 'assistant', source: 'text' })
  return { ...base, kind: 'tool_call', role: 'assistant', call }
}

export function conversation(id: string, change: Partial<(HistoryChange & { type: 'conversation' })['conversation']> = {}): HistoryChange {
  return {
    type: 'conversation',
    conversation: { id, started: 1_700_000_000_000, ended: null, endpoint: 'practice', model: 'practice-1', persona: null, ...change },
  }
}

export function entry(of: string, position: number, what: MessageEntry | ToolCallEntry, audioFile: string | null = null): HistoryChange {
  return { type: 'entry', conversation: of, position, entry: what, audioFile }
}
