import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GlobalShortcut, PowerMonitor, SystemPreferences } from 'electron'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { chordOf, type KeyChord } from '../../../../shared/talk-key/chord.ts'
import { HOLD_OR_TAP_DEFAULTS, type TalkStyle } from '../../../../main/desktop/talk-key/hold-or-tap.ts'
import { displayAnswers } from '../../../../main/desktop/talk-key/key-hook.ts'
import { TalkKey } from '../../../../main/desktop/talk-key/talk-key.ts'
import { launchBrowser } from '../../../chromium.ts'
import { memoryLog, strict } from '../fakes.ts'
import { XDisplay, type KeyGrab } from './x-display.ts'

// The real native hook on a real X server: the keys are pressed by xdotool, while another program's
// text field has the focus.

let display: XDisplay
let talkKey: TalkKey | null = null
let grab: KeyGrab | null = null
let otherProgram: Browser
let page: Page
/** How far the talk key's clock is ahead of the real one, ms. */
let ahead = 0
/** How often the key was heard of, repeats included. */
let heardOf = 0
let said: { what: string; at: number }[] = []
let log = memoryLog()

const here = `${process.platform}-${process.arch}` === 'linux-x64' && spawnSync('sh', ['-c', 'command -v Xvfb && command -v xdotool']).status === 0
if (!here) console.log('skipped: real keys under the native hook, because this needs Linux on x64 with Xvfb and xdotool (Debian: apt-get install xvfb xdotool)')

beforeAll(async () => {
  if (!here) return
  display = await XDisplay.start()
  // The native module asks the C library for it.
  process.env['DISPLAY'] = display.name
  otherProgram = await launchBrowser({
    headless: false,
    // Where the pointer is, a click hits the text field.
    args: ['--disable-gpu', '--window-position=0,0', '--window-size=600,460'],
  })
  page = await otherProgram.newPage()
  await page.setContent('<title>Another program</title><textarea style="position: fixed; inset: 0"></textarea>')
  display.focus('Another program')
  await page.getByRole('textbox').focus()
}, 30_000)
afterAll(() => otherProgram?.close())
afterEach(async () => {
  vi.useRealTimers()
  ahead = 0
  talkKey?.dispose()
  grab?.release()
  talkKey = null
  grab = null
  if (!here) return
  // What a failed test holds would go into the next one.
  display.keys('up Space', 'up F8', 'up KeyC', 'up AltLeft', 'up ControlLeft', 'up ControlRight')
  // It is there to be typed into, and nothing of the talk key arrived.
  display.keys('down KeyC', 'up KeyC')
  await typed('c')
})

/** Waits until this stands in the other program's text field, and empties it. */
async function typed(text: string): Promise<void> {
  const field = page.getByRole('textbox')
  await expect.poll(() => field.inputValue()).toBe(text)
  await field.fill('')
}

/** Time passes for the talk key at once; the keys are pressed and repeat in real time. */
function pass(ms: number): void {
  ahead += ms
  vi.advanceTimersByTime(ms)
}

async function start(parts: { chord?: KeyChord; style?: TalkStyle } = {}): Promise<TalkKey> {
  said = []
  log = memoryLog()
  const say = (what: string) => (): void => {
    said.push({ what, at: performance.now() })
  }
  talkKey = new TalkKey({
    log,
    platform: 'linux',
    env: { DISPLAY: display.name },
    globalShortcut: strict<GlobalShortcut>('globalShortcut', {
      register: (accelerator: string, callback: () => void) => {
        expect(accelerator).toBe('Control+Alt+Space')
        void display.grab('Space', 4 + 8, callback).then((made) => {
          grab = made
        })
        return true
      },
      unregister: () => undefined,
      setSuspended: () => undefined,
    }),
    systemPreferences: strict<SystemPreferences>('systemPreferences', {}),
    powerMonitor: strict<PowerMonitor>('powerMonitor', { on: () => undefined, off: () => undefined }),
    chord: () => parts.chord ?? null,
    style: () => parts.style ?? 'hold',
    tapBelowMs: () => 400,
    speaking: () => false,
    now: () => performance.now() + ahead,
    turnOpen: () => said.at(-1)?.what === 'press',
    onPress: say('press'),
    onRelease: say('release'),
    onCancel: say('cancel'),
    onPhase: () => {
      heardOf++
    },
    onShow: say('show'),
    onStatus: () => undefined,
  })
  await talkKey.start()
  await sleep(HOLD_OR_TAP_DEFAULTS.startGuardMs + 50)
  return talkKey
}

const words = (): string[] => said.map(({ what }) => what)

/** Waits until so much was said, at most 20 s. */
async function saying(count: number): Promise<string[]> {
  for (const end = performance.now() + 20_000; said.length < count && performance.now() < end; ) await sleep(5)
  return words()
}

describe.skipIf(!here)('the real key hook', () => {
  it('sees the right Ctrl held and let go, and measures how long', async () => {
    const { status } = await start()
    expect(status).toMatchObject({ provider: 'hook', canHold: true, inForce: chordOf('ControlRight'), reasons: [] })
    display.keys('down ControlRight')
    expect(await saying(1)).toEqual(['press'])
    await sleep(600)
    display.keys('up ControlRight')
    expect(await saying(2)).toEqual(['press', 'release'])
    const heldMs = (said[1]?.at ?? 0) - (said[0]?.at ?? 0)
    expect(heldMs).toBeGreaterThan(400)
    expect(heldMs).toBeLessThan(3000)
  })

  it('does not talk when the right Ctrl serves for a shortcut', async () => {
    await start()
    display.keys('down ControlRight', 'down KeyC', 'up KeyC', 'up ControlRight')
    display.keys('down ControlRight', 'click', 'up ControlRight')
    display.keys('down KeyC', 'up KeyC', 'down ControlLeft', 'up ControlLeft')
    await sleep(300)
    expect(words()).toEqual([])
    await typed('c')
    display.keys('down ControlRight')
    await saying(1)
    display.keys('down KeyC', 'up KeyC', 'up ControlRight')
    expect(await saying(2)).toEqual(['press', 'cancel'])
  })

  it('takes the auto-repeat of a held key for one press', async () => {
    await start({ chord: chordOf('Space', ['ctrl', 'alt']) })
    display.keys('down ControlLeft', 'down AltLeft', 'down Space')
    await saying(1)
    await sleep(1500)
    expect(words()).toEqual(['press'])
    display.keys('up Space', 'up AltLeft', 'up ControlLeft')
    expect(await saying(2)).toEqual(['press', 'release'])
    await sleep(100)
    expect(words()).toEqual(['press', 'release'])
  })

  it('ends the turn of a chord that has shown no sign of life for half a minute, and takes the next press', async () => {
    await start({ chord: chordOf('Space', ['ctrl', 'alt']) })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    display.keys('down ControlLeft', 'down AltLeft', 'down Space')
    await saying(1)
    // As long as it repeats it is held, however long.
    const repeats = async (): Promise<void> => {
      const before = heardOf
      await expect.poll(() => heardOf).toBeGreaterThan(before + 1)
    }
    for (let halfMinute = 0; halfMinute < 3; halfMinute++) {
      await repeats()
      pass(25_000)
    }
    await repeats()
    expect(words()).toEqual(['press'])
    // Another key in between, and the one that is held repeats no more.
    display.keys('down F8', 'up F8')
    for (let before = -1; before < heardOf; await sleep(400)) before = heardOf
    pass(20_000)
    await sleep(100)
    expect(words()).toEqual(['press'])
    pass(12_000)
    expect(words()).toEqual(['press', 'release'])
    display.keys('up Space', 'up AltLeft', 'up ControlLeft')
    await sleep(100)
    expect(words()).toEqual(['press', 'release'])
    display.keys('down ControlLeft', 'down AltLeft', 'down Space')
    expect(await saying(3)).toEqual(['press', 'release', 'press'])
    display.keys('up Space', 'up AltLeft', 'up ControlLeft')
    expect(await saying(4)).toEqual(['press', 'release', 'press', 'release'])
  })

  it('ends the turn of a modifier, which does not repeat, after a minute', async () => {
    await start()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    display.keys('down ControlRight')
    await sleep(100)
    pass(120)
    expect(words()).toEqual(['press'])
    pass(50_000)
    expect(words()).toEqual(['press'])
    pass(12_000)
    expect(words()).toEqual(['press', 'release'])
    display.keys('up ControlRight')
    await sleep(100)
    expect(words()).toEqual(['press', 'release'])
  })

  it('lets a grabbed chord go with whichever of its keys comes up first', async () => {
    await start({ chord: chordOf('Space', ['ctrl', 'alt']) })
    for (let round = 1; round <= 3; round++) {
      display.keys('down ControlLeft', 'down AltLeft', 'down Space')
      await saying(2 * round - 1)
      display.keys('up AltLeft')
      expect((await saying(2 * round)).slice(-2)).toEqual(['press', 'release'])
      display.keys('up Space', 'up ControlLeft')
    }
    // Shorter than the two sources are apart.
    display.keys('down ControlLeft', 'down AltLeft', 'down Space', 'up Space', 'up AltLeft', 'up ControlLeft')
    expect((await saying(8)).slice(-2)).toEqual(['press', 'release'])
    expect(said).toHaveLength(8)
  })

  it('tells a tap from a hold', async () => {
    await start({ style: 'automatic' })
    display.keys('down ControlRight', 'up ControlRight')
    expect(await saying(1)).toEqual(['press'])
    await sleep(500)
    expect(words()).toEqual(['press'])
    display.keys('down ControlRight', 'up ControlRight')
    expect(await saying(2)).toEqual(['press', 'release'])
    display.keys('down ControlRight')
    await sleep(600)
    display.keys('up ControlRight')
    expect(await saying(4)).toEqual(['press', 'release', 'press', 'release'])
  })

  it('reads a chord for the settings, without talking', async () => {
    const key = await start()
    const captured = key.capture()
    await sleep(50)
    display.keys('down ControlLeft', 'down F8', 'up F8', 'up ControlLeft')
    expect(await captured).toMatchObject({ ok: true, verdict: { chord: chordOf('F8', ['ctrl']) } })
    const alone = key.capture()
    await sleep(50)
    display.keys('down ControlRight', 'up ControlRight')
    expect(await alone).toMatchObject({ ok: true, verdict: { chord: chordOf('ControlRight'), refusal: null } })
    await sleep(200)
    expect(words()).toEqual([])
  })

  it('writes nothing of what is typed into the log', async () => {
    await start()
    display.keys('down KeyC', 'up KeyC', 'down ControlRight', 'up ControlRight')
    await saying(2)
    await typed('c')
    expect(log.lines).toEqual([expect.stringMatching(/^info The talk key is served by: hook\.$/)])
  })

  it('knows whether a display answers before it lets the native module try', async () => {
    expect(await displayAnswers(display.name)).toBe(true)
    expect(await displayAnswers(`${display.name}.0`)).toBe(true)
    expect(await displayAnswers(':9999')).toBe(false)
    expect(await displayAnswers('nonsense')).toBe(false)
  })
})
