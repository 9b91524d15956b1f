import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { BroadcastChannel } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import { History, type HistoryOptions } from '../../../../main/storage/history/history.ts'
import type { HistoryProblem } from '../../../../main/storage/history/types.ts'
import { memoryLog } from '../../desktop/fakes.ts'
import { WORKER } from './fixtures.ts'

export * from './fixtures.ts'

const INSTRUMENTED = new URL('./instrumented-worker.ts', import.meta.url)

/** What a test can tell the instrumented worker. `pages` 1: not one more than there are. */
export type Command = { do: 'limit'; pages: number } | { do: 'crash at the next request' }
export type Noticed = { noticed: 'command' | 'synced' } | { noticed: 'write'; changes: number }

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-history-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A history that is closed after the test. */
export function makeHistory(options: Partial<HistoryOptions> = {}) {
  const problems: HistoryProblem[] = []
  const recovered = { times: 0 }
  const log = memoryLog()
  const history = new History({
    workerFile: WORKER,
    audioFolder: null,
    log,
    onProblem: (problem) => problems.push(problem),
    onRecovered: () => recovered.times++,
    ...options,
  })
  onTestFinished(() => history.close())
  return { history, problems, recovered, log }
}

/** A history whose worker can be filled and ended, and tells of each batch. */
export function makeInstrumented(file: string, options: Partial<HistoryOptions> = {}) {
  const channel = new BroadcastChannel(file)
  const batches: number[] = []
  const synced = { times: 0 }
  let done: (() => void) | null = null
  channel.onmessage = (event: unknown) => {
    const { data } = event as { data: Noticed }
    if (data.noticed === 'write') batches.push(data.changes)
    else if (data.noticed === 'synced') synced.times++
    else done?.()
  }
  onTestFinished(() => channel.close())
  const tell = (command: Command): Promise<void> =>
    new Promise((resolve) => {
      done = resolve
      channel.postMessage(command)
    })
  return { ...makeHistory({ workerFile: INSTRUMENTED, retryMs: [30], ...options }), batches, synced, tell }
}

/** What a stranger sees in the file. */
export function look<Result>(file: string, job: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return job(database)
  } finally {
    database.close()
  }
}
