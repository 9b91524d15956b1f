/**
 * Reads the practice partner's clips: IMA ADPCM in WAV (format 0x11, mono), four bits a sample.
 * Chosen because forty lines decode it, so nothing has to be installed, and any player opens it.
 * Source: IMA Digital Audio Focus and Technical Working Groups, "Recommended Practices for
 * Enhancing Digital Audio Compatibility", revision 3.00; Microsoft's block layout.
 */

/** A clip as it lies in its file. */
export interface AdpcmClip {
  /** Hz */
  rate: number
  /** Samples at `rate` that the clip has. */
  length: number
  /** Bytes of one block. */
  blockBytes: number
  /** The blocks, one after the other. */
  data: Uint8Array
}

const STEPS: readonly number[] = [
  7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118, 130, 143,
  157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552,
  1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487,
  12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
]
const INDEX_MOVES: readonly number[] = [-1, -1, -1, -1, 2, 4, 6, 8]

const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x))

/** Finds the parts of a WAV file. Throws an `Error` that says what is wrong when it is not mono IMA ADPCM. */
export function readAdpcmWav(bytes: Uint8Array): AdpcmClip {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const name = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4))
  if (bytes.byteLength < 12 || name(0) !== 'RIFF' || name(8) !== 'WAVE') throw new Error('not a WAV file')
  let format: { rate: number; blockBytes: number } | null = null
  let length = 0
  for (let at = 12; at + 8 <= bytes.byteLength; ) {
    const size = view.getUint32(at + 4, true)
    const body = at + 8
    if (body + size > bytes.byteLength) throw new Error('WAV file is cut off')
    if (name(at) === 'fmt ' && size >= 20) {
      if (view.getUint16(body, true) !== 0x11 || view.getUint16(body + 2, true) !== 1) throw new Error('not mono IMA ADPCM')
      format = { rate: view.getUint32(body + 4, true), blockBytes: view.getUint16(body + 12, true) }
      if (format.blockBytes < 8) throw new Error('block size out of range')
    } else if (name(at) === 'fact' && size >= 4) {
      length = view.getUint32(body, true)
    } else if (name(at) === 'data') {
      if (format === null) throw new Error('WAV file has no format')
      const data = bytes.subarray(body, body + size)
      if (length > data.length * 2) throw new Error('WAV file holds fewer samples than it says')
      return { ...format, length, data }
    }
    at = body + size + (size & 1)
  }
  throw new Error('WAV file has no data')
}

/** The clip's samples, at the clip's own rate. */
export function decodeAdpcm(clip: AdpcmClip): Int16Array {
  const { data, blockBytes, length } = clip
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const samples = new Int16Array(length)
  let written = 0
  for (let block = 0; block + 4 <= data.length && written < length; block += blockBytes) {
    let value = view.getInt16(block, true)
    let index = clamp(view.getUint8(block + 2), 0, STEPS.length - 1)
    samples[written++] = value
    const end = Math.min(block + blockBytes, data.length)
    for (let at = block + 4; at < end; at++) {
      const pair = view.getUint8(at)
      for (let half = 0; half < 2 && written < length; half++) {
        const nibble = half === 0 ? pair & 15 : pair >> 4
        const step = STEPS[index] ?? 7
        const move = (step >> 3) + (nibble & 4 ? step : 0) + (nibble & 2 ? step >> 1 : 0) + (nibble & 1 ? step >> 2 : 0)
        value = clamp(nibble & 8 ? value - move : value + move, -32_768, 32_767)
        index = clamp(index + (INDEX_MOVES[nibble & 7] ?? 0), 0, STEPS.length - 1)
        samples[written++] = value
      }
    }
  }
  return samples
}

/** Samples of the low-pass filter on each side of an output sample; at 16 kHz. */
const REACH = 16

/**
 * Filters for the three positions that an output sample can have between two input samples: a
 * sinc with a Blackman window, cut off at 7.6 kHz, each summing to 1.
 */
const FILTERS: readonly Float64Array[] = [0, 2 / 3, 1 / 3].map((fraction) => {
  const taps = new Float64Array(REACH * 2)
  for (let i = 0; i < taps.length; i++) {
    const x = i - (REACH - 1) - fraction
    const angle = (Math.PI * x) / REACH
    const window = 0.42 + 0.5 * Math.cos(angle) + 0.08 * Math.cos(2 * angle)
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * 0.95 * x) / (Math.PI * 0.95 * x)
    taps[i] = Math.abs(x) < REACH ? sinc * window : 0
  }
  const sum = taps.reduce((total, tap) => total + tap, 0)
  return taps.map((tap) => tap / sum)
})

/** How many samples at 24 kHz `length` samples at 16 kHz become. */
export function length24(length: number): number {
  return Math.floor((length * 3) / 2)
}

/** 16 kHz samples at 24 kHz. Beyond both ends there is silence. */
export function upsample16To24(samples: Int16Array): Int16Array {
  const out = new Int16Array(length24(samples.length))
  const padded = new Float64Array(samples.length + 2 * REACH)
  padded.set(samples, REACH)
  for (let phase = 0; phase < 3; phase++) {
    const taps = FILTERS[phase] ?? new Float64Array()
    for (let n = phase; n < out.length; n += 3) {
      const first = Math.floor((n * 2) / 3) + 1
      let sum = 0
      for (let i = 0; i < 2 * REACH; i++) sum += (taps[i] as number) * (padded[first + i] as number)
      out[n] = clamp(Math.round(sum), -32_768, 32_767)
    }
  }
  return out
}
