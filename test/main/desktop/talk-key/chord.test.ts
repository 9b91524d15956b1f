import { describe, expect, it } from 'vitest'
import {
  acceleratorOf,
  checkChord,
  chordName,
  chordOf,
  chordOfDomKey,
  defaultChord,
  FALLBACK_CHORDS,
  keyChordSchema,
  type KeyChord,
} from '../../../../shared/talk-key/chord.ts'
import { hookCodeOf, KEYS, keyOfHookCode, MODIFIER_KEYS } from '../../../../shared/talk-key/keys.ts'

const dom = (code: string, key: string, parts: Partial<Record<'ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey', boolean>> = {}) => ({
  ...{ code, key, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false },
  ...parts,
})

describe('the keys', () => {
  it('have the codes that the native hook names', async () => {
    const { UiohookKey } = await import('uiohook-napi')
    const other: Record<string, string> = { Ctrl: 'ControlLeft', CtrlRight: 'ControlRight', Alt: 'AltLeft', Shift: 'ShiftLeft', Meta: 'MetaLeft' }
    // With Num Lock off the pad reports these; they cannot be chosen.
    const pad = /^Numpad(End|Home|Page|Arrow|Insert|Delete|Enter)/
    const named = Object.entries(UiohookKey).filter(([name]) => !pad.test(name))
    expect(named.length).toBeGreaterThan(90)
    for (const [name, code] of named) {
      const id = other[name] ?? (/^[A-Z]$/.test(name) ? `Key${name}` : /^\d$/.test(name) ? `Digit${name}` : name)
      expect({ id, code: hookCodeOf(id) }).toEqual({ id, code })
      expect(keyOfHookCode(code)).toBe(id)
    }
  })
  it('are each another code', () => {
    const codes = [...Object.values(KEYS), ...Object.values(MODIFIER_KEYS)].map(({ hook }) => hook)
    expect(new Set(codes).size).toBe(codes.length)
  })
  it('have no name for AltGr on Linux and for names of objects', () => {
    expect(keyOfHookCode(0)).toBeNull()
    expect(hookCodeOf('constructor')).toBeNull()
    expect(keyChordSchema.safeParse({ key: 'constructor', modifiers: [] }).success).toBe(false)
  })
})

describe('a stored chord', () => {
  it.each([chordOf('ControlRight'), chordOf('Space', ['shift', 'ctrl']), chordOf('KeyZ', ['ctrl', 'alt'], 'Y'), ...FALLBACK_CHORDS])('%j is accepted', (chord) => {
    expect(keyChordSchema.parse(JSON.parse(JSON.stringify(chord)))).toEqual(chord)
  })
  it.each<[string, unknown]>([
    ['unknown key', { key: 'Fn', modifiers: [] }],
    ['modifiers twice', { key: 'F8', modifiers: ['ctrl', 'ctrl'] }],
    ['modifiers out of order', { key: 'F8', modifiers: ['shift', 'ctrl'] }],
    ['a modifier with modifiers', { key: 'ControlRight', modifiers: ['alt'] }],
    ['a label that is no key', { key: 'KeyA', modifiers: ['ctrl'], label: 'ä' }],
    ['more than there is', { key: 'F8', modifiers: [], also: 1 }],
  ])('%s is not', (_what, value) => {
    expect(keyChordSchema.safeParse(value).success).toBe(false)
  })
})

describe('as an accelerator', () => {
  it.each<[KeyChord, string | null]>([
    [chordOf('F8'), 'F8'],
    [chordOf('Space', ['alt', 'ctrl']), 'Control+Alt+Space'],
    [chordOf('KeyZ', ['ctrl', 'meta'], 'Y'), 'Control+Super+Y'],
    [chordOf('Numpad5', ['ctrl']), 'Control+num5'],
    [chordOf('ControlRight'), null],
    [chordOf('CapsLock'), null],
    [chordOf('ContextMenu'), null],
  ])('%j is %s', (chord, accelerator) => {
    expect(acceleratorOf(chord)).toBe(accelerator)
  })
})

describe('what a person is told before choosing', () => {
  it.each<[KeyChord, NodeJS.Platform, object]>([
    [chordOf('ControlRight'), 'linux', { refusal: null, warnings: [] }],
    [chordOf('AltRight'), 'darwin', { refusal: null, warnings: [] }],
    [chordOf('F8'), 'win32', { refusal: null, warnings: [] }],
    [chordOf('KeyA'), 'linux', { refusal: 'types_text' }],
    [chordOf('KeyA', ['shift']), 'linux', { refusal: 'types_text' }],
    [chordOf('Space'), 'linux', { refusal: 'types_text' }],
    [chordOf('Enter'), 'linux', { refusal: 'types_text' }],
    [chordOf('Escape'), 'linux', { refusal: 'reserved' }],
    [chordOf('F4', ['alt']), 'win32', { refusal: 'reserved' }],
    [chordOf('KeyS', ['ctrl']), 'linux', { refusal: null, warnings: ['ctrl_letter'] }],
    [chordOf('KeyS', ['meta']), 'darwin', { refusal: null, warnings: ['ctrl_letter'] }],
    [chordOf('Space', ['ctrl', 'shift']), 'linux', { refusal: null, warnings: ['common_elsewhere'] }],
    [chordOf('KeyE', ['ctrl', 'alt']), 'win32', { warnings: ['types_with_alt'] }],
    [chordOf('KeyE', ['alt']), 'darwin', { warnings: ['types_with_alt'] }],
    [chordOf('AltRight'), 'win32', { warnings: ['types_with_alt'] }],
    [chordOf('ShiftLeft'), 'linux', { warnings: ['left_modifier'] }],
    [chordOf('CapsLock'), 'linux', { warnings: ['lock_key', 'not_swallowed'] }],
  ])('%j on %s', (chord, platform, expected) => {
    expect(checkChord(chord, platform)).toMatchObject(expected)
  })
  it('has nothing against the defaults and what comes in their place', () => {
    for (const platform of ['linux', 'win32', 'darwin'] as const) {
      for (const chord of [defaultChord(platform), ...FALLBACK_CHORDS]) expect(checkChord(chord, platform)).toEqual({ refusal: null, warnings: [] })
    }
  })
})

describe('as a person reads it', () => {
  it.each<[KeyChord, NodeJS.Platform, string, string]>([
    [chordOf('ControlRight'), 'linux', 'Right Ctrl', 'Rechte Strg'],
    [chordOf('AltRight'), 'darwin', 'Right Option', 'Rechte Option'],
    [chordOf('AltRight'), 'win32', 'Right Alt', 'Alt Gr'],
    [chordOf('MetaLeft'), 'win32', 'Left Windows', 'Linke Windows'],
    [chordOf('Space', ['ctrl', 'alt']), 'linux', 'Ctrl+Alt+Space', 'Strg+Alt+Leertaste'],
    [chordOf('KeyZ', ['ctrl', 'shift'], 'Y'), 'linux', 'Ctrl+Shift+Y', 'Strg+Umschalt+Y'],
    [chordOf('Space', ['meta', 'alt']), 'darwin', 'Option+Command+Space', 'Option+Command+Leertaste'],
    [chordOf('Delete', ['ctrl']), 'linux', 'Ctrl+Delete', 'Strg+Entf'],
  ])('%j on %s', (chord, platform, en, de) => {
    expect([chordName(chord, 'en', platform), chordName(chord, 'de', platform)]).toEqual([en, de])
  })
})

describe('pressed in a window', () => {
  it('is the same chord that the hook would read', () => {
    expect(chordOfDomKey(dom('ControlRight', 'Control', { ctrlKey: true }))).toEqual(chordOf('ControlRight'))
    expect(chordOfDomKey(dom('F8', 'F8', { ctrlKey: true }))).toEqual(chordOf('F8', ['ctrl']))
    expect(chordOfDomKey(dom('KeyC', 'c', { ctrlKey: true }))).toEqual(chordOf('KeyC', ['ctrl']))
  })
  it('remembers the letter of a layout that moves it', () => {
    expect(chordOfDomKey(dom('KeyZ', 'y', { ctrlKey: true }))).toEqual(chordOf('KeyZ', ['ctrl'], 'Y'))
    expect(chordOfDomKey(dom('Digit1', '!', { ctrlKey: true, shiftKey: true }))).toEqual(chordOf('Digit1', ['ctrl', 'shift']))
  })
  it('is nothing for keys that cannot be seen outside', () => {
    expect(chordOfDomKey(dom('Fn', 'Fn'))).toBeNull()
    expect(chordOfDomKey(dom('', 'Process'))).toBeNull()
  })
})
