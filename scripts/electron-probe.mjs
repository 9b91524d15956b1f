/**
 * Exits with 0 when Electron can be downloaded from here: fetches the small list of checksums of
 * the release the same way `node_modules/electron/install.js` fetches the release itself (mirror,
 * proxy), past every cache. Its caller ends it after 10 s.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const manifest = fileURLToPath(new URL('../node_modules/electron/package.json', import.meta.url))
const { version } = JSON.parse(readFileSync(manifest, 'utf8'))
const { downloadArtifact, ElectronDownloadCacheMode } = await import(pathToFileURL(createRequire(manifest).resolve('@electron/get')).href)
try {
  await downloadArtifact({
    version,
    artifactName: 'SHASUMS256.txt',
    isGeneric: true,
    cacheMode: ElectronDownloadCacheMode.Bypass,
    unsafelyDisableChecksums: true,
  })
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : ''
  console.error(`${error instanceof Error ? error.message : String(error)}${cause}`)
  process.exitCode = 1
}
