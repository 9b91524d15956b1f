import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { productConfig, ROOT } from './bundle.ts'

export interface Size {
  /** What the window's page loads at once, bytes. */
  first: { javascript: number; gzipped: number; css: number }
  /** JavaScript of the sound room with its worklets, bytes. */
  soundRoom: number
}

/** Builds the pages as they ship into a folder of its own, so that it tells of the source as it is now. */
export async function measureSize(): Promise<Size> {
  const outDir = mkdtempSync(join(tmpdir(), 'parley-size-'))
  try {
    const config = await productConfig('vite.renderer.config.ts')
    await build({ ...config, configFile: false, mode: 'production', logLevel: 'error', build: { ...config.build, outDir } })
    const files = (page: string, ending: string): string[] =>
      [...readFileSync(join(outDir, page), 'utf8').matchAll(/(?:src|href)="\/?(assets\/[^"]+)"/g)]
        .map((found) => join(outDir, found[1] ?? ''))
        .filter((path) => path.endsWith(ending))
    const loads = (page: string, ending: string): number => files(page, ending).reduce((sum, path) => sum + statSync(path).size, 0)
    const worklets = readdirSync(join(outDir, 'assets')).filter((file) => /\.worklet-.*\.js$/.test(file))
    return {
      first: { javascript: loads('index.html', '.js'), gzipped: files('index.html', '.js').reduce((sum, path) => sum + gzipSync(readFileSync(path)).length, 0), css: loads('index.html', '.css') },
      soundRoom: loads('sound.html', '.js') + worklets.reduce((sum, file) => sum + statSync(join(outDir, 'assets', file)).size, 0),
    }
  } finally {
    rmSync(outDir, { recursive: true, force: true })
  }
}

/** Bytes of a folder and all below it; 0 when it is not there. */
export function folderSize(path: string): number {
  if (!existsSync(path)) return 0
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

/** Packages that ship, those included that the ones in package.json bring with them. */
export function shippedPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }> }
  return Object.entries(packages)
    .filter(([path, { dev, optional, devOptional }]) => path !== '' && dev !== true && optional !== true && devOptional !== true)
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
}

/** The app's own part as it goes into the package: what is built, and the packages that are shipped. */
export function ownPart(): { out: number; packages: Record<string, number> } {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> }
  return {
    out: folderSize(join(ROOT, 'out')),
    packages: Object.fromEntries(Object.keys(manifest.dependencies ?? {}).map((name) => [name, folderSize(join(ROOT, 'node_modules', name))])),
  }
}
