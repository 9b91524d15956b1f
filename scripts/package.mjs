/**
 * `npm run package [-- ARGUMENTS OF electron-builder]`: builds, writes the licences of others, and
 * makes the packages of electron-builder.yml in `dist/`, for this system unless `--linux`, `--mac`
 * or `--win` says otherwise. `--dir` makes only the unpacked app. `--ad-hoc` (macOS, without a
 * certificate) signs for this machine alone.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { licenceFile, licenceProblems, shippedPackages } from './lib/licences.mjs'
import { command, Remedy, say, seconds } from './lib/run.mjs'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '')
/** Without a Team ID, macOS would refuse to load Electron's own framework into the app. */
const AD_HOC = ['-c.mac.identity=-', '-c.mac.entitlements=build/entitlements.adhoc.plist', '-c.mac.entitlementsInherit=build/entitlements.adhoc.plist']

await command(async () => {
  const began = Date.now()
  const args = process.argv.slice(2).flatMap((arg) => (arg === '--ad-hoc' ? AD_HOC : arg === '--' ? [] : [arg]))

  node('scripts/build.mjs', [], 'The build failed; its words are above.')

  const shipped = shippedPackages(root)
  const problems = licenceProblems(shipped)
  if (problems.length > 0) throw new Remedy(problems.join('\n'))
  writeFileSync(join(root, 'out/third-party-licences.txt'), licenceFile(root, shipped))
  say('licences', `${shipped.length} packages of others`)

  // What nobody asked for must not be published because a token happens to be in the environment.
  node('node_modules/electron-builder/cli.js', ['--publish', 'never', ...args], 'electron-builder failed; its words are above, and docs/releasing.md says what it needs.')
  for (const [path, bytes] of archives(root)) say('size', `${path}: ${(bytes / 1e6).toFixed(1)} MB`)
  say('time', seconds(began))
  return 0
})

/** @param {string} script @param {string[]} args @param {string} remedy */
function node(script, args, remedy) {
  const { status } = spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) throw new Remedy(remedy)
}

/** Parley's own part of each unpacked app in `dist/`, bytes. @param {string} root @returns {[string, number][]} */
function archives(root) {
  const dist = join(root, 'dist')
  if (!existsSync(dist)) return []
  return readdirSync(dist, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => [`${name}/resources/app.asar`, `${name}/Parley.app/Contents/Resources/app.asar`])
    .map((path) => join(dist, path))
    .flatMap((path) => {
      const found = statSync(path, { throwIfNoEntry: false })
      return found === undefined ? [] : [/** @type {[string, number]} */ ([relative(root, path), found.size])]
    })
}
