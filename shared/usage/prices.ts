import { z } from '../zod.ts'
import builtIn from './prices.json' with { type: 'json' }

/** Dollars per million tokens; `cached` absent: no discount. */
const tokenPrice = z.strictObject({
  in: z.number().nonnegative().optional(),
  cached: z.number().nonnegative().optional(),
  out: z.number().nonnegative().optional(),
})

const modelPrice = z.union([
  z.strictObject({ text: tokenPrice.optional(), audio: tokenPrice.optional(), image: tokenPrice.optional() }).refine((price) => Object.keys(price).length > 0, 'names no price'),
  z.strictObject({ perHour: z.number().nonnegative() }),
  z.strictObject({ same: z.string().min(1).max(200) }),
])

const pricesSchema = z.strictObject({
  date: z.iso.date(),
  currency: z.literal('USD'),
  source: z.string().max(1000).optional(),
  models: z.record(z.string().min(1).max(200), modelPrice),
})

/** Dollars per million tokens of one kind. */
export interface TokenPrice {
  in?: number | undefined
  /** Input that the server has read before; absent: as `in`. */
  cached?: number | undefined
  out?: number | undefined
}

/** What a model costs: by tokens of each kind, by the hour of sound, or as another model does. */
export type ModelPrice =
  | { text?: TokenPrice | undefined; audio?: TokenPrice | undefined; image?: TokenPrice | undefined }
  | { perHour: number }
  | { same: string }

/** A dated list of prices. Prices change: whatever is computed from it is an estimate. */
export interface Prices {
  /** Day on which they held, e.g. `2026-09-23`. */
  date: string
  currency: 'USD'
  source?: string | undefined
  /** By model name, or by the name of a deployment on Azure. */
  models: Readonly<Record<string, ModelPrice>>
}

/** The prices that Parley comes with. */
export const BUILT_IN_PRICES = builtIn as Prices

/** Longest file of prices, characters. */
const MAX_FILE = 1_000_000

/**
 * Reads a person's own prices: JSON in the shape of `prices.json`. Only what differs needs to be
 * in it; see {@link withPrices}.
 *
 * @returns the prices, or a sentence that names the field that is wrong
 */
export function parsePrices(text: string): { ok: true; prices: Prices } | { ok: false; reason: string } {
  if (text.length > MAX_FILE) return { ok: false, reason: 'The price file is larger than 1 MB.' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, reason: 'The price file is not JSON.' }
  }
  const parsed = pricesSchema.safeParse(value)
  if (parsed.success) return { ok: true, prices: parsed.data }
  const [issue] = parsed.error.issues
  const path = issue?.path.join('.') ?? ''
  return { ok: false, reason: `The price file is wrong at “${path === '' ? 'the top' : path}”: ${issue?.message ?? 'unknown'}.` }
}

/** One list over another: a model of `over` replaces that of `base` whole; the date is that of `over`. */
export function withPrices(base: Prices, over: Prices): Prices {
  return { ...base, ...over, models: { ...base.models, ...over.models } }
}

/** Longest chain of `same`. */
const MAX_SAME = 8

/**
 * The price of a model; a dated snapshot (`gpt-realtime-2025-08-28`) costs what its model costs,
 * unless it is listed itself. Null: unknown, so nothing may be said but tokens.
 */
export function priceOf(prices: Prices, model: string): Exclude<ModelPrice, { same: string }> | null {
  let name = model
  for (let step = 0; step < MAX_SAME; step++) {
    const price: ModelPrice | undefined = own(prices.models, name) ?? own(prices.models, name.replace(/-\d{4}-\d{2}-\d{2}$/, ''))
    if (price === undefined) return null
    if (!('same' in price)) return price
    name = price.same
  }
  return null
}

function own(models: Prices['models'], name: string): ModelPrice | undefined {
  return Object.hasOwn(models, name) ? models[name] : undefined
}
