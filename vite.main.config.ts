import { readdirSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build, defineConfig, type Plugin } from 'vite'
import manifest from './package.json' with { type: 'json' }

/**
 * What the bundle leaves to `require`: Electron, Node's own modules, and the packages named under
 * `dependencies` (native ones, which cannot be bundled). Everything else is a development
 * dependency and goes into the one file.
 */
const unbundled = Object.keys(manifest.dependencies)

const historyFolder = fileURLToPath(new URL('main/storage/history/', import.meta.url))

/**
 * The thread that owns the history, as a file of its own beside the bundle. It is built apart: with
 * two entries in one build, what both use would become a third file that either needs.
 */
function historyWorker(mode: string): Plugin {
  return {
    name: 'parley:history-worker',
    buildStart() {
      for (const file of readdirSync(historyFolder)) this.addWatchFile(historyFolder + file)
    },
    async generateBundle() {
      const built = await build({
        configFile: false,
        publicDir: false,
        mode,
        logLevel: 'warn',
        ssr: { noExternal: true, target: 'node' },
        build: {
          ssr: `${historyFolder}worker.ts`,
          write: false,
          target: 'node24',
          minify: false,
          rolldownOptions: { external: [/^node:/], output: { format: 'cjs', codeSplitting: false } },
        },
      })
      if (!('output' in built)) throw new Error('The history worker was built into more than one bundle.')
      this.emitFile({ type: 'asset', fileName: 'history-worker.cjs', source: built.output[0].code })
    },
  }
}

export default defineConfig(({ mode }) => ({
  plugins: [historyWorker(mode)],
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
