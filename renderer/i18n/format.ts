/** Figures as a person of the interface's language writes them. All formatters are made once per language. */

const memo = new Map<string, unknown>()

function once<T>(key: string, make: () => T): T {
  const known = memo.get(key)
  if (known !== undefined) return known as T
  const made = make()
  memo.set(key, made)
  return made
}

/** Length of speech: `2.4 s`, `2,4 s`. */
export function formatSpeech(ms: number, language: string): string {
  return `${formatDecimal(Math.max(0, ms) / 1000, language)}\u202fs`
}

/** Time of day of a turn: `2:05 PM`, `14:05`. `at` in Unix ms. */
export function formatTime(at: number, language: string): string {
  return once(`time ${language}`, () => new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' })).format(at)
}

/** Running clock: `3:07`, beyond an hour `1:03:07`. */
export function formatClock(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000))
  const two = (n: number): string => String(n).padStart(2, '0')
  const hours = Math.floor(total / 3600)
  const minutes = Math.floor(total / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`
}

/** A count: `1,204`, `1.204`; from 10,000 shortened: `12.3K`. */
export function formatCount(count: number, language: string): string {
  const compact = count >= 10_000
  const format = once(
    `count ${compact} ${language}`,
    () => new Intl.NumberFormat(language, compact ? { notation: 'compact', maximumFractionDigits: 1 } : {}),
  )
  return format.format(count)
}

/** An amount of US dollars: `$0.04`, `0,04 $`; below a cent with more places. */
export function formatMoney(usd: number, language: string): string {
  const places = usd > 0 && usd < 0.01 ? 3 : 2
  const format = once(
    `money ${String(places)} ${language}`,
    () => new Intl.NumberFormat(language, { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol', minimumFractionDigits: places, maximumFractionDigits: places }),
  )
  return format.format(usd)
}

/** One decimal: `2.4`, `2,4`. */
export function formatDecimal(value: number, language: string): string {
  return once(`decimal ${language}`, () => new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })).format(value)
}

/** A number with as many decimals as it needs, at most two: `1.05`, `1,05`. */
export function formatNumber(value: number, language: string): string {
  return once(`number ${language}`, () => new Intl.NumberFormat(language, { maximumFractionDigits: 2 })).format(value)
}
