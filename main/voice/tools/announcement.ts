import type { ResponseCreateParams } from '../../../shared/realtime/client-events.ts'

/** In `response.metadata.purpose` of what is said beside the conversation. */
export const ANNOUNCEMENT_PURPOSE = 'announcement'

/**
 * An out-of-band response that says one fact aloud: a long call, a question. It reads no history
 * (cheap, and the unanswered call is not in its way) and may not call functions. Instructions of a
 * response replace those of the session, so that both are sent
 * (https://github.com/livekit/agents/pull/5394).
 * @param fact one plain English sentence
 */
export function announcement(fact: string, sessionInstructions: string): ResponseCreateParams {
  return {
    conversation: 'none',
    input: [],
    instructions: `${sessionInstructions}\n\nSay the following to the person now, in one short sentence, and nothing else: ${fact}`.trim(),
    tool_choice: 'none',
    metadata: { purpose: ANNOUNCEMENT_PURPOSE },
  }
}
