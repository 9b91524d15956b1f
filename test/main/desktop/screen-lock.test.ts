import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Disposable } from '../../../shared/disposable.ts'
import { Variant, type DBusValue } from '../../../main/desktop/dbus/values.ts'
import { watchScreenLock } from '../../../main/desktop/screen-lock.ts'
import { BusService, hasBus, TestBus } from './dbus/bus.ts'

const PATH = '/org/freedesktop/login1/session/_32'

describe.runIf(hasBus)('whether the screen is locked', () => {
  let bus: TestBus
  let said: boolean[]
  let watching: Disposable | null = null
  const services: BusService[] = []

  beforeEach(async () => {
    bus = await TestBus.start()
    said = []
  })
  afterEach(() => {
    watching?.dispose()
    watching = null
    for (const service of services.splice(0)) service.stop()
    bus.stop()
  })

  async function somebody(name: string | null): Promise<BusService> {
    const service = await BusService.start(bus, name)
    services.push(service)
    return service
  }

  /** One bus stands for both. */
  async function watch(): Promise<void> {
    watching = await watchScreenLock({ sessionBus: bus.address, systemBus: bus.address, onChange: (locked) => said.push(locked) })
  }

  function hint(login: BusService, locked: boolean, path = PATH): void {
    const changed = new Map<DBusValue, DBusValue>([['LockedHint', new Variant('b', locked)]])
    login.signal(path, 'org.freedesktop.DBus.Properties', 'PropertiesChanged', 'sa{sv}as', ['org.freedesktop.login1.Session', changed, []])
  }

  it.each(['org.freedesktop.ScreenSaver', 'org.gnome.ScreenSaver'])('is told by %s', async (name) => {
    const saver = await somebody(name)
    await watch()
    saver.signal('/any/path', name, 'ActiveChanged', 'b', [true])
    await expect.poll(() => said).toEqual([true])
    saver.signal('/any/path', name, 'ActiveChanged', 'b', [false])
    await expect.poll(() => said).toEqual([true, false])
  })

  it('is told by logind, of the person’s own session alone', async () => {
    const login = await somebody('org.freedesktop.login1')
    login.answer = ({ member, body }) => (member === 'GetSession' && body[0] === 'auto' ? { signature: 'o', body: [PATH] } : { error: 'org.freedesktop.DBus.Error.Failed' })
    await watch()
    hint(login, true, '/org/freedesktop/login1/session/_39')
    // A request to lock is not yet a lock.
    login.signal(PATH, 'org.freedesktop.login1.Session', 'Lock', '', [])
    await sleep(100)
    expect(said).toEqual([])
    hint(login, true)
    await expect.poll(() => said).toEqual([true])
    hint(login, false)
    await expect.poll(() => said).toEqual([true, false])
  })

  it('is locked until all who said so have taken it back', async () => {
    const saver = await somebody('org.gnome.ScreenSaver')
    const login = await somebody('org.freedesktop.login1')
    login.answer = () => ({ signature: 'o', body: [PATH] })
    await watch()
    saver.signal('/x', 'org.gnome.ScreenSaver', 'ActiveChanged', 'b', [true])
    hint(login, true)
    await sleep(100)
    hint(login, false)
    await sleep(100)
    expect(said).toEqual([true])
    saver.signal('/x', 'org.gnome.ScreenSaver', 'ActiveChanged', 'b', [false])
    await expect.poll(() => said).toEqual([true, false])
  })

  it('does not believe who has not the name', async () => {
    await somebody('org.gnome.ScreenSaver')
    const stranger = await somebody(null)
    await watch()
    for (const to of [undefined, ':1.2', ':1.3', ':1.4', ':1.5']) stranger.signal('/x', 'org.gnome.ScreenSaver', 'ActiveChanged', 'b', [true], to)
    await sleep(150)
    expect(said).toEqual([])
  })

  it('is not known where there is no bus, and nothing fails', async () => {
    bus.stop()
    await watch()
    expect(said).toEqual([])
  })
})
