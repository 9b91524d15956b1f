import { z } from '../zod.ts'
import { isModifierKey, KEYS, MODIFIER_KEYS, type ModifierKeyId } from './keys.ts'

export const MODIFIERS = ['ctrl', 'alt', 'shift', 'meta'] as const
export type Modifier = (typeof MODIFIERS)[number]

/**
 * The talk key: one key with any modifiers, or a modifier alone. Keys are named by position
 * (`KeyboardEvent.code`), so that a chord does not move when the layout is changed.
 */
export const keyChordSchema = z
  .strictObject({
    /** `F8`, `KeyA`, `Space`, `ControlRight` … */
    key: z.string().refine((id) => isModifierKey(id) || Object.hasOwn(KEYS, id)),
    /** In the order of {@link MODIFIERS}, each once; empty when `key` is itself a modifier. */
    modifiers: z.array(z.enum(MODIFIERS)).max(4),
    /** What the key types in the layout in which it was chosen, `A`–`Z` or `0`–`9`; absent: as on a US keyboard. */
    label: z
      .string()
      .regex(/^[A-Z0-9]$/)
      .optional(),
  })
  .refine(({ modifiers }) => modifiers.every((m, i) => i === 0 || MODIFIERS.indexOf(m) > MODIFIERS.indexOf(modifiers[i - 1] ?? m)))
  .refine(({ key, modifiers }) => !isModifierKey(key) || modifiers.length === 0)
export type KeyChord = z.infer<typeof keyChordSchema>

/** Makes a chord; modifiers in any order. */
export function chordOf(key: string, modifiers: readonly Modifier[] = [], label?: string): KeyChord {
  const ordered = MODIFIERS.filter((m) => modifiers.includes(m))
  return label === undefined ? { key, modifiers: ordered } : { key, modifiers: ordered, label }
}

/** The same chord? */
export function sameChord(a: KeyChord, b: KeyChord): boolean {
  return a.key === b.key && a.label === b.label && a.modifiers.join() === b.modifiers.join()
}

/** The talk key when none was chosen: right Ctrl, on a Mac right Option. Neither has a meaning of its own in most programs. */
export function defaultChord(platform: string): KeyChord {
  return chordOf(platform === 'darwin' ? 'AltRight' : 'ControlRight')
}

/** What is tried, in this order, when the chosen chord cannot be had. */
export const FALLBACK_CHORDS: readonly KeyChord[] = [
  chordOf('F8'),
  chordOf('F9'),
  chordOf('Space', ['ctrl', 'alt']),
  chordOf('F12', ['ctrl', 'shift']),
]

/** A modifier without any other key. */
export function isModifierAlone(chord: KeyChord): boolean {
  return isModifierKey(chord.key)
}

/** The chord as an Electron accelerator; null when accelerators cannot name it (a modifier alone, a lock key, the menu key). */
export function acceleratorOf(chord: KeyChord): string | null {
  const facts = factsOf(chord)
  if (facts === null || facts.accelerator === null) return null
  const names: Record<Modifier, string> = { ctrl: 'Control', alt: 'Alt', shift: 'Shift', meta: 'Super' }
  return [...chord.modifiers.map((m) => names[m]), chord.label ?? facts.accelerator].join('+')
}

/** What a page knows of a key that goes down. */
export interface DomKey {
  code: string
  key: string
  ctrlKey: boolean
  altKey: boolean
  shiftKey: boolean
  metaKey: boolean
}

/** The chord of a `keydown` in a page; null for a key that cannot be used (unknown, or being composed). */
export function chordOfDomKey(event: DomKey): KeyChord | null {
  if (isModifierKey(event.code)) return chordOf(event.code)
  if (!Object.hasOwn(KEYS, event.code)) return null
  const modifiers = MODIFIERS.filter((m) => event[`${m}Key`])
  const label = /^[a-z0-9]$/i.test(event.key) && /^(Key|Digit)/.test(event.code) ? event.key.toUpperCase() : undefined
  // Shift makes the digits punctuation on most layouts; the name of the position says it as well.
  return chordOf(event.code, modifiers, label !== undefined && !event.code.endsWith(label) ? label : undefined)
}

/** Why a chord cannot be the talk key. */
export const CHORD_REFUSALS = [
  'types_text', // pressed while writing, it would talk
  'reserved', // the system or every program needs it (Escape, Alt+F4, Alt+Tab)
  'needs_hook', // can only be seen by the key hook, which is not available
  'taken', // another program has it
  'unknown_key', // a key without a name (Fn, AltGr on Linux)
] as const
export type ChordRefusal = (typeof CHORD_REFUSALS)[number]

/** What a person should know before choosing a chord. */
export const CHORD_WARNINGS = [
  'ctrl_letter', // taken away from every other program (select all, save, copy)
  'common_elsewhere', // well known in other programs or input methods
  'types_with_alt', // types a character on many layouts (Option, AltGr)
  'left_modifier', // pressed all the time for other shortcuts
  'lock_key', // also switches its light
  'not_swallowed', // other programs see the key as well
] as const
export type ChordWarning = (typeof CHORD_WARNINGS)[number]

export interface ChordCheck {
  refusal: ChordRefusal | null
  warnings: ChordWarning[]
}

const COMMON = ['ctrl+Space', 'ctrl+shift+Space', 'alt+Space', 'meta+Space', 'F1', 'F5', 'F11', 'PrintScreen']
const RESERVED = ['Escape', 'alt+F4', 'alt+Tab', 'alt+shift+Tab', 'meta+Tab', 'ctrl+alt+Delete', 'meta+KeyL', 'meta+KeyQ', 'meta+KeyW']

/** What speaks against a chord by its nature; whether it is free only the system can say. */
export function checkChord(chord: KeyChord, platform: string): ChordCheck {
  const name = [...chord.modifiers, chord.key].join('+')
  const strong = chord.modifiers.filter((m) => m !== 'shift')
  const facts = factsOf(chord)
  const types = facts?.typing === true
  const isLetter = /^(Key|Digit)/.test(chord.key)
  const refusal: ChordRefusal | null = RESERVED.includes(name) ? 'reserved' : types && strong.length === 0 ? 'types_text' : null

  const warnings: ChordWarning[] = []
  const one = strong.length === 1 ? strong[0] : null
  if (isLetter && (one === 'ctrl' || one === 'meta')) warnings.push('ctrl_letter')
  if (COMMON.includes(name)) warnings.push('common_elsewhere')
  const optionTypes = platform === 'darwin' && types && one === 'alt'
  const altGrTypes = platform !== 'darwin' && isLetter && strong.join() === 'ctrl,alt'
  const altGrAlone = platform !== 'darwin' && chord.key === 'AltRight'
  if (optionTypes || altGrTypes || altGrAlone) warnings.push('types_with_alt')
  if (isModifierKey(chord.key) && MODIFIER_KEYS[chord.key].side === 'left') warnings.push('left_modifier')
  if (/Lock$/.test(chord.key)) warnings.push('lock_key')
  if (!isModifierKey(chord.key) && acceleratorOf(chord) === null) warnings.push('not_swallowed')
  return { refusal, warnings }
}

/** The chord as a person reads it on the keyboard: “Right Ctrl”, “Strg+Alt+Leertaste”. */
export function chordName(chord: KeyChord, language: 'en' | 'de', platform: string): string {
  if (isModifierKey(chord.key)) return modifierKeyName(chord.key, language, platform)
  const facts = factsOf(chord)
  const main = chord.label ?? (language === 'de' ? facts?.de : facts?.en) ?? chord.key
  return [...chord.modifiers.map((m) => modifierName(m, language, platform)), main].join('+')
}

/** The modifier as it is printed on keys, without its side. */
export function modifierName(modifier: Modifier, language: 'en' | 'de', platform: string): string {
  const mac = platform === 'darwin'
  switch (modifier) {
    case 'ctrl':
      return mac ? 'Control' : language === 'de' ? 'Strg' : 'Ctrl'
    case 'alt':
      return mac ? 'Option' : 'Alt'
    case 'shift':
      return language === 'de' ? 'Umschalt' : 'Shift'
    case 'meta':
      return mac ? 'Command' : platform === 'win32' ? 'Windows' : 'Super'
  }
}

function modifierKeyName(id: ModifierKeyId, language: 'en' | 'de', platform: string): string {
  const { modifier, side } = MODIFIER_KEYS[id]
  if (id === 'AltRight' && language === 'de' && platform !== 'darwin') return 'Alt Gr'
  const name = modifierName(modifier, language, platform)
  if (language === 'de') return `${side === 'left' ? 'Linke' : 'Rechte'} ${name}`
  return `${side === 'left' ? 'Left' : 'Right'} ${name}`
}

function factsOf(chord: KeyChord): (typeof KEYS)[string] | null {
  return Object.hasOwn(KEYS, chord.key) ? (KEYS[chord.key] ?? null) : null
}
