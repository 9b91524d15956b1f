import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from '@playwright/test'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// The same tests run on real Electron where it is installed and on the stand-in elsewhere.
if (!existsSync(at('node_modules/electron/path.txt'))) {
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] ??= at('test/stand-in')
}

/** Whose tests are judged by a recording, or press real keys: apart from those that keep both cores busy. */
const inTime = /(cut-in|devices|echo|first-steps|first-syllable|practice|talk|talk-key)\.e2e\.ts$/

export default defineConfig({
  testDir: 'test/e2e',
  // `npm test` runs the two one after the other. Each worker has a sound card and a display of its own.
  projects: [
    { name: 'app', testMatch: '**/*.e2e.ts', testIgnore: inTime, outputDir: 'test-results/app' },
    { name: 'sound', testMatch: inTime, outputDir: 'test-results/sound' },
  ],
  workers: 2,
  fullyParallel: true,
  // A shared machine that stands still for a moment tears sound and time. What failed is tried again, and `npm test` names it.
  retries: 2,
  forbidOnly: true,
  // Limits end what hangs; what a test says of time it measures itself.
  timeout: 240_000,
  expect: { timeout: 20_000 },
  use: { trace: 'retain-on-failure', screenshot: 'only-on-failure' },
})
