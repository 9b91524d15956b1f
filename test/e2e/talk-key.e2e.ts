import { execFile, execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Browser, Page } from '@playwright/test'
import { launchBrowser } from '../chromium.ts'
import { BusService, hasBus, TestBus } from '../main/desktop/dbus/bus.ts'
import { Portal, PORTAL_NAME } from '../main/desktop/talk-key/portal.ts'
import { tone } from '../realtime-server/index.ts'
import { say } from '../sound-card/index.ts'
import { expect, expectState, test } from './parley.ts'

/** X keycode of right Ctrl; by its name xdotool would press the left one as well. */
const RIGHT_CTRL = '105'

function xdotool(...args: string[]): string {
  return execFileSync('xdotool', args, { encoding: 'utf8' })
}

function key(what: 'keydown' | 'keyup'): void {
  xdotool(what, RIGHT_CTRL)
}

/** Another program, in whose text field the person is writing. */
async function otherProgram(): Promise<{ browser: Browser; field: ReturnType<Page['getByRole']> }> {
  const browser = await launchBrowser({ headless: false, args: ['--disable-gpu'] })
  const page = await browser.newPage()
  await page.setContent('<title>Another program</title><textarea autofocus></textarea>')
  const [window = ''] = xdotool('search', '--sync', '--onlyvisible', '--name', 'Another program').split('\n')
  xdotool('windowfocus', '--sync', window)
  const field = page.getByRole('textbox')
  await field.focus()
  return { browser, field }
}

test('the talk key, held anywhere, is a turn', async ({ serve, launch, sound }) => {
  test.skip(process.platform !== 'linux' || !process.env['DISPLAY'], 'xdotool presses keys on an X server only')
  const server = await serve({ answer: { pcm: tone(300), text: 'Heard.' }, hearing: 'Hello from afar.' })
  const { page } = await launch({ server })
  await expect(page.getByText('Right Ctrl')).toBeVisible()
  await page.getByRole('button', { name: 'Start conversation' }).click()
  await expectState(page, 'Ready')
  await pause(700)
  const { browser, field } = await otherProgram()
  try {
    // What is typed goes there, before and after, and nothing in between.
    xdotool('type', 'a')
    await expect(field).toHaveValue('a')
    key('keydown')
    try {
      await expectState(page, 'Listening')
      await expect(page.getByRole('button', { name: 'Talk', exact: true })).toHaveAttribute('aria-pressed', 'true')
      await sound.speak(say('Hello from afar.'))
    } finally {
      key('keyup')
    }
    await expect(page.getByRole('article', { name: 'You' })).toContainText('Hello from afar.')
    await expect(page.getByRole('article', { name: 'Parley' })).toContainText('Heard.')
    expect(server.connection.commits).toHaveLength(1)
    await expect(field).toHaveValue('a')
    xdotool('type', 'b')
    await expect(field).toHaveValue('ab')
  } finally {
    await browser.close()
  }
})

test('a second start hands its wish over: --talk begins, --stop sends, --toggle does either, --show shows', async ({ serve, launch }) => {
  const server = await serve({ answer: { pcm: tone(300), text: 'Heard.' } })
  const { page, userData } = await launch({ server })
  await page.getByRole('button', { name: 'Start conversation' }).click()
  await expectState(page, 'Ready')
  await pause(700)
  const program = createRequire(import.meta.url)('electron') as string
  // As the desktop's own shortcut settings would start it; it ends by itself, well.
  const parley = async (argument: string): Promise<void> => {
    await promisify(execFile)(program, ['.', argument], { cwd: join(import.meta.dirname, '../..'), env: { ...process.env, PARLEY_USER_DATA: userData }, timeout: 30_000 })
  }
  await parley('--talk')
  await expectState(page, 'Listening')
  await pause(500)
  await parley('--stop')
  await expect(page.getByRole('article', { name: 'Parley' })).toContainText('Heard.')
  await expectState(page, 'Ready')
  await parley('--toggle')
  await expectState(page, 'Listening')
  await pause(500)
  await parley('--toggle')
  await expect(page.getByRole('article', { name: 'Parley' })).toHaveCount(2)
  expect(server.connection.commits).toHaveLength(2)
  await parley('--show')
  await expectState(page, 'Ready')
})

test('under Wayland the desktop gives the key, and holding it is a turn', async ({ serve, launch, sound }) => {
  test.skip(!hasBus, 'needs dbus-daemon')
  const bus = await TestBus.start()
  const portal = new Portal(await BusService.start(bus, PORTAL_NAME))
  portal.trigger = 'Meta+F6'
  try {
    const server = await serve({ answer: { pcm: tone(300), text: 'Heard.' }, hearing: 'Hello from afar.' })
    const { page } = await launch({ server, env: { XDG_SESSION_TYPE: 'wayland', DBUS_SESSION_BUS_ADDRESS: bus.address } })
    await expect(page.getByText('Meta+F6')).toBeVisible()
    // Chromium registers itself as well.
    expect(portal.registered).toContain('org.parley.Parley')
    await page.getByRole('button', { name: 'Start conversation' }).click()
    await expectState(page, 'Ready')
    await pause(700)
    portal.press()
    await expectState(page, 'Listening')
    await sound.speak(say('Hello from afar.'))
    portal.release()
    await expect(page.getByRole('article', { name: 'You' })).toContainText('Hello from afar.')
    expect(server.connection.commits).toHaveLength(1)

    // The screen is locked by the desktop: nobody is listened to.
    const saver = await BusService.start(bus, 'org.gnome.ScreenSaver')
    saver.signal('/org/gnome/ScreenSaver', 'org.gnome.ScreenSaver', 'ActiveChanged', 'b', [true])
    await expect(page.getByRole('button', { name: 'Unmute microphone' })).toBeVisible()
    portal.press()
    await pause(300)
    await expect(page.getByRole('status', { name: 'State' })).not.toContainText('Listening')
    portal.release()
    saver.signal('/org/gnome/ScreenSaver', 'org.gnome.ScreenSaver', 'ActiveChanged', 'b', [false])
    await expect(page.getByRole('button', { name: 'Mute microphone' })).toBeVisible()
    saver.stop()
  } finally {
    portal.service.stop()
    bus.stop()
  }
})
