import type { DatabaseSync } from 'node:sqlite'
import { BroadcastChannel, parentPort, workerData } from 'node:worker_threads'
import { serveHistory } from '../../../../main/storage/history/serve.ts'
import type { HistoryMessage, HistoryRequest, HistoryWorkerData } from '../../../../main/storage/history/types.ts'
import type { Command, Noticed } from './helpers.ts'

/** The real worker, with a second line by which a test can fill its disk or end it. */
const data = workerData as HistoryWorkerData
const channel = new BroadcastChannel(data.file)
let database: DatabaseSync | null = null
let maxPages = 0
let crashAtNext = false
const notice = (noticed: Noticed): void => channel.postMessage(noticed)

function limit(): void {
  if (database === null || maxPages === 0) return
  const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count'])
  database.exec(`PRAGMA max_page_count = ${maxPages === 1 ? pages : maxPages}`)
}

channel.onmessage = (event: unknown) => {
  const { data: command } = event as { data: Command }
  if (command.do === 'limit') {
    maxPages = command.pages
    limit()
  } else if (command.do === 'crash at the next request') {
    crashAtNext = true
  } else {
    return
  }
  notice({ noticed: 'command' })
}
channel.unref()

const port = parentPort
if (port !== null) {
  serveHistory({
    data,
    onSynced: () => notice({ noticed: 'synced' }),
    onOpened: (opened) => {
      database = opened
      limit()
    },
    port: {
      on(_event, listener: (request: HistoryRequest) => void) {
        port.on('message', (request: HistoryRequest) => {
          if (crashAtNext) throw new Error('The test ends this thread.')
          if (request.call === 'write') notice({ noticed: 'write', changes: request.ask.changes.length })
          listener(request)
        })
        return port
      },
      postMessage: (message: HistoryMessage) => port.postMessage(message),
      close: () => {
        channel.close()
        port.close()
      },
    },
  })
}
