import { z } from '../../../shared/zod.ts'
import { systemZone, type ClockDeps } from './current-time.ts'
import type { Timer, Timers } from './timers.ts'
import { defineTool, ToolError, type Tool } from './tool.ts'
import { isoTime, parseAt } from './zone.ts'

export interface TimerToolsDeps extends Pick<ClockDeps, 'now' | 'timeZone'> {
  timers: Pick<Timers, 'set' | 'list' | 'cancel'>
}

const setArgs = z.strictObject({
  seconds: z.int().min(1).max(86_400).optional().describe('How long the timer runs. Either this or at.'),
  at: z
    .string()
    .max(40)
    .optional()
    .describe('When it rings: a time of day where the person is, such as 07:30 (the next one), or a date and time in ISO 8601. At most 24 hours ahead.'),
  label: z.string().trim().max(80).default('').describe('What it is for, in a few words of the person.'),
})

const cancelArgs = z.strictObject({
  id: z.string().max(40).optional().describe('The id of one timer, from set_timer or list_timers.'),
  all: z.boolean().optional().describe('True: every timer.'),
})

/** Set, list and cancel timers. They ring aloud even when the conversation is over. */
export function timerTools(deps: TimerToolsDeps): Tool[] {
  const describe = (timer: Timer): object => ({
    id: timer.id,
    label: timer.label,
    rings_at: isoTime(timer.dueAt, systemZone(deps)),
    seconds_left: Math.max(0, Math.round((timer.dueAt - deps.now()) / 1000)),
  })
  return [
    defineTool({
      name: 'set_timer',
      description: 'Sets a timer that rings aloud, also after the conversation. Several may run at once.',
      args: setArgs,
      objectOf: ({ seconds, at, label }) => [label, at ?? duration(seconds ?? 0)].filter((part) => part !== '').join(', '),
      run: async ({ seconds, at, label }) => {
        if ((seconds === undefined) === (at === undefined)) throw new ToolError('a timer needs either seconds or at, and not both')
        if (seconds !== undefined) return describe(deps.timers.set({ seconds }, label))
        const time = parseAt(at ?? '', deps.now(), systemZone(deps))
        if (time === null) throw new ToolError(`"${at ?? ''}" is not a time such as 07:30 or 2026-11-20T07:30`)
        return describe(deps.timers.set({ at: time }, label))
      },
    }),
    defineTool({
      name: 'list_timers',
      description: 'Lists the timers that run, the next one first.',
      args: z.strictObject({}),
      run: async () => ({ timers: deps.timers.list.map(describe) }),
    }),
    defineTool({
      name: 'cancel_timer',
      description: 'Cancels one timer by its id, or all of them.',
      args: cancelArgs,
      run: async ({ id, all }) => {
        if ((id === undefined) !== (all === true)) throw new ToolError('give either the id of a timer or all')
        const ids = id === undefined ? deps.timers.list.map((timer) => timer.id) : [id]
        const cancelled = ids.map((one) => deps.timers.cancel(one)).filter((timer) => timer !== null)
        if (id !== undefined && cancelled.length === 0) throw new ToolError('there is no timer with this id')
        return { cancelled: cancelled.map(({ id: gone, label }) => ({ id: gone, label })) }
      },
    }),
  ]
}

/** E.g. `1:30:00` or `0:45`: the same in every language. */
function duration(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  if (parts[0] === 0) parts.shift()
  return parts.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}
