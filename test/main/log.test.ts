import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog, fileSink, stderrSink, type Log } from '../../main/log.ts'
import { SecretKey } from '../../main/realtime/secret-key.ts'

/** Looks like no known kind of key, so that only its registration can hide it. */
const CUSTOM = 'corp_7Qx/Zz+19.pq=Ab-44'
const OPENAI = 'sk-proj-AbCdEf0123456789_xyz'

function listen(): { log: Log; text: () => string; lines: string[] } {
  const lines: string[] = []
  return { log: createLog({ sinks: [(line) => lines.push(line)], level: 'debug' }), text: () => lines.join('\n'), lines }
}

/** Whether any recognisable part of a key is there: six characters in a row. */
function leaks(text: string, key: string): boolean {
  const plain = (s: string): string => s.replaceAll(/[^A-Za-z0-9]/g, '')
  const characters = plain(key)
  for (let i = 0; i + 6 <= characters.length; i++) {
    if (plain(text).includes(characters.slice(i, i + 6))) return true
  }
  return false
}

describe.each([
  ['a registered key', CUSTOM],
  ['a key that looks like one', OPENAI],
])('%s is not shown', (_kind, key) => {
  const half = Math.floor(key.length / 2)
  const cases: [string, (log: Log) => void][] = [
    ['in the sentence', (log) => log.info(`The key is ${key}.`)],
    ['as a detail', (log) => log.info('A detail.', key)],
    ['in an array', (log) => log.info('A list.', ['a', [key], 'b'])],
    ['in an object', (log) => log.info('An object.', { headers: { deep: { x: key } } })],
    ['as a name in an object', (log) => log.info('An object.', { [key]: 1 })],
    ['in a map', (log) => log.info('A map.', new Map([['k', key]]))],
    ['in an error', (log) => log.error('Failed.', new Error(`Bad key ${key}`))],
    ['in a nested cause', (log) => log.error('Failed.', new Error('a', { cause: new Error('b', { cause: { key } }) }))],
    ['in the errors of an aggregate', (log) => log.error('Failed.', new AggregateError([new Error(key)], 'many'))],
    [
      'in a stack',
      (log) => {
        const error = new Error('x')
        error.stack = `Error: x\n    at connect (file.js?${key}:1:1)`
        log.error('Failed.', error)
      },
    ],
    ['in a URL', (log) => log.info(`GET https://example.org/?k=${encodeURIComponent(key)}`)],
    ['in JSON', (log) => log.info(JSON.stringify({ k: key }))],
    ['after very much else', (log) => log.info('Long.', `${'x'.repeat(7_980)} ${key}`)],
    ['twice', (log) => log.info(`${key} and ${key}`)],
    ['in a SecretKey', (log) => log.info('Key.', new SecretKey(key, 'wss://a'), { k: new SecretKey(key, 'wss://a') })],
    // Only a registered key can be recognised once it is in pieces.
    ['split in two details', (log) => log.info('Parts.', key.slice(0, half), key.slice(half))],
    ['split in an array', (log) => log.info('Parts.', [key.slice(0, half), key.slice(half)])],
    ['split over lines', (log) => log.info(`Parts: ${key.slice(0, half)}\n${key.slice(half)}.`)],
  ]
  it.each(cases)('%s', (where, write) => {
    const { log, text } = listen()
    if (key === CUSTOM || where.startsWith('split')) log.redactAlso(key)
    write(log)
    expect(leaks(text(), key), text()).toBe(false)
    expect(text()).toContain('[redacted]')
  })
})

describe('redaction', () => {
  it.each([
    ['ek_0123456789abcdef was used', '[redacted] was used'],
    ['Authorization: Bearer abc.def/ghi', 'Authorization: Bearer [redacted]'],
    [`{ 'api-key': 'f00ba7' }`, `{ 'api-key': '[redacted]' }`],
    [`[ 'api-key', 'f00ba7', 'Host', 'x' ]`, `[ 'api-key', '[redacted]', 'Host', 'x' ]`],
    ['wss://h/?api-key=f00ba7&model=m', 'wss://h/?api-key=[redacted]&model=m'],
    [`authorization: 'Basic dXNlcjpwdw=='`, `authorization: '[redacted]'`],
  ])('%s', (text, clean) => {
    const { log, lines } = listen()
    log.info(text)
    expect(lines[0]).toContain(clean)
    expect(lines[0]).not.toMatch(/f00ba7|abc\.def|dXNl|0123456789/)
  })

  it('leaves ordinary sentences alone', () => {
    const { log, lines } = listen()
    log.redactAlso('abc') // too short to be a key
    log.redactAlso(CUSTOM)
    const sentence = 'The ask-something task of abc took risk-assessment 12 ms at disk-0123456789.'
    log.info(sentence)
    expect(lines[0]).toContain(sentence)
  })

  it('survives values that cannot be shown', () => {
    const { log, lines } = listen()
    log.redactAlso('\ud800-lonely-surrogate')
    const awkward = {
      get x(): string {
        throw new Error('no')
      },
      toJSON(): string {
        throw new Error('no')
      },
    }
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    log.info('Awkward.', awkward, cyclic, undefined, null, Symbol('s'), 10n, () => 1)
    log.info('Revoked.', Proxy.revocable({}, {}).proxy)
    expect(lines).toHaveLength(2)
  })
})

describe('lines', () => {
  it('have time, level and sentence, and leave out what is below the level', () => {
    const lines: string[] = []
    const log = createLog({ sinks: [(l) => lines.push(l)], now: () => new Date('2026-01-02T03:04:05.678Z') })
    log.debug('Not shown.')
    log.warn('Two\nlines.', { a: 1 })
    expect(lines).toEqual(['2026-01-02T03:04:05.678Z WARN  Two\n    lines. { a: 1 }'])
  })

  it('are bounded', () => {
    const { log, lines } = listen()
    log.info('Long.', 'x'.repeat(1_000_000))
    expect(lines[0]?.length).toBeLessThan(8_200)
  })
})

describe('the file', () => {
  let folder: string
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'parley-log-')), 'logs')
  })
  afterEach(async () => {
    await rm(join(folder, '..'), { recursive: true, force: true })
  })

  it('goes on after a restart and is for the owner alone', async () => {
    createLog({ sinks: [fileSink(folder)] }).info('First run.')
    createLog({ sinks: [fileSink(folder)] }).info('Second run.')
    const text = await readFile(join(folder, 'parley.log'), 'utf8')
    expect(text.trim().split('\n').map((line) => line.slice(31))).toEqual(['First run.', 'Second run.'])
    expect((await stat(join(folder, 'parley.log'))).mode & 0o777).toBe(0o600)
  })

  it('is two files of bounded size, the newest line last', async () => {
    const log = createLog({ sinks: [fileSink(folder, 1000)] })
    for (let n = 0; n < 100; n++) log.info(`Line ${n}.`)
    expect((await readdir(folder)).toSorted()).toEqual(['parley.1.log', 'parley.log'])
    const sizes = await Promise.all(['parley.1.log', 'parley.log'].map(async (f) => (await stat(join(folder, f))).size))
    for (const size of sizes) expect(size).toBeLessThanOrEqual(1000)
    const text = (await readFile(join(folder, 'parley.1.log'), 'utf8')) + (await readFile(join(folder, 'parley.log'), 'utf8'))
    const numbers = [...text.matchAll(/Line (\d+)\./g)].map((m) => Number(m[1]))
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 100 - numbers.length + i))
    expect(numbers.length).toBeGreaterThan(20)
  })

  it('does without a disk', async () => {
    const log = createLog({ sinks: [fileSink('/dev/null/logs')] })
    expect(() => log.info('Nowhere to go.')).not.toThrow()
  })
})

it('writes to standard error, and survives its end', () => {
  const written: string[] = []
  stderrSink({ write: (text: unknown) => written.push(String(text)) > 0 })('A line')
  expect(written).toEqual(['A line\n'])
  const broken = stderrSink({
    write: () => {
      throw new Error('EPIPE')
    },
  })
  expect(() => broken('A line')).not.toThrow()
})
