import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication } from '@playwright/test'

export const standInFolder = import.meta.dirname
export const root = join(standInFolder, '..', '..')
export const launcher = join(standInFolder, 'electron')
export const fixtureApp = join(standInFolder, 'fixtures', 'app')

/** A fixture app that runs: preloads and pages are made by the tests, one launch for a whole file. */
export interface Fixture {
  app: ElectronApplication
  folder: string
  /** Opens a hidden window with this preload source and path, loaded; gives its webContents' id. */
  open(preload: string, options?: { path?: string, window?: object }): Promise<number>
  /** Runs code in a page's own world. */
  run<T = unknown>(id: number, code: string): Promise<T>
  /** Lines that main wrote to stderr and stdout. */
  output: string[]
  close(): Promise<void>
}

/** The environment of a launch: the stand-in in Electron's place, headless, nothing of the machine's desktop. */
export function environment(extra: Record<string, string> = {}): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value
  return { ...env, ELECTRON_OVERRIDE_DIST_PATH: standInFolder, PARLEY_STAND_IN_HEADLESS: '1', LC_ALL: 'C.UTF-8', ...extra }
}

export async function launchFixture(options: { env?: Record<string, string>, args?: string[] } = {}): Promise<Fixture> {
  const folder = mkdtempSync(join(tmpdir(), 'stand-in-test-'))
  // Playwright looks for the executable in this process's environment.
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] = standInFolder
  const app = await _electron.launch({
    args: [fixtureApp, `--user-data-dir=${join(folder, 'user-data')}`, ...options.args ?? []], env: environment(options.env),
  })
  const output: string[] = []
  for (const stream of [app.process().stderr, app.process().stdout]) stream?.on('data', (chunk: Buffer) => { output.push(...chunk.toString().split('\n').filter(Boolean)) })
  let count = 0
  return {
    app, folder, output,
    async open(preload, { path = '/blank.html', window = {} } = {}) {
      const file = join(folder, `preload-${++count}.cjs`)
      writeFileSync(file, preload)
      return app.evaluate(async ({ BrowserWindow }, about) => {
        const made = new BrowserWindow({ show: false, ...about.window, webPreferences: { preload: about.file } })
        await made.loadURL(`app://parley${about.path}`)
        return made.webContents.id
      }, { file, path, window })
    },
    run: <T>(id: number, code: string) => app.evaluate(({ webContents }, about) => webContents.fromId(about.id)?.executeJavaScript(about.code), { id, code }) as Promise<T>,
    async close() {
      await app.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
