import { createHash } from 'node:crypto'
// A Node too old for statfsSync must get as far as being told so.
import * as fs from 'node:fs'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { lastLines, machineEnv, Remedy, run, say, seconds, which } from './run.mjs'

/** What an installation takes on disk, bytes, with some room. */
const INSTALL_BYTES = 1_200_000_000

/** SHA-256 of the lock file. @param {string} root */
export function lockHash(root) {
  return createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex')
}

/**
 * Whether npm's own record of what is installed agrees with the lock file. Packages that belong to
 * another platform may be missing.
 * @param {{packages: Record<string, {version?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[]}>}} lock
 * @param {{packages: Record<string, {version?: string}>}} installed
 */
export function agrees(lock, installed) {
  for (const [path, wanted] of Object.entries(lock.packages)) {
    if (path === '') continue
    const found = installed.packages[path]
    if (found === undefined ? wanted.optional !== true : found.version !== wanted.version) return false
  }
  return true
}

/**
 * Why packages must be installed, or nothing when what is there is what the lock file says.
 * @param {string} root
 * @returns {string | undefined}
 */
export function whyInstall(root) {
  const remembered = join(root, 'node_modules/.parley-lock')
  const record = join(root, 'node_modules/.package-lock.json')
  // npm writes its record last: without it an installation was interrupted.
  if (!existsSync(record)) return 'nothing is installed yet'
  const hash = lockHash(root)
  if (existsSync(remembered) && readFileSync(remembered, 'utf8') === hash) return undefined
  const read = (/** @type {string} */ path) => JSON.parse(readFileSync(path, 'utf8'))
  if (!agrees(read(join(root, 'package-lock.json')), read(record))) return 'package-lock.json has changed'
  writeFileSync(remembered, hash)
  return undefined
}

/**
 * What to do about a failed `npm ci`, from what it printed.
 * @param {string} output
 * @param {string} root
 */
export function npmRemedy(output, root) {
  const has = (/** @type {RegExp} */ pattern) => pattern.test(output)
  if (has(/ENOSPC|no space left/i)) return `The disk is full. Free about 1 GB for ${root} and run the command again.`
  if (has(/\bE(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|NETUNREACH|HOSTUNREACH|SOCKETTIMEDOUT|IDLETIMEOUT)\b|EAI_AGAIN|network request|ERR_SOCKET_TIMEOUT/i)) {
    return 'The npm registry cannot be reached. Check the network and the proxy ("npm config get registry", "npm config get proxy"), then run the command again.'
  }
  if (has(/CERT_|SELF_SIGNED|certificate/i)) {
    return 'The registry\'s certificate is not trusted here. Point NODE_EXTRA_CA_CERTS at your company\'s certificate file and run the command again.'
  }
  if (has(/\bE40[13]\b/)) return 'The npm registry refused the request. Sign in with "npm login" or check your .npmrc, then run the command again.'
  if (has(/\bE404\b|ETARGET/)) return 'The npm registry does not have one of the packages. Check "npm config get registry", then run the command again.'
  if (has(/\bE(ACCES|PERM|ROFS)\b/)) return `npm may not write to ${root}/node_modules. Give the folder to your user ("sudo chown -R $(whoami) ${root}") and run the command again.`
  if (has(/EINTEGRITY/)) return 'A package arrived damaged. Run "npm cache clean --force", then the command again.'
  if (has(/EUSAGE|in sync/)) return 'package.json and package-lock.json do not agree. Run "npm install", then the command again.'
  return 'npm could not install the packages. Its last words are above; "npm ci" shows the whole story.'
}

/**
 * How npm is started: the npm that started us, otherwise the one on the PATH.
 * @param {NodeJS.ProcessEnv} env
 * @returns {{command: string, args: string[]} | undefined}
 */
export function findNpm(env) {
  const clean = machineEnv(env)
  const own = env.npm_execpath
  if (own !== undefined && own.endsWith('.js') && existsSync(own)) {
    return { command: which('node', clean) ?? process.execPath, args: [own] }
  }
  const npm = which('npm', clean)
  return npm === undefined ? undefined : { command: npm, args: [] }
}

/**
 * Installs what the lock file names, when it is not there yet.
 * @param {string} root
 * @throws {Remedy}
 */
export async function install(root) {
  const why = whyInstall(root)
  if (why === undefined) return say('install', 'nothing is missing')
  const npm = findNpm(process.env)
  if (npm === undefined) {
    throw new Remedy('npm is not on the PATH. Install Node 24 with npm (https://nodejs.org; on Debian: apt-get install nodejs npm) and run the command again.')
  }
  const disk = fs.statfsSync(root)
  const free = disk.bavail * disk.bsize
  if (free < INSTALL_BYTES) {
    throw new Remedy(`Only ${Math.round(free / 1e6)} MB are free on the disk of ${root}; an installation takes about ${Math.round(INSTALL_BYTES / 1e6)} MB. Free some space and run the command again.`)
  }
  say('install', `${why}: npm ci (about a minute)`)
  const began = Date.now()
  const env = machineEnv()
  const flags = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error', '--fetch-retry-mintimeout=2000', '--fetch-retry-maxtimeout=8000']
  // npm is a script for `node`: give it one even where only the running Node is known.
  env.PATH = `${env.PATH}${delimiter}${dirname(process.execPath)}`
  const result = await run(npm.command, [...npm.args, 'ci', ...flags], { cwd: root, env })
  if (result.code !== 0) {
    console.error(lastLines(result.output, 12))
    throw new Remedy(npmRemedy(result.output, root))
  }
  writeFileSync(join(root, 'node_modules/.parley-lock'), lockHash(root))
  say('install', `done in ${seconds(began)}`)
}
