import { afterEach, describe, expect, it } from 'vitest'
import { findTrayHost } from '../../../main/desktop/tray-host.ts'
import { BusService, hasBus, TestBus } from './dbus/bus.ts'

describe('the host of tray icons', () => {
  it('is part of every system but Linux', async () => {
    expect([await findTrayHost('', 'win32'), await findTrayHost('', 'darwin')]).toEqual(['yes', 'yes'])
  })

  it.each(['', 'unix:path=/nowhere/bus', 'nonsense'])('is not known without a bus that answers: %j', async (address) => {
    expect(await findTrayHost(address, 'linux')).toBe('unknown')
  })
})

describe.runIf(hasBus)('the host of tray icons on a real bus', () => {
  let bus: TestBus | null = null
  afterEach(() => {
    bus?.stop()
    bus = null
  })

  it('is there while somebody has its name', async () => {
    bus = await TestBus.start()
    expect(await findTrayHost(bus.address, 'linux')).toBe('no')
    const service = await BusService.start(bus, 'org.kde.StatusNotifierWatcher')
    expect(await findTrayHost(bus.address, 'linux')).toBe('yes')
    service.stop()
    await expect.poll(() => bus && findTrayHost(bus.address, 'linux')).toBe('no')
  })
})
