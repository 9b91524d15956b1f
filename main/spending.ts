import { failure, type Failure } from '../shared/failure.ts'
import type { ServerEvent } from '../shared/realtime/server-events.ts'
import type { Settings } from '../shared/settings.ts'
import { BUILT_IN_PRICES, parsePrices, withPrices, type Prices } from '../shared/usage/prices.ts'
import { UsageMeter } from '../shared/usage/meter.ts'
import { z } from '../shared/zod.ts'
import type { Log } from './log.ts'
import { errorCode, Queue, readIfPresent, writeAtomically } from './storage/atomic-file.ts'

/** A warning comes when this share of a cap is spent. */
const WARN_AT = 0.8

const fileSchema = z.object({ day: z.iso.date(), usd: z.number().nonnegative(), minutes: z.number().nonnegative() })
type Day = z.infer<typeof fileSchema>

export interface SpendingOptions {
  /** Path of the small file that remembers what was spent today. */
  file: string
  prices: Prices
  caps: () => Pick<Settings, 'capSessionUsd' | 'capDayUsd' | 'capDayMinutes'>
  log: Log
  /** Unix ms. */
  now?: () => number
  /** ms of a clock that only goes forward, for the minutes. */
  clock?: () => number
}

/** What was spent in this conversation, as far as prices are known. */
export interface SpendingShown {
  /** Dollars, an estimate; null while nothing that was used has a known price. */
  costUsd: number | null
}

/**
 * Money: what a conversation and a day cost, and the caps on both (design §5). At a cap no new
 * answer is asked for, so that the overshoot is at most the answer that is being given. Where the
 * price of a model is not known, the minutes of conversation count instead.
 */
export class Spending {
  readonly #options: SpendingOptions
  readonly #now: () => number
  readonly #clock: () => number
  readonly #writes = new Queue()
  #meter: UsageMeter
  #today: Day
  /** Dollars of this conversation. */
  #session = 0
  #startedAt: number | null = null
  #countedTo = 0
  #unpriced = false
  #warned = false

  private constructor(options: SpendingOptions, today: Day) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#clock = options.clock ?? options.now ?? (() => performance.now())
    this.#today = today
    this.#meter = new UsageMeter({ prices: options.prices })
  }

  /** Reads what was spent today. Never rejects: without the file the day begins with nothing. */
  static async open(options: SpendingOptions): Promise<Spending> {
    const fresh = { day: dayOf((options.now ?? Date.now)()), usd: 0, minutes: 0 }
    try {
      const text = await readIfPresent(options.file)
      const parsed = text === null ? null : fileSchema.safeParse(JSON.parse(text))
      return new Spending(options, parsed?.success && parsed.data.day === fresh.day ? parsed.data : fresh)
    } catch (error) {
      options.log.warn('What was spent today could not be read; the day’s cap counts from now.', errorCode(error))
      return new Spending(options, fresh)
    }
  }

  get shown(): SpendingShown {
    return { costUsd: this.#meter.usage.costUsd }
  }

  /** A conversation begins. @param model asked for, until the server names its own */
  begin(model: string): void {
    this.#meter = new UsageMeter({ prices: this.#options.prices, model })
    this.#session = 0
    this.#unpriced = false
    this.#warned = false
    this.#startedAt = this.#now()
    this.#countedTo = this.#clock()
  }

  /** The conversation is over. */
  end(): void {
    this.#countMinutes()
    this.#startedAt = null
    // The next conversation has its own cap.
    this.#session = 0
  }

  /** Takes an event of the server. @returns a warning, once, when a cap is near */
  apply(event: ServerEvent): Failure | null {
    const charge = this.#meter.apply(event)
    if (!charge) return null
    if (charge.costUsd === null) this.#unpriced = true
    else {
      this.#session += charge.costUsd
      this.#rollOver()
      this.#today = { ...this.#today, usd: this.#today.usd + charge.costUsd }
    }
    this.#countMinutes()
    this.#save()
    if (this.#warned || this.capped() || this.#share() < WARN_AT) return null
    this.#warned = true
    return failure('spending_near', { percent: Math.round(this.#share() * 100) }, ['dismiss'])
  }

  /** Why no new answer may be asked for, or null. */
  capped(): Failure | null {
    this.#rollOver()
    const { capSessionUsd, capDayUsd, capDayMinutes } = this.#options.caps()
    if (reached(this.#session, capSessionUsd)) return failure('spending_session', { usd: capSessionUsd }, ['dismiss'])
    if (reached(this.#today.usd, capDayUsd)) return failure('spending_day', { usd: capDayUsd }, ['dismiss'])
    if (this.#unpriced && reached(this.#today.minutes, capDayMinutes)) return failure('spending_minutes', { minutes: capDayMinutes }, ['dismiss'])
    return null
  }

  /** Resolves when nothing is left to write. */
  async idle(): Promise<void> {
    await this.#writes.idle()
  }

  /** The largest share of any cap that is spent. */
  #share(): number {
    const { capSessionUsd, capDayUsd, capDayMinutes } = this.#options.caps()
    return Math.max(
      share(this.#session, capSessionUsd),
      share(this.#today.usd, capDayUsd),
      this.#unpriced ? share(this.#today.minutes, capDayMinutes) : 0,
    )
  }

  #countMinutes(): void {
    if (this.#startedAt === null) return
    this.#rollOver()
    const now = this.#clock()
    const minutes = Math.max(0, now - this.#countedTo) / 60_000
    this.#countedTo = now
    this.#today = { ...this.#today, minutes: this.#today.minutes + minutes }
  }

  #rollOver(): void {
    const day = dayOf(this.#now())
    // A clock that is set back does not give yesterday's money again.
    if (day > this.#today.day) this.#today = { day, usd: 0, minutes: 0 }
  }

  #save(): void {
    const text = `${JSON.stringify(this.#today)}\n`
    void this.#writes.add(async () => {
      try {
        await writeAtomically(this.#options.file, text)
      } catch (error) {
        this.#options.log.warn('What was spent today could not be written.', errorCode(error))
      }
    })
  }
}

/** The prices in force: those that Parley comes with, under those of the person's own file where there is one. */
export async function readPrices(file: string, log: Log): Promise<Prices> {
  try {
    const text = await readIfPresent(file)
    if (text === null) return BUILT_IN_PRICES
    const parsed = parsePrices(text)
    if (parsed.ok) return withPrices(BUILT_IN_PRICES, parsed.prices)
    log.warn(`Your own prices are not used: ${parsed.reason}`)
  } catch (error) {
    log.warn('Your own prices could not be read.', errorCode(error))
  }
  return BUILT_IN_PRICES
}

function reached(spent: number, cap: number): boolean {
  return cap > 0 && spent >= cap
}

function share(spent: number, cap: number): number {
  return cap > 0 ? spent / cap : 0
}

/** The day on the person's calendar. */
function dayOf(at: number): string {
  const date = new Date(at)
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((n) => String(n).padStart(2, '0')).join('-')
}
