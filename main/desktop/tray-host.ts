import { execFile } from 'node:child_process'

/** Whether the desktop shows tray icons. Only Linux can have none: GNOME shows them with an extension only. */
export type TrayHost = 'yes' | 'no' | 'unknown'

/** Longest wait for the session bus, ms. */
const TIMEOUT_MS = 2000

const QUESTION = [
  ['call', '--session', '--timeout', '2', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus'],
  ['--method', 'org.freedesktop.DBus.NameHasOwner', 'org.kde.StatusNotifierWatcher'],
].flat()

/** Runs a program; its output, or null when it fails. */
export type Run = (file: string, args: readonly string[]) => Promise<string | null>

/** Asks the session bus whether anything there shows tray icons; Electron does not tell. */
export async function findTrayHost(platform: NodeJS.Platform = process.platform, run: Run = runProgram): Promise<TrayHost> {
  if (platform !== 'linux') return 'yes'
  const answer = await run('gdbus', QUESTION)
  if (answer === null) return 'unknown'
  return /\btrue\b/.test(answer) ? 'yes' : 'no'
}

const runProgram: Run = (file, args) =>
  new Promise((resolve) => {
    execFile(file, args, { timeout: TIMEOUT_MS }, (error, stdout) => {
      resolve(error === null ? stdout : null)
    })
  })
