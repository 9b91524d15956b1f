import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Overlay, OVERLAY_SIZE, overlayWindowOptions } from '../../../../main/desktop/overlay/overlay.ts'
import type { Place } from '../../../../main/desktop/placing.ts'
import { webPreferences } from '../../../../main/desktop/windows.ts'
import { FakeWindow, memoryLog, preventable } from '../fakes.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const left = { id: 1, workArea: { x: 0, y: 0, width: 1000, height: 800 } }
const right = { id: 2, workArea: { x: 1000, y: 0, width: 2000, height: 1000 } }

function setUp() {
  const made: FakeWindow[] = []
  const told: string[] = []
  const world = { screens: [left, right], cursor: { x: 500, y: 500 }, follows: true, contentProtected: false, now: 0 }
  const places = new Map<string, Place>()
  let put: string | null = null
  const overlay = new Overlay({
    createWindow: (options) => {
      const window = new FakeWindow(options)
      made.push(window)
      return window.face
    },
    preload: '/app/preload/app.cjs',
    devTools: false,
    screens: () => world.screens,
    cursor: () => world.cursor,
    follows: () => world.follows,
    contentProtected: () => world.contentProtected,
    places: {
      overlay: (display) => places.get(display) ?? null,
      get overlayDisplay() {
        return put
      },
      setOverlay: (display, place) => {
        places.set(display, place)
        put = display
      },
    },
    onCreated: () => told.push(`created, loaded ${made.at(-1)?.loaded.length}`),
    onMenu: () => told.push('menu'),
    onGrows: (grows) => told.push(`grows ${grows}`),
    onGaveUp: () => told.push('gave up'),
    platform: 'linux',
    log: memoryLog(),
    now: () => world.now,
  })
  const last = (): FakeWindow => {
    const window = made.at(-1)
    if (window === undefined) throw new Error('no window')
    return window
  }
  const appear = (): FakeWindow => {
    overlay.show(true)
    last().emit('ready-to-show')
    return last()
  }
  return { overlay, made, told, world, places, last, appear }
}

describe('the overlay’s window', () => {
  it('is locked down, has nothing of a usual window, and never the focus', () => {
    const options = overlayWindowOptions('/p.cjs', false, 'win32')
    expect(options).toMatchObject({ ...OVERLAY_SIZE, show: false, frame: false, transparent: true, alwaysOnTop: true, focusable: false, skipTaskbar: true, resizable: false })
    expect(options.webPreferences).toEqual(webPreferences('/p.cjs', false))
    expect(overlayWindowOptions('/p.cjs', false, 'darwin').type).toBe('panel')
  })

  it('is made when it is first to be seen, with the bridge before the page, and shown without the focus', () => {
    const { overlay, made, told, last } = setUp()
    overlay.show(false)
    expect(made).toEqual([])
    overlay.show(true)
    expect([made.length, last().visible, told, last().loaded]).toEqual([1, false, ['created, loaded 0'], ['app://parley/overlay.html']])
    expect(last().done).toEqual(['always on top true screen-saver', 'all workspaces true'])
    last().emit('ready-to-show')
    expect([last().visible, last().focused]).toEqual([true, false])
    overlay.show(false)
    expect(last().visible).toBe(false)
    overlay.show(true)
    expect([made.length, last().visible]).toEqual([1, true])
  })

  it('hidden before it was ready, it does not appear', () => {
    const { overlay, last } = setUp()
    overlay.show(true)
    overlay.show(false)
    last().emit('ready-to-show')
    expect(last().visible).toBe(false)
  })

  it('opens the one menu, from the page and from where the system moves it', () => {
    const { appear, told } = setUp()
    const window = appear()
    const system = preventable({})
    window.emit('system-context-menu', system, { x: 1, y: 1 })
    window.contents.emit('context-menu', preventable({}), {})
    expect([told.filter((what) => what === 'menu').length, system.defaultPrevented]).toEqual([2, true])
  })

  it('is left out of recordings when that is wanted', () => {
    const { overlay, appear, world } = setUp()
    world.contentProtected = true
    const window = appear()
    expect(window.done).toContain('protected true')
    world.contentProtected = false
    overlay.settingsChanged()
    expect(window.done.at(-1)).toBe('protected false')
  })
})

describe('its place', () => {
  it('is below in the middle at first', () => {
    const window = setUp().appear()
    expect(window.bounds).toEqual({ x: 370, y: 707, ...OVERLAY_SIZE })
  })

  it('follows the pointer to another display, to its own place there', () => {
    const { appear, world, places } = setUp()
    places.set('2', { x: 0, y: 0 })
    const window = appear()
    world.cursor = { x: 1500, y: 10 }
    vi.advanceTimersByTime(1000)
    expect(window.bounds).toEqual({ x: 1000, y: 0, ...OVERLAY_SIZE })
    world.cursor = { x: 10, y: 10 }
    vi.advanceTimersByTime(1000)
    expect(window.bounds.x).toBe(370)
  })

  it('stays where it stands when it is to follow no more and was never put anywhere', () => {
    const { overlay, world, appear } = setUp()
    world.cursor = { x: 1500, y: 500 }
    const window = appear()
    world.follows = false
    overlay.settingsChanged()
    expect(window.bounds.x).toBeGreaterThan(1000)
    world.cursor = { x: 500, y: 500 }
    vi.advanceTimersByTime(2000)
    expect(window.bounds.x).toBeGreaterThan(1000)
    world.screens = [left]
    overlay.displaysChanged()
    expect(window.bounds.x).toBeLessThan(1000)
  })

  it('stays where it was put when it does not follow', () => {
    const { appear, overlay, world } = setUp()
    world.follows = false
    const window = appear()
    overlay.drag('begin')
    world.cursor = { x: 1700, y: 300 }
    overlay.drag('move')
    overlay.drag('end')
    const there = window.bounds
    world.cursor = { x: 10, y: 10 }
    vi.advanceTimersByTime(2000)
    expect(window.bounds).toEqual(there)
    expect(there.x).toBeGreaterThan(1000)
  })

  it('is taken along by the pointer, kept on the display and remembered', () => {
    const { appear, overlay, world, places } = setUp()
    const window = appear()
    world.cursor = { x: 400, y: 720 }
    overlay.drag('begin')
    world.cursor = { x: 300.4, y: 420.6 }
    overlay.drag('move')
    expect(window.bounds).toEqual({ x: 270, y: 408, ...OVERLAY_SIZE })
    world.cursor = { x: -200, y: 420 }
    overlay.drag('end')
    expect(window.bounds).toEqual({ x: 0, y: 407, ...OVERLAY_SIZE })
    expect(places.get('1')?.x).toBe(0)
    overlay.drag('move')
    expect(window.bounds.x).toBe(0)
  })

  it('survives the end of its display, and comes back with it', () => {
    const { appear, overlay, world, places } = setUp()
    world.follows = false
    places.set('2', { x: 1, y: 1 })
    const window = appear()
    overlay.drag('begin')
    world.cursor = { x: 2500, y: 900 }
    overlay.drag('end')
    const there = window.bounds
    expect(there.x).toBeGreaterThan(1000)
    world.screens = [left]
    overlay.displaysChanged()
    expect(window.bounds.x + window.bounds.width).toBeLessThanOrEqual(1000)
    expect(window.bounds.y + window.bounds.height).toBeLessThanOrEqual(800)
    world.screens = [left, right]
    overlay.displaysChanged()
    expect(window.bounds).toEqual(there)
    world.screens = []
    expect(() => overlay.displaysChanged()).not.toThrow()
  })
})

describe('its second row', () => {
  it('opens away from the near edge; the pill keeps its place', () => {
    const { appear, overlay, told, places, world } = setUp()
    const window = appear()
    overlay.resize(164)
    expect(window.bounds).toEqual({ x: 370, y: 607, width: 260, height: 164 })
    overlay.resize(64)
    expect(window.bounds).toEqual({ x: 370, y: 707, ...OVERLAY_SIZE })
    places.set('2', { x: 0.5, y: 0 })
    world.cursor = { x: 1500, y: 10 }
    vi.advanceTimersByTime(1000)
    overlay.resize(164)
    expect(told.at(-1)).toBe('grows down')
    expect(window.bounds).toMatchObject({ y: 0, height: 164 })
  })

  it('counts what the page is zoomed by, and has an end', () => {
    const { appear, overlay } = setUp()
    const window = appear()
    window.contents.zoom = 2
    overlay.resize(50.2)
    expect(window.bounds.height).toBe(101)
    overlay.resize(2000)
    expect(window.bounds.height).toBe(640)
    overlay.resize(1)
    expect(window.bounds.height).toBe(64)
  })

  it('a drag with it open remembers the pill’s place', () => {
    const { appear, overlay, world } = setUp()
    const window = appear()
    overlay.resize(164)
    overlay.drag('begin')
    world.cursor = { x: 400, y: 450 }
    overlay.drag('end')
    overlay.resize(64)
    expect(window.bounds).toEqual({ x: 270, y: 657, ...OVERLAY_SIZE })
  })
})

describe('when its page dies', () => {
  const crash = (window: FakeWindow): boolean => window.contents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 })

  it('it is made again in its place, three times in a row', () => {
    const { appear, made, last, told } = setUp()
    let window = appear()
    for (let n = 1; n <= 3; n++) {
      crash(window)
      expect(made).toHaveLength(n + 1)
      window = last()
      window.emit('ready-to-show')
      expect(window.visible).toBe(true)
      vi.advanceTimersByTime(1)
      expect(made[n - 1]?.destroyed).toBe(true)
    }
    crash(window)
    expect([made.length, told.at(-1)]).toEqual([4, 'gave up'])
  })

  it('while it is hidden it is made when it is wanted', () => {
    const { appear, overlay, made } = setUp()
    const window = appear()
    overlay.show(false)
    crash(window)
    expect(made).toHaveLength(1)
    overlay.show(true)
    expect(made).toHaveLength(2)
  })

  it('or hangs for ten seconds, it is replaced; not when it answers again', () => {
    const { appear, made, last } = setUp()
    appear().emit('unresponsive')
    last().emit('responsive')
    vi.advanceTimersByTime(20_000)
    expect(made).toHaveLength(1)
    last().emit('unresponsive')
    vi.advanceTimersByTime(10_000)
    expect(made).toHaveLength(2)
  })

  it('switched off it is gone, and nothing runs on', () => {
    const { appear, overlay, made } = setUp()
    const window = appear()
    overlay.close()
    expect([window.destroyed, overlay.window, vi.getTimerCount()]).toEqual([true, null, 0])
    overlay.drag('begin')
    overlay.resize(100)
    overlay.displaysChanged()
    overlay.show(true)
    expect(made).toHaveLength(2)
    overlay.dispose()
    overlay.show(true)
    expect(made).toHaveLength(2)
  })
})
