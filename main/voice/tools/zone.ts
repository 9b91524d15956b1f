/** A time as clocks on the wall show it. `month` counts from 1. */
export interface WallTime {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
}

const DAY_MS = 86_400_000
const CLOCK_TIME = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/

/** Whether this is the name of a time zone that this computer knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** What the clocks of `zone` show at `ms` (Unix ms). */
export function wallTime(ms: number, zone: string): WallTime {
  const parts = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(ms)
  const part = (type: string): number => Number(parts.find((p) => p.type === type)?.value)
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  }
}

/** Minutes by which `zone` is ahead of UTC at `ms`. */
export function offsetMinutes(ms: number, zone: string): number {
  return Math.round((asIfUtc(wallTime(ms, zone)) - Math.floor(ms / 1000) * 1000) / 60_000)
}

/** E.g. `+01:00`. */
export function utcOffset(ms: number, zone: string): string {
  const offset = offsetMinutes(ms, zone)
  const size = Math.abs(offset)
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** E.g. `2026-11-20T11:25:28+01:00`. */
export function isoTime(ms: number, zone: string): string {
  const { year, month, day, hour, minute, second } = wallTime(ms, zone)
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${utcOffset(ms, zone)}`
}

/**
 * When the clocks of `zone` show this, as Unix ms. A time that is skipped when clocks go forward is
 * moved forward with them; of one that comes twice, the first is meant.
 */
export function epochOf(wall: WallTime, zone: string): number {
  const guess = asIfUtc(wall)
  const before = guess - offsetMinutes(guess - DAY_MS, zone) * 60_000
  const after = guess - offsetMinutes(guess + DAY_MS, zone) * 60_000
  const shows = (ms: number): boolean => asIfUtc(wallTime(ms, zone)) === guess
  return !shows(before) && shows(after) ? after : before
}

/**
 * Reads a time of day (`7:30`, `19:05:30`: the next time that clocks show it) or a date and time
 * (`2026-11-20T07:30`, with `Z` or an offset, or else in `zone`).
 * @returns Unix ms, or null for what is no time
 */
export function parseAt(text: string, now: number, zone: string): number | null {
  const clock = CLOCK_TIME.exec(text.trim())
  if (clock) {
    const time = { hour: Number(clock[1]), minute: Number(clock[2]), second: Number(clock[3] ?? 0) }
    const today = epochOf({ ...wallTime(now, zone), ...time }, zone)
    if (today > now) return today
    const { year, month, day } = wallTime(now, zone)
    const tomorrow = new Date(Date.UTC(year, month - 1, day + 1))
    const date = { year: tomorrow.getUTCFullYear(), month: tomorrow.getUTCMonth() + 1, day: tomorrow.getUTCDate() }
    return epochOf({ ...date, ...time }, zone)
  }
  const match = DATE_TIME.exec(text.trim())
  if (!match) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map((digits: string | undefined) => Number(digits ?? 0))
  const wall = { year, month, day, hour, minute, second }
  const utc = asIfUtc(wall)
  // The 31st of February would silently become another day.
  const date = new Date(utc)
  if (date.getUTCMonth() + 1 !== month || date.getUTCDate() !== day) return null
  const offset = match[7]
  if (offset === undefined) return epochOf(wall, zone)
  return offset === 'Z' ? utc : utc - minutesOf(offset) * 60_000
}

function minutesOf(offset: string): number {
  const size = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6))
  return offset.startsWith('-') ? -size : size
}

function asIfUtc(wall: WallTime): number {
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second)
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
