import { basename } from 'node:path'
import { failure, FailureError } from '../../shared/failure.ts'
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

/**
 * Everything a person can set, in one JSON file. A missing key has its default; a damaged file is
 * set aside as `settings.damaged-<n>.json`, and what is still valid in it is kept.
 */
export class SettingsFile {
  readonly #file: string
  readonly #log: Log
  readonly #writes = new Queue()
  #settings: Settings

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
        await writeAtomically(this.#file, `${JSON.stringify(this.#settings, null, 2)}\n`)
      } catch (error) {
        this.#log.warn('The settings could not be written.', errorCode(error))
        throw new FailureError(failure('settings_unwritable', { reason: errorCode(error) }, ['retry', 'dismiss']))
      }
    })
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
