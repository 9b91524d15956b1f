import { MAX_TEXT } from './model.ts'

/** Most parts of one item; real ones have one or two. */
const MAX_PARTS = 200

interface Part {
  readonly index: number
  /** As shown: without white space at either end. */
  text: string
  /** White space that will stand before the next word, if one comes. */
  held: string
  final: boolean
}

/**
 * The text of one item, from its content parts. Shown are the parts in order up to the first that
 * is still arriving, so that what is shown is at every moment a prefix of what it will be, however
 * the parts interleave. No white space at the ends, a line break between parts.
 */
export class Parts {
  /** By content index. */
  readonly #parts: Part[] = []
  #length = 0

  /** All that is to be shown now. */
  get text(): string {
    const shown: string[] = []
    for (const part of this.#parts) {
      if (part.text !== '') shown.push(part.text)
      if (!part.final) break
    }
    return shown.join('\n')
  }

  /** Nothing more will come of any part that has begun. */
  get final(): boolean {
    return this.#parts.every((part) => part.final)
  }

  get isEmpty(): boolean {
    return this.#parts.every((part) => part.text === '')
  }

  /**
   * Adds to a part; a part that is final takes nothing more.
   *
   * @returns what is to be added to the shown text (`''`: nothing), null when it must be taken anew
   */
  append(contentIndex: number, delta: string): string | null {
    const part = this.#part(contentIndex)
    if (!part || part.final) return ''
    const before = part.text
    const room = MAX_TEXT - this.#length
    const arrived = (part.held + delta).slice(0, Math.max(0, room))
    const words = (before === '' ? arrived.trimStart() : arrived).trimEnd()
    part.held = before === '' && words === '' ? '' : arrived.slice(arrived.trimEnd().length)
    if (words === '') return ''
    part.text = before + words
    this.#length += words.length
    return this.#added(part, before === '' ? null : before, words)
  }

  /** The whole text of a part; where the server names none, what has arrived is the whole. */
  set(contentIndex: number, text: string): void {
    const part = this.#part(contentIndex)
    if (!part) return
    part.held = ''
    part.final = true
    const words = text.trim()
    if (words === '') return
    this.#length -= part.text.length
    part.text = words.slice(0, Math.max(0, MAX_TEXT - this.#length)).trimEnd()
    this.#length += part.text.length
  }

  /** Nothing more will come. */
  seal(): void {
    for (const part of this.#parts) part.final = true
  }

  /** What the shown text gains by `words` at the end of `part`. */
  #added(part: Part, before: string | null, words: string): string | null {
    const at = this.#parts.indexOf(part)
    if (this.#parts.slice(0, at).some((earlier) => !earlier.final)) return ''
    if (before !== null) return words
    // A part that begins before one that is shown already takes its place.
    if (this.#parts.slice(at + 1).some((later) => later.text !== '')) return null
    return this.#parts.slice(0, at).every((earlier) => earlier.text === '') ? words : `\n${words}`
  }

  /** The part of that index, begun if need be; undefined when there are too many. */
  #part(index: number): Part | undefined {
    const last = this.#parts.at(-1)
    if (last?.index === index) return last
    const found = this.#parts.find((part) => part.index === index)
    if (found || this.#parts.length >= MAX_PARTS) return found
    const part: Part = { index, text: '', held: '', final: false }
    const at = this.#parts.findIndex((other) => other.index > index)
    this.#parts.splice(at < 0 ? this.#parts.length : at, 0, part)
    return part
  }
}
