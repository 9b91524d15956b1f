import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { _electron, test as base, expect, type ElectronApplication, type Page, type TestInfo } from '@playwright/test'
import { startDisplay } from '../../scripts/lib/display.mjs'
import { stopAll, which } from '../../scripts/lib/run.mjs'
import { startRealtimeServer, type RealtimeServer, type RealtimeServerOptions } from '../realtime-server/index.ts'
import { RECORD_RATE, startSoundCard, writeWav, type SoundCard } from '../sound-card/index.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A running Parley as a person meets it. */
export interface Parley {
  app: ElectronApplication
  /** The visible window. */
  page: Page
  /** The hidden window that hears and speaks. */
  soundRoom: Page
  /** What main has printed. */
  log(): string
  /** Folder with settings, keys and logs. */
  userData: string
}

export interface LaunchOptions {
  /** Spoken to through `PARLEY_ENDPOINT`; none: onboarding. */
  server?: RealtimeServer
  env?: Record<string, string>
  userData?: string
}

interface Fixtures {
  /** A scripted Realtime server that is stopped with the test. */
  serve: (options?: RealtimeServerOptions) => Promise<RealtimeServer>
  launch: (options?: LaunchOptions) => Promise<Parley>
  folder: string
}

interface WorkerFixtures {
  sound: SoundCard
  /** Linux: a display of the worker's own. On a shared one each new window takes the focus from whoever is being tested. */
  display: undefined
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  display: [
    // eslint-disable-next-line no-empty-pattern -- Playwright requires a destructuring pattern
    async ({}, use) => {
      if (which('Xvfb') !== undefined) process.env['DISPLAY'] = await startDisplay()
      await use(undefined)
      await stopAll()
    },
    { scope: 'worker', auto: true },
  ],
  sound: [
    // eslint-disable-next-line no-empty-pattern -- Playwright requires a destructuring pattern
    async ({}, use) => {
      const card = await startSoundCard()
      await use(card)
      await card.stop()
    },
    { scope: 'worker' },
  ],
  // eslint-disable-next-line no-empty-pattern -- Playwright requires a destructuring pattern
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-e2e-'))
    await use(folder)
    await rm(folder, { recursive: true, force: true })
  },
  // eslint-disable-next-line no-empty-pattern -- Playwright requires a destructuring pattern
  serve: async ({}, use) => {
    const servers: RealtimeServer[] = []
    await use(async (options = {}) => {
      const server = await startRealtimeServer(options)
      servers.push(server)
      return server
    })
    for (const server of servers) await server.stop()
  },
  launch: async ({ sound, folder }, use, testInfo) => {
    const apps: { app: ElectronApplication; log: () => string }[] = []
    await use(async ({ server, env = {}, userData = join(folder, 'user-data') } = {}) => {
      const app = await _electron.launch({
        args: ['.'],
        cwd: ROOT,
        env: {
          ...definedEnvironment(),
          ...sound.env,
          LANG: 'en_US.UTF-8',
          PARLEY_USER_DATA: userData,
          ...(server ? { PARLEY_ENDPOINT: server.url } : {}),
          ...env,
        },
      })
      let printed = ''
      app.process().stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
      app.process().stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
      apps.push({ app, log: () => printed })
      const [page, soundRoom] = await windowsOf(app)
      sound.favour()
      return { app, page, soundRoom, userData, log: () => printed }
    })
    for (const { app, log } of apps) {
      const failed = testInfo.status !== testInfo.expectedStatus
      if (failed) await testInfo.attach('state', { body: await stateOf(app) })
      await app.close().catch(() => undefined)
      if (failed) await testInfo.attach('log', { body: log() })
    }
  },
})

export { expect }

/** What main says of itself, as the window is told, or why it does not. */
async function stateOf(app: ElectronApplication): Promise<string> {
  const page = app.windows().find((one) => one.url().endsWith('/index.html'))
  const asked = page?.evaluate(async () => JSON.stringify(await window.parley.request('state.get')))
  return Promise.race([asked ?? 'no window', pause(2000, 'no answer')]).catch((error: unknown) => String(error))
}

/** The visible window and the sound room, whichever comes first; a new window begins at about:blank. */
async function windowsOf(app: ElectronApplication): Promise<[Page, Page]> {
  const find = (path: string): Page | undefined => app.windows().find((window) => new URL(window.url()).pathname === path)
  await expect.poll(() => [find('/index.html'), find('/sound.html')].filter(Boolean).length).toBe(2)
  const [page, soundRoom] = [find('/index.html'), find('/sound.html')]
  if (!page || !soundRoom) throw new Error('a window is missing')
  return [page, soundRoom]
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

/** The word that the person sees. */
export async function expectState(page: Page, word: string | RegExp, timeout?: number): Promise<void> {
  await expect(page.getByRole('status', { name: 'State' })).toContainText(word, timeout === undefined ? {} : { timeout })
}

/** Waits until the capture worklet has confirmed that the microphone is heard, as the badge on its button shows; a cold one gives its first sound a little later. */
export async function expectHearing(page: Page): Promise<void> {
  await expect(page.locator('.mic-badge[data-badge="live"]')).toBeVisible()
  await pause(700)
}

/** Presses Talk and keeps it pressed. */
export async function holdTalk(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Talk', exact: true }).hover()
  await page.mouse.down()
}

/** Lets Talk go. */
export async function releaseTalk(page: Page): Promise<void> {
  await page.mouse.up()
}

/** Keeps a recording beside the test's other results, so that a failure can be listened to. */
export function keepSound(testInfo: TestInfo, name: string, samples: Int16Array): void {
  writeWav(testInfo.outputPath(`${name}.wav`), { rate: RECORD_RATE, samples })
}
