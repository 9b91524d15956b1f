import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { cutBurst, newIds, settle } from '../lib/answers.ts'
import { transportNote } from '../lib/cut-series.ts'
import { listen } from '../lib/heard.ts'
import { beginItem, beginResponse, delta, endItem, endResponse, pieces, tone } from '../lib/script-server.ts'
import { Stage, type App } from '../lib/stage.ts'
import { median } from '../lib/stats.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

interface Frozen {
  gapMs: number
  /** Longest wait between two messages of the microphone, ms. */
  waitMs: number
  /** Microphone sound that never came, ms. */
  lostMs: number
}

/** 4 s of answer in real time with the microphone live; a page is blocked for 2 s in the middle. */
async function freeze(stage: Stage, { line }: App, page: Page | 'elsewhere' | null): Promise<Frozen> {
  const { response, items } = newIds()
  const item = items[0] ?? ''
  const mark = stage.recorder.mark()
  const began = performance.now()
  beginResponse(line, response)
  beginItem(line, response, item)
  const chunks = pieces(tone(4000), 200)
  for (const [i, pcm] of chunks.entries()) {
    // A little ahead of the voice, as a real server is.
    const wait = began + i * 150 - performance.now()
    if (wait > 0) await sleep(wait)
    delta(line, response, item, pcm)
    if (i === 4 && page) {
      if (page === 'elsewhere') spawn(process.execPath, ['-e', 'const end = Date.now() + 2000; while (Date.now() < end);'], { stdio: 'ignore' })
      else {
        void page.evaluate(() => {
          const end = performance.now() + 2000
          while (performance.now() < end);
        })
      }
    }
  }
  endItem(line, response, item)
  endResponse(line, response)
  const heard = listen(await settle(stage, mark, 600))
  if (!heard) throw new Error('nothing was heard')
  const ended = performance.now()
  const appends = line.appends.filter(({ at }) => at >= began)
  const waits = appends.map(({ at }, i) => at - (appends[i - 1]?.at ?? at))
  const sound = appends.reduce((sum, { pcm }) => sum + pcm.length / 48, 0)
  return { gapMs: heard.gapMs, waitMs: Math.max(0, ...waits), lostMs: Math.max(0, ended - began - sound) }
}

async function run(options: Options): Promise<Result[]> {
  const stage = await Stage.start()
  const rounds = options.quick ? 2 : 5
  try {
    // The open line keeps the microphone live.
    const app = await stage.app({ turnMode: 'open_line' })
    await cutBurst(stage, app.line, 600)
    const seen = { none: [] as Frozen[], elsewhere: [] as Frozen[], window: [] as Frozen[], room: [] as Frozen[] }
    for (let round = 0; round < rounds; round++) {
      for (const [name, page] of [['none', null], ['elsewhere', 'elsewhere'], ['window', app.page], ['room', app.soundRoom]] as const) {
        options.progress(`round ${String(round + 1)}/${String(rounds)}: ${name === 'none' ? 'nothing' : name} frozen`)
        seen[name].push(await freeze(stage, app, page))
      }
    }
    const of = (name: keyof typeof seen, what: keyof Frozen): number => median(seen[name].map((one) => one[what]))
    const common = { goal: 12, ratio: null, rounds, control: null, void: false }
    // The same work in a process that has nothing to do with Parley shows what the machine itself cannot bear.
    const beside = (what: 'gapMs' | 'lostMs'): string =>
      `nothing frozen ${of('none', what).toFixed(1)} ms, the same work in a stranger’s process ${of('elsewhere', what).toFixed(1)} ms`
    return [
      {
        ...common,
        name: 'visible window blocked for 2 s: gaps in the answer',
        ours: of('window', 'gapMs'),
        peers: { 'a stranger blocked instead': of('elsewhere', 'gapMs') },
        unit: 'ms',
        target: '0 (or what a stranger costs)',
        met: of('window', 'gapMs') <= of('elsewhere', 'gapMs'),
        note: `${beside('gapMs')}. ${transportNote()}`,
      },
      {
        ...common,
        name: 'visible window blocked for 2 s: microphone sound not there at the end',
        ours: of('window', 'lostMs'),
        peers: { 'a stranger blocked instead': of('elsewhere', 'lostMs') },
        unit: 'ms',
        target: 'less than a frame more than a stranger',
        met: of('window', 'lostMs') - of('elsewhere', 'lostMs') < 20,
        note: `${beside('lostMs')}; longest wait for a frame ${of('window', 'waitMs').toFixed(0)} ms (nothing frozen ${of('none', 'waitMs').toFixed(0)} ms)`,
      },
      { ...common, name: 'sound room’s own page blocked for 2 s: gaps in the answer', ours: of('room', 'gapMs'), peers: {}, unit: 'ms', target: 'what it costs', met: null, note: 'the page relays; nothing but its own work can block it' },
      {
        ...common,
        name: 'sound room’s own page blocked for 2 s: microphone sound not there at the end',
        ours: of('room', 'lostMs'),
        peers: {},
        unit: 'ms',
        target: 'what it costs',
        met: null,
        note: `frames wait for up to ${of('room', 'waitMs').toFixed(0)} ms`,
      },
    ]
  } finally {
    await stage.stop()
  }
}

export const goal: Goal = { number: 12, title: 'Frozen page', sound: true, run }
