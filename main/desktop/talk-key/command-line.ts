import { z } from '../../../shared/zod.ts'
import { linkIn } from '../deep-link.ts'

/** What can be asked of a running Parley from the command line: `parley --talk`, `--stop`, `--toggle`, `--show`. */
export const TALK_COMMANDS = ['talk', 'stop', 'toggle', 'show'] as const
export type TalkCommand = (typeof TALK_COMMANDS)[number]

/** What a second instance hands to the first one; Chromium reorders and pads the arguments themselves. */
export const instanceDataSchema = z.strictObject({
  command: z.enum(TALK_COMMANDS).nullable(),
  /** The link that Parley was started by, as it came: whoever receives it parses it. */
  link: z.string().max(1000).nullable().default(null),
  /** Started without a window, as at login. */
  hidden: z.boolean().default(false),
})
export type InstanceData = z.infer<typeof instanceDataSchema>

/** Starts Parley without a window. */
export const HIDDEN_ARGUMENT = '--hidden'

/**
 * The command among the arguments; the last one counts. Null where there is none, and where Parley
 * was started by a link: no link can start it listening (design §5).
 */
export function commandOf(argv: readonly string[]): TalkCommand | null {
  if (linkIn(argv) !== null) return null
  let found: TalkCommand | null = null
  for (const argument of argv) {
    if (argument === '--') break
    found = TALK_COMMANDS.find((command) => argument === `--${command}`) ?? found
  }
  return found
}

/** What `requestSingleInstanceLock` is given. */
export function instanceData(argv: readonly string[]): InstanceData {
  const hidden = argv.includes(HIDDEN_ARGUMENT)
  return { command: commandOf(argv), link: linkIn(argv)?.slice(0, 1000) ?? null, hidden }
}

/** What another instance was started with; an empty wish when that is not understood. */
export function receivedInstance(additionalData: unknown): InstanceData {
  const parsed = instanceDataSchema.safeParse(additionalData)
  return parsed.success ? parsed.data : { command: null, link: null, hidden: false }
}
