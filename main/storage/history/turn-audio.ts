import { createHash } from 'node:crypto'
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { SAMPLE_RATE } from '../../../shared/voice-port.ts'
import { faultOf } from './fault.ts'
import type { UnwritableReason } from './types.ts'

export interface TurnAudioOptions {
  /** The conversation's folder; made when there is something to write. */
  folder: string
  /** The item, where it is known already. */
  itemId: string | null
  /** The file has its final name and is in the folder. */
  onNamed: (itemId: string, file: string) => void
  /** Nothing more of this turn is written; what was written stays. */
  onProblem: (reason: UnwritableReason) => void
}

const HEADER_BYTES = 44
/** How long sound waits for more before it is written, ms. */
const GATHER_MS = 200
/** Most sound that waits for a slow medium, bytes (nearly six minutes): beyond that the file ends there. */
const MAX_WAITING = 16 * 1024 * 1024
/** Longest file, bytes: over six hours, and well below what a WAV header can say. */
const MAX_BYTES = 1024 * 1024 * 1024

/**
 * The sound of one turn as a WAV file (PCM16 mono 24 kHz) that grows as the turn does. The header
 * is corrected after every write, so that whatever is left by a killed process can be played. All
 * of it is asynchronous; `write` only takes note.
 */
export class TurnAudio {
  readonly #options: TurnAudioOptions
  #state: 'open' | 'ending' | 'over' = 'open'
  #itemId: string | null
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #handle: FileHandle | null = null
  /** Name in the folder, once the file is there. */
  #file: string | null = null
  /** The name is not final yet: the item was not known when the file was made. */
  #provisional = false
  #told = false
  #bytes = 0
  #timer: NodeJS.Timeout | null = null
  /** What is done to the file, one thing after the other. */
  #jobs: Promise<void> = Promise.resolve()

  constructor(options: TurnAudioOptions) {
    this.#options = options
    this.#itemId = options.itemId
  }

  /** Adds sound, PCM16 mono 24 kHz; the bytes must not be changed afterwards. Never throws. */
  write(pcm: Uint8Array): void {
    if (this.#state !== 'open' || pcm.byteLength === 0) return
    if (this.#waitingBytes + pcm.byteLength > MAX_WAITING) {
      this.#fail('failed')
      return
    }
    this.#waiting.push(pcm)
    this.#waitingBytes += pcm.byteLength
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.#add(() => this.#append())
    }, GATHER_MS)
  }

  /** Which item the turn became. */
  name(itemId: string): void {
    if (this.#itemId !== null) return
    this.#itemId = itemId
    this.#add(() => this.#rename())
  }

  /** The turn is over; resolves when its sound is on disk. Never rejects. */
  async end(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'ending'
      this.#stopTimer()
      this.#add(() => this.#append())
      this.#add(() => this.#close())
    }
    await this.#jobs
  }

  /** The turn was not meant: leaves no file. Never rejects. */
  async discard(): Promise<void> {
    this.#state = 'over'
    this.#drop()
    this.#add(async () => {
      await this.#close()
      if (this.#file !== null) await rm(join(this.#options.folder, this.#file), { force: true })
      this.#file = null
    })
    await this.#jobs
  }

  async #append(): Promise<void> {
    const chunks = this.#waiting
    const bytes = this.#waitingBytes
    if (bytes === 0 || this.#state === 'over') return
    this.#waiting = []
    this.#waitingBytes = 0
    const handle = (this.#handle ??= await this.#create())
    if (this.#bytes === 0) {
      await writeAll(handle, [wavHeader(bytes), ...chunks], 0)
    } else {
      await writeAll(handle, chunks, HEADER_BYTES + this.#bytes)
      // After the data: a header never promises what is not there.
      await handle.write(wavHeader(this.#bytes + bytes), 0, HEADER_BYTES, 0)
    }
    this.#bytes += bytes
    await this.#rename()
    if (this.#bytes > MAX_BYTES) this.#fail('failed')
  }

  async #create(): Promise<FileHandle> {
    const { folder } = this.#options
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const { handle, file } = await createNew(folder, this.#itemId === null ? `turn-${Date.now()}` : folderName(this.#itemId))
    this.#file = file
    this.#provisional = this.#itemId === null
    return handle
  }

  async #rename(): Promise<void> {
    if (this.#told || this.#itemId === null || this.#file === null) return
    const { folder, onNamed } = this.#options
    if (this.#provisional) {
      // Claims the name, so that another turn's sound is never replaced.
      const { handle, file } = await createNew(folder, folderName(this.#itemId))
      await handle.close()
      await rename(join(folder, this.#file), join(folder, file))
      this.#file = file
      this.#provisional = false
    }
    this.#told = true
    onNamed(this.#itemId, this.#file)
  }

  async #close(): Promise<void> {
    const handle = this.#handle
    this.#handle = null
    if (handle === null) return
    try {
      await handle.datasync()
    } finally {
      await handle.close()
    }
  }

  #add(job: () => Promise<void>): void {
    this.#jobs = this.#jobs.then(job).catch((error: unknown) => {
      const fault = faultOf(error)
      this.#fail(fault.kind === 'unwritable' ? fault.reason : 'failed')
    })
  }

  #fail(reason: UnwritableReason): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#drop()
    this.#options.onProblem(reason)
    this.#add(() => this.#close())
  }

  #drop(): void {
    this.#stopTimer()
    this.#waiting = []
    this.#waitingBytes = 0
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}

/** A file that was not there before: `<name>.wav`, or with the next free number. */
async function createNew(folder: string, name: string): Promise<{ handle: FileHandle; file: string }> {
  for (let n = 1; ; n++) {
    const file = n === 1 ? `${name}.wav` : `${name}~${n}.wav`
    try {
      return { handle: await open(join(folder, file), 'wx', 0o600), file }
    } catch (error) {
      if (n === 100 || !(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
}

async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[], position: number): Promise<void> {
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  const { bytesWritten } = await handle.writev(chunks, position)
  if (bytesWritten === bytes) return
  // Part of it was taken: the rest once more, which says why when the disk is full.
  const rest = Buffer.concat(chunks).subarray(bytesWritten)
  for (let done = 0; done < rest.byteLength; ) {
    const part = await handle.write(rest, done, rest.byteLength - done, position + bytesWritten + done)
    if (part.bytesWritten === 0) throw Object.assign(new Error('Nothing was written.'), { code: 'ENOSPC', syscall: 'write' })
    done += part.bytesWritten
  }
}

/** The 44 bytes before `bytes` bytes of PCM16 mono 24 kHz. */
export function wavHeader(bytes: number): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(HEADER_BYTES - 8 + bytes, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20) // PCM
  header.writeUInt16LE(1, 22) // mono
  header.writeUInt32LE(SAMPLE_RATE, 24)
  header.writeUInt32LE(SAMPLE_RATE * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(bytes, 40)
  return header
}

/** Names that Windows keeps for devices, whatever their ending. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i

/**
 * A name for a file or folder from an id that a server chose: the id itself where it is harmless
 * on every system, else a digest of it.
 */
export function folderName(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(id) && !RESERVED.test(id)) return id
  return `id-${createHash('sha256').update(id).digest('hex').slice(0, 24)}`
}
