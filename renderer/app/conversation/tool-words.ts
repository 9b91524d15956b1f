import type { TFunction } from 'i18next'
import type { ToolCall } from '../../../shared/conversation/model.ts'

/** Parley's own functions in words of their own: verb, object, state. */
const LINES = {
  current_time: { running: 'toolLine.current_time.running', done: 'toolLine.current_time.done' },
  read_clipboard: { asking: 'toolLine.read_clipboard.asking', running: 'toolLine.read_clipboard.running', done: 'toolLine.read_clipboard.done', refused: 'toolLine.read_clipboard.refused' },
  open_web_page: { asking: 'toolLine.open_web_page.asking', running: 'toolLine.open_web_page.running', done: 'toolLine.open_web_page.done', refused: 'toolLine.open_web_page.refused' },
  set_timer: { running: 'toolLine.set_timer.running', done: 'toolLine.set_timer.done', failed: 'toolLine.set_timer.failed' },
  list_timers: { running: 'toolLine.list_timers.running', done: 'toolLine.list_timers.done' },
  cancel_timer: { running: 'toolLine.cancel_timer.running', done: 'toolLine.cancel_timer.done' },
} as const

/** The line of a call: in its own words where it has any, else by its name. */
export function toolWords(t: TFunction, call: ToolCall): string {
  const own: Partial<Record<ToolCall['state'], Line>> | undefined = isOwn(call.name) && call.origin === 'function' ? LINES[call.name] : undefined
  const key = own?.[call.state]
  return key === undefined || (call.object === '' && t(key, { object: '{{}}' }).includes('{{}}'))
    ? t(`tool.${call.state}`, { name: call.name })
    : t(key, { object: call.object })
}

type Lines = typeof LINES
type Line = { [Name in keyof Lines]: Lines[Name][keyof Lines[Name]] }[keyof Lines]

function isOwn(name: string): name is keyof Lines {
  return Object.hasOwn(LINES, name)
}
