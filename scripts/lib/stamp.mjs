import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * The three parts of the build: what each is made from, and the files without which it is not
 * there. Paths are relative to the repository.
 * @type {Record<'main' | 'preload' | 'renderer', {from: string[], needs: string[]}>}
 */
export const TARGETS = {
  main: { from: ['main', 'shared', 'build/tray', 'vite.main.config.ts'], needs: ['index.cjs', 'history-worker.cjs'] },
  preload: { from: ['preload', 'shared', 'vite.preload.config.ts'], needs: ['app.cjs', 'sound.cjs'] },
  renderer: { from: ['renderer', 'shared', 'vite.renderer.config.ts'], needs: ['index.html', 'overlay.html', 'sound.html'] },
}

const COMMON = ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build.mjs', 'scripts/lib/stamp.mjs']

/**
 * Every file below a path, sorted; a file is its own list, a missing path is empty.
 * @param {string} path absolute
 * @returns {string[]}
 */
export function filesBelow(path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  const found = []
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name)
    if (entry.isDirectory()) found.push(...filesBelow(inner))
    else if (entry.isFile()) found.push(inner)
  }
  return found.sort()
}

/**
 * SHA-256 over names and contents of everything a target is made from.
 * @param {string} root repository
 * @param {keyof typeof TARGETS} target
 * @param {string} mode `production` or `development`
 */
export function inputHash(root, target, mode) {
  const hash = createHash('sha256').update(mode)
  for (const source of [...TARGETS[target].from, ...COMMON]) {
    for (const file of filesBelow(join(root, source))) {
      hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file))
    }
  }
  return hash.digest('hex')
}

/** @param {string} root @param {string} target */
export const stampFile = (root, target) => join(root, 'out', `.${target}.stamp`)

/**
 * Targets whose output is missing or older than what it is made from.
 * @param {string} root
 * @param {string} [mode]
 * @returns {(keyof typeof TARGETS)[]}
 */
export function staleTargets(root, mode = 'production') {
  return /** @type {(keyof typeof TARGETS)[]} */ (Object.keys(TARGETS)).filter((target) => {
    const stamp = stampFile(root, target)
    if (!existsSync(stamp)) return true
    const folder = join(root, 'out', target)
    if (!existsSync(folder) || TARGETS[target].needs.some((name) => !existsSync(join(folder, name)))) return true
    return readFileSync(stamp, 'utf8') !== inputHash(root, target, mode)
  })
}
