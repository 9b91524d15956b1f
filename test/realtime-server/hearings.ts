import { nth, type Hearing, type RealtimeServerOptions } from './options.ts'
import { obfuscation, SAMPLES_PER_MS, tokens, type Json } from './wire.ts'

export interface HearingsDeps {
  options(): RealtimeServerOptions
  emit(type: string, fields: Json): void
  later(ms: number, act: () => void): void
  /** The item with its words, for the history. */
  heard(item: Json): void
}

/** A user item whose words are still to come. */
interface Pending {
  itemId: string
  hearing: Hearing
  seconds: number
}

const NAME = 'conversation.item.input_audio_transcription'

/** Transcription of the person's words: what is heard, and when it is told. */
export class Hearings {
  readonly #deps: HearingsDeps
  #pending: Pending[] = []
  #count = 0
  readonly #texts = new Map<string, string>()

  constructor(deps: HearingsDeps) {
    this.#deps = deps
  }

  /** What was said in an item. */
  textOf(itemId: string): string {
    return this.#texts.get(itemId) ?? ''
  }

  /** Takes one spoken turn; the words are returned, to be told by `tell` if the session wants them. */
  take(itemId: string, pcm: Int16Array): Hearing {
    const hearing = this.#scripted(pcm)
    this.#count += 1
    this.#texts.set(itemId, hearing.text)
    return hearing
  }

  /** Tells the words of an item in their time. */
  tell(itemId: string, hearing: Hearing, pcm: Int16Array): void {
    const pending = { itemId, hearing, seconds: Math.ceil(pcm.length / SAMPLES_PER_MS / 1000) }
    if (hearing.when === 'before') this.#say(pending)
    else this.#pending.push(pending)
  }

  /** An answer has begun (`during`) or ended (`after`). */
  release(when: 'during' | 'after'): void {
    const due = this.#pending.filter((pending) => (pending.hearing.when ?? 'during') === when)
    this.#pending = this.#pending.filter((pending) => !due.includes(pending))
    for (const pending of due) this.#say(pending)
  }

  #scripted(pcm: Int16Array): Hearing {
    const { hearing = 'Hello.' } = this.#deps.options()
    const given =
      typeof hearing === 'function'
        ? hearing(this.#count, pcm)
        : isList(hearing)
          ? (nth(hearing, this.#count) ?? 'Hello.')
          : hearing
    return typeof given === 'string' ? { text: given } : given
  }

  #say({ itemId, hearing, seconds }: Pending): void {
    this.#deps.later(hearing.delayMs ?? 0, () => {
      const address = { item_id: itemId, content_index: 0 }
      if (hearing.failed !== undefined) {
        const message = hearing.failed.message ?? `Input transcription failed for item '${itemId}'.`
        this.#deps.emit(`${NAME}.failed`, { ...address, error: { type: 'server_error', code: hearing.failed.code, message, param: null } })
        return
      }
      const content = [{ type: 'input_audio', transcript: hearing.text }]
      this.#deps.heard({ id: itemId, type: 'message', status: 'completed', role: 'user', content })
      for (const delta of tokens(hearing.text)) {
        this.#deps.emit(`${NAME}.delta`, { ...address, delta, obfuscation: obfuscation(delta) })
      }
      this.#deps.emit(`${NAME}.completed`, { ...address, transcript: hearing.text, usage: { type: 'duration', seconds } })
    })
  }
}

function isList(value: Hearing | readonly (string | Hearing)[] | string): value is readonly (string | Hearing)[] {
  return Array.isArray(value)
}
