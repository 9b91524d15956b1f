import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findSound, startSoundCard, writeWav, type SoundCard } from '../../sound-card/index.ts'
import { FakeMain, launchChromium, serveSoundRoom } from '../../renderer/sound/harness.ts'
import { fitSine } from '../lib/sine.ts'
import type { Goal, Options, Result } from '../lib/types.ts'

const TONES = [100, 200, 500, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 11_000, 13_000, 14_000, 16_000, 18_000, 20_000]
const LEVEL = 0.5
const LENGTH_MS = 1500

/** Plays a tone at 48 kHz into the microphone and returns what the sound room sent of it, 24 kHz. */
async function capture(main: FakeMain, speak: (path: string) => Promise<void>, folder: string, hz: number): Promise<Int16Array> {
  const path = join(folder, `${String(hz)}.wav`)
  writeWav(path, { rate: 48_000, samples: Int16Array.from({ length: LENGTH_MS * 48 }, (_, i) => Math.round(LEVEL * 32_767 * Math.sin((2 * Math.PI * hz * i) / 48_000))) })
  await main.forget()
  await speak(path)
  await sleep(150)
  return joined(await main.ofType('frame'))
}

function joined(frames: { samples?: Int16Array }[]): Int16Array {
  const all = new Int16Array(frames.reduce((sum, { samples }) => sum + (samples?.length ?? 0), 0))
  let at = 0
  for (const { samples } of frames) {
    if (!samples) continue
    all.set(samples, at)
    at += samples.length
  }
  return all
}

/** The 400 ms in the middle of the loudest second. */
function middle(samples: Int16Array): Int16Array {
  const window = 9600
  let best = 0
  let most = -1
  for (let from = 0; from + window <= samples.length; from += 1200) {
    let sum = 0
    for (let i = from; i < from + window; i += 7) sum += Math.abs(samples[i] ?? 0)
    if (sum > most) {
      most = sum
      best = from
    }
  }
  return samples.subarray(best, best + window)
}

/** Places at which a sine is not what its two samples before foretell, ms apart at least 20. */
function breaks(samples: Int16Array, hz: number): number {
  const k = 2 * Math.cos((2 * Math.PI * hz) / 24_000)
  let [count, last] = [0, -Infinity]
  for (let i = 2; i < samples.length; i++) {
    if (Math.abs((samples[i] ?? 0) - (k * (samples[i - 1] ?? 0) - (samples[i - 2] ?? 0))) < LEVEL * 32_767 * 0.03) continue
    if (i - last > 480) count++
    last = i
  }
  return count
}

/** A long tone through the microphone: where it broke on its way to main, and where it was broken at the microphone already. */
async function steady(main: FakeMain, card: SoundCard, folder: string, seconds: number): Promise<{ ours: number; microphone: number; ms: number }> {
  const path = join(folder, 'steady.wav')
  writeWav(path, { rate: 48_000, samples: Int16Array.from({ length: seconds * 48_000 }, (_, i) => Math.round(LEVEL * 32_767 * Math.sin((2 * Math.PI * 1000 * i) / 48_000))) })
  const microphone = await card.record('microphone')
  await main.forget()
  await card.speak(path)
  await sleep(150)
  const inside = (samples: Int16Array): Int16Array => {
    const found = findSound(samples, { thresholdDb: -12 })
    // Where the tone begins and ends is no break.
    return found ? samples.subarray(found.start + 480, found.end - 480) : new Int16Array(0)
  }
  const got = inside(joined(await main.ofType('frame')))
  return { ours: breaks(got, 1000), microphone: breaks(inside(await microphone.stop()), 1000), ms: got.length / 24 }
}

async function run({ quick, progress }: Options): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-tones-'))
  const card = await startSoundCard()
  const site = await serveSoundRoom()
  const browser = await launchChromium(card.env)
  try {
    // Echo cancellation and its kin are off: they change a tone on purpose.
    const main = await FakeMain.open(browser, site.url, { processing: false })
    await main.until('ready')
    card.favour()
    await main.post({ type: 'open_microphone', request: 1, deviceId: null })
    await main.until('microphone')
    await main.post({ type: 'capture', request: 2, mode: 'live', preRollMs: 0 })
    await sleep(1200)
    const seen: { hz: number; gainDb: number; snrDb: number; levelDb: number }[] = []
    for (const hz of quick ? TONES.filter((_, i) => i % 3 === 0) : TONES) {
      progress(`${String(hz)} Hz`)
      const samples = middle(await capture(main, (path) => card.speak(path), folder, hz))
      const { amplitude, snrDb } = fitSine(samples, hz < 12_000 ? hz : 24_000 - hz)
      seen.push({ hz, gainDb: 20 * Math.log10(amplitude / LEVEL), snrDb, levelDb: 20 * Math.log10(Math.max(amplitude, 1e-6) / LEVEL) })
    }
    const seconds = quick ? 10 : 60
    progress(`${String(seconds)} s of 1 kHz`)
    const { ours, microphone, ms } = await steady(main, card, folder, seconds)
    const low = seen.filter(({ hz }) => hz <= 9000)
    const high = seen.filter(({ hz }) => hz >= 13_000)
    const snr = Math.min(...low.map(({ snrDb }) => snrDb))
    const gain = Math.max(...low.map(({ gainDb }) => Math.abs(gainDb)))
    const alias = -Math.max(...high.map(({ levelDb }) => levelDb))
    const common = { goal: 18, peers: {}, ratio: null, rounds: 1, control: null, void: false }
    return [
      { ...common, name: 'microphone to main: signal to noise up to 9 kHz, worst tone', ours: snr, unit: 'dB', target: '≥ 80 dB', met: snr >= 80, note: `${String(seen.length)} tones through the virtual microphone and the built sound room` },
      { ...common, name: 'gain up to 9 kHz, largest deviation', ours: gain, unit: 'dB', target: '≤ 0.1 dB', met: gain <= 0.1, note: '' },
      { ...common, name: 'what folds back from 13 kHz and above, worst tone', ours: alias, unit: 'dB below', target: '≥ 60 dB', met: alias >= 60, note: 'a linear or nearest-sample resampler: 0 dB' },
      {
        ...common,
        name: `breaks in ${String(seconds)} s of a tone`,
        ours,
        peers: { 'at the microphone itself': microphone },
        unit: 'breaks',
        target: '0',
        met: ours === 0,
        // A break that the machine makes is no fault of the capture, and hides none.
        void: microphone > 0,
        note: `${ms.toFixed(1)} ms of it arrived`,
      },
    ]
  } finally {
    await browser.close()
    site.close()
    await card.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

export const goal: Goal = { number: 18, title: 'Capture quality', sound: true, run }
