import { readFileSync, statSync } from 'node:fs'
import Module, { createRequire, registerHooks } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { makeStandIn } from './electron-module.ts'

const electronVersion = '45.3.4'

/** Ends with one line that names the remedy. */
function give(up: unknown): never {
  process.stderr.write(`${up instanceof Error ? up.message : String(up)}\n`)
  process.exit(1)
}

const [, , executable = '', ...args] = process.argv
// Electron's order: what Playwright's loader cuts from the front is there.
process.argv = [executable, ...args]

const required: string[] = []
const switches = new Map<string, string>()
let appArgument: string | undefined
for (let i = 0; i < args.length; i++) {
  const argument = args[i] ?? ''
  if (appArgument === undefined && (argument === '-r' || argument === '--require')) required.push(args[++i] ?? '')
  else if (argument === '--version' && appArgument === undefined) {
    console.log(`v${electronVersion} (stand-in)`)
    process.exit(0)
  } else if (argument.startsWith('--')) {
    const [name = '', value = ''] = argument.slice(2).split(/=(.*)/s)
    switches.set(name.toLowerCase(), value)
  } else if (!argument.startsWith('-') && appArgument === undefined) appArgument = argument
}
if (appArgument === undefined) give('The stand-in needs the app to run: electron <folder or file>')

const appFile = resolve(appArgument)
let folder = dirname(appFile)
let packageJson: { name?: string, productName?: string, version?: string, main?: string } = {}
let main = appFile
try {
  if (statSync(appFile).isDirectory()) {
    folder = appFile
    packageJson = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as typeof packageJson
    main = resolve(folder, packageJson.main ?? 'index.js')
  }
} catch (error) {
  give(`Cannot find the app at ${appFile}: ${(error as Error).message}`)
}

const debuggingPort = switches.get('remote-debugging-port')
const versions = { ...process.versions, electron: electronVersion, chrome: '156.0.8078.100' }
Object.defineProperty(process, 'versions', { value: Object.freeze(versions), enumerable: true })
Object.assign(process, { type: 'browser', defaultApp: true, resourcesPath: join(folder, 'resources') })

const standIn = makeStandIn({ appPath: folder, package: packageJson, switches, executable, debuggingPort })
Object.defineProperty(globalThis, '__standIn', { value: standIn.control, configurable: true })

const names = ['electron', 'electron/main', 'electron/common']
type Load = (request: string, ...rest: unknown[]) => unknown
const loader = Module as unknown as { _load: Load }
const originalLoad = loader._load.bind(Module)
loader._load = (request, ...rest) => names.includes(request) ? standIn.module : originalLoad(request, ...rest)
const modulePort = Symbol.for('stand-in.electron')
Object.defineProperty(globalThis, modulePort, { value: standIn.module })
registerHooks({
  resolve: (specifier, context, next) => names.includes(specifier) ? { url: 'stand-in:electron', shortCircuit: true } : next(specifier, context),
  load: (url, context, next) => url !== 'stand-in:electron' ? next(url, context) : {
    format: 'module', shortCircuit: true,
    source: `const e = globalThis[Symbol.for('stand-in.electron')];\nexport default e;\nexport const { ${Object.keys(standIn.module).join(', ')} } = e;`,
  },
})

process.on('uncaughtException', (error) => {
  // Electron shows a dialog and lives on.
  if (process.listenerCount('uncaughtException') > 1) return
  console.error('A JavaScript error occurred in the main process\nUncaught Exception:\n', error)
})
process.on('unhandledRejection', (reason) => {
  if (process.listenerCount('unhandledRejection') > 1) return
  console.error('(node) UnhandledPromiseRejectionWarning:', reason)
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => { standIn.app.quit() })

// A test runner that is killed takes nobody along by itself; what it started must not stay behind.
if (switches.has('remote-debugging-port') && switches.has('inspect')) {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1)
  }, 1000).unref()
}

const requireApp = createRequire(main)
try {
  for (const file of required) requireApp(resolve(file))
  requireApp(main)
} catch (error) {
  console.error('App threw an error during load')
  console.error(error)
  process.exit(1)
}
// Electron becomes ready only after the main script has run.
setImmediate(() => { standIn.begin().catch(give) })
