import { isObject, makeId, SAMPLES_PER_MS, stringOf, tokens, type Json, type WireError } from './wire.ts'

/** Either done or why not. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: WireError }

const PARTS_OF_ROLE: Readonly<Record<string, readonly string[]>> = {
  system: ['input_text'],
  user: ['input_text', 'input_audio', 'input_image'],
  assistant: ['output_text'],
}

/** The history that the server keeps: items in order, the sound behind them, and the server's own checks. */
export class Conversation {
  readonly id = makeId('conv')
  readonly items: Json[] = []
  /** Speech of the person by item. */
  readonly speech = new Map<string, Int16Array>()
  /** Samples of assistant sound by item, cut ones included. */
  readonly generated = new Map<string, number>()

  get lastId(): string | null {
    const last = this.items.at(-1)
    return last === undefined ? null : stringOf(last['id'])
  }

  /** Appends; id of the predecessor. */
  append(item: Json): string | null {
    const previous = this.lastId
    this.items.push(item)
    return previous
  }

  /** Puts a newer version of an item in its place; nothing when it was deleted. */
  replace(item: Json): void {
    const at = this.#indexOf(stringOf(item['id']))
    if (at >= 0) this.items[at] = item
  }

  /** `conversation.item.create` */
  create(event: Json): Outcome<{ item: Json; previous: string | null }> {
    const { item } = event
    if (!isObject(item)) return refuse('missing_required_parameter', "Missing required parameter: 'item'.", 'item')
    const chosen = stringOf(item['id'])
    if (chosen.length > 32) return refuse('string_above_max_length', "Invalid 'item.id': string too long.", 'item.id')
    if (chosen !== '' && this.#indexOf(chosen) >= 0) return refuse('invalid_value', `Item with id '${chosen}' already exists.`, 'item.id')
    const wrong = wrongPart(item)
    if (wrong !== null) return refuse('invalid_value', `Invalid value: '${wrong}'.`, 'item.content[0].type')
    const after = stringOf(event['previous_item_id'])
    const at = after === '' ? this.items.length : after === 'root' ? 0 : this.#indexOf(after) + 1
    if (at === 0 && after !== 'root' && this.items.length > 0) {
      return refuse('invalid_value', `Previous item '${after}' does not exist.`, 'previous_item_id')
    }
    const before = this.items[at - 1]
    const made: Json = { ...item, id: chosen === '' ? makeId('item') : chosen, status: 'completed' }
    this.items.splice(at, 0, made)
    return { ok: true, value: { item: made, previous: before === undefined ? null : stringOf(before['id']) } }
  }

  /** `conversation.item.truncate` */
  truncate(event: Json): Outcome<{ item_id: string; content_index: number; audio_end_ms: number }> {
    const itemId = stringOf(event['item_id'])
    const end = event['audio_end_ms']
    const part = event['content_index']
    if (typeof end !== 'number' || !Number.isInteger(end) || end < 0) {
      return refuse('invalid_value', "Invalid type for 'audio_end_ms': expected an integer.", 'audio_end_ms')
    }
    if (part !== 0) return refuse('invalid_value', "Invalid 'content_index'.", 'content_index')
    const item = this.items[this.#indexOf(itemId)]
    if (item === undefined) {
      return refuse('item_truncate_invalid_item_id', `Error truncating item: the item with id '${itemId}' does not exist.`, 'item_id')
    }
    const samples = this.generated.get(itemId)
    if (samples === undefined || end === 0) {
      return refuse('unsupported_content_type', 'Only model output audio messages can be truncated', 'item_id')
    }
    const has = Math.floor(samples / SAMPLES_PER_MS)
    if (end > has) {
      return refuse('invalid_value', `Audio content of ${has}ms is already shorter than ${end}ms`, 'audio_end_ms')
    }
    this.generated.set(itemId, end * SAMPLES_PER_MS)
    this.replace({ ...item, content: [{ type: 'output_audio' }] })
    return { ok: true, value: { item_id: itemId, content_index: 0, audio_end_ms: end } }
  }

  /** `conversation.item.delete` */
  remove(itemId: string): Outcome<string> {
    const at = this.#indexOf(itemId)
    if (at < 0) return refuse('item_delete_invalid_item_id', `Error deleting item: the item with id '${itemId}' does not exist.`, 'item_id')
    this.items.splice(at, 1)
    return { ok: true, value: itemId }
  }

  /** `conversation.item.retrieve` */
  retrieve(itemId: string): Outcome<Json> {
    const item = this.items[this.#indexOf(itemId)]
    if (item === undefined) {
      return refuse('item_retrieve_invalid_item_id', `Error retrieving item: the item with id '${itemId}' does not exist.`, 'item_id')
    }
    const pcm = this.speech.get(itemId)
    if (pcm === undefined) return { ok: true, value: item }
    const audio = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64')
    return { ok: true, value: { ...item, content: [{ type: 'input_audio', transcript: null, audio, format: 'pcm16' }] } }
  }

  /** Tokens of the whole history: words, and 100 ms of the person's sound each. */
  inputTokens(instructions: string): { text: number; audio: number } {
    let text = tokens(instructions).length
    for (const item of this.items) {
      if (!Array.isArray(item['content'])) continue
      for (const part of item['content'].filter(isObject)) text += tokens(stringOf(part['text'])).length
    }
    let audio = 0
    for (const pcm of this.speech.values()) audio += Math.ceil(pcm.length / SAMPLES_PER_MS / 100)
    return { text, audio }
  }

  #indexOf(itemId: string): number {
    return this.items.findIndex((item) => item['id'] === itemId)
  }
}

/** The first content part that a message of this role cannot have; null when all are right. */
function wrongPart(item: Json): string | null {
  if (item['type'] !== 'message') return null
  const allowed = PARTS_OF_ROLE[stringOf(item['role'])] ?? []
  const content = Array.isArray(item['content']) ? item['content'].filter(isObject) : []
  const wrong = content.find((part) => !allowed.includes(stringOf(part['type'])))
  return wrong === undefined ? null : stringOf(wrong['type'])
}

function refuse<T>(code: string, message: string, param: string): Outcome<T> {
  return { ok: false, error: { code, message, param } }
}
