import { SAMPLE_RATE } from '../../shared/voice-port.ts'

/** A turn is kept up to this length, samples (120 s). */
export const LONGEST_TURN = 120 * SAMPLE_RATE

const FIRST_CAPACITY = 5 * SAMPLE_RATE

/**
 * The input buffer: sound that was appended and is not committed yet. Positions count all samples
 * of the session that were kept. Holds at most {@link LONGEST_TURN}; what comes beyond is lost.
 */
export class InputAudio {
  #data = new Int16Array(FIRST_CAPACITY)
  #length = 0
  #start = 0
  /** Low byte of a sample whose high byte has not come yet. */
  #half: number | null = null

  /** Position of the first sample that is held. */
  get start(): number {
    return this.#start
  }

  /** Position behind the last sample that is held. */
  get end(): number {
    return this.#start + this.#length
  }

  /** Samples held. */
  get length(): number {
    return this.#length
  }

  /** The samples of PCM16 bytes, joined to what came before when a sample was cut in two. Call once for all bytes, in order. */
  samplesOf(bytes: Uint8Array): Int16Array {
    const before = this.#half === null ? 0 : 1
    const whole = new Uint8Array(before + bytes.length)
    if (this.#half !== null) whole[0] = this.#half
    whole.set(bytes, before)
    this.#half = whole.length % 2 === 1 ? (whole.at(-1) ?? null) : null
    return new Int16Array(whole.buffer, 0, whole.length >> 1)
  }

  /** Keeps samples behind the others, as far as they fit. */
  append(samples: Int16Array): void {
    const fitting = samples.subarray(0, LONGEST_TURN - this.#length)
    if (this.#length + fitting.length > this.#data.length) {
      const grown = new Int16Array(Math.min(LONGEST_TURN, Math.max(this.#data.length * 2, this.#length + fitting.length)))
      grown.set(this.#data.subarray(0, this.#length))
      this.#data = grown
    }
    this.#data.set(fitting, this.#length)
    this.#length += fitting.length
  }

  /** A copy of the samples between two positions, as far as they are held. */
  copy(from: number, to: number): Int16Array {
    return this.#data.slice(Math.max(0, from - this.#start), Math.max(0, Math.min(to - this.#start, this.#length)))
  }

  /** Forgets what lies before a position. */
  forgetBefore(position: number): void {
    const drop = Math.min(this.#length, Math.max(0, position - this.#start))
    if (drop === 0) return
    this.#length -= drop
    this.#start += drop
    if (this.#data.length > FIRST_CAPACITY && this.#length <= FIRST_CAPACITY) {
      const small = new Int16Array(FIRST_CAPACITY)
      small.set(this.#data.subarray(drop, drop + this.#length))
      this.#data = small
    } else {
      this.#data.copyWithin(0, drop, drop + this.#length)
    }
  }

  /** Forgets everything that is held; positions go on. */
  clear(): void {
    this.#half = null
    this.forgetBefore(this.end)
  }
}
