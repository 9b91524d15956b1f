import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** The error's system code (`ENOENT`), or its name: fit for a log or a sentence. */
export function errorCode(error: unknown): string {
  if (error instanceof Error) return 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return typeof error
}

/** A virus scanner or an indexer may hold a file on Windows for a moment. Waits between tries, ms. */
const RENAME_RETRIES = [20, 80, 300]

/**
 * Replaces a file in one step: whoever reads it, and whatever is left after a power cut, sees the
 * old content or the new, never a part. The file is readable by its owner alone (0600); missing
 * folders are made (0700).
 *
 * @throws the system's error; the old file is untouched then
 */
export async function writeAtomically(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const fresh = `${file}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const handle = await open(fresh, 'wx', 0o600)
    try {
      await handle.writeFile(content, 'utf8')
      await handle.sync()
    } finally {
      await handle.close()
    }
    await renameWithRetries(fresh, file)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}

async function renameWithRetries(from: string, to: string): Promise<void> {
  for (const pause of RENAME_RETRIES) {
    try {
      return await rename(from, to)
    } catch (error) {
      if (!['EPERM', 'EBUSY', 'EACCES'].includes(errorCode(error))) throw error
      await wait(pause)
    }
  }
  await rename(from, to)
}

/** A file's text, null when there is none. @throws the system's error when it cannot be read */
export async function readIfPresent(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

/**
 * Keeps a damaged file for its owner: `settings.json` becomes `settings.damaged-1.json`, or the
 * next free number.
 *
 * @returns the new name; null when the file could not be moved, and then it stays
 */
export async function setAside(file: string): Promise<string | null> {
  const ending = extname(file)
  const stem = file.slice(0, file.length - ending.length)
  for (let n = 1; n <= 100; n++) {
    const aside = `${stem}.damaged-${n}${ending}`
    try {
      // `wx` claims the name: rename alone would silently replace an earlier damaged file.
      await (await open(aside, 'wx', 0o600)).close()
    } catch (error) {
      if (errorCode(error) === 'EEXIST') continue
      return null
    }
    try {
      await chmod(file, 0o600)
      await rename(file, aside)
      return aside
    } catch (error) {
      void error // the caller says what it means that the file stays
      await rm(aside, { force: true })
      return null
    }
  }
  return null
}

/** Runs jobs one after the other; a failed one does not stop those behind it. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve()

  /** Adds a job; resolves or rejects as the job does. */
  add<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#last.then(job)
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Resolves when everything added so far is over. */
  async idle(): Promise<void> {
    await this.#last
  }
}
