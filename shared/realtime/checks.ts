/** The small checks that the parser is made of: loose on what is absent, strict on what would hurt. */

/** A received value is wrong in a way that would hurt. `path` names the field, `message` says what it must be. */
export class WrongValue extends Error {
  readonly path: string
  constructor(path: string, message: string) {
    super(message)
    this.name = 'WrongValue'
    this.path = path
  }
}

/** Takes what was received and returns what may be used, or throws {@link WrongValue}. */
export type Check<T> = (value: unknown, path: string) => T

/** Any JSON object. */
export type Loose = Record<string, unknown>

/** Longest id, in UTF-16 units; real ones have about 26. */
export const MAX_ID = 200
/** Most entries in a list of items, parts, tools or limits. */
export const MAX_LIST = 10_000

export function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export const object: Check<Loose> = (value, path) => {
  if (!isObject(value)) throw new WrongValue(path, 'must be an object')
  return value
}

export const list: Check<unknown[]> = (value, path) => {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new WrongValue(path, 'must be a list')
  if (value.length > MAX_LIST) throw new WrongValue(path, `has more than ${MAX_LIST} entries`)
  return value
}

export const id: Check<string> = (value, path) => {
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_ID) {
    throw new WrongValue(path, `must be a string of 1 to ${MAX_ID} characters`)
  }
  return value
}

export const optionalId: Check<string | null | undefined> = (value, path) =>
  value === undefined || value === null ? value : id(value, path)

/** Absent counts as 0: compatible servers leave indexes out when there is but one. */
export const index: Check<number> = (value, path) => {
  if (value === undefined || value === null) return 0
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new WrongValue(path, 'must be a whole number of 0 or more')
  }
  return value
}

export const text: Check<string> = (value, path) => {
  if (typeof value !== 'string') throw new WrongValue(path, 'must be a string')
  return value
}

/** Absent counts as empty. */
export const optionalText: Check<string> = (value, path) => (value === undefined || value === null ? '' : text(value, path))

/** A string, or null for anything else: for words that are only shown. */
export function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** A time or an amount: finite and not negative. */
export const amount: Check<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw new WrongValue(path, 'must be a number of 0 or more')
  }
  return value
}

/** Takes out every one of `fields` that is not a finite number of 0 or more: counts that are only added up. */
export function keepAmounts(from: Loose, fields: readonly string[]): void {
  for (const field of fields) {
    const value = from[field]
    if (value !== undefined && (typeof value !== 'number' || !Number.isFinite(value) || value < 0)) delete from[field]
  }
}

/** Takes out every one of `fields` that is neither an object nor null. */
export function keepObjects(from: Loose, fields: readonly string[]): void {
  for (const field of fields) {
    const value = from[field]
    if (value !== undefined && value !== null && !isObject(value)) delete from[field]
  }
}
