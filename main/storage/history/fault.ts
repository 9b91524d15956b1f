import type { UnwritableReason } from './types.ts'

/** Primary result codes, https://sqlite.org/rescode.html */
const CORRUPT = 11
const NOT_A_DATABASE = 26
/** CORRUPT_VTAB, an extended code: the index of words contradicts itself or the texts. */
const CORRUPT_INDEX = 267
const REASONS: Readonly<Record<number, UnwritableReason>> = {
  3: 'denied', // PERM
  5: 'failed', // BUSY
  6: 'failed', // LOCKED
  8: 'denied', // READONLY
  10: 'failed', // IOERR
  13: 'full', // FULL
  14: 'denied', // CANTOPEN
}
const SYSTEM_REASONS: Readonly<Record<string, UnwritableReason>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ENOENT: 'denied',
  ENOTDIR: 'denied',
  EEXIST: 'denied',
}

/** What an error of SQLite or of the file system means for the history. */
export type Fault =
  | { kind: 'damaged' }
  /** Only the index of words, which can be made anew. */
  | { kind: 'index_damaged' }
  | { kind: 'unwritable'; reason: UnwritableReason; code: string }
  | { kind: 'refused'; code: string }

/** Sorts an error: is the file damaged, can it not be written now, or is it what was asked that is wrong. */
export function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return { kind: 'refused', code: typeof error }
  if ('errcode' in error && typeof error.errcode === 'number') {
    if (error.errcode === CORRUPT_INDEX) return { kind: 'index_damaged' }
    const primary = error.errcode & 0xff
    if (primary === CORRUPT || primary === NOT_A_DATABASE) return { kind: 'damaged' }
    const reason = REASONS[primary]
    const code = `SQLITE_${error.errcode}`
    return reason === undefined ? { kind: 'refused', code } : { kind: 'unwritable', reason, code }
  }
  if ('syscall' in error && 'code' in error && typeof error.code === 'string') {
    return { kind: 'unwritable', reason: SYSTEM_REASONS[error.code] ?? 'failed', code: error.code }
  }
  return { kind: 'refused', code: error.name }
}
