import { APPEND_PREFIX, APPEND_SUFFIX, MAX_APPEND } from '../../shared/realtime/serialise.ts'

/**
 * Bytes of a base64 text, exact-size and with a buffer of their own (Node's `Buffer.from` would
 * take small ones out of a shared pool). Padding may be left out.
 *
 * @throws RangeError when the text is not base64
 */
export function decodeBase64(text: string): Uint8Array {
  const length = Buffer.byteLength(text, 'base64')
  const bytes = Buffer.allocUnsafeSlow(length)
  // Node skips characters that are no base64, and then has less to write than the length promised.
  const written = bytes.write(text, 'base64')
  if (written !== length || text.length % 4 === 1) throw new RangeError('not base64')
  return new Uint8Array(bytes.buffer)
}

const PREFIX = Buffer.from(APPEND_PREFIX, 'latin1')
const SUFFIX = Buffer.from(APPEND_SUFFIX, 'latin1')

/**
 * A whole `input_audio_buffer.append` frame as bytes: what `appendFrame` makes, without a text
 * that `ws` would have to encode again.
 *
 * @throws RangeError above 15 MiB of base64
 */
export function appendFrameBytes(pcm: Uint8Array): Buffer {
  const audio = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64')
  if (audio.length > MAX_APPEND) throw new RangeError('audio is larger than 15 MiB')
  const frame = Buffer.allocUnsafe(PREFIX.length + audio.length + SUFFIX.length)
  frame.set(PREFIX, 0)
  frame.write(audio, PREFIX.length, 'latin1')
  frame.set(SUFFIX, PREFIX.length + audio.length)
  return frame
}
