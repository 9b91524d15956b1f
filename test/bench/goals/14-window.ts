import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { build, preview } from 'vite'
import { launchEngine } from '../../chromium.ts'
import { buildWindow } from '../../renderer/app/harness/build.ts'
import { app, parley, you } from '../../renderer/app/harness/scenes.ts'
import { serve } from '../../renderer/app/harness/server.ts'
import { ROOT, WORK } from '../lib/bundle.ts'
import { interleave, medians } from '../lib/rounds.ts'
import { isVoid, median, quantile } from '../lib/stats.ts'
import { threadTime } from '../lib/thread-time.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

const ENTRIES = 10_000
/** Of each sort in a round. */
const DELTAS = 100
/** Mounts in a round, each in a page of its own; the middle one counts. */
const MOUNTS = 3

/** CPU time of the page's thread, on which script, style and layout run; ms. */
interface Drawn {
  mount: number
  p95: number
}

/** Beside what Parley takes, what the engine takes for the same thing done by hand, without a line of script around it. */
interface Ours extends Drawn {
  bare: Drawn
}

/** The window as it ships, with a snapshot of so many entries that arrives when it has drawn its waiting self. */
async function open(page: Page, url: string, fakeBridge: string): Promise<void> {
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
    const request = parley.request.bind(parley)
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve))
    parley.request = async (...args) => {
      const reply = await request(...args)
      if (args[0] !== 'state.get') return reply
      // Main is another process: before it answers, the page has come to rest, as the peers' page has before they mount.
      if (document.readyState !== 'complete') await new Promise((resolve) => window.addEventListener('load', resolve))
      await frame()
      await frame()
      performance.mark('mount begin')
      return reply
    }
    new MutationObserver((_, observer) => {
      const rows = document.querySelectorAll('[role="log"] article')
      if (rows.length === 0) return
      rows[rows.length - 1]?.getBoundingClientRect()
      performance.mark('mount end')
      observer.disconnect()
    }).observe(document, { childList: true, subtree: true })
  })
  await page.goto(url)
  await page.locator('[role="log"] article').last().waitFor()
  await page.waitForTimeout(500)
}

/** Words for the last entry, one a frame; in between the same words for the row of Parley's before it, put into its text node by hand. */
function deltas(page: Page): Promise<void> {
  return page.evaluate(async (deltas) => {
    const log = document.querySelector('[role="log"]')
    const row = log?.querySelector('article:nth-last-child(3) .entry-text')
    if (!log || !row) throw new Error('no rows')
    const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT)
    while (walker.nextNode());
    const node = walker.currentNode as Text
    const id = window.fakeState.entries.at(-1)?.id ?? ''
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve))
    // The bridge of the test copies what it hands on and keeps a state of its own: that is main's work and not counted.
    window.fake.state = { ...window.fake.state, entries: [] }
    const clone = window.structuredClone
    window.structuredClone = <T>(value: T): T => value
    for (let i = 0; i < deltas; i++) {
      const changed = new Promise<void>((resolve) => {
        new MutationObserver((_, observer) => {
          observer.disconnect()
          resolve()
        }).observe(log, { childList: true, characterData: true, subtree: true })
      })
      performance.mark('delta begin')
      window.fake.conversation({ op: 'append', id, text: ' word' })
      await changed
      log.getBoundingClientRect()
      performance.mark('delta end')
      await frame()
      performance.mark('bare delta begin')
      node.data += ' word'
      log.getBoundingClientRect()
      performance.mark('bare delta end')
      await frame()
    }
    window.structuredClone = clone
  }, DELTAS)
}

/** The elements of the mounted window once more, copied by the engine: made, styled and laid out, and no script. */
function bareMount(page: Page): Promise<void> {
  return page.evaluate(() => {
    const root = document.getElementById('root')
    if (!root) throw new Error('no root')
    performance.mark('bare mount begin')
    const copy = root.cloneNode(true) as HTMLElement
    root.replaceWith(copy)
    copy.querySelector('article:last-child')?.getBoundingClientRect()
    performance.mark('bare mount end')
    copy.replaceWith(root)
  })
}

/** Opens a page as often as it is to mount; the last one lives on for the deltas. */
async function measured(browser: Browser, use: (page: Page, last: boolean) => Promise<void>): Promise<(name: string) => number[]> {
  const all: ((name: string) => number[])[] = []
  for (let i = 1; i <= MOUNTS; i++) {
    const page = await browser.newPage({ viewport: { width: 900, height: 700 } })
    const thread = await threadTime(browser, page)
    try {
      await use(page, i === MOUNTS)
    } finally {
      all.push(await thread.stop())
      await page.close()
    }
  }
  return (name) => all.flatMap((times) => times(name))
}

async function ours(browser: Browser, url: string, fakeBridge: string): Promise<Ours> {
  const times = await measured(browser, async (page, last) => {
    await open(page, url, fakeBridge)
    if (!last) return
    await deltas(page)
    await bareMount(page)
  })
  return {
    mount: median(times('mount')),
    p95: quantile(times('delta'), 0.95),
    bare: { mount: median(times('bare mount')), p95: quantile(times('bare delta'), 0.95) },
  }
}

async function rows(browser: Browser, url: string, memoised: boolean): Promise<Drawn> {
  const times = await measured(browser, async (page, last) => {
    await page.goto(`${url}rows.html`)
    await page.waitForFunction(() => 'measureRows' in window)
    await page.evaluate(
      ([count, deltas, memo]) => {
        ;(window as unknown as { measureRows(count: number, deltas: number, memoised: boolean): void }).measureRows(count, deltas, memo)
      },
      [ENTRIES, last ? DELTAS : 0, memoised] as const,
    )
  })
  return { mount: median(times('mount')), p95: quantile(times('delta'), 0.95) }
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
  const browser = await launchEngine()
  try {
    const memo = 'React.memo rows'
    const plain = 'React rows'
    const byHand = 'the same by hand, no script'
    const bare: Drawn[] = []
    const drawn = await interleave<Drawn>(
      [
        {
          name: 'Parley',
          measure: async () => {
            const own = await ours(browser, server.url, built.fakeBridge)
            bare.push(own.bare)
            return own
          },
        },
        { name: plain, measure: () => rows(browser, url, false) },
        { name: memo, measure: () => rows(browser, url, true) },
      ],
      memo,
      rounds,
      options,
    )
    const delta = medians(drawn, memo, ({ p95 }) => p95)
    const mount = medians(drawn, memo, ({ mount }) => mount)
    const p95 = delta.of('Parley')
    return [
      {
        goal: 14,
        name: 'one text delta among 10 000 entries, with layout, p95',
        ours: p95,
        peers: { [plain]: delta.of(plain), [memo]: delta.of(memo), [byHand]: median(bare.map(({ p95 }) => p95)) },
        unit: 'ms CPU',
        ratio: p95 / delta.of(memo),
        target: '≤ 1 ms and ≤ 1/15 of React.memo',
        met: p95 <= 1 && p95 <= delta.of(memo) / 15,
        rounds,
        control: delta.control,
        void: isVoid(delta.control),
        note: `${String(DELTAS)} deltas a round; from main’s patch to the laid-out text. By hand: the same word put into the text node of another row of the same window, and laid out`,
      },
      {
        goal: 14,
        name: 'mount of 10 000 entries',
        ours: mount.of('Parley'),
        peers: { [plain]: mount.of(plain), [memo]: mount.of(memo), [byHand]: median(bare.map((own) => own.mount)) },
        unit: 'ms CPU',
        ratio: mount.of('Parley') / mount.of(memo),
        target: '≤ 50 ms',
        met: mount.of('Parley') <= 50,
        rounds,
        control: mount.control,
        void: isVoid(mount.control),
        note: 'from the snapshot’s arrival to the first rows laid out, the rest of the window included. By hand: the window’s elements copied by the engine and laid out, with its fonts and styles at hand',
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
