import { describe, expect, it } from 'vitest'
import { CaptureCore } from '../../../renderer/sound/capture-core.ts'
import type { FromCapture } from '../../../renderer/sound/worklet-messages.ts'
import { samplesOf } from '../../../shared/audio/pcm16.ts'
import { FRAME_SAMPLES, type CaptureMode } from '../../../shared/voice-port.ts'
import { retainedBytes } from './memory.ts'
import { seeded } from './random.ts'

type Frame = Extract<FromCapture, { type: 'frame' }>

/** A core fed with a ramp in which every sample tells its own index on the clock (modulo 32 000, never 0). */
class Rig {
  readonly messages: FromCapture[] = []
  readonly core = new CaptureCore({ post: (message) => this.messages.push(message) })
  clock = 0
  #request = 0

  set(mode: CaptureMode, preRollMs = 0): void {
    this.core.setMode({ type: 'mode', request: ++this.#request, mode, preRollMs })
  }

  feed(frames: number, value: (index: number) => number = marker): void {
    const samples = Float32Array.from({ length: frames }, (_, i) => value(this.clock + i) / 32_768)
    this.core.process([samples], frames, this.clock)
    this.clock += frames
  }

  get frames(): Frame[] {
    return this.messages.filter((m) => m.type === 'frame')
  }

  get samples(): number[] {
    return this.frames.flatMap((f) => [...samplesOf(f.pcm)])
  }

  order(): string[] {
    return this.messages.filter((m) => m.type !== 'level').map((m) => (m.type === 'capture_mode' ? m.mode : m.type))
  }
}

const marker = (index: number): number => (index % 32_000) + 1

describe('CaptureCore', () => {
  it('posts frames of 480 samples whatever the quantum, without losing or changing a sample', () => {
    const random = seeded(1)
    const rig = new Rig()
    rig.set('live')
    while (rig.clock < 100_000) rig.feed(1 + Math.floor(random() * 700))
    rig.set('armed')
    expect(rig.samples).toEqual(Array.from({ length: rig.clock }, (_, i) => marker(i)))
    const frames = rig.frames
    expect(frames.map((f) => f.seq)).toEqual(frames.map((_, i) => i))
    expect(frames.map((f) => f.firstFrame)).toEqual(frames.map((_, i) => i * FRAME_SAMPLES))
    for (const frame of frames.slice(0, -1)) expect(frame.pcm.buffer.byteLength).toBe(960)
    expect(frames.at(-1)?.pcm.byteLength).toBe((rig.clock % FRAME_SAMPLES) * 2)
  })

  it('goes from armed to live with pre-roll and loses nothing, at random moments', () => {
    const random = seeded(2)
    for (let round = 0; round < 60; round++) {
      const rig = new Rig()
      rig.set('armed')
      const armed = Math.floor(random() * 20_000)
      while (rig.clock < armed) rig.feed(1 + Math.floor(random() * 300))
      const start = rig.clock
      const preRollMs = Math.floor(random() * 501)
      rig.set('live', preRollMs)
      while (rig.clock < start + 3000) rig.feed(1 + Math.floor(random() * 300))
      rig.set('muted')
      const first = start - Math.min(preRollMs * 24, start, 12_000)
      expect(rig.samples).toEqual(Array.from({ length: rig.clock - first }, (_, i) => marker(first + i)))
      expect(rig.frames[0]?.firstFrame).toBe(first)
    }
  })

  it('posts the partial frame before it confirms the end of a live stretch', () => {
    const rig = new Rig()
    rig.set('armed')
    rig.set('live')
    rig.feed(500)
    rig.set('armed')
    rig.feed(128)
    expect(rig.order()).toEqual(['armed', 'live', 'frame', 'frame', 'armed'])
    expect(rig.frames.map((f) => f.pcm.byteLength)).toEqual([960, 40])
  })

  it('never sends a sample twice: a turn leaves nothing in the ring', () => {
    const rig = new Rig()
    rig.set('armed')
    rig.feed(5000)
    rig.set('live', 500)
    rig.feed(1000)
    rig.set('armed')
    rig.feed(100)
    rig.set('live', 500)
    rig.feed(380)
    rig.set('off')
    expect(rig.samples).toEqual(Array.from({ length: 6480 }, (_, i) => marker(i)))
  })

  it('keeps and posts nothing while muted or off', () => {
    const rig = new Rig()
    for (const mode of ['muted', 'off'] as const) {
      rig.set('armed')
      rig.feed(4800)
      rig.set(mode)
      rig.messages.length = 0
      rig.feed(20_000)
      expect(rig.messages).toEqual([])
      rig.set('live', 500)
      rig.feed(480)
      expect(rig.samples).toEqual(Array.from({ length: 480 }, (_, i) => marker(rig.clock - 480 + i)))
      rig.set('off')
    }
  })

  it('confirms every command with its own number, also one that changes nothing', () => {
    const rig = new Rig()
    rig.set('muted')
    rig.set('live', 300)
    rig.feed(100)
    rig.set('live', 300)
    rig.feed(380)
    rig.set('off')
    expect(rig.messages.filter((m) => m.type === 'capture_mode').map((m) => [m.request, m.mode])).toEqual([
      [1, 'muted'],
      [2, 'live'],
      [3, 'live'],
      [4, 'off'],
    ])
    expect(rig.frames.map((f) => f.pcm.byteLength)).toEqual([960])
  })

  it('counts frames from 0 again after the microphone was off', () => {
    const rig = new Rig()
    rig.set('live')
    rig.feed(960)
    rig.set('armed')
    rig.set('live')
    rig.feed(480)
    rig.set('off')
    rig.set('live')
    rig.feed(480)
    expect(rig.frames.map((f) => f.seq)).toEqual([0, 1, 2, 0])
  })

  it('posts a level each 20 ms while armed, of exactly those samples', () => {
    const rig = new Rig()
    rig.set('armed')
    rig.feed(480, () => 16_384)
    rig.feed(300, () => 8192)
    rig.feed(180, () => -8192)
    expect(rig.messages.slice(1)).toEqual([
      { type: 'level', peak: 0.5, rms: 0.5 },
      { type: 'level', peak: 0.25, rms: 0.25 },
    ])
  })

  it('measures each frame by itself, the pre-roll too', () => {
    const rig = new Rig()
    rig.set('armed')
    rig.feed(700, () => 16_384)
    rig.feed(480, () => 8192)
    rig.set('live', 20)
    rig.feed(480, () => 4096)
    expect(rig.frames.map((f) => [f.peak, f.rms])).toEqual([
      [0.25, 0.25],
      [0.125, 0.125],
    ])
  })

  it('mixes channels down by their average', () => {
    const rig = new Rig()
    rig.set('live')
    rig.core.process([new Float32Array(480).fill(0.5), new Float32Array(480).fill(-0.25)], 480, 0)
    expect(new Set(rig.samples)).toEqual(new Set([4096]))
  })

  it('counts a missing input as silence so that timing holds', () => {
    const rig = new Rig()
    rig.set('live')
    rig.feed(240)
    rig.core.process([], 128, rig.clock)
    rig.clock += 128
    rig.feed(112)
    expect(rig.frames).toHaveLength(1)
    expect(rig.samples.slice(240, 368)).toEqual(Array.from({ length: 128 }, () => 0))
  })

  it('does not join samples across a jump of the clock', () => {
    const rig = new Rig()
    rig.set('live')
    rig.feed(100)
    rig.clock += 10_000
    rig.feed(480)
    expect(rig.frames.map((f) => [f.firstFrame, f.pcm.byteLength])).toEqual([
      [0, 200],
      [10_100, 960],
    ])
  })

  it('notices 2 s of pure zeros and the next real sample, but not while muted', () => {
    const rig = new Rig()
    const zero = (): number => 0
    const silence = (): boolean[] => rig.messages.filter((m) => m.type === 'microphone_silent').map((m) => m.silent)
    rig.set('armed')
    rig.feed(100)
    rig.feed(47_999, zero)
    expect(silence()).toEqual([])
    rig.set('live')
    rig.feed(1, zero)
    expect(silence()).toEqual([true])
    rig.feed(100_000, zero)
    expect(silence()).toEqual([true])
    rig.feed(1, () => 0.001)
    expect(silence()).toEqual([true, false])
    rig.set('muted')
    rig.feed(100_000, zero)
    rig.set('armed')
    rig.feed(47_000, zero)
    expect(silence()).toEqual([true, false])
    rig.feed(1000, zero)
    rig.set('off')
    expect(silence()).toEqual([true, false, true, false])
  })

  it('keeps nothing over an hour of sound', { timeout: 60_000 }, async () => {
    let posted = 0
    const core = new CaptureCore({ post: () => posted++ })
    const quantum = [Float32Array.from({ length: 480 }, (_, i) => Math.sin(i))]
    const minute = (from: number): void => {
      for (let i = 0; i < 3000; i++) core.process(quantum, 480, (from * 3000 + i) * 480)
    }
    core.setMode({ type: 'mode', request: 1, mode: 'live', preRollMs: 0 })
    minute(0)
    const before = await retainedBytes()
    for (let m = 1; m < 60; m++) minute(m)
    expect(posted).toBe(1 + 180_000)
    expect((await retainedBytes()) - before).toBeLessThan(1_000_000)
  })
})
