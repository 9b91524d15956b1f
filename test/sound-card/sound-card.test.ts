import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { correlate, findSound, readWav, say, startSoundCard, writeWav, type SoundCard } from './index.ts'

describe('the virtual sound card', () => {
  let card: SoundCard
  let startedMs = 0

  beforeAll(async () => {
    const before = performance.now()
    card = await startSoundCard()
    startedMs = performance.now() - before
  })

  afterAll(() => card.stop())

  it('starts within a second and has a speaker and a microphone', () => {
    expect(startedMs).toBeLessThan(1000)
    expect(card.pactl('get-default-sink')).toBe('spk')
    expect(card.pactl('get-default-source')).toBe('virtmic')
  })

  it('carries a spoken sentence to whoever listens to the microphone', async () => {
    const sentence = 'The quick brown fox jumps over the lazy dog.'
    const recording = await card.record('microphone')
    const [, silence] = await Promise.all([card.speak(say(sentence)), card.record('speaker')])
    const heard = await recording.stop()
    const match = correlate(readWav(say(sentence, { rate: 24_000 })).samples, heard)
    expect(match.correlation).toBeGreaterThan(0.97)
    expect(Math.abs(match.gainDb)).toBeLessThan(0.3)
    expect(findSound(await silence.stop())).toBeNull()
  })

  it('stops speaking when told to', async () => {
    const before = performance.now()
    await card.speak(say('one two three four five six seven eight nine ten'), { signal: AbortSignal.timeout(200) })
    expect(performance.now() - before).toBeLessThan(1000)
  })

  const refused = spawnSync('chrt', ['--rr', '5', 'true']).status === 0 ? '' : ' (skipped: this user may give no program precedence)'
  it.skipIf(refused !== '')(`favours a sound process that is started only later${refused}`, async () => {
    const browser = spawn('bash', ['-c', 'read name; bash -c "exec -a $name sleep 30" & echo $!; bash -c "exec -a another sleep 30" & echo $!; wait'], { env: { ...process.env, ...card.env }, stdio: ['pipe', 'pipe', 'inherit'] })
    try {
      expect(card.favour()).toBeGreaterThan(0)
      const said = new Promise<string>((resolve) => {
        let text = ''
        browser.stdout.on('data', (chunk: Buffer) => {
          text += chunk.toString()
          if (text.split('\n').length > 2) resolve(text)
        })
      })
      browser.stdin.write('audio.mojom.AudioService\n')
      const [sound, other] = (await said).trim().split('\n')
      const policy = (pid = ''): string => spawnSync('chrt', ['--pid', pid], { encoding: 'utf8' }).stdout
      await expect.poll(() => policy(sound)).toContain('SCHED_RR')
      expect(policy(other)).toContain('SCHED_OTHER')
    } finally {
      spawnSync('pkill', ['--parent', String(browser.pid)])
      browser.kill('SIGKILL')
    }
  })

  it('says what went wrong', async () => {
    await expect(card.speak('/nowhere.wav')).rejects.toThrow(/nowhere/)
  })

  it('leaves nothing behind', async () => {
    const other = await startSoundCard()
    await other.record()
    const dir = other.env['XDG_RUNTIME_DIR'] ?? ''
    expect(existsSync(dir)).toBe(true)
    await other.stop()
    await other.stop()
    expect(existsSync(dir)).toBe(false)
    expect(() => other.pactl('info')).toThrow()
    expect(card.pactl('get-default-sink')).toBe('spk')
  })
})

describe('WAV files', () => {
  it('come back as they were written', () => {
    const dir = mkdtempSync(join(tmpdir(), 'parley-wav-'))
    const samples = Int16Array.of(0, 1, -1, 32_767, -32_768)
    writeWav(join(dir, 'a.wav'), { rate: 24_000, samples })
    const back = readWav(join(dir, 'a.wav'))
    rmSync(dir, { recursive: true })
    expect(back).toEqual({ rate: 24_000, samples })
  })

  it('hold the same utterance at both rates', () => {
    const low = readWav(say('hello there', { rate: 24_000 }))
    const high = readWav(say('hello there', { rate: 48_000 }))
    expect([low.rate, high.rate]).toEqual([24_000, 48_000])
    expect(Math.abs(low.samples.length * 2 - high.samples.length)).toBeLessThanOrEqual(2)
  })
})
