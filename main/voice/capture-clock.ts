import { FRAME_SAMPLES, SAMPLE_RATE } from '../../shared/voice-port.ts'
import type { MicrophoneFrame } from './turn.ts'

/** The shortest way of sound from the microphone to main, ms: what is estimated below knows only by how much a frame came later than the fastest. */
const SHORTEST_WAY_MS = 20
/** No estimate says that sound is more than this behind, ms: rather a tail too short than a microphone that stays open. */
const LONGEST_WAY_MS = 300
/** How fast an estimate gives way per frame, ms: the clocks of sound and of main go apart by far less. */
const GIVES_WAY_MS = 0.01

/**
 * What main knows of the capture worklet's clock: it sends a frame each 20 ms, so that the frame
 * that came soonest for its number tells how late all others are, e.g. while the computer is busy.
 */
export class CaptureClock {
  /** Least time of main's clock minus time of the worklet's, ms; null: no frame has come. */
  #offsetMs: number | null = null
  #nextSeq = 0
  #end = 0

  /** A frame has come. @param now ms on main's clock */
  came(frame: MicrophoneFrame, now: number): void {
    // Another clock begins when the microphone is opened again.
    if (frame.seq !== this.#nextSeq || frame.firstFrame < this.#end - FRAME_SAMPLES) this.#offsetMs = null
    this.#nextSeq = frame.seq + 1
    this.#end = frame.firstFrame + frame.pcm.byteLength / 2
    const offset = now - exactMs(this.#end)
    this.#offsetMs = this.#offsetMs === null ? offset : Math.min(offset, this.#offsetMs + GIVES_WAY_MS)
  }

  /** Index of the sample that is captured `now`, which has yet to come; null: not known. */
  at(now: number): number | null {
    if (this.#offsetMs === null) return null
    const behindMs = now - this.#offsetMs - exactMs(this.#end) + SHORTEST_WAY_MS
    return this.#end + Math.round((Math.min(behindMs, LONGEST_WAY_MS) * SAMPLE_RATE) / 1000)
  }
}

/** Samples as ms, fractions and all. */
function exactMs(frames: number): number {
  return (frames * 1000) / SAMPLE_RATE
}
