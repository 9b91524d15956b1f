import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const LOOK = resolve(import.meta.dirname, '../../../renderer/look')
const css = readFileSync(join(LOOK, 'tokens.css'), 'utf8')

type Rgb = readonly [number, number, number]

/** oklch → linear sRGB, clipped to the gamut (CSS Color 4, §9.3 and §17.2). */
function linear(lightness: number, chroma: number, hue: number): Rgb {
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const clip = (v: number): number => Math.min(1, Math.max(0, v))
  return [
    clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]
}

const luminance = ([r, g, b]: Rgb): number => 0.2126 * r + 0.7152 * g + 0.0722 * b

/** WCAG 2.2 contrast ratio. */
function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)]
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
}

/** The colours of one block of tokens.css in one theme. */
function palette(block: string, theme: 'light' | 'dark'): Record<string, Rgb> {
  const colour = 'oklch\\(([\\d.]+)% ([\\d.]+) ([\\d.]+)\\)'
  const found: Record<string, Rgb> = {}
  for (const m of block.matchAll(new RegExp(`--([\\w-]+): light-dark\\(${colour}, ${colour}\\);`, 'g'))) {
    const at = theme === 'light' ? 2 : 5
    found[m[1] ?? ''] = linear(Number(m[at]) / 100, Number(m[at + 1]), Number(m[at + 2]))
  }
  return found
}

const start = css.indexOf('@media (prefers-contrast: more)')
const blocks = { usual: css.slice(0, start), more: css.slice(start, css.indexOf('@media (forced-colors')) }

describe.each(['light', 'dark'] as const)('contrast, %s', (theme) => {
  it.each(['usual', 'more'] as const)('holds for text, controls and the filled Talk button (%s)', (block) => {
    const c = palette(blocks[block], theme)
    const ratio = (a: string, b: string): number => {
      const [x, y] = [c[a], c[b]]
      if (x === undefined || y === undefined) throw new Error(`${a} or ${b} is not in tokens.css`)
      return contrast(x, y)
    }
    for (const ground of ['paper', 'paper-raised']) {
      for (const text of ['ink', 'ink-soft', 'ink-pale', 'warn', 'danger', 'voice']) expect(ratio(text, ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5)
      for (const shape of ['edge', 'mic', 'voice']) expect(ratio(shape, ground), `${shape} on ${ground}`).toBeGreaterThanOrEqual(3)
    }
    expect(ratio('on-mic', 'mic'), 'on-mic on mic').toBeGreaterThanOrEqual(4.5)
    expect(ratio('ink', 'paper')).toBeGreaterThanOrEqual(7)
  })
})

describe('one file of tokens', () => {
  it('is the only one that names a colour or a length', () => {
    const others = readdirSync(LOOK).filter((file) => file.endsWith('.css') && !['tokens.css', 'fonts.css'].includes(file))
    expect(others.length).toBeGreaterThan(4)
    for (const file of others) {
      const lines = readFileSync(join(LOOK, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '').split('\n')
      const named = lines.filter((line) => !line.includes('@media') && /#[0-9a-f]{3,8}\b|\b(oklch|rgb|hsl)\(|\b\d*\.?\d+(px|rem)\b/i.test(line))
      expect(named, file).toEqual([])
    }
  })

  it('is asked for nothing that it does not have', () => {
    const defined = new Set([...css.matchAll(/(--[\w-]+):/g)].map((m) => m[1] ?? ''))
    for (const file of readdirSync(LOOK).filter((f) => f.endsWith('.css'))) {
      const text = readFileSync(join(LOOK, file), 'utf8')
      const local = new Set([...text.matchAll(/(--[\w-]+):/g)].map((m) => m[1] ?? ''))
      const asked = [...text.matchAll(/var\((--[\w-]+)/g)].map((m) => m[1] ?? '')
      expect(asked.filter((name) => !defined.has(name) && !local.has(name)), file).toEqual([])
    }
    const all = readdirSync(LOOK).filter((f) => f.endsWith('.css')).map((f) => readFileSync(join(LOOK, f), 'utf8')).join('\n')
    expect([...defined].filter((name) => !all.includes(`var(${name})`) && name !== '--line')).toEqual([])
  })
})
