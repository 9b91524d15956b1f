import { msToFrames } from '../../shared/audio/pcm16.ts'
import { SAMPLE_RATE, type CueName } from '../../shared/voice-port.ts'

/** Notes of each cue: pitch in Hz (0 = rest) and length in ms. Rising: begins; falling: sent; twice: take care. */
const NOTES: Readonly<Record<CueName, readonly (readonly [hz: number, ms: number])[]>> = {
  listening: [
    [523, 60],
    [784, 70],
  ],
  sent: [
    [784, 60],
    [523, 70],
  ],
  alarm: [
    [659, 160],
    [0, 60],
    [880, 160],
    [0, 60],
    [659, 160],
    [0, 60],
    [880, 260],
  ],
  warning: [
    [440, 120],
    [0, 90],
    [440, 120],
  ],
}
/** Soft enough to be no fright through headphones (about −22 dBFS). */
const AMPLITUDE = 0.08
/** Each note fades in and out, samples. */
const EDGE = msToFrames(8)

/** Parley's own short sounds, mixed over whatever plays. Allocates only when one begins. */
export class Cue {
  #samples: Float32Array | null = null
  #at = 0

  /** Begins a cue; one that still sounds gives way. */
  play(name: CueName): void {
    this.#samples = render(name)
    this.#at = 0
  }

  /** Adds the cue in progress, if there is one. */
  mixInto(out: Float32Array): void {
    const samples = this.#samples
    if (!samples) return
    const count = Math.min(out.length, samples.length - this.#at)
    for (let i = 0; i < count; i++) out[i] = (out[i] ?? 0) + (samples[this.#at + i] ?? 0)
    this.#at += count
    if (this.#at === samples.length) this.#samples = null
  }
}

function render(name: CueName): Float32Array {
  const notes = NOTES[name].map(([hz, ms]) => ({ hz, frames: msToFrames(ms) }))
  const samples = new Float32Array(notes.reduce((sum, { frames }) => sum + frames, 0))
  let from = 0
  for (const { hz, frames } of notes) {
    for (let i = 0; i < frames; i++) {
      const edge = Math.min(1, i / EDGE, (frames - i) / EDGE)
      samples[from + i] = AMPLITUDE * edge * Math.sin((2 * Math.PI * hz * i) / SAMPLE_RATE)
    }
    from += frames
  }
  return samples
}
