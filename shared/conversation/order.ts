/** One place in the conversation. Hidden and deleted items keep theirs, since later items name them as predecessor. */
export interface Place<Item> {
  readonly id: string
  readonly item: Item
  /** People see it. Changed by {@link Order.show} alone. */
  readonly shown: boolean
  /** Deleted on the server, which names its predecessor instead from then on. */
  gone: boolean
}

interface Node<Item> extends Place<Item> {
  shown: boolean
  previous: Node<Item> | null
  next: Node<Item> | null
}

/**
 * All items of a conversation in order: a linked list with an index by id. Appending, finding and
 * inserting after a known item cost the same at any length; a position is counted from the end,
 * where nearly everything happens.
 */
export class Order<Item> {
  readonly #nodes = new Map<string, Node<Item>>()
  #first: Node<Item> | null = null
  #last: Node<Item> | null = null
  #shown = 0

  get(id: string): Item | undefined {
    return this.#nodes.get(id)?.item
  }

  place(id: string): Place<Item> | undefined {
    return this.#nodes.get(id)
  }

  /** Every item, first to last. */
  *[Symbol.iterator](): IterableIterator<Place<Item>> {
    for (let node = this.#first; node !== null; node = node.next) yield node
  }

  /**
   * Enters a new item, not yet shown; an id that is known already keeps its place and its item.
   *
   * @param previous the id that it follows; `root`: at the beginning; absent, null or unknown: at
   *   the end, since servers that name no predecessors say null for every item
   */
  insert(id: string, item: Item, previous: string | null | undefined): void {
    if (this.#nodes.has(id)) return
    const node: Node<Item> = { id, item, shown: false, gone: false, previous: null, next: null }
    // Before it is known itself: a broken server may name an item as its own predecessor.
    const predecessor = this.#predecessor(previous)
    this.#nodes.set(id, node)
    this.#link(node, predecessor)
  }

  /** Shows or hides an item. */
  show(id: string, shown: boolean): void {
    const node = this.#nodes.get(id)
    if (!node || node.shown === shown) return
    node.shown = shown
    this.#shown += shown ? 1 : -1
  }

  /** How many shown items stand before this one. */
  index(id: string): number {
    const node = this.#nodes.get(id)
    if (!node) return this.#shown
    let after = node.shown ? 1 : 0
    for (let later = node.next; later !== null; later = later.next) if (later.shown) after++
    return this.#shown - after
  }

  /**
   * Moves an item behind one that stands later, as the server has decided. @returns whether it moved
   */
  moveBehind(id: string, previous: string | null | undefined): boolean {
    const node = this.#nodes.get(id)
    if (!node || !previous || previous === id) return false
    let later = node.next
    while (later !== null && later.id !== previous) later = later.next
    if (later === null) return false
    this.#unlink(node)
    this.#link(node, this.#predecessor(previous))
    return true
  }

  #predecessor(previous: string | null | undefined): Node<Item> | null {
    if (previous === 'root') return null
    let node = previous ? (this.#nodes.get(previous) ?? this.#last) : this.#last
    // What the server has deleted but people still see stays before what was said after it.
    while (node?.next?.gone) node = node.next
    return node
  }

  #link(node: Node<Item>, previous: Node<Item> | null): void {
    const next = previous === null ? this.#first : previous.next
    node.previous = previous
    node.next = next
    if (previous === null) this.#first = node
    else previous.next = node
    if (next === null) this.#last = node
    else next.previous = node
  }

  #unlink(node: Node<Item>): void {
    if (node.previous === null) this.#first = node.next
    else node.previous.next = node.next
    if (node.next === null) this.#last = node.previous
    else node.next.previous = node.previous
  }
}
