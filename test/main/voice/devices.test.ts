import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Habits } from '../../../main/voice/session-options.ts'
import { VoiceSession } from '../../../main/voice/session.ts'
import { Questions } from '../../../main/voice/tools/questions.ts'
import { ToolRegistry } from '../../../main/voice/tools/registry.ts'
import { Conversation } from '../../../shared/conversation/conversation.ts'
import type { TurnMode } from '../../../shared/settings.ts'
import type { VoiceStatus } from '../../../shared/state.ts'
import type { AudioDevice, ToSoundRoom } from '../../../shared/voice-port.ts'
import { ScriptedEngine } from './scripted-engine.ts'
import { sessionDefaults } from './session-defaults.ts'
import { SimulatedRoom } from './simulated-room.ts'

const BUILT_IN: AudioDevice = { deviceId: 'built-in', label: 'Built-in' }
const HEADSET: AudioDevice = { deviceId: 'headset', label: 'Headset' }

describe('devices that come and go', () => {
  let room: SimulatedRoom
  let session: VoiceSession
  let engine: ScriptedEngine
  let status: VoiceStatus
  let mode: TurnMode
  let microphoneId: string | null
  let speakerId: string | null
  let shown: string[]
  let armed: Habits['armed']

  beforeEach(() => {
    vi.useFakeTimers()
    room = new SimulatedRoom()
    mode = 'hold'
    microphoneId = HEADSET.deviceId
    speakerId = null
    shown = []
    armed = 'session'
    let ids = 0
    session = new VoiceSession({
      ...sessionDefaults(),
      sound: room,
      conversation: new Conversation({ now: Date.now, newId: () => `item_${String(++ids)}`, onPatches: () => undefined }),
      createEngine: () => (engine = new ScriptedEngine()),
      turnMode: () => mode,
      tools: { registry: new ToolRegistry([]), questions: new Questions({ onChange: () => undefined }), onView: () => undefined, onFault: () => undefined },
      microphoneId: () => microphoneId,
      speakerId: () => speakerId,
      habits: () => ({ armed, armBluetooth: false, halfDuplex: false }),
      onStatus: (now) => {
        status = now
        shown.push(now.microphone)
      },
    })
    status = session.status
  })

  afterEach(() => {
    session.end()
    // A stray stream is shaken off when nobody listens any more.
    vi.advanceTimersByTime(7000)
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  function pass(ms: number): void {
    room.run(ms, (step) => vi.advanceTimersByTime(step))
  }

  function open(): void {
    session.start()
    engine.emit({ type: 'opened', model: 'm', expiresAt: null })
    pass(100)
    engine.calls.length = 0
    shown.length = 0
  }

  function list(devices: AudioDevice[], defaultInput = BUILT_IN.label): void {
    room.emit({ type: 'devices', inputs: devices, outputs: devices, defaultInput })
  }

  function pullOut(): void {
    room.unplugged.add(HEADSET.deviceId)
    room.emit({ type: 'microphone_ended' })
    list([BUILT_IN])
    pass(50)
  }

  function plugIn(): void {
    room.unplugged.delete(HEADSET.deviceId)
    list([BUILT_IN, HEADSET])
    pass(50)
  }

  function ordered<T extends ToSoundRoom['type']>(type: T): Extract<ToSoundRoom, { type: T }>[] {
    return room.posted.filter((message): message is Extract<ToSoundRoom, { type: T }> => message.type === type)
  }

  const microphones = (): (string | null)[] => ordered('open_microphone').map(({ deviceId }) => deviceId)
  const speakers = (): (string | null)[] => ordered('output_device').map(({ deviceId }) => deviceId)

  describe('the microphone that was chosen', () => {
    it('is taken back at once when nobody speaks, and what was said about it is withdrawn', () => {
      open()
      pullOut()
      expect(status).toMatchObject({ microphone: 'armed', notice: { code: 'microphone_lost', detail: { device: 'Test microphone' } } })
      plugIn()
      expect(microphones()).toEqual(['headset', null, 'headset'])
      expect(status).toMatchObject({ microphone: 'armed', notice: null })
    })

    it('is taken back when the turn is over that is being spoken into the other one', () => {
      open()
      session.press()
      pass(300)
      pullOut()
      pass(300)
      plugIn()
      pass(300)
      session.release()
      expect(microphones()).toEqual(['headset', null])
      pass(500)
      expect(engine.calls).toEqual(['begin', 'append', 'end'])
      expect(microphones()).toEqual(['headset', null, 'headset'])
    })

    it('is taken back on the open line when the person has finished', () => {
      mode = 'open_line'
      open()
      engine.emit({ type: 'speech_started' })
      pullOut()
      plugIn()
      pass(1000)
      expect(microphones()).toEqual(['headset', null])
      engine.emit({ type: 'speech_stopped' })
      expect(microphones()).toEqual(['headset', null, 'headset'])
    })

    it('shows what is heard as heard while it changes over, and loses no turn that begins meanwhile', () => {
      open()
      pullOut()
      shown.length = 0
      room.microphoneDelayMs = 800
      plugIn()
      session.press()
      pass(300)
      expect(status).toMatchObject({ state: 'listening', microphone: 'live' })
      pass(1000)
      session.release()
      pass(400)
      expect(shown).not.toContain('off')
      expect(microphones()).toEqual(['headset', null, 'headset'])
      expect(engine.calls).toEqual(['begin', 'append', 'end'])
      expect(engine.soundMs).toBeGreaterThan(1300)
    })

    it('is replaced from the start where it is not there, without being asked for again, and said once', () => {
      room.unplugged.add(HEADSET.deviceId)
      list([BUILT_IN])
      open()
      expect(microphones()).toEqual([null])
      expect(status).toMatchObject({ microphone: 'armed', notice: { code: 'microphone_lost' } })
      plugIn()
      expect(microphones()).toEqual([null, 'headset'])
      expect(status.notice).toBeNull()
    })

    it('is used again at once when it came back while no microphone was open', () => {
      armed = 'never'
      open()
      list([BUILT_IN])
      pass(100)
      list([BUILT_IN, HEADSET])
      session.press()
      pass(100)
      expect(microphones().at(-1)).toBe('headset')
      expect(status.notice).toBeNull()
    })

    it('is replaced where nobody knew that it is not there', () => {
      list([])
      room.unplugged.add(HEADSET.deviceId)
      open()
      expect(microphones()).toEqual(['headset', null])
      expect(status).toMatchObject({ microphone: 'armed', notice: { code: 'microphone_lost', detail: {} } })
    })

    it('is asked for seldom when its plug is loose, and is used when it holds', () => {
      open()
      for (let i = 0; i < 50; i++) {
        room.emit({ type: 'microphone_ended' })
        list([BUILT_IN])
        pass(150)
        list([BUILT_IN, HEADSET])
        pass(150)
      }
      // 15 s: at once, then after 1, 2, 4 and 8 s; each time the default stands in.
      expect(microphones().length).toBeLessThanOrEqual(12)
      pass(31_000)
      expect(microphones().at(-1)).toBe('headset')
      expect(status.notice).toBeNull()
    })

    it('stays replaced when it is listed but cannot be had, and is asked for again later', () => {
      open()
      pullOut()
      list([BUILT_IN, HEADSET])
      pass(100)
      expect(microphones()).toEqual(['headset', null, 'headset', null])
      expect(status).toMatchObject({ microphone: 'armed', notice: { code: 'microphone_lost' } })
      room.unplugged.clear()
      list([BUILT_IN, HEADSET])
      pass(100)
      expect(microphones()).toHaveLength(4)
      pass(1000)
      expect(microphones().at(-1)).toBe('headset')
      expect(status.notice).toBeNull()
    })

    it('is taken back after there was no microphone at all', () => {
      open()
      room.microphoneProblem = 'missing'
      pullOut()
      expect(status).toMatchObject({ microphone: 'off', notice: { code: 'microphone_missing' } })
      room.microphoneProblem = null
      plugIn()
      expect(status).toMatchObject({ microphone: 'armed', notice: null })
      expect(microphones().at(-1)).toBe('headset')
    })

    it('is forgotten when another one is chosen', () => {
      open()
      pullOut()
      microphoneId = BUILT_IN.deviceId
      session.settingsChanged({ microphone: true, speaker: false, turnMode: false })
      pass(50)
      expect(status.notice).toBeNull()
      plugIn()
      expect(microphones()).toEqual(['headset', null, 'built-in'])
    })

    it('is looked for as long as the conversation runs', () => {
      open()
      pullOut()
      const before = ordered('list_devices').length
      pass(3100)
      expect(ordered('list_devices')).toHaveLength(before + 1)
      list([BUILT_IN])
      pass(3100)
      expect(ordered('list_devices')).toHaveLength(before + 2)
      session.end()
      pass(10_000)
      expect(ordered('list_devices')).toHaveLength(before + 2)
    })
  })

  describe('the microphone when sound comes out of another device', () => {
    const fresh = (): (boolean | undefined)[] => ordered('open_microphone').map((message) => message.fresh)

    it('is opened afresh, so that nothing learned of the other echo is left', () => {
      open()
      room.emit({ type: 'output_changed' })
      expect([microphones(), fresh()]).toEqual([['headset', 'headset'], [undefined, true]])
      pass(100)
      expect(status.microphone).toBe('armed')
      expect(shown).not.toContain('off')
      session.press()
      pass(500)
      session.release()
      pass(500)
      expect(engine.calls).toEqual(['begin', 'append', 'end'])
      expect(microphones()).toHaveLength(2)
    })

    it('is left alone until the turn is over', () => {
      open()
      session.press()
      pass(300)
      room.emit({ type: 'output_changed' })
      pass(300)
      expect(microphones()).toHaveLength(1)
      session.release()
      pass(500)
      expect(fresh()).toEqual([undefined, true])
    })

    it('stays the one that stands in for the chosen one', () => {
      open()
      pullOut()
      room.emit({ type: 'output_changed' })
      pass(50)
      expect([microphones(), fresh()]).toEqual([['headset', null, null], [undefined, undefined, true]])
      plugIn()
      expect(microphones().at(-1)).toBe('headset')
      expect(fresh().at(-1)).toBeUndefined()
    })

    it('is not opened for it', () => {
      room.emit({ type: 'output_changed' })
      pass(50)
      expect(microphones()).toEqual([])
    })

    it('is opened once when microphone and speaker change together', () => {
      open()
      room.unplugged.add(HEADSET.deviceId)
      room.emit({ type: 'microphone_ended' })
      room.emit({ type: 'output_changed' })
      pass(50)
      expect([microphones(), fresh()]).toEqual([['headset', null], [undefined, undefined]])
    })
  })

  describe('the microphone of the system’s choice', () => {
    beforeEach(() => {
      microphoneId = null
      list([BUILT_IN, HEADSET])
      open()
    })

    it('is followed to another device, when nobody speaks', () => {
      session.press()
      pass(300)
      list([BUILT_IN, HEADSET], HEADSET.label)
      expect(microphones()).toEqual([null])
      session.release()
      pass(500)
      expect(microphones()).toEqual([null, null])
      expect(shown).not.toContain('off')
    })

    it('is opened anew once when it is pulled out, and once when it is back', () => {
      list([BUILT_IN, HEADSET], HEADSET.label)
      pass(50)
      pullOut()
      expect(microphones()).toEqual([null, null, null])
      expect(status.notice).toMatchObject({ code: 'microphone_lost' })
      list([BUILT_IN, HEADSET], HEADSET.label)
      pass(1100)
      expect(microphones()).toEqual([null, null, null, null])
      expect(status.notice).toBeNull()
    })

    it('comes by itself when there was none and one is plugged in', () => {
      room.microphoneProblem = 'missing'
      room.emit({ type: 'microphone_ended' })
      pass(50)
      list([])
      expect(status).toMatchObject({ microphone: 'off', notice: { code: 'microphone_missing' } })
      room.microphoneProblem = null
      list([HEADSET], HEADSET.label)
      pass(50)
      expect(status).toMatchObject({ microphone: 'armed', notice: null })
    })

    it('is not asked for again and again where it is refused', () => {
      room.microphoneProblem = 'denied'
      room.emit({ type: 'microphone_ended' })
      pass(50)
      const asked = microphones().length
      for (let i = 0; i < 10; i++) {
        list([BUILT_IN])
        pass(500)
      }
      expect(microphones()).toHaveLength(asked)
    })
  })

  describe('the speaker that was chosen', () => {
    beforeEach(() => {
      microphoneId = null
      list([BUILT_IN, HEADSET])
      speakerId = HEADSET.deviceId
      room.emit({ type: 'ready' })
      open()
    })

    it('is given up and said when it goes away, and taken back, in mid-answer too', () => {
      expect(speakers()).toEqual(['headset'])
      list([BUILT_IN])
      expect(speakers()).toEqual(['headset', null])
      expect(status.notice).toMatchObject({ code: 'speaker_lost', detail: { device: 'Headset' } })
      list([BUILT_IN])
      list([BUILT_IN, HEADSET])
      pass(5900)
      // Until then Chromium would go on with a stream that the system has moved elsewhere.
      expect(speakers()).toEqual(['headset', null])
      pass(200)
      list([BUILT_IN, HEADSET])
      expect(speakers()).toEqual(['headset', null, 'headset'])
      expect(status.notice).toBeNull()
    })

    it('is left once more for a while where a microphone was open, since the stream to it was a stray one', () => {
      list([BUILT_IN])
      list([BUILT_IN, HEADSET])
      pass(6100)
      expect(speakers()).toEqual(['headset', null, 'headset'])
      armed = 'never'
      session.settingsChanged({ microphone: false, speaker: false, turnMode: false })
      pass(100)
      expect(speakers()).toEqual(['headset', null, 'headset', null])
      // Whatever sounds is to be heard from there.
      engine.emit({ type: 'response_started', response_id: 'r1' })
      engine.emit({ type: 'audio', response_id: 'r1', item_id: 'a1', content_index: 0, pcm: new Uint8Array(4800) })
      engine.emit({ type: 'audio_done', response_id: 'r1', item_id: 'a1', content_index: 0 })
      expect(speakers().at(-1)).toBe('headset')
      pass(400)
      expect(speakers().at(-1)).toBeNull()
      pass(6100)
      expect(speakers().at(-1)).toBe('headset')
      const done = speakers().length
      pass(10_000)
      expect(speakers()).toHaveLength(done)
    })

    it('is not asked for by a change of volume while it is away', () => {
      list([BUILT_IN])
      session.settingsChanged({ microphone: false, speaker: true, turnMode: false })
      expect(speakers()).toEqual(['headset', null, null])
      speakerId = BUILT_IN.deviceId
      session.settingsChanged({ microphone: false, speaker: true, turnMode: false })
      expect(speakers().at(-1)).toBe('built-in')
      list([HEADSET])
      expect(status.notice).toMatchObject({ code: 'speaker_lost', detail: { device: 'Built-in' } })
    })

    it('is changed over to seldom when its plug is loose, and is used when it holds', () => {
      for (let i = 0; i < 50; i++) {
        list([BUILT_IN])
        pass(150)
        list([BUILT_IN, HEADSET])
        pass(150)
      }
      expect(speakers().length).toBeLessThanOrEqual(12)
      list([BUILT_IN, HEADSET])
      pass(31_000)
      expect(speakers().at(-1)).toBe('headset')
    })

    it('is not believed to be away because no device is known', () => {
      room.emit({ type: 'devices', inputs: [], outputs: [], defaultInput: '' })
      expect(speakers()).toEqual(['headset'])
      expect(status.notice).toBeNull()
    })

    it('is tried again when the sound room could not use it, and is listed', () => {
      const before = ordered('list_devices').length
      room.emit({ type: 'speaker_problem', broken: false, message: 'no such device' })
      expect(status.notice).toMatchObject({ code: 'speaker_lost', detail: { device: 'Headset' } })
      pass(3100)
      expect(ordered('list_devices')).toHaveLength(before + 1)
      list([BUILT_IN, HEADSET])
      pass(3000)
      expect(speakers()).toEqual(['headset', 'headset'])
      expect(status.notice).toBeNull()
    })
  })
})
