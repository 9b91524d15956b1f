import { rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Disposable } from '../../../shared/disposable.ts'
import type { Log } from '../../log.ts'
import { folderName } from './turn-audio.ts'
import {
  conversationOf,
  HistoryError,
  keyOf,
  type ConversationCursor,
  type ConversationSummary,
  type HistoryCall,
  type HistoryCalls,
  type HistoryChange,
  type HistoryEntry,
  type HistoryMessage,
  type HistoryOpened,
  type HistoryProblem,
  type HistoryReply,
  type HistoryStats,
  type SearchHit,
  type UnwritableReason,
  type UsageRow,
} from './types.ts'
import { WorkerLink } from './worker-link.ts'

export interface HistoryOptions {
  /** The worker's entry: `worker.ts` as it is, `out/main/history-worker.cjs` in the bundle. */
  workerFile: string | URL
  /** Folder that holds a folder of sound files for each conversation; null when there is none. */
  audioFolder: string | null
  log: Pick<Log, 'info' | 'warn'>
  /** Called once when writing begins to fail, and once for every file that is set aside. */
  onProblem: (problem: HistoryProblem) => void
  /** Writing works again, and what could not be written before is on disk. */
  onRecovered?: () => void
  /** Longest time that a change waits for others, ms. */
  batchMs?: number
  /** Waiting times between tries while writing fails, ms; the last one repeats. */
  retryMs?: readonly number[]
}

const BATCH_MS = 200
const RETRY_MS = [250, 1_000, 2_000, 5_000, 10_000, 30_000]
/** Most changes in one message, so that a long backlog does not hold main up. */
const MAX_BATCH = 500
/** Most changes that are kept while nothing can be written; beyond that the oldest is given up. */
const MAX_PENDING = 20_000
/** Longest wait for the worker when the history is closed, ms. */
const CLOSE_MS = 3_000

type Pending = Map<string, HistoryChange>

/**
 * What was said, on disk as it happens. Changes are taken at once, joined for at most 250 ms (of
 * several about the same entry only the newest is written) and committed by a worker thread that
 * alone owns the database. While the disk refuses, they are kept and tried again.
 */
export class History {
  readonly #options: HistoryOptions
  readonly #fresh = new Set<() => void>()
  #link: WorkerLink | null = null
  /** A file is there, so reading is worth while. */
  #exists = false
  #pending: Pending = new Map()
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<boolean> | null = null
  /** Failures in a row. */
  #failures = 0
  /** The trouble that has been told. */
  #told: UnwritableReason | null = null
  /** Recorded in this run, with whether they were deleted since. */
  readonly #conversations = new Map<string, 'kept' | 'deleted'>()

  constructor(options: HistoryOptions) {
    this.#options = options
  }

  /**
   * Opens the history at a path and starts its thread. Does not create the file: that is left to
   * the first record, so that who keeps no history has none. What was recorded before is written
   * now. Never rejects.
   */
  async open(file: string): Promise<HistoryOpened> {
    await this.close()
    let aside: (HistoryMessage & { type: 'set_aside' }) | null = null
    const link = new WorkerLink({
      workerFile: this.#options.workerFile,
      file,
      onSetAside: (message) => {
        aside ??= message
        this.#setAside(message)
      },
      onCrash: (message) => {
        this.#options.log.warn('The thread that writes the history has ended; it is started again when needed.', message)
      },
    })
    this.#link = link
    this.#exists = await isThere(file)
    if (!this.#exists) {
      // So that the first words need not wait for it.
      await link.ask('start', {})
      this.#schedule()
      return { state: 'new' }
    }
    const reply = await link.ask('open', {})
    this.#schedule()
    if (!reply.ok && reply.reason !== 'fresh') {
      this.#trouble(reply.reason, reply.code)
      return { state: 'unavailable', reason: reply.reason }
    }
    const found = aside as (HistoryMessage & { type: 'set_aside' }) | null
    return found === null ? { state: 'open' } : { state: 'set_aside', file: found.file, reason: found.reason }
  }

  /** Takes a change; it is on disk 250 ms later. Never throws. */
  record(change: HistoryChange): void {
    const conversation = conversationOf(change)
    if (this.#conversations.get(conversation) === 'deleted') return
    if (change.type === 'conversation') this.#conversations.set(conversation, 'kept')
    this.#pending.set(keyOf(change), change)
    if (this.#pending.size > MAX_PENDING) this.#giveUpOldest()
    this.#schedule()
  }

  /** Whether the person deleted a conversation in this run; nothing more of it is kept. */
  isDeleted(conversation: string): boolean {
    return this.#conversations.get(conversation) === 'deleted'
  }

  /** Calls a listener when the file was set aside while in use: what is still going on should be recorded anew. */
  onFresh(listener: () => void): Disposable {
    this.#fresh.add(listener)
    return { dispose: () => void this.#fresh.delete(listener) }
  }

  /** Writes what was recorded so far. @returns whether all of it is in the file */
  async flush(): Promise<boolean> {
    while (this.#link !== null && (this.#writing !== null || this.#pending.size > 0)) {
      if (this.#writing !== null) await this.#writing
      else if (!(await this.#write(this.#link))) return false
    }
    return this.#pending.size === 0
  }

  /** Writes what is left, closes the file and ends the worker, within 3 s each. Never rejects. */
  async close(): Promise<void> {
    const link = this.#link
    if (link === null) return
    await withinMs(CLOSE_MS, this.flush())
    if (this.#pending.size > 0) this.#options.log.warn('Some of what was said could not be written.', { changes: this.#pending.size })
    this.#stopTimer()
    this.#link = null
    this.#told = null
    this.#failures = 0
    await link.stop(CLOSE_MS)
  }

  /** Conversations, newest first. @param page.before where the page before this one ended @throws HistoryError */
  async conversations(page: { limit: number; before?: ConversationCursor }): Promise<ConversationSummary[]> {
    return (await this.#read('conversations', { limit: page.limit, before: page.before ?? null })) ?? []
  }

  /** The entries of a conversation in order, at most 1,000 at a time. @throws HistoryError */
  async entries(conversation: string, page: { limit?: number; offset?: number } = {}): Promise<HistoryEntry[]> {
    return (await this.#read('entries', { conversation, limit: page.limit ?? 1_000, offset: page.offset ?? 0 })) ?? []
  }

  /** Entries with every word of `text` (or its beginning), newest first. @throws HistoryError */
  async search(text: string, page: { limit: number }): Promise<SearchHit[]> {
    return (await this.#read('search', { text, limit: page.limit })) ?? []
  }

  /** What was used since a time (Unix ms), oldest first. @throws HistoryError */
  async usageSince(at: number): Promise<UsageRow[]> {
    return (await this.#read('usageSince', { at })) ?? []
  }

  /** A conversation with entries and usage as JSON text; null when it is not kept. @throws HistoryError */
  async exportConversation(conversation: string): Promise<string | null> {
    return this.#read('export', { conversation })
  }

  /** How much is kept. @throws HistoryError */
  async stats(): Promise<HistoryStats> {
    return (await this.#read('stats', {})) ?? { conversations: 0, entries: 0, bytes: 0, oldest: null }
  }

  /** Removes a conversation, its words and its sound. One that is going on is not kept from then on. @throws HistoryError */
  async deleteConversation(conversation: string): Promise<void> {
    this.#conversations.set(conversation, 'deleted')
    this.#forgetDeleted()
    await this.#read('deleteConversation', { conversation })
    const { audioFolder } = this.#options
    if (audioFolder !== null) await removeFolder(join(audioFolder, folderName(conversation)))
  }

  /** Removes everything that was ever kept, what was set aside included. @throws HistoryError */
  async deleteAll(): Promise<void> {
    for (const id of this.#conversations.keys()) this.#conversations.set(id, 'deleted')
    this.#pending.clear()
    await this.#writing
    this.#forgetDeleted()
    const reply = await this.#link?.ask('deleteAll', {})
    if (reply?.ok === false) throw new HistoryError(reply.reason === 'fresh' ? 'failed' : reply.reason)
    this.#exists = false
    if (this.#options.audioFolder !== null) await removeFolder(this.#options.audioFolder)
  }

  // ── writing ───────────────────────────────────────────────────────────────────────────────

  #schedule(): void {
    if (this.#timer !== null || this.#writing !== null || this.#link === null || this.#pending.size === 0) return
    const retries = this.#options.retryMs ?? RETRY_MS
    const wait = this.#failures === 0 ? (this.#options.batchMs ?? BATCH_MS) : (retries[this.#failures - 1] ?? retries.at(-1) ?? BATCH_MS)
    this.#timer = setTimeout(() => {
      this.#timer = null
      if (this.#link !== null && this.#writing === null) void this.#write(this.#link)
    }, wait)
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #write(link: WorkerLink): Promise<boolean> {
    this.#stopTimer()
    const batch: Pending = new Map()
    for (const [key, change] of this.#pending) {
      if (batch.size === MAX_BATCH) break
      batch.set(key, change)
      this.#pending.delete(key)
    }
    const writing = link.ask('write', { changes: [...batch.values()], at: Date.now() }).then((reply) => {
      this.#writing = null
      const written = this.#written(batch, reply)
      this.#schedule()
      return written
    })
    this.#writing = writing
    return writing
  }

  #written(batch: Pending, reply: HistoryReply<'write'>): boolean {
    if (reply.ok) {
      this.#exists = true
      this.#failures = 0
      if (reply.answer > 0) this.#options.log.warn('The history refused some of what was recorded.', { changes: reply.answer })
      if (this.#told !== null && this.#pending.size === 0) {
        this.#told = null
        this.#options.log.info('The history is written again.')
        this.#options.onRecovered?.()
      }
      return true
    }
    // What was recorded meanwhile is newer and wins.
    this.#pending = new Map([...batch, ...this.#pending])
    this.#forgetDeleted()
    this.#failures++
    // Into the new file at once; but a medium that damages that one too gets no third.
    if (reply.reason === 'fresh' && this.#failures === 1) return true
    const reason = reply.reason === 'fresh' ? 'failed' : reply.reason
    // A crash is tried again in silence, until it is no longer.
    if (reason !== 'crashed' || reply.code === 'too_many_crashes') this.#trouble(reason, reply.code)
    return false
  }

  #trouble(reason: UnwritableReason, code: string): void {
    this.#failures = Math.max(1, this.#failures)
    if (this.#told === reason) return
    this.#told = reason
    this.#options.log.warn('The history cannot be written; what is said is kept in memory until it can.', { reason, code })
    this.#options.onProblem({ code: 'history_unwritable', detail: { reason }, actions: ['dismiss'] })
  }

  #setAside(message: HistoryMessage & { type: 'set_aside' }): void {
    const file = basename(message.file)
    this.#options.log.warn(`The history is ${message.reason === 'newer' ? 'of a newer version' : 'damaged'}; it is kept as ${file}.`)
    this.#options.onProblem({ code: 'history_set_aside', detail: { reason: message.reason, file }, actions: ['dismiss'] })
    for (const listener of this.#fresh) listener()
  }

  #giveUpOldest(): void {
    for (const [key, change] of this.#pending) {
      // Without its conversation, none of the entries could be kept.
      if (change.type === 'conversation') continue
      this.#pending.delete(key)
      return
    }
  }

  #forgetDeleted(): void {
    for (const [key, change] of this.#pending) if (this.isDeleted(conversationOf(change))) this.#pending.delete(key)
  }

  // ── reading ───────────────────────────────────────────────────────────────────────────────

  /** @returns null when there is nothing to read */
  async #read<Call extends HistoryCall>(call: Call, ask: HistoryCalls[Call]['ask']): Promise<HistoryCalls[Call]['answer'] | null> {
    await this.flush()
    if (this.#link === null || !this.#exists) return null
    let reply = await this.#link.ask(call, ask)
    if (!reply.ok && reply.reason === 'fresh') reply = await this.#link.ask(call, ask)
    if (reply.ok) return reply.answer
    throw new HistoryError(reply.reason === 'fresh' ? 'failed' : reply.reason)
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
  }
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}

async function withinMs(ms: number, job: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([job, late])
  clearTimeout(timer)
}
