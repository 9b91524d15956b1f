import { z } from '../../shared/zod.ts'
import { ClientError } from './client-frames.ts'

const pcm = z.looseObject({ type: z.literal('audio/pcm'), rate: z.literal(24_000).optional() })

const serverVad = z.object({
  type: z.literal('server_vad'),
  threshold: z.number().min(0).max(1).optional(),
  prefix_padding_ms: z.number().int().min(0).max(5000).optional(),
  silence_duration_ms: z.number().int().min(20).max(10_000).optional(),
  create_response: z.boolean().optional(),
  interrupt_response: z.boolean().optional(),
  idle_timeout_ms: z.number().nullish(),
})
const semanticVad = z.object({
  type: z.literal('semantic_vad'),
  eagerness: z.enum(['low', 'medium', 'high', 'auto']).optional(),
  create_response: z.boolean().optional(),
  interrupt_response: z.boolean().optional(),
})

const any = z.unknown().optional()
/** GA fields only: the beta's flat fields and `temperature` are refused, as the API does. */
const updateSchema = z.strictObject({
  type: z.literal('realtime'),
  model: z.string().max(200).optional(),
  output_modalities: z.array(z.enum(['audio', 'text'])).length(1).optional(),
  instructions: z.string().max(100_000).optional(),
  audio: z
    .strictObject({
      input: z
        .strictObject({ format: pcm.optional(), transcription: any, noise_reduction: any, turn_detection: z.discriminatedUnion('type', [serverVad, semanticVad]).nullish() })
        .optional(),
      output: z
        .strictObject({ format: pcm.optional(), voice: z.union([z.string().max(100), z.looseObject({ id: z.string() })]).optional(), speed: any })
        .optional(),
    })
    .optional(),
  tools: z.array(z.looseObject({ type: z.string() })).max(200).optional(),
  tool_choice: any,
  parallel_tool_calls: any,
  reasoning: any,
  max_output_tokens: z.union([z.number().int().min(1).max(4096), z.literal('inf')]).optional(),
  truncation: any,
  tracing: any,
  prompt: any,
  include: any,
})

/** Turn detection with every field filled in. */
export interface TurnDetection {
  type: 'server_vad' | 'semantic_vad'
  threshold: number
  prefix_padding_ms: number
  silence_duration_ms: number
  create_response: boolean
  interrupt_response: boolean
  /** `semantic_vad` only. */
  eagerness: 'low' | 'medium' | 'high' | 'auto'
}

const DEFAULT_DETECTION: TurnDetection = {
  type: 'server_vad',
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 500,
  create_response: true,
  interrupt_response: true,
  eagerness: 'auto',
}

/** Meaning cannot be heard by level, so `semantic_vad` is a patience: ms of silence. */
const PATIENCE = { high: 400, medium: 700, auto: 700, low: 1200 }

/** Nothing ends the session, but the field is always there: a day, seconds. */
const LIFETIME = 86_400

/**
 * The session as it really is. What the partner cannot do it does not claim: transcription, noise
 * reduction, idle time-out, speed and tracing stay off whatever is asked.
 */
export class EffectiveSession {
  readonly #id: string
  readonly #model: string
  readonly #expiresAt = Math.floor(Date.now() / 1000) + LIFETIME
  #instructions = ''
  #modality: 'audio' | 'text' = 'audio'
  #voice: unknown = 'practice'
  #tools: unknown[] = []
  #toolChoice: unknown = 'auto'
  #maxOutputTokens: number | 'inf' = 'inf'
  #detection: TurnDetection | null = DEFAULT_DETECTION

  constructor(id: string, model: string) {
    this.#id = id
    this.#model = model
  }

  /** null: the client marks the turns. */
  get turnDetection(): TurnDetection | null {
    return this.#detection
  }

  get modality(): 'audio' | 'text' {
    return this.#modality
  }

  get voice(): unknown {
    return this.#voice
  }

  get maxOutputTokens(): number | 'inf' {
    return this.#maxOutputTokens
  }

  /** Takes the fields that are present; throws {@link ClientError} and changes nothing when one is wrong. `spoken`: sound was sent already. */
  update(session: unknown, spoken: boolean): void {
    const parsed = updateSchema.safeParse(session)
    if (!parsed.success) {
      const issue = parsed.error.issues[0]
      if (issue?.code === 'unrecognized_keys') {
        const param = ['session', ...issue.path, issue.keys[0] ?? ''].map(String).join('.')
        throw new ClientError('unknown_parameter', `Unknown parameter: '${param}'.`, param)
      }
      const param = ['session', ...(issue?.path ?? [])].map(String).join('.')
      throw new ClientError('invalid_value', `Invalid value for '${param}': ${issue?.message ?? 'not understood'}`, param)
    }
    const { data } = parsed
    if (data.model !== undefined && data.model !== this.#model) throw new ClientError('invalid_value', 'The model is named in the URL and cannot be changed.', 'session.model')
    const voice = data.audio?.output?.voice
    if (voice !== undefined && spoken && JSON.stringify(voice) !== JSON.stringify(this.#voice)) {
      throw new ClientError('cannot_update_voice', 'The voice cannot be changed once there was sound.', 'session.audio.output.voice')
    }
    if (voice !== undefined) this.#voice = voice
    this.#instructions = data.instructions ?? this.#instructions
    this.#modality = data.output_modalities?.[0] ?? this.#modality
    this.#tools = data.tools ?? this.#tools
    this.#toolChoice = data.tool_choice ?? this.#toolChoice
    this.#maxOutputTokens = data.max_output_tokens ?? this.#maxOutputTokens
    const detection = data.audio?.input?.turn_detection
    if (detection === null) this.#detection = null
    else if (detection !== undefined) {
      const given = Object.fromEntries(Object.entries(detection).filter(([key, value]) => key !== 'idle_timeout_ms' && value !== undefined))
      const base = this.#detection?.type === detection.type ? this.#detection : DEFAULT_DETECTION
      const merged: TurnDetection = { ...base, ...given }
      this.#detection = merged.type === 'semantic_vad' ? { ...merged, silence_duration_ms: PATIENCE[merged.eagerness] } : merged
    }
  }

  /** As in `session.created` and `session.updated`. */
  toJSON(): Record<string, unknown> {
    const format = { type: 'audio/pcm', rate: 24_000 }
    return {
      type: 'realtime',
      object: 'realtime.session',
      id: this.#id,
      model: this.#model,
      output_modalities: [this.#modality],
      instructions: this.#instructions,
      tools: this.#tools,
      tool_choice: this.#toolChoice,
      max_output_tokens: this.#maxOutputTokens,
      tracing: null,
      truncation: 'auto',
      prompt: null,
      expires_at: this.#expiresAt,
      audio: {
        input: { format, transcription: null, noise_reduction: null, turn_detection: this.#detectionJSON() },
        output: { format, voice: this.#voice, speed: 1 },
      },
      include: null,
    }
  }

  #detectionJSON(): Record<string, unknown> | null {
    if (this.#detection === null) return null
    const { type, threshold, prefix_padding_ms, silence_duration_ms, create_response, interrupt_response, eagerness } = this.#detection
    return type === 'semantic_vad'
      ? { type, eagerness, create_response, interrupt_response }
      : { type, threshold, prefix_padding_ms, silence_duration_ms, idle_timeout_ms: null, create_response, interrupt_response }
  }
}
