import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/**
 * The pages. Everything becomes a real file and nothing an inline script or a data URL, because
 * the pages run under `script-src 'self'`; a worklet is imported as `./x.worklet.ts?worker&url`
 * (plain `?url` would hand out the TypeScript source).
 */
export default defineConfig(({ mode }) => ({
  root: at('renderer'),
  base: '/',
  plugins: [react()],
  define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
  worker: { format: 'iife' as const },
  build: {
    outDir: at('out/renderer'),
    emptyOutDir: true,
    target: 'esnext',
    assetsInlineLimit: 0,
    // One page, loaded from disk: one file is quicker than several.
    chunkSizeWarningLimit: 800,
    modulePreload: { polyfill: false },
    sourcemap: mode === 'development',
    reportCompressedSize: false,
    rolldownOptions: {
      input: { index: at('renderer/index.html'), overlay: at('renderer/overlay.html'), sound: at('renderer/sound.html') },
    },
  },
}))
