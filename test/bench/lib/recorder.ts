import { spawn } from 'node:child_process'
import type { SoundCard } from '../../sound-card/index.ts'

/** Hz. */
export const RATE = 24_000

/** What the speaker played, on the clock of this process. */
export interface Heard {
  samples: Int16Array
  /** `performance.now()` at which a sample was played, ms. */
  timeOf(sample: number): number
}

export interface Recorder {
  /** `performance.now()` clock; samples since the last call of `since`. */
  mark(): number
  /** Everything recorded since a mark. */
  since(mark: number): Heard
  stop(): void
}

/**
 * Records what a sink plays without a pause, and knows when each sample was played: pieces arrive late
 * or on time but never early, so the earliest arrivals of all give the line from sample to time.
 */
export async function startRecorder(card: SoundCard, source = 'spk.monitor'): Promise<Recorder> {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'parec', `--device=${source}`, '--format=s16le', `--rate=${String(RATE)}`, '--channels=1', '--latency-msec=5', '--raw'], {
    env: { ...process.env, ...card.env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  /** All that was recorded, in one piece: thousands of small ones keep the collector of garbage busy while somebody is waiting to be sent to. */
  let store = new Uint8Array(RATE * 2 * 60)
  let bytes = 0
  /** Least of arrival minus samples, ms: the line's height. Virtual cards run on this machine's own clock, so its slope is 1. */
  let line = Infinity
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => {
      reject(new Error('parec ended'))
    })
    child.stdout.on('data', (chunk: Buffer) => {
      if (bytes + chunk.length > store.length) {
        const larger = new Uint8Array(store.length * 2)
        larger.set(store)
        store = larger
      }
      store.set(chunk, bytes)
      bytes += chunk.length
      line = Math.min(line, performance.now() - bytes / 2 / (RATE / 1000))
      resolve()
    })
  })
  return {
    mark: () => bytes >> 1,
    since(mark) {
      const samples = new Int16Array(store.buffer, mark * 2, (bytes >> 1) - mark).slice()
      return { samples, timeOf: (sample) => line + ((mark + sample) * 1000) / RATE }
    },
    stop() {
      child.kill('SIGKILL')
    },
  }
}
