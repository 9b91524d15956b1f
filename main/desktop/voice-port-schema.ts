import { FRAME_BYTES, SAMPLE_RATE, type FromSoundRoom } from '../../shared/voice-port.ts'
import { z } from '../../shared/zod.ts'

/** Most bytes of one microphone frame that are accepted. */
export const MAX_PCM_BYTES = 64 * 1024
/** Most tracks in one report, and most devices in one list. */
const MAX_TRACKS = 200
const MAX_DEVICES = 100

const text = (max: number) => z.string().max(max)
const id = text(200)
const counter = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
/** An overdriven input reads above 1; the sound is still wanted. */
const level = z
  .number()
  .min(0)
  .transform((value) => Math.min(value, 1))
/** Words for people: too long is shortened, not refused. */
const words = (max: number) =>
  text(10_000).transform((value) => value.slice(0, max))

/** Whole samples of PCM16. */
const pcm = z.custom<Uint8Array>(
  (value) =>
    ArrayBuffer.isView(value) &&
    // Not `instanceof`: what was cloned from another process may come from another realm.
    Object.prototype.toString.call(value) === '[object Uint8Array]' &&
    value.byteLength % 2 === 0 &&
    value.byteLength <= MAX_PCM_BYTES,
)

const trackId = { response_id: id, item_id: id, content_index: counter }
const progress = z
  .object({ ...trackId, framesPlayed: counter, framesReceived: counter, complete: z.boolean() })
  .refine((track) => track.framesPlayed <= track.framesReceived)
const devices = z.array(z.object({ deviceId: text(256), label: words(300) })).max(MAX_DEVICES)
const captureMode = z.enum(['off', 'armed', 'live', 'muted'])

/** Everything the sound room may say, with limits. The sound room is a renderer: what it sends is checked like any other. */
export const fromSoundRoomSchema: z.ZodType<FromSoundRoom> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('frame'), seq: counter, firstFrame: counter, peak: level, rms: level, pcm }),
  z.object({ type: z.literal('level'), peak: level, rms: level }),
  z.object({
    type: z.literal('playback'),
    playing: z.object(trackId).nullable(),
    tracks: z.array(progress).max(MAX_TRACKS),
    peak: level,
    rms: level,
    starvations: counter,
    starvedFrames: counter,
  }),
  z.object({ type: z.literal('ready') }),
  z.discriminatedUnion('state', [
    z.object({
      type: z.literal('microphone'),
      request: counter,
      state: z.literal('open'),
      deviceId: text(256),
      label: words(300),
    }),
    z.object({
      type: z.literal('microphone'),
      request: counter,
      state: z.literal('failed'),
      problem: z.enum(['denied', 'missing', 'busy', 'failed']),
      message: words(1000),
    }),
  ]),
  z.object({ type: z.literal('microphone_ended') }),
  z.object({ type: z.literal('microphone_silent'), silent: z.boolean() }),
  z.object({ type: z.literal('capture_mode'), request: counter, mode: captureMode }),
  z.object({ type: z.literal('flushed'), generation: counter, tracks: z.array(progress).max(MAX_TRACKS) }),
  z.object({ type: z.literal('devices'), inputs: devices, outputs: devices, defaultInput: words(300).default('') }),
  z.object({ type: z.literal('speaker_problem'), broken: z.boolean(), message: words(1000) }),
  z.object({ type: z.literal('output_changed') }),
])

/** The PCM as the rest of Parley expects it: a `Uint8Array` that owns exactly its bytes. */
export function exactSize(bytes: Uint8Array): Uint8Array {
  // A pooled Buffer would carry its whole pool along when it is cloned.
  const plain = Object.getPrototypeOf(bytes) === Uint8Array.prototype
  return plain && bytes.buffer.byteLength === bytes.byteLength ? bytes : new Uint8Array(bytes)
}

/** A store of permits that fills up with time. */
export class TokenBucket {
  readonly #perSecond: number
  readonly #capacity: number
  #tokens: number
  #at: number

  /** @param now ms, of a clock that only goes forward */
  constructor(perSecond: number, capacity: number, now: number) {
    this.#perSecond = perSecond
    this.#capacity = capacity
    this.#tokens = capacity
    this.#at = now
  }

  /** Takes `tokens`, all or none. */
  take(tokens: number, now: number): boolean {
    const passed = Math.max(0, now - this.#at)
    this.#tokens = Math.min(this.#capacity, this.#tokens + (passed * this.#perSecond) / 1000)
    this.#at += passed
    if (tokens > this.#tokens) return false
    this.#tokens -= tokens
    return true
  }
}

/**
 * How fast the sound room may speak: microphone sound at twice real time (an injected script could
 * otherwise burn money), and messages of any kind at a multiple of what a busy room needs (about 80
 * a second). Both stores hold four seconds, since main itself may pause and then finds the messages queued.
 */
export class PortLimits {
  readonly #pcm: TokenBucket
  readonly #messages: TokenBucket

  constructor(now: number) {
    const bytesPerSecond = SAMPLE_RATE * 2
    this.#pcm = new TokenBucket(2 * bytesPerSecond, 8 * bytesPerSecond, now)
    this.#messages = new TokenBucket(300, 1200, now)
  }

  /** Whether any further message may be looked at. */
  message(now: number): boolean {
    return this.#messages.take(1, now)
  }

  /** Whether a frame may pass. An empty one costs as much as a full one. */
  frame(bytes: number, now: number): boolean {
    return this.#pcm.take(Math.max(bytes, FRAME_BYTES), now)
  }
}
