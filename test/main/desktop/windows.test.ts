import { EventEmitter } from 'node:events'
import type { App } from 'electron'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { setUpQuitting } from '../../../main/desktop/quit.ts'
import { MainWindow, soundRoomWindowOptions, webPreferences } from '../../../main/desktop/windows.ts'
import { FakeWindow, memoryLog, strict } from './fakes.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function setUp(dark = false) {
  const made: FakeWindow[] = []
  const told: string[] = []
  const theme = { dark }
  const stay = { keep: false, bounds: null as { x: number; y: number; width: number; height: number } | null }
  const main = new MainWindow({
    createWindow: (options) => {
      const window = new FakeWindow(options)
      made.push(window)
      return window.face
    },
    preload: '/app/preload/app.cjs',
    devTools: false,
    dark: () => theme.dark,
    onCreated: (window) => {
      told.push(`created ${made.findIndex((w) => w.face === window)} loaded ${made.at(-1)?.loaded.length}`)
    },
    onClosed: () => told.push('closed'),
    keepOnClose: () => stay.keep,
    onHidden: () => told.push('hidden'),
    bounds: () => stay.bounds,
    onBounds: ({ x, y }) => told.push(`at ${x} ${y}`),
    onGaveUp: () => told.push('gave up'),
    log: memoryLog(),
  })
  const last = (): FakeWindow => {
    const window = made.at(-1)
    if (window === undefined) throw new Error('no window')
    return window
  }
  const crash = (window = last()) => window.contents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 })
  return { main, made, told, theme, stay, last, crash }
}

describe('the main window', () => {
  it('is locked down and of the right size, and the bridge is there before the page', () => {
    const { main, last, told } = setUp()
    main.show()
    expect(last().options).toMatchObject({
      width: 520,
      height: 720,
      minWidth: 380,
      minHeight: 480,
      show: false,
      title: 'Parley',
      backgroundColor: '#fcfaf6',
    })
    expect(last().options.webPreferences).toEqual(webPreferences('/app/preload/app.cjs', false))
    expect(last().loaded).toEqual(['app://parley/index.html'])
    expect(told).toEqual(['created 0 loaded 0'])
  })

  it('locks down, word for word', () => {
    expect(webPreferences('/p.cjs', true)).toEqual({
      preload: '/p.cjs',
      devTools: true,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    })
  })

  it('closed into the tray it is only hidden, and comes back as it was', () => {
    const { main, made, told, stay, last } = setUp()
    main.show()
    last().emit('ready-to-show')
    expect([main.seen, main.focused]).toEqual([true, true])
    stay.keep = true
    last().closeByHand()
    expect([last().visible, last().destroyed, main.seen, told.at(-1)]).toEqual([false, false, false, 'hidden'])
    main.show()
    expect([made.length, last().visible, main.focused]).toEqual([1, true, true])
    stay.keep = false
    last().closeByHand()
    expect([last().destroyed, told.at(-1)]).toEqual([true, 'closed'])
  })

  it('that dies while it is hidden is made again when it is wanted, not before', () => {
    const { main, made, stay, last, crash } = setUp()
    main.show()
    last().emit('ready-to-show')
    stay.keep = true
    last().closeByHand()
    crash()
    vi.advanceTimersByTime(10_000)
    expect([made.length, main.seen]).toEqual([1, false])
    main.show()
    expect(made).toHaveLength(2)
  })

  it('stands where it stood, and tells where it stands', () => {
    const { main, told, stay, last } = setUp()
    stay.bounds = { x: 5, y: 6, width: 600, height: 700 }
    main.show()
    expect(last().options).toMatchObject(stay.bounds)
    last().bounds = { x: 50, y: 60, width: 600, height: 700 }
    last().emit('move')
    expect(told.at(-1)).toBe('at 50 60')
    last().minimized = true
    last().emit('resize')
    expect(told.filter((what) => what.startsWith('at'))).toHaveLength(1)
  })

  it('follows the theme', () => {
    const { main, last, theme } = setUp(true)
    main.applyTheme()
    main.show()
    expect(last().options.backgroundColor).toBe('#151311')
    theme.dark = false
    main.applyTheme()
    expect(last().background).toBe('#fcfaf6')
  })

  it('appears when it is ready, or after 5 s at the latest', () => {
    const first = setUp()
    first.main.show()
    expect(first.last().visible).toBe(false)
    first.last().emit('ready-to-show')
    expect(first.last().visible).toBe(true)

    const second = setUp()
    second.main.show()
    vi.advanceTimersByTime(4999)
    expect(second.last().visible).toBe(false)
    vi.advanceTimersByTime(1)
    expect(second.last().visible).toBe(true)
  })

  it('comes to the front when there is one already', () => {
    const { main, made, last } = setUp()
    main.show()
    last().minimized = true
    main.show()
    expect([made.length, last().minimized, last().visible, last().focused]).toEqual([1, false, true, true])
  })

  it('tells that the person closed it, and can be opened again', () => {
    const { main, made, last, told } = setUp()
    main.show()
    last().destroy()
    expect(main.window).toBeNull()
    main.show()
    expect(made).toHaveLength(2)
    expect(told).toEqual(['created 0 loaded 0', 'closed', 'created 1 loaded 0'])
  })

  it('is replaced in its place when its process dies, before the old one goes', () => {
    const { main, made, last, told, crash } = setUp()
    main.show()
    const old = last()
    old.bounds = { x: 1, y: 2, width: 600, height: 700 }
    crash()
    expect([made.length, old.destroyed]).toEqual([2, false])
    expect(last().options).toMatchObject({ x: 1, y: 2, width: 600, height: 700, show: false })
    vi.runAllTimers()
    expect(old.destroyed).toBe(true)
    expect(main.window).toBe(last().face)
    expect(told).not.toContain('closed')
    // Late news of the old one change nothing.
    crash(old)
    expect(made).toHaveLength(2)
  })

  it('is given up when it dies four times in a row', () => {
    const { main, made, told, crash } = setUp()
    main.show()
    for (let n = 0; n < 4; n++) {
      crash()
      vi.advanceTimersByTime(10_000)
    }
    expect(made).toHaveLength(4)
    expect(made.every((w) => w.destroyed)).toBe(true)
    expect([main.window, told.at(-1), told.includes('closed')]).toEqual([null, 'gave up', false])
    main.show()
    expect(made).toHaveLength(5)
  })

  it('is replaced for as long as it works a minute in between', () => {
    const { main, made, told, crash } = setUp()
    main.show()
    for (let n = 0; n < 8; n++) {
      vi.advanceTimersByTime(60_000)
      crash()
    }
    expect([made.length, told.includes('gave up')]).toEqual([9, false])
  })

  it('is replaced when it hangs for long, not when it comes back', () => {
    const { main, made, last } = setUp()
    main.show()
    last().emit('unresponsive')
    vi.advanceTimersByTime(9_000)
    last().emit('responsive')
    vi.advanceTimersByTime(9_000)
    expect(made).toHaveLength(1)
    last().emit('unresponsive')
    last().emit('unresponsive')
    vi.advanceTimersByTime(10_000)
    expect(made).toHaveLength(2)
    vi.advanceTimersByTime(60_000)
    expect(made).toHaveLength(2)
  })

  it('goes quietly at the end', () => {
    const { main, last, told } = setUp()
    main.show()
    main.dispose()
    main.dispose()
    expect([last().destroyed, told]).toEqual([true, ['created 0 loaded 0']])
  })
})

describe('the sound room’s window', () => {
  it('is hidden, never throttled, and as locked down as any', () => {
    const options = soundRoomWindowOptions('/app/preload/sound.cjs', false)
    expect(options.show).toBe(false)
    // Off, it would begin as inactive and hidden.
    expect(options.paintWhenInitiallyHidden).toBeUndefined()
    expect(options.webPreferences).toEqual({
      ...webPreferences('/app/preload/sound.cjs', false),
      backgroundThrottling: false,
    })
  })
})

describe('quitting', () => {
  function quitting(platform: NodeJS.Platform) {
    const told: string[] = []
    // Like Electron's: a prevented before-quit stops the quit.
    const app = Object.assign(new EventEmitter(), {
      quit: () => {
        let prevented = false
        app.emit('before-quit', { preventDefault: () => (prevented = true) })
        if (!prevented) told.push('quit')
      },
    })
    let written = (): void => undefined
    const quit = setUpQuitting({
      app: strict<Pick<App, 'on' | 'off' | 'quit'>>('app', app),
      platform,
      showMainWindow: () => told.push('show'),
      onQuit: () => {
        told.push('ending')
        return new Promise((resolve) => (written = resolve))
      },
    })
    return { app, quit, told, written: () => written() }
  }

  it.each<NodeJS.Platform>(['linux', 'win32'])('comes with the last visible window on %s', async (platform) => {
    const { quit, told, written } = quitting(platform)
    quit.lastVisibleWindowClosed()
    // The windows that close now must not start it again.
    quit.lastVisibleWindowClosed()
    await Promise.resolve()
    expect(told).toEqual(['ending'])
    written()
    for (let i = 0; i < 5; i++) await Promise.resolve()
    expect(told).toEqual(['ending', 'quit'])
  })

  it('waits for the person on macOS, where the Dock brings the window back', () => {
    const { app, quit, told } = quitting('darwin')
    quit.lastVisibleWindowClosed()
    app.emit('activate')
    expect(told).toEqual(['show'])
    app.quit()
    app.emit('activate')
    expect(told).toEqual(['show', 'ending'])
  })

  it('does not come by Electron’s own rule, as long as Parley runs', () => {
    const { app, quit } = quitting('linux')
    expect(app.listenerCount('window-all-closed')).toBe(1)
    app.emit('window-all-closed')
    quit.dispose()
    expect(app.eventNames()).toEqual([])
  })
})
