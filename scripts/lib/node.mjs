import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Oldest Node on which the two commands themselves run, and oldest on which the tools run. */
export const COMMAND_NODE = [20, 0, 0]
export const TOOL_NODE = [22, 12, 0]

/**
 * Whether a version is at least another.
 * @param {string} version such as `v20.20.2` or `24.21.0`
 * @param {number[]} least major, minor, patch
 */
export function atLeast(version, least) {
  const parts = version.replace(/^v/, '').split(/[.-]/).map(Number)
  for (let i = 0; i < 3; i++) {
    const difference = (parts[i] ?? 0) - (least[i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}

/**
 * The Node that runs the tools: the project's own on Linux, otherwise the running one when new enough.
 * @param {string} root repository
 * @param {{platform?: string, arch?: string, execPath?: string, version?: string}} [machine] for tests
 * @returns {{path: string} | {remedy: string}}
 */
export function toolNode(root, machine = {}) {
  const { platform = process.platform, arch = process.arch, execPath = process.execPath, version = process.version } = machine
  if (platform === 'linux' && (arch === 'x64' || arch === 'arm64')) {
    const own = join(root, `node_modules/node-linux-${arch}/bin/node`)
    if (existsSync(own)) return { path: own }
  }
  if (atLeast(version, TOOL_NODE)) return { path: execPath }
  return {
    remedy: existsSync(join(root, 'node_modules'))
      ? `Parley's tools need Node ${TOOL_NODE.join('.')} or newer; this is ${version}. Install Node 24 (https://nodejs.org) and run the command again.`
      : `Parley is not installed yet: run "npm ci" (or "npm start", which does it). On this computer the tools also need Node ${TOOL_NODE.join('.')} or newer.`,
  }
}

/**
 * The sentence for a Node too old for even the two commands, or nothing.
 * @param {string} [version]
 */
export function commandNodeRemedy(version = process.version) {
  if (atLeast(version, COMMAND_NODE)) return undefined
  return `Parley needs Node ${COMMAND_NODE[0]} or newer; this is ${version}. Install Node 24 (https://nodejs.org) and run the command again.`
}
