import type { Page } from 'playwright-core'

/**
 * Makes Chromium's own window larger than any page of ours. As small as the overlay it would be all
 * toolbar, and a page of which nothing can be seen gets one frame a second.
 */
export async function giveFrames(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  const { windowId } = await devtools.send('Browser.getWindowForTarget')
  await devtools.send('Browser.setWindowBounds', { windowId, bounds: { width: 1000, height: 900 } })
  await devtools.detach()
}
