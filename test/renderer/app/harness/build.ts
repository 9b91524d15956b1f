import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { build } from 'vite'

const ROOT = resolve(import.meta.dirname, '../../../..')

/** The window as it ships, and the script that stands in for preload and main. */
export interface Built {
  folder: string
  fakeBridge: string
  remove(): Promise<void>
}

/** Builds window and overlay for production into a temporary folder. */
export async function buildWindow(): Promise<Built> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-window-'))
  await build({
    configFile: false,
    root: join(ROOT, 'renderer'),
    base: '/',
    logLevel: 'warn',
    plugins: [react()],
    build: {
      outDir: folder,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 2000,
      reportCompressedSize: false,
      target: 'chrome150',
      rolldownOptions: { input: { index: join(ROOT, 'renderer/index.html'), overlay: join(ROOT, 'renderer/overlay.html') } },
    },
  })
  const fake = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      minify: false,
      target: 'chrome150',
      rolldownOptions: { input: join(import.meta.dirname, 'fake-bridge.ts'), output: { format: 'iife' } },
    },
  })
  if (!('output' in fake)) throw new Error('the fake bridge is one bundle')
  return { folder, fakeBridge: fake.output[0].code, remove: () => rm(folder, { recursive: true, force: true }) }
}
