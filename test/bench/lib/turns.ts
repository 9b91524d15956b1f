/**
 * The byte stream that every client gets: a conversation of any length, in the Realtime server's
 * own order of events with all of their fields. The same arguments make the same bytes.
 */

export interface TurnShape {
  /** Sound of one answer, ms. */
  audioMs: number
  /** Sound of one delta, ms. */
  deltaMs: number
  /** Pieces in which the person's words come. */
  heardDeltas: number
  /** Pieces in which the answer's words come. */
  saidDeltas: number
}

/** 56 events: with `session.created` and `session.updated` 1 000 turns are 56 002. */
export const SHORT_TURN: TurnShape = { audioMs: 2000, deltaMs: 200, heardDeltas: 8, saidDeltas: 23 }
/** 98 events. */
export const LONG_TURN: TurnShape = { audioMs: 10_000, deltaMs: 200, heardDeltas: 8, saidDeltas: 25 }

/** Events of one turn of this shape. */
export function eventsPerTurn({ audioMs, deltaMs, heardDeltas, saidDeltas }: TurnShape): number {
  return audioMs / deltaMs + heardDeltas + saidDeltas + 15
}

/** Characters that a client must have in its transcript after so many turns. */
export function transcriptLength(shape: TurnShape, turns: number): number {
  let sum = 0
  for (let turn = 0; turn < turns; turn++) sum += words(turn, shape.heardDeltas).length + words(turn + 1, shape.saidDeltas).length
  return sum
}

/** Id of the last response of a stream, by which a client knows the end. */
export function responseId(turn: number): string {
  return `resp_${String(turn).padStart(21, '0')}`
}

const WORDS = ['the', ' wall', ' wants', ' two', ' quotes', ' before', ' Friday', ' and', ' one', ' has', ' come']

function words(seed: number, count: number): string {
  return Array.from({ length: count }, (_, i) => piece(seed, i)).join('')
}

/** One delta of {@link words}; the first has no space before it, since not every client keeps that. */
function piece(seed: number, i: number): string {
  const word = WORDS[(seed + i) % WORDS.length] ?? ''
  return i === 0 ? word.trimStart() : word
}

const pcmCache = new Map<number, string>()

/** A soft 400 Hz tone, base64. */
function tone(ms: number): string {
  const known = pcmCache.get(ms)
  if (known !== undefined) return known
  const samples = Int16Array.from({ length: ms * 24 }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * 400 * i) / 24_000)))
  const made = Buffer.from(samples.buffer).toString('base64')
  pcmCache.set(ms, made)
  return made
}

/** One turn as the frames of the wire. */
export function turnFrames(turn: number, shape: TurnShape): string[] {
  const pad = String(turn).padStart(21, '0')
  const frames: string[] = []
  let count = 0
  const send = (type: string, fields: Record<string, unknown>): void => {
    frames.push(JSON.stringify({ type, event_id: `event_${pad}_${String(count++)}`, ...fields }))
  }
  const userId = `item_u${pad}`
  const item_id = `item_a${pad}`
  const response_id = responseId(turn)
  const heard = words(turn, shape.heardDeltas)
  const said = words(turn + 1, shape.saidDeltas)
  const previous_item_id = turn === 0 ? null : `item_a${String(turn - 1).padStart(21, '0')}`

  const user = { id: userId, object: 'realtime.item', type: 'message', status: 'completed', role: 'user', content: [{ type: 'input_audio', transcript: null }] }
  send('input_audio_buffer.committed', { previous_item_id, item_id: userId })
  send('conversation.item.added', { previous_item_id, item: user })
  send('conversation.item.done', { previous_item_id, item: user })
  for (let i = 0; i < shape.heardDeltas; i++) {
    send('conversation.item.input_audio_transcription.delta', { item_id: userId, content_index: 0, delta: piece(turn, i), obfuscation: 'WccDcNlLtE' })
  }
  send('conversation.item.input_audio_transcription.completed', { item_id: userId, content_index: 0, transcript: heard, usage: { type: 'duration', seconds: 3 } })

  const response = {
    object: 'realtime.response',
    id: response_id,
    status: 'in_progress',
    status_details: null,
    output: [] as unknown[],
    conversation_id: 'conv_1',
    output_modalities: ['audio'],
    max_output_tokens: 'inf',
    audio: { output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'marin' } },
    usage: null as unknown,
    metadata: null,
  }
  const blank = { id: item_id, object: 'realtime.item', type: 'message', status: 'in_progress', role: 'assistant', content: [] as unknown[] }
  const full = { ...blank, status: 'completed', content: [{ type: 'output_audio', transcript: said }] }
  const place = { response_id, item_id, output_index: 0, content_index: 0 }
  send('response.created', { response })
  send('response.output_item.added', { response_id, output_index: 0, item: blank })
  send('conversation.item.added', { previous_item_id: userId, item: blank })
  send('response.content_part.added', { ...place, part: { type: 'audio', transcript: '' } })
  const deltas = shape.audioMs / shape.deltaMs
  let sent = 0
  for (let i = 0; i < deltas; i++) {
    for (; sent < Math.min(shape.saidDeltas, Math.ceil(((i + 1) * shape.saidDeltas) / deltas)); sent++) {
      send('response.output_audio_transcript.delta', { ...place, delta: piece(turn + 1, sent), obfuscation: '5YY5imXvSxhAyd' })
    }
    send('response.output_audio.delta', { ...place, delta: tone(shape.deltaMs) })
  }
  send('response.output_audio.done', place)
  send('response.output_audio_transcript.done', { ...place, transcript: said })
  send('response.content_part.done', { ...place, part: { type: 'audio', transcript: said } })
  send('conversation.item.done', { previous_item_id: userId, item: full })
  send('response.output_item.done', { response_id, output_index: 0, item: full })
  const usage = {
    total_tokens: 200,
    input_tokens: 120,
    output_tokens: 80,
    input_token_details: { text_tokens: 40, audio_tokens: 80, image_tokens: 0, cached_tokens: 0, cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 } },
    output_token_details: { text_tokens: 20, audio_tokens: 60 },
  }
  send('response.done', { response: { ...response, status: 'completed', output: [full], usage } })
  send('rate_limits.updated', { rate_limits: [{ name: 'tokens', limit: 15_000_000, remaining: 14_999_715, reset_seconds: 0.001 }] })
  return frames
}

/** What a server says of its session. */
export function session(): Record<string, unknown> {
  return {
    type: 'realtime',
    object: 'realtime.session',
    id: 'sess_1',
    model: 'gpt-realtime',
    output_modalities: ['audio'],
    instructions: '',
    tools: [],
    tool_choice: 'auto',
    max_output_tokens: 'inf',
    tracing: null,
    truncation: 'auto',
    prompt: null,
    expires_at: Math.floor(Date.now() / 1000) + 3600,
    audio: {
      input: { format: { type: 'audio/pcm', rate: 24_000 }, transcription: null, noise_reduction: null, turn_detection: null },
      output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'marin', speed: 1 },
    },
    include: null,
  }
}
