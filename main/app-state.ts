import type { ConversationPatch } from '../shared/conversation/model.ts'
import type { AppState, StatePatch } from '../shared/state.ts'

/** The part of the state that is replaced whole; the conversation is patched. */
type Shown = Omit<AppState, 'entries'>

export interface AppStateStoreOptions {
  initial: Shown
  /** The conversation as it is now, for snapshots. */
  entries: () => AppState['entries']
  /** Numbers one change and sends it to every window that is ready. */
  broadcast: (change: Omit<StatePatch, 'seq'>) => void
}

/**
 * What every window shows (design §3): a window opened late or reloaded asks for the snapshot and
 * is right at once. Changes of one event-loop turn travel together.
 */
export class AppStateStore {
  readonly #options: AppStateStoreOptions
  #shown: Shown
  #pending: { set: Partial<Shown>; conversation: ConversationPatch[] } | null = null

  constructor(options: AppStateStoreOptions) {
    this.#options = options
    this.#shown = options.initial
  }

  get shown(): Readonly<Shown> {
    return this.#shown
  }

  /** Replaces parts of the state. */
  set(change: Partial<Shown>): void {
    this.#shown = { ...this.#shown, ...change }
    const pending = this.#queue()
    pending.set = { ...pending.set, ...change }
  }

  /** Passes on changes of the conversation. */
  conversation(patches: readonly ConversationPatch[]): void {
    this.#queue().conversation.push(...patches)
  }

  /** The whole state; what was waiting to be sent is in it and is sent first, so that numbers stay right. */
  snapshot(): AppState {
    this.#flush()
    return { ...this.#shown, entries: this.#options.entries() }
  }

  #queue(): { set: Partial<Shown>; conversation: ConversationPatch[] } {
    if (!this.#pending) {
      this.#pending = { set: {}, conversation: [] }
      setImmediate(() => {
        this.#flush()
      })
    }
    return this.#pending
  }

  #flush(): void {
    const pending = this.#pending
    if (!pending) return
    this.#pending = null
    this.#options.broadcast({
      ...(Object.keys(pending.set).length > 0 ? { set: pending.set } : {}),
      ...(pending.conversation.length > 0 ? { conversation: pending.conversation } : {}),
    })
  }
}
