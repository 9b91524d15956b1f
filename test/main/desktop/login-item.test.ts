import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LoginItemSettings, Settings } from 'electron'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { autostartEntry, autostartFile, startCommand } from '../../../main/desktop/autostart-file.ts'
import { LoginItem } from '../../../main/desktop/login-item.ts'
import { memoryLog } from './fakes.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-login-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

function setUp(platform: NodeJS.Platform, more: { env?: Record<string, string>; packaged?: boolean; item?: Partial<LoginItemSettings> } = {}) {
  const registered: Settings[] = []
  const log = memoryLog()
  const outcomes: string[] = []
  const item = new LoginItem({
    app: {
      isPackaged: more.packaged ?? true,
      getAppPath: () => '/opt/Parley/resources/app.asar',
      setLoginItemSettings: (settings) => void registered.push(settings),
      getLoginItemSettings: () => ({ openAtLogin: true, wasOpenedAtLogin: false, status: 'enabled', executableWillLaunchAtLogin: true, launchItems: [], ...more.item }),
    },
    log,
    onOutcome: (outcome) => outcomes.push(outcome),
    platform,
    env: more.env ?? {},
    execPath: '/opt/Parley/parley',
    home: folder,
  })
  return { item, registered, log, outcomes }
}

describe('on Linux', () => {
  const file = () => join(folder, '.config/autostart/org.parley.Parley.desktop')

  it('is a file, written whole and removed', async () => {
    const { item } = setUp('linux')
    await item.follow(true)
    expect(await readFile(file(), 'utf8')).toBe(
      ['[Desktop Entry]', 'Type=Application', 'Version=1.0', 'Name=Parley', 'Comment=Voice assistant', 'Comment[de]=Sprachassistent', 'Exec=/opt/Parley/parley --hidden', 'Icon=parley', 'Terminal=false', 'StartupNotify=false', 'X-GNOME-Autostart-enabled=true', ''].join('\n'),
    )
    expect(await readdir(join(folder, '.config/autostart'))).toEqual(['org.parley.Parley.desktop'])
    await item.follow(false)
    expect(await readdir(join(folder, '.config/autostart'))).toEqual([])
  })

  it('stands where the desktop looks', () => {
    expect(autostartFile({ XDG_CONFIG_HOME: '/cfg' }, '/home/a')).toBe('/cfg/autostart/org.parley.Parley.desktop')
    expect(autostartFile({ XDG_CONFIG_HOME: 'relative' }, '/home/a')).toBe('/home/a/.config/autostart/org.parley.Parley.desktop')
    expect(autostartFile({}, '/home/a')).toBe('/home/a/.config/autostart/org.parley.Parley.desktop')
  })

  it('starts the AppImage, not its inside that is gone after a restart', () => {
    expect(startCommand({ APPIMAGE: '/home/a/Parley.AppImage' }, '/tmp/.mount_x/parley', null)).toEqual(['/home/a/Parley.AppImage'])
    expect(startCommand({}, '/opt/parley', null)).toEqual(['/opt/parley'])
    expect(startCommand({}, '/usr/bin/electron', '/src/parley')).toEqual(['/usr/bin/electron', '/src/parley'])
  })

  it.each([
    [['/opt/Parley/parley', '--hidden'], '/opt/Parley/parley --hidden'],
    [['/home/a b/Parley'], '"/home/a b/Parley"'],
    [['/home/100%/Parley'], '/home/100%%/Parley'],
    [['/home/"$`\\/Parley'], '"/home/\\\\"\\\\$\\\\`\\\\\\\\/Parley"'],
  ])('quotes %j', (command, exec) => {
    expect(autostartEntry(command)).toContain(`\nExec=${exec}\n`)
  })

  it('refuses what would begin another line of the file', () => {
    expect(() => autostartEntry(['/opt/x\nTerminal=true'])).toThrow('line break')
  })

  it('leaves alone what another has put there, until it is asked for', async () => {
    const { item } = setUp('linux')
    await mkdir(join(folder, '.config/autostart'), { recursive: true })
    await writeFile(file(), 'mine')
    await item.follow(false)
    expect(await readFile(file(), 'utf8')).toBe('mine')
    await item.follow(true)
    expect(await readFile(file(), 'utf8')).toContain('--hidden')
  })

  it('is not written again where it is right', async () => {
    await setUp('linux').item.follow(true)
    const before = await stat(file())
    await setUp('linux').item.follow(true)
    expect((await stat(file())).ino).toBe(before.ino)
  })

  it('says in the log when the disk refuses, and goes on', async () => {
    const { item, log, outcomes } = setUp('linux', { env: { XDG_CONFIG_HOME: join(folder, 'file') } })
    await writeFile(join(folder, 'file'), '')
    await item.follow(true)
    expect(log.lines).toEqual(['warn Starting at login could not be changed. "ENOTDIR"'])
    expect(outcomes).toEqual(['failed'])
  })
})

describe('on Windows and macOS', () => {
  it('is registered with the argument that shows no window', async () => {
    const windows = setUp('win32')
    await windows.item.follow(true)
    await windows.item.follow(true)
    await windows.item.follow(false)
    expect(windows.registered).toEqual([
      { openAtLogin: true, path: '/opt/Parley/parley', args: ['--hidden'] },
      { openAtLogin: false, path: '/opt/Parley/parley', args: ['--hidden'] },
    ])
    const mac = setUp('darwin', { item: { wasOpenedAtLogin: true, status: 'requires-approval' } })
    await mac.item.follow(true)
    expect(mac.registered).toEqual([{ openAtLogin: true }])
    expect(mac.item.openedAtLogin).toBe(true)
    await mac.item.follow(false)
    expect([mac.outcomes, windows.outcomes]).toEqual([['approval', ''], ['', '']])
    expect(windows.item.openedAtLogin).toBe(false)
  })
})
