import { recordOf, type Item, type ItemRecord } from './item.ts'
import type { ConversationEntry, ConversationPatch, Heard } from './model.ts'
import { Order } from './order.ts'
import { Patches } from './patches.ts'

/** A change to any kind of entry. */
export type EntryChange = Partial<Omit<ConversationEntry, 'kind' | 'role' | 'id'>>

/**
 * The items of a conversation, what is shown of them, and the patches that tell windows. Every
 * change of an entry goes through here, so that no window can miss one.
 */
export class Ledger {
  readonly #order = new Order<Item>()
  readonly #patches = new Patches((id) => this.#order.index(id))
  /** Items that may still change by themselves. */
  readonly #unfinished = new Set<string>()

  get entries(): ConversationEntry[] {
    const entries: ConversationEntry[] = []
    for (const { item } of this.#order) if (item.entry) entries.push(item.entry)
    return entries
  }

  /** Shown items, and the answers of functions, which are shown with their calls. */
  get records(): ItemRecord[] {
    const records: ItemRecord[] = []
    for (const { item, gone } of this.#order) {
      if (item.entry || (item.type === 'function_call_output' && !gone)) records.push(recordOf(item))
    }
    return records
  }

  get(id: string): Item | undefined {
    return this.#order.get(id)
  }

  /** An item that the server still has. */
  has(id: string): boolean {
    return this.#order.place(id)?.gone === false
  }

  /** Enters an item at its place; nothing of it is shown yet. One that was deleted comes back where it was. */
  enter(item: Item, previous: string | null | undefined): void {
    const place = this.#order.place(item.id)
    if (place) place.gone = false
    else this.#order.insert(item.id, item, previous)
  }

  /** The server has forgotten an item; people may still see it. @returns false when it had already, or is not known */
  forget(id: string): boolean {
    const place = this.#order.place(id)
    if (!place || place.gone) return false
    place.gone = true
    return true
  }

  /** Puts an item behind another that stands later, as the server has decided. */
  moveBehind(item: Item, previous: string | null | undefined): void {
    if (!this.#order.moveBehind(item.id, previous) || !item.entry) return
    this.#patches.remove(item.id)
    this.#patches.put(item.entry, true)
  }

  /** Shows an item that was not shown. */
  show(item: Item, entry: ConversationEntry): void {
    if (item.hidden) return
    item.entry = entry
    this.#order.show(item.id, true)
    this.#patches.put(entry, true)
    const waits = entry.textState === 'pending' || entry.response?.status === 'in_progress'
    if (waits || entry.kind !== 'message') this.#unfinished.add(item.id)
  }

  /** Takes an item out of sight; its place stays, since others may name it. */
  remove(item: Item): void {
    if (!item.entry) return
    item.entry = null
    this.#order.show(item.id, false)
    this.#unfinished.delete(item.id)
    this.#patches.remove(item.id)
  }

  change(item: Item, change: EntryChange): void {
    if (item.entry) this.replace(item, { ...item.entry, ...change })
  }

  replace(item: Item, entry: ConversationEntry): void {
    item.entry = entry
    this.#patches.put(entry)
  }

  append(item: Item, entry: ConversationEntry, text: string): void {
    item.entry = { ...entry, text: entry.text + text, textState: 'partial' }
    this.#unfinished.add(item.id)
    this.#patches.append(item.entry, text)
  }

  appendArguments(item: Item, entry: ConversationEntry & { kind: 'tool_call' }, text: string): void {
    item.entry = { ...entry, call: { ...entry.call, arguments: entry.call.arguments + text } }
    this.#patches.arguments(item.entry, text)
  }

  setHeard(item: Item, entry: ConversationEntry, heard: Heard): void {
    item.entry = { ...entry, heard, source: 'voice' }
    this.#patches.heard(item.entry, heard)
  }

  /** Nothing of the item will change by itself any more. */
  finish(item: Item): void {
    this.#unfinished.delete(item.id)
  }

  /** What was unfinished, and is not any more. */
  finishAll(): Item[] {
    const items = [...this.#unfinished].flatMap((id) => this.#order.get(id) ?? [])
    this.#unfinished.clear()
    return items
  }

  /** All patches since the last call. */
  takePatches(): ConversationPatch[] {
    return this.#patches.take()
  }
}
