import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TrackId } from '../../../shared/voice-port.ts'
import { belowControl, besideControl, correlate, findSound, longestGapMs, peakDb, playControl, readWav, rmsDb, say, sliceMs, type Recording } from '../../sound-card/index.ts'
import { Room } from './harness.ts'

const SENTENCE = 'Please tell me what the weather will be like tomorrow morning in the mountains.'

function tone(ms: number, hz = 400, amplitude = 0.5): Int16Array {
  return Int16Array.from({ length: ms * 24 }, (_, i) => Math.round(32_768 * amplitude * Math.sin((2 * Math.PI * hz * i) / 24_000)))
}

let counter = 0
const newTrack = (): TrackId => ({ response_id: `resp_${String(++counter)}`, item_id: `item_${String(counter)}`, content_index: 0 })

describe('what the sound room plays in Chromium', () => {
  let room: Room

  beforeAll(async () => {
    room = await Room.start()
  })

  afterAll(() => room.stop())

  it('runs under the production CSP, its worklets being files', async () => {
    expect(await room.main.violations()).toEqual([])
    expect(room.site.requested.filter((path) => path.includes('worklet'))).toHaveLength(2)
  })

  /** Records what happens, as often as the machine's own sound breaks down meanwhile. */
  async function whole<T>(round: (recording: Recording) => Promise<T>): Promise<{ heard: Int16Array; result: T }> {
    const end = await playControl(room.main.page)
    try {
      return await besideControl(room.card, round, { tooBroken: () => true })
    } finally {
      await end()
    }
  }

  it('plays a tone whole: no gap, right level, right length', async () => {
    const sound = tone(3000)
    const { heard } = await whole(async () => {
      const track = newTrack()
      await room.play(track, sound)
      await room.main.until('playback', (m) => m.tracks.some((t) => t.item_id === track.item_id && t.framesPlayed === sound.length))
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
      await room.play(track, clip)
      await room.main.until('playback', (m) => m.playing === null && m.tracks.some((t) => t.item_id === track.item_id))
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
        const generation = room.main.nextRequest()
        await room.main.forget()
        await room.play(first, tone(600))
        await room.play(second, tone(10_000))
        await sleep(900 + round * 237)
        const recordedBefore = recording.frames()
        await room.main.post({ type: 'flush', generation, response_ids: [first.response_id, second.response_id] })
        const flushed = await room.main.until('flushed', (m) => m.generation === generation)
        // Late sound of the same response must not be heard.
        await room.play(second, tone(400))
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
    const recording = await room.card.record()
    const track = newTrack()
    await room.main.forget()
    await room.play(track, tone(500), false)
    await sleep(1000)
    await room.play(track, tone(500))
    const report = await room.main.until('playback', (m) => m.tracks.some((t) => t.item_id === track.item_id && t.framesPlayed === 24_000))
    await sleep(150)
    const gap = longestGapMs(await recording.stop())
    expect(report.starvations).toBe(1)
    expect(Math.abs(report.starvedFrames / 24 - gap)).toBeLessThan(15)
  })

  it('changes volume and mutes', async () => {
    const recording = await room.card.record()
    await room.play(newTrack(), tone(1500))
    await sleep(500)
    await room.main.post({ type: 'speaker', muted: false, volume: 0.25 })
    await sleep(500)
    await room.main.post({ type: 'speaker', muted: true, volume: 0.25 })
    await sleep(700)
    const heard = await recording.stop()
    await room.main.post({ type: 'speaker', muted: false, volume: 1 })
    const span = findSound(heard)
    expect(peakDb(sliceMs(heard, (span?.startMs ?? 0) + 100, (span?.startMs ?? 0) + 300))).toBeCloseTo(-6.02, 1)
    expect(peakDb(sliceMs(heard, (span?.endMs ?? 0) - 200, (span?.endMs ?? 0) - 50))).toBeCloseTo(-18.06, 1)
    expect((span?.endMs ?? 0) - (span?.startMs ?? 0)).toBeLessThan(1200)
  })

  it('lists devices and puts sound on the one that is chosen', async () => {
    const module = room.card.pactl('load-module', 'module-null-sink', 'sink_name=other', 'rate=48000', 'sink_properties=device.description=OtherSpeaker')
    await room.main.post({ type: 'list_devices' })
    const { outputs, inputs } = await room.main.until('devices', (m) => m.outputs.length > 1)
    expect(inputs.map((d) => d.label)).toContain('TestMic')
    const other = outputs.find((d) => d.label === 'OtherSpeaker')
    expect(outputs.map((d) => d.label)).toContain('TestSpeaker')
    await room.main.post({ type: 'output_device', deviceId: other?.deviceId ?? '' })
    await room.main.until('output_changed')
    await sleep(1000)
    const [there, here] = [await room.card.record({ sink: 'other' }), await room.card.record()]
    const track = newTrack()
    await room.play(track, tone(500))
    await room.main.until('playback', (m) => m.tracks.some((t) => t.item_id === track.item_id && t.framesPlayed === 12_000))
    await sleep(200)
    const [heardThere, heardHere] = [await there.stop(), await here.stop()]
    const span = findSound(heardThere)
    expect((span?.endMs ?? 0) - (span?.startMs ?? 0)).toBeGreaterThan(498)
    expect(findSound(heardHere)).toBeNull()
    await room.main.post({ type: 'output_device', deviceId: null })
    await sleep(1000)
    room.card.pactl('unload-module', module)
    expect(await room.main.ofType('speaker_problem')).toEqual([])
  })

  it('falls back to the default output when the chosen one is not there', async () => {
    await room.main.post({ type: 'output_device', deviceId: 'f'.repeat(64) })
    await room.main.until('speaker_problem', (m) => !m.broken && m.message !== '')
    await room.main.post({ type: 'output_device', deviceId: null })
    await room.main.forget()
  })

  it('builds the output anew when its clock dies and goes on where it stopped', async () => {
    const recording = await room.card.record()
    const track = newTrack()
    const sound = tone(3000)
    await room.main.forget()
    await room.play(track, sound, false)
    await sleep(1000)
    await room.main.stopClock('playback')
    await room.main.until('speaker_problem', (m) => m.broken)
    await room.main.until('speaker_problem', (m) => !m.broken)
    await room.main.post({ type: 'audio_done', ...track })
    await room.main.until('playback', (m) => m.tracks.some((t) => t.item_id === track.item_id && t.framesPlayed === sound.length && t.complete))
    await sleep(200)
    const heard = await recording.stop()
    const soundMs = heard.reduce((n, s) => n + (Math.abs(s) > 300 ? 1 : 0), 0) / 24
    const wholeMs = sound.reduce((n, s) => n + (Math.abs(s) > 300 ? 1 : 0), 0) / 24
    // What was in the device's buffer when it died cannot be called back.
    expect(wholeMs - soundMs).toBeLessThan(100)
    expect(soundMs - wholeMs).toBeLessThan(100)
    expect((await room.main.ofType('playback')).at(-1)).toMatchObject({ playing: null })
  })

  it('takes its port only from its own window, once', async () => {
    const page = await (await room.browser.newContext()).newPage()
    await page.goto(room.site.url)
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
})
