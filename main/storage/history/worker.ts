import { parentPort, workerData } from 'node:worker_threads'
import { serveHistory } from './serve.ts'
import type { HistoryWorkerData } from './types.ts'

// Entry of the worker thread. What it is started with comes from `worker-link.ts` alone.
if (parentPort !== null) serveHistory({ port: parentPort, data: workerData as HistoryWorkerData })
