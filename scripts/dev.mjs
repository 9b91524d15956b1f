/**
 * `npm run dev`: the pages come from Vite's server and change while the app runs; a change in main
 * or in a preload rebuilds it and starts the app anew. The app finds the server through
 * `PARLEY_DEV_SERVER` (loopback only).
 */
import { createServer as createSocket } from 'node:net'
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, createServer } from 'vite'
import { open, prepare } from './lib/app.mjs'
import { command, Remedy, say, stop } from './lib/run.mjs'
import { stampFile, TARGETS } from './lib/stamp.mjs'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '')
const common = (/** @type {string} */ name) => ({
  root,
  mode: 'development',
  logLevel: /** @type {const} */ ('warn'),
  configFile: join(root, `vite.${name}.config.ts`),
  configLoader: /** @type {const} */ ('native'),
})

await command(async () => {
  // `out/` now holds development builds: the next `npm start` builds again.
  for (const target of Object.keys(TARGETS)) rmSync(stampFile(root, target), { force: true })

  const port = await freePort()
  const server = await createServer({
    ...common('renderer'),
    root: join(root, 'renderer'),
    logLevel: 'info',
    clearScreen: false,
    server: { host: '127.0.0.1', port, strictPort: true, hmr: { host: '127.0.0.1', clientPort: port, protocol: 'ws' }, fs: { allow: [root] } },
  })
  await server.listen()
  const url = `http://127.0.0.1:${port}/`
  say('pages', url)

  const app = await prepare(root, process.execPath, process.argv.slice(2))
  const env = { ...app.env, PARLEY_DEV_SERVER: url }

  /** @type {ReturnType<typeof open> | undefined} */
  let running
  /** Each start is an attempt; the end of an older one means nothing. */
  let attempt = 0
  /** @type {(code: number) => void} */
  let finish = () => undefined
  /** @type {(error: unknown) => void} */
  let fail = () => undefined
  /** @type {Promise<number>} */
  const finished = new Promise((resolve, reject) => {
    finish = resolve
    fail = reject
  })

  const restart = async () => {
    const mine = ++attempt
    if (running !== undefined) {
      say('restart', 'main or a preload has changed')
      await stop(running.child)
      if (mine !== attempt) return
    }
    running = open(root, process.execPath, app.args, env)
    running.ended.then(
      (code) => mine === attempt && finish(code),
      (error) => mine === attempt && fail(error),
    )
  }

  let builtOnce = 0
  /** @type {NodeJS.Timeout | undefined} */
  let soon
  const inputs = watched()
  for (const settings of inputs) {
    const watcher = /** @type {import('vite').Rolldown.RolldownWatcher} */ (await build(settings))
    let first = true
    watcher.on('event', (event) => {
      if (event.code === 'ERROR') {
        say('build', event.error.message)
        if (first) fail(new Remedy('The first build failed; what it said is above. Correct it and run the command again.'))
      }
      if (event.code !== 'BUNDLE_END') return
      if (first) builtOnce++
      first = false
      if (builtOnce < inputs.length) return
      // Several bundles often follow from one saved file.
      clearTimeout(soon)
      soon = setTimeout(() => void restart(), 200)
    })
  }
  const clips = join(root, 'main/practice/clips')
  if (existsSync(clips)) cpSync(clips, join(root, 'out/main/practice-clips'), { recursive: true })
  say('open', `Parley on ${app.name} (Ctrl+C ends it)`)
  const code = await finished
  await server.close()
  return code
})

/** What is built again when it changes: main, and each preload. */
function watched() {
  const watch = {}
  const preloads = readdirSync(join(root, 'preload')).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  return [
    { ...common('main'), build: { watch, emptyOutDir: false } },
    ...preloads.map((file) => ({
      ...common('preload'),
      build: {
        watch,
        lib: { entry: join(root, 'preload', file), formats: [/** @type {const} */ ('cjs')], fileName: () => file.replace(/\.ts$/, '.cjs') },
      },
    })),
  ]
}

/** @returns {Promise<number>} a port of 127.0.0.1 that nobody uses */
function freePort() {
  return new Promise((resolve, reject) => {
    const socket = createSocket()
    socket.once('error', reject)
    socket.listen(0, '127.0.0.1', () => {
      const address = socket.address()
      socket.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
