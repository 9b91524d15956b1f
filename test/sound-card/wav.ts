import { readFileSync, writeFileSync } from 'node:fs'

/** Sound of a 16-bit mono WAV file. */
export interface Wav {
  /** Hz */
  rate: number
  samples: Int16Array
}

/** Reads a 16-bit PCM WAV file; of several channels the first. Throws on anything else. */
export function readWav(path: string): Wav {
  const file = readFileSync(path)
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') throw new Error(`${path} is no WAV file`)
  let channels = 0
  let rate = 0
  for (let at = 12; at + 8 <= file.length; ) {
    const id = file.toString('latin1', at, at + 4)
    const body = at + 8
    const size = file.readUInt32LE(at + 4)
    if (id === 'fmt ') {
      channels = file.readUInt16LE(body + 2)
      rate = file.readUInt32LE(body + 4)
      if (file.readUInt16LE(body + 14) !== 16) throw new Error(`${path} is not 16-bit`)
    } else if (id === 'data') {
      // A program that wrote to a pipe leaves an impossible size.
      const end = Math.min(body + size, file.length)
      const samples = new Int16Array(Math.floor((end - body) / (2 * channels)))
      for (let i = 0; i < samples.length; i++) samples[i] = file.readInt16LE(body + i * 2 * channels)
      return { rate, samples }
    }
    at = body + size + (size % 2)
  }
  throw new Error(`${path} holds no sound`)
}

/** Writes a 16-bit mono WAV file. */
export function writeWav(path: string, { rate, samples }: Wav): void {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(36 + samples.length * 2, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(samples.length * 2, 40)
  writeFileSync(path, Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]))
}
