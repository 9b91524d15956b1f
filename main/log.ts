import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'
import { Redaction } from './redaction.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/**
 * Where everything that is worth keeping for a bug report goes. The first argument is a whole
 * sentence; details follow as values. Redaction happens here, at the sink, for every writer, but
 * is the second line of defence: what was said, keys and headers are not logged on purpose.
 */
export interface Log {
  debug(sentence: string, ...details: unknown[]): void
  info(sentence: string, ...details: unknown[]): void
  warn(sentence: string, ...details: unknown[]): void
  error(sentence: string, ...details: unknown[]): void
  /** From now on this value is shown nowhere, in whole or split over several details. */
  redactAlso(value: string): void
}

/** Takes finished, redacted lines (without line end). Must not throw. */
export type LogSink = (line: string) => void

/** Longest line written, characters. */
const MAX_LINE = 8_000
/** Longest text looked at for one line, characters; what follows is never written. */
const MAX_RAW = 50_000

const ORDER: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/** Makes the log. Lines below `level` (default `info`) are left out; `redaction` is given where others must hide the same. */
export function createLog(options: { sinks: readonly LogSink[]; level?: LogLevel; now?: () => Date; redaction?: Redaction }): Log {
  const redaction = options.redaction ?? new Redaction()
  const least = ORDER[options.level ?? 'info']
  const now = options.now ?? (() => new Date())

  const write = (level: LogLevel, sentence: string, details: readonly unknown[]): void => {
    if (ORDER[level] < least) return
    const raw = [sentence, ...details.map(describe)].join(' ').slice(0, MAX_RAW)
    // Redacted before it is shortened: half a key would not be recognised.
    const clean = redaction.apply(raw)
    const short = clean.length > MAX_LINE ? `${clean.slice(0, MAX_LINE)}… (shortened)` : clean
    const line = `${now().toISOString()} ${level.toUpperCase().padEnd(5)} ${short.replaceAll('\n', '\n    ')}`
    for (const sink of options.sinks) sink(line)
  }

  return {
    debug: (sentence, ...details) => write('debug', sentence, details),
    info: (sentence, ...details) => write('info', sentence, details),
    warn: (sentence, ...details) => write('warn', sentence, details),
    error: (sentence, ...details) => write('error', sentence, details),
    redactAlso: (value) => redaction.add(value),
  }
}

/** Text of one detail: errors with stack and causes, everything else as Node inspects it. */
function describe(detail: unknown): string {
  if (typeof detail === 'string') return detail
  try {
    return inspect(detail, {
      depth: 4,
      breakLength: Infinity,
      maxArrayLength: 20,
      // No cut here, see `write`; the whole is bounded by MAX_RAW.
      maxStringLength: MAX_RAW,
      getters: false,
    })
  } catch (error) {
    return `[a value that cannot be shown: ${error instanceof Error ? error.name : typeof error}]`
  }
}

/** A sink that writes to standard error. */
export function stderrSink(stream: Pick<NodeJS.WriteStream, 'write'> = process.stderr): LogSink {
  return (line) => {
    try {
      stream.write(`${line}\n`)
    } catch (error) {
      // A closed pipe (EPIPE) must not end the process, and there is nowhere left to say so.
      void error
    }
  }
}

/**
 * A sink of two files in `folder`, `parley.log` and, before it, `parley.1.log`, each at most
 * `maxBytes` (default 1 MB) long and readable by the owner alone. Lines are written at once, so
 * that they survive a crash. When the disk refuses, lines are left out until it accepts again.
 */
export function fileSink(folder: string, maxBytes = 1_000_000): LogSink {
  const file = join(folder, 'parley.log')
  const older = join(folder, 'parley.1.log')
  let size: number | null = null
  return (line) => {
    const text = `${line}\n`
    const bytes = Buffer.byteLength(text)
    try {
      if (size === null) {
        mkdirSync(dirname(file), { recursive: true })
        size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
      }
      if (size > 0 && size + bytes > maxBytes) {
        renameSync(file, older)
        size = 0
      }
      appendFileSync(file, text, { mode: 0o600 })
      size += bytes
    } catch (error) {
      void error // nothing can be logged about a log that cannot be written
      size = null
    }
  }
}
