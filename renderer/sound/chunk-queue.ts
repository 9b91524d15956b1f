import { INT16_SCALE } from '../../shared/audio/pcm16.ts'
import type { TrackProgress } from '../../shared/voice-port.ts'

/** One stretch of samples of a track. */
interface Chunk {
  readonly track: TrackProgress
  readonly samples: Int16Array
  /** Samples already read. */
  at: number
  next: Chunk | null
}

/**
 * Chunks in the order in which they are to be heard. Reading converts to float and counts the
 * samples as played on their track; it allocates nothing.
 */
export class ChunkQueue {
  #head: Chunk | null = null
  #tail: Chunk | null = null
  #frames = 0

  /** Unread samples. */
  get frames(): number {
    return this.#frames
  }

  /** Track of the next sample, null when empty. */
  get track(): TrackProgress | null {
    return this.#head?.track ?? null
  }

  /** Appends samples; an empty array is ignored. The array is kept until it is read. */
  push(track: TrackProgress, samples: Int16Array): void {
    if (samples.length === 0) return
    const chunk: Chunk = { track, samples, at: 0, next: null }
    if (this.#tail) this.#tail.next = chunk
    else this.#head = chunk
    this.#tail = chunk
    this.#frames += samples.length
  }

  /**
   * Reads samples of one chunk into `out` from index `from`, as -1…1.
   * @returns how many were read: at most `frames`, fewer at the end of a chunk, 0 only when empty
   */
  read(out: Float32Array, from: number, frames: number): number {
    const chunk = this.#head
    if (!chunk) return 0
    const { samples, at } = chunk
    const count = Math.min(frames, samples.length - at)
    for (let i = 0; i < count; i++) out[from + i] = (samples[at + i] ?? 0) / INT16_SCALE
    chunk.at += count
    chunk.track.framesPlayed += count
    this.#frames -= count
    if (chunk.at === samples.length) {
      this.#head = chunk.next
      if (!this.#head) this.#tail = null
    }
    return count
  }

  /** Empties the queue and returns what was unread, in order. */
  drain(): { track: TrackProgress; samples: Int16Array<ArrayBuffer> }[] {
    const unread: { track: TrackProgress; samples: Int16Array<ArrayBuffer> }[] = []
    for (let chunk = this.#head; chunk; chunk = chunk.next) {
      unread.push({ track: chunk.track, samples: chunk.samples.slice(chunk.at) })
    }
    this.#head = null
    this.#tail = null
    this.#frames = 0
    return unread
  }
}
