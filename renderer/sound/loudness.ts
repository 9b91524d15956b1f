import { msToFrames } from '../../shared/audio/pcm16.ts'

/** Time a full change of volume takes, samples (10 ms): short enough to feel immediate, long enough not to click. */
export const RAMP_FRAMES = msToFrames(10)

/** The speaker's volume, and how loud what comes out is. Allocates only for a reading. */
export class Loudness {
  #gain = 1
  #target = 1
  #step = 0
  #muted = false
  #volume = 1
  #peak = 0
  #squares = 0
  #frames = 0

  get muted(): boolean {
    return this.#muted
  }

  get volume(): number {
    return this.#volume
  }

  /** @param volume linear factor, clamped to 0–1; anything that is no number changes nothing */
  set(muted: boolean, volume: number): void {
    this.#muted = muted
    if (Number.isFinite(volume)) this.#volume = Math.min(1, Math.max(0, volume))
    this.#target = muted ? 0 : this.#volume
    this.#step = (this.#target - this.#gain) / RAMP_FRAMES
  }

  /** Applies the volume in place and measures the result. */
  apply(samples: Float32Array): void {
    let peak = this.#peak
    let squares = this.#squares
    for (let i = 0; i < samples.length; i++) {
      if (this.#gain !== this.#target) this.#approach()
      const sample = (samples[i] ?? 0) * this.#gain
      samples[i] = sample
      const size = sample < 0 ? -sample : sample
      if (size > peak) peak = size
      squares += sample * sample
    }
    this.#peak = peak
    this.#squares = squares
    this.#frames += samples.length
  }

  /** Peak and RMS, 0–1, since the last reading. */
  take(): { peak: number; rms: number } {
    const level = { peak: this.#peak, rms: this.#frames > 0 ? Math.sqrt(this.#squares / this.#frames) : 0 }
    this.forget()
    return level
  }

  /** Begins a new measurement. */
  forget(): void {
    this.#peak = 0
    this.#squares = 0
    this.#frames = 0
  }

  #approach(): void {
    const next = this.#gain + this.#step
    const there = this.#step >= 0 ? next >= this.#target : next <= this.#target
    this.#gain = there ? this.#target : next
  }
}
