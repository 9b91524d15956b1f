import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { Room } from '../../renderer/sound/harness.ts'
import { findSound, writeWav } from '../../sound-card/index.ts'
import { BareCapture } from '../lib/bare-capture.ts'
import { ELECTRON } from '../lib/cut-series.ts'
import { span } from '../lib/heard.ts'
import { PEERS } from '../lib/peers.ts'
import { startRecorder } from '../lib/recorder.ts'
import type { Line } from '../lib/script-server.ts'
import { Stage } from '../lib/stage.ts'
import { median, quantile } from '../lib/stats.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

/** wavtools gathers 8 192 bytes before it hands anything out: no message is younger. */
const WAVTOOLS_MS = 8192 / 48

/** Frames, render quanta and the device's buffer of 10 ms fall together again after so many samples. */
const PATTERN = 1920

/**
 * Age of the oldest sample of each piece when it came, ms. The device hands its sound out in pieces of its own, so that a frame is complete up
 * to 13 ms after its last sample, always the same at the same place of the pattern: the fastest piece at each place counts as one that took no
 * time beyond its own length.
 */
function agesOf(pieces: readonly { at: number; frames: number }[]): number[] {
  let samples = 0
  const timed = pieces.map(({ at, frames }) => {
    const begin = samples
    samples += frames
    return { at, begin, end: samples }
  })
  const best = new Map<number, number>()
  for (const { at, begin, end } of timed) best.set(begin % PATTERN, Math.min(best.get(begin % PATTERN) ?? Infinity, at - end / 24))
  return timed.map(({ at, begin }) => at - (best.get(begin % PATTERN) ?? NaN) - begin / 24)
}

/** Of the messages at the server. */
async function ages(line: Line, ms: number): Promise<number[]> {
  const since = performance.now()
  await sleep(ms)
  return agesOf(line.appends.filter(({ at }) => at >= since).map(({ at, pcm }) => ({ at, frames: pcm.length / 2 })))
}

/** Opening and closing a microphone takes so long to come to rest, ms. */
const SETTLE_MS = 1200

/**
 * Of the frames at the end of the voice port, which lies in the sound room's own page here: everything before Electron's part of the way. Beside
 * them, in the same rounds, those of a page that does nothing else than to gather and post them.
 */
async function atThePort(quick: boolean, progress: (text: string) => void): Promise<Record<'bare' | 'idle' | 'busy', number[][]>> {
  const room = await Room.start()
  const bare = await BareCapture.open(room.browser)
  try {
    const window = await room.browser.newPage()
    const ms = quick ? 5000 : 10_000
    const seen = { bare: [] as number[][], idle: [] as number[][], busy: [] as number[][] }
    for (let round = 0; round < (quick ? 2 : 5); round++) {
      progress(`to the port, round ${String(round + 1)}: a bare page`)
      seen.bare.push(agesOf(await bare.frames(ms, SETTLE_MS)))
      await room.openMicrophone()
      await room.capture('live')
      await sleep(SETTLE_MS)
      for (const name of ['idle', 'busy'] as const) {
        progress(`to the port, round ${String(round + 1)}: ${name}`)
        const stop = name === 'busy' ? await occupy(window) : null
        await room.main.forget()
        await sleep(ms)
        seen[name].push(agesOf((await room.main.ofType('frame')).map(({ at, samples }) => ({ at, frames: samples?.length ?? 0 }))))
        await stop?.()
      }
      await room.closeMicrophone()
    }
    return seen
  } finally {
    await bare.close()
    await room.stop()
  }
}

/** A page that works 30 of every 50 ms, until told to stop. */
async function occupy(page: Page): Promise<() => Promise<void>> {
  const timer = await page.evaluate(() =>
    window.setInterval(() => {
      const end = performance.now() + 30
      while (performance.now() < end);
    }, 50),
  )
  return () => page.evaluate((id) => window.clearInterval(id), timer)
}

/** A sound at the microphone → the message that holds it at the server, ms. */
async function whole(stage: Stage, line: Line, path: string): Promise<number> {
  const microphone = await startRecorder(stage.card, 'virtmic')
  await sleep(300)
  const since = performance.now()
  await stage.card.speak(path)
  await sleep(300)
  const heard = microphone.since(0)
  microphone.stop()
  const onset = span(heard.samples, -30)
  if (!onset) throw new Error('the microphone heard nothing')
  for (const { at, pcm } of line.appends.filter((message) => message.at >= since)) {
    const samples = new Int16Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + (pcm.length & ~1)))
    if (findSound(samples, { thresholdDb: -30 })) return at - heard.timeOf(onset.first)
  }
  throw new Error('the server heard nothing')
}

async function run({ quick, progress }: Options): Promise<Result[]> {
  const real = ELECTRON === 'Electron'
  // 10 s are 500 frames: enough for the 99th of a hundred. What is only shown needs fewer rounds.
  const [rounds, ms] = quick ? [2, 8000] : [real ? 5 : 2, 10_000]
  const folder = mkdtempSync(join(tmpdir(), 'parley-burst-'))
  const burst = join(folder, 'burst.wav')
  writeWav(burst, { rate: 48_000, samples: Int16Array.from({ length: 48 * 300 }, (_, i) => Math.round(16_000 * Math.sin((2 * Math.PI * 700 * i) / 48_000))) })
  const port = await atThePort(quick, progress)
  const stage = await Stage.start()
  try {
    const { page, soundRoom, line } = await stage.app({ turnMode: 'open_line' })
    const seen = { idle: [] as number[][], window: [] as number[][], room: [] as number[][] }
    const wholes: number[] = []
    for (let round = 0; round < rounds; round++) {
      for (const [name, busy] of [['idle', null], ['window', page], ['room', soundRoom]] as const) {
        progress(`round ${String(round + 1)}/${String(rounds)}: ${name === 'idle' ? 'nothing busy' : `${name} busy`}`)
        const stop = busy ? await occupy(busy) : null
        seen[name].push(await ages(line, ms))
        await stop?.()
        await sleep(200)
      }
      wholes.push(await whole(stage, line, burst))
    }
    const of = (rounds: readonly number[][], q: number): number => median(rounds.map((round) => quantile(round, q)))
    const transport = real ? 'on Electron' : 'the stand-in’s way from the sound room to main is not Electron’s port, and falsifies this line; with Electron installed: npm run bench -- --only 5'
    const common = { goal: 5, unit: 'ms', peers: {}, ratio: null, control: null, void: false, note: '' }
    const wavtools = { [`${PEERS.wavtools}, at least (computed)`]: WAVTOOLS_MS }
    const results: Result[] = []
    const judge = (where: string, idle: readonly number[][], busy: readonly number[][], judged: boolean, note: string, more: Record<string, number> = {}): void => {
      const rounds = idle.length
      const [p50, p99, p99busy] = [of(idle, 0.5), of(idle, 0.99), of(busy, 0.99)]
      const met = (is: boolean): boolean | null => (judged ? is : null)
      results.push(
        { ...common, rounds, name: `age of the oldest sample ${where}, p50`, ours: p50, peers: { ...wavtools, ...more }, ratio: p50 / WAVTOOLS_MS, target: '≤ 25 ms and ≤ 0.2 × wavtools', met: met(p50 <= 25 && p50 <= WAVTOOLS_MS / 5), note: `20 ms of it are the frame; what even the fastest one takes, and the device’s own pattern of 0–13 ms, are not in it. ${note}` },
        { ...common, rounds, name: `age of the oldest sample ${where}, p99`, ours: p99, target: '≤ 35 ms', met: met(p99 <= 35), note },
        { ...common, rounds, name: `age of the oldest sample ${where}, p99, visible window busy 30 of 50 ms`, ours: p99busy, ratio: p99busy / p99, target: '≤ 45 ms and ≤ 1.5 × idle', met: met(p99busy <= 45 && p99busy <= 1.5 * p99), note },
      )
    }
    judge('at the end of the voice port', port.idle, port.busy, !real, 'Chromium, without Electron’s part of the way', { 'a bare page': of(port.bare, 0.5) })
    judge('of a message at the server', seen.idle, seen.window, real, transport)
    results.push(
      { ...common, rounds, name: 'the same, p99, sound room’s own page busy 30 of 50 ms', ours: of(seen.room, 0.99), target: 'what it costs', met: null, note: `nothing but its own few lines runs there. ${transport}` },
      { ...common, rounds, name: 'first sound at the microphone → in a message at the server', ours: median(wholes), target: 'shown', met: null, note: `all of it: device buffer, echo cancellation, frame, transport. ${transport}` },
    )
    return results
  } finally {
    await stage.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

export const goal: Goal = { number: 5, title: 'Microphone → WebSocket age', sound: true, run }
