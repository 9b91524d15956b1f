/**
 * `node scripts/node24.mjs scripts/render-tray-icons.mjs`: draws the tray's icons, `build/tray/*.svg`,
 * to PNGs of every size and both inks beside them. The PNGs are committed; run this after a change of a drawing.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { TRAY_INKS, TRAY_SIZES } from './lib/tray-icons.mjs'

const folder = fileURLToPath(new URL('../build/tray', import.meta.url))
const png = join(folder, 'png')

/** The grid that the icons are drawn on, px, and the middle of their line. */
const GRID = 16
const MIDDLE = 8
const THICKNESS = 2

/**
 * The drawing at a size, moved and thickened by less than a pixel so that the flat line covers whole pixels.
 * @param {string} svg
 * @param {number} size px
 * @param {string} ink
 */
function fitted(svg, size, ink) {
  const scale = size / GRID
  const thick = Math.max(2, Math.round(THICKNESS * scale))
  const middle = thick % 2 === 0 ? Math.round(MIDDLE * scale) : Math.floor(MIDDLE * scale) + 0.5
  const down = middle / scale - MIDDLE
  const width = Number(/stroke-width="([\d.]+)"/.exec(svg)?.[1]) * (thick / scale / THICKNESS)
  return svg
    .replace('<svg ', `<svg width="${size}" height="${size}" `)
    .replace(/stroke-width="[\d.]+"/, `stroke-width="${width}"`)
    .replace('currentColor', ink)
    .replace('<path ', `<path transform="translate(0 ${down})" `)
}

const browser = await chromium.launch({ executablePath: process.env['PARLEY_CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
try {
  const page = await browser.newPage()
  rmSync(png, { recursive: true, force: true })
  mkdirSync(png)
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.svg'))) {
    const svg = readFileSync(join(folder, file), 'utf8')
    for (const size of TRAY_SIZES) {
      for (const [ink, colour] of Object.entries(TRAY_INKS)) {
        await page.setViewportSize({ width: size, height: size })
        await page.setContent(`<style>body{margin:0}svg{display:block}</style>${fitted(svg, size, colour)}`)
        writeFileSync(join(png, `${file.slice(0, -4)}-${ink}-${size}.png`), await page.screenshot({ omitBackground: true }))
      }
    }
  }
} finally {
  await browser.close()
}
