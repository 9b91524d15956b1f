import type { Browser, Page } from 'playwright-core'
import type { AppState } from '../../../../shared/state.ts'
import { launchEngine } from '../../../chromium.ts'
import { buildWindow, type Built } from './build.ts'
import type { Call } from './fake-bridge.ts'
import { giveFrames } from './frames.ts'
import { serve } from './server.ts'

/** How a window is opened. Lengths in CSS px. */
export interface WindowOptions {
  width?: number
  height?: number
  touch?: boolean
  reducedMotion?: boolean
  contrast?: boolean
  forced?: boolean
  /** The overlay instead of the window. */
  overlay?: boolean
}

/** One Chromium with the window as it ships, under the production policy. */
export class Stage {
  readonly #browser: Browser
  readonly #built: Built
  readonly #server: { url: string; close(): Promise<void> }
  /** Windows by their options: each is loaded anew for whoever opens it next, since a new one costs a second. */
  readonly #pages = new Map<string, Page>()
  #count = 0
  /** Everything that must not happen: policy violations, console errors and warnings, page errors. */
  readonly trouble: string[] = []

  private constructor(browser: Browser, built: Built, server: { url: string; close(): Promise<void> }) {
    this.#browser = browser
    this.#built = built
    this.#server = server
  }

  static async start(): Promise<Stage> {
    const built = await buildWindow()
    const server = await serve(built.folder)
    const browser = await launchEngine()
    return new Stage(browser, built, server)
  }

  /** Opens the window in a state and waits until it is drawn. Windows with the same options take turns in one page. */
  async open(state: AppState, options: WindowOptions = {}): Promise<Page> {
    const key = JSON.stringify(options)
    const page = this.#pages.get(key) ?? (await this.#newPage(options))
    this.#pages.set(key, page)
    await page.goto(`${this.#server.url}${options.overlay === true ? 'overlay.html' : ''}?${++this.#count}#${encodeURIComponent(JSON.stringify(state))}`)
    await page.locator(options.overlay === true ? '.overlay' : '.page:not([aria-busy])').waitFor()
    await page.evaluate(() => document.fonts.ready)
    return page
  }

  /** Takes the pointer out of the windows and returns the trouble they made. */
  async clear(): Promise<string[]> {
    for (const page of this.#pages.values()) {
      await page.mouse.move(0, 0)
      await page.emulateMedia({ colorScheme: 'light' })
    }
    return this.trouble.splice(0)
  }

  async #newPage(options: WindowOptions): Promise<Page> {
    const page = await this.#browser.newPage({
      viewport: { width: options.width ?? (options.overlay === true ? 260 : 520), height: options.height ?? (options.overlay === true ? 64 : 720) },
      hasTouch: options.touch ?? false,
      reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
      contrast: options.contrast === true ? 'more' : 'no-preference',
      forcedColors: options.forced === true ? 'active' : 'none',
      locale: 'en-GB',
      timezoneId: 'UTC',
    })
    await giveFrames(page)
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.trouble.push(message.text())
    })
    page.on('pageerror', (error) => this.trouble.push(error.message))
    await page.exposeFunction('reportViolation', (what: string) => this.trouble.push(what))
    await page.addInitScript(() => {
      window.fakeState = JSON.parse(decodeURIComponent(location.hash.slice(1))) as AppState
      document.addEventListener('securitypolicyviolation', (event) => {
        ;(window as unknown as { reportViolation: (what: string) => void }).reportViolation(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`)
      })
    })
    await page.addInitScript({ content: this.#built.fakeBridge })
    return page
  }

  async stop(): Promise<void> {
    await this.#browser.close()
    await this.#server.close()
    await this.#built.remove()
  }
}

/** The requests that the window made since it asked for its state, as `channel` or `channel arguments`. */
export async function calls(page: Page): Promise<string[]> {
  const made: Call[] = await page.evaluate(() => window.fake.calls)
  return made.filter(({ channel }) => channel !== 'state.get').map(({ channel, args }) => (args.length === 0 ? channel : `${channel} ${JSON.stringify(args)}`))
}
