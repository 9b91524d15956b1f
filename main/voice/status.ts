import type { Failure } from '../../shared/failure.ts'
import type { VoiceStateName } from '../../shared/state.ts'

/** Everything the state word is derived from. */
export interface StatusFacts {
  connection: 'none' | 'connecting' | 'open' | 'reconnecting'
  failure: Failure | null
  /** The person is speaking: a turn is being taken, or server turn detection hears them. */
  listening: boolean
  /** An answer was asked for or is being generated and nothing of it sounds yet. */
  awaiting: boolean
  /** An answer sounds. */
  speaking: boolean
}

/** The one word (design §4); the first that applies, in the order of what matters most to a person now. */
export function stateWord(facts: StatusFacts): VoiceStateName {
  if (facts.listening) return 'listening'
  if (facts.failure) return 'failed'
  if (facts.speaking) return 'speaking'
  if (facts.connection === 'connecting' || facts.connection === 'reconnecting') return facts.connection
  if (facts.connection === 'none') return 'idle'
  return facts.awaiting ? 'thinking' : 'ready'
}
