import { expect, it } from 'vitest'
import { CodeEar, codedSound, decode } from './coded-sound.ts'

it('finds again what was said, whose it is and how much of it', () => {
  const pcm = new Int16Array(24_000)
  pcm.set(codedSound(7, 300), 1001)
  pcm.set(codedSound(8, 200).subarray(0, 24 * 120), 12_000)
  expect(decode(pcm)).toMatchObject([
    { id: 7, fromMs: 0, toMs: 300, breaks: 0, firstAt: 1004 },
    { id: 8, fromMs: 0, toMs: 120, breaks: 0 },
  ])
  expect(decode(pcm)[0]?.pairs).toBe(300 * 12 - 1)
})

it('notices what is missing, what comes twice and what is faded', () => {
  const sound = codedSound(3, 300)
  const ear = new CodeEar()
  ear.listen(sound.subarray(0, 2400), 1)
  ear.listen(sound.subarray(2640), 1)
  expect(ear.found.get(3)).toMatchObject({ toMs: 300, breaks: 1 })
  ear.listen(sound.subarray(0, 480), 1)
  expect(ear.found.get(3)?.breaks).toBeGreaterThan(1)
  const faded = Float32Array.from(sound, (sample, i) => ((sample / 32_768) * (7200 - i)) / 7200)
  const other = new CodeEar()
  other.listen(faded, 32_768)
  expect(other.heardMs(3)).toBeLessThan(2)
})
