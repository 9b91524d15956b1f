import { builtinModules } from 'node:module'
import { defineConfig } from 'vite'
import manifest from './package.json' with { type: 'json' }

/**
 * What the bundle leaves to `require`: Electron, Node's own modules, and the packages named under
 * `dependencies` (native ones, which cannot be bundled). Everything else is a development
 * dependency and goes into the one file.
 */
const unbundled = Object.keys('dependencies' in manifest ? (manifest.dependencies as object) : {})

export default defineConfig(({ mode }) => ({
  // The renderer alone serves files; without this Vite would look for a public folder.
  publicDir: false,
  define: {
    // ws tries two optional native modules inside try/catch; this removes the attempt.
    'process.env.WS_NO_BUFFER_UTIL': '"1"',
    'process.env.WS_NO_UTF_8_VALIDATE': '"1"',
    'process.env.NODE_ENV': JSON.stringify(mode),
  },
  ssr: { noExternal: true, target: 'node' },
  build: {
    ssr: true,
    outDir: 'out/main',
    target: 'node24',
    minify: false,
    sourcemap: mode === 'development',
    reportCompressedSize: false,
    rolldownOptions: {
      input: { index: 'main/index.ts' },
      external: ['electron', /^electron\//, ...builtinModules, /^node:/, ...unbundled],
      output: {
        format: 'cjs',
        entryFileNames: '[name].cjs',
        codeSplitting: false,
      },
    },
  },
}))
