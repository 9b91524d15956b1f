import { ClientError } from './client-frames.ts'
import type { ClientItem } from './client-frames.ts'

/** Items kept; older ones are forgotten, for nothing reads them. */
const MOST_ITEMS = 200

/** An item of the conversation as the wire has it. */
export type Item = Record<string, unknown> & { id: string; type: string }

/** The conversation: items in order, each by its id. */
export class Items {
  readonly #items: Item[] = []

  get lastId(): string | null {
    return this.#items.at(-1)?.id ?? null
  }

  get(id: string): Item | null {
    return this.#items.find((item) => item.id === id) ?? null
  }

  /**
   * Puts an item in behind `previous` (`root`: first; null: last) and gives the id of the item
   * before it. Throws {@link ClientError} when `previous` is unknown or the id is taken.
   */
  add(item: Item, previous: string | null = null): string | null {
    if (this.get(item.id) !== null) throw new ClientError('invalid_value', `There is an item '${item.id}' already.`, 'item.id')
    const before = previous === null ? this.#items.length - 1 : previous === 'root' ? -1 : this.#items.findIndex((i) => i.id === previous)
    if (previous !== null && previous !== 'root' && before < 0) throw new ClientError('invalid_value', `There is no item '${previous}'.`, 'previous_item_id')
    const beforeId = this.#items[before]?.id ?? null
    this.#items.splice(before + 1, 0, item)
    if (this.#items.length > MOST_ITEMS) this.#items.shift()
    return beforeId
  }

  /** Removes an item; false when it is unknown. */
  delete(id: string): boolean {
    const at = this.#items.findIndex((item) => item.id === id)
    if (at >= 0) this.#items.splice(at, 1)
    return at >= 0
  }

  clear(): void {
    this.#items.length = 0
  }
}

/** Which content each role may have; anything else is refused, as the API does. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  system: ['input_text'],
  user: ['input_text', 'input_audio', 'input_image'],
  assistant: ['output_text', 'output_audio'],
}

/** Checks the content of a client's message; throws {@link ClientError}. */
export function checkMessage(item: ClientItem): void {
  if (item.type !== 'message') return
  if (item.role === undefined) throw new ClientError('missing_required_parameter', "Missing required parameter: 'item.role'.", 'item.role')
  if (item.content === undefined) throw new ClientError('missing_required_parameter', "Missing required parameter: 'item.content'.", 'item.content')
  for (const [i, part] of item.content.entries()) {
    const param = `item.content[${String(i)}]`
    if (!(PARTS[item.role] ?? []).includes(part.type)) throw new ClientError('invalid_value', `A message of role '${item.role}' cannot hold '${part.type}'.`, `${param}.type`)
    if (part.type.endsWith('_text') && part.text === undefined) throw new ClientError('missing_required_parameter', `Missing required parameter: '${param}.text'.`, `${param}.text`)
    if (part.type === 'output_audio' && part.audio === undefined) throw new ClientError('invalid_value', 'An answer can be restored as text only.', param)
  }
}

/** The text a person typed: all text parts of a user message; null when it has none. */
export function typedText(item: ClientItem): string | null {
  if (item.type !== 'message' || item.role !== 'user') return null
  const texts = (item.content ?? []).flatMap((part) => (part.type === 'input_text' && part.text !== undefined ? [part.text] : []))
  return texts.length === 0 ? null : texts.join('\n')
}

/** The copy to keep: images and sound are heavy and never read again. */
export function withoutMedia(item: ClientItem): ClientItem {
  if (item.content === undefined) return item
  return { ...item, content: item.content.map(({ audio: _audio, image_url: _image, ...part }) => ({ ...part, ...(part.text === undefined ? {} : { text: part.text.slice(0, 10_000) }) })) }
}
