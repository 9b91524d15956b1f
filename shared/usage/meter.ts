import type { RealtimeResponse, TranscriptionUsage } from '../realtime/response.ts'
import type { ServerEvent } from '../realtime/server-events.ts'
import type { EffectiveSession } from '../realtime/session.ts'
import { BUILT_IN_PRICES, priceOf, type Prices } from './prices.ts'
import { addTokens, costsOfTokens, MAX_COUNT, noTokens, tokensOfTranscription, totalOf, usageOf, type Tokens } from './tokens.ts'

/** What was used and what it cost, as far as that is known. All figures only grow. */
export interface Usage {
  /** Responses that said what they used, out-of-band ones included. */
  responses: number
  /** Tokens of responses by kind. */
  tokens: Tokens
  totalTokens: number
  /** Transcriptions of the person's words, billed apart: by tokens or by seconds. */
  transcription: { count: number; tokens: Tokens; seconds: number; costUsd: number }
  /** Dollars for the responses' tokens by kind, as far as prices are known. */
  costs: Tokens
  /** Dollars for all of it, an estimate; null while nothing that was used has a known price. */
  costUsd: number | null
  /** Day of the prices. */
  pricesOf: string
  /** Models that were used and have no known price: their tokens are counted, their cost is not. */
  unpriced: string[]
}

/** What one response or one transcription used. */
export interface Charge {
  what: 'response' | 'transcription'
  /** Response id or item id. */
  id: string
  model: string
  tokens: Tokens
  /** Seconds of sound, where that is what is billed, else 0. */
  seconds: number
  /** Dollars by kind; null where the price is unknown or is for time. */
  costs: Tokens | null
  /** Dollars, an estimate; null when the model's price is unknown. */
  costUsd: number | null
}

/** Stands for a model that no server has named. */
export const UNNAMED_MODEL = '(not named)'

export interface UsageMeterOptions {
  /** Default: those that Parley comes with. */
  prices?: Prices
  /** The model asked for, until the server names its own; on Azure the name of the deployment. */
  model?: string
}

/** Most responses and transcriptions whose figures may come twice. */
const MAX_COUNTED = 1000
/** Most models named in {@link Usage.unpriced}. */
const MAX_UNPRICED = 20

/**
 * Adds up what a session uses, and its price. It takes the same events as the conversation; every
 * response and every transcription counts once, however often it is told. Several sessions may
 * follow one another.
 */
export class UsageMeter {
  readonly #prices: Prices
  #model: string
  #transcriptionModel = UNNAMED_MODEL
  readonly #counted = new Set<string>()
  readonly #unpriced = new Set<string>()
  #responses = 0
  readonly #tokens = noTokens()
  readonly #costs = noTokens()
  readonly #transcription = { count: 0, tokens: noTokens(), seconds: 0, costUsd: 0 }
  #cost: number | null = null

  constructor(options: UsageMeterOptions = {}) {
    this.#prices = options.prices ?? BUILT_IN_PRICES
    this.#model = options.model || UNNAMED_MODEL
  }

  /** The totals so far, a copy. */
  get usage(): Usage {
    return structuredClone({
      responses: this.#responses,
      tokens: this.#tokens,
      totalTokens: totalOf(this.#tokens),
      transcription: this.#transcription,
      costs: this.#costs,
      costUsd: this.#cost,
      pricesOf: this.#prices.date,
      unpriced: [...this.#unpriced],
    })
  }

  /** Takes one event of the server. @returns what it adds to the totals; null: nothing */
  apply(event: ServerEvent): Charge | null {
    switch (event.type) {
      case 'session.created':
      case 'session.updated':
        this.#session(event.session)
        return null
      case 'response.done':
        return this.#response(event.response)
      case 'conversation.item.input_audio_transcription.completed':
        return event.usage ? this.#transcribed(event.item_id, event.content_index, event.usage) : null
      default:
        return null
    }
  }

  #response(response: RealtimeResponse): Charge | null {
    const tokens = usageOf(response)
    if (tokens === null || !this.#once(`response ${response.id}`)) return null
    this.#responses++
    addTokens(this.#tokens, tokens)
    const charge = this.#charge({ what: 'response', id: response.id, model: this.#model, tokens, seconds: 0 })
    if (charge.costs) addTokens(this.#costs, charge.costs)
    return charge
  }

  #transcribed(itemId: string, contentIndex: number, usage: TranscriptionUsage): Charge | null {
    if (!this.#once(`transcription ${String(contentIndex)} ${itemId}`)) return null
    const tokens = usage.type === 'tokens' ? tokensOfTranscription(usage) : noTokens()
    const seconds = usage.type === 'duration' ? Math.min(usage.seconds, MAX_COUNT) : 0
    this.#transcription.count++
    this.#transcription.seconds += seconds
    addTokens(this.#transcription.tokens, tokens)
    const charge = this.#charge({ what: 'transcription', id: itemId, model: this.#transcriptionModel, tokens, seconds })
    this.#transcription.costUsd += charge.costUsd ?? 0
    return charge
  }

  #charge(used: Omit<Charge, 'costs' | 'costUsd'>): Charge {
    const price = priceOf(this.#prices, used.model)
    const costs = price && costsOfTokens(used.tokens, price)
    const costUsd = price && 'perHour' in price ? perHour(used, price.perHour) : used.seconds === 0 && costs ? totalOf(costs) : null
    if (costUsd !== null) this.#cost = (this.#cost ?? 0) + costUsd
    else if (this.#unpriced.size < MAX_UNPRICED) this.#unpriced.add(used.model)
    return { ...used, costs, costUsd }
  }

  #session(session: EffectiveSession): void {
    if (session.model) this.#model = session.model
    const transcription = session.audio?.input?.transcription?.model
    if (typeof transcription === 'string' && transcription !== '') this.#transcriptionModel = transcription
  }

  #once(key: string): boolean {
    if (this.#counted.has(key)) return false
    if (this.#counted.size >= MAX_COUNTED) {
      const oldest = this.#counted.values().next()
      if (oldest.done !== true) this.#counted.delete(oldest.value)
    }
    this.#counted.add(key)
    return true
  }
}

/** A price by the hour is for what is billed by time, and for nothing else. */
function perHour(used: Pick<Charge, 'tokens' | 'seconds'>, dollars: number): number | null {
  return totalOf(used.tokens) > 0 ? null : (used.seconds * dollars) / 3600
}
