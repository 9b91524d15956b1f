import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from '@playwright/test'
import { tone } from '../realtime-server/index.ts'
import { writeWav, type SoundCard } from '../sound-card/index.ts'
import { expect, expectState, test, type Parley } from './parley.ts'
import { closeWindow, elsewhere, outside, overlayOf, pick, windowAt, type Seen } from './world.ts'

/** Words of the tray's menu, as a person sees them. */
const items = (parley: Parley): Promise<string[] | undefined> => outside(parley, (world) => world.trays()[0]?.items?.map(({ label }) => label).filter((label) => label !== ''))
const toolTip = (parley: Parley): Promise<string | undefined> => outside(parley, (world) => world.trays()[0]?.toolTip)
const face = (parley: Parley): Promise<string | undefined> => outside(parley, (world) => world.trays()[0]?.image.dataURL)
const boundsOf = async (parley: Parley): Promise<Seen['bounds'] | undefined> => (await windowAt(parley, '/overlay.html'))?.bounds

async function crash(parley: Parley, path: string): Promise<void> {
  await outside(parley, (world, page) => world.crash(world.windows().find(({ url }) => url.endsWith(page))?.webContentsId ?? -1), path)
}

test('the tray shows every state, and its menu does what the window does', async ({ serve, launch }) => {
  const server = await serve({ answer: { pcm: tone(6000), text: 'A long answer.' } })
  const parley = await launch({ server })
  const { page } = parley
  await expect.poll(() => toolTip(parley)).toBe('Parley – Idle')
  const idle = await face(parley)
  await pick(parley, 'Start conversation')
  await expectState(page, 'Ready')
  await expect.poll(() => toolTip(parley)).toBe('Parley – Ready')
  const ready = await face(parley)

  await pick(parley, 'Talk')
  await expectState(page, 'Listening')
  await expect.poll(() => items(parley)).toContain('Send')
  const listening = await face(parley)
  await page.waitForTimeout(700)
  await pick(parley, 'Send')
  await expectState(page, 'Speaking')
  await expect.poll(() => toolTip(parley)).toBe('Parley – Speaking')
  const speaking = await face(parley)
  await pick(parley, 'Stop answer')
  await expectState(page, 'Ready')

  await pick(parley, 'Mute microphone')
  await expect(page.getByRole('button', { name: 'Unmute microphone' })).toBeVisible()
  await expect.poll(() => toolTip(parley)).toBe('Parley – Ready, microphone muted')
  const muted = await face(parley)
  expect(new Set([idle, ready, listening, speaking, muted]).size).toBe(5)
  await pick(parley, 'Unmute microphone')
  await pick(parley, ['Persona', 'Thinking aloud'])
  await pick(parley, 'Settings…')
  const sheet = page.getByRole('dialog', { name: 'Settings' })
  await expect(sheet).toBeVisible()
  await expect.poll(async () => JSON.parse(await readFile(join(parley.userData, 'settings.json'), 'utf8')) as unknown).toMatchObject({ persona: 'thinking_aloud' })

  // Another language is another menu, at once.
  await page.evaluate(() => window.parley.request('settings.change', { language: 'de' }))
  await expect.poll(() => items(parley)).toContain('Gespräch beenden')
  expect(await outside(parley, (world) => world.applicationMenu()?.map(({ label }) => label))).toEqual(['Parley', 'Bearbeiten', 'Ansicht', 'Fenster'])
  await pick(parley, 'Gespräch beenden')
  await expect.poll(() => toolTip(parley)).toBe('Parley – Ruht')
  const gone = parley.app.waitForEvent('close')
  // The answer to this act may not come back any more.
  void pick(parley, 'Parley beenden').catch(() => undefined)
  await gone
})

test('the overlay: state, mute, question, place and end, without ever taking the focus', async ({ serve, launch, sound, folder }) => {
  // No room is as silent as a virtual one: of that Parley would say that the microphone is switched off.
  const room = join(folder, 'room.wav')
  writeWav(room, { rate: 48_000, samples: Int16Array.from({ length: 48_000 * 60 }, (_, i) => (((i * 7919) % 401) - 200)) })
  const over = new AbortController()
  const murmur = sound.speak(room, { signal: over.signal })
  const server = await serve({
    answer: ({ number }) =>
      number === 0 ? { functionCall: { name: 'open_web_page', arguments: JSON.stringify({ url: 'https://example.org/' }) } } : { pcm: tone(300), text: 'Then not.' },
  })
  const parley = await launch({ server })
  const { page } = parley
  await outside(parley, (world) => world.setDisplays([{ id: 1, bounds: { x: 0, y: 0, width: 1280, height: 1024 } }]))
  await page.getByRole('button', { name: 'Start conversation' }).click()
  await expectState(page, 'Ready')
  // The window is in use: it says all that the overlay would.
  expect(await windowAt(parley, '/overlay.html')).toBeNull()
  await elsewhere(parley)
  const overlay = await overlayOf(parley)
  await expect(overlay.getByRole('status', { name: 'State' })).toHaveText('Ready')
  const first = { x: 510, y: 922, width: 260, height: 64 }
  await expect
    .poll(() => windowAt(parley, '/overlay.html'))
    .toMatchObject({ visible: true, focused: false, focusable: false, alwaysOnTop: true, frame: false, transparent: true, skipTaskbar: true, contentProtected: false, bounds: first })

  await overlay.getByRole('button', { name: 'Mute microphone' }).click()
  await expect(page.getByRole('button', { name: 'Unmute microphone' })).toBeVisible()
  await overlay.getByRole('button', { name: 'Unmute microphone' }).click()
  await overlay.getByRole('button', { name: 'Mute speaker' }).click()
  await expect(page.getByRole('button', { name: 'Unmute speaker' })).toBeVisible()
  await expect(overlay.getByRole('button', { name: 'Unmute speaker' })).toBeVisible()

  // A function asks; the overlay makes room and carries the answer.
  await page.getByRole('textbox', { name: 'Message' }).fill('Open it.')
  await page.getByRole('textbox', { name: 'Message' }).press('Enter')
  await elsewhere(parley)
  await expect(overlay.getByText('Open example.org in the browser?')).toBeVisible()
  await expect.poll(async () => (await boundsOf(parley))?.height).toBeGreaterThan(120)
  await overlay.getByRole('button', { name: 'Don’t allow' }).click()
  await expect(overlay.getByText('Open example.org in the browser?')).toBeHidden()
  await expect.poll(() => boundsOf(parley)).toEqual(first)

  // Taken along anywhere but on its buttons; a display that goes takes it back, and brings it again.
  await outside(parley, (world) => world.moveCursor(560, 954))
  await overlay.locator('.pill-word').hover()
  await overlay.mouse.down()
  // Main goes by where the pointer is when it hears of the press; what is asked after that is answered after that.
  await overlay.evaluate(() => window.parley.request('state.get'))
  await outside(parley, (world) => world.moveCursor(160, 354))
  await overlay.mouse.move(40, 20)
  await overlay.mouse.up()
  const put = { x: 110, y: 322, width: 260, height: 64 }
  await expect.poll(() => boundsOf(parley)).toEqual(put)
  await outside(parley, (world) => world.setDisplays([{ id: 2, bounds: { x: 0, y: 0, width: 300, height: 300 } }]))
  await expect.poll(async () => (await boundsOf(parley))?.y).toBeLessThanOrEqual(236)
  await outside(parley, (world) => world.setDisplays([{ id: 1, bounds: { x: 0, y: 0, width: 1280, height: 1024 } }]))
  await expect.poll(() => boundsOf(parley)).toEqual(put)
  await expect.poll(() => existsSync(join(parley.userData, 'places.json'))).toBe(true)

  // Its menu is the tray's, from the page and from where the system moves it.
  await overlay.locator('.pill-word').click({ button: 'right' })
  await expect.poll(() => outside(parley, (world) => world.popups().length)).toBe(1)
  expect(await outside(parley, (world) => world.pickPopupItem('Mute microphone'))).toBe(true)
  await expect(overlay.getByRole('button', { name: 'Unmute microphone' })).toBeVisible()
  expect(await outside(parley, (world) => world.systemContextMenu(world.windows().find(({ url }) => url.endsWith('/overlay.html'))?.id ?? -1))).toBe(false)
  expect(await outside(parley, (world) => world.pickPopupItem('Unmute microphone'))).toBe(true)
  await expect(overlay.getByRole('button', { name: 'Mute microphone' })).toBeVisible()

  // Nobody is listened to at a locked screen.
  await outside(parley, (world) => world.power('lock-screen'))
  await expect(overlay.getByRole('button', { name: 'Unmute microphone' })).toBeVisible()
  await outside(parley, (world) => world.power('unlock-screen'))
  await expect(overlay.getByRole('button', { name: 'Mute microphone' })).toBeVisible()

  // Its page dies; the conversation does not.
  await crash(parley, '/overlay.html')
  await expect.poll(() => overlay.isClosed()).toBe(true)
  const again = await overlayOf(parley)
  await expect(again.getByRole('status', { name: 'State' })).toHaveText('Ready')
  expect(await windowAt(parley, '/overlay.html')).toMatchObject({ focused: false, bounds: put })
  expect(server.connections).toHaveLength(1)
  await again.getByRole('button', { name: 'End conversation' }).click()
  await expectState(page, 'Idle')
  await expect.poll(async () => (await windowAt(parley, '/overlay.html'))?.visible).toBe(false)
  over.abort()
  await murmur
})

test('closed into the tray it goes on, is told of what matters, and comes back by tray, start and link', async ({ serve, launch, folder }) => {
  const config = join(folder, 'config')
  const userData = join(folder, 'user-data')
  await mkdir(userData, { recursive: true })
  await writeFile(join(userData, 'settings.json'), JSON.stringify({ version: 1, startAtLogin: true, overlay: false }))
  const server = await serve({ answer: { pcm: tone(4000), text: 'A long answer.' } })
  // Whether this machine's own desktop shows tray icons must not matter.
  const parley = await launch({ server, userData, env: { XDG_CONFIG_HOME: config, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' } })
  const { page } = parley
  const autostart = join(config, 'autostart/org.parley.Parley.desktop')
  await expect.poll(() => existsSync(autostart)).toBe(true)
  expect(await readFile(autostart, 'utf8')).toMatch(/^Exec=.* --hidden$/m)

  await page.getByRole('textbox', { name: 'Message' }).fill('Tell me.')
  await page.getByRole('textbox', { name: 'Message' }).press('Enter')
  await expectState(page, 'Speaking')
  const close = (): Promise<boolean> => closeWindow(parley)
  const seen = async (): Promise<boolean | undefined> => (await windowAt(parley, '/index.html'))?.visible
  expect(await close()).toBe(false)
  await expect.poll(seen).toBe(false)
  await expect.poll(() => toolTip(parley)).toBe('Parley – Speaking')
  const said = (): Promise<string[]> => outside(parley, (world) => world.notifications.shown.map(({ body }) => body ?? ''))
  expect(await said()).toEqual(['Parley goes on without a window. Start it once more to see the window again.'])

  // Once only; and the click on the icon brings it back, with the same conversation.
  await outside(parley, (world) => world.clickTray())
  await expect.poll(seen).toBe(true)
  await expect(page.getByRole('article', { name: 'Parley' })).toContainText('A long answer.')
  await close()
  expect(await said()).toHaveLength(1)

  // A link shows a view and does no more; what is not one of ours does nothing.
  const link = (url: string): Promise<void> => outside(parley, (world, text) => world.secondInstance([], { command: null, link: text, hidden: false }), url)
  await link('parley://talk?start=1')
  await link('parley://start')
  expect(await seen()).toBe(false)
  expect(parley.log()).toContain('A link that Parley does not know was ignored.')
  await link('parley://settings')
  await expect.poll(seen).toBe(true)
  await expect(page.getByRole('dialog', { name: 'Settings' })).toBeVisible()
  await link('parley://talk')
  await expect(page.getByRole('dialog', { name: 'Settings' })).toBeHidden()
  await expect(page.getByRole('button', { name: 'Talk', exact: true })).toBeFocused()
  await expectState(page, 'Ready', 15_000)
  expect(server.connection.received.filter(({ event }) => event['type'] === 'input_audio_buffer.append')).toEqual([])

  // Hidden, it says what matters; a start without wishes shows the window, one at login does not.
  await close()
  await pick(parley, 'End conversation')
  server.options = { upgrade: { kind: 'status', status: 401 } }
  await pick(parley, 'Start conversation')
  await expect.poll(said).toContain('The server did not let Parley in. Click here to check the key and the address.')
  await outside(parley, (world) => world.secondInstance([], { command: null, link: null, hidden: true }))
  expect(await seen()).toBe(false)
  await outside(parley, (world) => world.notifications.click())
  await expect.poll(seen).toBe(true)
  await close()
  await outside(parley, (world) => world.secondInstance([], { command: null, link: null, hidden: false }))
  await expect.poll(seen).toBe(true)
})

/** Starts Parley with an argument, as the desktop does; the caller closes it. */
async function start(sound: SoundCard, folder: string, argument: string): Promise<ElectronApplication> {
  const userData = join(folder, 'user-data')
  await mkdir(userData, { recursive: true })
  await writeFile(join(userData, 'settings.json'), JSON.stringify({ version: 1, endpoint: { kind: 'practice' } }))
  const env = Object.entries({ ...process.env, ...sound.env, LANG: 'en_US.UTF-8', PARLEY_USER_DATA: userData })
  return _electron.launch({
    args: ['.', argument],
    cwd: join(import.meta.dirname, '../..'),
    env: Object.fromEntries(env.filter((pair): pair is [string, string] => pair[1] !== undefined)),
  })
}

const pageAt = (app: ElectronApplication, path: string): Page | undefined => app.windows().find((window) => new URL(window.url()).pathname === path)

test('started hidden, as at login, it shows no window until it is asked for', async ({ sound, folder }) => {
  const app = await start(sound, folder, '--hidden')
  try {
    await expect.poll(() => pageAt(app, '/sound.html') !== undefined).toBe(true)
    await app.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1000)))
    expect(pageAt(app, '/index.html')).toBeUndefined()
    await app.evaluate(({ app: running }) => void running.emit('second-instance', {}, [], '', { command: 'show' }))
    await expect.poll(() => pageAt(app, '/index.html') !== undefined).toBe(true)
  } finally {
    await app.close()
  }
})

test('started by a link it shows that view, once', async ({ sound, folder }) => {
  const app = await start(sound, folder, 'parley://settings')
  try {
    await expect.poll(() => pageAt(app, '/index.html') !== undefined).toBe(true)
    const page = pageAt(app, '/index.html') as Page
    await expect(page.getByRole('dialog', { name: 'Settings' })).toBeVisible()
    await page.reload()
    await expect(page.getByRole('button', { name: 'Start conversation' })).toBeVisible()
    await expect(page.getByRole('dialog', { name: 'Settings' })).toBeHidden()
  } finally {
    await app.close()
  }
})
