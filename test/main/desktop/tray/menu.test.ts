import type { MenuItemConstructorOptions } from 'electron'
import { describe, expect, it } from 'vitest'
import { appMenu } from '../../../../main/desktop/app-menu.ts'
import { desktopTexts } from '../../../../main/desktop/texts.ts'
import { menuKey, trayMenu, type MenuActs, type MenuView } from '../../../../main/desktop/tray/menu.ts'
import de from '../../../../renderer/i18n/de.json' with { type: 'json' }
import en from '../../../../renderer/i18n/en.json' with { type: 'json' }

function recorder(): { acts: MenuActs; done: string[] } {
  const done: string[] = []
  const act =
    (name: string) =>
    (...args: unknown[]): void => {
      done.push([name, ...args.map(String)].join(' '))
    }
  const names = ['talk', 'send', 'stopAnswer', 'muteMicrophone', 'startConversation', 'endConversation', 'choosePersona', 'showOverlay', 'show', 'settings', 'quit'] as const
  return { acts: Object.fromEntries(names.map((name) => [name, act(name)])) as unknown as MenuActs, done }
}

const view = (more: Partial<MenuView['voice']> = {}, rest: Partial<MenuView> = {}): MenuView => ({
  voice: { state: 'idle', active: false, microphone: 'off', turnMode: 'hold', ...more },
  overlay: true,
  personas: [],
  ...rest,
})
const labels = (items: MenuItemConstructorOptions[]): string[] => items.map((item) => (item.type === 'separator' ? '—' : (item.label ?? '')))
const pick = (items: MenuItemConstructorOptions[], label: string): void => {
  const item = items.find((one) => one.label === label)
  if (item?.click === undefined) throw new Error(`no ${label}`)
  ;(item.click as () => void)()
}

describe('the menu of the tray', () => {
  it('offers everything that can be done, and does it', () => {
    const { acts, done } = recorder()
    const items = trayMenu(view(), desktopTexts('en'), acts)
    expect(labels(items)).toEqual(['Talk', 'Mute microphone', 'Start conversation', '—', 'Show Parley', 'Show overlay', 'Settings…', '—', 'Quit Parley'])
    for (const label of labels(items).filter((one) => one !== '—')) pick(items, label)
    expect(done).toEqual(['talk', 'muteMicrophone true', 'startConversation', 'show', 'showOverlay false', 'settings', 'quit'])
  })

  it.each<[Partial<MenuView['voice']>, string[]]>([
    [{ state: 'listening', active: true, microphone: 'live' }, ['Send', 'Mute microphone', 'End conversation']],
    [{ state: 'speaking', active: true }, ['Stop answer', 'Mute microphone', 'End conversation']],
    [{ state: 'thinking', active: true, microphone: 'muted' }, ['Stop answer', 'Unmute microphone', 'End conversation']],
    [{ state: 'listening', active: true, turnMode: 'open_line' }, ['Mute microphone', 'End conversation', '—']],
    [{ state: 'speaking', active: true, turnMode: 'open_line' }, ['Stop answer', 'Mute microphone', 'End conversation']],
    [{ turnMode: 'open_line' }, ['Mute microphone', 'Start conversation', '—']],
  ])('%j begins with %j', (voice, first) => {
    expect(labels(trayMenu(view(voice), desktopTexts('en'), recorder().acts)).slice(0, 3)).toEqual(first)
  })

  it('lets a persona be chosen where there are any', () => {
    const { acts, done } = recorder()
    const personas = [
      { id: 'everyday', label: 'Everyday', chosen: true },
      { id: 'tutor', label: 'Tutor', chosen: false },
    ]
    const items = trayMenu(view({}, { personas, overlay: null }), desktopTexts('de'), acts)
    expect(labels(items)).toEqual(['Sprechen', 'Mikrofon stummschalten', 'Gespräch starten', '—', 'Rolle', '—', 'Parley anzeigen', 'Einstellungen…', '—', 'Parley beenden'])
    const submenu = items.find(({ label }) => label === 'Rolle')?.submenu as MenuItemConstructorOptions[]
    expect(submenu.map(({ label, type, checked }) => [label, type, checked])).toEqual([['Everyday', 'radio', true], ['Tutor', 'radio', false]])
    pick(submenu, 'Tutor')
    expect(done).toEqual(['choosePersona tutor'])
  })

  it('is made anew exactly when it would read differently', () => {
    const key = (voice: Partial<MenuView['voice']>, rest: Partial<MenuView> = {}, language = 'en'): string => menuKey(view(voice, rest), language)
    expect(key({ state: 'ready', active: true })).toBe(key({ state: 'connecting', active: true }))
    expect(key({ state: 'speaking', active: true })).toBe(key({ state: 'thinking', active: true, microphone: 'armed' }))
    const different = [key({}), key({ active: true }), key({ microphone: 'muted' }), key({ state: 'listening' }), key({ turnMode: 'tap' }), key({}, { overlay: false }), key({}, {}, 'de'), key({}, { personas: [{ id: 'a', label: 'A', chosen: true }] })]
    expect(new Set(different).size).toBe(different.length)
  })
})

describe('the menu bar', () => {
  const acts = { show: () => undefined, settings: () => undefined, quit: () => undefined }
  const flat = (items: MenuItemConstructorOptions[]): MenuItemConstructorOptions[] => items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flat(item.submenu) : [])])

  it.each(['darwin', 'win32', 'linux'] as const)('has the keys for copying, zooming, settings and quitting, and no developer’s tools: %s', (platform) => {
    const items = flat(appMenu(platform, desktopTexts('en'), acts))
    const roles = items.flatMap(({ role }) => role ?? [])
    for (const role of ['undo', 'cut', 'copy', 'paste', 'selectAll', 'zoomIn', 'zoomOut', 'resetZoom', 'minimize', 'close']) expect(roles).toContain(role)
    for (const role of ['reload', 'forceReload', 'toggleDevTools']) expect(roles).not.toContain(role)
    expect(items.flatMap(({ accelerator }) => accelerator ?? [])).toEqual(['CommandOrControl+,', 'CommandOrControl+Q'])
    expect(roles.includes('hide')).toBe(platform === 'darwin')
    expect(items.every(({ label, type }) => type === 'separator' || (label ?? '') !== '')).toBe(true)
  })
})

describe('the texts of main', () => {
  it('use the words of the windows', () => {
    for (const [texts, words] of [[desktopTexts('en'), en], [desktopTexts('de'), de]] as const) {
      for (const [state, word] of Object.entries(texts.states)) expect(word).toBe(words.state[state as keyof typeof texts.states])
      expect(texts.muteMicrophone).toBe(words.footer.muteMicrophone)
      expect(texts.unmuteMicrophone).toBe(words.footer.unmuteMicrophone)
      expect(texts.startConversation).toBe(words.footer.startConversation)
      expect(texts.endConversation).toBe(words.footer.endConversation)
      expect(texts.stopAnswer).toBe(words.conversation.stop)
    }
  })
})
