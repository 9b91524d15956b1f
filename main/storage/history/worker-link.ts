import { Worker } from 'node:worker_threads'
import type { HistoryCall, HistoryCalls, HistoryMessage, HistoryReply, HistoryWorkerData } from './types.ts'

export interface WorkerLinkOptions {
  /** The worker's entry file: `worker.ts`, or what it was bundled to. */
  workerFile: string | URL
  /** Path of the database. */
  file: string
  onSetAside: (message: HistoryMessage & { type: 'set_aside' }) => void
  /** The worker ended by itself. @param message for the log */
  onCrash: (message: string) => void
}

/** After this many crashes within the time, the worker is not started again until some of them are older. */
const MAX_CRASHES = 3
const CRASH_WINDOW_MS = 5 * 60_000

interface Running {
  worker: Worker
  waiting: Map<number, (reply: HistoryReply<HistoryCall>) => void>
}

/**
 * The line to the worker that owns the database. The worker is started by the first question, and
 * again by the next one when it has crashed.
 */
export class WorkerLink {
  readonly #options: WorkerLinkOptions
  #running: Running | null = null
  #number = 0
  #started = false
  /** When it crashed, ms of `performance.now()`. */
  #crashes: number[] = []

  constructor(options: WorkerLinkOptions) {
    this.#options = options
  }

  /** Asks the worker. Never rejects. Questions are answered in their order. */
  ask<Call extends HistoryCall>(call: Call, ask: HistoryCalls[Call]['ask']): Promise<HistoryReply<Call>> {
    return new Promise((resolve) => {
      const running = (this.#running ??= this.#start())
      if (running === null) {
        resolve({ ok: false, reason: 'crashed', code: 'too_many_crashes' })
        return
      }
      const number = ++this.#number
      // The number ties the answer to its question, and so to its type.
      running.waiting.set(number, resolve)
      try {
        running.worker.postMessage({ number, call, ask })
      } catch (error) {
        running.waiting.delete(number)
        resolve({ ok: false, reason: 'failed', code: error instanceof Error ? error.name : 'DataCloneError' })
      }
    })
  }

  /** Lets the worker close the database, or ends it when that takes longer than `withinMs`. */
  async stop(withinMs: number): Promise<void> {
    const running = this.#running
    if (running === null) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs)
    })
    await Promise.race([this.ask('close', {}), late])
    clearTimeout(timer)
    this.#leave(running, 'closed')
    await running.worker.terminate()
  }

  #start(): Running | null {
    const now = performance.now()
    this.#crashes = this.#crashes.filter((at) => now - at < CRASH_WINDOW_MS)
    if (this.#crashes.length >= MAX_CRASHES) return null
    const workerData: HistoryWorkerData = { file: this.#options.file, firstStart: !this.#started }
    const running: Running = { worker: new Worker(this.#options.workerFile, { workerData, name: 'history' }), waiting: new Map() }
    this.#started = true
    running.worker.on('message', (message: HistoryMessage) => {
      if (this.#running === running) this.#received(running, message)
    })
    running.worker.on('error', (error) => {
      this.#crashed(running, String(error))
    })
    running.worker.on('exit', (code) => {
      this.#crashed(running, `exit ${code}`)
    })
    return running
  }

  #received(running: Running, message: HistoryMessage): void {
    if (message.type === 'set_aside') {
      this.#options.onSetAside(message)
      return
    }
    const resolve = running.waiting.get(message.number)
    running.waiting.delete(message.number)
    resolve?.(message.reply)
  }

  #crashed(running: Running, message: string): void {
    if (this.#running !== running) return
    this.#crashes.push(performance.now())
    this.#options.onCrash(message)
    this.#leave(running, 'crashed')
  }

  #leave(running: Running, code: string): void {
    if (this.#running === running) this.#running = null
    for (const resolve of running.waiting.values()) resolve({ ok: false, reason: 'crashed', code })
    running.waiting.clear()
  }
}
