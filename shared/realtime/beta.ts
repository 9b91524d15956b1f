/**
 * The names and the flat session of the old (beta) protocol, which compatible servers still
 * speak, brought to today's. The way back is in `beta-out.ts`. OpenAI itself switched the beta off
 * in May 2026 (https://platform.openai.com/docs/guides/realtime, “Beta to GA migration”).
 */

/** Old name → today's name of server events. */
export const BETA_SERVER_EVENTS: ReadonlyMap<string, string> = new Map([
  ['response.text.delta', 'response.output_text.delta'],
  ['response.text.done', 'response.output_text.done'],
  ['response.audio.delta', 'response.output_audio.delta'],
  ['response.audio.done', 'response.output_audio.done'],
  ['response.audio_transcript.delta', 'response.output_audio_transcript.delta'],
  ['response.audio_transcript.done', 'response.output_audio_transcript.done'],
  ['conversation.item.created', 'conversation.item.added'],
  ['transcription_session.created', 'session.created'],
  ['transcription_session.updated', 'session.updated'],
])

type Loose = Record<string, unknown>

/** Old name → today's object of the sound formats. */
export const BETA_FORMATS: ReadonlyMap<unknown, Readonly<Loose>> = new Map<unknown, Readonly<Loose>>([
  ['pcm16', { type: 'audio/pcm', rate: 24000 }],
  ['g711_ulaw', { type: 'audio/pcmu' }],
  ['g711_alaw', { type: 'audio/pcma' }],
])

/** Old name → today's name of what moved into `audio.input`. */
export const BETA_INPUT_FIELDS = [
  ['input_audio_transcription', 'transcription'],
  ['input_audio_noise_reduction', 'noise_reduction'],
  ['turn_detection', 'turn_detection'],
] as const

/** Fields that only a flat session has. */
const FLAT_FIELDS = ['modalities', 'voice', 'input_audio_format', 'output_audio_format', 'turn_detection', 'max_response_output_tokens', 'input_audio_transcription']

/** Whether a received session is in the old flat shape, so that its server wants to be spoken to likewise. */
export function isBetaSession(session: unknown): boolean {
  if (typeof session !== 'object' || session === null || 'audio' in session) return false
  return FLAT_FIELDS.some((field) => field in session)
}

/**
 * Brings a flat session to today's shape; a session that has `audio` already is returned as it
 * is. Old fields are taken out; `temperature`, which has no successor, stays as an unknown field.
 */
export function sessionFromBeta(session: Loose): Loose {
  if ('audio' in session) return session
  const { input_audio_format, output_audio_format, voice, speed, modalities, max_response_output_tokens, ...rest } = session
  const input: Loose = {}
  const output: Loose = {}
  const inputFormat = BETA_FORMATS.get(input_audio_format)
  const outputFormat = BETA_FORMATS.get(output_audio_format)
  if (inputFormat !== undefined) input['format'] = { ...inputFormat }
  if (outputFormat !== undefined) output['format'] = { ...outputFormat }
  for (const [old, now] of BETA_INPUT_FIELDS) {
    if (old in rest) {
      input[now] = rest[old]
      delete rest[old]
    }
  }
  if (voice !== undefined) output['voice'] = voice
  if (speed !== undefined) output['speed'] = speed
  const result: Loose = { ...rest }
  if (Object.keys(input).length > 0 || Object.keys(output).length > 0) result['audio'] = { input, output }
  if (Array.isArray(modalities)) result['output_modalities'] = modalitiesFromBeta(modalities)
  if (max_response_output_tokens !== undefined) result['max_output_tokens'] = max_response_output_tokens
  return result
}

/** The beta listed `["text","audio"]` for a spoken answer; today it is `["audio"]`. */
export function modalitiesFromBeta(modalities: readonly unknown[]): ('audio' | 'text')[] {
  return modalities.includes('audio') ? ['audio'] : ['text']
}
