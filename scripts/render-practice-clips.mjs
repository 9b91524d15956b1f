#!/usr/bin/env node
/**
 * Renders what the practice partner says: main/practice/clips/manifest.json → one WAV per clip and
 * language beside it. Texts are edited in the manifest; this fills in `file`, `ms` and `source`.
 *
 *   node scripts/render-practice-clips.mjs            renders what is new or changed
 *   node scripts/render-practice-clips.mjs --all      renders everything again
 *   node scripts/render-practice-clips.mjs --check    names what is out of date; needs no synthesiser
 *
 * Needs the Debian packages flite, espeak-ng and sox. The same versions give the same bytes.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CLIPS = fileURLToPath(new URL('../main/practice/clips/', import.meta.url))
const RATE = 16_000
/** dBFS of the active parts; loud enough beside a person's voice, with room for peaks. */
const TARGET_RMS = -20
const PEAK_LIMIT = -1.5
/** Pauses between a clip's sentences are cut to this, ms. */
const LONGEST_PAUSE = 240
/** Part of every clip's `source`: raise it when the recipe below changes. */
const RECIPE = 1

const VOICES = {
  en: {
    command: 'flite',
    args: (say, out) => ['-voice', 'slt', '-t', say, '-o', out],
  },
  de: {
    command: 'espeak-ng',
    args: (say, out) => ['-v', 'de', '-s', '158', '-p', '42', '-w', out, say],
  },
}

const STEPS = [
  7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118, 130, 143,
  157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552,
  1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487,
  12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
]
const INDEX_MOVES = [-1, -1, -1, -1, 2, 4, 6, 8]
const BLOCK_BYTES = 512
const BLOCK_SAMPLES = (BLOCK_BYTES - 4) * 2 + 1
/** How many ways of encoding are followed at once; more gains nothing that can be heard. */
const BEAM = 12

const db = (x) => 20 * Math.log10(Math.max(x, 1e-9))
const clamp = (x, low, high) => Math.min(high, Math.max(low, x))

/** What a clip was rendered from; a changed text or recipe changes it. */
export function sourceOf(language, say) {
  return createHash('sha256').update(JSON.stringify([RECIPE, language, say])).digest('hex').slice(0, 12)
}

function synthesise(language, say, folder) {
  const raw = join(folder, 'raw.wav')
  const pcm = join(folder, 'clip.raw')
  const voice = VOICES[language]
  execFileSync(voice.command, voice.args(say, raw), { stdio: 'pipe' })
  // -D: no dither, so that the same text gives the same bytes.
  execFileSync('sox', ['-D', '-v', '0.5', raw, '-t', 'raw', '-e', 'signed', '-b', '16', '-c', '1', pcm, 'rate', '-v', String(RATE), 'highpass', '70'], {
    stdio: 'pipe',
  })
  const bytes = readFileSync(pcm)
  const samples = new Float64Array(bytes.length >> 1)
  for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(i * 2) / 32768
  return samples
}

/** RMS of each 5 ms frame. */
function frames(samples) {
  const size = RATE / 200
  const levels = []
  for (let at = 0; at + size <= samples.length; at += size) {
    let sum = 0
    for (let i = at; i < at + size; i++) sum += samples[i] ** 2
    levels.push(Math.sqrt(sum / size))
  }
  return levels
}

function trimmed(samples) {
  const size = RATE / 200
  const levels = frames(samples)
  const gate = Math.max(...levels) * 10 ** (-42 / 20)
  const first = levels.findIndex((l) => l > gate)
  const last = levels.findLastIndex((l) => l > gate)
  if (first < 0) throw new Error('the synthesiser gave only silence')
  const from = Math.max(0, first * size - RATE * 0.02)
  const to = Math.min(samples.length, (last + 1) * size + RATE * 0.04)
  const out = samples.slice(from, to)
  const fade = (n, at) => {
    for (let i = 0; i < n; i++) out[at(i)] *= i / n
  }
  fade(RATE * 0.005, (i) => i)
  fade(RATE * 0.02, (i) => out.length - 1 - i)
  return out
}

/** Cuts the middle out of long pauses, where nothing is heard, so that no click comes of it. */
function unhurried(samples) {
  const size = RATE / 200
  const levels = frames(samples)
  const gate = Math.max(...levels) * 0.01
  const most = LONGEST_PAUSE / 5
  const keep = levels.map(() => true)
  for (let at = 0; at < levels.length; at++) {
    let end = at
    while (end < levels.length && levels[end] < gate) end++
    if (end - at > most) keep.fill(false, at + most / 2, end - most / 2)
    at = Math.max(at, end)
  }
  return samples.filter((_, i) => keep[Math.floor(i / size)] ?? true)
}

function normalised(samples) {
  const levels = frames(samples)
  const gate = Math.max(...levels) * 0.05
  const active = levels.filter((l) => l > gate)
  const rms = Math.sqrt(active.reduce((sum, l) => sum + l * l, 0) / active.length)
  const peak = samples.reduce((most, s) => Math.max(most, Math.abs(s)), 0)
  const gain = Math.min(10 ** (TARGET_RMS / 20) / rms, 10 ** (PEAK_LIMIT / 20) / peak)
  return Int16Array.from(samples, (s) => clamp(Math.round(s * gain * 32768), -32768, 32767))
}

/** One block: of all the ways followed, the one nearest to the samples. */
function encodeBlock(samples, from, to, index0) {
  let ways = [{ error: 0, value: samples[from], index: index0, nibble: 0, before: null }]
  for (let at = from + 1; at < to; at++) {
    const next = new Map()
    for (const way of ways) {
      const step = STEPS[way.index]
      const difference = samples[at] - way.value
      const sign = difference < 0 ? 8 : 0
      const ideal = clamp(Math.floor((Math.abs(difference) * 4) / step), 0, 7)
      for (const size of [ideal - 1, ideal, ideal + 1]) {
        if (size < 0 || size > 7) continue
        const nibble = sign | size
        const move = (step >> 3) + (size & 4 ? step : 0) + (size & 2 ? step >> 1 : 0) + (size & 1 ? step >> 2 : 0)
        const value = clamp(way.value + (sign ? -move : move), -32768, 32767)
        const index = clamp(way.index + INDEX_MOVES[size], 0, STEPS.length - 1)
        const error = way.error + (samples[at] - value) ** 2
        const key = value * 128 + index
        const rival = next.get(key)
        if (rival === undefined || error < rival.error) next.set(key, { error, value, index, nibble, before: way })
      }
    }
    ways = [...next.values()].sort((a, b) => a.error - b.error).slice(0, BEAM)
  }
  const nibbles = []
  for (let way = ways[0]; way.before !== null; way = way.before) nibbles.push(way.nibble)
  return { nibbles: nibbles.reverse(), index: ways[0].index, error: ways[0].error }
}

/** IMA ADPCM in WAV (Microsoft's layout, mono), and what the encoding cost in dB of signal to noise. */
function encode(samples) {
  const blocks = Math.ceil(samples.length / BLOCK_SAMPLES)
  const data = Buffer.alloc(blocks * BLOCK_BYTES)
  let index = 0
  let noise = 0
  let lastBytes = 0
  for (let block = 0; block < blocks; block++) {
    const from = block * BLOCK_SAMPLES
    const to = Math.min(samples.length, from + BLOCK_SAMPLES)
    const at = block * BLOCK_BYTES
    data.writeInt16LE(samples[from], at)
    data.writeUInt8(index, at + 2)
    const { nibbles, index: after, error } = encodeBlock(samples, from, to, index)
    nibbles.forEach((nibble, i) => (data[at + 4 + (i >> 1)] |= nibble << (i & 1 ? 4 : 0)))
    index = after
    noise += error
    // The last block ends with its last sample, in whole groups of eight as the format wants it.
    lastBytes = 4 + Math.ceil(nibbles.length / 8) * 4
  }
  const body = data.subarray(0, (blocks - 1) * BLOCK_BYTES + lastBytes)
  const head = Buffer.alloc(60)
  head.write('RIFF', 0)
  head.writeUInt32LE(52 + body.length, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(20, 16)
  head.writeUInt16LE(0x11, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(RATE, 24)
  head.writeUInt32LE(Math.round((RATE * BLOCK_BYTES) / BLOCK_SAMPLES), 28)
  head.writeUInt16LE(BLOCK_BYTES, 32)
  head.writeUInt16LE(4, 34)
  head.writeUInt16LE(2, 36)
  head.writeUInt16LE(BLOCK_SAMPLES, 38)
  head.write('fact', 40)
  head.writeUInt32LE(4, 44)
  head.writeUInt32LE(samples.length, 48)
  head.write('data', 52)
  head.writeUInt32LE(body.length, 56)
  const signal = samples.reduce((sum, s) => sum + s * s, 0)
  return { wav: Buffer.concat([head, body]), snr: 10 * Math.log10(signal / Math.max(noise, 1)) }
}

/** Longest stretch inside the clip that is 40 dB below its loudest 5 ms, in ms. */
function longestSilence(samples) {
  const levels = frames(Float64Array.from(samples, (s) => s / 32768))
  const gate = Math.max(...levels) * 0.01
  let longest = 0
  let run = 0
  for (const level of levels) {
    run = level < gate ? run + 5 : 0
    longest = Math.max(longest, run)
  }
  return longest
}

function writeManifest(manifest) {
  const clips = Object.entries(manifest.clips).map(
    ([id, languages]) =>
      `    ${JSON.stringify(id)}: {\n${Object.entries(languages)
        .map(([language, clip]) => `      ${JSON.stringify(language)}: ${JSON.stringify(clip)}`)
        .join(',\n')}\n    }`,
  )
  const { clips: _, ...rest } = manifest
  const head = Object.entries(rest).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`)
  writeFileSync(join(CLIPS, 'manifest.json'), `{\n${head.join('\n')}\n  "clips": {\n${clips.join(',\n')}\n  }\n}\n`)
}

function main() {
  const options = new Set(process.argv.slice(2))
  const manifest = JSON.parse(readFileSync(join(CLIPS, 'manifest.json'), 'utf8'))
  const folder = mkdtempSync(join(tmpdir(), 'parley-clips-'))
  const figures = { en: [], de: [] }
  const stale = []
  const wanted = new Set()
  try {
    for (const [id, languages] of Object.entries(manifest.clips)) {
      for (const language of Object.keys(VOICES)) {
        const clip = languages[language]
        if (clip === undefined) throw new Error(`clip ${id} has no text in ${language}`)
        const say = clip.say ?? clip.text
        const file = `${language}/${id}.wav`
        const source = sourceOf(language, say)
        wanted.add(file)
        if (!options.has('--all') && clip.source === source && existsSync(join(CLIPS, file))) continue
        stale.push(file)
        if (options.has('--check')) continue
        const samples = normalised(unhurried(trimmed(synthesise(language, say, folder))))
        const { wav, snr } = encode(samples)
        mkdirSync(join(CLIPS, language), { recursive: true })
        writeFileSync(join(CLIPS, file), wav)
        languages[language] = { text: clip.text, ...(clip.say === undefined ? {} : { say: clip.say }), file, ms: Math.round(samples.length / (RATE / 1000)), source }
        const peak = samples.reduce((most, s) => Math.max(most, Math.abs(s)), 0) / 32768
        const levels = frames(Float64Array.from(samples, (s) => s / 32768))
        const active = levels.filter((l) => l > Math.max(...levels) * 0.05)
        const rms = Math.sqrt(active.reduce((sum, l) => sum + l * l, 0) / active.length)
        figures[language].push({ id, ms: samples.length / (RATE / 1000), rms: db(rms), peak: db(peak), snr, silence: longestSilence(samples) })
      }
    }
    if (options.has('--check')) {
      console.log(stale.length === 0 ? 'All clips are up to date.' : `Out of date: ${stale.join(', ')}. Run: node scripts/render-practice-clips.mjs`)
      process.exitCode = stale.length === 0 ? 0 : 1
      return
    }
    writeManifest(manifest)
    for (const language of Object.keys(VOICES)) {
      for (const file of readdirSync(join(CLIPS, language))) if (!wanted.has(`${language}/${file}`)) rmSync(join(CLIPS, language, file))
      const list = figures[language]
      if (list.length === 0) continue
      const least = (key) => Math.min(...list.map((f) => f[key])).toFixed(1)
      const most = (key) => Math.max(...list.map((f) => f[key])).toFixed(1)
      const mean = (key) => (list.reduce((sum, f) => sum + f[key], 0) / list.length).toFixed(1)
            console.log(
        `${language}: ${list.length} clips, ${(list.reduce((sum, f) => sum + f.ms, 0) / 1000).toFixed(1)} s; RMS ${least('rms')} to ${most('rms')} dBFS, peak at most ${most('peak')} dBFS; ` +
          `signal to noise ${mean('snr')} dB (least ${least('snr')}); longest silence inside ${most('silence')} ms`,
      )
    }
    const bytes = [...wanted].reduce((sum, file) => sum + statSync(join(CLIPS, file)).size, 0)
    console.log(`${wanted.size} files, ${(bytes / 1024).toFixed(0)} KiB`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
