import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))

/** Folders whose tests start Chromium, a sound card or the whole app: one file at a time, after the rest. */
const heavy = ['stand-in', 'renderer', 'sound-card', 'packaging'].map((folder) => `test/${folder}/**/*.test.{ts,tsx}`)

const common = {
  environment: 'node' as const,
  retry: 0,
  // `require('electron')` outside Electron would try a download; this makes it fail at once.
  env: { ELECTRON_OVERRIDE_DIST_PATH: fileURLToPath(new URL('./test/stand-in', import.meta.url)) },
}

export default defineConfig({
  root,
  publicDir: false,
  test: {
    allowOnly: false,
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [...heavy, '**/node_modules/**'],
          maxWorkers: 2,
          testTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'integration',
          include: heavy,
          maxWorkers: 1,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
