/**
 * `npm run build [-- --force] [-- --mode development]`: builds what is stale into `out/`.
 * Each part is built beside its final place and moved there in one step, so that a failed build
 * leaves the last good one and a running app never sees half a file.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { licenceFile, shippedPackages } from './lib/licences.mjs'
import { inputHash, staleTargets, stampFile, TARGETS } from './lib/stamp.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: {
    force: { type: 'boolean', default: false },
    mode: { type: 'string', default: 'production' },
  },
})

// React's own build goes by this; what calls the build (a test) may have set another.
process.env['NODE_ENV'] = values.mode

/** Vite's settings that every part shares. @param {string} name */
const common = (name) => ({
  root,
  mode: values.mode,
  logLevel: /** @type {const} */ ('warn'),
  configFile: join(root, `vite.${name}.config.ts`),
  configLoader: /** @type {const} */ ('native'),
})

/** How each part is built into a folder. @type {Record<keyof typeof TARGETS, (outDir: string) => Promise<void>>} */
const builders = {
  async main(outDir) {
    await build({ ...common('main'), build: { outDir, emptyOutDir: true } })
    const clips = join(root, 'main/practice/clips')
    if (existsSync(clips)) cpSync(clips, join(outDir, 'practice-clips'), { recursive: true })
    const tray = join(root, 'build/tray/png')
    if (existsSync(tray)) cpSync(tray, join(outDir, 'tray'), { recursive: true })
  },
  async preload(outDir) {
    mkdirSync(outDir, { recursive: true })
    const entries = readdirSync(join(root, 'preload')).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    if (entries.length === 0) throw new Error('preload/ holds no entry')
    for (const file of entries) {
      const name = file.slice(0, -3)
      await build({
        ...common('preload'),
        build: {
          outDir,
          lib: { entry: join(root, 'preload', file), formats: ['cjs'], fileName: () => `${name}.cjs` },
        },
      })
    }
  },
  async renderer(outDir) {
    await build({ ...common('renderer'), root: join(root, 'renderer'), build: { outDir, emptyOutDir: true } })
  },
}

/**
 * Puts one folder in the place of another; another build may do the same at the same time.
 * @param {string} place
 * @param {string} fresh
 */
function replace(place, fresh) {
  const old = `${fresh}-old`
  for (let attempt = 1; ; attempt++) {
    try {
      if (existsSync(place)) renameSync(place, old)
      renameSync(fresh, place)
      rmSync(old, { recursive: true, force: true })
      return
    } catch (error) {
      rmSync(old, { recursive: true, force: true })
      if (attempt === 5) throw error
    }
  }
}

const targets = values.force
  ? /** @type {(keyof typeof TARGETS)[]} */ (Object.keys(TARGETS))
  : staleTargets(root, values.mode)

// The settings show the licences of others. `npm run package` writes them again, and looks whether all of them are there and may be shipped.
const licences = join(root, 'out/third-party-licences.txt')
const writeLicences = targets.includes('main') || !existsSync(licences)

if (targets.length === 0) console.log('build: nothing is stale')
for (const target of targets) {
  const began = Date.now()
  const hash = inputHash(root, target, values.mode)
  const fresh = join(root, 'out', `.${target}-${process.pid}`)
  const place = join(root, 'out', target)
  try {
    rmSync(stampFile(root, target), { force: true })
    await builders[target](fresh)
    replace(place, fresh)
    writeFileSync(stampFile(root, target), hash)
    console.log(`build: ${target} in ${((Date.now() - began) / 1000).toFixed(1)} s`)
  } catch (error) {
    console.error(`build: ${target} failed: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}
if (writeLicences) writeFileSync(licences, licenceFile(root, shippedPackages(root, () => undefined)))
