import { z } from '../../../shared/zod.ts'
import { defineTool, ToolError, type Tool } from './tool.ts'
import { isoTime, isTimeZone, utcOffset } from './zone.ts'

/** What the clock tools need to know of this computer; asked at each call, since a laptop travels. */
export interface ClockDeps {
  /** Unix ms. */
  now: () => number
  /** IANA name of the system's time zone. */
  timeZone: () => string
  /** BCP 47 tag of the person's language and region. */
  locale: () => string
}

const args = z.strictObject({
  time_zone: z
    .string()
    .max(64)
    .optional()
    .describe('IANA name of a time zone, such as Asia/Tokyo, for the time somewhere else. Leave out for the time where the person is.'),
})

/** Date, time and time zone, here or elsewhere. */
export function currentTime(deps: ClockDeps): Tool {
  return defineTool({
    name: 'current_time',
    description: 'Tells the current date, time of day, weekday and time zone. Use it whenever an answer depends on the time or the date.',
    args,
    objectOf: ({ time_zone }) => time_zone ?? '',
    run: async ({ time_zone }) => {
      if (time_zone !== undefined && !isTimeZone(time_zone)) throw new ToolError(`there is no time zone called "${time_zone}"`)
      const now = deps.now()
      const zone = time_zone ?? systemZone(deps)
      return {
        time: isoTime(now, zone),
        time_zone: zone,
        utc_offset: utcOffset(now, zone),
        in_words: inWords(now, zone, deps.locale()),
      }
    },
  })
}

/** The system's time zone; UTC where the system names one that does not exist. */
export function systemZone(deps: Pick<ClockDeps, 'timeZone'>): string {
  const zone = deps.timeZone()
  return isTimeZone(zone) ? zone : 'UTC'
}

/** E.g. "Friday, November 20, 2026 at 11:25 AM" as the locale writes it. */
function inWords(ms: number, timeZone: string, locale: string): string {
  return new Intl.DateTimeFormat(isLocale(locale) ? locale : 'en', { dateStyle: 'full', timeStyle: 'short', timeZone }).format(ms)
}

function isLocale(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
