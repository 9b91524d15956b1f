import { isObject, makeId, type Json, type WireError } from './wire.ts'

/** The default session of the real server, field for field as recorded. */
export function defaultSession(model: string, overrides: Json): Json {
  return {
    type: 'realtime',
    object: 'realtime.session',
    id: makeId('sess'),
    model: model === '' ? 'gpt-realtime' : model,
    output_modalities: ['audio'],
    instructions: 'Your knowledge cutoff is 2023-10. You are a helpful, witty, and friendly AI.',
    tools: [],
    tool_choice: 'auto',
    max_output_tokens: 'inf',
    tracing: null,
    truncation: 'auto',
    prompt: null,
    expires_at: Math.floor(Date.now() / 1000) + 3600,
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: 24000 },
        transcription: null,
        noise_reduction: null,
        turn_detection: { ...SERVER_VAD },
      },
      output: { format: { type: 'audio/pcm', rate: 24000 }, voice: 'alloy', speed: 1 },
    },
    include: null,
    ...overrides,
  }
}

const SERVER_VAD = {
  type: 'server_vad',
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 200,
  idle_timeout_ms: null,
  create_response: true,
  interrupt_response: true,
}
const SEMANTIC_VAD = { type: 'semantic_vad', eagerness: 'auto', create_response: true, interrupt_response: true }

const FIELDS: ReadonlySet<string> = new Set([
  'type',
  'model',
  'output_modalities',
  'instructions',
  'audio',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'reasoning',
  'max_output_tokens',
  'truncation',
  'tracing',
  'prompt',
  'include',
])

/**
 * The session after an update, or why it is refused. Fields left out stay; null clears.
 *
 * @param spoken sound has been sent: the voice is fixed
 */
export function updatedSession(session: Json, update: unknown, spoken: boolean): { session: Json } | { error: WireError } {
  if (!isObject(update)) return refuse('missing_required_parameter', "Missing required parameter: 'session'.", 'session')
  if (update['type'] !== 'realtime' && update['type'] !== 'transcription') {
    return refuse('missing_required_parameter', "Missing required parameter: 'session.type'.", 'session.type')
  }
  for (const name of Object.keys(update)) {
    if (!FIELDS.has(name)) return refuse('unknown_parameter', `Unknown parameter: 'session.${name}'.`, `session.${name}`)
  }
  if (update['model'] !== undefined && update['model'] !== session['model']) {
    return refuse('invalid_value', 'The model cannot be changed in a running session.', 'session.model')
  }
  const modalities = update['output_modalities']
  if (modalities !== undefined && (!Array.isArray(modalities) || modalities.length !== 1)) {
    return refuse('invalid_value', "Invalid value: supported combinations are: ['text'] and ['audio'].", 'session.output_modalities')
  }
  const { audio, ...flat } = update
  const audioNow = objectOf(session['audio'])
  const inputNow = objectOf(audioNow['input'])
  const outputNow = objectOf(audioNow['output'])
  const input = objectOf(objectOf(audio)['input'])
  const output = objectOf(objectOf(audio)['output'])
  const voice = output['voice']
  if (spoken && voice !== undefined && JSON.stringify(voice) !== JSON.stringify(outputNow['voice'])) {
    return refuse('cannot_update_voice', "Cannot update a conversation's voice if assistant audio is present.", 'session.audio.output.voice')
  }
  return {
    session: {
      ...session,
      ...flat,
      audio: {
        input: {
          ...inputNow,
          ...input,
          ...('turn_detection' in input ? { turn_detection: fullDetection(input['turn_detection']) } : {}),
          ...('transcription' in input ? { transcription: fullTranscription(input['transcription']) } : {}),
        },
        output: { ...outputNow, ...output },
      },
    },
  }
}

function fullDetection(value: unknown): Json | null {
  if (!isObject(value)) return null
  return value['type'] === 'semantic_vad' ? { ...SEMANTIC_VAD, ...value } : { ...SERVER_VAD, ...value }
}

function fullTranscription(value: unknown): Json | null {
  return isObject(value) ? { model: null, language: null, prompt: null, ...value } : null
}

function refuse(code: string, message: string, param: string): { error: WireError } {
  return { error: { code, message, param } }
}

function objectOf(value: unknown): Json {
  return isObject(value) ? value : {}
}

/** Turn detection, transcription and modality in force. */
export interface SessionInForce {
  detection: Json | null
  transcription: Json | null
  textOnly: boolean
  voice: unknown
}

export function inForce(session: Json): SessionInForce {
  const audio = objectOf(session['audio'])
  const input = objectOf(audio['input'])
  const modalities = session['output_modalities']
  return {
    detection: isObject(input['turn_detection']) ? input['turn_detection'] : null,
    transcription: isObject(input['transcription']) ? input['transcription'] : null,
    textOnly: Array.isArray(modalities) && modalities[0] === 'text',
    voice: objectOf(audio['output'])['voice'],
  }
}
