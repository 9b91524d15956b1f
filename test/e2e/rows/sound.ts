import { setTimeout as pause } from 'node:timers/promises'
import { findSound } from '../../sound-card/index.ts'
import { expect } from '../parley.ts'
import { OTHER, type Bench, type Deeds } from './bench.ts'

/** Plays the test tone and records it. */
async function tone(bench: Bench, sink = 'spk'): Promise<Int16Array> {
  const recording = await bench.sound.record({ sink })
  const button = (await bench.row('speaker')).getByRole('button', { name: 'Play a test tone' })
  await button.click()
  await pause(300)
  await expect(button).toBeVisible()
  return recording.stop()
}

const loudest = (samples: Int16Array): number => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)

export const sound: Deeds<'microphone' | 'armBluetooth' | 'speaker' | 'volume' | 'speed' | 'voice'> = {
  async microphone(bench) {
    await bench.end()
    const row = await bench.row('microphone')
    await row.getByRole('button', { name: 'Try the microphone' }).click()
    await expect.poll(() => bench.microphones()).toEqual(['Default'])
    await bench.choose('microphone', OTHER.microphone)
    await expect.poll(() => bench.microphones()).toEqual([OTHER.microphone])
    await bench.close()
    await expect.poll(() => bench.microphones()).toEqual([])
  },

  async armBluetooth(bench) {
    // The microphone that was chosen above is one, and its headset is to keep its full sound.
    await bench.start()
    await pause(300)
    expect(await bench.microphones()).toEqual([])
    await bench.tick('armBluetooth')
    await expect.poll(() => bench.microphones()).toEqual([OTHER.microphone])
    await bench.reset('armBluetooth')
    await expect.poll(() => bench.microphones()).toEqual([])
    await bench.reset('microphone')
    await expect.poll(() => bench.microphones()).toEqual(['Default'])
  },

  async speaker(bench) {
    await bench.end()
    const before = await bench.sinks()
    await bench.choose('speaker', OTHER.speaker)
    await expect.poll(async () => (await bench.sinks()).filter((id) => id !== '')).toHaveLength(1)
    expect(before.filter((id) => id !== '')).toEqual([])
    expect(findSound(await tone(bench, OTHER.sink))).not.toBeNull()
    await bench.reset('speaker')
    await expect.poll(async () => (await bench.sinks()).filter((id) => id !== '')).toEqual([])
  },

  async volume(bench) {
    await bench.end()
    const full = loudest(await tone(bench))
    const slider = (await bench.row('volume')).getByRole('slider')
    await slider.press('Home')
    for (let i = 0; i < 5; i++) await slider.press('ArrowRight')
    await expect(slider).toHaveAttribute('aria-valuetext', '25 percent')
    await expect((await bench.row('volume')).getByRole('button', { name: /^Reset / })).toBeVisible()
    const quarter = loudest(await tone(bench))
    expect(quarter / full).toBeGreaterThan(0.2)
    expect(quarter / full).toBeLessThan(0.3)
    await bench.reset('volume')
  },

  async speed(bench) {
    await bench.start()
    const slider = (await bench.row('speed')).getByRole('slider')
    for (let i = 0; i < 4; i++) await slider.press('ArrowRight')
    await expect.poll(() => bench.audio.output['speed']).toBe(1.2)
    await bench.reset('speed')
    await expect.poll(() => bench.audio.output['speed']).toBe(1)
  },

  async voice(bench) {
    await bench.end()
    await bench.choose('voice', 'Cedar')
    const before = bench.server.connections.length
    const hear = (await bench.row('voice')).getByRole('button', { name: 'Hear the voice' })
    await hear.click()
    await expect.poll(() => bench.server.connections.length).toBe(before + 1)
    await expect.poll(() => bench.audio.output['voice']).toBe('cedar')
    await expect(hear).toBeVisible()
    await bench.start()
    expect(bench.server.connections).toHaveLength(before + 2)
    await expect.poll(() => bench.audio.output['voice']).toBe('cedar')
    await bench.reset('voice')
    await bench.end()
  },
}
