import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FromClient, ToClient } from './client-process.ts'
import type { FromServer, ToServer } from './server-process.ts'

/** Longest wait for anything, ms: 4 000 turns on a busy machine. */
const PATIENCE_MS = 120_000

/** `BENCH_CPU_PROF=FOLDER` writes a CPU profile of every client. */
const PROFILE = process.env['BENCH_CPU_PROF'] === undefined ? [] : ['--cpu-prof', '--cpu-prof-interval=400', `--cpu-prof-dir=${process.env['BENCH_CPU_PROF']}`]

/** A process of this benchmark that is told what to do and says what it found. */
class Worker<In extends object, Out extends { is: string }> {
  readonly #child: ChildProcess
  readonly #said: Out[] = []
  readonly #waiting: { is: string; resolve: (message: Out) => void; reject: (error: Error) => void }[] = []
  #ended: Error | null = null

  constructor(file: string, args: string[], execArgv: string[] = []) {
    this.#child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
      execArgv: ['--no-warnings', ...execArgv],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, OPENAI_API_KEY: '', OPENAI_AGENTS_DISABLE_TRACING: '1' },
    })
    this.#child.on('message', (message) => {
      const said = message as Out
      const i = this.#waiting.findIndex(({ is }) => is === said.is)
      if (i < 0) this.#said.push(said)
      else this.#waiting.splice(i, 1)[0]?.resolve(said)
    })
    this.#child.on('exit', (code) => {
      this.#ended = new Error(`${file} ${args.join(' ')} ended with code ${String(code)}`)
      for (const { reject } of this.#waiting) reject(this.#ended)
    })
  }

  tell(order: In): void {
    this.#child.send(order)
  }

  hear<Is extends Out['is']>(is: Is): Promise<Extract<Out, { is: Is }>> {
    const i = this.#said.findIndex((message) => message.is === is)
    if (i >= 0) return Promise.resolve(this.#said.splice(i, 1)[0] as Extract<Out, { is: Is }>)
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(this.#ended)
        return
      }
      const timer = setTimeout(() => {
        reject(new Error(`nothing was heard of “${is}”`))
      }, PATIENCE_MS)
      this.#waiting.push({
        is,
        resolve: (message) => {
          clearTimeout(timer)
          resolve(message as Extract<Out, { is: Is }>)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      })
    })
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    // A client that ends by itself writes its CPU profile, if one was asked for.
    if (this.#child.connected) this.#child.disconnect()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
    await gone
    clearTimeout(timer)
  }
}

/** What a capture worklet did in a process of its own. */
export interface WorkletCost {
  is: 'worklet'
  /** Bytes still held at the end. */
  retained: number
  cpuMsPerMinute: number
  postsPerSecond: number
}

export async function workletCost(which: 'ours' | 'wavtools' | 'elevenlabs', minutes: number): Promise<WorkletCost> {
  const worker = new Worker<object, WorkletCost>('./worklet-process.ts', [which, String(minutes)], ['--expose-gc', '--max-old-space-size=3000'])
  try {
    return await worker.hear('worklet')
  } finally {
    await worker.end()
  }
}

/** Server and client, each in its own process, connected. */
export interface Pair {
  server: Worker<ToServer, FromServer>
  client: Worker<ToClient, FromClient>
  ready: Extract<FromClient, { is: 'ready' }>
  end(): Promise<void>
}

/**
 * Starts a server and a client and waits until they speak.
 * @param module what exports `createClient`
 */
export async function connectPair(module: string, execArgv: string[] = []): Promise<Pair> {
  const server = new Worker<ToServer, FromServer>('./server-process.ts', [])
  const { port } = await server.hear('listening')
  const client = new Worker<ToClient, FromClient>('./client-process.ts', [module, `ws://127.0.0.1:${String(port)}/v1/realtime`], ['--expose-gc', ...PROFILE, ...execArgv])
  const end = async (): Promise<void> => {
    await client.end()
    await server.end()
  }
  try {
    const ready = await client.hear('ready')
    return { server, client, ready, end }
  } catch (error) {
    await end()
    throw error
  }
}
