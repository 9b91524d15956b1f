import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Niceness of programs that carry sound among other things: a late sample is a gap that no app made. */
const NICENESS = -15
/** Real-time priority of processes that do nothing but carry sound, below Chromium's own sound threads (8). */
const REAL_TIME = '5'
/** How Chromium's sound process can be told from its others. */
const CHROMIUM_SOUND = 'audio.mojom.AudioService'

/**
 * Makes all threads of a process, which must never be busy for long, real-time ones. Does nothing
 * where that is not allowed.
 */
export function makeRealTime(pid: number | string): void {
  spawnSync('chrt', ['--all-tasks', '--rr', '--pid', REAL_TIME, String(pid)])
}

/**
 * Gives every running process in whose environment `variable` has this value, and all that descends
 * from it, precedence over others. Linux only, and only as a user who may; elsewhere it does nothing.
 * @returns how many processes now have it
 */
export function giveWay(variable: string, value: string): number {
  const wanted = `${variable}=${value}`
  const pids = list('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
  const chosen = new Set(pids.filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(wanted)))
  // Chromium's renderers write their title over their environment; parents have lower numbers than their children.
  for (const pid of pids.sort((a, b) => Number(a) - Number(b))) if (chosen.has(parentOf(pid))) chosen.add(pid)
  let count = 0
  for (const pid of chosen) {
    if (list(`/proc/${pid}/task`).filter((thread) => raise(Number(thread))).length === 0) continue
    raiseSession(pid)
    if (read(`/proc/${pid}/cmdline`).includes(CHROMIUM_SOUND)) makeRealTime(pid)
    count++
  }
  return count
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
