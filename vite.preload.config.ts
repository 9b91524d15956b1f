import { defineConfig } from 'vite'

/**
 * One sandboxed preload. A sandboxed preload is not a module and may require nothing but
 * `electron`, so each entry becomes one self-contained CommonJS file; `scripts/build.mjs` passes
 * the entry in `build.lib.entry`.
 */
export default defineConfig(({ mode }) => ({
  publicDir: false,
  define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
  build: {
    outDir: 'out/preload',
    target: 'esnext',
    minify: false,
    sourcemap: mode === 'development' ? ('inline' as const) : false,
    reportCompressedSize: false,
    emptyOutDir: false,
    rolldownOptions: {
      external: ['electron'],
      output: { codeSplitting: false },
    },
  },
}))
