import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, expectState } from '../parley.ts'
import type { Bench, Deeds } from './bench.ts'

const ROOT = join(import.meta.dirname, '../../..')
/** Chosen as the talk key: X keycode and name of right Shift. A key that is no modifier is pressed by the desktop's own shortcuts, which not every desktop of a test has. */
const KEY = '62'
const NAME = 'Right Shift'
/** A key that is chosen, or a changed style, is believed only a moment later: it might have been down before. */
const SETTLED_MS = 900

/** Holds the talk key for a while: by one process, since starting another one to let go takes as long as a busy machine likes. */
async function hold(ms: number): Promise<void> {
  await promisify(execFile)('xdotool', ['keydown', KEY, 'sleep', String(ms / 1000), 'keyup', KEY])
}

async function chooseKey(bench: Bench): Promise<void> {
  const row = await bench.row('talkKey')
  await row.getByRole('button', { name: 'Press another key' }).click()
  await expect(row.getByText('Press the key…')).toBeVisible()
  await pause(300)
  execFileSync('xdotool', ['key', KEY])
  await expect(row.getByText(`${NAME} works: hold it and speak`)).toBeVisible()
  await bench.close()
  await pause(SETTLED_MS)
}

const turns = (bench: Bench): number => bench.server.connection.commits.length

export const talkKey: Deeds<'talkKey' | 'talkKeyAutomatic' | 'talkKeyTapMs' | 'commands'> = {
  async talkKey(bench) {
    await bench.start()
    await chooseKey(bench)
    const before = turns(bench)
    execFileSync('xdotool', ['keydown', KEY])
    await expectState(bench.page, 'Listening')
    await pause(400)
    execFileSync('xdotool', ['keyup', KEY])
    await expect.poll(() => turns(bench)).toBe(before + 1)
  },

  async talkKeyAutomatic(bench) {
    await bench.start()
    await bench.tick('talkKeyAutomatic')
    await bench.close()
    await pause(SETTLED_MS)
    const before = turns(bench)
    // Short: a tap begins, the next one sends.
    await hold(50)
    await pause(600)
    await expectState(bench.page, 'Listening')
    await hold(50)
    await expect.poll(() => turns(bench)).toBe(before + 1)
    await expectState(bench.page, 'Ready')
    // Long: let go, it is sent.
    await hold(1300)
    await expect.poll(() => turns(bench)).toBe(before + 2)
  },

  async talkKeyTapMs(bench) {
    await bench.start()
    const slider = (await bench.row('talkKeyTapMs')).getByRole('slider')
    await slider.press('End')
    await expect(slider).toHaveAttribute('aria-valuetext', '1.0 s')
    await expect((await bench.row('talkKeyTapMs')).getByRole('button', { name: /^Reset / })).toBeVisible()
    await bench.close()
    await pause(SETTLED_MS)
    const before = turns(bench)
    // What was a hold with the 0.4 s that Parley comes with is a tap now.
    await hold(550)
    await pause(500)
    await expectState(bench.page, 'Listening')
    await hold(50)
    await expect.poll(() => turns(bench)).toBe(before + 1)
    await bench.reset('talkKeyTapMs')
    await bench.reset('talkKeyAutomatic')
    await bench.reset('talkKey')
  },

  async commands(bench) {
    await bench.start()
    const told = await (await bench.row('commands')).locator('code').allTextContents()
    expect(told).toEqual(['parley --talk', 'parley --stop', 'parley --toggle', 'parley --show'])
    await bench.close()
    /** Parley is started once more, as a shortcut of the desktop does it. */
    const start = async (command: string | undefined): Promise<void> => {
      const [, argument = ''] = command?.split(' ') ?? []
      await promisify(execFile)(process.execPath, ['node_modules/electron/cli.js', '.', argument], { cwd: ROOT, env: { ...process.env, PARLEY_USER_DATA: bench.parley.userData }, timeout: 20_000 })
    }
    const before = turns(bench)
    await start(told[0])
    await expectState(bench.page, 'Listening')
    await pause(300)
    await start(told[1])
    await expect.poll(() => turns(bench)).toBe(before + 1)
  },
}
