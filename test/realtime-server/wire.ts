/** Small things that the scripted server's parts share. */

/** Any JSON object. */
export type Json = Record<string, unknown>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** An id of the real form, e.g. `item_E6U0u6ZFxXUxYesuS1vaT`. */
export function makeId(prefix: string): string {
  let id = `${prefix}_`
  for (let i = 0; i < 21; i++) id += LETTERS.charAt(Math.floor(Math.random() * LETTERS.length))
  return id
}

/** The random padding that real servers put on text deltas, so that their lengths tell nothing. */
export function obfuscation(delta: string): string {
  return makeId('').slice(1, 1 + Math.max(1, 16 - delta.length))
}

/** Words as a model's tokens come: with the space before, punctuation apart. */
export function tokens(text: string): string[] {
  return text.match(/\s*(?:[\p{L}\p{N}'’]+|[^\s])/gu) ?? []
}

/** Samples per millisecond of PCM16 at 24 kHz. */
export const SAMPLES_PER_MS = 24

export function bytesOf(pcm: Int16Array): Buffer {
  return Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength)
}

/** Samples of PCM16 bytes; an odd byte at the end is left out. */
export function samplesOf(bytes: Uint8Array): Int16Array {
  const copy = new Uint8Array(bytes.subarray(0, bytes.byteLength - (bytes.byteLength % 2)))
  return new Int16Array(copy.buffer)
}

export function joinSamples(parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** A sine with soft ends: sound that is easy to find again in a recording. */
export function tone(ms: number, hz = 440, level = 0.3): Int16Array {
  const samples = new Int16Array(ms * SAMPLES_PER_MS)
  for (let i = 0; i < samples.length; i++) {
    const ends = Math.min(1, i / 240, (samples.length - 1 - i) / 240)
    samples[i] = Math.round(Math.sin((2 * Math.PI * hz * i) / 24000) * 32767 * level * ends)
  }
  return samples
}

/** An error as the real server words it, for the client event that caused it. */
export interface WireError {
  code: string
  message: string
  param?: string
  type?: string
}
