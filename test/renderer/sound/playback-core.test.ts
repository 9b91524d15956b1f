import { describe, expect, it } from 'vitest'
import { DROPPED_KEPT, FADE_FRAMES, PlaybackCore, REPORT_FRAMES } from '../../../renderer/sound/playback-core.ts'
import { fixedStartDelay } from '../../../renderer/sound/start-delay.ts'
import type { FromPlayback, PlaybackState } from '../../../renderer/sound/worklet-messages.ts'
import { bytesOf } from '../../../shared/audio/pcm16.ts'
import type { TrackId, TrackProgress } from '../../../shared/voice-port.ts'
import { retainedBytes } from './memory.ts'
import { seeded } from './random.ts'

type Report = Extract<FromPlayback, { type: 'playback' }>
type Flushed = Extract<FromPlayback, { type: 'flushed' }>

const A: TrackId = { response_id: 'r1', item_id: 'a', content_index: 0 }
const B: TrackId = { response_id: 'r1', item_id: 'b', content_index: 0 }
const C: TrackId = { response_id: 'r2', item_id: 'c', content_index: 0 }

class Rig {
  readonly messages: FromPlayback[] = []
  readonly core: PlaybackCore
  readonly out: number[] = []

  constructor(delayMs = 0) {
    this.core = new PlaybackCore({
      startDelay: fixedStartDelay(delayMs),
      // A port clones; so does this, or a test could see what main never sees.
      post: (message) => this.messages.push(structuredClone(message)),
    })
  }

  audio(track: TrackId, samples: ArrayLike<number>): void {
    this.core.receive({ type: 'audio', ...track, pcm: bytesOf(Int16Array.from(samples)) })
  }

  done(track: TrackId): void {
    this.core.receive({ type: 'audio_done', ...track })
  }

  flush(generation: number, response_ids: string[] = []): void {
    this.core.receive({ type: 'flush', generation, response_ids })
  }

  /** Renders and returns 16-bit values. */
  render(frames: number, quantum = 128): number[] {
    const rendered: number[] = []
    while (rendered.length < frames) {
      const out = new Float32Array(Math.min(quantum, frames - rendered.length)).fill(Number.NaN)
      this.core.render(out)
      for (const sample of out) rendered.push(Math.round(sample * 32_768))
    }
    this.out.push(...rendered)
    return rendered
  }

  get reports(): Report[] {
    return this.messages.filter((m) => m.type === 'playback')
  }

  get flushed(): Flushed[] {
    return this.messages.filter((m) => m.type === 'flushed')
  }

  /** The newest word on a track. */
  progress(track: TrackId): Omit<TrackProgress, keyof TrackId> | undefined {
    const all = this.messages.flatMap((m) => (m.type === 'handed_over' ? [] : m.tracks))
    const last = all.findLast((t) => t.item_id === track.item_id)
    return last && { framesPlayed: last.framesPlayed, framesReceived: last.framesReceived, complete: last.complete }
  }
}

const ramp = (length: number, from = 0): number[] => Array.from({ length }, (_, i) => ((from + i) % 30_000) + 1)
const flat = (length: number, value = 16_000): number[] => Array.from({ length }, () => value)
const steepest = (samples: number[]): number => samples.reduce((max, s, i) => Math.max(max, Math.abs(s - (samples[i - 1] ?? s))), 0)

describe('PlaybackCore', () => {
  it('plays bit for bit, in order, across chunks, tracks and quanta of any length', () => {
    const random = seeded(3)
    for (let round = 0; round < 20; round++) {
      const rig = new Rig()
      const expected: number[] = []
      for (const track of [A, B, C]) {
        const chunks = 1 + Math.floor(random() * 6)
        for (let c = 0; c < chunks; c++) {
          const chunk = ramp(Math.floor(random() * 900), expected.length)
          rig.audio(track, chunk)
          expected.push(...chunk)
        }
        rig.done(track)
      }
      while (rig.out.length < expected.length + 200) rig.render(1 + Math.floor(random() * 600), 1 + Math.floor(random() * 500))
      expect(rig.out.slice(0, expected.length)).toEqual(expected)
      const played = [A, B, C].map((t) => rig.progress(t)?.framesPlayed ?? 0)
      expect(played.reduce((sum, n) => sum + n)).toBe(expected.length)
      for (const t of [A, B, C]) expect(rig.progress(t)).toMatchObject({ complete: true })
    }
  })

  it('plays the last partial block to its end and lets the last sample decay within 5 ms', () => {
    const rig = new Rig()
    rig.audio(A, flat(333))
    rig.done(A)
    const out = rig.render(640)
    expect(out.slice(0, 333)).toEqual(flat(333))
    expect(steepest(out.slice(1))).toBeLessThan(150)
    expect(out.slice(333 + FADE_FRAMES)).toEqual(flat(640 - 333 - FADE_FRAMES, 0))
    expect(rig.progress(A)).toEqual({ framesPlayed: 333, framesReceived: 333, complete: true })
  })

  it('waits the start delay before an answer, but not once the answer is complete', () => {
    const waits = new Rig(50)
    waits.audio(A, flat(5000))
    expect(waits.render(2000).findIndex((s) => s !== 0)).toBe(1200)
    const complete = new Rig(50)
    complete.audio(A, flat(500))
    expect(complete.render(256)).toEqual(flat(256, 0))
    complete.done(A)
    expect(complete.render(128)).toEqual(flat(128))
  })

  it('waits again for the next answer, not for a track that is queued behind another', () => {
    const rig = new Rig(50)
    rig.audio(A, flat(1000))
    rig.done(A)
    rig.audio(B, flat(1000))
    const out = rig.render(2000)
    expect(out).toEqual(flat(2000))
    rig.done(B)
    rig.render(500)
    rig.audio(C, flat(3000))
    expect(rig.render(1500).findIndex((s) => s !== 0)).toBe(1200)
  })

  it('counts a gap in the middle of a track, decays into it and fades in after it', () => {
    const rig = new Rig()
    rig.audio(A, flat(1000))
    rig.render(1000 + 720)
    expect(rig.reports.at(-1)?.playing).toBeNull()
    rig.audio(A, flat(1000))
    rig.render(1000)
    rig.done(A)
    rig.render(128)
    expect(steepest(rig.out.slice(1))).toBeLessThan(150)
    expect(rig.reports.at(-1)).toMatchObject({ starvations: 1, starvedFrames: 720 })
    expect(rig.progress(A)).toEqual({ framesPlayed: 2000, framesReceived: 2000, complete: true })
  })

  it('does not click when sound comes back within the decay', () => {
    const rig = new Rig()
    rig.audio(A, flat(1024))
    rig.render(1024 + 40)
    rig.audio(A, flat(1000))
    rig.render(800)
    expect(steepest(rig.out.slice(1))).toBeLessThan(300)
    expect(Math.max(...rig.out)).toBeLessThan(20_000)
  })

  it('does not count silence after the end as a gap when audio_done is late', () => {
    const rig = new Rig()
    rig.audio(A, flat(1000))
    rig.render(3000)
    rig.done(A)
    expect(rig.reports.at(-1)).toMatchObject({
      playing: null,
      starvations: 0,
      tracks: [{ framesPlayed: 1000, framesReceived: 1000, complete: true }],
    })
    const before = rig.messages.length
    rig.render(10_000)
    expect(rig.messages.length).toBe(before)
  })

  it('reports each 40 ms while something plays, once at the end, and then no more', () => {
    const rig = new Rig()
    rig.audio(A, flat(10_000))
    rig.done(A)
    rig.render(24_000, 120)
    const played = rig.reports.map((r) => r.tracks[0]?.framesPlayed ?? -1)
    expect(played).toEqual([...Array.from({ length: 10 }, (_, i) => (i + 1) * REPORT_FRAMES), 10_000])
    expect(rig.reports.map((r) => r.playing !== null)).toEqual([...Array.from({ length: 10 }, () => true), false])
  })

  it('reports a track as played out exactly once', () => {
    const rig = new Rig()
    rig.audio(A, flat(1000))
    rig.done(A)
    rig.audio(C, flat(4000))
    rig.render(5200)
    rig.done(C)
    const playedOut = rig.reports.flatMap((r) => r.tracks).filter((t) => t.complete && t.framesPlayed === t.framesReceived)
    expect(playedOut.map((t) => t.item_id)).toEqual(['a', 'c'])
  })

  it('measures what is played and forgets the silence before', () => {
    const rig = new Rig()
    rig.render(24_000)
    rig.audio(A, flat(2400, 16_384))
    rig.render(960, 120)
    expect(rig.reports[0]).toMatchObject({ peak: 0.5, rms: 0.5 })
  })

  describe('flush', () => {
    it('fades within 5 ms, counts the fade as heard and reports every track', () => {
      const rig = new Rig()
      rig.audio(A, flat(1000))
      rig.done(A)
      rig.audio(B, flat(5000))
      rig.audio(C, flat(700))
      rig.render(2048)
      rig.messages.length = 0
      rig.flush(7, ['r1', 'r2'])
      expect(rig.messages).toEqual([])
      const out = rig.render(256)
      expect(out.slice(FADE_FRAMES - 1)).toEqual(flat(256 - FADE_FRAMES + 1, 0))
      expect(steepest(rig.out.slice(1))).toBeLessThan(150)
      expect(rig.flushed).toEqual([
        {
          type: 'flushed',
          generation: 7,
          tracks: [
            // A was not yet reported as played out
            ...(rig.flushed[0]?.tracks.filter((t) => t.item_id === 'a') ?? []),
            { ...B, framesPlayed: 2048 - 1000 + FADE_FRAMES, framesReceived: 5000, complete: false },
            { ...C, framesPlayed: 0, framesReceived: 700, complete: false },
          ],
        },
      ])
      expect(rig.reports.at(-1)).toMatchObject({ playing: null, tracks: [] })
      rig.messages.length = 0
      expect(rig.render(5000)).toEqual(flat(5000, 0))
      expect(rig.messages).toEqual([])
    })

    it('adds up to the samples that came out, wherever it strikes', () => {
      const random = seeded(4)
      for (let round = 0; round < 100; round++) {
        const rig = new Rig()
        const sizes = [A, B, C].map((track) => {
          const size = 1 + Math.floor(random() * 400)
          rig.audio(track, flat(size))
          return size
        })
        rig.render(Math.floor(random() * 900), 1 + Math.floor(random() * 200))
        const before = rig.out.length
        rig.flush(1)
        rig.render(400)
        const total = sizes.reduce((a, b) => a + b)
        const heard = new Map([A, B, C].map((t) => [t.item_id, rig.progress(t)?.framesPlayed ?? 0]))
        expect([...heard.values()].reduce((a, b) => a + b)).toBe(Math.min(total, before === 0 ? 0 : before + FADE_FRAMES))
      }
    })

    it('answers at once when nothing sounds', () => {
      const idle = new Rig()
      idle.flush(1)
      expect(idle.flushed).toEqual([{ type: 'flushed', generation: 1, tracks: [] }])
      const waiting = new Rig(50)
      waiting.audio(A, flat(1000))
      waiting.render(240)
      waiting.flush(2)
      expect(waiting.flushed[0]?.tracks).toEqual([{ ...A, framesPlayed: 0, framesReceived: 1000, complete: false }])
      expect(waiting.render(5000)).toEqual(flat(5000, 0))
    })

    it('drops late sound of the responses it named, plays that of others', () => {
      const rig = new Rig()
      rig.audio(A, flat(1000))
      rig.render(128)
      rig.flush(1, ['r1'])
      rig.audio(A, flat(1000))
      rig.audio(B, flat(1000))
      rig.done(A)
      rig.audio(C, flat(1000, 5000))
      const out = rig.render(1200)
      expect(out.slice(FADE_FRAMES, FADE_FRAMES + 1000)).toEqual(flat(1000, 5000))
      expect(rig.reports.flatMap((r) => r.tracks).every((t) => t.response_id === 'r2')).toBe(true)
    })

    it('forgets the oldest names', () => {
      const rig = new Rig()
      rig.flush(1, ['old'])
      rig.flush(2, Array.from({ length: DROPPED_KEPT }, (_, i) => `new${String(i)}`))
      rig.audio({ ...A, response_id: 'new0' }, flat(100))
      expect(rig.render(100)).toEqual(flat(100, 0))
      rig.audio({ ...A, response_id: 'old' }, flat(100))
      expect(rig.render(100)).toEqual(flat(100))
    })

    it('keeps two flushes apart, in order', () => {
      const rig = new Rig()
      rig.audio(A, flat(1000))
      rig.render(128)
      rig.flush(1, ['r1'])
      rig.audio(C, flat(1000))
      rig.flush(2, ['r2'])
      rig.render(256)
      expect(rig.flushed.map((f) => [f.generation, f.tracks.map((t) => [t.item_id, t.framesPlayed])])).toEqual([
        [1, [['a', 128 + FADE_FRAMES]]],
        [2, [['c', 0]]],
      ])
    })

    it('counts the gap that the cut ended', () => {
      const rig = new Rig()
      rig.audio(A, flat(1000))
      rig.render(3000)
      rig.flush(1, ['r1'])
      rig.render(128)
      expect(rig.reports.at(-1)).toMatchObject({ starvations: 1, starvedFrames: 2000 })
      expect(rig.flushed[0]?.tracks).toEqual([{ ...A, framesPlayed: 1000, framesReceived: 1000, complete: false }])
    })

    it('counts on exactly after gap, queue and cut', () => {
      const rig = new Rig()
      for (let answer = 0; answer < 5; answer++) {
        const id = { response_id: `r${String(answer)}`, item_id: `i${String(answer)}`, content_index: 0 }
        rig.audio(id, flat(480))
        rig.render(900)
        rig.audio(id, flat(4800))
        rig.render(1000)
        rig.flush(answer, [id.response_id])
        rig.render(500)
        expect(rig.progress(id)).toEqual({ framesPlayed: 480 + 1000 + FADE_FRAMES, framesReceived: 5280, complete: false })
      }
      expect(rig.reports.at(-1)).toMatchObject({ starvations: 5, starvedFrames: 5 * 420 })
    })
  })

  describe('hold', () => {
    const hold = (rig: Rig, held: boolean): void => {
      rig.core.receive({ type: 'hold', held })
    }

    it('leaves out no sample and says none twice, wherever it strikes, and does not click', () => {
      for (let at = 100; at < 2400; at += 331) {
        const rig = new Rig()
        rig.audio(A, ramp(4800, 9000))
        rig.done(A)
        rig.render(at)
        const played = rig.out.length
        hold(rig, true)
        const still = rig.render(1000)
        expect(still.slice(FADE_FRAMES)).toEqual(flat(1000 - FADE_FRAMES, 0))
        hold(rig, false)
        rig.render(6000)
        expect(steepest(rig.out.slice(1))).toBeLessThan(150)
        expect(rig.out.slice(played + 1000 + FADE_FRAMES, 4800 + 1000)).toEqual(ramp(4800, 9000).slice(played + FADE_FRAMES))
        expect(rig.progress(A)).toEqual({ framesPlayed: 4800, framesReceived: 4800, complete: true })
        expect(rig.reports.at(-1)).toMatchObject({ starvations: 0, starvedFrames: 0 })
      }
    })

    it('takes what comes meanwhile, and begins with it afterwards', () => {
      const rig = new Rig(50)
      hold(rig, true)
      rig.audio(A, flat(3000))
      expect(rig.render(3000)).toEqual(flat(3000, 0))
      expect(rig.progress(A)?.framesPlayed ?? 0).toBe(0)
      hold(rig, false)
      expect(rig.render(4300).filter((sample) => sample === 16_000)).toHaveLength(3000)
    })

    it('is silent when it is cut, which counts as heard only as far as it was', () => {
      const rig = new Rig()
      rig.audio(A, flat(3000))
      rig.render(1280)
      hold(rig, true)
      rig.render(512)
      rig.flush(1)
      expect(rig.render(512)).toEqual(flat(512, 0))
      expect(rig.flushed[0]?.tracks[0]).toMatchObject({ framesPlayed: 1280, framesReceived: 3000 })
    })
  })

  describe('speaker', () => {
    it('changes volume over 10 ms without a step and counts muted sound as played', () => {
      const rig = new Rig()
      rig.audio(A, flat(4800))
      rig.render(480)
      rig.core.receive({ type: 'speaker', muted: false, volume: 0.5 })
      expect(rig.render(480).slice(240)).toEqual(flat(240, 8000))
      rig.core.receive({ type: 'speaker', muted: true, volume: 0.5 })
      expect(rig.render(480).slice(240)).toEqual(flat(240, 0))
      rig.core.receive({ type: 'speaker', muted: false, volume: 1 })
      expect(rig.render(480).slice(240)).toEqual(flat(240))
      expect(steepest(rig.out.slice(1))).toBeLessThan(80)
      rig.render(960)
      expect(rig.progress(A)?.framesPlayed).toBeGreaterThanOrEqual(1920)
    })

    it('keeps to 0–1 and ignores what is no number', () => {
      const rig = new Rig()
      rig.audio(A, flat(4800))
      rig.core.receive({ type: 'speaker', muted: false, volume: 9 })
      rig.core.receive({ type: 'speaker', muted: false, volume: Number.NaN })
      expect(rig.render(480)).toEqual(flat(480))
    })
  })

  it('ignores bad input: half a sample, an unknown audio_done, nothing at all', () => {
    const rig = new Rig()
    rig.core.receive({ type: 'audio', ...A, pcm: Uint8Array.of(1, 2, 3) })
    rig.done(C)
    rig.audio(B, [])
    rig.done(B)
    expect(rig.progress(C)).toBeUndefined()
    rig.done(A)
    rig.render(256)
    expect(rig.progress(A)).toEqual({ framesPlayed: 1, framesReceived: 1, complete: true })
    expect(rig.progress(B)).toEqual({ framesPlayed: 0, framesReceived: 0, complete: true })
  })

  it('hands over what is unplayed to another core, which goes on counting', () => {
    const first = new Rig()
    first.core.receive({ type: 'speaker', muted: false, volume: 0.5 })
    first.audio(A, ramp(1000))
    first.done(A)
    first.audio(C, ramp(500, 1000))
    first.flush(1, ['gone'])
    first.audio(A, ramp(1000))
    first.done(A)
    first.audio(C, ramp(500, 1000))
    first.render(640)
    first.core.receive({ type: 'hand_over' })
    const state = first.messages.find((m) => m.type === 'handed_over')?.state as PlaybackState
    first.messages.length = 0
    expect(first.render(2000).slice(FADE_FRAMES)).toEqual(flat(2000 - FADE_FRAMES, 0))

    const second = new Rig(50)
    second.core.receive({ type: 'take_over', state })
    second.core.receive({ type: 'speaker', muted: false, volume: 1 })
    second.audio({ ...A, response_id: 'gone' }, flat(100))
    second.done(C)
    const out = second.render(2000)
    expect(out.slice(240, 860)).toEqual([...ramp(1000), ...ramp(500, 1000)].slice(640 + 240, 1500))
    expect(second.progress(A)).toEqual({ framesPlayed: 1000, framesReceived: 1000, complete: true })
    expect(second.progress(C)).toEqual({ framesPlayed: 500, framesReceived: 500, complete: true })
  })

  it('keeps nothing over an hour of answers', { timeout: 60_000 }, async () => {
    const core = new PlaybackCore({ post: () => undefined, startDelay: fixedStartDelay(50) })
    const out = new Float32Array(480)
    const minute = (m: number): void => {
      for (let turn = 0; turn < 6; turn++) {
        const id = { response_id: `r${String(m)}.${String(turn)}`, item_id: `i${String(m)}.${String(turn)}`, content_index: 0 }
        for (let c = 0; c < 40; c++) core.receive({ type: 'audio', ...id, pcm: new Uint8Array(9600) })
        if (turn % 2 === 0) core.receive({ type: 'audio_done', ...id })
        for (let q = 0; q < 500; q++) core.render(out)
        if (turn % 2 === 1) core.receive({ type: 'flush', generation: turn, response_ids: [id.response_id] })
      }
    }
    for (let m = 0; m < 20; m++) minute(m)
    const before = await retainedBytes()
    for (let m = 20; m < 60; m++) minute(m)
    expect((await retainedBytes()) - before).toBeLessThan(300_000)
  })
})
