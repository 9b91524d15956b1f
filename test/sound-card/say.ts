import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

export interface SayOptions {
  /** Voice of espeak-ng, e.g. `en-gb`, `de`, `en-us+f3`. */
  voice?: string
  /** Sample rate of the file, Hz; the utterance itself is the same at every rate. */
  rate?: 24_000 | 48_000
  /** Silence before and after the words, s. */
  pad?: number
  /** Largest sample, dBFS. */
  peakDb?: number
}

/** Where what was once said stays: the same words at the same settings are the same file, in every run. */
const folder = join(tmpdir(), `parley-spoken-${userInfo().username}`)

/**
 * Speaks a sentence with espeak-ng into a WAV file (16-bit mono) and returns its path. Needs
 * `espeak-ng` and `sox`.
 */
export function say(text: string, { voice = 'en-us', rate = 48_000, pad = 0, peakDb = -6 }: SayOptions = {}): string {
  const name = createHash('sha256').update(JSON.stringify([text, voice, rate, pad, peakDb])).digest('hex')
  const path = join(folder, `${name}.wav`)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  const raw = join(folder, `${name}.${String(process.pid)}.raw.wav`)
  const made = join(folder, `${name}.${String(process.pid)}.wav`)
  run('espeak-ng', ['-v', voice, '-w', raw, '--', text])
  const padding = pad > 0 ? ['pad', String(pad), String(pad)] : []
  run('sox', ['-D', raw, '-b', '16', '-c', '1', made, 'rate', '-v', String(rate), 'norm', String(peakDb), ...padding])
  rmSync(raw)
  // Whole or not at all, also when two processes say the same.
  renameSync(made, path)
  return path
}

function run(command: string, args: string[]): void {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 })
  if (result.error) throw result.error
  if (result.status !== 0) throw new Error(`${command} failed: ${result.stderr}`)
}
