import { setTimeout as pause } from 'node:timers/promises'
import { findSound, say, sweep } from '../../sound-card/index.ts'
import { expect, expectState } from '../parley.ts'
import { closeWindow, outside, pick } from '../world.ts'
import type { Bench, Deeds } from './bench.ts'

const OPEN_LINE = 'Open line'

async function takeTurns(bench: Bench, how: string): Promise<void> {
  await (await bench.row('turnMode')).getByRole('radio', { name: how }).click()
}

/** How Talk is called now, and pressed once. */
const talk = (bench: Bench) => bench.page.getByRole('button', { name: 'Talk', exact: true })

export const talking: Deeds<'turnMode' | 'pace' | 'byMeaning' | 'armed' | 'halfDuplex' | 'cues' | 'personas'> = {
  async turnMode(bench) {
    await bench.start()
    await takeTurns(bench, OPEN_LINE)
    await expect.poll(() => bench.audio.input.turn_detection).toMatchObject({ type: 'server_vad', silence_duration_ms: 500 })
    await takeTurns(bench, 'Tap to talk')
    await expect.poll(() => bench.audio.input.turn_detection).toBeNull()
    await bench.close()
    await expect(talk(bench)).toContainText('Tap to talk')
    const before = bench.server.connection.commits.length
    await talk(bench).click()
    await pause(600)
    await expectState(bench.page, 'Listening')
    await talk(bench).click()
    await expect.poll(() => bench.server.connection.commits.length).toBe(before + 1)
    await bench.reset('turnMode')
    await bench.close()
    await expect(talk(bench)).toContainText('Hold to talk')
  },

  async pace(bench) {
    await bench.start()
    await takeTurns(bench, OPEN_LINE)
    for (const [label, silence_duration_ms] of [['only when it is long', 1000], ['after a short moment', 300]] as const) {
      await bench.choose('pace', label)
      await expect.poll(() => bench.audio.input.turn_detection).toMatchObject({ type: 'server_vad', silence_duration_ms })
    }
    await bench.reset('pace')
  },

  async byMeaning(bench) {
    await bench.start()
    await takeTurns(bench, OPEN_LINE)
    await bench.tick('byMeaning')
    await expect.poll(() => bench.audio.input.turn_detection).toMatchObject({ type: 'semantic_vad', eagerness: 'medium' })
    await bench.reset('byMeaning')
    await expect.poll(() => bench.audio.input.turn_detection).toMatchObject({ type: 'server_vad' })
  },

  async halfDuplex(bench) {
    const { options } = bench.server
    bench.server.options = { answer: ({ kind }) => (kind === 'text' ? { pcm: sweep(8000), text: 'A long answer.', speed: 'burst' } : null) }
    await bench.start()
    await takeTurns(bench, OPEN_LINE)
    /** Speaks into the microphone while Parley speaks; how loud the loudest of it was that the server got. */
    const heard = async (): Promise<number> => {
      await bench.write('Go on')
      await expectState(bench.page, 'Speaking')
      const from = bench.server.connection.appended.length
      await bench.sound.speak(say('Stop, please.'))
      const sent = bench.server.connection.appended.subarray(from)
      await bench.page.keyboard.press('Escape')
      expect(sent.length).toBeGreaterThan(0)
      return sent.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
    }
    await bench.tick('halfDuplex')
    expect(await heard()).toBe(0)
    await bench.reset('halfDuplex')
    expect(await heard()).toBeGreaterThan(500)
    await bench.reset('turnMode')
    bench.server.options = options
    await bench.end()
  },

  async armed(bench) {
    await bench.start()
    await bench.choose('armed', 'no')
    await expect.poll(() => bench.microphones()).toEqual([])
    await bench.choose('armed', 'as long as the conversation runs')
    await expect.poll(() => bench.microphones()).toEqual(['Default'])
    await bench.reset('armed')
  },

  async cues(bench) {
    const heard = async (): Promise<boolean> => {
      await bench.start()
      await bench.close()
      await closeWindow(bench.parley)
      const recording = await bench.sound.record()
      await pick(bench.parley, 'Talk')
      await pause(900)
      await pick(bench.parley, 'Send')
      await pause(500)
      const samples = await recording.stop()
      await outside(bench.parley, (world) => world.clickTray())
      return findSound(samples) !== null
    }
    expect(await heard()).toBe(true)
    await bench.tick('cues')
    expect(await heard()).toBe(false)
    await bench.reset('cues')
  },

  async personas(bench) {
    await bench.start()
    await (await bench.row('personas')).getByRole('radio', { name: 'Thinking aloud' }).click()
    await expect.poll(() => bench.server.connection.session['instructions']).toContain('You help a person think aloud')
    await (await bench.row('personas')).getByRole('radio', { name: 'Everyday' }).click()
    await expect.poll(() => bench.server.connection.session['instructions']).toContain('Help with whatever the day brings')
  },
}
