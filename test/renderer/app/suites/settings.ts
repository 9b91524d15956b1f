import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { failure } from '../../../../shared/failure.ts'
import { app, scenes } from '../harness/scenes.ts'
import { calls, type Stage } from '../harness/stage.ts'

const openai = { settings: { endpoint: { kind: 'openai' as const, url: '', model: 'gpt-realtime-2.1' } }, key: { present: true, source: 'stored' as const, origin: 'wss://api.openai.com', backend: 'GNOME Keyring', backendVerified: true, unprotected: false } }

const sheet = (page: Page) => page.getByRole('dialog', { name: 'Settings' })

/** What the settings asked for. */
const asked = async (page: Page): Promise<string[]> => (await calls(page)).filter((call) => !/preview|refresh/.test(call))

async function open(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click()
  await sheet(page).waitFor()
}

/** Every row of the settings, the search over them, and the way back to what Parley comes with. */
export function settingsSuite(stage: () => Stage): void {
  describe('settings', () => {
    it('change one thing each', async () => {
      const page = await stage().open(app({ settings: { ...openai.settings, turnMode: 'open_line' }, key: openai.key }))
      await open(page)
      const s = sheet(page)
      const picks: [string, string, string][] = [
        ['A pause ends your turn', 'only when it is long', '{"pace":"patient"}'],
        ['Keep the microphone open after a turn', 'as long as the conversation runs', '{"armed":"session"}'],
        ['Speaker', 'Headphones', '{"speakerId":"c3"}'],
        ['Microphone', 'USB Microphone', '{"microphoneId":"a1"}'],
        ['Voice', 'Cedar', '{"voice":"cedar"}'],
        ['Most for one conversation', '$5.00', '{"capSessionUsd":5}'],
        ['Most for one day', '$10.00', '{"capDayUsd":10}'],
        ['Most for one day, where prices are not known', '60 minutes', '{"capDayMinutes":60}'],
        ['Close a silent line', 'never', '{"idleStopMinutes":0}'],
        ['Overlay', 'hidden', '{"overlay":false}'],
        ['Language', 'Deutsch', '{"language":"de"}'],
        ['Theme', 'Dark', '{"theme":"dark"}'],
      ]
      for (const [label, option] of picks) await s.getByLabel(label, { exact: true }).selectOption(option)
      const boxes: [string, string][] = [
        ['Let the server judge by meaning', '{"byMeaning":true}'],
        ['Do not listen while Parley speaks', '{"halfDuplex":true}'],
        ['Short sounds for listening', '{"cues":false}'],
        ['Keep a Bluetooth microphone open too', '{"armBluetooth":true}'],
        ['The overlay comes along', '{"overlayFollows":false}'],
        ['Leave the overlay out', '{"overlayProtected":true}'],
        ['Start when I log in', '{"startAtLogin":true}'],
        ['Closing the window leaves Parley running', '{"closeToTray":false}'],
        ['Keep conversations on this computer', '{"keepHistory":false}'],
        ['Keep the sound of every turn too', '{"keepSound":true}'],
      ]
      for (const [label] of boxes) await s.getByRole('checkbox', { name: label }).click()
      await s.getByRole('radio', { name: 'Tap to talk' }).click()
      expect(await asked(page)).toEqual([...picks.map(([, , patch]) => patch), ...boxes.map(([, patch]) => patch), '{"turnMode":"tap"}'].map((patch) => `settings.change [${patch}]`))
    })

    it('move sliders with the keyboard, and write once they rest', async () => {
      const page = await stage().open(app())
      await open(page)
      const volume = sheet(page).getByRole('slider', { name: 'Volume' })
      await volume.focus()
      // Held down, it repeats: at once, since a computer that is busy between two presses lets the slider rest.
      await Promise.all(Array.from({ length: 4 }, () => page.keyboard.down('ArrowLeft')))
      await page.keyboard.up('ArrowLeft')
      expect(await volume.getAttribute('aria-valuetext')).toBe('80 percent')
      await expect.poll(() => asked(page)).toEqual(['settings.change [{"volume":0.8}]'])
      await sheet(page).getByRole('slider', { name: 'Speed of speech' }).press('ArrowRight')
      await page.keyboard.press('Escape') // before it has rested
      await expect.poll(() => asked(page)).toEqual(['settings.change [{"volume":0.8}]', 'settings.change [{"speed":1.05}]'])
    })

    it('do not take a slider back to where it rested when it has been moved on', async () => {
      const page = await stage().open(app())
      await open(page)
      const volume = sheet(page).getByRole('slider', { name: 'Volume' })
      await volume.press('ArrowLeft')
      await expect.poll(() => asked(page)).toContain('settings.change [{"volume":0.95}]')
      await volume.press('ArrowLeft')
      // The answer to the first comes only now.
      await page.evaluate(() => window.fake.set({ settings: { ...window.fake.state.settings, volume: 0.95 } }))
      expect(await volume.inputValue()).toBe('0.9')
      await expect.poll(() => asked(page)).toContain('settings.change [{"volume":0.9}]')
      await page.evaluate(() => window.fake.set({ settings: { ...window.fake.state.settings, volume: 0.9 } }))
      expect(await volume.inputValue()).toBe('0.9')
      // Changed elsewhere, it follows.
      await page.evaluate(() => window.fake.set({ settings: { ...window.fake.state.settings, volume: 0.3 } }))
      await expect.poll(() => volume.inputValue()).toBe('0.3')
    })

    it('reset one row to what Parley comes with, and offer it only where it differs', async () => {
      const page = await stage().open(app({ settings: { voice: 'cedar', halfDuplex: true } }))
      await open(page)
      const resets = sheet(page).getByRole('button', { name: /^Reset/ })
      // theme and language are set by the scene
      expect(await resets.evaluateAll((all) => all.map((one) => one.ariaLabel))).toEqual(['Reset Do not listen while Parley speaks', 'Reset Voice', 'Reset Language', 'Reset Theme'])
      await resets.nth(1).click()
      expect(await asked(page)).toEqual(['settings.change [{"voice":"marin"}]'])
      await page.evaluate(() => window.fake.set({ settings: { ...window.fake.state.settings, voice: 'marin' } }))
      await expect.poll(() => resets.count()).toBe(3)
    })

    it('are searched by label, remark, choice and heading, with the keyboard alone', async () => {
      const page = await stage().open(app())
      await open(page)
      const field = sheet(page).getByRole('textbox', { name: 'Search settings' })
      const rows = (): Promise<string[]> => sheet(page).locator('.row').evaluateAll((all) => all.map((row) => (row as HTMLElement).dataset['row'] ?? ''))
      await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('settings-search')
      await page.keyboard.type('theme')
      expect(await rows()).toEqual(['theme'])
      await sheet(page).getByText('1 setting', { exact: true }).waitFor()
      await field.fill('meaning') // shown on the open line only
      expect(await rows()).toEqual(['byMeaning'])
      await field.fill('costs')
      expect(await rows()).toEqual(['capSessionUsd', 'capDayUsd', 'capDayMinutes', 'idleStopMinutes'])
      await field.fill('weather')
      await sheet(page).getByText('Nothing found for “weather”.').waitFor()
      await page.keyboard.press('Escape')
      expect(await field.inputValue()).toBe('')
      expect((await rows()).length).toBeGreaterThan(20)
      await page.keyboard.press('Tab')
      await page.keyboard.press('Control+f')
      await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('settings-search')
      await page.keyboard.press('Escape')
      await sheet(page).waitFor({ state: 'detached' })
    })

    it('are searched in the language of the interface', async () => {
      const page = await stage().open(app({ language: 'de' }))
      await page.getByRole('button', { name: 'Einstellungen' }).click()
      await page.getByRole('textbox', { name: 'Einstellungen durchsuchen' }).fill('lautstarke')
      await page.getByRole('slider', { name: 'Lautstärke' }).waitFor()
    })

    it('say where the key is, forget it, and lead to another server', async () => {
      const page = await stage().open(app(openai))
      await open(page)
      await sheet(page).getByText('stored, probably in GNOME Keyring').waitFor()
      await sheet(page).getByRole('button', { name: 'Forget key' }).click()
      await page.evaluate(() => window.fake.set({ key: { present: true, source: 'session', origin: 'wss://api.openai.com', backend: '', backendVerified: false, unprotected: false } }))
      await sheet(page).getByText('kept until you quit, since this system offers no safe place for it').waitFor()
      expect(await sheet(page).getByRole('button', { name: 'Keep it anyway' }).count()).toBe(0)
      await sheet(page).getByRole('button', { name: 'Change', exact: true }).click()
      await sheet(page).waitFor({ state: 'detached' })
      expect(await asked(page)).toEqual(['key.forget', 'onboarding.show [true]'])
    })

    it('store a key without protection only when asked to, and say so', async () => {
      const page = await stage().open(app({ ...openai, key: { ...openai.key, source: 'session', backend: '', backendVerified: false, unprotected: true } }))
      await open(page)
      await sheet(page).getByText('This system has no safe key store, so Parley keeps the key until you quit.').waitFor()
      expect(await asked(page)).toEqual([])
      await sheet(page).getByRole('button', { name: 'Keep it anyway' }).click()
      await expect.poll(() => asked(page)).toEqual(['key.store'])
      await page.evaluate(() => window.fake.set({ key: { ...window.fake.state.key, source: 'stored' } }))
      await sheet(page).getByText('stored without protection; your other programs can read it').waitFor()
      expect(await sheet(page).getByRole('button', { name: 'Keep it anyway' }).count()).toBe(0)
      await sheet(page).getByRole('button', { name: 'Forget key' }).waitFor()
    })

    it('try another model before it is used, and say why when it does not work', async () => {
      const page = await stage().open(app(openai))
      await page.evaluate((f) => {
        window.fake.answers['endpoint.choose'] = f
      }, failure('no_access', { model: 'gpt-realtime-2.1-mini' }))
      await open(page)
      const model = sheet(page).getByLabel('Model', { exact: true })
      await model.selectOption('Quick and inexpensive: 0.6 ¢ a minute you speak, 2.4 ¢ it speaks')
      await sheet(page).getByText('This key may not use the model “gpt-realtime-2.1-mini”.').waitFor()
      expect(await model.inputValue()).toBe('gpt-realtime-2.1')
      expect(await asked(page)).toEqual(['endpoint.choose [{"kind":"openai","url":"","model":"gpt-realtime-2.1-mini","key":"","insecureConsent":false}]'])
    })

    it('delete what is kept only at the second press', async () => {
      const page = await stage().open(app())
      await open(page)
      await sheet(page).getByRole('button', { name: 'Delete all' }).click()
      await sheet(page).getByRole('button', { name: 'Keep them' }).click()
      await sheet(page).getByRole('button', { name: 'Delete all' }).click()
      expect(await asked(page)).toEqual([])
      await sheet(page).getByRole('button', { name: 'Really delete all' }).click()
      await sheet(page).getByText('All kept conversations are deleted.').waitFor()
      expect(await asked(page)).toEqual(['history.deleteAll'])
    })

    it('open the microphone only when asked', async () => {
      const page = await stage().open(app())
      await open(page)
      expect(await calls(page)).not.toContain('microphone.preview [true]')
      await sheet(page).getByRole('button', { name: 'Try the microphone' }).click()
      await sheet(page).getByText('Say something.').waitFor()
      expect(await calls(page)).toContain('microphone.preview [true]')
    })

    it('take Escape for themselves while they are open', async () => {
      const page = await stage().open(scenes['speaking'] ?? app())
      await open(page)
      await page.keyboard.press('Escape')
      await sheet(page).waitFor({ state: 'detached' })
      expect(await calls(page)).not.toContain('answer.stop')
      await page.keyboard.press('Escape')
      expect(await calls(page)).toContain('answer.stop')
    })
  })
}

const verdict = (key: string, more: object = {}): object => ({ ok: true, verdict: { chord: { key, modifiers: [] }, refusal: null, warnings: [], suggestion: null, ...more } })

/** Choosing the talk key by pressing it. */
export function talkKeySettingsSuite(stage: () => Stage): void {
  /** Opens the settings; the next capture ends with `value`, or waits. */
  async function at(value: object | null): Promise<Page> {
    const page = await stage().open(app())
    await page.evaluate((v) => {
      if (v === null) window.fake.answers['talkKey.capture'] = 'pending'
      else window.fake.values['talkKey.capture'] = v
    }, value)
    await open(page)
    return page
  }
  const press = (page: Page) => sheet(page).getByRole('button', { name: 'Press another key' }).click()
  const talkKeyCalls = async (page: Page): Promise<string[]> => (await asked(page)).filter((call) => /talkKey/.test(call))

  describe('choosing the talk key', () => {
    it('takes what was pressed, and says what speaks against it', async () => {
      const page = await at(verdict('ControlLeft', { warnings: ['left_modifier'] }))
      await press(page)
      await sheet(page).getByText('Left Ctrl is part of many shortcuts').waitFor()
      expect(await talkKeyCalls(page)).toEqual(['talkKey.capture', 'settings.change [{"talkKey":{"key":"ControlLeft","modifiers":[]}}]'])
    })

    it('knows the standard key again', async () => {
      const page = await at(verdict('ControlRight'))
      await press(page)
      await expect.poll(() => talkKeyCalls(page)).toEqual(['talkKey.capture', 'settings.change [{"talkKey":null}]'])
    })

    it('says why a key is refused, and offers one that is free', async () => {
      const page = await at(verdict('F8', { refusal: 'taken', suggestion: { key: 'F9', modifiers: [] } }))
      await press(page)
      await sheet(page).getByText('Another program already has F8.').waitFor()
      expect(await talkKeyCalls(page)).toEqual(['talkKey.capture'])
      await sheet(page).getByRole('button', { name: 'Use F9 instead' }).click()
      expect(await talkKeyCalls(page)).toContain('settings.change [{"talkKey":{"key":"F9","modifiers":[]}}]')
    })

    it('keeps every key from doing what it usually does, and passes on what the window saw', async () => {
      const page = await at(null)
      await press(page)
      await sheet(page).getByText('Press the key…').waitFor()
      await page.keyboard.press('Space') // the button has the focus
      await page.keyboard.press('Control+Alt+KeyQ')
      await page.keyboard.press('ControlRight')
      expect(await talkKeyCalls(page)).toEqual([
        'talkKey.capture',
        'talkKey.pressed [{"key":"Space","modifiers":[]}]',
        'talkKey.pressed [{"key":"KeyQ","modifiers":["ctrl","alt"]}]',
        'talkKey.pressed [{"key":"ControlRight","modifiers":[]}]',
      ])
      await sheet(page).getByText('Press the key…').waitFor()
    })

    it.each(['Escape', 'Tab'])('is left with %s; the sheet stays open', async (key) => {
      const page = await at(null)
      await press(page)
      await sheet(page).getByText('Press the key…').waitFor()
      await page.keyboard.press(key)
      await expect.poll(() => talkKeyCalls(page)).toEqual(['talkKey.capture', 'talkKey.captureCancel'])
      expect(await sheet(page).isVisible()).toBe(true)
      const focused = await page.evaluate(() => document.activeElement?.textContent)
      expect(focused === 'Cancel').toBe(key === 'Escape')
    })

    it('says which way serves the key, and leads to the permission that is missing', async () => {
      const page = await stage().open(app({ talkKey: { provider: 'shortcut', canHold: false, name: 'F8', chosen: 'Right Option', reasons: ['accessibility_needed'] } }))
      await open(page)
      await sheet(page).getByText('F8 works as a switch').waitFor()
      await sheet(page).getByRole('button', { name: 'Open the system’s settings' }).click()
      expect(await asked(page)).toContain('talkKey.askAccess')
    })

    it('takes a press by its length when asked to', async () => {
      const page = await stage().open(app({ settings: { talkKeyAutomatic: true } }))
      await open(page)
      await sheet(page).getByRole('slider', { name: 'Longest tap' }).press('ArrowRight')
      await expect.poll(() => asked(page)).toEqual(['settings.change [{"talkKeyTapMs":450}]'])
      await sheet(page).getByRole('checkbox', { name: 'Hold or tap, whichever you do' }).click()
      expect(await asked(page)).toContain('settings.change [{"talkKeyAutomatic":false}]')
    })
  })
}

/** What is written to files: the conversation, and diagnostics. */
export function filesSuite(stage: () => Stage): void {
  describe('files', () => {
    it('saves the conversation in either form, with the keyboard alone', async () => {
      const page = await stage().open(scenes['ready'] ?? app())
      await page.evaluate(() => {
        window.fake.values['conversation.export'] = true
      })
      await page.getByRole('button', { name: 'Save conversation' }).focus()
      await page.keyboard.press('Enter')
      await page.getByRole('menuitem', { name: 'As text (Markdown)' }).waitFor()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await page.getByText('Saved').waitFor()
      expect((await calls(page)).filter((call) => call.startsWith('conversation.export'))).toHaveLength(1)
      await page.getByRole('button', { name: 'Save conversation' }).click()
      await page.getByRole('menuitem', { name: 'As data (JSON)' }).click()
      await expect.poll(() => calls(page)).toContain('conversation.export ["json"]')
    })

    it('says why a file could not be written, and offers the dialog again', async () => {
      const page = await stage().open(scenes['ready'] ?? app())
      await page.evaluate((f) => {
        window.fake.answers['conversation.export'] = f
      }, failure('file_full', { file: 'talk.md' }, ['retry', 'dismiss']))
      await page.getByRole('button', { name: 'Save conversation' }).click()
      await page.getByRole('menuitem', { name: 'As text (Markdown)' }).click()
      await page.getByText('The file “talk.md” could not be written: the disk is full.').waitFor()
      await page.getByRole('button', { name: 'Try again' }).click()
      expect((await calls(page)).filter((call) => call === 'conversation.export ["markdown"]')).toHaveLength(2)
    })

    it('writes diagnostics without words unless that is ticked', async () => {
      const page = await stage().open(app())
      await page.evaluate(() => {
        window.fake.values['diagnostics.save'] = true
      })
      await open(page)
      await sheet(page).getByRole('button', { name: 'Save diagnostics' }).click()
      await sheet(page).getByText('Saved. You can read the file').waitFor()
      await sheet(page).getByRole('checkbox', { name: 'With what was said' }).click()
      await sheet(page).getByRole('button', { name: 'Save diagnostics' }).click()
      await sheet(page).getByRole('button', { name: 'Show log' }).click()
      await expect.poll(() => asked(page)).toEqual(['diagnostics.save [{"words":false}]', 'diagnostics.save [{"words":true}]', 'logs.show'])
    })

    it('leads to the licences of others, and says where they are when nothing opens them', async () => {
      const page = await stage().open(app())
      await open(page)
      await page.evaluate((f) => {
        window.fake.answers['licences.show'] = f
      }, failure('file_unopened', { file: 'third-party-licences.txt', folder: '/opt/Parley' }, ['dismiss']))
      await sheet(page).getByRole('button', { name: 'Show licences' }).click()
      await page.getByText('“third-party-licences.txt” (/opt/Parley) could not be opened.').waitFor()
      expect(await asked(page)).toEqual(['licences.show'])
    })
  })
}
