import { SAMPLE_RATE } from '../voice-port.ts'

/**
 * PCM16: 16-bit signed little-endian samples, mono, 24 kHz, as they travel on the voice port and
 * on the wire. One factor serves both directions and both signs, so a sample that went to float
 * and back is the same sample. Every platform that Parley runs on is little-endian, so a view of
 * 16-bit integers over the bytes is the wire format.
 */

/** What 1.0 is in 16-bit samples. */
export const INT16_SCALE = 32_768

/** One sample of -1…1 as a 16-bit integer: rounded, clamped, 0 for what is not a number. */
export function floatToInt16(sample: number): number {
  const scaled = Math.round(sample * INT16_SCALE)
  if (scaled >= 32_767) return 32_767
  if (scaled <= -32_768) return -32_768
  // Also turns NaN and -0 into 0.
  return scaled | 0
}

/** One 16-bit sample as -1…1 (1 excluded). */
export function int16ToFloat(sample: number): number {
  return sample / INT16_SCALE
}

/** Largest magnitude among samples, 0–1; 0 for none. */
export function peakOf(samples: Int16Array): number {
  let peak = 0
  for (const sample of samples) {
    const size = sample < 0 ? -sample : sample
    if (size > peak) peak = size
  }
  return peak / INT16_SCALE
}

/** Root mean square of samples, 0–1; 0 for none. */
export function rmsOf(samples: Int16Array): number {
  if (samples.length === 0) return 0
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return Math.sqrt(sum / samples.length) / INT16_SCALE
}

/** Samples in a stretch of time, rounded to whole samples; 0 for what is negative or not a number. */
export function msToFrames(ms: number): number {
  return ms > 0 ? Math.round((ms * SAMPLE_RATE) / 1000) : 0
}

/** Time that samples take, ms, not rounded. */
export function framesToMs(frames: number): number {
  return (frames * 1000) / SAMPLE_RATE
}

/**
 * The samples of PCM16 bytes: a view where alignment allows, else a copy. An odd byte at the end
 * is half a sample and is left out.
 */
export function samplesOf(pcm: Uint8Array): Int16Array<ArrayBufferLike> {
  const length = pcm.byteLength >> 1
  if (pcm.byteOffset % 2 === 0) return new Int16Array(pcm.buffer, pcm.byteOffset, length)
  return new Int16Array(pcm.slice(0, length * 2).buffer)
}

/** The PCM16 bytes of samples: an exact-size copy (`buffer.byteLength === byteLength`). */
export function bytesOf(samples: Int16Array): Uint8Array<ArrayBuffer> {
  const pcm = new Uint8Array(samples.length * 2)
  new Int16Array(pcm.buffer).set(samples)
  return pcm
}
