import type { ToolCallState } from '../../../shared/conversation/model.ts'

/** How far a call is. All but `asking` and `running` are final. */
export type ToolRunState = 'asking' | 'running' | 'done' | 'refused' | 'failed' | 'timed_out' | 'cancelled'

/** One call as the window shows it: one line of verb, object and state; arguments and result behind it. */
export interface ToolCallView {
  call_id: string
  response_id: string
  item_id: string
  name: string
  /** Which verb (`toolLine.<verb>.<state>`); `use` for a function that is not known, with its name as object. */
  verb: string
  object: string
  state: ToolRunState
  /** As the model wrote them. */
  arguments: string
  /** What the model was told; null until the state is final. */
  result: string | null
}

/** How a response ended; see `response.done`. */
export type ResponseEnd = 'completed' | 'cancelled' | 'incomplete' | 'failed'

/** The state of a run in the words of the conversation, which also knows calls that run elsewhere. */
export function conversationState(state: ToolRunState): ToolCallState {
  switch (state) {
    case 'timed_out':
      return 'failed'
    case 'cancelled':
      return 'interrupted'
    default:
      return state
  }
}
