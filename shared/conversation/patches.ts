import type { ConversationEntry, ConversationPatch, Heard } from './model.ts'

/** The changes of one event, as few and as small as they can be: an entry is put at most once. */
export class Patches {
  readonly #indexOf: (id: string) => number
  #list: ConversationPatch[] = []
  /** Entries that are put already. */
  readonly #puts = new Map<string, ConversationPatch & { op: 'put' }>()

  /** @param indexOf how many shown entries stand before one */
  constructor(indexOf: (id: string) => number) {
    this.#indexOf = indexOf
  }

  /** An entry came, or is another. @param fresh windows do not have it yet */
  put(entry: ConversationEntry, fresh = false): void {
    const waiting = this.#puts.get(entry.id)
    if (waiting) {
      waiting.entry = entry
      return
    }
    // Windows replace what they have in place: only what is new needs its position.
    const patch = { op: 'put' as const, index: fresh ? this.#indexOf(entry.id) : 0, entry }
    this.#puts.set(entry.id, patch)
    this.#list.push(patch)
  }

  append(entry: ConversationEntry, text: string): void {
    if (this.#puts.has(entry.id)) this.put(entry)
    else this.#list.push({ op: 'append', id: entry.id, text })
  }

  arguments(entry: ConversationEntry, text: string): void {
    if (this.#puts.has(entry.id)) this.put(entry)
    else this.#list.push({ op: 'arguments', id: entry.id, text })
  }

  heard(entry: ConversationEntry, heard: Heard): void {
    if (this.#puts.has(entry.id)) this.put(entry)
    else this.#list.push({ op: 'heard', id: entry.id, heard })
  }

  remove(id: string): void {
    this.#puts.delete(id)
    this.#list.push({ op: 'remove', id })
  }

  /** All changes since the last call. */
  take(): ConversationPatch[] {
    const list = this.#list
    this.#list = []
    this.#puts.clear()
    return list
  }
}
