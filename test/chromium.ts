import { existsSync } from 'node:fs'
import { chromium, type Browser, type LaunchOptions } from 'playwright-core'

/** The whole browser; `PARLEY_CHROMIUM` names another. */
const CHROMIUM = process.env['PARLEY_CHROMIUM'] ?? '/usr/bin/chromium'

/** The same engine without a browser around it: no address bar, no tabs, no sound. */
const HEADLESS_SHELL = '/usr/bin/chromium-headless-shell'

/** Processes for an address bar that nobody sees draw all the time: 40 % of what a page costs. What Playwright switches off is lost with it; of that this page cares for one. */
const NO_ADDRESS_BAR = '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,PaintHolding'

/** Starts the whole browser: for what needs a display or sound. */
export function launchBrowser({ args = [], ...options }: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, ...options, args: [NO_ADDRESS_BAR, ...args] })
}

/** Starts an engine for pages alone, which takes a third of the CPU where Debian's headless shell is installed. */
export function launchEngine(): Promise<Browser> {
  const args = ['--disable-gpu']
  return process.env['PARLEY_CHROMIUM'] === undefined && existsSync(HEADLESS_SHELL) ? launchBrowser({ executablePath: HEADLESS_SHELL, args }) : launchBrowser({ args })
}
