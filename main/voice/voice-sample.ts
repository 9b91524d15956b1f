import { failure, FailureError } from '../../shared/failure.ts'
import type { EngineConfig, EngineEvent, VoiceEngine } from './engine.ts'

/** So long may a server take for one sentence, ms. */
const TIMEOUT_MS = 20_000
/** Longest sample, bytes (15 s): whatever the model makes of its task, this is a sample. */
const MAX_BYTES = 15 * 48_000

export interface VoiceSampleOptions {
  engine: VoiceEngine
  voice: string
  language: string
  /** What is to be said. */
  sentence: string
  /** Every event of the server, for what it costs. */
  onEvent: (event: Extract<EngineEvent, { type: 'conversation' }>['event']) => void
}

/**
 * One sentence in one voice, through a session of its own that is closed at once: PCM16 mono 24 kHz.
 *
 * @throws FailureError why there is none
 */
export async function voiceSample(options: VoiceSampleOptions): Promise<Uint8Array> {
  const { engine, voice, language, sentence, onEvent } = options
  const parts: Uint8Array[] = []
  let bytes = 0
  let timer: NodeJS.Timeout | null = null
  const config: EngineConfig = {
    instructions: 'You are a voice sample. Say exactly the sentence that you are given, nothing before it and nothing after it.',
    voice,
    language,
    turnDetection: { type: 'manual' },
    greet: false,
    history: [],
    tools: [],
  }
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => {
        reject(new FailureError(failure('timeout', {}, ['retry'])))
      }, TIMEOUT_MS)
      engine.start(config, (event) => {
        switch (event.type) {
          case 'opened':
            engine.sendText(sentence, 'voice_sample')
            return
          case 'conversation':
            onEvent(event.event)
            return
          case 'audio':
            parts.push(event.pcm)
            bytes += event.pcm.byteLength
            if (bytes > MAX_BYTES) resolve()
            return
          case 'response_ended':
            if (bytes > 0) resolve()
            else reject(new FailureError(failure('response_failed', { reason: event.reason }, ['retry'])))
            return
          case 'closed':
            reject(new FailureError(event.failure ?? failure('connection_lost', {}, ['retry'])))
            return
          default:
        }
      })
    })
  } finally {
    if (timer !== null) clearTimeout(timer)
    engine.stop()
  }
  return new Uint8Array(Buffer.concat(parts))
}
