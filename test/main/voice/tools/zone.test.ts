import { describe, expect, it } from 'vitest'
import { epochOf, isoTime, isTimeZone, parseAt, utcOffset } from '../../../../main/voice/tools/zone.ts'

const BERLIN = 'Europe/Berlin'

describe('time zones', () => {
  it('writes local time with its offset, whole hours or not, on both sides of midnight', () => {
    const ms = Date.UTC(2026, 10, 20, 23, 30, 5)
    expect(isoTime(ms, BERLIN)).toBe('2026-11-21T00:30:05+01:00')
    expect(isoTime(ms, 'America/St_Johns')).toBe('2026-11-20T20:00:05-03:30')
    expect(isoTime(ms, 'Pacific/Chatham')).toBe('2026-11-21T13:15:05+13:45')
    expect(utcOffset(Date.UTC(2026, 6, 1), BERLIN)).toBe('+02:00')
  })

  it('knows zones from nonsense', () => {
    expect(isTimeZone(BERLIN)).toBe(true)
    expect(isTimeZone('Europe/Atlantis')).toBe(false)
    expect(isTimeZone('')).toBe(false)
  })

  it('goes there and back at every half hour of the days on which clocks change', () => {
    const days: [string, number][] = [
      [BERLIN, Date.UTC(2026, 2, 29)],
      [BERLIN, Date.UTC(2026, 9, 25)],
      ['America/New_York', Date.UTC(2026, 10, 1, 6)],
      ['Australia/Lord_Howe', Date.UTC(2026, 3, 4, 15)],
      ['Australia/Lord_Howe', Date.UTC(2026, 9, 3, 15)],
    ]
    for (const [zone, day] of days) {
      for (let ms = day - 3 * 3_600_000; ms < day + 5 * 3_600_000; ms += 1_800_000) {
        const text = isoTime(ms, zone)
        expect(parseAt(text, 0, zone)).toBe(ms)
        const local = parseAt(text.slice(0, 19), 0, zone) ?? NaN
        // Of an hour that comes twice, the first is meant.
        expect(isoTime(local, zone).slice(0, 19)).toBe(text.slice(0, 19))
        expect(local).toBeLessThanOrEqual(ms)
      }
    }
  })

  it('moves a time that clocks skip forward with them', () => {
    const skipped = epochOf({ year: 2026, month: 3, day: 29, hour: 2, minute: 30, second: 0 }, BERLIN)
    expect(isoTime(skipped, BERLIN)).toBe('2026-03-29T03:30:00+02:00')
  })

  it('takes a time of day for the next one', () => {
    const now = Date.UTC(2026, 11, 31, 11, 25)
    expect(isoTime(parseAt('12:26', now, BERLIN) ?? 0, BERLIN)).toBe('2026-12-31T12:26:00+01:00')
    expect(isoTime(parseAt('12:25', now, BERLIN) ?? 0, BERLIN)).toBe('2027-01-01T12:25:00+01:00')
    expect(isoTime(parseAt('7:05:30', now, BERLIN) ?? 0, BERLIN)).toBe('2027-01-01T07:05:30+01:00')
  })

  it.each(['', 'noon', '25:00', '12:60', '2026-02-30T10:00', '2026-13-01T10:00', '2026-11-20', '2026-11-20T24:00'])('takes "%s" for no time', (text) => {
    expect(parseAt(text, 0, BERLIN)).toBeNull()
  })
})
