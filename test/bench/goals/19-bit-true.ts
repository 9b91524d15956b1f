import { correlate, halfSampleLater } from '../../sound-card/index.ts'
import { cutBurst, newIds, settle } from '../lib/answers.ts'
import { transportNote } from '../lib/cut-series.ts'
import { span } from '../lib/heard.ts'
import { beginItem, beginResponse, delta, endItem, endResponse, pieces, tone, type Line } from '../lib/script-server.ts'
import { fitSine } from '../lib/sine.ts'
import { PLAYERS, Stage } from '../lib/stage.ts'
import { seeded } from '../../renderer/sound/random.ts'
import { median } from '../lib/stats.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

const LEVEL = 0.5

async function play(stage: Stage, line: Line, pcm: Int16Array): Promise<Int16Array> {
  const { response, items } = newIds()
  const item = items[0] ?? ''
  const mark = stage.recorder.mark()
  beginResponse(line, response)
  beginItem(line, response, item)
  for (const piece of pieces(pcm, 200)) delta(line, response, item, piece)
  endItem(line, response, item)
  endResponse(line, response)
  const { samples } = await settle(stage, mark, pcm.length / 24 + 500)
  const found = span(samples, -60)
  if (!found) throw new Error('nothing was heard')
  return samples.slice(Math.max(0, found.first - 240), found.last + 240)
}

/** How long a 1 kHz sine lasts, ms: as long as it follows the sine fitted to its middle. A faded end is no part of it. */
function sineMs(heard: Int16Array): number {
  const middle = 12_000
  const { at } = sineThrough(heard.subarray(middle - 2400, middle + 2400))
  const follows = (i: number): boolean => Math.abs((heard[i] ?? 0) - at(i - middle + 2400)) < 600
  let first = middle
  while (first > 0 && follows(first - 1)) first--
  let last = middle
  while (last < heard.length - 1 && follows(last + 1)) last++
  return (last - first + 1) / 24
}

function sineThrough(samples: Int16Array): { at: (i: number) => number } {
  const w = (2 * Math.PI * 1000) / 24_000
  let [a, b] = [0, 0]
  for (let i = 0; i < samples.length; i++) {
    a += ((samples[i] ?? 0) * Math.sin(w * i) * 2) / samples.length
    b += ((samples[i] ?? 0) * Math.cos(w * i) * 2) / samples.length
  }
  return { at: (i) => a * Math.sin(w * i) + b * Math.cos(w * i) }
}

function soften(samples: number[]): number[] {
  return samples.map((_, i) => [0, 1, 2, 3, 4].reduce((sum, k) => sum + (samples[i - k] ?? 0), 0) / 5)
}

async function run(options: Options): Promise<Result[]> {
  const stage = await Stage.start()
  const rounds = options.quick ? 2 : 5
  try {
    const lines: [string, Line][] = [['Parley', (await stage.app()).line]]
    for (const name of ['wavtools', 'elevenlabs', 'onended'] as const) lines.push([PLAYERS[name], await stage.peer(name)])
    const random = seeded(7)
    // Softened above a few kHz: a fraction of a sample of delay would cost correlation at the top of the band.
    const soft = soften(soften(Array.from({ length: 24_000 }, () => (random() * 2 - 1) * 16_000)))
    const noise = Int16Array.from(soft, Math.round)
    const sine = tone(1000, { hz: 1000, level: LEVEL })
    const cut = tone(999, { hz: 1000, level: LEVEL })
    const seen = new Map(lines.map(([name]) => [name, { gain: [] as number[], snr: [] as number[], length: [] as number[], short: [] as number[], noise: [] as number[] }]))
    for (const [, line] of lines) await cutBurst(stage, line, 600)
    for (let round = 0; round < rounds; round++) {
      for (const [name, line] of lines) {
        options.progress(`round ${String(round + 1)}/${String(rounds)} ${name}`)
        const found = seen.get(name)
        if (!found) continue
        const heard = await play(stage, line, sine)
        const { amplitude, snrDb } = fitSine(heard.subarray(4800, 4800 + 12_000), 1000)
        found.gain.push(20 * Math.log10(amplitude / LEVEL))
        found.snr.push(snrDb)
        found.length.push(sineMs(heard))
        found.short.push(sineMs(await play(stage, line, cut)))
        const heardNoise = await play(stage, line, noise)
        // The card runs at 48 kHz: a sound begins between two samples of the recording as often as at one.
        found.noise.push(Math.max(...[noise, halfSampleLater(noise)].map((sent) => correlate(sent, heardNoise).correlation)))
      }
    }
    const of = (name: string, what: 'gain' | 'snr' | 'length' | 'short' | 'noise'): number => median(seen.get(name)?.[what] ?? [])
    const result = (name: string, what: 'gain' | 'snr' | 'length' | 'short' | 'noise', unit: string, target: string, met: (value: number) => boolean, note: string): Result => ({
      goal: 19,
      name,
      ours: of('Parley', what),
      peers: Object.fromEntries(lines.slice(1).map(([peer]) => [peer, of(peer, what)])),
      unit,
      ratio: null,
      target,
      met: met(of('Parley', what)),
      rounds,
      control: null,
      void: false,
      note,
    })
    return [
      result('1 kHz at the speaker: gain', 'gain', 'dB', '± 0.05 dB', (value) => Math.abs(value) <= 0.05, transportNote()),
      result('1 kHz at the speaker: signal to noise', 'snr', 'dB', '≥ 80 dB', (value) => value >= 80, ''),
      result('1 000 ms sent: heard', 'length', 'ms', '± 1 ms', (value) => Math.abs(value - 1000) <= 1, ''),
      result('999 ms sent (last block not full): heard', 'short', 'ms', '± 1 ms', (value) => Math.abs(value - 999) <= 1, ''),
      result('noise below 4 kHz: correlation with what was sent', 'noise', '', '≥ 0.99', (value) => value >= 0.99, ''),
    ]
  } finally {
    await stage.stop()
  }
}

export const goal: Goal = { number: 19, title: 'Playback is bit-true', sound: true, run }
