import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensurePackages, findChromium, mayInstall, missingPackages } from './debian.mjs'
import { hasDisplay, startDisplay } from './display.mjs'
import { provideElectron } from './electron.mjs'
import { lastLines, Remedy, say, start } from './run.mjs'
import { hasSound, startSoundCard } from './sound.mjs'

/** Options of `npm start` itself; everything else goes to the app. */
export const START_OPTIONS = ['--electron', '--stand-in']

/**
 * Electron where it can be had, otherwise the stand-in.
 * @param {string} root repository
 * @param {string} node path of the Node that runs the tools
 * @param {string[]} options
 * @returns {Promise<{name: string, args: string[], env: NodeJS.ProcessEnv}>}
 */
async function chooseEngine(root, node, options) {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (override !== undefined && override !== '') {
    say('electron', `the one in ${override} (ELECTRON_OVERRIDE_DIST_PATH)`)
    return { name: 'Electron', args: [], env: {} }
  }
  const electron = options.includes('--stand-in')
    ? { ready: /** @type {const} */ (false), reason: 'the stand-in was asked for' }
    : await provideElectron(root, node, options.includes('--electron'))
  if (electron.ready) {
    const asRoot = process.platform === 'linux' && process.getuid?.() === 0
    if (asRoot) say('electron', 'running as root: without Chromium\'s sandbox (--no-sandbox)')
    return { name: 'Electron', args: asRoot ? ['--no-sandbox'] : [], env: {} }
  }
  if (process.platform !== 'linux') {
    throw new Remedy(`Electron cannot be downloaded (${electron.reason}). Check the network, or name a mirror in ELECTRON_MIRROR, and run "npm start -- --electron".`)
  }
  say('electron', `not available (${electron.reason}): the same app runs on the Chromium stand-in, which has no tray icon and no system key store`)
  const standIn = join(root, 'test/stand-in')
  if (!existsSync(join(standIn, 'electron'))) {
    throw new Remedy('The Chromium stand-in (test/stand-in) is not in this copy of Parley. Run "npm start -- --electron" where Electron can be downloaded.')
  }
  if (findChromium() === undefined) await ensurePackages(['chromium'], 'the stand-in needs a Chromium')
  return { name: 'the Chromium stand-in', args: [], env: { ELECTRON_OVERRIDE_DIST_PATH: standIn } }
}

/** @returns {Promise<NodeJS.ProcessEnv>} what the app needs in its environment to hear and speak */
async function provideSound() {
  if (await hasSound()) return {}
  const silent = 'no sound device here: the app opens, but can neither hear nor speak'
  const needed = ['pulseaudio', 'pulseaudio-utils']
  if (!mayInstall() && missingPackages(needed).length > 0) {
    say('sound', `${silent} (start PipeWire or PulseAudio; on Debian: pulseaudio)`)
    return {}
  }
  try {
    await ensurePackages(needed, 'there is no sound device, so the app gets a virtual one')
  } catch (error) {
    if (!(error instanceof Remedy)) throw error
    say('sound', `${silent}. ${error.message}`)
    return {}
  }
  const card = await startSoundCard()
  if ('failed' in card) {
    say('sound', `${silent} (PulseAudio did not start: ${lastLines(card.failed, 1)})`)
    return {}
  }
  say('sound', `no sound device here: a virtual one is used, so nothing will be heard; speak to it with PULSE_SERVER=${card.server} paplay --latency-msec=20 --device=parley_room FILE.wav`)
  return card.env
}

/**
 * Everything the app needs around it: an engine, a display, a sound card.
 * @param {string} root repository
 * @param {string} node path of the Node that runs the tools
 * @param {string[]} args of `npm start`
 * @returns {Promise<{name: string, args: string[], env: NodeJS.ProcessEnv}>} arguments of the app and its environment
 * @throws {Remedy}
 */
export async function prepare(root, node, args) {
  const engine = await chooseEngine(root, node, args.filter((arg) => START_OPTIONS.includes(arg)))
  const env = { ...process.env, ...engine.env }
  // Left over from a debugging session, it would make Electron run as plain Node.
  delete env.ELECTRON_RUN_AS_NODE
  if (!hasDisplay()) {
    await ensurePackages(['xvfb'], 'there is no display, so the app opens on a virtual one')
    env.DISPLAY = await startDisplay()
    say('display', `none here: the app opens on a virtual one, ${env.DISPLAY}`)
  }
  const appArgs = args.filter((arg) => !START_OPTIONS.includes(arg) && arg !== '--')
  return { name: engine.name, args: [...engine.args, ...appArgs], env: { ...env, ...(await provideSound()) } }
}

/**
 * Starts the app.
 * @param {string} root repository
 * @param {string} node path of the Node that runs the tools
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {{child: import('node:child_process').ChildProcess, ended: Promise<number>}} `ended`: its exit code, or a Remedy
 */
export function open(root, node, args, env) {
  const child = start(node, [join(root, 'node_modules/electron/cli.js'), '.', ...args], { cwd: root, env, stdio: ['ignore', 'inherit', 'pipe'] })
  let errors = ''
  child.stderr?.on('data', (/** @type {Buffer} */ chunk) => {
    process.stderr.write(chunk)
    errors = (errors + chunk.toString('utf8')).slice(-4000)
  })
  /** @type {Promise<number>} */
  const ended = new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Remedy(`The app could not be started: ${error.message}`)))
    child.on('exit', (code) => {
      const remedy = code === 0 ? undefined : crashRemedy(errors)
      if (remedy === undefined) resolve(code ?? 1)
      else reject(new Remedy(remedy))
    })
  })
  return { child, ended }
}

/**
 * What to do about an engine that did not come up, from what it printed.
 * @param {string} output
 * @returns {string | undefined}
 */
export function crashRemedy(output) {
  const library = /error while loading shared libraries: (\S+?):/.exec(output)?.[1]
  if (library !== undefined) {
    return `Electron needs the library ${library}. On Debian: "apt-get install libgtk-3-0 libnss3 libasound2 libgbm1 libxss1", then run the command again.`
  }
  if (/SUID sandbox helper|No usable sandbox/i.test(output)) {
    return 'Chromium\'s sandbox is not allowed here. Allow user namespaces ("sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0") and run the command again.'
  }
  if (/Missing X server|Unable to open X display|cannot open display/i.test(output)) {
    return `The display ${process.env.DISPLAY ?? ''} cannot be opened. Unset DISPLAY to use a virtual one, or name one that you may use, and run the command again.`
  }
  return undefined
}
