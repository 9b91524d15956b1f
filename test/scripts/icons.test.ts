import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { icns, ico, png, sourceOf, type Picture } from '../../scripts/lib/images.mjs'

const BUILD = fileURLToPath(new URL('../../build/', import.meta.url))

/** Reads back what `png` wrote: filters 0 to 2, eight bits, alpha. */
function decode(file: Buffer): Picture {
  expect(file.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
  const size = file.readUInt32BE(16)
  expect(file.readUInt32BE(20)).toBe(size)
  const length = file.readUInt32BE(33)
  expect(file.toString('latin1', 37, 41)).toBe('IDAT')
  const rows = inflateSync(file.subarray(41, 41 + length))
  const row = size * 4
  const rgba = new Uint8Array(size * row)
  for (let y = 0; y < size; y++) {
    const filter = rows[y * (row + 1)]
    for (let x = 0; x < row; x++) {
      const before = filter === 1 && x >= 4 ? rgba[y * row + x - 4] : filter === 2 && y > 0 ? rgba[(y - 1) * row + x] : 0
      rgba[y * row + x] = (rows[y * (row + 1) + 1 + x] ?? 0) + (before ?? 0)
    }
  }
  return { size, rgba }
}

/** The pixel at a place given in parts of the side: red, green, blue, alpha. */
function at({ size, rgba }: Picture, x: number, y: number): number[] {
  const start = (Math.floor(y * size) * size + Math.floor(x * size)) * 4
  return [...rgba.subarray(start, start + 4)]
}

/** The mark: clear corners, the line in the middle, one ball of each colour, paper between. */
function isTheMark(picture: Picture): void {
  expect(at(picture, 0, 0)[3]).toBeLessThan(64)
  expect(at(picture, 0.5, 0.5).slice(0, 3).every((it) => it < 130)).toBe(true)
  const [red = 0, , blueOfLeft = 0] = at(picture, 0.28, 0.67)
  expect(red - blueOfLeft).toBeGreaterThan(100)
  const [redOfRight = 0, , blue = 0] = at(picture, 0.72, 0.33)
  expect(blue - redOfRight).toBeGreaterThan(60)
  expect(at(picture, 0.3, 0.3).slice(0, 3).every((it) => it > 220)).toBe(true)
}

const noise = (size: number): Picture => ({ size, rgba: Uint8Array.from({ length: size * size * 4 }, (_, i) => (i * 2654435761) >>> 24) })

describe('the icons', () => {
  it('were rendered from the drawings that are here (else: node scripts/node24.mjs scripts/render-icons.mjs)', () => {
    expect(readFileSync(join(BUILD, 'icon.sha256'), 'utf8').trim()).toBe(sourceOf(BUILD))
  })

  it('are the same in the window as on the desktop', () => {
    const inWindow = readFileSync(fileURLToPath(new URL('../../renderer/look/icon.svg', import.meta.url)), 'utf8')
    expect(inWindow).toBe(readFileSync(join(BUILD, 'icon.svg'), 'utf8'))
  })

  it('show the mark in every size on Linux', () => {
    const sizes = readdirSync(join(BUILD, 'icons')).map((name) => {
      const picture = decode(readFileSync(join(BUILD, 'icons', name)))
      expect(name).toBe(`${String(picture.size)}x${String(picture.size)}.png`)
      isTheMark(picture)
      return picture.size
    })
    expect(sizes.sort((a, b) => a - b)).toEqual([16, 24, 32, 48, 64, 128, 256, 512])
  })

  it('show the mark in every size on Windows', () => {
    const file = readFileSync(join(BUILD, 'icon.ico'))
    expect([file.readUInt16LE(0), file.readUInt16LE(2)]).toEqual([0, 1])
    const sizes = Array.from({ length: file.readUInt16LE(4) }, (_, i) => {
      const entry = 6 + 16 * i
      const size = file[entry] || 256
      const body = file.subarray(file.readUInt32LE(entry + 12), file.readUInt32LE(entry + 12) + file.readUInt32LE(entry + 8))
      isTheMark(size > 64 ? decode(body) : decodeBitmap(body, size))
      return size
    })
    expect(sizes).toEqual([16, 20, 24, 32, 40, 48, 64, 256])
  })

  it('show the mark in every size on macOS', () => {
    const file = readFileSync(join(BUILD, 'icon.icns'))
    expect(file.toString('latin1', 0, 4)).toBe('icns')
    expect(file.readUInt32BE(4)).toBe(file.length)
    const found: Record<string, number> = {}
    for (let start = 8; start < file.length; start += file.readUInt32BE(start + 4)) {
      const type = file.toString('latin1', start, start + 4)
      const body = file.subarray(start + 8, start + file.readUInt32BE(start + 4))
      const picture = type === 'ic04' || type === 'ic05' ? decodePacked(body, type === 'ic04' ? 16 : 32) : decode(body)
      isTheMark(picture)
      // macOS's own grid keeps a margin.
      expect(at(picture, 0.5, 0.03)[3]).toBeLessThan(picture.size < 48 ? 200 : 1)
      found[type] = picture.size
    }
    expect(found).toEqual({ ic04: 16, ic05: 32, ic11: 32, ic12: 64, ic07: 128, ic13: 256, ic08: 256, ic14: 512, ic09: 512, ic10: 1024 })
  })
})

describe('writing pictures', () => {
  it('gives back every pixel', () => {
    const sizes = [16, 32, 64, 128, 256, 512, 1024].map((size) => (size > 64 ? { size, rgba: new Uint8Array(size * size * 4) } : noise(size)))
    for (const picture of sizes.slice(0, 4)) expect(decode(png(picture)).rgba).toEqual(picture.rgba)

    const windows = ico(sizes.slice(0, 2))
    expect(decodeBitmap(windows.subarray(windows.readUInt32LE(18)), 16).rgba).toEqual(sizes[0]?.rgba)

    const mac = icns(sizes)
    expect(decodePacked(mac.subarray(16, 8 + mac.readUInt32BE(12)), 16).rgba).toEqual(sizes[0]?.rgba)
  })

  it('names the size that is missing', () => {
    expect(() => icns([noise(16)])).toThrow('no picture of 32 pixels')
  })
})

function decodeBitmap(body: Buffer, size: number): Picture {
  const rgba = new Uint8Array(size * size * 4)
  for (let i = 0; i < size * size; i++) {
    const from = 40 + i * 4
    const to = ((size - 1 - Math.floor(i / size)) * size + (i % size)) * 4
    rgba.set([body[from + 2] ?? 0, body[from + 1] ?? 0, body[from] ?? 0, body[from + 3] ?? 0], to)
  }
  return { size, rgba }
}

function decodePacked(body: Buffer, size: number): Picture {
  expect(body.toString('latin1', 0, 4)).toBe('ARGB')
  const channels: number[] = []
  for (let i = 4; i < body.length; ) {
    const head = body[i++] ?? 0
    if (head < 128) {
      channels.push(...body.subarray(i, i + head + 1))
      i += head + 1
    } else {
      channels.push(...new Array<number>(head - 125).fill(body[i++] ?? 0))
    }
  }
  const count = size * size
  expect(channels).toHaveLength(count * 4)
  return { size, rgba: Uint8Array.from({ length: count * 4 }, (_, i) => channels[[1, 2, 3, 0][i % 4]! * count + Math.floor(i / 4)] ?? 0) }
}
