import { describe, expect, it } from 'vitest'
import { Cue } from '../../../renderer/sound/cue.ts'
import { PlaybackCore } from '../../../renderer/sound/playback-core.ts'
import { learnedStartDelay } from '../../../renderer/sound/start-delay.ts'

const MS = 24

describe('learnedStartDelay', () => {
  it('begins with 50 ms and then waits as long as four fifths of the last ten answers needed', () => {
    const delay = learnedStartDelay()
    expect(delay.frames()).toBe(50 * MS)
    for (let i = 0; i < 10; i++) delay.learn(i < 8 ? 0 : 200 * MS)
    expect(delay.frames()).toBe(0)
    for (let i = 0; i < 2; i++) delay.learn(200 * MS)
    expect(delay.frames()).toBe(0)
    delay.learn(200 * MS)
    expect(delay.frames()).toBe(200 * MS)
  })

  it('does not hold every answer back for a rare stall, nor believe a single bad one', () => {
    const delay = learnedStartDelay()
    delay.learn(0)
    delay.learn(250 * MS)
    expect(delay.frames()).toBe(0)
  })

  it('never waits longer than 300 ms, and forgets what is long past', () => {
    const delay = learnedStartDelay()
    for (let i = 0; i < 10; i++) delay.learn(5000 * MS)
    expect(delay.frames()).toBe(300 * MS)
    for (let i = 0; i < 10; i++) delay.learn(-20)
    expect(delay.frames()).toBe(0)
  })

  it('learns from the answers that the playback core plays: late deltas once, then no gap', () => {
    const delay = learnedStartDelay()
    const core = new PlaybackCore({ post: () => undefined, startDelay: delay })
    const out = new Float32Array(120)
    const run = (ms: number): void => {
      for (let i = 0; i < ms / 5; i++) core.render(out)
    }
    for (let answer = 0; answer < 6; answer++) {
      const track = { response_id: `r${String(answer)}`, item_id: `i${String(answer)}`, content_index: 0 }
      core.receive({ type: 'audio', ...track, pcm: new Uint8Array(200 * MS * 2).fill(1) })
      run(300) // the second chunk comes 100 ms late
      core.receive({ type: 'audio', ...track, pcm: new Uint8Array(200 * MS * 2).fill(1) })
      core.receive({ type: 'audio_done', ...track })
      run(800)
    }
    expect(delay.frames()).toBe(100 * MS)
  })
})

describe('Cue', () => {
  it('sounds softly, ends, and is silent without being asked', () => {
    const cue = new Cue()
    const quiet = new Float32Array(240)
    cue.mixInto(quiet)
    expect(Math.max(...quiet)).toBe(0)
    cue.play('listening')
    const out = new Float32Array(24 * 200)
    cue.mixInto(out)
    const sounding = out.findLastIndex((sample) => sample !== 0) / MS
    expect(Math.max(...out)).toBeGreaterThan(0.06)
    expect(Math.max(...out)).toBeLessThanOrEqual(0.08)
    expect(sounding).toBeGreaterThan(120)
    expect(sounding).toBeLessThan(135)
    const steps = out.slice(1).map((sample, i) => Math.abs(sample - (out[i] ?? 0)))
    expect(Math.max(...steps)).toBeLessThan(0.02)
  })
})
