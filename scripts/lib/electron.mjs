import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lastLines, run, say, seconds } from './run.mjs'

/** Longest wait for the download host, ms. */
export const PROBE_MS = 10_000
/** How long an unreachable host is remembered, ms. */
export const MEMORY_MS = 24 * 60 * 60 * 1000

/** @typedef {{at: number, version: string, reachable: boolean, reason: string}} Probe */

/** @param {string} root */
const memoryFile = (root) => join(root, '.cache/electron-probe.json')

/** Version of Electron that is installed as a package. @param {string} root @returns {string} */
export function electronVersion(root) {
  return JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8')).version
}

/** Whether Electron's binary of that version is at hand. @param {string} root */
export function electronAtHand(root) {
  const folder = join(root, 'node_modules/electron')
  const version = join(folder, 'dist/version')
  const path = join(folder, 'path.txt')
  if (!existsSync(version) || !existsSync(path)) return false
  if (readFileSync(version, 'utf8').trim().replace(/^v/, '') !== electronVersion(root)) return false
  return existsSync(join(folder, 'dist', readFileSync(path, 'utf8')))
}

/**
 * The last failed probe, when it still counts.
 * @param {string} root
 * @param {string} version of Electron
 * @param {number} [now] ms
 * @returns {Probe | undefined}
 */
export function remembered(root, version, now = Date.now()) {
  if (!existsSync(memoryFile(root))) return undefined
  let probe
  try {
    probe = JSON.parse(readFileSync(memoryFile(root), 'utf8'))
  } catch (error) {
    say('electron', `the remembered answer cannot be read (${String(error)}); asking again`)
    return undefined
  }
  if (probe === null || typeof probe !== 'object' || probe.reachable !== false || probe.version !== version) return undefined
  const age = now - probe.at
  return age >= 0 && age < MEMORY_MS ? probe : undefined
}

/** @param {string} root @param {Probe} probe */
export function remember(root, probe) {
  mkdirSync(join(root, '.cache'), { recursive: true })
  writeFileSync(memoryFile(root), `${JSON.stringify(probe)}\n`)
}

/**
 * Gets Electron where it can be had.
 * @param {string} root
 * @param {string} node path of the Node that runs the tools
 * @param {boolean} askAgain whatever is remembered
 * @returns {Promise<{ready: true} | {ready: false, reason: string}>}
 */
export async function provideElectron(root, node, askAgain) {
  const version = electronVersion(root)
  if (electronAtHand(root)) return { ready: true }
  const known = askAgain ? undefined : remembered(root, version)
  if (known !== undefined) return { ready: false, reason: `${known.reason}; asked ${new Date(known.at).toLocaleString()}, "npm start -- --electron" asks again` }

  say('electron', `asking for ${version} (at most ${PROBE_MS / 1000} s)`)
  const probe = await run(node, [join(root, 'scripts/electron-probe.mjs')], { cwd: root, limitMs: PROBE_MS })
  if (probe.code !== 0) {
    const reason = probe.timedOut ? `no answer within ${PROBE_MS / 1000} s` : (lastLines(probe.output, 1) || 'the download host cannot be reached')
    remember(root, { at: Date.now(), version, reachable: false, reason })
    return { ready: false, reason }
  }
  say('electron', `downloading ${version} (about 120 MB)`)
  const began = Date.now()
  const tick = setInterval(() => say('electron', `still downloading after ${seconds(began)}`), 15_000)
  const download = await run(node, [join(root, 'node_modules/electron/install.js')], { cwd: root })
  clearInterval(tick)
  if (download.code !== 0 || !electronAtHand(root)) {
    const reason = lastLines(download.output, 20).split('\n').find((line) => /error/i.test(line)) ?? 'the download failed'
    remember(root, { at: Date.now(), version, reachable: false, reason })
    return { ready: false, reason }
  }
  say('electron', `downloaded in ${seconds(began)}`)
  return { ready: true }
}
