import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SENTINEL } from './fake-electron.ts'

interface Entry {
  files?: Record<string, Entry>
  size?: number
  offset?: string
  unpacked?: boolean
}

/** An archive as Electron reads it, read without the library that wrote it. */
export class Asar {
  readonly path: string
  /** SHA-256 of the header, as it stands in the app for Electron to compare with. */
  readonly integrity: string
  readonly #bytes: Buffer
  readonly #start: number
  readonly #entries = new Map<string, Entry>()

  constructor(path: string) {
    this.path = path
    this.#bytes = readFileSync(path)
    this.#start = 8 + this.#bytes.readUInt32LE(4)
    const header = this.#bytes.toString('utf8', 16, 16 + this.#bytes.readUInt32LE(12))
    this.integrity = createHash('sha256').update(header).digest('hex')
    this.#walk(JSON.parse(header) as Entry, '')
  }

  #walk(entry: Entry, path: string): void {
    if (entry.files === undefined) {
      this.#entries.set(path, entry)
      return
    }
    for (const [name, inner] of Object.entries(entry.files)) this.#walk(inner, path === '' ? name : `${path}/${name}`)
  }

  /** Bytes of the archive itself. */
  get size(): number {
    return this.#bytes.length
  }

  get files(): string[] {
    return [...this.#entries.keys()].sort()
  }

  get unpacked(): string[] {
    return this.files.filter((file) => this.#entries.get(file)?.unpacked === true)
  }

  read(file: string): Buffer {
    const entry = this.#entries.get(file)
    if (entry === undefined) throw new Error(`${file} is not in ${this.path}`)
    if (entry.unpacked === true) return readFileSync(join(`${this.path}.unpacked`, file))
    const start = this.#start + Number(entry.offset)
    return this.#bytes.subarray(start, start + (entry.size ?? 0))
  }

  extract(folder: string): void {
    for (const file of this.files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), this.read(file))
    }
  }
}

/** The fuses of a program by their order in Electron: on, off. */
export function fuses(program: string): boolean[] {
  const bytes = readFileSync(program)
  const wire = bytes.indexOf(SENTINEL) + SENTINEL.length
  if (wire < SENTINEL.length || bytes[wire] !== 1) throw new Error(`${program} has no fuses`)
  return [...bytes.toString('latin1', wire + 2, wire + 2 + (bytes[wire + 1] ?? 0))].map((fuse) => fuse === '1')
}

/** For which machine a native library was built. */
export function machine(library: Buffer): string {
  if (library.toString('latin1', 1, 4) === 'ELF') return `linux-${{ 62: 'x64', 183: 'arm64' }[library.readUInt16LE(18)] ?? '?'}`
  if (library.readUInt32LE(0) === 0xfeedfacf) return `darwin-${{ 0x01000007: 'x64', 0x0100000c: 'arm64' }[library.readUInt32LE(4)] ?? '?'}`
  if (library.toString('latin1', 0, 2) === 'MZ') return `win32-${{ 0x8664: 'x64', 0xaa64: 'arm64' }[library.readUInt16LE(library.readUInt32LE(0x3c) + 4)] ?? '?'}`
  return '?'
}

/** The text values of a property list, whatever their depth; a repeated key keeps its first value. */
export function plistTexts(path: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [, key = '', text = ''] of readFileSync(path, 'utf8').matchAll(/<key>([^<]*)<\/key>\s*<string>([^<]*)<\/string>/g)) found[key] ??= text
  return found
}

/** Every file below a folder. */
export function allFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
