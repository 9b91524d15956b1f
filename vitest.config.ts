import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))

/** Whose tests start Chromium or the whole app: they are given longer. */
const heavy = ['stand-in', 'renderer', 'packaging'].map((folder) => `test/${folder}/**/*.test.{ts,tsx}`)
/** Who plays, records or counts in real time: apart from those that keep both cores busy. */
const inTime = ['test/renderer/sound/**/*.test.{ts,tsx}', 'test/sound-card/**/*.test.{ts,tsx}', 'test/stand-in/ports.test.ts']

/** A shared machine that stands still for a moment tears sound and time. What failed is tried again, and `npm test` names it. */
const RETRY = 2

const common = {
  environment: 'node' as const,
  // What is waited for comes late on a busy machine; only what never comes is a failure.
  expect: { poll: { timeout: 20_000 } },
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
          retry: 0,
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [...heavy, ...inTime, '**/node_modules/**'],
          // One more than what can be counted on: a third of the time is waiting.
          maxWorkers: 3,
          // A limit ends what hangs; it says nothing of how fast anything is.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'integration',
          retry: RETRY,
          include: heavy,
          exclude: [...inTime, '**/node_modules/**'],
          maxWorkers: 3,
          testTimeout: 240_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'sound',
          retry: RETRY,
          include: inTime,
          maxWorkers: 2,
          testTimeout: 240_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
