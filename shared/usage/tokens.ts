import type { RealtimeResponse, ResponseUsage, TokensByKind, TranscriptionUsage } from '../realtime/response.ts'
import type { ModelPrice } from './prices.ts'

/** What tokens stand for. */
export const KINDS = ['text', 'audio', 'image'] as const
export type Kind = (typeof KINDS)[number]

const PARTS = ['input', 'cached', 'output'] as const

/** Figures by kind: counts of tokens, or dollars for them. Each is 0 or more; `cached` is not part of `input`. */
export interface Tokens {
  input: Record<Kind, number>
  cached: Record<Kind, number>
  output: Record<Kind, number>
}

export function noTokens(): Tokens {
  const none = (): Record<Kind, number> => ({ text: 0, audio: 0, image: 0 })
  return { input: none(), cached: none(), output: none() }
}

/**
 * Tokens of a response by kind. Where a server names only totals, or kinds that do not add up to
 * them, the rest counts as text; cached tokens without kinds are taken from text first, since the
 * prefix that is cached begins with the instructions. `reasoning_tokens` are within text already.
 */
export function tokensOfResponse(usage: ResponseUsage): Tokens {
  const input = byKind(usage.input_token_details, usage.input_tokens)
  const output = byKind(usage.output_token_details, usage.output_tokens)
  return { ...splitCached(input, usage.input_token_details), output }
}

/** Tokens of a transcription that is billed by tokens. */
export function tokensOfTranscription(usage: TranscriptionUsage & { type: 'tokens' }): Tokens {
  const tokens = noTokens()
  tokens.input = byKind(usage.input_token_details, usage.input_tokens)
  tokens.output.text = count(usage.output_tokens)
  return tokens
}

function splitCached(all: Record<Kind, number>, details: ResponseUsage['input_token_details']): Pick<Tokens, 'input' | 'cached'> {
  const input = { ...all }
  const cached = noTokens().cached
  let left = count(details?.cached_tokens)
  const take = (kind: Kind, wanted: number): void => {
    const taken = Math.min(wanted, input[kind])
    input[kind] -= taken
    cached[kind] += taken
    left = Math.max(0, left - taken)
  }
  for (const kind of KINDS) take(kind, count(details?.cached_tokens_details?.[`${kind}_tokens`]))
  for (const kind of KINDS) take(kind, left)
  return { input, cached }
}

function byKind(details: TokensByKind | null | undefined, total: number | null | undefined): Record<Kind, number> {
  const counts = { text: count(details?.text_tokens), audio: count(details?.audio_tokens), image: count(details?.image_tokens) }
  counts.text += Math.max(0, count(total) - counts.text - counts.audio - counts.image)
  return counts
}

/** More than any one use can be; keeps sums finite whatever a server says. */
export const MAX_COUNT = 1e9

function count(value: number | null | undefined): number {
  return typeof value === 'number' && value > 0 ? Math.min(value, MAX_COUNT) : 0
}

/** Adds `more` to `tokens`. */
export function addTokens(tokens: Tokens, more: Tokens): void {
  for (const part of PARTS) for (const kind of KINDS) tokens[part][kind] += more[part][kind]
}

/** All of them together. */
export function totalOf(tokens: Tokens): number {
  return KINDS.reduce((sum, kind) => sum + tokens.input[kind] + tokens.cached[kind] + tokens.output[kind], 0)
}

/** Dollars for tokens at a price, kind by kind; null when the price says nothing of a kind that was used. */
export function costsOfTokens(tokens: Tokens, price: Exclude<ModelPrice, { same: string }>): Tokens | null {
  if ('perHour' in price) return null
  const costs = noTokens()
  for (const kind of KINDS) {
    const rate = price[kind]
    const perMillion = { input: rate?.in, cached: rate?.cached ?? rate?.in, output: rate?.out }
    for (const part of PARTS) {
      const used = tokens[part][kind]
      const dollars = perMillion[part]
      if (used > 0 && dollars === undefined) return null
      costs[part][kind] = (used * (dollars ?? 0)) / 1_000_000
    }
  }
  return costs
}

/** What a response used; null when it does not say. */
export function usageOf(response: RealtimeResponse): Tokens | null {
  return response.usage === null ? null : tokensOfResponse(response.usage)
}
