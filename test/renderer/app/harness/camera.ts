import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../../../chromium.ts'
import { buildWindow, type Built } from './build.ts'
import { giveFrames } from './frames.ts'
import { serve } from './server.ts'
import type { Shot } from './shot-list.ts'

/** What decides how letters are drawn: the engine's major version, the platform, and a SHA-256 of each font file by name. */
export interface Looks {
  chromium: number
  platform: string
  fonts: Record<string, string>
}

/** Takes pictures of the window as it ships. Whatever moves by itself stands still: clock, caret, transitions. */
export class Camera {
  readonly #browser: Browser
  readonly #built: Built
  readonly #server: { url: string; close(): Promise<void> }
  readonly #pages = new Map<string, Page>()
  #count = 0
  readonly #told: (line: string) => void

  private constructor(browser: Browser, built: Built, server: { url: string; close(): Promise<void> }, told: (line: string) => void) {
    this.#browser = browser
    this.#built = built
    this.#server = server
    this.#told = told
  }

  /** `told` gets every warning and error of the pages' consoles, and every error that nobody caught. */
  static async start(told: (line: string) => void): Promise<Camera> {
    const built = await buildWindow()
    const server = await serve(built.folder)
    const browser = await launchBrowser({ args: ['--disable-gpu'] })
    return new Camera(browser, built, server, told)
  }

  async looks(): Promise<Looks> {
    const files = (await readdir(join(this.#built.folder, 'assets'))).filter((name) => name.endsWith('.woff2')).sort()
    const hashed = files.map(async (name) => {
      const hash = createHash('sha256').update(await readFile(join(this.#built.folder, 'assets', name))).digest('hex')
      // Without the bundler's own hash, which is of eight letters.
      return [name.replace(/-.{8}\.woff2$/, '.woff2'), hash] as const
    })
    return { chromium: Number.parseInt(this.#browser.version(), 10), platform: `${process.platform}-${process.arch}`, fonts: Object.fromEntries(await Promise.all(hashed)) }
  }

  /** A PNG of one shot. */
  async take(shot: Shot): Promise<Buffer> {
    const page = await this.#pageFor(shot)
    await page.mouse.up()
    await page.mouse.move(0, 0)
    await page.setViewportSize({ width: shot.width ?? 520, height: shot.height ?? 720 })
    await giveFrames(page)
    const state = { ...shot.state, settings: { ...shot.state.settings, theme: shot.dark === true ? ('dark' as const) : ('light' as const) } }
    await page.goto(`${this.#server.url}${shot.overlay === true ? 'overlay.html' : ''}?${++this.#count}#${encodeURIComponent(JSON.stringify(state))}`)
    await page.locator(shot.overlay === true ? '.overlay' : '.page:not([aria-busy])').waitFor()
    // Whatever is behind the overlay: here a middle grey.
    if (shot.overlay === true) await page.evaluate(() => { document.documentElement.style.background = 'gray' })
    await settle(page)
    if (shot.then !== undefined) {
      await shot.then(page)
      await settle(page)
    }
    return page.screenshot({ animations: 'disabled', caret: 'hide' })
  }

  async stop(): Promise<void> {
    await this.#browser.close()
    await this.#server.close()
    await this.#built.remove()
  }

  /** Pictures that differ only in size and theme take turns in one page. */
  async #pageFor(shot: Shot): Promise<Page> {
    const { scale = 1, reduced = false, contrast = false, forced = false } = shot
    const key = JSON.stringify([scale, reduced, contrast, forced])
    const had = this.#pages.get(key)
    if (had !== undefined) return had
    const context = await this.#browser.newContext({
      deviceScaleFactor: scale,
      reducedMotion: reduced ? 'reduce' : 'no-preference',
      contrast: contrast ? 'more' : 'no-preference',
      forcedColors: forced ? 'active' : 'none',
      locale: 'en-GB',
      timezoneId: 'UTC',
    })
    const page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.#told(`${message.type()}: ${message.text()}`)
    })
    page.on('pageerror', (error) => this.#told(`page error: ${error.message}`))
    await page.clock.setFixedTime(Date.UTC(2026, 10, 20, 14, 6, 12))
    await page.addInitScript(() => { window.fakeState = JSON.parse(decodeURIComponent(location.hash.slice(1))) as typeof window.fakeState })
    await page.addInitScript({ content: this.#built.fakeBridge })
    this.#pages.set(key, page)
    return page
  }
}

/** Until every font is there, every transition has ended and two frames were drawn since. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = (): Promise<unknown> => new Promise((done) => requestAnimationFrame(done))
    await frame()
    await document.fonts.ready
    // A transition that another one replaces rejects; it has ended as well.
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished))
    await frame()
    await frame()
  })
}
