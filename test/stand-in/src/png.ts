import { crc32, deflateSync, inflateSync } from 'node:zlib'

/** Pixels of an image: four bytes each, red, green, blue, alpha (not premultiplied), row by row from the top. */
export interface Pixels { width: number, height: number, rgba: Buffer }

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const channels: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** Decodes a PNG; null for what is none, or is damaged. Interlaced ones and 16 bits a channel are refused by throwing. */
export function decodePng(file: Buffer): Pixels | null {
  if (!file.subarray(0, 8).equals(signature)) return null
  let header: { width: number, height: number, depth: number, colors: number } | null = null
  let palette: Buffer = Buffer.alloc(0)
  let transparency: Buffer = Buffer.alloc(0)
  const data: Buffer[] = []
  for (let at = 8; at + 12 <= file.length;) {
    const length = file.readUInt32BE(at)
    const type = file.toString('latin1', at + 4, at + 8)
    if (at + 12 + length > file.length) return null
    const body = file.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') {
      header = { width: body.readUInt32BE(0), height: body.readUInt32BE(4), depth: body.readUInt8(8), colors: body.readUInt8(9) }
      if (header.depth === 16 || body.readUInt8(12) !== 0) throw new Error('PNG files with 16 bits a channel or interlacing are not in the stand-in')
    } else if (type === 'PLTE') palette = body
    else if (type === 'tRNS') transparency = body
    else if (type === 'IDAT') data.push(body)
    at += 12 + length
  }
  if (!header || header.width === 0 || header.height === 0) return null
  const { width, height, depth, colors } = header
  const count = channels[colors]
  if (count === undefined) return null
  let raw: Buffer
  try {
    raw = inflateSync(Buffer.concat(data))
  } catch {
    return null
  }
  const lineLength = Math.ceil(width * count * depth / 8)
  if (raw.length < (lineLength + 1) * height) return null
  const lines = unfilter(raw, lineLength, height, Math.max(1, count * depth / 8))
  const rgba = Buffer.alloc(width * height * 4)
  const scale = colors === 3 ? 1 : 255 / (2 ** depth - 1)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sample = (channel: number): number => {
        const bit = (x * count + channel) * depth
        const byte = lines[y * lineLength + (bit >> 3)] ?? 0
        return depth === 8 ? byte : Math.round(((byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1)) * scale)
      }
      const to = (y * width + x) * 4
      if (colors === 3) {
        const index = sample(0)
        palette.copy(rgba, to, index * 3, index * 3 + 3)
        rgba[to + 3] = transparency[index] ?? 255
        continue
      }
      const gray = colors === 0 || colors === 4
      rgba[to] = sample(0)
      rgba[to + 1] = gray ? sample(0) : sample(1)
      rgba[to + 2] = gray ? sample(0) : sample(2)
      rgba[to + 3] = colors === 4 ? sample(1) : colors === 6 ? sample(3) : 255
    }
  }
  return { width, height, rgba }
}

/** Takes the five line filters of PNG off. */
function unfilter(raw: Buffer, lineLength: number, height: number, step: number): Buffer {
  const lines = Buffer.alloc(lineLength * height)
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (lineLength + 1)]
    for (let x = 0; x < lineLength; x++) {
      const to = y * lineLength + x
      const left = x >= step ? lines[to - step] ?? 0 : 0
      const up = y > 0 ? lines[to - lineLength] ?? 0 : 0
      const corner = x >= step && y > 0 ? lines[to - lineLength - step] ?? 0 : 0
      const guess = filter === 1 ? left : filter === 2 ? up : filter === 3 ? (left + up) >> 1 : filter === 4 ? paeth(left, up, corner) : 0
      lines[to] = ((raw[y * (lineLength + 1) + 1 + x] ?? 0) + guess) & 0xff
    }
  }
  return lines
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}

/** Encodes as 8-bit RGBA. */
export function encodePng({ width, height, rgba }: Pixels): Buffer {
  const raw = Buffer.alloc((width * 4 + 1) * height)
  for (let y = 0; y < height; y++) rgba.copy(raw, y * (width * 4 + 1) + 1, y * width * 4, (y + 1) * width * 4)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 6, 0, 0, 0], 8)
  const chunk = (type: string, body: Buffer): Buffer => {
    const whole = Buffer.alloc(12 + body.length)
    whole.writeUInt32BE(body.length, 0)
    whole.write(type, 4, 'latin1')
    body.copy(whole, 8)
    whole.writeUInt32BE(crc32(whole.subarray(4, 8 + body.length)), 8 + body.length)
    return whole
  }
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(raw)), chunk('IEND', Buffer.alloc(0))])
}

/** Another size: each new pixel is the mean of the old ones it covers. */
export function resizePixels({ width, height, rgba }: Pixels, toWidth: number, toHeight: number): Pixels {
  const made = Buffer.alloc(toWidth * toHeight * 4)
  for (let y = 0; y < toHeight; y++) {
    const [top, bottom] = [Math.floor(y * height / toHeight), Math.max(Math.floor(y * height / toHeight) + 1, Math.ceil((y + 1) * height / toHeight))]
    for (let x = 0; x < toWidth; x++) {
      const [left, right] = [Math.floor(x * width / toWidth), Math.max(Math.floor(x * width / toWidth) + 1, Math.ceil((x + 1) * width / toWidth))]
      const sum = [0, 0, 0, 0]
      for (let v = top; v < bottom; v++) {
        for (let u = left; u < right; u++) {
          const from = (v * width + u) * 4
          const alpha = rgba[from + 3] ?? 0
          for (let k = 0; k < 3; k++) sum[k] = (sum[k] ?? 0) + (rgba[from + k] ?? 0) * alpha
          sum[3] = (sum[3] ?? 0) + alpha
        }
      }
      const alpha = sum[3] ?? 0
      const to = (y * toWidth + x) * 4
      for (let k = 0; k < 3; k++) made[to + k] = alpha === 0 ? 0 : Math.round((sum[k] ?? 0) / alpha)
      made[to + 3] = Math.round(alpha / ((bottom - top) * (right - left)))
    }
  }
  return { width: toWidth, height: toHeight, rgba: made }
}
