/** What is known of one key. */
export interface KeyFacts {
  /** The code that the key hook reports; the same numbers on every system. */
  hook: number
  /** How Electron's accelerators name it; null: they cannot. */
  accelerator: string | null
  /** Pressed alone it types, moves or deletes something. */
  typing: boolean
  en: string
  de: string
}

const key = (hook: number, accelerator: string | null, en: string, de = en, typing = false): KeyFacts => ({ hook, accelerator, typing, en, de })
const typing = (hook: number, accelerator: string | null, en: string, de = en): KeyFacts => key(hook, accelerator, en, de, true)

/** Hook codes of the letters A–Z. */
const LETTER_CODES = [30, 48, 46, 32, 18, 33, 34, 35, 23, 36, 37, 38, 50, 49, 24, 25, 16, 19, 31, 20, 22, 47, 17, 45, 21, 44]
/** Hook codes of the digits 0–9 in the row above the letters. */
const DIGIT_CODES = [11, 2, 3, 4, 5, 6, 7, 8, 9, 10]
/** Hook codes of F1–F24. */
const F_CODES = [59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 87, 88, 91, 92, 93, 99, 100, 101, 102, 103, 104, 105, 106, 107]
/** Hook codes of the number pad's 0–9. */
const NUMPAD_CODES = [82, 79, 80, 81, 75, 76, 77, 71, 72, 73]

/**
 * The eight modifier keys, in the words of `KeyboardEvent.code`. Their names come from
 * `modifierName` in `chord.ts`, since they differ between systems.
 */
export const MODIFIER_KEYS = {
  ControlLeft: { hook: 29, modifier: 'ctrl', side: 'left' },
  ControlRight: { hook: 3613, modifier: 'ctrl', side: 'right' },
  AltLeft: { hook: 56, modifier: 'alt', side: 'left' },
  AltRight: { hook: 3640, modifier: 'alt', side: 'right' },
  ShiftLeft: { hook: 42, modifier: 'shift', side: 'left' },
  ShiftRight: { hook: 54, modifier: 'shift', side: 'right' },
  MetaLeft: { hook: 3675, modifier: 'meta', side: 'left' },
  MetaRight: { hook: 3676, modifier: 'meta', side: 'right' },
} as const
export type ModifierKeyId = keyof typeof MODIFIER_KEYS

/** Every other key that can be part of a chord, in the words of `KeyboardEvent.code`. */
export const KEYS: Readonly<Record<string, KeyFacts>> = {
  ...Object.fromEntries(LETTER_CODES.map((code, i) => [`Key${letter(i)}`, typing(code, letter(i), letter(i))])),
  ...Object.fromEntries(DIGIT_CODES.map((code, i) => [`Digit${i}`, typing(code, String(i), String(i))])),
  ...Object.fromEntries(F_CODES.map((code, i) => [`F${i + 1}`, key(code, `F${i + 1}`, `F${i + 1}`)])),
  ...Object.fromEntries(NUMPAD_CODES.map((code, i) => [`Numpad${i}`, typing(code, `num${i}`, `Number pad ${i}`, `Ziffernblock ${i}`)])),
  NumpadMultiply: typing(55, 'nummult', 'Number pad *', 'Ziffernblock *'),
  NumpadAdd: typing(78, 'numadd', 'Number pad +', 'Ziffernblock +'),
  NumpadSubtract: typing(74, 'numsub', 'Number pad −', 'Ziffernblock −'),
  NumpadDecimal: typing(83, 'numdec', 'Number pad .', 'Ziffernblock ,'),
  NumpadDivide: typing(3637, 'numdiv', 'Number pad /', 'Ziffernblock /'),
  Space: typing(57, 'Space', 'Space', 'Leertaste'),
  Enter: typing(28, 'Enter', 'Enter', 'Eingabe'),
  Tab: typing(15, 'Tab', 'Tab', 'Tab'),
  Backspace: typing(14, 'Backspace', 'Backspace', 'Rücktaste'),
  Delete: typing(3667, 'Delete', 'Delete', 'Entf'),
  ArrowUp: typing(57416, 'Up', 'Up arrow', 'Pfeil hoch'),
  ArrowDown: typing(57424, 'Down', 'Down arrow', 'Pfeil runter'),
  ArrowLeft: typing(57419, 'Left', 'Left arrow', 'Pfeil links'),
  ArrowRight: typing(57421, 'Right', 'Right arrow', 'Pfeil rechts'),
  Home: typing(3655, 'Home', 'Home', 'Pos1'),
  End: typing(3663, 'End', 'End', 'Ende'),
  PageUp: typing(3657, 'PageUp', 'Page up', 'Bild auf'),
  PageDown: typing(3665, 'PageDown', 'Page down', 'Bild ab'),
  Insert: key(3666, 'Insert', 'Insert', 'Einfg'),
  Escape: key(1, 'Escape', 'Escape', 'Esc'),
  // The lock keys have accelerators, but to swallow them would leave their lights wrong.
  CapsLock: key(58, null, 'Caps Lock', 'Feststelltaste'),
  NumLock: key(69, null, 'Num Lock', 'Num'),
  ScrollLock: key(70, null, 'Scroll Lock', 'Rollen'),
  PrintScreen: key(3639, 'PrintScreen', 'Print Screen', 'Druck'),
  ContextMenu: key(3677, null, 'Menu key', 'Menütaste'),
  Semicolon: typing(39, ';', ';'),
  Equal: typing(13, '=', '='),
  Comma: typing(51, ',', ','),
  Minus: typing(12, '-', '-'),
  Period: typing(52, '.', '.'),
  Slash: typing(53, '/', '/'),
  Backquote: typing(41, '`', '`'),
  BracketLeft: typing(26, '[', '['),
  Backslash: typing(43, '\\', '\\'),
  BracketRight: typing(27, ']', ']'),
  Quote: typing(40, "'", "'"),
}

function letter(index: number): string {
  return String.fromCharCode(65 + index)
}

/** Narrows a key's name to the modifiers. */
export function isModifierKey(id: string): id is ModifierKeyId {
  return Object.hasOwn(MODIFIER_KEYS, id)
}

/** The hook's code of a key; null for a name that is not known. */
export function hookCodeOf(id: string): number | null {
  if (isModifierKey(id)) return MODIFIER_KEYS[id].hook
  return Object.hasOwn(KEYS, id) ? (KEYS[id]?.hook ?? null) : null
}

const BY_HOOK = new Map<number, string>([
  ...Object.entries(KEYS).map(([id, facts]): [number, string] => [facts.hook, id]),
  ...Object.entries(MODIFIER_KEYS).map(([id, facts]): [number, string] => [facts.hook, id]),
  // The second Enter: which of the two was pressed makes no difference to a person.
  [3612, 'Enter'],
])

/** The key of a hook code; null: one that has no name (AltGr on Linux reports 0). */
export function keyOfHookCode(code: number): string | null {
  return BY_HOOK.get(code) ?? null
}
