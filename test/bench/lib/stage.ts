import { mkdirSync, rmSync, writeFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { _electron, type ElectronApplication, type Page } from '@playwright/test'
import type { Browser } from 'playwright-core'
import { build, preview, type PreviewServer } from 'vite'
import { existsSync } from 'node:fs'
import { launchBrowser } from '../../chromium.ts'
import { favourThisProcess, startSoundCard, type SoundCard } from '../../sound-card/index.ts'
import { builtFile, ROOT, WORK } from './bundle.ts'
import { PEERS } from './peers.ts'
import { startRecorder, type Recorder } from './recorder.ts'
import { ScriptServer, type Line } from './script-server.ts'

/** Names of the contenders as the page knows them, and as results call them. */
export const PLAYERS = {
  wavtools: PEERS.wavtools,
  elevenlabs: PEERS.elevenlabs,
  onended: PEERS.onended,
  agents: `${PEERS.agents} + wavtools`,
} as const

export type PlayerName = keyof typeof PLAYERS

/** The whole app as a person runs it, with a conversation open. */
export interface App {
  app: ElectronApplication
  page: Page
  soundRoom: Page
  line: Line
  /** Start of the process → Idle shown; Start conversation pressed → Ready shown; ms. */
  shown: { idle: number; ready: number }
  close(): Promise<void>
}

export interface AppOptions {
  /** When the start of the process is counted from, `performance.now()`. */
  began?: number
  /** Happens when the windows are there, before the conversation is opened. */
  before?: (windows: Pick<App, 'page' | 'soundRoom'>) => Promise<void>
}

/** A sound card, a server, a recorder of the speaker, and whoever plays on it. */
export class Stage {
  readonly card: SoundCard
  readonly server: ScriptServer
  readonly recorder: Recorder
  #browser: Browser | null = null
  #site: PreviewServer | null = null
  readonly #apps: App[] = []

  private constructor(card: SoundCard, server: ScriptServer, recorder: Recorder) {
    this.card = card
    this.server = server
    this.recorder = recorder
  }

  static async start(): Promise<Stage> {
    // This process is the network and the recorder: behind those that play it would be late, and they would be blamed.
    favourThisProcess()
    const card = await startSoundCard()
    return new Stage(card, await ScriptServer.start(), await startRecorder(card))
  }

  /** Opens a page with one peer and returns its line to the server. */
  async peer(name: PlayerName): Promise<Line> {
    this.#browser ??= await launchBrowser({
      env: { ...definedEnvironment(), ...this.card.env },
      args: ['--autoplay-policy=no-user-gesture-required', '--use-fake-ui-for-media-stream'],
      ignoreDefaultArgs: ['--mute-audio'],
    })
    this.#site ??= await servePeers()
    const page = await this.#browser.newPage()
    const base = this.#site.resolvedUrls?.local[0] ?? ''
    await page.goto(`${base}peers.html`)
    await page.waitForFunction(() => 'connectPeer' in window)
    const who = `${name}${String(Date.now())}`
    const line = this.server.line(who)
    await page.evaluate(([peer, url]) => (window as unknown as { connectPeer(name: string, url: string): Promise<void> }).connectPeer(peer, url), [name, this.server.url(who)] as const)
    const connected = await line
    this.card.favour()
    await sleep(700)
    return connected
  }

  /** Starts the built app, on real Electron where that is installed and on the stand-in elsewhere, and opens a conversation. */
  async app(settings: Record<string, unknown> = {}, { began = performance.now(), before }: AppOptions = {}): Promise<App> {
    builtFile('main/index.cjs')
    useStandIn()
    const userData = mkdtempSync(join(tmpdir(), 'parley-bench-'))
    writeFileSync(join(userData, 'settings.json'), JSON.stringify({ version: 1, theme: 'light', language: 'en', cues: false, ...settings }))
    const who = `parley${String(Date.now())}`
    const line = this.server.line(who)
    const app = await _electron.launch({
      args: ['.'],
      cwd: ROOT,
      env: { ...definedEnvironment(), ...this.card.env, LANG: 'en_US.UTF-8', PARLEY_USER_DATA: userData, PARLEY_ENDPOINT: this.server.url(who) },
    })
    const find = (path: string): Page | undefined => app.windows().find((window) => new URL(window.url()).pathname === path)
    const deadline = Date.now() + 30_000
    while (!find('/index.html') || !find('/sound.html')) {
      if (Date.now() > deadline) throw new Error('the app’s windows did not come')
      await sleep(20)
    }
    const [page, soundRoom] = [find('/index.html'), find('/sound.html')]
    if (!page || !soundRoom) throw new Error('a window is missing')
    this.card.favour()
    const word = page.getByRole('status', { name: 'State' })
    await word.filter({ hasText: 'Idle' }).waitFor()
    const idle = performance.now() - began
    await before?.({ page, soundRoom })
    const pressed = performance.now()
    await page.getByRole('button', { name: 'Start conversation' }).click()
    await word.filter({ hasText: /Ready|Listening/ }).waitFor()
    const running: App = {
      app,
      page,
      soundRoom,
      line: await line,
      shown: { idle, ready: performance.now() - pressed },
      close: async () => {
        await app.close().catch(() => undefined)
        rmSync(userData, { recursive: true, force: true })
      },
    }
    this.#apps.push(running)
    await sleep(1500)
    return running
  }

  async stop(): Promise<void> {
    for (const app of this.#apps) await app.close()
    await this.#browser?.close()
    await this.#site?.close()
    this.recorder.stop()
    this.server.stop()
    await this.card.stop()
  }
}

/** Real Electron where it is installed, the stand-in elsewhere; returns which. */
export function useStandIn(): 'Electron' | 'the stand-in' {
  if (process.env['ELECTRON_OVERRIDE_DIST_PATH'] === undefined && existsSync(join(ROOT, 'node_modules/electron/path.txt'))) return 'Electron'
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] ??= join(ROOT, 'test/stand-in')
  return 'the stand-in'
}

async function servePeers(): Promise<PreviewServer> {
  const outDir = join(WORK, 'page')
  mkdirSync(outDir, { recursive: true })
  const root = join(ROOT, 'test/bench/page')
  await build({ configFile: false, root, base: '/', logLevel: 'error', publicDir: false, build: { outDir, emptyOutDir: true, target: 'esnext', chunkSizeWarningLimit: 4000, rolldownOptions: { input: join(root, 'peers.html') } } })
  return preview({ configFile: false, root, logLevel: 'error', build: { outDir }, preview: { port: 0, host: '127.0.0.1' } })
}

export function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
