import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { correlate, findSound, highPass, readWav, say, sliceMs } from '../../sound-card/index.ts'
import { FakeMain, Room } from './harness.ts'

const SENTENCE = 'Please tell me what the weather will be like tomorrow morning in the mountains.'

describe('what the sound room hears in Chromium', () => {
  let room: Room

  beforeAll(async () => {
    room = await Room.start()
  })

  afterAll(() => room.stop())

  /** Speaks while live and returns all samples, having checked that the frames join. */
  async function listen(main: FakeMain, wav: string): Promise<Int16Array> {
    await main.post({ type: 'open_microphone', request: 501, deviceId: null })
    await main.until('microphone', (m) => m.state === 'open')
    await main.post({ type: 'capture', request: 501, mode: 'armed', preRollMs: 0 })
    await main.until('level', (m) => m.at > 0)
    room.card.favour()
    await main.post({ type: 'capture', request: 502, mode: 'live', preRollMs: 300 })
    await room.card.speak(wav)
    await sleep(200)
    await main.post({ type: 'capture', request: 503, mode: 'armed', preRollMs: 0 }, { type: 'close_microphone' })
    await main.until('capture_mode', (m) => m.mode === 'off')
    const frames = await main.ofType('frame')
    expect(frames.map((f) => f.seq)).toEqual(frames.map((_, i) => i))
    expect(frames.map((f) => f.firstFrame)).toEqual(frames.map((_, i) => (frames[0]?.firstFrame ?? 0) + i * 480))
    expect(frames.slice(0, -1).every((f) => f.samples?.length === 480)).toBe(true)
    await main.forget()
    return Int16Array.from(frames.flatMap((f) => [...(f.samples ?? [])]))
  }

  /**
   * Has the sentence spoken until it is heard without a fault. A machine that is short of time tears pieces out of a
   * microphone's sound, other ones each time; what Parley itself loses is missing every time, and that its frames
   * join is checked each time.
   * @param faults what is wrong with what was heard
   */
  async function expectHeard(main: FakeMain, wav: string, faults: (heard: Int16Array) => string[]): Promise<void> {
    let found: string[] = []
    for (let attempt = 0; attempt < 4; attempt++) {
      found = faults(await listen(main, wav))
      if (found.length === 0) return
      console.warn(`heard with faults, attempt ${String(attempt + 1)}: ${found.join('; ')}`)
    }
    expect(found).toEqual([])
  }

  it('hears a voice as it was spoken when nothing processes it', async () => {
    const raw = await FakeMain.open(room.browser, room.site.url, { processing: false })
    await raw.until('ready')
    const spoken = readWav(say(SENTENCE, { rate: 24_000 })).samples
    const words = findSound(spoken)
    await expectHeard(raw, say(SENTENCE, { pad: 0.3 }), (heard) => {
      const match = correlate(spoken, heard)
      const faults = match.correlation > 0.97 && Math.abs(match.gainDb) < 0.3 ? [] : [JSON.stringify(match)]
      for (const at of [words?.startMs ?? NaN, (words?.endMs ?? NaN) - 100]) {
        const part = correlate(sliceMs(spoken, at, at + 100), heard, { fromMs: match.offsetMs + at - 5, toMs: match.offsetMs + at + 5 })
        if (!(part.correlation > 0.9)) faults.push(`100 ms at ${at.toFixed(0)} ms: ${String(part.correlation)}`)
      }
      return faults
    })
    await raw.close()
  })

  it('hears a voice whole through echo cancellation, gain control and noise suppression', async () => {
    const spoken = highPass(readWav(say(SENTENCE, { rate: 24_000, peakDb: -12 })).samples)
    await expectHeard(room.main, say(SENTENCE, { pad: 0.3, peakDb: -12 }), (raw) => {
      const heard = highPass(raw)
      const match = correlate(spoken, heard)
      const faults = match.correlation > 0.8 ? [] : [JSON.stringify(match)]
      for (let i = 0; i < Math.floor(spoken.length / 12_000); i++) {
        const at = match.offsetMs + i * 500
        const part = correlate(spoken.subarray(i * 12_000, (i + 1) * 12_000), heard, { fromMs: at - 100, toMs: at + 100 })
        if (!(part.correlation > 0.8 && Math.abs(part.offsetMs - at) < 1)) faults.push(`half a second at ${String(i * 500)} ms: ${JSON.stringify(part)}`)
      }
      return faults
    })
  })

  it('posts nothing while muted, levels only while armed', async () => {
    await room.openMicrophone()
    await room.capture('armed')
    await room.main.until('level')
    expect(room.listeners()).toBe(1)
    await room.capture('muted')
    await room.main.forget()
    await room.card.speak(say('nobody may hear this', { pad: 0 }))
    expect((await room.main.received()).filter((m) => m.type === 'frame' || m.type === 'level')).toEqual([])
    await room.capture('armed')
    await room.main.until('level')
    expect(await room.main.ofType('frame')).toEqual([])
    await room.closeMicrophone()
  })

  it('brings the ring with it when a turn begins', async () => {
    await room.openMicrophone()
    await room.capture('armed')
    await room.main.until('level')
    await sleep(700)
    await room.capture('live', 500)
    await sleep(200)
    await room.capture('armed')
    const frames = await room.main.ofType('frame')
    const [confirmed] = (await room.main.ofType('capture_mode')).filter((m) => m.mode === 'live')
    // 500 ms more than have passed: a busy machine only makes what has passed longer.
    const heardMs = frames.reduce((ms, f) => ms + (f.samples?.length ?? 0) / 24, 0)
    const passedMs = (frames.at(-1)?.at ?? NaN) - (confirmed?.at ?? NaN)
    expect(heardMs - passedMs).toBeGreaterThan(400)
    expect(heardMs - passedMs).toBeLessThan(560)
    expect(frames.map((f) => f.firstFrame)).toEqual(frames.map((_, i) => (frames[0]?.firstFrame ?? 0) + i * 480))
    await room.closeMicrophone()
  })

  it('tells a microphone without sound from one with', async () => {
    await room.openMicrophone()
    await room.capture('armed')
    await room.main.until('microphone_silent', (m) => m.silent)
    await room.card.speak(say('hello'))
    await room.main.until('microphone_silent', (m) => !m.silent)
    await room.closeMicrophone()
  })

  it('answers only the newest request and stops what an older one brings', async () => {
    const [older, newer] = [room.main.nextRequest(), room.main.nextRequest()]
    await room.main.post({ type: 'open_microphone', request: older, deviceId: null }, { type: 'open_microphone', request: newer, deviceId: null })
    await room.main.until('microphone', (m) => m.request === newer)
    await sleep(200)
    expect((await room.main.ofType('microphone')).map((m) => m.request)).toEqual([newer])
    const third = room.main.nextRequest()
    await room.main.forget()
    await room.main.post({ type: 'open_microphone', request: third, deviceId: null }, { type: 'close_microphone' })
    await room.main.until('capture_mode', (m) => m.mode === 'off')
    await sleep(200)
    expect(await room.main.ofType('microphone')).toEqual([])
    await expect.poll(() => room.listeners()).toBe(0)
  })

  it('opens the microphone afresh in the same mode, with an echo canceller that has learned nothing', async () => {
    // A source is what the echo canceller belongs to; the sound server numbers them.
    const sources = (): string[] => room.card.pactl('list', 'short', 'source-outputs').split('\n').filter((line) => line.includes('protocol-native')).map((line) => line.split('\t')[0] ?? '')
    await room.openMicrophone()
    await room.capture('live')
    await expect.poll(sources).toHaveLength(1)
    const before = sources()
    await room.openMicrophone()
    expect(sources(), 'opened twice it is the same one').toEqual(before)
    await room.openMicrophone(null, true)
    await expect.poll(sources).toHaveLength(1)
    expect(sources()).not.toEqual(before)
    await room.main.forget()
    await room.main.until('frame')
    expect(await room.main.ofType('microphone_ended')).toEqual([])
    await room.closeMicrophone()
  })

  it('says when the chosen microphone is not there, and holds none open then', async () => {
    await room.openMicrophone()
    const request = room.main.nextRequest()
    await room.main.post({ type: 'open_microphone', request, deviceId: 'f'.repeat(64) })
    expect(await room.main.until('microphone', (m) => m.request === request)).toMatchObject({ state: 'failed', problem: 'missing' })
    await room.main.until('capture_mode', (m) => m.mode === 'off')
    await expect.poll(() => room.listeners()).toBe(0)
    await room.main.forget()
  })

  it('builds the input anew when its clock dies, in the same mode', async () => {
    await room.openMicrophone()
    await room.capture('live')
    await room.main.until('frame')
    await room.main.stopClock('capture')
    await room.main.forget()
    await room.main.until('capture_mode', (m) => m.mode === 'live')
    await room.main.until('frame')
    expect(await room.main.ofType('microphone_ended')).toEqual([])
    await room.closeMicrophone()
  })

  it('says when the microphone is refused', async () => {
    const refused = await FakeMain.open(room.browser, room.site.url, { microphone: false })
    await refused.until('ready')
    await refused.post({ type: 'open_microphone', request: 1, deviceId: null })
    expect(await refused.until('microphone')).toMatchObject({ request: 1, state: 'failed', problem: 'denied' })
    await refused.close()
  })
})
