import { describe, expect, it } from 'vitest'
import { exactSize, fromSoundRoomSchema, MAX_PCM_BYTES, PortLimits, TokenBucket } from '../../../main/desktop/voice-port-schema.ts'
import type { FromSoundRoom } from '../../../shared/voice-port.ts'

const track = { response_id: 'r', item_id: 'i', content_index: 0 }
const progress = { ...track, framesPlayed: 480, framesReceived: 960, complete: false }

/** One of each kind. */
const FITTING: FromSoundRoom[] = [
  { type: 'ready' },
  { type: 'microphone', request: 1, state: 'open', deviceId: 'default', label: 'Microphone' },
  { type: 'microphone', request: 1, state: 'failed', problem: 'denied', message: 'NotAllowedError' },
  { type: 'microphone_ended' },
  { type: 'microphone_silent', silent: true },
  { type: 'capture_mode', request: 3, mode: 'live' },
  { type: 'frame', seq: 0, firstFrame: 0, peak: 0.5, rms: 0.1, pcm: new Uint8Array(960) },
  { type: 'level', peak: 0, rms: 0 },
  { type: 'playback', playing: track, tracks: [progress], peak: 1, rms: 0.2, starvations: 0, starvedFrames: 0 },
  { type: 'playback', playing: null, tracks: [], peak: 0, rms: 0, starvations: 1, starvedFrames: 240 },
  { type: 'flushed', generation: 2, tracks: [progress] },
  { type: 'devices', inputs: [{ deviceId: 'a', label: '' }], outputs: [], defaultInput: 'A' },
  { type: 'speaker_problem', broken: true, message: 'gone' },
]

const frame = (change: object) => ({ ...FITTING[6], ...change })
const fits = (value: unknown): boolean => fromSoundRoomSchema.safeParse(value).success

describe('what the sound room may say', () => {
  it.each(FITTING)('$type', (message) => {
    // As it arrives: cloned from another process.
    expect(fromSoundRoomSchema.parse(structuredClone(message))).toEqual(message)
  })

  it('keeps only what is in the contract', () => {
    expect(fromSoundRoomSchema.parse({ type: 'ready', extra: 1 })).toEqual({ type: 'ready' })
  })

  it.each<unknown>([
    null,
    undefined,
    'ready',
    [],
    {},
    { type: 'crashed' },
    { type: 'gave_up' },
    { type: '__proto__' },
    { type: 'microphone', request: 1, state: 'closed' },
    { type: 'capture_mode', request: 1, mode: 'recording' },
    { type: 'capture_mode', request: -1, mode: 'live' },
    { type: 'capture_mode', request: 0.5, mode: 'live' },
    { type: 'level', peak: Number.NaN, rms: 0 },
    { type: 'level', peak: Number.POSITIVE_INFINITY, rms: 0 },
    { type: 'level', peak: -0.1, rms: 0 },
    { type: 'level', peak: '1', rms: 0 },
    { type: 'flushed', generation: 1, tracks: [{ ...progress, framesPlayed: 961 }] },
    { type: 'flushed', generation: 1, tracks: Array.from({ length: 201 }, () => progress) },
    { type: 'flushed', generation: 1, tracks: [{ ...progress, item_id: 'x'.repeat(201) }] },
    { type: 'playback', playing: track, tracks: [], peak: 0, rms: 0, starvations: 2 ** 53, starvedFrames: 0 },
    { type: 'devices', inputs: Array.from({ length: 101 }, () => ({ deviceId: 'a', label: '' })), outputs: [] },
    { type: 'devices', inputs: [{ deviceId: 'x'.repeat(257), label: '' }], outputs: [] },
  ])('not %j', (value) => {
    expect(fits(value)).toBe(false)
  })

  it.each<[string, unknown]>([
    ['an odd number of bytes', new Uint8Array(959)],
    ['too many bytes', new Uint8Array(MAX_PCM_BYTES + 2)],
    ['another kind of array', new Int16Array(480)],
    ['a bare buffer', new ArrayBuffer(960)],
    ['an array of numbers', Array.from({ length: 960 }, () => 0)],
    ['something that looks like bytes', { byteLength: 960, length: 960 }],
    ['nothing', undefined],
  ])('no frame of %s', (_what, pcm) => {
    expect(fits(frame({ pcm }))).toBe(false)
  })

  it.each([0, 2, 960, MAX_PCM_BYTES])('a frame of %i bytes', (bytes) => {
    expect(fits(frame({ pcm: new Uint8Array(bytes) }))).toBe(true)
  })

  it('an overdriven level counts as full, a long label is shortened', () => {
    expect(fromSoundRoomSchema.parse({ type: 'level', peak: 1.7, rms: 1.0000001 })).toEqual({ type: 'level', peak: 1, rms: 1 })
    const opened = fromSoundRoomSchema.parse({ ...FITTING[1], label: 'x'.repeat(400) })
    expect(opened).toMatchObject({ label: 'x'.repeat(300) })
  })
})

describe('exactSize', () => {
  it('copies a piece of a pool, and a Buffer, and nothing else', () => {
    const exact = new Uint8Array([1, 2])
    expect(exactSize(exact)).toBe(exact)
    for (const loose of [new Uint8Array([0, 1, 2, 0]).subarray(1, 3), Buffer.from([1, 2])]) {
      const copy = exactSize(loose)
      expect([copy.constructor, copy.buffer.byteLength, ...copy]).toEqual([Uint8Array, 2, 1, 2])
    }
  })
})

describe('limits', () => {
  it('a bucket gives what has flowed in, and never more than it holds', () => {
    const bucket = new TokenBucket(10, 20, 0)
    expect([bucket.take(20, 0), bucket.take(1, 0), bucket.take(1, 99), bucket.take(1, 100)]).toEqual([true, false, false, true])
    expect([bucket.take(20, 1_000_000), bucket.take(1, 1_000_000)]).toEqual([true, false])
    // A clock that stands still or goes back gives nothing.
    expect([bucket.take(1, 0), bucket.take(1, 1_000_000)]).toEqual([false, false])
  })

  it('let real time pass for ever', () => {
    const limits = new PortLimits(0)
    let passed = 0
    for (let n = 0; n < 50 * 600; n++) if (limits.message(n * 20) && limits.frame(960, n * 20)) passed++
    expect(passed).toBe(50 * 600)
  })

  it('let what gathered while main paused for 3 s pass at once', () => {
    const limits = new PortLimits(0)
    let passed = 0
    for (let n = 0; n < 150; n++) if (limits.message(3000) && limits.frame(960, 3000)) passed++
    expect(passed).toBe(150)
  })

  it('hold a flood down to twice real time', () => {
    const limits = new PortLimits(0)
    let bytes = 0
    for (let ms = 0; ms < 60_000; ms += 5) if (limits.frame(960, ms)) bytes += 960
    const realTime = 60 * 48_000
    expect(bytes).toBeGreaterThan(1.9 * realTime)
    expect(bytes).toBeLessThan(2 * realTime + 4 * 96_000)
  })

  it('count an empty frame like a full one', () => {
    const limits = new PortLimits(0)
    let passed = 0
    while (passed < 10_000 && limits.frame(0, 0)) passed++
    expect(passed).toBe(400)
  })
})
