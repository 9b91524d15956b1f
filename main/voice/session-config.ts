import type { FailureCode } from '../../shared/failure.ts'
import type { InputTranscription, SessionConfig, TurnDetectionConfig } from '../../shared/realtime/session.ts'
import { SAMPLE_RATE } from '../../shared/voice-port.ts'
import type { EngineConfig, EngineSetup, TurnDetection } from './engine.ts'

/** Transcription of the person's words; a server that refuses it is asked without (design §2). */
const TRANSCRIPTION_MODEL = 'gpt-transcribe'

/** Silence that ends a turn, ms. */
const SILENCE_MS = { quick: 300, normal: 500, patient: 1000 } as const
/** The longest waits behind these are 2, 4 and 8 s. */
const EAGERNESS = { quick: 'high', normal: 'medium', patient: 'low' } as const

/** What a server may refuse without the conversation being lost. */
export type Dispensable = 'transcription' | 'reasoning' | 'voice' | 'speed'

/** How the refusal of each is told from others, and what is then said. */
export const DISPENSABLE: readonly (readonly [Dispensable, RegExp, FailureCode])[] = [
  ['transcription', /transcri/i, 'transcription_failed'],
  ['reasoning', /reasoning/i, 'reasoning_refused'],
  ['voice', /voice/i, 'voice_refused'],
  ['speed', /speed/i, 'speed_refused'],
]

/**
 * What `session.update` asks for when a session begins.
 * @param without what the server has refused
 */
export function sessionConfig(config: EngineConfig, without: ReadonlySet<Dispensable>): SessionConfig {
  const format = { type: 'audio/pcm', rate: SAMPLE_RATE } as const
  return {
    type: 'realtime',
    instructions: config.instructions,
    output_modalities: ['audio'],
    audio: {
      input: {
        format,
        transcription: without.has('transcription') ? null : transcription(config.language),
        turn_detection: turnDetectionConfig(config.turnDetection),
      },
      output: { format, ...(without.has('voice') ? {} : { voice: config.voice }), ...speedOf(config, without) },
    },
    ...(config.tools.length > 0 ? { tools: [...config.tools], tool_choice: 'auto' as const } : {}),
    ...(config.reasoning && !without.has('reasoning') ? { reasoning: { effort: config.reasoning } } : {}),
  }
}

/**
 * What `session.update` asks for so that a running session becomes another: only what differs,
 * since every change of instructions or functions costs the server's cache. Null: nothing.
 */
export function sessionChange(was: EngineConfig, to: EngineSetup, without: ReadonlySet<Dispensable>): SessionConfig | null {
  const differs = (name: keyof EngineSetup): boolean => JSON.stringify(was[name] ?? null) !== JSON.stringify(to[name] ?? null)
  const audio = {
    // Null takes an earlier hint back, which leaving it out would not.
    ...(differs('language') && !without.has('transcription') ? { input: { transcription: { ...transcription(to.language), language: to.language } } } : {}),
    ...(differs('voice') && !without.has('voice') ? { output: { voice: to.voice } } : {}),
  }
  const change = {
    ...(differs('instructions') ? { instructions: to.instructions } : {}),
    ...(differs('tools') ? { tools: [...to.tools] } : {}),
    ...(differs('reasoning') && to.reasoning && !without.has('reasoning') ? { reasoning: { effort: to.reasoning } } : {}),
    ...(Object.keys(audio).length > 0 ? { audio } : {}),
  }
  return Object.keys(change).length > 0 ? { type: 'realtime', ...change } : null
}

/** Named only where it is not the server's own. */
function speedOf({ speed = 1 }: Pick<EngineSetup, 'speed'>, without: ReadonlySet<Dispensable>): { speed?: number } {
  return speed === 1 || without.has('speed') ? {} : { speed }
}

/** What `session.update` asks for when only the speed changes, which a server takes between turns. */
export function speedUpdate(speed: number): SessionConfig {
  return { type: 'realtime', audio: { output: { speed } } }
}

/** @param language null: any may be spoken */
function transcription(language: string | null): InputTranscription {
  return { model: TRANSCRIPTION_MODEL, ...(language === null ? {} : { language }) }
}

/** What `session.update` asks for when only turn detection changes: null must really be sent (https://github.com/openai/openai-agents-js/issues/820). */
export function turnDetectionUpdate(turnDetection: TurnDetection): SessionConfig {
  return { type: 'realtime', audio: { input: { turn_detection: turnDetectionConfig(turnDetection) } } }
}

function turnDetectionConfig(turnDetection: TurnDetection): TurnDetectionConfig {
  if (turnDetection.type === 'manual') return null
  const both = { create_response: true, interrupt_response: true }
  return turnDetection.byMeaning
    ? { type: 'semantic_vad', eagerness: EAGERNESS[turnDetection.pace], ...both }
    : { type: 'server_vad', silence_duration_ms: SILENCE_MS[turnDetection.pace], ...both }
}
