import { ToolError } from './tool.ts'

/** Longest output that is sent, characters: an output is read again, and paid again, with every later answer. */
export const MAX_OUTPUT_CHARS = 20_000
/** Longest arguments that are looked at, characters. */
const MAX_ARGUMENTS_CHARS = 100_000

/** Arguments as the model wrote them. No text counts as no arguments. Throws {@link ToolError} for what is no JSON object. */
export function parseArguments(text: string): unknown {
  if (text.length > MAX_ARGUMENTS_CHARS) throw new ToolError('the arguments are too long')
  if (text.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ToolError('the arguments are not valid JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ToolError('the arguments are not a JSON object')
  return value
}

/**
 * A result as it goes to the model: text as it is, anything else as JSON, once
 * (https://github.com/pipecat-ai/pipecat/pull/4988). Throws {@link ToolError} for what has no JSON.
 */
export function encodeOutput(result: unknown): string {
  const text = typeof result === 'string' ? result : toJson(result)
  if (text.trim() === '') return 'Done. There is nothing to report.'
  const whole = text.toWellFormed()
  if (whole.length <= MAX_OUTPUT_CHARS) return whole
  return `${whole.slice(0, MAX_OUTPUT_CHARS - 100).toWellFormed()}\n(Shortened: ${String(whole.length)} characters in all.)`
}

function toJson(result: unknown): string {
  // Typed as text always, but undefined and functions have none.
  let json: string | undefined
  try {
    json = JSON.stringify(result)
  } catch {
    throw new ToolError('the result could not be written down')
  }
  return json ?? ''
}

/** What the model is told of a call that gave no result. Plain words: it passes them on to the person. */
export const SAY = {
  unknown: (name: string, names: readonly string[]) =>
    `Not done: there is no function called "${name.slice(0, 64)}". ${names.length === 0 ? 'There are none.' : `There are: ${names.join(', ')}.`}`,
  wrong: (why: string) => `Not done: ${why}.`,
  tooMany: () => 'Not done: too many functions are running at once.',
  refused: () => 'Not done: the person said no.',
  unanswered: () => 'Not done: the person was asked and did not answer, which counts as no.',
  timedOut: (ms: number) => `Stopped: it took longer than ${String(Math.round(ms / 1000))} seconds. It may have been done in part.`,
  failed: (why: string) => `It failed: ${why}.`,
  fault: () => 'It failed because of a fault inside Parley.',
  cutOff: () => 'Not done: the answer was cut off before this was begun.',
  stopped: () => 'Stopped by the person before it was finished.',
  closed: () => 'Stopped before it was finished: the connection ended.',
} as const
