import { mkdirSync, watch, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Disposable } from '../../shared/disposable.ts'
import { failure, FailureError, type Failure } from '../../shared/failure.ts'
import { settingsPatchSchema, settingsSchema, type Settings, type SettingsPatch } from '../../shared/settings.ts'
import type { Log } from '../log.ts'
import { errorCode, Queue, readIfPresent, setAside, writeAtomically } from './atomic-file.ts'

/** What windows change through channels of their own, each with its own checks. */
const OTHERS = ['endpoint', 'persona', 'personas'] as const

/** What main may change: the person's settings, and what was checked before. */
export type SettingsChange = SettingsPatch & Partial<Pick<Settings, (typeof OTHERS)[number]>>

export interface SettingsFileOptions {
  /** Path of the JSON file. */
  file: string
  log: Log
}

/** An editor may write in several steps; the file is read once it has rested so long, ms. */
const REST_MS = 150

/**
 * Everything a person can set, in one JSON file. A missing key has its default; a damaged file is
 * set aside as `settings.damaged-<n>.json`, and what is still valid in it is kept.
 */
export class SettingsFile {
  readonly #file: string
  readonly #log: Log
  readonly #writes = new Queue()
  #settings: Settings
  /** What this run last read or wrote; anything else in the file came from outside. */
  #text: string | null = null
  /** The file holds a change by hand that could not be used. */
  #refused = false

  private constructor(options: SettingsFileOptions, settings: Settings) {
    this.#file = options.file
    this.#log = options.log
    this.#settings = settings
  }

  /** Reads the file. Never rejects: whatever is wrong with it, there are settings to run with. */
  static async open(options: SettingsFileOptions): Promise<SettingsFile> {
    return new SettingsFile(options, await load(options))
  }

  /** The settings in force. */
  get value(): Settings {
    return this.#settings
  }

  /**
   * Changes settings, in this run at once, on disk as soon as earlier changes are written.
   *
   * @throws FailureError `settings_unwritable` when the disk refuses; the change holds for this run
   */
  async change(change: SettingsChange): Promise<void> {
    this.#settings = settingsSchema.parse({ ...this.#settings, ...withoutUndefined(change) })
    await this.#writes.add(async () => {
      try {
        // What a person wrote is kept for them, also when it could not be used.
        if (this.#refused) await setAside(this.#file)
        this.#refused = false
        const text = `${JSON.stringify(this.#settings, null, 2)}\n`
        this.#text = text
        await writeAtomically(this.#file, text)
      } catch (error) {
        this.#log.warn('The settings could not be written.', errorCode(error))
        throw new FailureError(failure('settings_unwritable', { reason: errorCode(error) }, ['retry', 'dismiss']))
      }
    })
  }

  /**
   * Takes over what is changed in the file by hand from now on. A file that cannot be used is
   * refused and left alone; what was in force stays. Parley's own writes do not count.
   */
  watch(listener: { onChange: (before: Settings) => void; onRefused: (why: Failure) => void }): Disposable {
    let timer: NodeJS.Timeout | null = null
    let watcher: FSWatcher | null = null
    const read = async (): Promise<void> => {
      const text = await readIfPresent(this.#file)
      if (text === null || text === this.#text) return
      this.#text = text
      const parsed = settingsSchema.safeParse(parseJson(text))
      this.#refused = !parsed.success
      if (!parsed.success) {
        const at = parsed.error.issues[0]?.path.join('.') ?? ''
        this.#log.warn('The settings file was changed by hand and cannot be used.', at)
        listener.onRefused(failure('settings_refused', { at }, ['dismiss']))
        return
      }
      const before = this.#settings
      this.#settings = parsed.data
      if (JSON.stringify(before) !== JSON.stringify(parsed.data)) listener.onChange(before)
    }
    const look = (): void => {
      timer = null
      // In the queue, so that a write of Parley's own is whole or not begun.
      this.#writes.add(read).catch((error: unknown) => {
        this.#log.warn('The settings file could not be read again.', errorCode(error))
      })
    }
    try {
      // At the first start there is no folder yet.
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 })
      // The folder: a file that is replaced takes its watcher with it.
      watcher = watch(dirname(this.#file), (_event, name) => {
        if (name !== null && name !== basename(this.#file)) return
        if (timer !== null) clearTimeout(timer)
        timer = setTimeout(look, REST_MS)
      })
      watcher.on('error', (error) => {
        this.#log.warn('Changes of the settings file by hand are not seen any more.', errorCode(error))
      })
    } catch (error) {
      this.#log.warn('Changes of the settings file by hand are not seen.', errorCode(error))
    }
    return {
      dispose: () => {
        if (timer !== null) clearTimeout(timer)
        watcher?.close()
      },
    }
  }

  /** Resolves when nothing is left to write. */
  async idle(): Promise<void> {
    await this.#writes.idle()
  }
}

async function load({ file, log }: SettingsFileOptions): Promise<Settings> {
  const defaults = settingsSchema.parse({})
  let text: string | null
  try {
    text = await readIfPresent(file)
  } catch (error) {
    log.warn('The settings could not be read; the defaults are used.', errorCode(error))
    return defaults
  }
  if (text === null) return defaults

  const json = parseJson(text)
  const whole = settingsSchema.safeParse(json)
  if (whole.success) return whole.data

  const aside = await setAside(file)
  log.warn(
    aside === null
      ? 'The settings file is damaged and could not be set aside; the next change replaces it.'
      : `The settings file is damaged; it is kept as ${basename(aside)}.`,
  )
  return salvage(json, defaults)
}

/** The defaults, with every setting of `json` that is valid on its own. */
function salvage(json: unknown, defaults: Settings): Settings {
  if (typeof json !== 'object' || json === null) return defaults
  let settings = defaults
  for (const [name, value] of Object.entries(json as Record<string, unknown>)) {
    if (!(name in defaults)) continue
    for (const part of partsOf(value)) {
      const tried = settingsSchema.safeParse({ ...settings, [name]: part(settings[name as keyof Settings]) })
      if (tried.success) settings = tried.data
    }
  }
  return settings
}

/** A value as it is to be tried: whole, or where it is a list, one after the other, so that one bad entry costs no other. */
function partsOf(value: unknown): ((before: unknown) => unknown)[] {
  if (!Array.isArray(value)) return [() => value]
  return value.map((entry: unknown) => (before) => [...(Array.isArray(before) ? (before as unknown[]) : []), entry])
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // not JSON: no schema accepts it, and the caller reports it
  }
}

/** `exactOptionalPropertyTypes` does not hold for what a window sent: undefined means "not changed". */
function withoutUndefined(change: SettingsChange): SettingsChange {
  const known = new Set<string>([...Object.keys(settingsPatchSchema.shape), ...OTHERS])
  return Object.fromEntries(Object.entries(change).filter(([name, value]) => known.has(name) && value !== undefined))
}
