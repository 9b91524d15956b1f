import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DEFAULT_HABITS, type Habits } from '../../../main/voice/session-options.ts'
import { VoiceSession } from '../../../main/voice/session.ts'
import { Conversation } from '../../../shared/conversation/conversation.ts'
import { FailureError, failure, type Failure } from '../../../shared/failure.ts'
import type { ServerEvent } from '../../../shared/realtime/server-events.ts'
import type { TurnMode } from '../../../shared/settings.ts'
import type { Levels, VoiceStatus } from '../../../shared/state.ts'
import { Questions } from '../../../main/voice/tools/questions.ts'
import { ToolRegistry } from '../../../main/voice/tools/registry.ts'
import type { ToolCallView } from '../../../main/voice/tools/call-view.ts'
import { defineTool } from '../../../main/voice/tools/tool.ts'
import { z } from '../../../shared/zod.ts'
import { ScriptedEngine } from './scripted-engine.ts'
import { SimulatedRoom } from './simulated-room.ts'

const TRACK = { response_id: 'r1', item_id: 'a1', content_index: 0 }
const TRACK_2 = { response_id: 'r1', item_id: 'a2', content_index: 0 }

/** `ms` of a loud tone. */
function tone(ms: number): Uint8Array {
  const samples = Int16Array.from({ length: ms * 24 }, (_, i) => Math.round(8000 * Math.sin(i / 10)))
  return new Uint8Array(samples.buffer)
}

describe('VoiceSession', () => {
  let room: SimulatedRoom
  let session: VoiceSession
  let conversation: Conversation
  let engines: ScriptedEngine[]
  let mode: TurnMode
  let status: VoiceStatus
  let words: string[]
  let levels: Levels[]
  let setupFails: boolean
  let setup: { instructions: string; model: string }
  let greets: boolean
  let cues: boolean
  let idleStopMs: number
  let capped: Failure | null
  let registry: ToolRegistry
  let habits: Habits
  let online: boolean
  let questions: Questions
  let calls: ToolCallView[]

  beforeEach(() => {
    vi.useFakeTimers()
    vi.setSystemTime(1_000_000)
    room = new SimulatedRoom()
    engines = []
    mode = 'hold'
    words = []
    levels = []
    setupFails = false
    setup = { instructions: '', model: 'm' }
    greets = false
    cues = false
    idleStopMs = 300_000
    calls = []
    habits = { ...DEFAULT_HABITS }
    online = true
    capped = null
    questions = new Questions({ onChange: () => undefined })
    registry = new ToolRegistry([
      defineTool({ name: 'double', description: 'Doubles a number.', args: z.object({ n: z.number() }), run: ({ n }) => Promise.resolve({ twice: n * 2 }) }),
      defineTool({
        name: 'peek',
        description: 'Looks at something private.',
        args: z.object({}),
        asksFirst: () => ({ code: 'peek', detail: {}, spoken: 'May I look?' }),
        run: () => Promise.resolve('seen'),
      }),
    ])
    let ids = 0
    conversation = new Conversation({ now: Date.now, newId: () => `item_${String(++ids)}`, onPatches: () => undefined })
    session = new VoiceSession({
      sound: room,
      conversation,
      setup: () => {
        if (setupFails) throw new FailureError(failure('no_key', {}, ['change_key']))
        return { endpoint: 'openai', model: setup.model, engine: { instructions: setup.instructions, voice: 'marin', language: 'en', tools: [] }, greet: greets }
      },
      createEngine: () => {
        const made = new ScriptedEngine()
        engines.push(made)
        return made
      },
      turnMode: () => mode,
      openLine: () => ({ pace: 'normal', byMeaning: false }),
      idleStopMs: () => idleStopMs,
      cues: () => cues,
      habits: () => habits,
      online: () => online,
      tools: { registry, questions, onView: (view) => calls.push(view), onFault: () => undefined },
      microphoneId: () => null,
      speakerId: () => null,
      volume: () => 1,
      onStatus: (now) => {
        status = now
        if (words.at(-1) !== now.state) words.push(now.state)
      },
      onServerEvent: () => undefined,
      onSession: () => undefined,
      capped: () => capped,
      costUsd: () => null,
      onLevels: (now) => levels.push(now),
      onDevices: () => undefined,
    })
    status = session.status
  })

  afterEach(() => {
    session.end()
    vi.useRealTimers()
  })

  function pass(ms: number): void {
    room.run(ms, (step) => vi.advanceTimersByTime(step))
  }

  function engine(): ScriptedEngine {
    const newest = engines.at(-1)
    if (!newest) throw new Error('no engine was made')
    return newest
  }

  function open(): void {
    session.start()
    engine().emit({ type: 'opened', model: 'm', expiresAt: null })
    pass(50)
    engine().calls.length = 0
  }

  function answer(ms: number, track = TRACK): void {
    engine().emit({ type: 'response_started', response_id: track.response_id })
    engine().emit({ type: 'audio', ...track, pcm: tone(ms) })
    engine().emit({ type: 'audio_done', ...track })
  }

  it('goes from idle through connecting to ready, with the microphone armed and shown', () => {
    session.start()
    pass(50)
    expect(status).toMatchObject({ state: 'connecting', microphone: 'armed', active: true, startedAt: null })
    engine().emit({ type: 'opened', model: 'm', expiresAt: null })
    expect(status).toMatchObject({ state: 'ready', connecting: false })
    expect(status.startedAt).not.toBeNull()
  })

  it('lets Parley begin only where the setup greets and the person has said nothing yet', () => {
    session.start()
    expect(engine().config?.greet).toBe(false)
    session.end()
    greets = true
    session.start()
    expect(engine().config?.greet).toBe(true)
    session.end()
    session.press()
    expect(engine().config?.greet).toBe(false)
  })

  it('takes a hold-to-talk turn: clear, append, commit', () => {
    open()
    session.press()
    expect(status.state).toBe('listening')
    pass(1000)
    session.release()
    expect(status.state).toBe('listening')
    pass(300)
    expect(engine().calls).toEqual(['begin', 'append', 'end'])
    // 50 ms of pre-roll were all there was, then one second, then the tail of 200 ms.
    expect(engine().soundMs).toBeGreaterThanOrEqual(1200)
    expect(engine().soundMs).toBeLessThanOrEqual(1310)
    expect(status).toMatchObject({ state: 'thinking', microphone: 'armed' })
  })

  it('sends every sample of the turn once and in order', () => {
    room.microphone = (frame) => (frame % 20_000) / 40_000
    open()
    session.press()
    pass(500)
    session.release()
    pass(300)
    const samples = engine().sound.flatMap((pcm) => [...new Int16Array(pcm.buffer)])
    expect(samples.length).toBeGreaterThan(24 * 600)
    for (let i = 1; i < samples.length; i++) {
      const step = (samples[i] ?? 0) - (samples[i - 1] ?? 0)
      if (step < 0) expect(samples[i]).toBeLessThan(3) // the ramp begins anew
      else expect(step).toBeLessThanOrEqual(2)
    }
  })

  it('has the whole of a word that was let go 170 ms early, although what came late by then comes all at once', () => {
    open()
    const releasedAt = room.now + 1000
    room.microphone = (frame) => (frame < (releasedAt + 170) * 24 ? 0.3 : 0.2) * (frame % 2 ? 1 : -1)
    room.lateMs = 20
    session.press()
    pass(900)
    room.lateMs = 130
    pass(100)
    session.release()
    room.lateMs = 0
    pass(600)
    const last = engine().sound.findLastIndex((pcm) => new DataView(pcm.buffer).getInt16(0, true) ** 2 > 9000 ** 2)
    const after = engine().sound.slice(last + 1).reduce((sum, pcm) => sum + pcm.byteLength, 0) / 48
    expect(engine().calls).toEqual(['begin', 'append', 'end'])
    expect(after).toBeGreaterThanOrEqual(20)
  })

  it('ends the tail early when the person is silent already', () => {
    open()
    session.press()
    pass(500)
    room.microphone = () => 0.0001
    session.release()
    pass(130)
    expect(engine().calls.at(-1)).toBe('end')
  })

  it('treats a second press within the tail as the same turn', () => {
    open()
    session.press()
    pass(300)
    session.release()
    pass(50)
    session.press()
    pass(300)
    session.release()
    pass(300)
    expect(engine().calls).toEqual(['begin', 'append', 'end'])
  })

  it('says that a turn was too short instead of an error', () => {
    open()
    room.microphone = () => 0
    pass(600) // the ring is full, but of nothing: the press takes it as pre-roll
    engine().calls.length = 0
    session.previewMicrophone(false)
    session.muteMicrophone(true)
    pass(20)
    session.muteMicrophone(false)
    pass(5)
    session.press()
    session.release()
    pass(600)
    expect(engine().calls).toEqual(['begin', 'append', 'end'])
    expect(status).toMatchObject({ state: 'ready', notice: { code: 'turn_too_short' } })
  })

  it('says that the microphone gave nothing of a turn that was held long enough', () => {
    room.microphoneDelayMs = 60_000
    open()
    engine().calls.length = 0
    session.press()
    pass(1500)
    session.release()
    pass(600)
    expect(status).toMatchObject({ state: 'ready', notice: { code: 'turn_unheard', actions: ['choose_microphone'] } })
    expect(engine().calls.at(-1)).toBe('end')
  })

  it('listens from idle at once and sends the turn when the connection stands', () => {
    session.press()
    expect(status).toMatchObject({ state: 'listening', connecting: true })
    pass(800)
    session.release()
    pass(400)
    expect(engine().calls).toEqual(['start'])
    expect(status.state).toBe('connecting')
    pass(800)
    engine().emit({ type: 'opened', model: 'm', expiresAt: null })
    expect(engine().calls).toEqual(['start', 'begin', 'append', 'end'])
    expect(engine().soundMs).toBeGreaterThan(900)
    expect(status.state).toBe('thinking')
  })

  it('makes one turn of two presses before the connection stands', () => {
    session.press()
    pass(500)
    session.release()
    pass(300)
    expect(status.state).toBe('connecting')
    session.press()
    expect(status.state).toBe('listening')
    pass(500)
    session.release()
    pass(300)
    engine().emit({ type: 'opened', model: 'm', expiresAt: null })
    expect(engine().calls).toEqual(['start', 'begin', 'append', 'end'])
    expect(engine().soundMs).toBeGreaterThan(1100)
  })

  it('offers what was said when the connection fails, and sends it on retry', () => {
    session.press()
    pass(800)
    session.release()
    pass(400)
    engine().emit({ type: 'closed', failure: failure('invalid_key', {}, ['change_key']), retry: false })
    expect(status).toMatchObject({ state: 'failed', failure: { code: 'invalid_key' }, active: false, microphone: 'off' })
    expect(status.heldTurnMs).toBeGreaterThan(700)
    session.retryHeldTurn()
    engine().emit({ type: 'opened', model: 'm', expiresAt: null })
    expect(engines).toHaveLength(2)
    expect(engine().calls).toEqual(['start', 'begin', 'append', 'end'])
    expect(engine().soundMs).toBeGreaterThan(700)
    expect(status.heldTurnMs).toBeNull()
  })

  it('says so when nothing is left to be offered, since the microphone gave nothing', () => {
    session.press()
    session.release()
    engine().emit({ type: 'closed', failure: failure('timeout'), retry: false })
    expect(status).toMatchObject({ state: 'failed', failure: { code: 'timeout' }, heldTurnMs: null, notice: { code: 'turn_too_short' } })
  })

  it('keeps both when a second attempt fails as well', () => {
    for (let attempt = 1; attempt <= 2; attempt++) {
      session.press()
      pass(600)
      engine().emit({ type: 'closed', failure: failure('offline'), retry: false })
    }
    expect(status.heldTurnMs).toBeGreaterThan(1100)
    session.discardHeldTurn()
    expect(status).toMatchObject({ state: 'idle', heldTurnMs: null, failure: null })
  })

  it('says at once when there is nowhere to connect to', () => {
    setupFails = true
    session.start()
    expect(status).toMatchObject({ state: 'failed', failure: { code: 'no_key' }, active: false })
  })

  it('speaks what the engine says and tells what was heard', () => {
    open()
    session.sendText('Hello')
    expect(engine().calls).toEqual(['text Hello item_1'])
    expect(status.state).toBe('thinking')
    answer(600)
    pass(100)
    expect(status.state).toBe('speaking')
    engine().emit({ type: 'response_ended', response_id: 'r1', status: 'completed', reason: '', tokens: 12 })
    expect(status.state).toBe('speaking')
    pass(700)
    expect(status).toMatchObject({ state: 'ready', tokens: 12 })
    expect(Math.max(...levels.map((l) => l.voicePeak))).toBeGreaterThan(0.2)
    expect(levels.at(-1)?.voicePeak).toBe(0)
  })

  it('interrupts by key: flush first, then what was heard, then the new turn', () => {
    open()
    session.sendText('Hello')
    answer(3000)
    pass(1050)
    const before = room.posted.length
    engine().calls.length = 0
    session.press()
    expect(room.posted[before]).toMatchObject({ type: 'flush', response_ids: ['r1'] })
    pass(500)
    expect(engine().calls.slice(0, 3)).toEqual(['interrupt', 'begin', 'append'])
    // All of it had arrived, so that nothing held the first sound back: 1,050 ms and 5 ms of fade.
    expect(engine().heard).toEqual([{ ...TRACK, heardMs: 1055, receivedMs: 3000, complete: true }])
    expect(status.state).toBe('listening')
    session.release()
    pass(300)
    expect(engine().calls.at(-1)).toBe('end')
  })

  it('sends no pre-roll after an interruption: it would be the assistant’s own voice', () => {
    open()
    session.sendText('Hello')
    answer(3000)
    pass(1000)
    session.press()
    expect(room.posted.findLast((m) => m.type === 'capture')).toMatchObject({ mode: 'live', preRollMs: 0 })
  })

  it('takes a press under 250 ms while speaking as an interruption only', () => {
    open()
    session.sendText('Hello')
    answer(3000)
    pass(1000)
    engine().calls.length = 0
    session.press()
    pass(100)
    session.release()
    pass(600)
    expect(engine().calls).toEqual(['interrupt', 'begin', 'append', 'cancel'])
    expect(status).toMatchObject({ state: 'ready', notice: null })
  })

  it('reports every queued item: the one playing in part, the later one unheard', () => {
    open()
    session.sendText('Hello')
    answer(1000)
    answer(1000, TRACK_2)
    pass(550)
    session.stopAnswer()
    pass(50)
    expect(engine().heard).toMatchObject([
      { item_id: 'a1', heardMs: 555 },
      { item_id: 'a2', heardMs: 0, receivedMs: 1000 },
    ])
    expect(status.state).toBe('ready')
  })

  it('is silent 5 ms after the cut and stays so, whatever still arrives of the dead response', () => {
    open()
    session.sendText('Hello')
    engine().emit({ type: 'response_started', response_id: 'r1' })
    engine().emit({ type: 'audio', ...TRACK, pcm: tone(1000) })
    pass(500)
    session.stopAnswer()
    const at = room.speaker.length
    engine().emit({ type: 'audio', ...TRACK, pcm: tone(1000) })
    pass(500)
    expect(Math.max(...room.speaker.slice(at + 24 * 10).map(Math.abs))).toBe(0)
  })

  it('stops an answer that has not begun to sound', () => {
    open()
    session.sendText('Hello')
    engine().emit({ type: 'response_started', response_id: 'r1' })
    session.stopAnswer()
    pass(50)
    expect(engine().calls).toEqual(['text Hello item_1', 'interrupt'])
    engine().emit({ type: 'audio', ...TRACK, pcm: tone(200) })
    pass(400)
    expect(status.state).toBe('ready')
    expect(Math.max(...room.speaker.map(Math.abs))).toBe(0)
  })

  it('interrupts by typing, and sends the text after what was heard', () => {
    open()
    session.sendText('One')
    answer(3000)
    pass(500)
    engine().calls.length = 0
    session.sendText('Two')
    pass(50)
    expect(engine().calls).toEqual(['interrupt', 'text Two item_2'])
    expect(status.state).toBe('thinking')
  })

  it('holds typed turns until the connection stands', () => {
    session.sendText('One')
    session.sendText('Two')
    expect(conversation.entries.map((e) => e.text)).toEqual(['One', 'Two'])
    engine().emit({ type: 'opened', model: 'm', expiresAt: null })
    expect(engine().calls).toEqual(['start', 'text One item_1', 'text Two item_2'])
  })

  it('lets the begin and end of listening be heard where that is wanted', () => {
    cues = true
    open()
    session.press()
    pass(500)
    session.release()
    pass(300)
    expect(room.posted.flatMap((message) => (message.type === 'cue' ? [message.cue] : []))).toEqual(['listening', 'sent'])
  })

  it('takes tap-to-talk turns: a press begins, a press ends, releases mean nothing', () => {
    mode = 'tap'
    open()
    session.press()
    session.release()
    pass(500)
    expect(status.state).toBe('listening')
    session.press()
    session.release()
    pass(300)
    expect(engine().calls).toEqual(['begin', 'append', 'end'])
  })

  describe('on the open line', () => {
    beforeEach(() => {
      mode = 'open_line'
    })

    it('streams without turns and lets the server hear the person', () => {
      session.start()
      expect(engine().config?.turnDetection.type).toBe('server')
      engine().emit({ type: 'opened', model: 'm', expiresAt: null })
      pass(500)
      expect(engine().calls).toEqual(['start', 'append'])
      engine().emit({ type: 'speech_started' })
      expect(status.state).toBe('listening')
      engine().emit({ type: 'speech_stopped' })
      engine().emit({ type: 'turn_committed', item_id: 'u1', audioMs: 400 })
      expect(status.state).toBe('thinking')
    })

    it('I-25: lets the person send what the server hears no end of, and only then', () => {
      open()
      session.sendNow()
      expect(status.canSendNow).toBe(false)
      engine().emit({ type: 'speech_started' })
      expect(status.canSendNow).toBe(true)
      engine().calls.length = 0
      session.sendNow()
      expect(engine().calls).toEqual(['send now'])
      engine().emit({ type: 'turn_committed', item_id: 'u1', audioMs: null })
      expect(status).toMatchObject({ state: 'thinking', canSendNow: false })
      engine().emit({ type: 'speech_started' })
      session.press()
      expect(status.canSendNow).toBe(false)
    })

    it('falls silent when the server hears the person, and says what was heard', () => {
      open()
      answer(3000)
      pass(1000)
      engine().calls.length = 0
      engine().emit({ type: 'speech_started' })
      pass(50)
      expect(engine().calls).toContain('interrupt')
      expect(engine().heard[0]?.heardMs).toBe(1005)
      expect(status.state).toBe('listening')
    })

    it('sends zeros while muted, so that the server’s clock goes on', () => {
      open()
      pass(200)
      session.muteMicrophone(true)
      pass(20)
      expect(status.microphone).toBe('muted')
      engine().sound.length = 0
      pass(1000)
      expect(engine().soundMs).toBeCloseTo(1000, -2)
      expect(engine().sound.every((pcm) => pcm.every((byte) => byte === 0))).toBe(true)
    })

    it('half duplex: hears nothing while Parley speaks and shortly after; the key still cuts in', () => {
      habits.halfDuplex = true
      const zeros = (): boolean[] => engine().sound.map((pcm) => pcm.every((byte) => byte === 0))
      open()
      pass(200)
      expect(zeros()).not.toContain(true)
      answer(1000)
      engine().emit({ type: 'response_ended', response_id: 'r1', status: 'completed', reason: '', tokens: 0 })
      engine().sound.length = 0
      pass(1150)
      expect(zeros()).not.toContain(false)
      pass(150)
      engine().sound.length = 0
      pass(400)
      expect(zeros().slice(-10)).not.toContain(true)
      answer(2000, { ...TRACK, response_id: 'r2', item_id: 'a2' })
      pass(300)
      engine().calls.length = 0
      session.press()
      engine().sound.length = 0
      pass(300)
      expect(engine().calls).toContain('interrupt')
      expect(zeros().slice(1)).not.toContain(true)
    })

    it('warns by a sound and then closes a line that nobody uses, and goes on where it was', () => {
      open()
      vi.advanceTimersByTime(285_000)
      expect(room.posted.filter((message) => message.type === 'cue')).toEqual([{ type: 'cue', cue: 'warning' }])
      expect(status.state).toBe('ready')
      vi.advanceTimersByTime(20_000)
      expect(status).toMatchObject({ state: 'idle', microphone: 'off', notice: { code: 'idle_stopped' } })
      expect(engine().calls.at(-1)).toBe('stop')
    })

    it('does not close a line on which somebody speaks, nor one that is never to be closed', () => {
      open()
      for (let i = 0; i < 4; i++) {
        vi.advanceTimersByTime(200_000)
        engine().emit({ type: 'speech_started' })
        engine().emit({ type: 'speech_stopped' })
      }
      expect(status.state).toBe('ready')
      idleStopMs = 0
      vi.advanceTimersByTime(1_800_000)
      expect(status.active).toBe(true)
    })

    it('hears again after what was held is sent, though it was silent at once', () => {
      open()
      session.press()
      pass(400)
      engine().emit({ type: 'closed', failure: failure('offline'), retry: false })
      open()
      answer(2000)
      session.retryHeldTurn()
      pass(20)
      expect(engine().calls.filter((call) => call.startsWith('detection') || call === 'end')).toEqual(['detection manual', 'end', 'detection server'])
    })

    it('makes a held press a turn of its own', () => {
      open()
      pass(200)
      engine().calls.length = 0
      session.press()
      pass(500)
      session.release()
      pass(300)
      expect(engine().calls.filter((call) => call !== 'append')).toEqual(['detection manual', 'begin', 'end', 'detection server'])
    })
  })

  it('shows mute only when the worklet has confirmed it', () => {
    open()
    const post = room.post.bind(room)
    room.post = (message) => {
      if (message.type !== 'capture') post(message)
    }
    session.muteMicrophone(true)
    pass(100)
    expect(status.microphone).toBe('armed')
  })

  it('does not listen while muted, and says why', () => {
    open()
    session.muteMicrophone(true)
    pass(20)
    session.press()
    expect(status).toMatchObject({ state: 'ready', notice: { code: 'microphone_muted', actions: ['unmute'] } })
    pass(200)
    expect(engine().calls).toEqual([])
  })

  it('releases the microphone 30 s after the last turn, and when the conversation ends', () => {
    open()
    pass(29_000)
    expect(status.microphone).toBe('armed')
    pass(1500)
    expect(status.microphone).toBe('off')
    expect(room.microphoneOpen).toBe(false)
    session.press()
    pass(300)
    expect(status.microphone).toBe('live')
    session.end()
    expect(room.microphoneOpen).toBe(false)
    expect(status).toMatchObject({ state: 'idle', microphone: 'off', active: false })
  })

  it('goes on with the next microphone when the one in use is unplugged in mid-turn, and says so', () => {
    open()
    session.press()
    pass(500)
    room.microphoneLabel = 'Built-in microphone'
    room.emit({ type: 'microphone_ended' })
    expect(room.posted.at(-1)).toMatchObject({ type: 'open_microphone', deviceId: null })
    pass(500)
    expect(status).toMatchObject({ state: 'listening', microphone: 'live', notice: { code: 'microphone_lost', detail: { device: 'Test microphone' } } })
    session.release()
    pass(400)
    expect(engine().calls).toEqual(['begin', 'append', 'end'])
    expect(engine().soundMs).toBeGreaterThan(1000)
  })

  it('sends what was said when the next microphone cannot be had either', () => {
    open()
    session.press()
    pass(500)
    room.microphoneProblem = 'missing'
    room.emit({ type: 'microphone_ended' })
    pass(300)
    expect(engine().calls).toEqual(['begin', 'append', 'end'])
    expect(status).toMatchObject({ microphone: 'off', notice: { code: 'microphone_missing' } })
  })

  it('keeps the microphone closed between turns when it is never to be armed', () => {
    habits.armed = 'never'
    open()
    expect(status.microphone).toBe('off')
    session.press()
    pass(500)
    expect(status.microphone).toBe('live')
    session.release()
    pass(400)
    expect(engine().calls).toEqual(['begin', 'append', 'end'])
    expect(status.microphone).toBe('off')
    expect(room.microphoneOpen).toBe(false)
  })

  it('keeps it armed as long as the conversation runs when that is wanted, and lets go when it is not any more', () => {
    habits.armed = 'session'
    open()
    pass(40_000)
    expect(status.microphone).toBe('armed')
    habits.armed = 'short'
    session.settingsChanged({ microphone: false, speaker: false, turnMode: false })
    pass(20)
    expect(status.microphone).toBe('off')
  })

  it('does not arm a Bluetooth microphone, known beforehand or found out, unless told to, and says once what it does', () => {
    room.microphoneLabel = 'AirPods (Bluetooth)'
    session.start()
    pass(100)
    expect(status).toMatchObject({ microphone: 'off', notice: { code: 'microphone_bluetooth', detail: { device: 'AirPods (Bluetooth)' } } })
    session.end()
    session.dismissNotice()
    room.emit({ type: 'devices', inputs: [], outputs: [], defaultInput: 'AirPods (Bluetooth)' })
    const before = room.posted.length
    open()
    pass(100)
    expect(room.posted.slice(before).some((message) => message.type === 'open_microphone')).toBe(false)
    session.press()
    pass(300)
    expect(status).toMatchObject({ microphone: 'live', notice: null })
    session.cancelTurn()
    pass(50)
    expect(status.microphone).toBe('off')
    habits.armBluetooth = true
    session.settingsChanged({ microphone: false, speaker: false, turnMode: false })
    pass(50)
    expect(status.microphone).toBe('armed')
  })

  it('gives the cue of a cold microphone at its first sample that is not zero', () => {
    cues = true
    habits.armed = 'never'
    let silent = true
    room.microphone = (frame) => (silent ? 0 : Math.sin(frame / 10) * 0.3)
    open()
    session.press()
    pass(400)
    const heard = () => room.posted.filter((message) => message.type === 'cue')
    expect(heard()).toEqual([])
    silent = false
    pass(40)
    expect(heard()).toEqual([{ type: 'cue', cue: 'listening' }])
  })

  it.each([
    ['denied', 'microphone_denied'],
    ['missing', 'microphone_missing'],
    ['busy', 'microphone_busy'],
  ] as const)('says what is wrong with a microphone that is %s, and goes on by typing', (problem, code) => {
    room.microphoneProblem = problem
    session.press()
    engine().emit({ type: 'opened', model: 'm', expiresAt: null })
    pass(100)
    expect(status).toMatchObject({ state: 'ready', notice: { code } })
    session.sendText('Hello')
    expect(engine().calls.at(-1)).toBe('text Hello item_1')
  })

  it('says that a microphone is silent, and takes it back', () => {
    room.microphone = () => 0
    mode = 'open_line'
    open()
    pass(2100)
    expect(status.notice).toMatchObject({ code: 'microphone_silent', detail: { device: 'Test microphone' } })
    room.microphone = () => 0.1
    pass(100)
    expect(status.notice).toBeNull()
  })

  it('survives the sound room: cuts at the last report, comes back muted, says so', () => {
    open()
    session.sendText('Hello')
    answer(3000)
    pass(1000)
    engine().calls.length = 0
    room.emit({ type: 'crashed' })
    expect(engine().calls).toEqual(['interrupt'])
    const heard = engine().heard[0]?.heardMs ?? 0
    expect(heard).toBeGreaterThanOrEqual(960)
    expect(heard).toBeLessThanOrEqual(1000)
    expect(status).toMatchObject({ state: 'ready', microphone: 'off', notice: { code: 'sound_room_crashed' } })
    room.emit({ type: 'ready' })
    pass(50)
    expect(status.microphone).toBe('muted')
    session.muteMicrophone(false)
    pass(50)
    expect(status.microphone).toBe('armed')
  })

  it('says nothing of a sound room that is replaced while nobody talks, unless it does not come back', () => {
    room.emit({ type: 'crashed' })
    expect(status).toMatchObject({ state: 'idle', notice: null })
    room.emit({ type: 'gave_up' })
    expect(status.notice).toMatchObject({ code: 'sound_room_crashed', actions: ['dismiss'] })
  })

  it('ignores an engine that is not the current one', () => {
    open()
    const old = engine()
    session.end()
    session.start()
    old.emit({ type: 'opened', model: 'old', expiresAt: null })
    expect(status.state).toBe('connecting')
    old.emit({ type: 'closed', failure: failure('offline'), retry: false })
    expect(status.state).toBe('connecting')
  })

  it('says how an answer failed and is ready for the next turn', () => {
    open()
    session.sendText('Hello')
    engine().emit({ type: 'response_ended', response_id: 'r1', status: 'failed', reason: 'rate_limit_exceeded', tokens: 0 })
    expect(status).toMatchObject({ state: 'ready', notice: { code: 'response_failed', detail: { reason: 'rate_limit_exceeded' } } })
  })

  describe('when an answer fails where another attempt may do better', () => {
    function fail(retryInMs: number, response_id = 'r1'): void {
      const reason = retryInMs === 0 ? 'server_error' : 'rate_limit_exceeded'
      engine().emit({ type: 'response_started', response_id })
      engine().emit({ type: 'response_ended', response_id, status: 'failed', reason, tokens: 0, retryInMs })
    }

    beforeEach(() => {
      open()
      session.sendText('Hello')
      engine().calls.length = 0
    })

    it('asks once more at once after a fault of the server, and shows it', () => {
      fail(0)
      expect(status).toMatchObject({ state: 'thinking', notice: { code: 'response_again' } })
      pass(10)
      expect(engine().calls).toEqual(['answer'])
      engine().emit({ type: 'response_started', response_id: 'r2' })
      expect(status).toMatchObject({ state: 'thinking', notice: null })
    })

    it('waits for the reset of a limit, says how long, and asks once', () => {
      fail(6200)
      expect(status).toMatchObject({ state: 'thinking', notice: { code: 'response_waits', detail: { seconds: 7 } } })
      pass(6100)
      expect(engine().calls).toEqual([])
      pass(200)
      expect(engine().calls).toEqual(['answer'])
      fail(6200, 'r2')
      pass(20_000)
      expect(engine().calls).toEqual(['answer'])
      expect(status).toMatchObject({ state: 'ready', notice: { code: 'response_failed' } })
    })

    it.each([
      ['typed', () => session.sendText('Never mind')],
      ['pressed Talk', () => session.press()],
      ['pressed Stop', () => session.stopAnswer()],
      ['spoke', () => engine().emit({ type: 'speech_started' })],
      ['ended the conversation', () => session.end()],
    ])('does not when the person has %s meanwhile', (_what, goOn) => {
      fail(3000)
      pass(1000)
      goOn()
      pass(5000)
      expect(engine().calls).not.toContain('answer')
    })

    it('does not past a cap', () => {
      fail(3000)
      capped = failure('spending_session', { usd: 1 }, ['dismiss'])
      pass(5000)
      expect(engine().calls).toEqual([])
      expect(status.state).toBe('ready')
    })

    it('does not when some of it was heard, or a function was called in it', () => {
      answer(300)
      fail(0)
      engine().emit({ type: 'function_call', call: { call_id: 'c', name: 'x', arguments: '{}', response_id: 'r3', item_id: 'i', complete: false } })
      fail(0, 'r3')
      pass(1000)
      expect(engine().calls).not.toContain('answer')
      expect(status.notice).toMatchObject({ code: 'response_failed' })
    })

    it('may do so again for the next turn', () => {
      fail(0)
      pass(10)
      fail(0, 'r2')
      session.sendText('Again')
      engine().calls.length = 0
      fail(0, 'r3')
      pass(10)
      expect(engine().calls).toEqual(['answer'])
    })
  })

  describe('at a spending cap', () => {
    const cap = failure('spending_session', { usd: 1 }, ['dismiss'])

    it('begins nothing new and says why', () => {
      capped = cap
      session.press()
      session.start()
      expect(session.sendText('Hello')).toBe(false)
      expect(engines).toHaveLength(0)
      expect(conversation.entries).toHaveLength(0)
      expect(status).toMatchObject({ state: 'idle', notice: { code: 'spending_session' } })
    })

    it('lets the answer that is being given finish, and asks for none after it', () => {
      open()
      session.sendText('Hello')
      answer(500)
      capped = cap
      engine().emit({ type: 'response_ended', response_id: 'r1', status: 'completed', reason: '', tokens: 5 })
      pass(800)
      expect(status).toMatchObject({ state: 'ready', notice: { code: 'spending_session' } })
      engine().calls.length = 0
      session.press()
      pass(300)
      session.release()
      pass(300)
      expect(engine().calls).toEqual([])
    })

    it('closes the open line, on which the server would go on answering', () => {
      mode = 'open_line'
      open()
      answer(500)
      capped = cap
      engine().emit({ type: 'response_ended', response_id: 'r1', status: 'completed', reason: '', tokens: 5 })
      expect(status).toMatchObject({ state: 'idle', active: false, microphone: 'off', notice: { code: 'spending_session' } })
    })
  })

  it('does not wait for ever for an answer that never comes', () => {
    open()
    session.sendText('Hello')
    pass(31_000)
    expect(status).toMatchObject({ state: 'ready', notice: { code: 'response_failed' } })
  })

  describe('when the model calls functions', () => {
    function call(name: string, args: string, call_id = 'call_1'): void {
      engine().emit({ type: 'response_started', response_id: 'r1' })
      engine().emit({ type: 'function_call', call: { call_id, name, arguments: args, response_id: 'r1', item_id: `item_${call_id}`, complete: true } })
    }
    function responseDone(): void {
      engine().emit({ type: 'response_ended', response_id: 'r1', status: 'completed', reason: '', tokens: 0 })
    }

    it('runs it, sends the output once, and asks for the answer after response.done', async () => {
      open()
      session.sendText('Twice 21?')
      engine().calls.length = 0
      call('double', '{"n":21}')
      call('double', '{"n":21}')
      await vi.advanceTimersByTimeAsync(10)
      expect(engine().calls).toEqual(['output call_1 {"twice":42}'])
      expect(status.state).toBe('thinking')
      responseDone()
      await vi.advanceTimersByTimeAsync(10)
      expect(engine().calls.at(-1)).toBe('answer')
      expect(calls.at(-1)).toMatchObject({ name: 'double', state: 'done' })
    })

    it('asks the person, aloud too, and takes a typed yes', async () => {
      open()
      session.sendText('Look')
      engine().calls.length = 0
      call('peek', '{}')
      responseDone()
      await vi.advanceTimersByTimeAsync(10)
      expect(questions.open).toMatchObject({ code: 'peek' })
      expect(status.state).toBe('ready')
      session.sendText('yes')
      await vi.advanceTimersByTimeAsync(10)
      expect(engine().calls).toContain('output call_1 seen')
    })

    it('takes no answer as no', async () => {
      open()
      session.sendText('Look')
      call('peek', '{}')
      responseDone()
      await vi.advanceTimersByTimeAsync(31_000)
      expect(engine().calls.some((said) => said.startsWith('output call_1') && !said.includes('seen'))).toBe(true)
      expect(calls.at(-1)?.state).toBe('refused')
    })

    it('asks for no answer to a call after the person has stopped it', async () => {
      open()
      session.sendText('Twice 21?')
      call('double', '{"n":21}')
      session.stopAnswer()
      pass(50)
      responseDone()
      await vi.advanceTimersByTimeAsync(50)
      expect(engine().calls).not.toContain('answer')
    })
  })

  describe('when the connection is lost', () => {
    function lose(): void {
      engine().emit({ type: 'closed', failure: failure('connection_lost', {}, ['retry']), retry: true })
    }

    /** A question and an answer of which the first second was heard. */
    function converse(): void {
      session.sendText('What about the roof?')
      const part = { ...TRACK, output_index: 0 }
      const message = (id: string, role: 'user' | 'assistant', content: unknown[]): void => {
        engine().emit({ type: 'conversation', event: { type: 'conversation.item.added', item: { id, type: 'message', role, content } } as ServerEvent })
      }
      message('item_1', 'user', [{ type: 'input_text', text: 'What about the roof?' }])
      message('a1', 'assistant', [])
      engine().emit({ type: 'conversation', event: { type: 'response.content_part.added', ...part, part: { type: 'output_audio', transcript: '' } } })
      engine().emit({ type: 'conversation', event: { type: 'response.output_audio_transcript.done', ...part, transcript: 'You wanted two quotes before Friday.' } })
      answer(2000)
      pass(1000)
      session.stopAnswer()
      engine().emit({ type: 'response_ended', response_id: 'r1', status: 'cancelled', reason: '', tokens: 0 })
      pass(50)
    }

    it('comes back by itself with the same conversation: what was said, and of the answer what was heard', () => {
      open()
      converse()
      const startedAt = status.startedAt
      lose()
      expect(status).toMatchObject({ state: 'reconnecting', failure: null, active: true })
      pass(700)
      expect(engines).toHaveLength(2)
      expect(engine().config).toMatchObject({
        greet: false,
        history: [
          { id: 'item_1', role: 'user', text: 'What about the roof?' },
          { id: 'a1', role: 'assistant', text: 'You wanted two' },
        ],
      })
      engine().emit({ type: 'opened', model: 'm', expiresAt: null })
      expect(status).toMatchObject({ state: 'ready', startedAt })
    })

    it('tries five times, ever slower, and then says so with a button', () => {
      open()
      lose()
      const waits: number[] = []
      let last = room.now
      for (let i = 1; i <= 5; i++) {
        while (engines.length < i + 1) pass(50)
        waits.push(room.now - last)
        last = room.now
        lose()
      }
      pass(20_000)
      expect(engines).toHaveLength(6)
      for (const [i, wait] of waits.entries()) {
        const middle = 500 * 2 ** i
        expect(wait).toBeGreaterThanOrEqual(middle * 0.75)
        expect(wait).toBeLessThanOrEqual(middle * 1.25 + 100)
      }
      expect(status).toMatchObject({ state: 'failed', failure: { code: 'connection_lost', actions: ['retry'] } })
    })

    it('I-13: does not try again what can only fail again', () => {
      open()
      engine().emit({ type: 'closed', failure: failure('quota_exhausted'), retry: false })
      pass(20_000)
      expect(engines).toHaveLength(1)
      expect(status).toMatchObject({ state: 'failed', failure: { code: 'quota_exhausted' } })
    })

    it('keeps a turn that is being spoken and sends all of it', () => {
      open()
      session.press()
      pass(500)
      lose()
      pass(700)
      engine().emit({ type: 'opened', model: 'm', expiresAt: null })
      pass(300)
      session.release()
      pass(300)
      expect(engine().calls).toEqual(['start', 'begin', 'append', 'end'])
      expect(engine().soundMs).toBeGreaterThan(1600)
    })

    it('offers a turn that was finished during the outage instead of sending it unasked', () => {
      open()
      lose()
      session.press()
      pass(300)
      session.release()
      pass(250)
      pass(600)
      engine().emit({ type: 'opened', model: 'm', expiresAt: null })
      expect(engine().calls).toEqual(['start'])
      expect(status.heldTurnMs).toBeGreaterThan(250)
      session.retryHeldTurn()
      expect(engine().calls).toEqual(['start', 'begin', 'append', 'end'])
    })

    it('offers the first and sends the second of two turns that were said during the outage', () => {
      open()
      lose()
      session.press()
      pass(300)
      session.release()
      pass(300)
      session.press()
      pass(100)
      engine().emit({ type: 'opened', model: 'm', expiresAt: null })
      pass(900)
      session.release()
      pass(300)
      expect(engine().calls).toEqual(['start', 'begin', 'append', 'end'])
      expect(engine().soundMs).toBeLessThan(1400)
      expect(status.heldTurnMs).toBeGreaterThan(250)
    })

    it('forgets what was typed when the person ends the conversation before it stands', () => {
      session.sendText('Never mind')
      session.end()
      session.start()
      engine().emit({ type: 'opened', model: 'm', expiresAt: null })
      expect(engine().calls).toEqual(['start'])
    })

    describe('after a spoken turn that the server has and does not answer any more', () => {
      function back(): void {
        pass(700)
        engine().emit({ type: 'opened', model: 'm', expiresAt: null })
        pass(50)
      }

      function spoken(words: string): void {
        open()
        session.press()
        pass(500)
        session.release()
        pass(300)
        engine().emit({ type: 'conversation', event: { type: 'input_audio_buffer.committed', item_id: 'u1', previous_item_id: null } })
        engine().emit({ type: 'turn_committed', item_id: 'u1', audioMs: 500 })
        if (words !== '') engine().emit({ type: 'conversation', event: { type: 'conversation.item.input_audio_transcription.completed', item_id: 'u1', content_index: 0, transcript: words } })
      }

      it('asks for its answer where its words are known', () => {
        spoken('What about the roof?')
        lose()
        back()
        expect(engine().config?.history).toEqual([{ id: 'u1', role: 'user', text: 'What about the roof?' }])
        expect(engine().calls).toEqual(['start', 'answer'])
        expect(status.heldTurnMs).toBeNull()
      })

      it('offers it where they are not, and sends it when told to', () => {
        spoken('')
        lose()
        back()
        expect(engine().calls).toEqual(['start'])
        expect(status.heldTurnMs).toBeGreaterThan(450)
        session.retryHeldTurn()
        pass(20)
        expect(engine().calls).toEqual(['start', 'begin', 'append', 'end'])
      })

      it.each<[string, () => void]>([
        ['had begun', () => { engine().emit({ type: 'response_started', response_id: 'r1' }) }],
        ['was not wanted any more', () => { session.stopAnswer() }],
        ['was refused', () => { engine().emit({ type: 'response_ended', response_id: '', status: 'failed', reason: 'x', tokens: 0 }) }],
      ])('does neither where the answer %s', (_what, act) => {
        for (const words of ['What about the roof?', '']) {
          spoken(words)
          act()
          lose()
          back()
          expect(engine().calls).toEqual(['start'])
          expect(status.heldTurnMs).toBeNull()
          session.end()
          pass(50)
        }
      })
    })

    describe('after a typed turn', () => {
      function back(): void {
        pass(700)
        engine().emit({ type: 'opened', model: 'm', expiresAt: null })
        pass(50)
      }

      it('asks for its answer where none had begun: the line may have been dead already; once', () => {
        open()
        session.sendText('What about the roof?')
        lose()
        back()
        expect(engine().calls).toEqual(['start', 'answer'])
        expect(status.state).toBe('thinking')
        lose()
        pass(700)
        back()
        expect(engine().calls).toEqual(['start'])
      })

      it('asks for none where it had begun', () => {
        open()
        session.sendText('What about the roof?')
        engine().emit({ type: 'response_started', response_id: 'r1' })
        lose()
        back()
        expect(engine().calls).toEqual(['start'])
      })

      it.each<[string, () => void, string[]]>([
        ['spoke', () => { session.press() }, ['start', 'begin', 'append']],
        ['typed more', () => { session.sendText('And the cellar?') }, ['start', 'text And the cellar? item_2']],
        ['stopped it', () => { session.stopAnswer() }, ['start']],
        ['closed the lid', () => { session.suspend(); session.resume() }, ['start']],
      ])('asks for none where the person %s', (_what, act, calls) => {
        open()
        session.sendText('What about the roof?')
        lose()
        act()
        back()
        expect(engine().calls).toEqual(calls)
      })

      it('asks for none past a cap, and says why', () => {
        open()
        session.sendText('What about the roof?')
        lose()
        capped = failure('spending_session', { usd: 1 })
        back()
        expect(engine().calls).toEqual(['start'])
        expect(status.notice?.code).toBe('spending_session')
      })

      it('asks for none after the conversation has failed', () => {
        open()
        session.sendText('What about the roof?')
        engine().emit({ type: 'closed', failure: failure('quota_exhausted'), retry: false })
        session.start()
        back()
        expect(engine().calls).toEqual(['start'])
      })
    })

    it('plays out what has arrived', () => {
      open()
      session.sendText('Hello')
      engine().emit({ type: 'response_started', response_id: 'r1' })
      engine().emit({ type: 'audio', ...TRACK, pcm: tone(1000) })
      pass(200)
      lose()
      room.speaker = []
      pass(1500)
      expect(room.speaker.filter((sample) => Math.abs(sample) > 0.01).length).toBeGreaterThan(24 * 600)
      expect(status.state).toBe('reconnecting')
    })

    it('goes to sleep and wakes with the computer', () => {
      open()
      session.suspend()
      expect(status).toMatchObject({ state: 'reconnecting', microphone: 'off' })
      pass(60_000)
      expect(engines).toHaveLength(1)
      session.resume()
      pass(700)
      expect(engines).toHaveLength(2)
      engine().emit({ type: 'opened', model: 'm', expiresAt: null })
      expect(status.state).toBe('ready')
    })

    it('renews before the hour is over, at a quiet moment, without a word lost', () => {
      session.start()
      engine().emit({ type: 'opened', model: 'm', expiresAt: Date.now() / 1000 + 3600 })
      pass(100)
      vi.advanceTimersByTime(50 * 60_000 - 10_000)
      session.sendText('Still there?')
      answer(3000)
      engine().emit({ type: 'response_ended', response_id: 'r1', status: 'completed', reason: '', tokens: 0 })
      vi.advanceTimersByTime(11_000)
      expect(engines).toHaveLength(1)
      pass(5000)
      expect(engines).toHaveLength(2)
      expect(status.state).toBe('ready')
      const [old, fresh] = engines
      expect(old?.calls).not.toContain('stop')
      fresh?.emit({ type: 'opened', model: 'm', expiresAt: Date.now() / 1000 + 3600 })
      expect(old?.calls.at(-1)).toBe('stop')
      session.sendText('Good.')
      expect(fresh?.calls.at(-1)).toMatch(/^text Good\./)
    })

    it.each([5, -5])('does not mind that the clock is set by %i hours', (hours) => {
      mode = 'open_line'
      session.start()
      engine().emit({ type: 'opened', model: 'm', expiresAt: Date.now() / 1000 + 3600 })
      pass(100)
      vi.setSystemTime(Date.now() + hours * 3_600_000)
      pass(1000)
      vi.advanceTimersByTime(200_000)
      expect(status.state).toBe('ready')
      expect(engines).toHaveLength(1)
      lose()
      pass(700)
      expect(engines).toHaveLength(2)
      engine().emit({ type: 'opened', model: 'm', expiresAt: null })
      expect(status.state).toBe('ready')
      // Nobody has spoken: the line is closed by its own time.
      vi.advanceTimersByTime(310_000)
      expect(status.notice).toMatchObject({ code: 'idle_stopped' })
    })

    it.each([5, -5])('renews at its time although the clock is %i hours wrong', (hours) => {
      session.start()
      engine().emit({ type: 'opened', model: 'm', expiresAt: Date.now() / 1000 + 3600 - hours * 3600 })
      vi.advanceTimersByTime(48 * 60_000)
      expect(engines).toHaveLength(1)
      session.sendText('Still there?')
      engine().emit({ type: 'response_ended', response_id: 'r1', status: 'completed', reason: '', tokens: 0 })
      vi.advanceTimersByTime(125_000)
      expect(engines).toHaveLength(2)
    })

    it('tries again at once when the network is back', () => {
      open()
      online = false
      lose()
      for (let i = 0; i < 3; i++) {
        while (engines.length < i + 2) pass(50)
        lose()
      }
      const made = engines.length
      pass(600)
      expect(engines).toHaveLength(made)
      online = true
      pass(1200)
      expect(engines).toHaveLength(made + 1)
      engine().emit({ type: 'opened', model: 'm', expiresAt: null })
      expect(status.state).toBe('ready')
    })

    it('waits a minute for a network that is gone, and not for ever', () => {
      open()
      online = false
      lose()
      for (let i = 0; i < 5; i++) {
        while (engines.length < i + 2) pass(50)
        lose()
      }
      expect(status.state).toBe('reconnecting')
      pass(20_000)
      expect(status.state).toBe('reconnecting')
      pass(40_000)
      lose()
      expect(status).toMatchObject({ state: 'failed', failure: { code: 'connection_lost' } })
    })

    it('has the part that is too long to be told summarised before it renews, and tells it', () => {
      session.start()
      engine().emit({ type: 'opened', model: 'm', expiresAt: Date.now() / 1000 + 3600 })
      vi.advanceTimersByTime(49 * 60_000)
      for (let i = 0; i < 4; i++) session.sendText(`Part ${String(i)} `.padEnd(10_000, 'x'))
      engine().emit({ type: 'response_ended', response_id: 'r1', status: 'completed', reason: '', tokens: 0 })
      vi.advanceTimersByTime(70_000)
      expect(engines).toHaveLength(1)
      expect(engine().calls.filter((call) => call.startsWith('summarise'))).toHaveLength(1)
      engine().emit({ type: 'summary', text: 'They talked at length.' })
      vi.advanceTimersByTime(1500)
      expect(engines).toHaveLength(2)
      expect(engine().config?.history.map((item) => item.id)).toEqual(['parley_summary', 'item_3', 'item_4'])
    })

    it('does not renew onto a session that misses what was said meanwhile', () => {
      session.start()
      engine().emit({ type: 'opened', model: 'm', expiresAt: Date.now() / 1000 + 3600 })
      vi.advanceTimersByTime(49 * 60_000)
      session.sendText('Hello')
      engine().emit({ type: 'response_ended', response_id: 'r1', status: 'completed', reason: '', tokens: 0 })
      vi.advanceTimersByTime(62_000)
      expect(engines).toHaveLength(2)
      const [old, fresh] = engines
      session.sendText('One more thing')
      fresh?.emit({ type: 'opened', model: 'm', expiresAt: null })
      expect(fresh?.calls.at(-1)).toBe('stop')
      expect(old?.calls).not.toContain('stop')
    })

    it('closes instead of renewing when nobody is there, and goes on with the next turn', () => {
      open()
      converse()
      engines[0]?.emit({ type: 'opened', model: 'm', expiresAt: null })
      vi.advanceTimersByTime(52 * 60_000)
      expect(status).toMatchObject({ state: 'idle', active: false, failure: null })
      session.press()
      expect(engine().config?.history).toHaveLength(2)
    })

    it('becomes another at once where its server lets it', () => {
      open()
      setup = { instructions: 'Be long.', model: 'm' }
      session.setupChanged()
      pass(3000)
      expect(engine().calls).toEqual(['reconfigure Be long.'])
      expect(engines).toHaveLength(1)
      expect(status.notice).toBeNull()
    })

    it.each([
      ['a part cannot change', { instructions: 'Be long.', model: 'm' }, false],
      ['the model is another', { instructions: '', model: 'larger' }, true],
    ])('is replaced at the next quiet moment where %s, with what was said so far', (_why, wanted, changeable) => {
      open()
      converse()
      answer(2000, { ...TRACK, response_id: 'r9', item_id: 'a9' })
      engine().changeable = changeable
      setup = wanted
      session.setupChanged()
      expect(status.notice?.code).toBe('takes_effect_soon')
      pass(500)
      expect(engines).toHaveLength(1)
      engine().emit({ type: 'response_ended', response_id: 'r9', status: 'completed', reason: '', tokens: 0 })
      // Nobody spoke for long: it is the person who asks for it.
      pass(3000)
      expect(engines).toHaveLength(2)
      expect(engine().config).toMatchObject({ instructions: wanted.instructions })
      expect(engine().config?.history.length).toBeGreaterThan(0)
      expect(status.state).toBe('ready')
      engine().emit({ type: 'opened', model: 'm', expiresAt: null })
      expect(engines[0]?.calls.at(-1)).toBe('stop')
      pass(20_000)
      expect(engines).toHaveLength(2)
    })

    it('stays as it is where the new one is refused, says why, and does not knock again', () => {
      open()
      setup = { instructions: '', model: 'unknown' }
      session.setupChanged()
      pass(100)
      expect(engines).toHaveLength(2)
      engine().emit({ type: 'closed', failure: failure('model_not_found', { model: 'unknown' }), retry: false })
      expect(status).toMatchObject({ state: 'ready', notice: { code: 'model_not_found' } })
      pass(60_000)
      expect(engines).toHaveLength(2)
      session.sendText('Still there?')
      expect(engines[0]?.calls.at(-1)).toMatch(/^text Still there/)
    })

    it('that is being made becomes another once it is open', () => {
      session.start()
      setup = { instructions: 'Be long.', model: 'm' }
      session.setupChanged()
      expect(engine().calls).toEqual(['start'])
      engine().emit({ type: 'opened', model: 'm', expiresAt: null })
      expect(engine().calls).toContain('reconfigure Be long.')
    })

    it('that does not exist asks nobody', () => {
      session.setupChanged()
      expect(engines).toEqual([])
      expect(status.notice).toBeNull()
    })

    it('begins anew after the person ended the conversation', () => {
      open()
      converse()
      session.end()
      session.start()
      expect(engine().config?.history).toEqual([])
    })
  })
})
