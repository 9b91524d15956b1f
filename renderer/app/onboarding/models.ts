import { DEFAULT_MODEL } from '../../../shared/settings.ts'

/** A model on offer. Prices are estimates from OpenAI's list prices of September 2026. */
export interface OfferedModel {
  name: string
  label: 'small' | 'large'
  /** US cents for a minute of the person's speech: 600 tokens (one per 100 ms). */
  centsToSpeak: number
  /** US cents for a minute of Parley's speech: 1,200 tokens (one per 50 ms). */
  centsToHear: number
}

/** US cents for `tokens` at `dollars` per million. */
function cents(tokens: number, dollars: number): number {
  return (tokens * dollars * 100) / 1_000_000
}

const SPEAK_TOKENS = 600
const HEAR_TOKENS = 1200

/** The default, and the larger one with its price beside it. */
export const OFFERED_MODELS: readonly OfferedModel[] = [
  { name: DEFAULT_MODEL, label: 'small', centsToSpeak: cents(SPEAK_TOKENS, 10), centsToHear: cents(HEAR_TOKENS, 20) },
  { name: 'gpt-realtime-2.1', label: 'large', centsToSpeak: cents(SPEAK_TOKENS, 32), centsToHear: cents(HEAR_TOKENS, 64) },
]
