import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'

/**
 * A square picture.
 * @typedef {{size: number, rgba: Uint8Array}} Picture `size` in pixels; four bytes a pixel, rows from the top, alpha not multiplied in
 */

/**
 * A PNG with eight bits a channel and alpha.
 * @param {Picture} picture
 * @returns {Buffer}
 */
export function png({ size, rgba }) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header.set([8, 6], 8)
  const smallest = [0, 1, 2].map((filter) => deflateSync(filtered(size, rgba, filter), { level: 9 })).reduce((a, b) => (b.length < a.length ? b : a))
  const chunk = (/** @type {string} */ type, /** @type {Buffer} */ data) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const ends = Buffer.alloc(8)
    ends.writeUInt32BE(data.length, 0)
    ends.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
  }
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', smallest),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/**
 * The rows behind one of PNG's filters: 0 none, 1 minus the pixel to the left, 2 minus the pixel above.
 * @param {number} size
 * @param {Uint8Array} rgba
 * @param {number} filter
 */
function filtered(size, rgba, filter) {
  const row = size * 4
  const out = Buffer.alloc(size * (row + 1))
  for (let y = 0; y < size; y++) {
    out[y * (row + 1)] = filter
    for (let x = 0; x < row; x++) {
      const at = y * row + x
      const before = filter === 1 ? (x >= 4 ? rgba[at - 4] : 0) : filter === 2 ? (y > 0 ? rgba[at - row] : 0) : 0
      out[y * (row + 1) + 1 + x] = (rgba[at] ?? 0) - (before ?? 0)
    }
  }
  return out
}

/**
 * A Windows icon: small pictures as bitmaps, which every program reads, large ones as PNG.
 * @param {Picture[]} pictures
 * @returns {Buffer}
 */
export function ico(pictures) {
  const bodies = pictures.map((picture) => (picture.size > 64 ? png(picture) : bitmap(picture)))
  const header = Buffer.alloc(6 + 16 * pictures.length)
  header.writeUInt16LE(1, 2)
  header.writeUInt16LE(pictures.length, 4)
  let offset = header.length
  pictures.forEach(({ size }, i) => {
    const entry = 6 + 16 * i
    const length = bodies[i]?.length ?? 0
    // 256 is written as 0.
    header.set([size & 0xff, size & 0xff], entry)
    header.writeUInt16LE(1, entry + 4)
    header.writeUInt16LE(32, entry + 6)
    header.writeUInt32LE(length, entry + 8)
    header.writeUInt32LE(offset, entry + 12)
    offset += length
  })
  return Buffer.concat([header, ...bodies])
}

/** A bitmap as it stands in an icon: rows from the bottom, and behind them a mask of what is transparent. @param {Picture} picture */
function bitmap({ size, rgba }) {
  const maskRow = Math.ceil(size / 32) * 4
  const out = Buffer.alloc(40 + size * size * 4 + size * maskRow)
  out.writeUInt32LE(40, 0)
  out.writeInt32LE(size, 4)
  out.writeInt32LE(size * 2, 8)
  out.writeUInt16LE(1, 12)
  out.writeUInt16LE(32, 14)
  out.writeUInt32LE(size * size * 4, 20)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const from = ((size - 1 - y) * size + x) * 4
      const to = 40 + (y * size + x) * 4
      out.set([rgba[from + 2] ?? 0, rgba[from + 1] ?? 0, rgba[from] ?? 0, rgba[from + 3] ?? 0], to)
      if (rgba[from + 3] === 0) {
        const mask = 40 + size * size * 4 + y * maskRow + (x >> 3)
        out[mask] = (out[mask] ?? 0) | (0x80 >> (x & 7))
      }
    }
  }
  return out
}

/** Which picture is which in a macOS icon: type → pixels. 16 and 32 are not PNG but packed channels. */
const ICNS = /** @type {const} */ ([['ic04', 16], ['ic05', 32], ['ic11', 32], ['ic12', 64], ['ic07', 128], ['ic13', 256], ['ic08', 256], ['ic14', 512], ['ic09', 512], ['ic10', 1024]])

/**
 * A macOS icon.
 * @param {Picture[]} pictures 16, 32, 64, 128, 256, 512 and 1024 pixels
 * @returns {Buffer}
 */
export function icns(pictures) {
  const parts = ICNS.map(([type, size]) => {
    const picture = pictures.find((it) => it.size === size)
    if (picture === undefined) throw new Error(`no picture of ${size} pixels`)
    const body = type === 'ic04' || type === 'ic05' ? packed(picture) : png(picture)
    const head = Buffer.alloc(8)
    head.write(type, 'latin1')
    head.writeUInt32BE(body.length + 8, 4)
    return Buffer.concat([head, body])
  })
  const head = Buffer.alloc(8)
  head.write('icns', 'latin1')
  head.writeUInt32BE(parts.reduce((sum, part) => sum + part.length, 8), 4)
  return Buffer.concat([head, ...parts])
}

/** `ARGB` and the four channels one after the other, each with its runs shortened. @param {Picture} picture */
function packed({ size, rgba }) {
  const channels = [3, 0, 1, 2].map((channel) => shortened(Uint8Array.from({ length: size * size }, (_, i) => rgba[i * 4 + channel] ?? 0)))
  return Buffer.concat([Buffer.from('ARGB', 'latin1'), ...channels])
}

/**
 * Apple's run lengths: `n < 128` means that n + 1 bytes follow as they are, else one byte follows that stands n − 125 times.
 * @param {Uint8Array} bytes
 */
function shortened(bytes) {
  /** @type {number[]} */
  const out = []
  /** @type {number[]} */
  let plain = []
  const flush = () => {
    if (plain.length > 0) out.push(plain.length - 1, ...plain)
    plain = []
  }
  for (let i = 0; i < bytes.length; ) {
    const byte = bytes[i] ?? 0
    let run = 1
    while (run < 130 && bytes[i + run] === byte) run++
    if (run >= 3) {
      flush()
      out.push(run + 125, byte)
      i += run
    } else {
      plain.push(byte)
      if (plain.length === 128) flush()
      i++
    }
  }
  flush()
  return Buffer.from(out)
}

/**
 * What the pictures were rendered from; it changes with a drawing.
 * @param {string} folder where the drawings are
 */
export function sourceOf(folder) {
  const hash = createHash('sha256')
  for (const name of ['icon.svg', 'icon-small.svg']) hash.update(readFileSync(join(folder, name)))
  return hash.digest('hex')
}
