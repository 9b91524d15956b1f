import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SoundCheck, testTone } from '../../../main/voice/sound-check.ts'
import { voiceSample } from '../../../main/voice/voice-sample.ts'
import { soundRequests } from '../../../main/sound-requests.ts'
import { failure, FailureError } from '../../../shared/failure.ts'
import { ScriptedEngine } from './scripted-engine.ts'
import { SimulatedRoom } from './simulated-room.ts'

let room: SimulatedRoom
let check: SoundCheck
const passedOn: string[] = []

beforeEach(() => {
  vi.useFakeTimers()
  passedOn.length = 0
  room = new SimulatedRoom()
  check = new SoundCheck(room)
  check.listen((message) => passedOn.push(message.type))
})
afterEach(() => {
  vi.useRealTimers()
})

const pass = (ms: number): void => room.run(ms, (step) => vi.advanceTimersByTime(step))

/** The microphone is live, as the meter of the onboarding has it. */
function live(): void {
  check.post({ type: 'open_microphone', request: 1, deviceId: null })
  pass(30)
  check.post({ type: 'capture', request: 1, mode: 'live', preRollMs: 0 })
}

const code = async (what: Promise<unknown>): Promise<string> => {
  try {
    await what
    return 'none'
  } catch (error) {
    return error instanceof FailureError ? error.failure.code : String(error)
  }
}
const level = (samples: readonly number[]): number => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)

describe('playing back what was heard', () => {
  it('plays the newest five seconds from the first sound on, through the speaker', async () => {
    live()
    check.record(true)
    room.microphone = () => 0
    pass(1000)
    room.microphone = (frame) => Math.sin(frame / 10) * 0.3
    pass(2000)
    const heard = check.heard()
    expect(heard.byteLength / 48).toBeGreaterThan(2000)
    expect(heard.byteLength / 48).toBeLessThan(2300)
    pass(7000)
    expect(check.heard().byteLength / 48).toBe(5000)
    room.speaker = []
    const played = check.play(check.heard())
    pass(5300)
    await played
    expect(level(room.speaker)).toBeGreaterThan(0.25)
  })

  it('does not hear what the speaker plays, and forgets everything at its end', async () => {
    live()
    check.record(true)
    room.microphone = () => 0
    const played = check.play(testTone())
    room.microphone = (frame) => Math.sin(frame / 10) * 0.3
    pass(800)
    expect(() => check.heard()).toThrow('nothing_heard')
    room.microphone = () => 0
    pass(400)
    await played
    room.microphone = (frame) => Math.sin(frame / 10) * 0.3
    pass(200)
    expect(check.heard().byteLength).toBeGreaterThan(0)
    check.record(false)
    pass(200)
    expect(() => check.heard()).toThrow('nothing_heard')
  })

  it('passes everything on', () => {
    live()
    pass(100)
    expect(passedOn).toContain('frame')
    expect(passedOn).toContain('microphone')
  })
})

describe('a sample', () => {
  it('is silent at once when it is stopped, or when another one comes', async () => {
    const first = check.play(testTone())
    pass(200)
    const second = check.play(testTone())
    await first
    pass(200)
    check.stop()
    await second
    room.speaker = []
    pass(20)
    room.speaker = []
    pass(500)
    expect(level(room.speaker)).toBe(0)
  })

  it('says so when the speaker does not play', async () => {
    const played = code(check.play(testTone()))
    await vi.advanceTimersByTimeAsync(6000)
    expect(await played).toBe('speaker_failed')
    const crashed = code(check.play(testTone()))
    room.emit({ type: 'crashed' })
    expect(await crashed).toBe('speaker_failed')
  })

  it('gives way to a conversation, and a voice that comes too late is not played', async () => {
    let active = true
    let arrive: (pcm: Uint8Array) => void = () => undefined
    const requests = soundRequests({ check, active: () => active, voice: () => new Promise((resolve) => (arrive = resolve)) })
    expect(await code(Promise.resolve(requests['sound.play']('tone')))).toBe('conversation_running')
    active = false
    const late = requests['sound.play']('voice')
    void requests['sound.stop']()
    arrive(testTone())
    await late
    expect(room.posted.filter(({ type }) => type === 'audio')).toEqual([])
  })
})

describe('one sentence in a voice', () => {
  const sample = (engine: ScriptedEngine) => voiceSample({ engine, voice: 'cedar', language: 'en', sentence: 'Hello.', onEvent: () => undefined })
  const track = { response_id: 'r', item_id: 'i', content_index: 0 }

  it('comes through a session of its own, which ends with it', async () => {
    const engine = new ScriptedEngine()
    const got = sample(engine)
    engine.emit({ type: 'opened', model: 'm', expiresAt: null })
    engine.emit({ type: 'audio', ...track, pcm: Uint8Array.of(1, 2) })
    engine.emit({ type: 'audio', ...track, pcm: Uint8Array.of(3, 4) })
    engine.emit({ type: 'response_ended', response_id: 'r', status: 'completed', reason: '', tokens: 9 })
    expect([...(await got)]).toEqual([1, 2, 3, 4])
    expect(engine.config).toMatchObject({ voice: 'cedar', tools: [], history: [] })
    expect(engine.calls.at(-1)).toBe('stop')
  })

  it.each<[string, (engine: ScriptedEngine) => void]>([
    ['invalid_key', (engine) => engine.emit({ type: 'closed', failure: failure('invalid_key'), retry: false })],
    ['response_failed', (engine) => engine.emit({ type: 'response_ended', response_id: 'r', status: 'failed', reason: 'x', tokens: 0 })],
    ['timeout', () => vi.advanceTimersByTime(20_000)],
  ])('says why there is none: %s', async (wanted, happen) => {
    const engine = new ScriptedEngine()
    const got = code(sample(engine))
    happen(engine)
    expect(await got).toBe(wanted)
    expect(engine.calls.at(-1)).toBe('stop')
  })
})
