import { readFileSync } from 'node:fs'
import { parse } from 'node:path'
import { decodePng, encodePng, resizePixels, type Pixels } from './png.ts'
import { notInStandIn, strictObject, StrictObject } from './strict.ts'

/** One rendering of an image, for one scale factor of a display. */
interface Representation { scale: number, pixels: Pixels, png: Buffer }

/** The suffixes that Electron looks for beside an image file (https://www.electronjs.org/docs/latest/api/native-image#high-resolution-image). */
const suffixes: [string, number][] = [['@1x', 1], ['@1.25x', 1.25], ['@1.33x', 1.33], ['@1.4x', 1.4], ['@1.5x', 1.5], ['@1.8x', 1.8], ['@2x', 2], ['@2.5x', 2.5], ['@3x', 3], ['@4x', 4], ['@5x', 5]]

/**
 * `nativeImage` for PNG. What cannot be decoded gives an empty image, as in Electron; JPEG and raw bitmaps are refused.
 * Template images are macOS's alone: here, as on any Linux, `isTemplateImage()` stays false.
 */
export class NativeImage extends StrictObject {
  #representations: Representation[] = []
  /** The file it came from, for tests. */
  readonly #path: string | null
  #marked = false

  private constructor(path: string | null) {
    super()
    this.#path = path
  }

  static createEmpty(): NativeImage { return new NativeImage(null) }

  static createFromPath(path: string): NativeImage {
    if (typeof path !== 'string') throw conversionFailure(path)
    const image = new NativeImage(path)
    const { dir, name, ext } = parse(path)
    const read = (file: string, scale: number): void => {
      let bytes: Buffer
      try {
        bytes = readFileSync(file)
      } catch {
        // Not there: Electron says nothing either, the image has one rendering less.
        return
      }
      image.#add(bytes, scale)
    }
    read(path, suffixes.find(([suffix]) => name.endsWith(suffix))?.[1] ?? 1)
    if (!image.isEmpty()) for (const [suffix, scale] of suffixes) read(`${dir === '' ? '.' : dir}/${name}${suffix}${ext}`, scale)
    return image
  }

  static createFromBuffer(buffer: Buffer, options: Electron.CreateFromBufferOptions = {}): NativeImage {
    if (!Buffer.isBuffer(buffer)) throw new Error('buffer must be a node Buffer')
    const image = new NativeImage(null)
    image.#add(buffer, options.scaleFactor ?? 1)
    if (image.isEmpty() && options.width !== undefined) throw notInStandIn('nativeImage.createFromBuffer with a raw bitmap')
    return image
  }

  static createFromDataURL(dataURL: string): NativeImage {
    if (typeof dataURL !== 'string') throw conversionFailure(dataURL)
    const image = new NativeImage(null)
    const bytes = fromDataUrl(dataURL)
    if (bytes) image.#add(bytes, 1)
    return image
  }

  isEmpty(): boolean { return this.#representations.length === 0 }
  getScaleFactors(): number[] { return this.#representations.map(({ scale }) => scale).toSorted((a, b) => a - b) }

  getSize(scaleFactor = 1): Electron.Size {
    const found = this.#nearest(scaleFactor)
    return found ? { width: Math.round(found.pixels.width / found.scale), height: Math.round(found.pixels.height / found.scale) } : { width: 0, height: 0 }
  }

  getAspectRatio(scaleFactor = 1): number {
    const { width, height } = this.getSize(scaleFactor)
    return height === 0 ? 1 : width / height
  }

  resize(options: Electron.ResizeOptions): NativeImage {
    if (typeof options !== 'object') throw conversionFailure(options)
    const size = this.getSize()
    const { width = options.height === undefined ? size.width : Math.round(options.height * this.getAspectRatio()) } = options
    const { height = options.width === undefined ? size.height : Math.round(options.width / this.getAspectRatio()) } = options
    const made = new NativeImage(null)
    if (width <= 0 || height <= 0) return made
    for (const { pixels, scale } of this.#representations) made.#put(resizePixels(pixels, Math.round(width * scale), Math.round(height * scale)), scale)
    return made
  }

  addRepresentation(options: Electron.AddRepresentationOptions): void {
    const { scaleFactor = 1, buffer, dataURL } = options
    const bytes = Buffer.isBuffer(buffer) ? buffer : dataURL === undefined ? null : fromDataUrl(dataURL)
    if (bytes) this.#add(bytes, scaleFactor)
  }

  toPNG(options: Electron.ToPNGOptions = {}): Buffer { return Buffer.from(this.#nearest(options.scaleFactor ?? 1)?.png ?? []) }
  toDataURL(options: Electron.ToDataURLOptions = {}): string { return `data:image/png;base64,${this.toPNG(options).toString('base64')}` }

  setTemplateImage(option: boolean): void {
    if (typeof option !== 'boolean') throw conversionFailure(option)
    this.#marked = option
  }
  isTemplateImage(): boolean { return false }
  get isMacTemplateImage(): boolean { return false }
  set isMacTemplateImage(on: boolean) { this.setTemplateImage(on) }

  /** What was asked for, for tests: the file, and whether macOS would take it for a template. */
  get standInState(): { path: string | null, template: boolean } {
    return { path: this.#path, template: this.#marked || (this.#path !== null && /Template(@[\d.]+x)?\.[^.]*$/.test(this.#path)) }
  }

  #nearest(scale: number): Representation | undefined {
    return this.#representations.toSorted((a, b) => Math.abs(a.scale - scale) - Math.abs(b.scale - scale))[0]
  }

  #add(bytes: Buffer, scale: number): void {
    if (bytes[0] === 0xff && bytes[1] === 0xd8) throw notInStandIn('nativeImage from JPEG')
    const pixels = decodePng(bytes)
    if (pixels) this.#put(pixels, scale, bytes)
  }

  #put(pixels: Pixels, scale: number, png = encodePng(pixels)): void {
    this.#representations = [...this.#representations.filter((item) => item.scale !== scale), { scale, pixels, png }]
  }
}

/** `electron.nativeImage`, without what is for other systems or made of raw pixels. */
export const nativeImage = strictObject('nativeImage', {
  createEmpty: NativeImage.createEmpty, createFromPath: NativeImage.createFromPath,
  createFromBuffer: NativeImage.createFromBuffer, createFromDataURL: NativeImage.createFromDataURL,
  // Empty on Linux, as in Electron.
  createFromNamedImage: NativeImage.createEmpty,
})

/** An image as Electron takes it from an app: itself, or the path of a file that must be there and decode. */
export function toNativeImage(image: unknown): NativeImage {
  if (image instanceof NativeImage) return image
  if (typeof image !== 'string') throw new Error('Argument must be a file path or a NativeImage')
  const loaded = NativeImage.createFromPath(image)
  if (loaded.isEmpty()) throw new Error(`Failed to load image from path '${image}'`)
  return loaded
}

function fromDataUrl(url: string): Buffer | null {
  const match = /^data:(image\/(?:png|jpeg))((?:;[^,]*)?),(.*)$/s.exec(url)
  if (!match) return null
  return match[2]?.endsWith(';base64') ? Buffer.from(match[3] ?? '', 'base64') : Buffer.from(decodeURIComponent(match[3] ?? ''), 'latin1')
}

/** The text of Electron's argument converters (gin's own). */
export function conversionFailure(value: unknown, index = 0): TypeError {
  const detail = typeof value === 'object' && value !== null && !Array.isArray(value) ? `#<${value.constructor.name}>` : String(value)
  return new TypeError(`Error processing argument at index ${index}, conversion failure from ${detail}`)
}
