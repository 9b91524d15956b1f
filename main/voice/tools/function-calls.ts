import type { ReceivedItem } from '../../../shared/realtime/items.ts'
import type { ServerEvent } from '../../../shared/realtime/server-events.ts'

/** The model wants a function to be run. */
export interface FunctionCall {
  call_id: string
  name: string
  /** JSON as text; may be anything the model wrote. */
  arguments: string
  response_id: string
  item_id: string
  /** False: cut off before its end, or of an answer that was cut off. It is answered, not run. */
  complete: boolean
}

/**
 * The whole function calls that an event announces. One call is announced by up to three events
 * that name their response (arguments.done, output_item.done, response.done), which the runner
 * tells apart by `call_id`; `conversation.item.*` is not looked at, since it also carries the
 * calls of a replayed history, which have been answered long ago.
 * @param cut the response was cut off: its calls are to be answered, not run
 */
export function functionCallsIn(event: ServerEvent, cut: boolean): FunctionCall[] {
  const calls = announced(event)
  return cut ? calls.map((call) => ({ ...call, complete: false })) : calls
}

function announced(event: ServerEvent): FunctionCall[] {
  switch (event.type) {
    case 'response.function_call_arguments.done':
      // Beta servers leave the name out; the item has it.
      return typeof event.name === 'string'
        ? [
            {
              call_id: event.call_id,
              name: event.name,
              arguments: event.arguments,
              response_id: event.response_id,
              item_id: event.item_id,
              complete: true,
            },
          ]
        : []
    case 'response.output_item.done':
      return callOf(event.item, event.response_id)
    case 'response.done':
      return event.response.output.flatMap((item) => callOf(item, event.response.id))
    default:
      return []
  }
}

function callOf(item: ReceivedItem, response_id: string): FunctionCall[] {
  if (item.type !== 'function_call' || item.call_id === undefined) return []
  return [
    {
      call_id: item.call_id,
      name: item.name,
      arguments: item.arguments,
      response_id,
      item_id: item.id,
      complete: item.status !== 'incomplete' && item.status !== 'in_progress',
    },
  ]
}
