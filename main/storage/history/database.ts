import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { faultOf } from './fault.ts'
import { sizeOf } from './open-database.ts'
import { conversationParameters, entryOf, entryParameters, hasNoSpaces, hitOf, queryOf, summaryOf, usageOf, usageParameters } from './rows.ts'
import { CONVERSATIONS, PUT_CONVERSATION, PUT_ENTRY, PUT_USAGE, SEARCH, SEARCH_WITHIN } from './schema.ts'
import { conversationOf, type ConversationCursor, type ConversationSummary, type HistoryChange, type HistoryEntry, type HistoryStats, type SearchHit, type UsageRow } from './types.ts'

/** Behind every conversation there is. */
const NEWEST: ConversationCursor = { started: Number.MAX_SAFE_INTEGER, id: '' }

/**
 * The history in an open database: everything that is asked of it, at once and in order. Lives in
 * the worker. Every method throws the error of SQLite.
 */
export class HistoryDatabase {
  readonly #database: DatabaseSync
  readonly #file: string
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync, file: string) {
    this.#database = database
    this.#file = file
  }

  /**
   * Makes all changes in one transaction. What the database refuses for good (a value that does
   * not fit) is left out, so that it cannot keep everything behind it from being kept.
   *
   * @param at when, Unix ms
   * @returns how many were left out
   */
  write(changes: readonly HistoryChange[], at: number): number {
    try {
      this.#inTransaction(() => {
        for (const change of changes) this.#put(change, at)
        this.#touch(changes, at)
      })
      return 0
    } catch (error) {
      if (faultOf(error).kind !== 'refused') throw error
    }
    let refused = 0
    this.#inTransaction(() => {
      for (const change of changes) {
        this.#database.exec('SAVEPOINT one')
        try {
          this.#put(change, at)
        } catch (error) {
          if (faultOf(error).kind !== 'refused') throw error
          this.#database.exec('ROLLBACK TO one')
          refused++
        }
        this.#database.exec('RELEASE one')
      }
      this.#touch(changes, at)
    })
    return refused
  }

  /** Gives conversations that no one will end any more the end that is known: their last change. */
  endLeftOpen(): void {
    this.#run('UPDATE conversations SET ended = changed WHERE ended IS NULL', {})
  }

  conversations(limit: number, before: ConversationCursor | null): ConversationSummary[] {
    const { started, id } = before ?? NEWEST
    return this.#prepare(CONVERSATIONS).all({ started, id, limit }).map(summaryOf)
  }

  /** In conversation order. */
  entries(conversation: string, limit: number, offset: number): HistoryEntry[] {
    const sql = 'SELECT * FROM entries WHERE conversation = :conversation ORDER BY position, key LIMIT :limit OFFSET :offset'
    return this.#prepare(sql).all({ conversation, limit, offset }).map(entryOf)
  }

  search(text: string, limit: number): SearchHit[] {
    if (hasNoSpaces(text)) return this.#prepare(SEARCH_WITHIN).all({ text: text.trim(), limit }).map(hitOf)
    const query = queryOf(text)
    return query === null ? [] : this.#prepare(SEARCH).all({ query, limit }).map(hitOf)
  }

  usageSince(at: number): UsageRow[] {
    return this.#prepare('SELECT kind, id, model, usage, at FROM usage WHERE at >= :at ORDER BY at').all({ at }).map(usageOf)
  }

  /** A conversation with all that belongs to it, as JSON; null when it is not kept. */
  export(conversation: string): string | null {
    const row = this.#prepare(CONVERSATIONS.replace('(c.started, c.id) < (:started, :id)', 'c.id = :id')).all({ id: conversation, limit: 1 })[0]
    if (row === undefined) return null
    const { title, entries: _count, ...info } = summaryOf(row)
    const entries = this.entries(conversation, -1, 0).map(({ entry, audioFile }) => ({ ...entry, audioFile }))
    const usage = this.#prepare('SELECT kind, id, model, usage, at FROM usage WHERE conversation = :conversation ORDER BY at')
    const whole = { format: 'parley-conversation', version: 1, ...info, title, entries, usage: usage.all({ conversation }).map(usageOf) }
    return `${JSON.stringify(whole, null, 2)}\n`
  }

  stats(): HistoryStats {
    const sql = 'SELECT (SELECT count(*) FROM conversations) AS c, (SELECT count(*) FROM entries) AS e, (SELECT min(started) FROM conversations) AS o'
    const row = this.#prepare(sql).get()
    const oldest = row?.['o']
    return {
      conversations: Number(row?.['c']),
      entries: Number(row?.['e']),
      bytes: sizeOf(this.#file) + sizeOf(`${this.#file}-wal`),
      oldest: typeof oldest === 'number' ? oldest : null,
    }
  }

  /** Removes a conversation so that its words are no longer in the file, nor in its log. */
  deleteConversation(conversation: string): void {
    this.#inTransaction(() => this.#run('DELETE FROM conversations WHERE id = :conversation', { conversation }))
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }

  /** Makes the index of words anew from the texts. */
  rebuildIndex(): void {
    this.#database.exec("INSERT INTO entry_words (entry_words) VALUES ('rebuild')")
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  #put(change: HistoryChange, at: number): void {
    switch (change.type) {
      case 'conversation':
        this.#run(PUT_CONVERSATION, conversationParameters(change.conversation, at))
        return
      case 'entry':
        this.#run(PUT_ENTRY, entryParameters(change))
        return
      case 'remove':
        this.#run('DELETE FROM entries WHERE conversation = :conversation AND id = :id', { conversation: change.conversation, id: change.id })
        return
      case 'usage':
        this.#run(PUT_USAGE, usageParameters(change))
    }
  }

  #touch(changes: readonly HistoryChange[], at: number): void {
    for (const id of new Set(changes.map(conversationOf))) this.#run('UPDATE conversations SET changed = :at WHERE id = :id', { id, at })
  }

  #run(sql: string, parameters: Parameters<StatementSync['run']>[0]): void {
    this.#prepare(sql).run(parameters)
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  #inTransaction(job: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      job()
      this.#database.exec('COMMIT')
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }
}
