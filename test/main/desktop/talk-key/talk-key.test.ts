import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { chordOf } from '../../../../shared/talk-key/chord.ts'
import type { TalkKeyOptions } from '../../../../main/desktop/talk-key/talk-key.ts'
import { Desk } from './fakes.ts'

const CTRL_ALT = { ctrlKey: true, altKey: true }
const CHORD = chordOf('Space', ['ctrl', 'alt'])

let desk: Desk

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  desk.talkKey.dispose()
  expect(desk.hook.running).toBe(0)
  expect(desk.hook.listenerCount('keydown')).toBe(0)
  expect(desk.shortcuts.registered.size).toBe(0)
  expect(desk.power.eventNames()).toEqual([])
  vi.useRealTimers()
})

/** A talk key that has been there for a while. */
async function ready(set: (desk: Desk) => void = () => undefined, parts: Partial<TalkKeyOptions> = {}): Promise<Desk> {
  desk = new Desk(parts)
  set(desk)
  await desk.talkKey.start()
  vi.advanceTimersByTime(1000)
  return desk
}

const throwing = (message: string) => ({ loadHook: () => Promise.reject(new Error(message)) })

describe('which way serves the key', () => {
  it('is the hook for the default, right Ctrl', async () => {
    await ready()
    expect(desk.talkKey.status).toEqual({
      provider: 'hook', canHold: true, chosen: chordOf('ControlRight'), inForce: chordOf('ControlRight'), reasons: [],
    })
    expect(desk.shortcuts.registered.size).toBe(0)
    expect(desk.statuses).toEqual([desk.talkKey.status])
  })

  it('is the shortcut for a chord, with the hook for its end', async () => {
    await ready((d) => (d.chord = CHORD))
    expect(desk.talkKey.status).toMatchObject({ provider: 'shortcut', canHold: true, inForce: CHORD, reasons: [] })
    expect([...desk.shortcuts.registered.keys()]).toEqual(['Control+Alt+Space'])
  })

  it.each([
    ['Cannot find module \'uiohook-napi\''],
    // What Node says of the prebuilt for linux-arm64, which is one for x86-64.
    ['/prebuilds/linux-arm64/uiohook-napi.node: cannot open shared object file: Exec format error'],
  ])('is F8, tapped, when the module does not load: %s', async (message) => {
    await ready(undefined, throwing(message))
    expect(desk.talkKey.status).toEqual({
      provider: 'shortcut', canHold: false, chosen: chordOf('ControlRight'), inForce: chordOf('F8'), reasons: ['hook_missing'],
    })
    desk.shortcuts.press('F8')
    vi.advanceTimersByTime(1000)
    desk.shortcuts.press('F8')
    expect(desk.said).toEqual(['press', 'release'])
  })

  it('survives a module that throws while it starts', async () => {
    await ready((d) => (d.hook.failure = new Error('Failed to register low level windows hook.')))
    expect(desk.talkKey.status).toMatchObject({ provider: 'shortcut', canHold: false, inForce: chordOf('F8'), reasons: ['hook_failed'] })
  })

  it('is another chord when the chosen one is taken, and says so', async () => {
    await ready((d) => {
      d.chord = CHORD
      d.shortcuts.taken.add('Control+Alt+Space').add('F8')
    })
    expect(desk.talkKey.status).toMatchObject({ provider: 'shortcut', canHold: true, chosen: CHORD, inForce: chordOf('F9'), reasons: ['taken'] })
  })

  it('is the command line when nothing is left', async () => {
    await ready((d) => {
      for (const name of ['F8', 'F9', 'Control+Alt+Space', 'Control+Shift+F12']) d.shortcuts.taken.add(name)
    }, throwing('no'))
    expect(desk.talkKey.status).toMatchObject({ provider: 'command_line', canHold: false, inForce: null, reasons: ['hook_missing', 'all_taken'] })
    desk.talkKey.command('talk')
    desk.talkKey.command('stop')
    expect(desk.said).toEqual(['press', 'release'])
  })

  it.each([[{ WAYLAND_DISPLAY: 'wayland-0', DISPLAY: ':0' }], [{ XDG_SESSION_TYPE: 'wayland', DISPLAY: ':0' }]])(
    'does not even load the hook on Wayland: %j',
    async (env) => {
      await ready(undefined, { env })
      expect(desk.loads).toBe(0)
      expect(desk.talkKey.status).toMatchObject({ provider: 'shortcut', canHold: false, inForce: chordOf('F8'), reasons: ['wayland', 'unconfirmed'] })
    },
  )

  it('does not load the hook where no X server answers: it would end the process', async () => {
    await ready(undefined, { env: {} })
    expect([desk.loads, desk.talkKey.status.reasons]).toEqual([0, ['no_display']])
    desk.talkKey.dispose()
    await ready(undefined, { displayAnswers: () => Promise.resolve(false) })
    expect([desk.loads, desk.talkKey.status.reasons]).toEqual([0, ['no_display']])
  })

  it('on macOS waits for the permission, never asks for it by itself, and takes it when it is there', async () => {
    await ready((d) => (d.trusted = false), { platform: 'darwin', env: {} })
    expect(desk.talkKey.status).toMatchObject({ provider: 'shortcut', chosen: chordOf('AltRight'), inForce: chordOf('F8'), reasons: ['accessibility_needed'] })
    expect(desk.loads).toBe(0)
    await desk.talkKey.refresh()
    expect(desk.talkKey.status.provider).toBe('shortcut')
    desk.trusted = true
    await desk.talkKey.refresh()
    expect(desk.talkKey.status).toMatchObject({ provider: 'hook', canHold: true, inForce: chordOf('AltRight'), reasons: [] })
    expect(desk.prompts.every((prompt) => !prompt)).toBe(true)
    expect(desk.prompts.length).toBeGreaterThan(0)
  })

  it('changes with the setting, cancels what is open, and lets the old chord go', async () => {
    await ready((d) => (d.chord = CHORD))
    desk.hook.down('Space', CTRL_ALT)
    desk.shortcuts.press('Control+Alt+Space')
    await desk.talkKey.settingsChanged()
    expect(desk.said).toEqual(['press'])
    desk.chord = chordOf('F9')
    await desk.talkKey.settingsChanged()
    expect(desk.said).toEqual(['press', 'cancel'])
    expect([...desk.shortcuts.registered.keys()]).toEqual(['F9'])
    expect(desk.loads).toBe(1)
  })

  it('is the latest choice when two are made at once', async () => {
    await ready()
    desk.chord = CHORD
    const first = desk.talkKey.settingsChanged()
    desk.chord = chordOf('F9')
    await Promise.all([first, desk.talkKey.settingsChanged()])
    expect([...desk.shortcuts.registered.keys()]).toEqual(['F9'])
    vi.advanceTimersByTime(1000)
    desk.shortcuts.press('F9')
    expect(desk.said).toEqual(['press'])
  })

  it('leaves nothing running when it is disposed while it starts', async () => {
    desk = new Desk()
    const starting = desk.talkKey.start()
    desk.talkKey.dispose()
    await starting
    expect(desk.hook.running).toBe(0)
    expect(desk.statuses).toEqual([])
    // Later still: the hook has just begun.
    desk = new Desk()
    const again = desk.talkKey.start()
    desk.hook.once('started', () => {
      queueMicrotask(() => {
        desk.talkKey.dispose()
      })
    })
    await again
    expect(desk.hook.running).toBe(0)
    expect(desk.statuses).toEqual([])
  })
})

describe('a chord', () => {
  beforeEach(async () => {
    await ready((d) => (d.chord = CHORD))
  })

  it('is pressed by the shortcut and released by the hook, whichever comes first', () => {
    desk.hook.down('Space', CTRL_ALT)
    expect(desk.said).toEqual([])
    desk.shortcuts.press('Control+Alt+Space')
    vi.advanceTimersByTime(500)
    desk.hook.up('Space', CTRL_ALT)
    expect(desk.said).toEqual(['press', 'release'])
    vi.advanceTimersByTime(1000)
    desk.shortcuts.press('Control+Alt+Space')
    desk.hook.down('Space', CTRL_ALT)
    vi.advanceTimersByTime(500)
    desk.hook.up('Space', CTRL_ALT)
    expect(desk.said).toEqual(['press', 'release', 'press', 'release'])
  })

  it('is a whole stroke even when the shortcut is told of last', () => {
    desk.hook.down('Space', CTRL_ALT)
    vi.advanceTimersByTime(20)
    desk.hook.up('Space', CTRL_ALT)
    vi.advanceTimersByTime(20)
    desk.shortcuts.press('Control+Alt+Space')
    expect(desk.said).toEqual(['press', 'release'])
  })

  it('is not taken for a stroke because a modifier came up shortly before', () => {
    desk.hook.up('ControlLeft')
    vi.advanceTimersByTime(50)
    desk.shortcuts.press('Control+Alt+Space')
    desk.hook.down('Space', CTRL_ALT)
    vi.advanceTimersByTime(1000)
    expect(desk.said).toEqual(['press'])
  })

  it('is one press however often it repeats', () => {
    for (let n = 0; n < 50; n++) {
      desk.hook.down('Space', CTRL_ALT)
      desk.shortcuts.press('Control+Alt+Space')
      vi.advanceTimersByTime(33)
    }
    desk.hook.up('AltLeft', { ctrlKey: true })
    expect(desk.said).toEqual(['press', 'release'])
  })

  it('does not begin again when a busy system tells of the last repeat after the end; the next press counts, however soon', () => {
    desk.hook.down('Space', CTRL_ALT)
    desk.shortcuts.press('Control+Alt+Space')
    vi.advanceTimersByTime(1000)
    desk.hook.up('Space', CTRL_ALT)
    desk.shortcuts.press('Control+Alt+Space')
    vi.advanceTimersByTime(40)
    desk.shortcuts.press('Control+Alt+Space')
    vi.advanceTimersByTime(1000)
    expect(desk.said).toEqual(['press', 'release'])
    expect(desk.talkKey.status).toMatchObject({ canHold: true, reasons: [] })
    // Pressed again at once, told of by either first.
    for (const first of ['shortcut', 'hook']) {
      desk.said.length = 0
      desk.hook.down('Space', CTRL_ALT)
      desk.shortcuts.press('Control+Alt+Space')
      vi.advanceTimersByTime(500)
      desk.hook.up('Space', CTRL_ALT)
      vi.advanceTimersByTime(100)
      if (first === 'shortcut') desk.shortcuts.press('Control+Alt+Space')
      desk.hook.down('Space', CTRL_ALT)
      if (first === 'hook') desk.shortcuts.press('Control+Alt+Space')
      vi.advanceTimersByTime(500)
      desk.hook.up('Space', CTRL_ALT)
      expect(desk.said, first).toEqual(['press', 'release', 'press', 'release'])
      vi.advanceTimersByTime(1000)
    }
  })

  it('means nothing without the shortcut: the key with other modifiers, or a shortcut of somebody else', () => {
    desk.hook.down('Space')
    desk.hook.up('Space')
    desk.hook.down('Space', CTRL_ALT)
    desk.hook.up('Space', CTRL_ALT)
    vi.advanceTimersByTime(1000)
    expect(desk.said).toEqual([])
  })

  it('becomes a tap when the hook sees nothing of it (a password field), until it sees again', () => {
    desk.shortcuts.press('Control+Alt+Space')
    vi.advanceTimersByTime(1000)
    expect(desk.said).toEqual(['press'])
    expect(desk.talkKey.status).toMatchObject({ canHold: false, reasons: ['hook_failed'] })
    desk.shortcuts.press('Control+Alt+Space')
    expect(desk.said).toEqual(['press', 'release'])
    desk.hook.down('Space', CTRL_ALT)
    desk.hook.up('Space', CTRL_ALT)
    expect(desk.talkKey.status).toMatchObject({ canHold: true, reasons: [] })
  })

  it('is cancelled by lock screen and sleep, and works again afterwards', () => {
    for (const [off, on] of [['lock-screen', 'unlock-screen'], ['suspend', 'resume']] as const) {
      desk.said.length = 0
      desk.hook.down('Space', CTRL_ALT)
      desk.shortcuts.press('Control+Alt+Space')
      desk.power.emit(off)
      expect(desk.said).toEqual(['press', 'cancel'])
      desk.hook.up('Space', CTRL_ALT)
      desk.power.emit(on)
      vi.advanceTimersByTime(1000)
      desk.hook.down('Space', CTRL_ALT)
      desk.shortcuts.press('Control+Alt+Space')
      desk.hook.up('Space', CTRL_ALT)
      expect(desk.said).toEqual(['press', 'cancel', 'press', 'release'])
      vi.advanceTimersByTime(1000)
    }
  })

  it('stays off until the screen is unlocked, however often the machine wakes', () => {
    desk.power.emit('lock-screen')
    desk.power.emit('suspend')
    desk.power.emit('resume')
    vi.advanceTimersByTime(1000)
    desk.shortcuts.press('Control+Alt+Space')
    expect(desk.said).toEqual([])
  })
})

describe('a modifier alone', () => {
  it('is held, and cancelled by another key or a mouse button', async () => {
    await ready()
    desk.hook.down('ControlRight', { ctrlKey: true })
    vi.advanceTimersByTime(500)
    desk.hook.up('ControlRight')
    expect(desk.said).toEqual(['press', 'release'])
    desk.hook.down('ControlRight', { ctrlKey: true })
    vi.advanceTimersByTime(500)
    desk.hook.emit('mousedown', { time: performance.now() })
    desk.hook.up('ControlRight')
    expect(desk.said).toEqual(['press', 'release', 'press', 'cancel'])
    desk.hook.down('ControlRight', { ctrlKey: true, shiftKey: true })
    vi.advanceTimersByTime(500)
    desk.hook.up('ControlRight', { shiftKey: true })
    expect(desk.said).toHaveLength(4)
  })

  it('goes by when a key came up, not by when a busy process heard of it', async () => {
    await ready((d) => (d.style = 'automatic'))
    const at = performance.now()
    desk.hook.emit('keydown', { time: at, keycode: 3613, ctrlKey: true, altKey: false, shiftKey: false, metaKey: false })
    vi.advanceTimersByTime(900)
    desk.hook.emit('keyup', { time: at + 200, keycode: 3613, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false })
    expect(desk.said).toEqual(['press'])
    vi.advanceTimersByTime(900)
    desk.hook.emit('keydown', { time: at + 1800, keycode: 3613, ctrlKey: true, altKey: false, shiftKey: false, metaKey: false })
    vi.advanceTimersByTime(50)
    desk.hook.emit('keyup', { time: at + 1850, keycode: 3613, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false })
    expect(desk.said).toEqual(['press', 'release'])
  })

  it('begins a new turn when the tapped one was ended elsewhere', async () => {
    await ready((d) => (d.style = 'tap'))
    const tap = (): void => {
      desk.hook.down('ControlRight', { ctrlKey: true })
      desk.hook.up('ControlRight')
      vi.advanceTimersByTime(1000)
    }
    tap()
    desk.turnOpen = false
    tap()
    expect(desk.said).toEqual(['press', 'press'])
  })
})

describe('choosing a key', () => {
  it('gives the chord with its verdict, and talks meanwhile neither by the old key nor by the new one', async () => {
    await ready((d) => (d.chord = CHORD))
    desk.shortcuts.press('Control+Alt+Space')
    const captured = desk.talkKey.capture()
    expect(desk.said).toEqual(['press', 'cancel'])
    await vi.advanceTimersByTimeAsync(0)
    desk.shortcuts.press('Control+Alt+Space')
    desk.hook.down('ControlLeft', { ctrlKey: true })
    desk.hook.down('F9', { ctrlKey: true })
    expect(await captured).toEqual({
      ok: true, verdict: { chord: chordOf('F9', ['ctrl']), refusal: null, warnings: [], suggestion: null },
    })
    expect(desk.shortcuts.suspended).toBe(false)
    expect([...desk.shortcuts.registered.keys()]).toEqual(['Control+Alt+Space'])
    expect(desk.said).toEqual(['press', 'cancel'])
  })

  it('reads a modifier that comes up alone, not one of two', async () => {
    await ready()
    let captured = desk.talkKey.capture()
    await vi.advanceTimersByTimeAsync(0)
    desk.hook.down('ControlLeft', { ctrlKey: true })
    desk.hook.down('ShiftLeft', { ctrlKey: true, shiftKey: true })
    desk.hook.up('ShiftLeft', { ctrlKey: true })
    desk.hook.up('ControlLeft')
    desk.hook.down('AltRight', { altKey: true })
    desk.hook.up('AltRight')
    expect(await captured).toMatchObject({ ok: true, verdict: { chord: chordOf('AltRight'), warnings: ['types_with_alt'] } })
    captured = desk.talkKey.capture()
    await vi.advanceTimersByTimeAsync(0)
    desk.hook.down('nameless')
    expect(await captured).toEqual({ ok: false, reason: 'unknown_key' })
  })

  it('ends with Escape, with another capture, and with the app', async () => {
    await ready()
    const first = desk.talkKey.capture()
    const second = desk.talkKey.capture()
    expect(await first).toEqual({ ok: false, reason: 'cancelled' })
    expect(desk.shortcuts.suspended).toBe(true)
    await vi.advanceTimersByTimeAsync(0)
    desk.hook.down('Escape')
    expect(await second).toEqual({ ok: false, reason: 'cancelled' })
    expect(desk.shortcuts.suspended).toBe(false)
    const third = desk.talkKey.capture()
    desk.talkKey.dispose()
    expect(await third).toEqual({ ok: false, reason: 'cancelled' })
  })

  it('takes it from the window where the hook cannot read it, and only there', async () => {
    await ready(undefined, { env: { WAYLAND_DISPLAY: 'wayland-0' } })
    desk.talkKey.pressedInWindow(chordOf('F7')) // nobody asked
    const captured = desk.talkKey.capture()
    await vi.advanceTimersByTimeAsync(0)
    expect(desk.shortcuts.suspended).toBe(true)
    desk.talkKey.pressedInWindow(chordOf('F9'))
    expect(await captured).toMatchObject({ ok: true, verdict: { chord: chordOf('F9'), refusal: null } })
    expect(desk.shortcuts.suspended).toBe(false)
  })

  it('believes the hook more than the window', async () => {
    await ready()
    const captured = desk.talkKey.capture()
    await vi.advanceTimersByTimeAsync(0)
    desk.talkKey.pressedInWindow(chordOf('F9'))
    desk.hook.down('F10')
    expect(await captured).toMatchObject({ ok: true, verdict: { chord: chordOf('F10') } })
  })

  it.each([{}, { shiftKey: true }])('is left with Tab, as every field is', async (modifiers) => {
    await ready()
    const captured = desk.talkKey.capture()
    await vi.advanceTimersByTimeAsync(0)
    desk.hook.down('Tab', modifiers)
    expect(await captured).toEqual({ ok: false, reason: 'cancelled' })
  })

  it('names conflicts, with what is free instead', async () => {
    await ready((d) => d.shortcuts.taken.add('Control+F9').add('F8'))
    expect(await desk.talkKey.check(chordOf('F9', ['ctrl']))).toMatchObject({ refusal: 'taken', suggestion: chordOf('F9') })
    expect(await desk.talkKey.check(chordOf('KeyA'))).toMatchObject({ refusal: 'types_text', suggestion: chordOf('F9') })
    expect(await desk.talkKey.check(chordOf('F10'))).toMatchObject({ refusal: null, suggestion: null })
    expect(desk.shortcuts.registered.size).toBe(0)
  })

  it('knows which keys only the hook can serve', async () => {
    await ready(undefined, throwing('no'))
    expect(await desk.talkKey.check(chordOf('ControlRight'))).toMatchObject({ refusal: 'needs_hook', suggestion: chordOf('F8') })
    // Our own chord is no conflict with itself.
    expect(await desk.talkKey.check(chordOf('F8'))).toMatchObject({ refusal: null })
  })
})

it('writes no key into the log, whatever is pressed', async () => {
  await ready()
  for (const key of ['KeyP', 'KeyW', 'ControlRight', 'Enter']) {
    desk.hook.down(key)
    desk.hook.up(key)
  }
  expect(desk.log.lines).toEqual(['info The talk key is served by: hook.'])
})
