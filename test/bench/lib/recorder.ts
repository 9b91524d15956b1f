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
  /** With the place of each in all that was recorded, bytes. */
  const chunks: { at: number; chunk: Buffer }[] = []
  let bytes = 0
  /** Least of arrival minus samples, ms: the line's height. Virtual cards run on this machine's own clock, so its slope is 1. */
  let line = Infinity
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => {
      reject(new Error('parec ended'))
    })
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push({ at: bytes, chunk })
      bytes += chunk.length
      line = Math.min(line, performance.now() - bytes / 2 / (RATE / 1000))
      resolve()
    })
  })
  return {
    mark: () => bytes >> 1,
    since(mark) {
      // Asked for many times a second: to copy what came before as well would keep this process from hearing what comes.
      const first = Math.max(0, chunks.findLastIndex(({ at }) => at <= mark * 2))
      const wanted = Buffer.concat(chunks.slice(first).map(({ chunk }) => chunk)).subarray(mark * 2 - (chunks[first]?.at ?? 0))
      const samples = new Int16Array(wanted.length >> 1)
      for (let i = 0; i < samples.length; i++) samples[i] = wanted.readInt16LE(i * 2)
      return { samples, timeOf: (sample) => line + ((mark + sample) * 1000) / RATE }
    },
    stop() {
      child.kill('SIGKILL')
    },
  }
}
