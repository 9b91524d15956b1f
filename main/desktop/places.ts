import type { Rectangle } from 'electron'
import { z } from '../../shared/zod.ts'
import type { Log } from '../log.ts'
import { errorCode, Queue, readIfPresent, writeAtomically } from '../storage/atomic-file.ts'
import type { Place } from './placing.ts'

/** So many displays are remembered; the one used longest ago is forgotten. */
const MOST_DISPLAYS = 12
/** A window that is being moved tells its place many times: written when it rests for so long, ms. */
const WRITE_AFTER_MS = 500

const share = z.number().min(0).max(1)
const length = z.number().int().min(-100_000).max(100_000)

/** Where things stood; nothing of it is a setting, and all of it may be lost. */
const placesSchema = z.object({
  window: z.object({ x: length, y: length, width: length, height: length }).nullable().catch(null),
  /** Places of the overlay by display, the newest last. */
  overlay: z.array(z.object({ display: z.string().max(40), x: share, y: share })).max(MOST_DISPLAYS).catch([]),
  /** The display on which the overlay was last put. */
  overlayDisplay: z.string().max(40).nullable().catch(null),
  /** That Parley goes on in the tray has been said. */
  trayHinted: z.boolean().catch(false),
})
type PlacesFile = z.infer<typeof placesSchema>

const NOWHERE: PlacesFile = { window: null, overlay: [], overlayDisplay: null, trayHinted: false }

/** Remembers where window and overlay stood, in a small file of its own. */
export class Places {
  readonly #file: string
  readonly #log: Log
  readonly #writes = new Queue()
  #places: PlacesFile
  #timer: NodeJS.Timeout | null = null

  private constructor(file: string, log: Log, places: PlacesFile) {
    this.#file = file
    this.#log = log
    this.#places = places
  }

  /** Reads the file. Never rejects: without it everything stands where it does the first time. */
  static async open(options: { file: string; log: Log }): Promise<Places> {
    let places = NOWHERE
    try {
      const text = await readIfPresent(options.file)
      if (text !== null) places = placesSchema.catch(NOWHERE).parse(JSON.parse(text))
    } catch (error) {
      options.log.warn('Where the windows stood could not be read.', errorCode(error))
    }
    return new Places(options.file, options.log, places)
  }

  get window(): Rectangle | null {
    return this.#places.window
  }

  set window(bounds: Rectangle) {
    this.#change({ window: { x: bounds.x, y: bounds.y, width: bounds.width, height: bounds.height } })
  }

  /** The overlay's place on a display; null where it has never been put. */
  overlay(display: string): Place | null {
    return this.#places.overlay.find((place) => place.display === display) ?? null
  }

  /** The display on which the overlay was last put; null: it never was. */
  get overlayDisplay(): string | null {
    return this.#places.overlayDisplay
  }

  setOverlay(display: string, place: Place): void {
    const others = this.#places.overlay.filter((known) => known.display !== display)
    this.#change({ overlay: [...others, { display, x: place.x, y: place.y }].slice(-MOST_DISPLAYS), overlayDisplay: display })
  }

  get trayHinted(): boolean {
    return this.#places.trayHinted
  }

  setTrayHinted(): void {
    this.#change({ trayHinted: true })
  }

  /** Resolves when nothing is left to write. */
  async idle(): Promise<void> {
    if (this.#timer !== null) this.#write()
    await this.#writes.idle()
  }

  #change(change: Partial<PlacesFile>): void {
    this.#places = { ...this.#places, ...change }
    this.#timer ??= setTimeout(() => this.#write(), WRITE_AFTER_MS)
  }

  #write(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    void this.#writes.add(async () => {
      try {
        await writeAtomically(this.#file, `${JSON.stringify(this.#places, null, 2)}\n`)
      } catch (error) {
        this.#log.warn('Where the windows stand could not be written.', errorCode(error))
      }
    })
  }
}
