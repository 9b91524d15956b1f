import { existsSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { HistoryDatabase } from './database.ts'
import { faultOf } from './fault.ts'
import { LogSync } from './log-sync.ts'
import { openDatabase, setDatabaseAside, SIDE_FILES } from './open-database.ts'
import type { HistoryCall, HistoryCalls, HistoryMessage, HistoryReply, HistoryRequest, HistoryWorkerData, SetAsideReason } from './types.ts'

export interface ServeOptions {
  port: {
    on: (event: 'message', listener: (request: HistoryRequest) => void) => unknown
    postMessage: (message: HistoryMessage) => void
    close: () => void
  }
  data: HistoryWorkerData
  /** Called with each database that is opened. */
  onOpened?: (database: DatabaseSync) => void
  /** Called when what was written has reached the medium. */
  onSynced?: () => void
}

/**
 * The worker's side of the history: answers one question after the other, opens the database when
 * the first one needs it, and sets it aside when it turns out to be damaged. Nothing is thrown:
 * what fails is answered.
 */
export function serveHistory({ port, data, onOpened, onSynced }: ServeOptions): void {
  const { file } = data
  const log = new LogSync(file, () => onSynced?.())
  let history: HistoryDatabase | null = null
  let firstOpening = data.firstStart

  const say = (message: HistoryMessage): void => {
    port.postMessage(message)
  }

  function open(): HistoryDatabase {
    if (history !== null) return history
    const { database, setAside } = openDatabase(file)
    if (setAside !== null) say({ type: 'set_aside', ...setAside })
    onOpened?.(database)
    history = new HistoryDatabase(database, file)
    if (firstOpening) history.endLeftOpen()
    firstOpening = false
    return history
  }

  function close(): void {
    const closing = history
    history = null
    closing?.close()
  }

  function answer(request: HistoryRequest): HistoryCalls[HistoryCall]['answer'] {
    switch (request.call) {
      case 'start':
        return null
      case 'open':
        open()
        return null
      case 'write': {
        const refused = open().write(request.ask.changes, request.ask.at)
        log.request()
        return refused
      }
      case 'conversations':
        return open().conversations(request.ask.limit, request.ask.before)
      case 'entries':
        return open().entries(request.ask.conversation, request.ask.limit, request.ask.offset)
      case 'search':
        return open().search(request.ask.text, request.ask.limit)
      case 'usageSince':
        return open().usageSince(request.ask.at)
      case 'export':
        return open().export(request.ask.conversation)
      case 'stats':
        return open().stats()
      case 'deleteConversation':
        open().deleteConversation(request.ask.conversation)
        return null
      case 'deleteAll':
        close()
        deleteFiles(file)
        return null
      case 'close':
        close()
        return null
    }
  }

  function withWholeIndex<Answer>(job: () => Answer): Answer {
    try {
      return job()
    } catch (error) {
      if (faultOf(error).kind !== 'index_damaged') throw error
    }
    open().rebuildIndex()
    return job()
  }

  function failed(error: unknown): HistoryReply<HistoryCall> {
    const fault = faultOf(error)
    if (fault.kind === 'unwritable') return { ok: false, reason: fault.reason, code: fault.code }
    if (fault.kind === 'refused') return { ok: false, reason: 'failed', code: fault.code }
    try {
      close()
      const reason: SetAsideReason = 'damaged'
      say({ type: 'set_aside', file: setDatabaseAside(file, reason), reason })
      return { ok: false, reason: 'fresh', code: 'SQLITE_CORRUPT' }
    } catch (second) {
      const then = faultOf(second)
      return { ok: false, reason: then.kind === 'unwritable' ? then.reason : 'failed', code: 'SQLITE_CORRUPT' }
    }
  }

  port.on('message', (request: HistoryRequest) => {
    let reply: HistoryReply<HistoryCall>
    try {
      reply = { ok: true, answer: withWholeIndex(() => answer(request)) }
    } catch (error) {
      reply = failed(error)
    }
    say({ type: 'reply', number: request.number, reply })
    if (request.call === 'close' && reply.ok) port.close()
  })
}

/** Deletes the history and whatever of it was set aside: "delete all" leaves nothing that was said. */
function deleteFiles(file: string): void {
  const ending = extname(file)
  const stem = basename(file, ending)
  if (!existsSync(dirname(file))) return
  for (const name of readdirSync(dirname(file))) {
    const side = SIDE_FILES.find((suffix) => name.endsWith(suffix)) ?? ''
    const main = name.slice(0, name.length - side.length)
    if (!main.startsWith(stem) || !main.endsWith(ending)) continue
    const between = main.slice(stem.length, main.length - ending.length)
    if (/^(?:\.(?:damaged|newer)-\d+)?$/.test(between)) rmSync(join(dirname(file), name), { force: true })
  }
}
