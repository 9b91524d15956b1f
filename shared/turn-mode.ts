import { z } from './zod.ts'

/** How turns are taken (design §4): a habit of the person, the same for every endpoint. */
export const turnModeSchema = z.enum(['hold', 'tap', 'open_line'])
export type TurnMode = z.infer<typeof turnModeSchema>
