import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { chordOf } from '../../../../shared/talk-key/chord.ts'
import { triggerOf } from '../../../../main/desktop/talk-key/portal-provider.ts'
import { talkKeyShown, type TalkKeyOptions } from '../../../../main/desktop/talk-key/talk-key.ts'
import { BusService, hasBus, TestBus } from '../dbus/bus.ts'
import { Desk } from './fakes.ts'
import { Portal, PORTAL_NAME, PORTAL_PATH as PATH, SHORTCUTS } from './portal.ts'

it.each([
  [chordOf('Space', ['ctrl', 'alt']), 'CTRL+ALT+space'],
  [chordOf('KeyA', ['shift', 'meta']), 'SHIFT+LOGO+a'],
  [{ ...chordOf('KeyY', ['ctrl']), label: 'Z' }, 'CTRL+z'],
  [chordOf('F9'), 'F9'],
  [chordOf('Numpad5'), 'KP_5'],
  [chordOf('Digit5', ['alt']), 'ALT+5'],
  [chordOf('ControlRight'), 'F8'],
  [chordOf('Nothing'), null],
])('%j is proposed as %s', (chord, trigger) => {
  expect(triggerOf(chord)).toBe(trigger)
})

describe.runIf(hasBus)('the talk key through the desktop’s portal', () => {
  let bus: TestBus
  let portal: Portal
  let desk: Desk | null = null
  const extra: BusService[] = []

  beforeEach(async () => {
    bus = await TestBus.start()
    portal = new Portal(await BusService.start(bus, PORTAL_NAME))
  })
  afterEach(() => {
    desk?.talkKey.dispose()
    desk = null
    for (const service of extra.splice(0)) service.stop()
    portal.service.stop()
    bus.stop()
  })

  async function start(parts: Partial<TalkKeyOptions> = {}, chord = chordOf('Space', ['ctrl', 'alt'])): Promise<Desk> {
    const made = new Desk({ env: { XDG_SESSION_TYPE: 'wayland', DBUS_SESSION_BUS_ADDRESS: bus.address }, appId: 'org.parley.Parley', description: () => 'Talk to Parley', ...parts })
    made.chord = chord
    desk = made
    await made.talkKey.start()
    return made
  }

  /** Bound, and past the guard against a key that was held from before. */
  async function ready(parts: Partial<TalkKeyOptions> = {}): Promise<Desk> {
    const made = await start(parts)
    await expect.poll(() => made.talkKey.status.provider).toBe('portal')
    await sleep(750)
    return made
  }

  it('is asked in its own words, and what the desktop gave is shown', async () => {
    portal.trigger = 'Strg+Alt+Leertaste'
    const { talkKey, loads, shortcuts } = await ready()
    expect(portal.registered).toEqual(['org.parley.Parley'])
    expect([portal.proposed, portal.described]).toEqual(['CTRL+ALT+space', 'Talk to Parley'])
    expect(talkKey.status).toMatchObject({ provider: 'portal', canHold: true, trigger: 'Strg+Alt+Leertaste', reasons: ['desktop_chooses'] })
    expect(talkKeyShown(talkKey.status, 'de', 'linux')).toMatchObject({ name: 'Strg+Alt+Leertaste', chosen: 'Strg+Alt+Leertaste', canHold: true })
    expect([loads, shortcuts.registered.size]).toEqual([0, 0])
  })

  it('is held and let go; a press that repeats is one press', async () => {
    const { said } = await ready()
    portal.press()
    await expect.poll(() => said).toEqual(['press'])
    portal.press()
    portal.press()
    await sleep(500)
    portal.release()
    await expect.poll(() => said).toEqual(['press', 'release'])
    portal.press()
    portal.release()
    await expect.poll(() => said).toEqual(['press', 'release', 'press', 'release'])
  })

  it('hears nobody but the portal, and of it only what concerns this session and this key', async () => {
    const { said } = await ready()
    const stranger = await BusService.start(bus, null)
    extra.push(stranger)
    portal.say('Activated', { service: stranger })
    portal.say('Activated', { session: `${PATH}/session/1_1/other` })
    portal.say('Activated', { id: 'mute' })
    stranger.signal(portal.session, 'org.freedesktop.portal.Session', 'Closed', 'a{sv}', [new Map()], portal.client)
    stranger.signal('/org/freedesktop/DBus', 'org.freedesktop.DBus', 'NameOwnerChanged', 'sss', [PORTAL_NAME, portal.service.unique, ''], portal.client)
    await sleep(150)
    expect(said).toEqual([])
    portal.press()
    await expect.poll(() => said).toEqual(['press'])
    portal.say('Deactivated', { id: 'mute' })
    portal.say('Deactivated', { service: stranger })
    await sleep(100)
    expect(said).toEqual(['press'])
  })

  it('waits for the dialog without keeping anything else waiting, and commands work meanwhile', async () => {
    portal.dialog = null
    const { talkKey, said } = await start()
    expect(talkKey.status).toMatchObject({ provider: 'command_line', reasons: ['portal_asking'] })
    talkKey.command('talk')
    talkKey.command('stop')
    expect(said).toEqual(['press', 'release'])
    portal.answerDialog(0)
    await expect.poll(() => talkKey.status.provider).toBe('portal')
  })

  it.each([
    ['the person says no', 1, 'Ctrl+Alt+Space'],
    ['the desktop gives up', 2, 'Ctrl+Alt+Space'],
    ['the desktop lists nothing', 0, null],
  ])('is not forced where %s', async (_who, code, trigger) => {
    portal.dialog = code
    portal.trigger = trigger
    const { talkKey, shortcuts } = await start()
    await expect.poll(() => talkKey.status.reasons).toEqual(['portal_denied'])
    expect(talkKey.status).toMatchObject({ provider: 'command_line', canHold: false, inForce: null })
    // Electron's own way would only open the same dialog once more.
    expect(shortcuts.registered.size).toBe(0)
  })

  it('may have no key yet, and gets one while Parley runs', async () => {
    portal.trigger = ''
    const { talkKey } = await start()
    await expect.poll(() => talkKey.status).toMatchObject({ provider: 'portal', trigger: '', reasons: ['portal_unassigned'] })
    portal.trigger = 'F7'
    portal.service.signal(PATH, SHORTCUTS, 'ShortcutsChanged', 'oa(sa{sv})', [portal.session, portal.listed()])
    await expect.poll(() => talkKey.status).toMatchObject({ trigger: 'F7', reasons: ['desktop_chooses'] })
  })

  it('is given back when another is chosen, and at the end', async () => {
    const { talkKey } = await ready()
    desk!.chord = chordOf('F9')
    await talkKey.settingsChanged()
    await expect.poll(() => [portal.closed, portal.sessions, portal.proposed]).toEqual([1, 2, 'F9'])
    await expect.poll(() => talkKey.status.provider).toBe('portal')
    talkKey.dispose()
    await expect.poll(() => portal.closed).toBe(2)
  })

  it('cancels the turn when the desktop closes the session, says so, and asks again', async () => {
    const { talkKey, said, statuses } = await ready()
    portal.press()
    await expect.poll(() => said).toEqual(['press'])
    portal.service.signal(portal.session, 'org.freedesktop.portal.Session', 'Closed', 'a{sv}', [new Map()])
    await expect.poll(() => said).toEqual(['press', 'cancel'])
    expect(statuses.at(-1)?.reasons).toEqual(['portal_lost'])
    await expect.poll(() => talkKey.status.provider).toBe('portal')
    expect(portal.sessions).toBe(2)
  })

  it('goes the next way when the portal vanishes for good', async () => {
    const { talkKey, said } = await ready()
    portal.press()
    await expect.poll(() => said).toEqual(['press'])
    portal.service.stop()
    await expect.poll(() => said).toEqual(['press', 'cancel'])
    await expect.poll(() => talkKey.status.provider).toBe('shortcut')
    expect(talkKey.status).toMatchObject({ inForce: chordOf('Space', ['ctrl', 'alt']), reasons: ['wayland', 'unconfirmed'] })
  })

  it('stops asking a portal that ends again and again', async () => {
    const { talkKey } = await ready()
    for (let i = 0; i < 4; i++) {
      await expect.poll(() => talkKey.status.provider).toBe('portal')
      portal.service.signal(portal.session, 'org.freedesktop.portal.Session', 'Closed', 'a{sv}', [new Map()])
      await expect.poll(() => talkKey.status.reasons).toEqual(['portal_lost'])
    }
    await expect.poll(() => talkKey.status.provider).toBe('shortcut')
    expect(talkKey.status.reasons).toContain('portal_lost')
    expect(portal.sessions).toBe(4)
  })

  it('goes the next way where the portal knows no shortcuts, where there is no portal, and where there is no bus', async () => {
    portal.service.answer = () => ({ error: 'org.freedesktop.DBus.Error.UnknownMethod' })
    expect((await start()).talkKey.status).toMatchObject({ provider: 'shortcut', reasons: ['wayland', 'unconfirmed'] })
    desk?.talkKey.dispose()
    portal.service.stop()
    expect((await start()).talkKey.status.provider).toBe('shortcut')
    desk?.talkKey.dispose()
    bus.stop()
    expect((await start()).talkKey.status.provider).toBe('shortcut')
  })

  it('asks no portal outside Wayland', async () => {
    const { talkKey } = await start({ env: { DISPLAY: ':7', DBUS_SESSION_BUS_ADDRESS: bus.address } })
    expect(talkKey.status.provider).toBe('shortcut')
    expect(portal.sessions).toBe(0)
  })
})
