import { connect } from 'node:net'
import { join } from 'node:path'
import type { Chromium } from './chromium.ts'
import type { Protocol } from './cdp.ts'
import type { PageTarget } from './page-target.ts'
import { X11 } from './x11.ts'

export interface Bounds { x: number, y: number, width: number, height: number }

/** How a page becomes a window, and what can be done with that window. */
export interface HostWindow {
  page: PageTarget
  setBounds(bounds: Bounds): Promise<void>
  getBounds(): Promise<Bounds>
  setState(state: 'normal' | 'minimized' | 'maximized' | 'fullscreen'): Promise<void>
  show(activate: boolean): Promise<void>
  hide(): Promise<void>
  setAlwaysOnTop(on: boolean): Promise<void>
}

/**
 * Makes windows one after the other, so that the next page to appear is the one that was asked for. Headed, each is
 * an application window (no tabs, no address bar), asked for over Chromium's own singleton socket as a second
 * `chromium --app=…` would; hidden ones are withdrawn from the display.
 */
export class WindowHost {
  #chromium: Chromium
  #nextPage: (() => Promise<PageTarget>)
  #last: Promise<unknown> = Promise.resolve()
  #count = 0
  #x11: Promise<X11 | null>

  constructor(chromium: Chromium, nextPage: () => Promise<PageTarget>, env: NodeJS.ProcessEnv) {
    this.#chromium = chromium
    this.#nextPage = nextPage
    this.#x11 = chromium.headless ? Promise.resolve(null) : X11.open(env['DISPLAY'] ?? '', env).catch(() => null)
  }

  /** The page is not yet claimed: it waits at its start. */
  create(claim: (page: PageTarget) => Promise<void>): Promise<HostWindow> {
    const made = this.#last.then(() => this.#chromium.headless ? this.#createHeadless(claim) : this.#createHeaded(claim))
    this.#last = made.catch(() => undefined)
    return made
  }

  async #createHeadless(claim: (page: PageTarget) => Promise<void>): Promise<HostWindow> {
    const waiting = this.#nextPage()
    this.#chromium.cdp.browser.tell('Target.createTarget', { url: 'about:blank', newWindow: true })
    const page = await waiting
    await claim(page)
    return this.#window(page, null, null)
  }

  async #createHeaded(claim: (page: PageTarget) => Promise<void>): Promise<HostWindow> {
    const name = `stand-in-${process.pid}-${++this.#count}`
    const waiting = this.#nextPage()
    await this.#tellSingleton([`--app=data:text/html;${name},`])
    const page = await waiting
    const x11 = await this.#x11
    // Before the page runs its window is off the screen and empty; once Chromium has mapped it, it is taken away.
    const xWindow = x11 ? await findMapped(x11, name) : null
    if (x11 && xWindow !== null) x11.withdraw(xWindow)
    await claim(page)
    return this.#window(page, x11, xWindow)
  }

  #tellSingleton(args: string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(join(this.#chromium.profile, 'SingletonSocket'))
      socket.on('error', reject)
      socket.on('connect', () => { socket.write(['START', process.cwd(), 'chromium', ...args].join('\0')) })
      socket.on('data', (data) => {
        socket.destroy()
        if (data.toString().startsWith('ACK')) resolve()
        else reject(new Error(`Chromium would not open a window (${data.toString()})`))
      })
    })
  }

  #window(page: PageTarget, x11: X11 | null, xWindow: number | null): HostWindow {
    const { browser } = this.#chromium.cdp
    let wanted: Bounds | null = null
    const id = async (): Promise<number> => (await browser.send('Browser.getWindowForTarget', { targetId: page.targetId })).windowId
    const set = async (bounds: Protocol.Browser.Bounds): Promise<void> => {
      await browser.send('Browser.setWindowBounds', { windowId: await id(), bounds })
    }
    const place = async (): Promise<void> => {
      if (wanted) await set({ left: wanted.x, top: wanted.y, width: wanted.width, height: wanted.height })
    }
    return {
      page,
      async setBounds(bounds) {
        wanted = bounds
        await place()
      },
      async getBounds() {
        const { bounds } = await browser.send('Browser.getWindowForTarget', { targetId: page.targetId })
        return { x: bounds.left ?? 0, y: bounds.top ?? 0, width: bounds.width ?? 0, height: bounds.height ?? 0 }
      },
      async setState(state) { await set({ windowState: state }) },
      async show(activate) {
        if (x11 && xWindow !== null) {
          x11.map(xWindow)
          x11.raise(xWindow)
        }
        await place()
        if (!activate) return
        if (x11 && xWindow !== null) setTimeout(() => { x11.focus(xWindow) }, 50)
        await page.session.send('Page.bringToFront', {})
      },
      hide() {
        if (x11 && xWindow !== null) x11.withdraw(xWindow)
        return Promise.resolve()
      },
      async setAlwaysOnTop(on) { if (x11 && xWindow !== null) await x11.above(xWindow, on) },
    }
  }
}

/** The window as soon as it is mapped (or as it is after half a second), null where none appears. */
async function findMapped(x11: X11, name: string): Promise<number | null> {
  let found: number | null = null
  for (let attempt = 0; attempt < 100; attempt++) {
    found ??= await x11.findByClass(name)
    if (found !== null && await x11.isMapped(found)) break
    await new Promise((resolve) => { setTimeout(resolve, 5) })
  }
  return found
}
