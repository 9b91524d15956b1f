import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Places } from '../../../main/desktop/places.ts'
import { at, inside, placeOf, restored, screenAt } from '../../../main/desktop/placing.ts'
import { memoryLog } from './fakes.ts'

const area = { x: 100, y: 50, width: 1000, height: 800 }
const pill = { width: 260, height: 64 }

describe('a place', () => {
  it('is the same share of the room on every display', () => {
    expect(at({ x: 0, y: 0 }, area, pill)).toEqual({ x: 100, y: 50, ...pill })
    expect(at({ x: 1, y: 1 }, area, pill)).toEqual({ x: 840, y: 786, ...pill })
    expect(placeOf({ x: 470, y: 418, ...pill }, area)).toEqual({ x: 0.5, y: 0.5 })
    expect(at({ x: 0.5, y: 0.5 }, { x: -1920, y: 0, width: 1920, height: 1080 }, pill)).toEqual({ x: -1090, y: 508, ...pill })
  })

  it('is never outside, in whole numbers, and found again', () => {
    const length = fc.integer({ min: 1, max: 4000 })
    const corner = fc.integer({ min: -8000, max: 8000 })
    fc.assert(
      fc.property(fc.record({ x: corner, y: corner, width: length, height: length }), fc.double(), fc.double(), (display, x, y) => {
        const where = at({ x, y }, display, pill)
        expect(Object.values(where).every(Number.isInteger)).toBe(true)
        expect(where.x).toBeGreaterThanOrEqual(display.x)
        expect(where.y).toBeGreaterThanOrEqual(display.y)
        expect(where.x + where.width).toBeLessThanOrEqual(display.x + display.width)
        expect(where.y + where.height).toBeLessThanOrEqual(display.y + display.height)
        const again = at(placeOf(where, display), display, pill)
        expect(again).toEqual(where)
      }),
    )
  })

  it('moves what hangs over the edge back, and shrinks what is too large', () => {
    expect(inside({ x: -500, y: 5000, ...pill }, area)).toEqual({ x: 100, y: 786, ...pill })
    expect(inside({ x: 0, y: 0, width: 5000, height: 5000 }, area)).toEqual(area)
  })
})

describe('displays', () => {
  const left = { id: 1, workArea: { x: 0, y: 0, width: 1000, height: 800 } }
  const right = { id: 2, workArea: { x: 1000, y: 0, width: 1000, height: 800 } }

  it('the one under a point, else the nearest', () => {
    expect(screenAt({ x: 1500, y: 10 }, [left, right])?.id).toBe(2)
    expect(screenAt({ x: -400, y: 2000 }, [left, right])?.id).toBe(1)
    expect(screenAt({ x: 0, y: 0 }, [])).toBeNull()
  })

  it('a window stays where it can be gripped, and comes back from a display that is gone', () => {
    const window = { x: 1700, y: 100, width: 520, height: 720 }
    expect(restored(window, [left, right])).toEqual(window)
    expect(restored(window, [left])).toEqual({ x: 480, y: 80, width: 520, height: 720 })
    expect(restored({ ...window, x: 1950 }, [left, right])).toEqual({ ...window, x: 1480, y: 80 })
    expect(restored(window, [])).toBeNull()
  })
})

describe('the file of places', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-places-'))
  })
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
  })
  const open = () => Places.open({ file: join(folder, 'places.json'), log: memoryLog() })

  it('keeps window, overlay by display and the hint', async () => {
    const places = await open()
    expect([places.window, places.overlay('1'), places.overlayDisplay, places.trayHinted]).toEqual([null, null, null, false])
    places.window = { x: 1, y: 2, width: 3, height: 4 }
    places.setOverlay('1', { x: 0.25, y: 1 })
    places.setOverlay('2', { x: 0, y: 0 })
    places.setTrayHinted()
    await places.idle()
    const again = await open()
    expect(again.window).toEqual({ x: 1, y: 2, width: 3, height: 4 })
    expect(again.overlay('1')).toMatchObject({ x: 0.25, y: 1 })
    expect([again.overlayDisplay, again.trayHinted]).toEqual(['2', true])
  })

  it('forgets the display used longest ago', async () => {
    const places = await open()
    for (let i = 0; i < 20; i++) places.setOverlay(String(i), { x: 0, y: 0 })
    places.setOverlay('8', { x: 1, y: 1 })
    places.setOverlay('new', { x: 0, y: 0 })
    expect(['7', '8', '9', '10'].filter((id) => places.overlay(id) === null)).toEqual(['7', '9'])
    await places.idle()
    expect((await open()).overlay('8')?.x).toBe(1)
  })

  it.each(['', 'null', '[]', '{"window":{"x":1}}', '{"window":"far","overlay":[{"display":"1","x":7,"y":0}],"trayHinted":"no"}'])('begins anew where it holds %j', async (text) => {
    await writeFile(join(folder, 'places.json'), text)
    const places = await open()
    expect([places.window, places.overlay('1'), places.trayHinted]).toEqual([null, null, false])
    places.setTrayHinted()
    await places.idle()
    expect(JSON.parse(await readFile(join(folder, 'places.json'), 'utf8'))).toMatchObject({ trayHinted: true })
  })
})
