import { existsSync, readdirSync } from 'node:fs'
import { lastLines, Remedy, run, say, seconds, which } from './run.mjs'

/**
 * Debian packages by what shows that they are there: a program on the PATH or a path on disk.
 * @type {Record<string, {program?: string[], path?: string}>}
 */
export const PACKAGES = {
  chromium: { program: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'] },
  'chromium-headless-shell': { program: ['chromium-headless-shell'] },
  xvfb: { program: ['Xvfb'] },
  pulseaudio: { program: ['pulseaudio'] },
  'pulseaudio-utils': { program: ['pactl'] },
  sox: { program: ['sox'] },
  'espeak-ng': { program: ['espeak-ng'] },
  xdotool: { program: ['xdotool'] },
  'dbus-daemon': { program: ['dbus-daemon'] },
  'dbus-bin': { program: ['dbus-send'] },
  'fonts-liberation': { path: '/usr/share/fonts/truetype' },
}

/**
 * Which of some packages are missing.
 * @param {string[]} names keys of PACKAGES
 * @param {NodeJS.ProcessEnv} [env]
 */
export function missingPackages(names, env = process.env) {
  return names.filter((name) => {
    const { program = [], path } = PACKAGES[name] ?? {}
    if (path !== undefined) return !existsSync(path) || !readdirSync(path).some((folder) => folder.startsWith('liberation'))
    return !program.some((one) => which(one, env) !== undefined)
  })
}

/**
 * A Chromium on the PATH; `PARLEY_CHROMIUM` names another.
 * @param {NodeJS.ProcessEnv} [env]
 */
export function findChromium(env = process.env) {
  if (env.PARLEY_CHROMIUM !== undefined && existsSync(env.PARLEY_CHROMIUM)) return env.PARLEY_CHROMIUM
  for (const program of PACKAGES.chromium?.program ?? []) {
    const path = which(program, env)
    if (path !== undefined) return path
  }
  return undefined
}

/**
 * Whether packages may be installed here: as root, with apt.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {number} [uid]
 */
export function mayInstall(env = process.env, uid = process.getuid?.()) {
  return process.platform === 'linux' && uid === 0 && which('apt-get', env) !== undefined
}

/**
 * The sentence for packages that are missing where they may not be installed.
 * @param {string[]} names
 * @param {string} why what they are needed for
 * @param {NodeJS.ProcessEnv} [env]
 */
export function packageRemedy(names, why, env = process.env) {
  const list = names.join(' ')
  if (process.platform !== 'linux') return `Missing: ${list} (${why}). Install them and run the command again.`
  return which('apt-get', env) !== undefined
    ? `Missing: ${list} (${why}). Install with "sudo apt-get install ${list}" and run the command again.`
    : `Missing: ${list} (${why}). Install what your distribution calls these Debian packages and run the command again.`
}

/**
 * What to do about a failed apt-get, from what it printed.
 * @param {string} output
 * @param {string[]} names
 */
export function aptRemedy(output, names) {
  if (/No space left|not enough free|ENOSPC/i.test(output)) return 'The disk is full. Free about 1 GB and run the command again.'
  if (/Temporary failure resolving|Could not (connect|resolve)|Connection (failed|timed out|refused)|Network is unreachable/i.test(output)) {
    return `Debian's package server cannot be reached. Check the network and the proxy in /etc/apt, or install by hand: ${names.join(' ')}.`
  }
  if (/Could not get lock|is another process using it/i.test(output)) return 'Another installation is running (apt is locked). Wait for it to end and run the command again.'
  if (/Unable to locate package/i.test(output)) return `apt does not know one of: ${names.join(' ')}. This needs Debian or a system derived from it, with its main section enabled.`
  return `apt-get could not install ${names.join(' ')}. Its last words are above.`
}

/**
 * Makes sure that packages are there: installs what is missing where that may be done, otherwise names it.
 * @param {string[]} names
 * @param {string} why what they are needed for
 * @throws {Remedy}
 */
export async function ensurePackages(names, why) {
  const missing = missingPackages(names)
  if (missing.length === 0) return
  if (!mayInstall()) throw new Remedy(packageRemedy(missing, why))
  say('packages', `apt-get install ${missing.join(' ')} (${why})`)
  const began = Date.now()
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const update = await run('apt-get', ['update', '-qq'], { env })
  const result = update.code === 0 ? await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env }) : update
  if (result.code !== 0) {
    console.error(lastLines(result.output, 8))
    throw new Remedy(aptRemedy(result.output, missing))
  }
  say('packages', `done in ${seconds(began)}`)
}
