import { chmodSync, closeSync, existsSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs'
import { dirname, extname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { faultOf } from './fault.ts'
import { APPLICATION_ID, MIGRATIONS } from './schema.ts'
import type { SetAsideReason } from './types.ts'

/** Another program may hold the file for a moment (a backup, a viewer), ms. */
const BUSY_MS = 2_000

export interface OpenedDatabase {
  database: DatabaseSync
  /** What was in its place and is now elsewhere. */
  setAside: { file: string; reason: SetAsideReason } | null
}

/**
 * Opens the history, or makes it. A file that is damaged, that is no history of Parley, or that a
 * newer Parley wrote, is moved out of the way with all that belongs to it, never written to.
 *
 * @throws the error of SQLite or of the file system (see {@link faultOf})
 */
export function openDatabase(file: string): OpenedDatabase {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  // SQLite throws the log of an empty file away; here it is all that is left.
  const emptied = sizeOf(file) === 0 && sizeOf(`${file}-wal`) > 0
  const found = emptied ? 'damaged' : tryOpen(file)
  if (typeof found !== 'string') return { database: found, setAside: null }
  const setAside = { file: setDatabaseAside(file, found), reason: found }
  const fresh = tryOpen(file)
  if (typeof fresh === 'string') throw Object.assign(new Error('A new history is not readable.'), { errcode: 10 })
  return { database: fresh, setAside }
}

/** @returns the database, or why it must be set aside */
function tryOpen(file: string): DatabaseSync | SetAsideReason {
  let database: DatabaseSync | undefined
  let fine = false
  try {
    // Made here, so that it is its owner's alone from the beginning; its log inherits that.
    closeSync(openSync(file, 'a', 0o600))
    database = new DatabaseSync(file, { timeout: BUSY_MS, enableForeignKeyConstraints: true })
    const version = pragma(database, 'user_version')
    const tables = Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'])
    const ours = tables === 0 || pragma(database, 'application_id') === APPLICATION_ID
    if (!ours) return 'damaged'
    if (version > MIGRATIONS.length) return 'newer'
    if (tables > 0 && version > 0 && !isWhole(database)) return 'damaged'
    configure(database)
    migrate(database, version)
    fine = true
    return database
  } catch (error) {
    if (faultOf(error).kind === 'damaged') return 'damaged'
    throw error
  } finally {
    if (!fine) database?.close()
  }
}

/**
 * Reads through the tables. Of the index of words only its pages: whether it fits the texts would
 * take four times as long (54 instead of 15 ms for 10,000 entries), and it can be made anew from them.
 */
function isWhole(database: DatabaseSync): boolean {
  const tables = ['conversations', 'entries', 'usage', 'entry_words_data']
  return tables.every((table) => database.prepare(`PRAGMA quick_check(${table})`).get()?.['quick_check'] === 'ok')
}

function configure(database: DatabaseSync): void {
  database.exec('PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 4194304')
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode']
  // With a log, NORMAL cannot damage the file and loses nothing when the process is killed; against
  // a power cut, LogSync has the log synced after each commit. FULL would do that within the
  // commit, and the words that come meanwhile would wait for a stalling medium. Where the file
  // system allows no log, only FULL is safe.
  database.exec(`PRAGMA synchronous = ${mode === 'wal' ? 'NORMAL' : 'FULL'}`)
}

function migrate(database: DatabaseSync, version: number): void {
  for (let step = version; step < MIGRATIONS.length; step++) {
    database.exec('BEGIN IMMEDIATE')
    try {
      database.exec(`${MIGRATIONS[step] ?? ''}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${step + 1};`)
      database.exec('COMMIT')
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
}

function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name])
}

/** Bytes of a file; 0 when there is none. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/** The files that a database may have beside it. */
export const SIDE_FILES: readonly string[] = ['-wal', '-shm', '-journal']

/**
 * Moves a database out of the way: `history.db` becomes `history.damaged-1.db` (or `newer-1`), or
 * the next free number. Nothing may have it open.
 *
 * @returns the new path
 * @throws the system's error; the database is where it was then, whole
 */
export function setDatabaseAside(file: string, reason: SetAsideReason): string {
  const ending = extname(file)
  const stem = file.slice(0, file.length - ending.length)
  let n = 1
  let aside: string
  do aside = `${stem}.${reason}-${n++}${ending}`
  while (['', ...SIDE_FILES].some((side) => existsSync(aside + side)))
  // The log goes first: beside a new database, SQLite would play it into that.
  const moved: string[] = []
  try {
    for (const side of [...SIDE_FILES, '']) {
      if (!existsSync(file + side)) continue
      renameSync(file + side, aside + side)
      moved.push(side)
    }
    chmodSync(aside, 0o600)
  } catch (error) {
    if (moved.includes('')) return aside
    for (const side of moved) renameSync(aside + side, file + side)
    throw error
  }
  return aside
}
