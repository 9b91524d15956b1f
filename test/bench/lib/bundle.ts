import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, loadConfigFromFile, type UserConfig } from 'vite'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
/** Where the benchmark builds what it needs. */
export const WORK = join(ROOT, '.cache/bench')

const built = new Map<string, Promise<string>>()

/**
 * Bundles a module of `clients/` exactly as the app bundles its main process, and returns the file.
 * Each is built once per run.
 */
export function bundleForMain(name: string): Promise<string> {
  const known = built.get(name) ?? buildForMain(name)
  built.set(name, known)
  return known
}

async function buildForMain(name: string): Promise<string> {
  const config = await productConfig('vite.main.config.ts')
  const outDir = join(WORK, name)
  await build({
    ...config,
    // The history worker is a file beside the app's bundle; no client needs it.
    plugins: [],
    configFile: false,
    logLevel: 'error',
    build: {
      ...config.build,
      outDir,
      emptyOutDir: true,
      rolldownOptions: {
        ...config.build?.rolldownOptions,
        input: { index: clientSource(name) },
      },
    },
  })
  return join(outDir, 'index.cjs')
}

/** The client as it is written; what it imports is what is installed. */
export function clientSource(name: string): string {
  return join(ROOT, 'test/bench/clients', `${name}.ts`)
}

export async function productConfig(file: string): Promise<UserConfig> {
  const loaded = await loadConfigFromFile({ command: 'build', mode: 'production' }, join(ROOT, file), undefined, 'error')
  if (!loaded) throw new Error(`${file} is missing`)
  return loaded.config
}

/** A file of the built app. @throws when the app has not been built */
export function builtFile(path: string): string {
  const file = join(ROOT, 'out', path)
  if (!existsSync(file)) throw new Error(`out/${path} is missing: run “npm run build” first (looked for ${basename(file)})`)
  return file
}
