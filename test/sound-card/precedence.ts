import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Niceness of programs that carry sound among other things: a late sample is a gap that no app made. */
const NICENESS = -15
/** Real-time priority of processes that do nothing but carry sound, below Chromium's own sound threads (8). */
const REAL_TIME = '5'
/** How Chromium's sound process can be told from its others. */
const CHROMIUM_SOUND = 'audio.mojom.AudioService'
/** How often new processes are looked for, ms. */
const LOOK_MS = 100
/** So often a new process is looked at. */
const LOOKS = 5

/**
 * Makes all threads of a process, which must never be busy for long, real-time ones. Does nothing
 * where that is not allowed.
 */
export function makeRealTime(pid: number | string): void {
  spawnSync('chrt', ['--all-tasks', '--rr', '--pid', REAL_TIME, String(pid)])
}

/** Gives this process, and what it starts from now on, the precedence of programs that carry sound: for who plays the network or records. */
export function favourThisProcess(): void {
  for (const thread of list('/proc/self/task')) raise(Number(thread))
  raiseSession(String(process.pid))
}

/**
 * Gives programs that carry sound precedence over others. Linux only, and only as a user who may; elsewhere it
 * does nothing.
 */
export class Precedence {
  readonly #wanted: string
  readonly #favoured = new Set<string>()
  /** Processes that came since, and how often they have been looked at. */
  readonly #looks = new Map<string, number>()
  /** What the kernel numbered last, and how often is still looked for what came with it. */
  #newest = ''
  #rounds = 0
  #watch: NodeJS.Timeout | null = null

  /** For all in whose environment `variable` has this value, and what descends from them. */
  constructor(variable: string, value: string) {
    this.#wanted = `${variable}=${value}`
  }

  /**
   * Favours those that run now, and from now on each sound process that one of them starts: Chromium has none
   * until something sounds, starts another when that one ends, and does not let it inherit precedence.
   * @returns how many processes are favoured
   */
  giveWay(): number {
    const pids = processes()
    const chosen = new Set(pids.filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(this.#wanted)))
    // Chromium's renderers write their title over their environment; parents have lower numbers than their children.
    for (const pid of pids.sort((a, b) => Number(a) - Number(b))) if (chosen.has(parentOf(pid))) chosen.add(pid)
    let count = 0
    for (const pid of chosen) if (this.#favour(pid)) count++
    for (const pid of pids) this.#looks.set(pid, LOOKS)
    this.#watch ??= setInterval(() => {
      this.#look()
    }, LOOK_MS).unref()
    return count
  }

  stop(): void {
    if (this.#watch) clearInterval(this.#watch)
    this.#watch = null
  }

  #favour(pid: string): boolean {
    if (list(`/proc/${pid}/task`).filter((thread) => raise(Number(thread))).length === 0) return false
    this.#favoured.add(pid)
    raiseSession(pid)
    if (read(`/proc/${pid}/cmdline`).includes(CHROMIUM_SOUND)) makeRealTime(pid)
    return true
  }

  #look(): void {
    // The last number that was given away: where it is the same, nothing has come, and to go through all processes takes milliseconds.
    const newest = read('/proc/loadavg').split(' ').at(-1) ?? ''
    if (newest !== this.#newest) this.#rounds = LOOKS
    this.#newest = newest
    if (this.#rounds === 0) return
    this.#rounds--
    const pids = processes()
    for (const pid of pids) {
      // A process that has just been forked still bears its parent's name.
      const looks = (this.#looks.get(pid) ?? 0) + 1
      if (looks > LOOKS) continue
      this.#looks.set(pid, looks)
      if (this.#favoured.has(pid) || !this.#favoured.has(parentOf(pid)) || !read(`/proc/${pid}/cmdline`).includes(CHROMIUM_SOUND)) continue
      this.#favour(pid)
    }
    if (this.#looks.size > 2 * pids.length) for (const pid of this.#looks.keys()) if (!pids.includes(pid)) this.#looks.delete(pid)
  }
}

function processes(): string[] {
  return list('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
}

function parentOf(pid: string): string {
  // The name, which may hold anything, stands in parentheses; state and parent follow it.
  return read(`/proc/${pid}/stat`).replace(/^.*\) \S+ /s, '').split(' ')[0] ?? ''
}

function raise(thread: number): boolean {
  try {
    setPriority(thread, NICENESS)
    return true
  } catch {
    // It has just ended, or this user may not.
    return false
  }
}

/** Where the kernel groups processes by session, niceness counts only within the group, and the group has one of its own. */
function raiseSession(pid: string): void {
  const file = `/proc/${pid}/autogroup`
  // A kernel without such groups has no such file; then niceness alone does it.
  if (read(file) === '') return
  try {
    writeFileSync(file, String(NICENESS))
  } catch (error) {
    // The process has just ended, or this user may not: the sound is a little more at the mercy of what else runs.
    console.warn(`Process ${pid} keeps its precedence:`, error instanceof Error ? error.message : error)
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    // No such folder: another system, or a process that has just ended.
    return []
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The process has just ended or belongs to somebody else.
    return ''
  }
}
