import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { peakOf } from '../../../shared/audio/pcm16.ts'
import { CLIP_IDS, clipManifestSchema, loadClipLibrary, loadClipsFrom } from '../../../main/practice/clips.ts'
import type { ClipLibrary } from '../../../main/practice/clips.ts'
import { decodeAdpcm, readAdpcmWav, upsample16To24 } from '../../../main/practice/ima-adpcm.ts'
import { levelDb } from '../../../main/practice/measure.ts'
import { compose, numberClips } from '../../../main/practice/utterance.ts'
import { CLIPS } from './practice-client.ts'

const manifest = clipManifestSchema.parse(JSON.parse(readFileSync(join(CLIPS, 'manifest.json'), 'utf8')))
const LANGUAGES = ['en', 'de'] as const
const all = LANGUAGES.flatMap((language) => CLIP_IDS.map((id) => ({ language, id, clip: manifest.clips[id]?.[language] })))
const read = (file: string): Uint8Array => new Uint8Array(readFileSync(join(CLIPS, file)))

describe('the clips', () => {
  it('are those that the code names, in both languages, and no others', () => {
    expect(Object.keys(manifest.clips).sort()).toEqual([...CLIP_IDS].sort())
    for (const language of LANGUAGES) expect(readdirSync(join(CLIPS, language)).sort()).toEqual(CLIP_IDS.map((id) => `${id}.wav`).sort())
  })

  it('are rendered from the texts beside them', () => {
    expect(execFileSync(process.execPath, ['scripts/render-practice-clips.mjs', '--check'], { encoding: 'utf8' })).toBe('All clips are up to date.\n')
  })

  it('last as long as the manifest says, at the level of speech, without clicks at their ends', () => {
    for (const { clip } of all) {
      if (clip === undefined) throw new Error('not in the manifest')
      const samples = decodeAdpcm(readAdpcmWav(read(clip.file)))
      expect(Math.abs(samples.length / 16 - clip.ms), clip.file).toBeLessThanOrEqual(0.5)
      const frames = Array.from({ length: Math.floor(samples.length / 80) }, (_, i) => levelDb(samples.subarray(i * 80, i * 80 + 80)))
      const active = frames.filter((db) => db > Math.max(...frames) - 26)
      const rms = 10 * Math.log10(active.reduce((sum, db) => sum + 10 ** (db / 10), 0) / active.length)
      expect(rms, clip.file).toBeGreaterThan(-22)
      expect(rms, clip.file).toBeLessThan(-18.5)
      expect(peakOf(samples), clip.file).toBeLessThan(0.9)
      expect(Math.abs(samples[0] ?? 0), clip.file).toBeLessThan(300)
      expect(Math.abs(samples.at(-1) ?? 0), clip.file).toBeLessThan(300)
    }
  })

  it('are small', () => {
    expect(all.reduce((sum, { clip }) => sum + statSync(join(CLIPS, clip?.file ?? '')).size, 0)).toBeLessThan(1_500_000)
  })

  it('say only what Parley says: no exclamation marks, no "AI", no digits to be read out', () => {
    for (const { clip } of all) {
      expect(clip?.text).not.toMatch(/!|\bAI\b|\bKI\b/)
      expect(clip?.say ?? clip?.text).not.toMatch(/\d/)
    }
  })
})

describe('the decoder', () => {
  it('gives the samples that sox gives', () => {
    for (const file of ['en/hello.wav', 'de/hello.wav', 'en/n7.wav']) {
      const raw = execFileSync('sox', ['-D', join(CLIPS, file), '-t', 'raw', '-e', 'signed', '-b', '16', '-'], { maxBuffer: 1 << 24 })
      const theirs = new Int16Array(new Uint8Array(raw).buffer)
      const ours = decodeAdpcm(readAdpcmWav(read(file)))
      expect(ours.length).toBeGreaterThan(4000)
      expect(Buffer.from(ours.buffer).equals(Buffer.from(theirs.buffer, 0, ours.byteLength))).toBe(true)
    }
  })

  it.each([
    ['nothing', new Uint8Array()],
    ['something else', new TextEncoder().encode('RIFF....WAVEfmt ')],
    ['a file that is cut off', read('en/n1.wav').slice(0, 1000)],
    ['plain PCM', new Uint8Array(execFileSync('sox', ['-n', '-r', '16000', '-b', '16', '-t', 'wav', '-', 'synth', '0.1', 'sine', '300'], { stdio: ['ignore', 'pipe', 'ignore'] }))],
  ])('refuses %s', (_name, bytes) => {
    expect(() => readAdpcmWav(bytes)).toThrow(/WAV|ADPCM/)
  })

  it.each([100, 1000, 5000, 7000])('keeps a tone of %i Hz when going to 24 kHz', (hz) => {
    const tone = Int16Array.from({ length: 16_000 }, (_, n) => Math.round(10_000 * Math.sin((2 * Math.PI * hz * n) / 16_000)))
    const up = upsample16To24(tone)
    expect(up.length).toBe(24_000)
    // The best fit of the same tone at 24 kHz, away from the ends; what is left over is the error.
    let [ss, cc, sc, xs, xc, xx] = [0, 0, 0, 0, 0, 0]
    for (let n = 200; n < 23_800; n++) {
      const [s, c, x] = [Math.sin((2 * Math.PI * hz * n) / 24_000), Math.cos((2 * Math.PI * hz * n) / 24_000), up[n] ?? 0]
      ss += s * s
      cc += c * c
      sc += s * c
      xs += x * s
      xc += x * c
      xx += x * x
    }
    const determinant = ss * cc - sc * sc
    const [a, b] = [(xs * cc - xc * sc) / determinant, (xc * ss - xs * sc) / determinant]
    expect(10 * Math.log10(xx / Math.max(1, xx - a * xs - b * xc))).toBeGreaterThan(hz < 6000 ? 50 : 25)
    expect(20 * Math.log10(Math.hypot(a, b) / 10_000)).toBeGreaterThan(hz < 6000 ? -0.2 : -3)
    expect(Math.abs(b / a)).toBeLessThan(0.01)
  })
})

describe('what is put together', () => {
  let library: { en: ClipLibrary; de: ClipLibrary }
  beforeAll(async () => {
    library = { en: await loadClipLibrary('en', loadClipsFrom(CLIPS)), de: await loadClipLibrary('de', loadClipsFrom(CLIPS)) }
  })

  it.each([
    [0, 'zero', 'null'],
    [7, 'seven', 'sieben'],
    [20, 'twenty', 'zwanzig'],
    [21, 'twenty one', 'ein und zwanzig'],
    [34, 'thirty four', 'vier und dreißig'],
    [100, 'one hundred', 'ein hundert'],
    [119, 'one hundred nineteen', 'ein hundert neunzehn'],
    [742, 'seven hundred forty two', 'sieben hundert zwei und vierzig'],
    [1500, 'one five zero zero', 'eins fünf null null'],
  ])('says %i as “%s” and “%s”', (n, en, de) => {
    const say = (language: 'en' | 'de'): string => numberClips(n, language).map((id) => manifest.clips[id]?.[language].say ?? manifest.clips[id]?.[language].text ?? '').join(' ')
    expect([say('en'), say('de')]).toEqual([en, de])
  })

  it('has text and sound of the same length of parts, in order, without long silence inside a sentence', () => {
    const longest: Record<string, number> = {}
    for (const language of LANGUAGES) {
      const u = compose([{ clip: 'heard' }, { tenths: 24 }, { clip: 'heard_end' }, { clip: 'level_good' }, { clip: 'answered' }, { tenths: 1034 }, { clip: 'answered_end' }], library[language], language)
      expect(u.text).toBe(
        language === 'en'
          ? 'I heard 2.4 seconds. You came through clearly. I began to answer 103.4 seconds after your last word.'
          : 'Ich habe 2,4 Sekunden gehört. Du warst gut zu hören. Meine Antwort begann 103,4 Sekunden nach deinem letzten Wort.',
      )
      expect(u.words().map((w) => w.text).join('')).toBe(u.text)
      const pcm = u.slice(0, u.samples)
      expect(pcm.length).toBe(u.samples)
      const last = u.pieces.at(-1)
      expect((last?.start ?? 0) + (last?.samples ?? 0)).toBe(u.samples)
      // The first sentence: from its beginning to the start of the next.
      const sentence = pcm.subarray(0, (u.pieces[5]?.start ?? 0) - 24 * 260)
      let run = 0
      let most = 0
      for (let at = 0; at + 120 <= sentence.length; at += 120) {
        run = levelDb(sentence.subarray(at, at + 120)) < -55 ? run + 5 : 0
        most = Math.max(most, run)
      }
      longest[language] = most
    }
    expect(longest['en']).toBeLessThan(150)
    expect(longest['de']).toBeLessThan(150)
  })

  it('is the same in slices as in one', () => {
    const voice = Int16Array.from({ length: 5000 }, (_, i) => i)
    const u = compose([{ clip: 'echo' }, { voice }, { count: 3 }, { clock: { hours: 1, minutes: 0 } }], library.de, 'de')
    const whole = u.slice(0, u.samples)
    const slices: number[] = []
    for (let at = 0; at < u.samples; at += 4800) slices.push(...u.slice(at, at + 4800))
    expect(Buffer.from(Int16Array.from(slices).buffer).equals(Buffer.from(whole.buffer))).toBe(true)
    expect(u.text).toBe('So klingst du. (deine Stimme, 0,2 Sekunden) 1, 2, 3. 1 Uhr.')
  })
})
