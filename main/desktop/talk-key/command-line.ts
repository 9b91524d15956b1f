import { z } from '../../../shared/zod.ts'

/** What can be asked of a running Parley from the command line: `parley --talk`, `--stop`, `--toggle`, `--show`. */
export const TALK_COMMANDS = ['talk', 'stop', 'toggle', 'show'] as const
export type TalkCommand = (typeof TALK_COMMANDS)[number]

/** What a second instance hands to the first one; Chromium reorders and pads the arguments themselves. */
export const instanceDataSchema = z.strictObject({ command: z.enum(TALK_COMMANDS).nullable() })
export type InstanceData = z.infer<typeof instanceDataSchema>

/**
 * The command among the arguments; the last one counts. Null where there is none, and where Parley
 * was started by a link: no link can start it listening (design §5).
 */
export function commandOf(argv: readonly string[]): TalkCommand | null {
  if (argv.some((argument) => /^["']?parley:/i.test(argument))) return null
  let found: TalkCommand | null = null
  for (const argument of argv) {
    if (argument === '--') break
    found = TALK_COMMANDS.find((command) => argument === `--${command}`) ?? found
  }
  return found
}

/** What `requestSingleInstanceLock` is given. */
export function instanceData(argv: readonly string[]): InstanceData {
  return { command: commandOf(argv) }
}

/** The command of another instance; null when there is none or it is not understood. */
export function commandOfInstance(additionalData: unknown): TalkCommand | null {
  const parsed = instanceDataSchema.safeParse(additionalData)
  return parsed.success ? parsed.data.command : null
}
