import { currentTime, type ClockDeps } from './current-time.ts'
import { openPage, type OpenPageDeps } from './open-page.ts'
import { readClipboard, type ClipboardDeps } from './read-clipboard.ts'
import { timerTools, type TimerToolsDeps } from './timer-tools.ts'
import type { Tool } from './tool.ts'

/** What the built-in tools need of the computer. */
export type BuiltInDeps = ClockDeps & ClipboardDeps & OpenPageDeps & TimerToolsDeps

/** Every tool that Parley brings along, in the order in which the model is told of them. */
export function builtInTools(deps: BuiltInDeps): Tool[] {
  return [currentTime(deps), ...timerTools(deps), readClipboard(deps), openPage(deps)]
}
