#!/usr/bin/env node
/**
 * Renders the app's icon: build/icon.svg (from 48 pixels) and build/icon-small.svg (below) →
 * build/icons/*.png (Linux), build/icon.ico (Windows), build/icon.icns (macOS).
 *
 *   node scripts/node24.mjs scripts/render-icons.mjs
 *
 * Needs a Chromium (PARLEY_CHROMIUM, or /usr/bin/chromium).
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from '@playwright/test'
import { icns, ico, png, sourceOf } from './lib/images.mjs'

const BUILD = fileURLToPath(new URL('../build/', import.meta.url))
const LINUX = [16, 24, 32, 48, 64, 128, 256, 512]
const WINDOWS = [16, 20, 24, 32, 40, 48, 64, 256]
const MAC = [16, 32, 64, 128, 256, 512, 1024]
/** From this size on the full drawing, pixels. */
const FULL_FROM = 48

/**
 * The drawing on macOS's grid: a tenth of the canvas stays free on every side.
 * @param {string} svg
 */
const onMacGrid = (svg) => svg.replace(/viewBox="0 0 (\d+) \d+"/, (_, size) => {
  const margin = Number(size) * 0.06
  return `viewBox="${-margin} ${-margin} ${Number(size) + 2 * margin} ${Number(size) + 2 * margin}"`
})

/* global Image, OffscreenCanvas, btoa -- inside the page */
async function main() {
  const drawings = { full: readFileSync(join(BUILD, 'icon.svg'), 'utf8'), small: readFileSync(join(BUILD, 'icon-small.svg'), 'utf8') }
  const browser = await chromium.launch({ executablePath: process.env.PARLEY_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage()
    /** @param {number} size @param {(svg: string) => string} [place] @returns {Promise<import('./lib/images.mjs').Picture>} */
    const picture = async (size, place = (svg) => svg) => {
      const svg = place(size < FULL_FROM ? drawings.small : drawings.full)
      const base64 = await page.evaluate(
        async ([size, svg]) => {
          const image = new Image()
          image.src = `data:image/svg+xml,${encodeURIComponent(svg.replace('<svg ', `<svg width="${size}" height="${size}" `))}`
          await image.decode()
          const canvas = new OffscreenCanvas(size, size).getContext('2d')
          if (canvas === null) throw new Error('no canvas')
          canvas.drawImage(image, 0, 0, size, size)
          let bytes = ''
          for (const byte of canvas.getImageData(0, 0, size, size).data) bytes += String.fromCharCode(byte)
          return btoa(bytes)
        },
        /** @type {const} */ ([size, svg]),
      )
      return { size, rgba: Buffer.from(base64, 'base64') }
    }
    const all = (/** @type {number[]} */ sizes, /** @type {(svg: string) => string} */ place) => Promise.all(sizes.map((size) => picture(size, place)))

    rmSync(join(BUILD, 'icons'), { recursive: true, force: true })
    mkdirSync(join(BUILD, 'icons'))
    for (const one of await all(LINUX, (svg) => svg)) writeFileSync(join(BUILD, `icons/${one.size}x${one.size}.png`), png(one))
    writeFileSync(join(BUILD, 'icon.ico'), ico(await all(WINDOWS, (svg) => svg)))
    writeFileSync(join(BUILD, 'icon.icns'), icns(await all(MAC, onMacGrid)))
    writeFileSync(join(BUILD, 'icon.sha256'), `${sourceOf(BUILD)}\n`)
  } finally {
    await browser.close()
  }
}

await main()
