import type { ServerEvent } from '../../../shared/realtime/server-events.ts'
import type { UsageRow } from './types.ts'

/** What an event of the server says was used, or null. @param at Unix ms */
export function usageOf(event: ServerEvent, model: string, at: number): UsageRow | null {
  if (event.type === 'response.done' && event.response.usage) {
    return { kind: 'response', id: event.response.id, model, usage: event.response.usage, at }
  }
  if (event.type === 'conversation.item.input_audio_transcription.completed' && event.usage) {
    return { kind: 'transcription', id: event.item_id, model, usage: event.usage, at }
  }
  return null
}
