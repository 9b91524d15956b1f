import type { Browser, Page } from 'playwright-core'

interface Mark {
  name: string
  pid: number
  tid: number
  ts: number
  /** CPU time of the thread, µs. */
  tts?: number
}

/**
 * CPU time of a page's own thread between pairs of `performance.mark('NAME begin')` and `'NAME end'`, ms. Unlike the
 * clock on the wall it does not count what other programs do meanwhile. Begins at once; one page at a time.
 */
export async function threadTime(browser: Browser, page: Page): Promise<{ stop(): Promise<(name: string) => number[]> }> {
  await browser.startTracing(page, { categories: ['-*', 'blink.user_timing'] })
  return {
    async stop() {
      const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: Mark[] }
      traceEvents.sort((a, b) => a.ts - b.ts)
      const at = (name: string): number[] => traceEvents.filter((e) => e.name === name).map(({ tts }) => (tts ?? NaN) / 1000)
      return (name) => {
        const ends = at(`${name} end`)
        return at(`${name} begin`).map((begin, i) => (ends[i] ?? NaN) - begin)
      }
    },
  }
}
