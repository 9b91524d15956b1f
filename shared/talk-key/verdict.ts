import { z } from '../zod.ts'
import { CHORD_REFUSALS, CHORD_WARNINGS, keyChordSchema } from './chord.ts'

/** Whether a chord can be the talk key here and now. */
export const chordVerdictSchema = z.strictObject({
  chord: keyChordSchema,
  /** Null: it can be used. */
  refusal: z.enum(CHORD_REFUSALS).nullable(),
  warnings: z.array(z.enum(CHORD_WARNINGS)),
  /** What could be used instead; null unless refused, or when nothing else is free. */
  suggestion: keyChordSchema.nullable(),
})
export type ChordVerdict = z.infer<typeof chordVerdictSchema>

/** What came of asking a person to press the new talk key. */
export const captureResultSchema = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), verdict: chordVerdictSchema }),
  /** `cancelled`: Escape or Tab, or somebody else asked. */
  z.strictObject({ ok: z.literal(false), reason: z.enum(['cancelled', 'unknown_key']) }),
])
export type CaptureResult = z.infer<typeof captureResultSchema>
