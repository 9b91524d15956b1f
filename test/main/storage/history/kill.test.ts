import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { makeHistory, temporaryFolder } from './helpers.ts'

const CHILD = fileURLToPath(new URL('./kill-child.ts', import.meta.url))
/** How often a child is killed: more with PARLEY_KILLS. */
const KILLS = Number(process.env['PARLEY_KILLS'] ?? 5)
/** Children at the same time. */
const WIDTH = 5
/** What a killed process may lose, ms. */
const ALLOWED_MS = 1_000
/** A disk that takes longer for one small write, ms, is busy with something else. */
const DISK_MS = 150

interface Outcome {
  /** ms from the first word until the process was killed */
  lived: number
  words: number
  /** Words that it said, kept or not. */
  said: number
  /** How long before the end the first lost word was said, ms; 0: none. */
  lostWordsMs: number
  lostSoundMs: number
  /** Sound files with their sizes, bytes. */
  files: string[]
  /** Longest that the disk took meanwhile for one small write, ms. */
  diskMs: number
}

/** Writes a little beside the child, again and again, until told to stop. @returns the longest that one took, ms */
function watchDisk(folder: string): () => Promise<number> {
  let watching = true
  const longest = (async () => {
    const file = await open(join(folder, 'probe'), 'w')
    let worst = 0
    while (watching) {
      const began = performance.now()
      await file.write('probe', 0)
      await file.sync()
      worst = Math.max(worst, performance.now() - began)
      await wait(20)
    }
    await file.close()
    return worst
  })()
  return () => {
    watching = false
    return longest
  }
}

/** Lets a child record, kills it, and looks at what is there. */
async function round(folder: string, cache: string, killAfterMs: number): Promise<Outcome> {
  const file = join(folder, 'history.db')
  const child = spawn(process.execPath, [CHILD, file], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_COMPILE_CACHE: cache } })
  const said = text(child.stdout)
  const complaints = text(child.stderr)
  await once(child.stdout, 'data')
  const diskWatched = watchDisk(folder)
  await wait(killAfterMs)
  child.kill('SIGKILL')
  const killed = Date.now()
  await once(child, 'close')
  const diskMs = await diskWatched()
  expect(await complaints).toBe('')
  // `text` has read the stream from its beginning; the last line may be cut.
  const times = (await said).split('\n').slice(0, -1).map((line) => Number(line.split(' ')[1]))

  const { history } = makeHistory()
  expect(await history.open(file)).toEqual({ state: 'open' })
  const entries = await history.entries('conv')
  const words = entries.flatMap(({ entry }) => entry.text.split(' ').filter((word) => word !== '')).map(Number)
  expect(words).toEqual(words.map((_, n) => n))
  expect(words.length).toBeLessThanOrEqual(times.length)
  await history.close()

  const sound: number[] = []
  const files: string[] = []
  // Who is killed soon enough has no folder yet; whether that was too late is told by what is lost.
  const there = await readdir(join(folder, 'audio', 'conv')).catch((): string[] => [])
  for (const { entry, audioFile } of entries) {
    // The name of the newest may not have been written yet.
    const name = audioFile ?? `${entry.id}.wav`
    if (!there.includes(name)) continue
    const bytes = await readFile(join(folder, 'audio', 'conv', name))
    const promised = bytes.length < 44 ? 0 : bytes.readUInt32LE(40)
    files.push(`${name} ${bytes.length}`)
    expect(promised).toBeLessThanOrEqual(Math.max(0, bytes.length - 44))
    for (let at = 44; at < 44 + promised; at += 192) sound.push(bytes.readInt16LE(at))
  }
  expect(sound).toEqual(sound.map((_, n) => n))
  const lost = (from: number) => (from >= times.length ? 0 : killed - (times[from] ?? killed))
  return { lived: killed - (times[0] ?? killed), words: words.length, said: times.length, lostWordsMs: lost(words.length), lostSoundMs: lost(sound.length), files, diskMs: Math.round(diskMs) }
}

it(
  `kill -9 at any moment loses at most the last second (${KILLS} rounds)`,
  async () => {
    const outcomes: Outcome[] = []
    const cache = await temporaryFolder()
    let starved = 0
    while (outcomes.length < KILLS) {
      const folders = await Promise.all(Array.from({ length: WIDTH }, () => temporaryFolder()))
      // Long enough that a second is over, then any moment of the cycles of writing.
      const ended = await Promise.all(folders.map((folder) => round(folder, cache, ALLOWED_MS + 50 + Math.random() * 500)))
      // A child that was hardly let run by a busy computer, one word in 8 ms, or hardly let write, says nothing of what is kept in a second.
      const fair = ended.filter(({ said, lived, diskMs }) => said > lived / 8 / 3 && diskMs < DISK_MS)
      outcomes.push(...fair)
      starved += ended.length - fair.length
      expect(starved, 'the computer is too busy for this').toBeLessThanOrEqual(20 + KILLS)
    }
    const worst = Math.max(...outcomes.map((o) => o.lostWordsMs))
    const worstSound = Math.max(...outcomes.map((o) => o.lostSoundMs))
    console.log(`killed ${outcomes.length} times: at most ${worst} ms of words and ${worstSound} ms of sound lost; ${starved} more were starved by a busy computer`)
    for (const outcome of outcomes) {
      expect(outcome.lived, JSON.stringify(outcome)).toBeGreaterThan(ALLOWED_MS)
      expect(outcome.words, JSON.stringify(outcome)).toBeGreaterThan(10)
      expect(outcome.lostWordsMs, JSON.stringify(outcome)).toBeLessThanOrEqual(ALLOWED_MS)
      expect(outcome.lostSoundMs, JSON.stringify(outcome)).toBeLessThanOrEqual(ALLOWED_MS)
    }
  },
  60_000 + KILLS * 20_000,
)
