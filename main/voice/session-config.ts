import type { SessionConfig, TurnDetectionConfig } from '../../shared/realtime/session.ts'
import { SAMPLE_RATE } from '../../shared/voice-port.ts'
import type { EngineConfig, TurnDetection } from './engine.ts'

/** Transcription of the person's words; a server that refuses it is asked without (design §2). */
const TRANSCRIPTION_MODEL = 'gpt-transcribe'

/** Silence that ends a turn, ms. */
const SILENCE_MS = { quick: 300, normal: 500, patient: 1000 } as const
/** The longest waits behind these are 2, 4 and 8 s. */
const EAGERNESS = { quick: 'high', normal: 'medium', patient: 'low' } as const

/**
 * What `session.update` asks for when a session begins.
 * @param transcribe false: the server does not know the transcription model
 */
export function sessionConfig(config: EngineConfig, { transcribe }: { transcribe: boolean }): SessionConfig {
  return {
    type: 'realtime',
    instructions: config.instructions,
    output_modalities: ['audio'],
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: SAMPLE_RATE },
        transcription: transcribe ? { model: TRANSCRIPTION_MODEL, language: config.language } : null,
        turn_detection: turnDetectionConfig(config.turnDetection),
      },
      output: { format: { type: 'audio/pcm', rate: SAMPLE_RATE }, voice: config.voice },
    },
    ...(config.tools.length > 0 ? { tools: [...config.tools], tool_choice: 'auto' as const } : {}),
  }
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
