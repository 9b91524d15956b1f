import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** A failure that the person can do something about; its message is the whole story. */
export class Remedy extends Error {
  /** @param {string} message a sentence with a next step */
  constructor(message) {
    super(message)
    this.name = 'Remedy'
  }
}

/** One line of progress. @param {string} step @param {string} text */
export function say(step, text) {
  console.log(`${step.padEnd(9)} ${text}`)
}

/** Seconds since a time, with one decimal. @param {number} began `Date.now()` */
export const seconds = (began) => `${((Date.now() - began) / 1000).toFixed(1)} s`

/**
 * First folder of a PATH that holds a program.
 * @param {string} program
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined} absolute path
 */
export function which(program, env = process.env) {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : ['']
  for (const folder of (env.PATH ?? env.Path ?? '').split(delimiter)) {
    if (folder === '') continue
    for (const ending of endings) {
      const path = join(folder, program + ending)
      if (existsSync(path)) return path
    }
  }
  return undefined
}

/**
 * The environment without `node_modules/.bin` in its PATH: npm puts our own Node there, which an
 * installation would delete under its feet.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function machineEnv(env = process.env) {
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => !/node_modules[\\/]\.bin$|node-gyp-bin$/.test(folder))
  return { ...env, PATH: path.join(delimiter) }
}

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set()

/** @param {import('node:child_process').ChildProcess} child @param {NodeJS.Signals} signal */
function signalGroup(child, signal) {
  if (child.pid === undefined) return
  try {
    // Each child leads a group of its own, so that what it started ends with it.
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error
  }
}

/**
 * Starts a program in a process group of its own that ends with this process.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 */
export function start(command, args, options) {
  const child = spawn(command, args, { detached: process.platform !== 'win32', windowsHide: true, ...options })
  children.add(child)
  return child
}

/**
 * Ends a child and all it started: SIGTERM, then SIGKILL.
 * @param {import('node:child_process').ChildProcess} child
 * @param {number} [graceMs]
 * @returns {Promise<void>}
 */
export async function stop(child, graceMs = 3000) {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    signalGroup(child, 'SIGTERM')
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs)
    await gone
    clearTimeout(timer)
  }
  // Grandchildren that outlived their parent.
  signalGroup(child, 'SIGKILL')
  children.delete(child)
}

/** Ends every child that still runs, the last started first. */
export async function stopAll() {
  for (const child of [...children].reverse()) await stop(child)
}

/**
 * Runs a program to its end, catching what it prints.
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, limitMs?: number, log?: string, onData?: (text: string) => void}} [options]
 *   `limitMs`: ends it after that; `log`: file that receives the output
 * @returns {Promise<{code: number, output: string, timedOut: boolean, missing: boolean}>} 127 and `missing` when there is no such program
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = start(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // npm and other .cmd files need a shell on Windows.
      shell: process.platform === 'win32' && command.endsWith('.cmd'),
    })
    let output = ''
    let timedOut = false
    let missing = false
    /** @param {Buffer} chunk */
    const take = (chunk) => {
      output += chunk.toString('utf8')
      options.onData?.(chunk.toString('utf8'))
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    const timer = options.limitMs === undefined ? undefined : setTimeout(() => {
      timedOut = true
      void stop(child, 2000)
    }, options.limitMs)
    child.on('error', (error) => {
      missing = /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT'
      output += `${error.message}\n`
      finish(127)
    })
    // A grandchild may hold the pipe open after the program itself has ended.
    child.on('exit', (code) => setTimeout(() => finish(code ?? 1), 50))
    child.on('close', (code) => finish(code ?? 1))
    let finished = false
    /** @param {number} code */
    function finish(code) {
      if (finished) return
      finished = true
      clearTimeout(timer)
      // What the program left behind ends with it.
      signalGroup(child, 'SIGKILL')
      children.delete(child)
      if (options.log !== undefined) {
        mkdirSync(dirname(options.log), { recursive: true })
        writeFileSync(options.log, output)
      }
      resolve({ code, output, timedOut, missing })
    }
  })
}

let ending = false

/** Whether the person has ended this command (Ctrl+C, closed terminal). */
export const isEnding = () => ending

/**
 * Runs a command of ours: remedies are printed and end with 1, Ctrl+C and SIGTERM end every child first.
 * @param {() => Promise<number>} main gives the exit code
 */
export async function command(main) {
  /** @param {number} code */
  const end = (code) => {
    if (ending) return
    ending = true
    void stopAll().then(() => process.exit(code))
  }
  process.on('SIGINT', () => end(130))
  process.on('SIGTERM', () => end(143))
  process.on('SIGHUP', () => end(129))
  // A closed terminal or pipe must not end this process before its children.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      const gone = ['EPIPE', 'EIO'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')
      if (!gone) throw error
    })
  }
  // Whatever ends this process, its children end with it.
  process.on('exit', () => {
    for (const child of children) signalGroup(child, 'SIGKILL')
  })
  let code
  try {
    code = await main()
  } catch (error) {
    if (!(error instanceof Remedy)) throw error
    console.error(`\n${error.message}`)
    code = 1
  }
  if (ending) return
  await stopAll()
  process.exit(code)
}

/** Last lines of a text, without empty ones. @param {string} text @param {number} count */
export function lastLines(text, count) {
  return text.split('\n').map((line) => line.trimEnd()).filter((line) => line !== '').slice(-count).join('\n')
}
