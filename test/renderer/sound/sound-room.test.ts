import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TrackId } from '../../../shared/voice-port.ts'
import { belowControl, besideControl, correlate, findSound, highPass, longestGapMs, peakDb, playControl, readWav, rmsDb, say, sliceMs, startSoundCard, type Recording, type SoundCard } from '../../sound-card/index.ts'
import { FakeMain, launchChromium, serveSoundRoom, type SoundRoomSite } from './harness.ts'

const SENTENCE = 'Please tell me what the weather will be like tomorrow morning in the mountains.'

function tone(ms: number, hz = 400, amplitude = 0.5): Int16Array {
  return Int16Array.from({ length: ms * 24 }, (_, i) => Math.round(32_768 * amplitude * Math.sin((2 * Math.PI * hz * i) / 24_000)))
}

let counter = 0
const newTrack = (): TrackId => ({ response_id: `resp_${String(++counter)}`, item_id: `item_${String(counter)}`, content_index: 0 })

describe('the sound room in Chromium', () => {
  let card: SoundCard
  let site: SoundRoomSite
  let browser: Browser
  let main: FakeMain

  beforeAll(async () => {
    card = await startSoundCard()
    site = await serveSoundRoom()
    browser = await launchChromium(card.env)
    main = await FakeMain.open(browser, site.url)
    await main.until('ready')
    card.favour()
  })

  afterAll(async () => {
    await browser.close()
    site.close()
    await card.stop()
  })

  /** Queues sound in chunks of 200 ms, faster than real time. */
  async function play(track: TrackId, samples: Int16Array, done = true): Promise<number> {
    const chunks = Array.from({ length: Math.ceil(samples.length / 4800) }, (_, i) => samples.slice(i * 4800, (i + 1) * 4800))
    return main.post(
      ...chunks.map((chunk) => ({ type: 'audio' as const, ...track, samples: chunk })),
      ...(done ? [{ type: 'audio_done' as const, ...track }] : []),
    )
  }

  async function openMicrophone(deviceId: string | null = null): Promise<void> {
    const request = main.nextRequest()
    await main.post({ type: 'open_microphone', request, deviceId })
    await main.until('microphone', (m) => m.request === request && m.state === 'open')
  }

  async function capture(mode: 'armed' | 'live' | 'muted', preRollMs = 0): Promise<void> {
    const request = main.nextRequest()
    await main.post({ type: 'capture', request, mode, preRollMs })
    await main.until('capture_mode', (m) => m.request === request && m.mode === mode)
  }

  /** How many programs have the microphone open, as the system sees it. */
  function listeners(): number {
    return card.pactl('list', 'short', 'source-outputs').split('\n').filter((line) => line.includes('protocol-native')).length
  }

  async function closeMicrophone(): Promise<void> {
    await main.post({ type: 'close_microphone' })
    await main.until('capture_mode', (m) => m.mode === 'off')
    await main.forget()
  }

  it('runs under the production CSP, its worklets being files', async () => {
    expect(await main.violations()).toEqual([])
    expect(site.requested.filter((path) => path.includes('worklet'))).toHaveLength(2)
  })

  /** Records what happens, as often as the machine's own sound breaks down meanwhile. */
  async function whole<T>(round: (recording: Recording) => Promise<T>): Promise<{ heard: Int16Array; result: T }> {
    const end = await playControl(main.page)
    try {
      return await besideControl(card, round, { tooBroken: () => true })
    } finally {
      await end()
    }
  }

  it('plays a tone whole: no gap, right level, right length', async () => {
    const sound = tone(3000)
    const { heard } = await whole(async () => {
      const track = newTrack()
      await play(track, sound)
      await main.until('playback', (m) => m.tracks.some((t) => t.item_id === track.item_id && t.framesPlayed === sound.length))
      await sleep(150)
    })
    // The last sample decays within 5 ms, which at this threshold counts for nothing.
    const span = findSound(heard, { thresholdDb: -20 })
    const middle = heard.subarray((span?.start ?? 0) + 2400, (span?.end ?? 0) - 2400)
    expect(longestGapMs(heard)).toBeLessThan(1)
    expect(Math.abs(rmsDb(middle) - rmsDb(sound))).toBeLessThan(0.1)
    expect(Math.abs((span?.endMs ?? 0) - (span?.startMs ?? 0) - 3000)).toBeLessThan(2)
    expect(correlate(sound.subarray(0, 48_000), heard).correlation).toBeGreaterThan(0.999)
  })

  it('plays speech so that the recording is the original', async () => {
    const clip = belowControl(readWav(say(SENTENCE, { rate: 24_000 })).samples)
    const { heard } = await whole(async () => {
      const track = newTrack()
      await play(track, clip)
      await main.until('playback', (m) => m.playing === null && m.tracks.some((t) => t.item_id === track.item_id))
      await sleep(150)
    })
    const match = correlate(clip, heard)
    expect(match.correlation).toBeGreaterThan(0.97)
    expect(Math.abs(match.gainDb)).toBeLessThan(0.3)
  })

  it('falls silent when flushed and says exactly what was heard', async () => {
    for (let round = 0; round < 3; round++) {
      const { heard, result } = await whole(async (recording) => {
        const [first, second] = [newTrack(), newTrack()]
        const generation = main.nextRequest()
        await main.forget()
        await play(first, tone(600))
        await play(second, tone(10_000))
        await sleep(900 + round * 237)
        const recordedBefore = recording.frames()
        await main.post({ type: 'flush', generation, response_ids: [first.response_id, second.response_id] })
        const flushed = await main.until('flushed', (m) => m.generation === generation)
        // Late sound of the same response must not be heard.
        await play(second, tone(400))
        await sleep(300)
        return { recordedBefore, cut: flushed.tracks.find((t) => t.item_id === second.item_id) }
      })
      const { recordedBefore, cut } = result
      const span = findSound(heard, { thresholdDb: -40 })
      const recordedMs = (span?.endMs ?? 0) - (span?.startMs ?? 0)
      const playedMs = 600 + (cut?.framesPlayed ?? 0) / 24
      const silentAfterMs = (span?.endMs ?? 0) - recordedBefore / 24
      expect(longestGapMs(heard)).toBeLessThan(2)
      expect(Math.abs(playedMs - recordedMs)).toBeLessThan(15)
      expect(silentAfterMs).toBeLessThan(120)
      expect(cut).toMatchObject({ framesReceived: 240_000, complete: true })
    }
  })

  it('starves in the middle of an answer, goes on, and still counts exactly', async () => {
    const recording = await card.record()
    const track = newTrack()
    await main.forget()
    await play(track, tone(500), false)
    await sleep(1000)
    await play(track, tone(500))
    const report = await main.until('playback', (m) => m.tracks.some((t) => t.item_id === track.item_id && t.framesPlayed === 24_000))
    await sleep(150)
    const gap = longestGapMs(await recording.stop())
    expect(report.starvations).toBe(1)
    expect(Math.abs(report.starvedFrames / 24 - gap)).toBeLessThan(15)
  })

  it('changes volume and mutes', async () => {
    const recording = await card.record()
    await play(newTrack(), tone(1500))
    await sleep(500)
    await main.post({ type: 'speaker', muted: false, volume: 0.25 })
    await sleep(500)
    await main.post({ type: 'speaker', muted: true, volume: 0.25 })
    await sleep(700)
    const heard = await recording.stop()
    await main.post({ type: 'speaker', muted: false, volume: 1 })
    const span = findSound(heard)
    expect(peakDb(sliceMs(heard, (span?.startMs ?? 0) + 100, (span?.startMs ?? 0) + 300))).toBeCloseTo(-6.02, 1)
    expect(peakDb(sliceMs(heard, (span?.endMs ?? 0) - 200, (span?.endMs ?? 0) - 50))).toBeCloseTo(-18.06, 1)
    expect((span?.endMs ?? 0) - (span?.startMs ?? 0)).toBeLessThan(1200)
  })

  /** Speaks while live and returns all samples, having checked that the frames join. */
  async function listen(room: FakeMain, wav: string): Promise<Int16Array> {
    await room.post({ type: 'open_microphone', request: 501, deviceId: null })
    await room.until('microphone', (m) => m.state === 'open')
    await room.post({ type: 'capture', request: 501, mode: 'armed', preRollMs: 0 })
    await room.until('level', (m) => m.at > 0)
    card.favour()
    await room.post({ type: 'capture', request: 502, mode: 'live', preRollMs: 300 })
    await card.speak(wav)
    await sleep(200)
    await room.post({ type: 'capture', request: 503, mode: 'armed', preRollMs: 0 }, { type: 'close_microphone' })
    await room.until('capture_mode', (m) => m.mode === 'off')
    const frames = await room.ofType('frame')
    expect(frames.map((f) => f.seq)).toEqual(frames.map((_, i) => i))
    expect(frames.map((f) => f.firstFrame)).toEqual(frames.map((_, i) => (frames[0]?.firstFrame ?? 0) + i * 480))
    expect(frames.slice(0, -1).every((f) => f.samples?.length === 480)).toBe(true)
    await room.forget()
    return Int16Array.from(frames.flatMap((f) => [...(f.samples ?? [])]))
  }

  it('hears a voice as it was spoken when nothing processes it', async () => {
    const raw = await FakeMain.open(browser, site.url, { processing: false })
    await raw.until('ready')
    const heard = await listen(raw, say(SENTENCE, { pad: 0.3 }))
    await raw.close()
    const spoken = readWav(say(SENTENCE, { rate: 24_000 })).samples
    const match = correlate(spoken, heard)
    expect(match.correlation).toBeGreaterThan(0.97)
    expect(Math.abs(match.gainDb)).toBeLessThan(0.3)
    const words = findSound(spoken)
    for (const at of [words?.startMs ?? 0, (words?.endMs ?? 0) - 100]) {
      const part = correlate(sliceMs(spoken, at, at + 100), heard, { fromMs: match.offsetMs + at - 5, toMs: match.offsetMs + at + 5 })
      expect(part.correlation).toBeGreaterThan(0.9)
    }
  })

  it('hears a voice whole through echo cancellation, gain control and noise suppression', async () => {
    const heard = highPass(await listen(main, say(SENTENCE, { pad: 0.3, peakDb: -12 })))
    const spoken = highPass(readWav(say(SENTENCE, { rate: 24_000, peakDb: -12 })).samples)
    const match = correlate(spoken, heard)
    const parts = Array.from({ length: Math.floor(spoken.length / 12_000) }, (_, i) => {
      const at = match.offsetMs + i * 500
      const part = correlate(spoken.subarray(i * 12_000, (i + 1) * 12_000), heard, { fromMs: at - 100, toMs: at + 100 })
      return { shiftMs: part.offsetMs - at, correlation: part.correlation, gainDb: part.gainDb }
    })
    expect(match.correlation).toBeGreaterThan(0.8)
    for (const part of parts) {
      expect(part.correlation).toBeGreaterThan(0.8)
      expect(Math.abs(part.shiftMs)).toBeLessThan(1)
    }
  })

  it('posts nothing while muted, levels only while armed', async () => {
    await openMicrophone()
    await capture('armed')
    await main.until('level')
    expect(listeners()).toBe(1)
    await capture('muted')
    await main.forget()
    await card.speak(say('nobody may hear this', { pad: 0 }))
    expect((await main.received()).filter((m) => m.type === 'frame' || m.type === 'level')).toEqual([])
    await capture('armed')
    await main.until('level')
    expect(await main.ofType('frame')).toEqual([])
    await closeMicrophone()
  })

  it('brings the ring with it when a turn begins', async () => {
    await openMicrophone()
    await capture('armed')
    await main.until('level')
    await sleep(700)
    await capture('live', 500)
    await sleep(200)
    await capture('armed')
    const frames = await main.ofType('frame')
    const [confirmed] = (await main.ofType('capture_mode')).filter((m) => m.mode === 'live')
    // 500 ms more than have passed: a busy machine only makes what has passed longer.
    const heardMs = frames.reduce((ms, f) => ms + (f.samples?.length ?? 0) / 24, 0)
    const passedMs = (frames.at(-1)?.at ?? NaN) - (confirmed?.at ?? NaN)
    expect(heardMs - passedMs).toBeGreaterThan(400)
    expect(heardMs - passedMs).toBeLessThan(560)
    expect(frames.map((f) => f.firstFrame)).toEqual(frames.map((_, i) => (frames[0]?.firstFrame ?? 0) + i * 480))
    await closeMicrophone()
  })

  it('tells a microphone without sound from one with', async () => {
    await openMicrophone()
    await capture('armed')
    await main.until('microphone_silent', (m) => m.silent)
    await card.speak(say('hello'))
    await main.until('microphone_silent', (m) => !m.silent)
    await closeMicrophone()
  })

  it('answers only the newest request and stops what an older one brings', async () => {
    const [older, newer] = [main.nextRequest(), main.nextRequest()]
    await main.post({ type: 'open_microphone', request: older, deviceId: null }, { type: 'open_microphone', request: newer, deviceId: null })
    await main.until('microphone', (m) => m.request === newer)
    await sleep(200)
    expect((await main.ofType('microphone')).map((m) => m.request)).toEqual([newer])
    const third = main.nextRequest()
    await main.forget()
    await main.post({ type: 'open_microphone', request: third, deviceId: null }, { type: 'close_microphone' })
    await main.until('capture_mode', (m) => m.mode === 'off')
    await sleep(200)
    expect(await main.ofType('microphone')).toEqual([])
    await expect.poll(listeners, { timeout: 5000 }).toBe(0)
  })

  it('says when the chosen microphone is not there, and holds none open then', async () => {
    await openMicrophone()
    const request = main.nextRequest()
    await main.post({ type: 'open_microphone', request, deviceId: 'f'.repeat(64) })
    expect(await main.until('microphone', (m) => m.request === request)).toMatchObject({ state: 'failed', problem: 'missing' })
    await main.until('capture_mode', (m) => m.mode === 'off')
    await expect.poll(listeners, { timeout: 5000 }).toBe(0)
    await main.forget()
  })

  it('lists devices and puts sound on the one that is chosen', async () => {
    const module = card.pactl('load-module', 'module-null-sink', 'sink_name=other', 'rate=48000', 'sink_properties=device.description=OtherSpeaker')
    await main.post({ type: 'list_devices' })
    const { outputs, inputs } = await main.until('devices', (m) => m.outputs.length > 1)
    expect(inputs.map((d) => d.label)).toContain('TestMic')
    const other = outputs.find((d) => d.label === 'OtherSpeaker')
    expect(outputs.map((d) => d.label)).toContain('TestSpeaker')
    await main.post({ type: 'output_device', deviceId: other?.deviceId ?? '' })
    await sleep(1000)
    const [there, here] = [await card.record({ sink: 'other' }), await card.record()]
    const track = newTrack()
    await play(track, tone(500))
    await main.until('playback', (m) => m.tracks.some((t) => t.item_id === track.item_id && t.framesPlayed === 12_000))
    await sleep(200)
    const [heardThere, heardHere] = [await there.stop(), await here.stop()]
    const span = findSound(heardThere)
    expect((span?.endMs ?? 0) - (span?.startMs ?? 0)).toBeGreaterThan(498)
    expect(findSound(heardHere)).toBeNull()
    await main.post({ type: 'output_device', deviceId: null })
    await sleep(1000)
    card.pactl('unload-module', module)
    expect(await main.ofType('speaker_problem')).toEqual([])
  })

  it('falls back to the default output when the chosen one is not there', async () => {
    await main.post({ type: 'output_device', deviceId: 'f'.repeat(64) })
    await main.until('speaker_problem', (m) => !m.broken && m.message !== '')
    await main.post({ type: 'output_device', deviceId: null })
    await main.forget()
  })

  it('builds the output anew when its clock dies and goes on where it stopped', async () => {
    const recording = await card.record()
    const track = newTrack()
    const sound = tone(3000)
    await main.forget()
    await play(track, sound, false)
    await sleep(1000)
    await main.stopClock('playback')
    await main.until('speaker_problem', (m) => m.broken)
    await main.until('speaker_problem', (m) => !m.broken)
    await main.post({ type: 'audio_done', ...track })
    await main.until('playback', (m) => m.tracks.some((t) => t.item_id === track.item_id && t.framesPlayed === sound.length && t.complete))
    await sleep(200)
    const heard = await recording.stop()
    const soundMs = heard.reduce((n, s) => n + (Math.abs(s) > 300 ? 1 : 0), 0) / 24
    const wholeMs = sound.reduce((n, s) => n + (Math.abs(s) > 300 ? 1 : 0), 0) / 24
    // What was in the device's buffer when it died cannot be called back.
    expect(wholeMs - soundMs).toBeLessThan(100)
    expect(soundMs - wholeMs).toBeLessThan(100)
    expect((await main.ofType('playback')).at(-1)).toMatchObject({ playing: null })
  })

  it('builds the input anew when its clock dies, in the same mode', async () => {
    await openMicrophone()
    await capture('live')
    await main.until('frame')
    await main.stopClock('capture')
    await main.forget()
    await main.until('capture_mode', (m) => m.mode === 'live')
    await main.until('frame')
    expect(await main.ofType('microphone_ended')).toEqual([])
    await closeMicrophone()
  })

  it('takes its port only from its own window, once', async () => {
    const page = await (await browser.newContext()).newPage()
    await page.goto(site.url)
    const ready = (handover: string): Promise<boolean> =>
      page.evaluate(async (kind) => {
        const [a, b] = [new MessageChannel(), new MessageChannel()]
        if (kind === 'no nonce') window.postMessage({ parley: 'other' }, location.origin, [a.port2])
        if (kind === 'two ports') window.postMessage({ parley: 'voice-port' }, location.origin, [a.port2, b.port2])
        if (kind === 'no port') window.postMessage({ parley: 'voice-port' }, location.origin)
        if (kind === 'no object') window.postMessage('voice-port', location.origin, [a.port2])
        if (kind === 'right') window.postMessage({ parley: 'voice-port' }, location.origin, [a.port2])
        return new Promise<boolean>((resolve) => {
          a.port1.onmessage = () => {
            resolve(true)
          }
          setTimeout(() => {
            resolve(false)
          }, 800)
        })
      }, handover)
    expect(await Promise.all(['no nonce', 'two ports', 'no port', 'no object'].map(ready))).toEqual([false, false, false, false])
    expect(await ready('right')).toBe(true)
    expect(await ready('right')).toBe(false)
    await page.context().close()
  })

  it('says when the microphone is refused', async () => {
    const refused = await FakeMain.open(browser, site.url, { microphone: false })
    await refused.until('ready')
    await refused.post({ type: 'open_microphone', request: 1, deviceId: null })
    expect(await refused.until('microphone')).toMatchObject({ request: 1, state: 'failed', problem: 'denied' })
    await refused.close()
  })
})
