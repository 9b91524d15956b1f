/**
 * Accelerators as Electron reads them (https://www.electronjs.org/docs/latest/tutorial/keyboard-shortcuts#accelerators):
 * modifiers and one key, joined by plus signs, in any case.
 */
const modifiers: Record<string, string> = {
  command: 'Super', cmd: 'Super', control: 'Control', ctrl: 'Control', commandorcontrol: 'Control', cmdorctrl: 'Control',
  alt: 'Alt', option: 'Alt', altgr: 'AltGr', shift: 'Shift', super: 'Super', meta: 'Super',
}
const keys = new Set([
  ...'abcdefghijklmnopqrstuvwxyz0123456789)!@#$%^&*(:;<=>?/~`-_,.[]{}|\\\'"+', 'plus', 'space', 'tab', 'capslock', 'numlock', 'scrolllock', 'backspace', 'delete', 'insert',
  'return', 'enter', 'up', 'down', 'left', 'right', 'home', 'end', 'pageup', 'pagedown', 'escape', 'esc', 'printscreen',
  'volumeup', 'volumedown', 'volumemute', 'medianexttrack', 'mediaprevioustrack', 'mediastop', 'mediaplaypause',
  ...Array.from({ length: 24 }, (_, index) => `f${index + 1}`), ...Array.from({ length: 10 }, (_, index) => `num${index}`), 'numdec', 'numadd', 'numsub', 'nummult', 'numdiv',
])
const same: Record<string, string> = { return: 'enter', esc: 'escape', '+': 'plus' }
const order = ['Super', 'Control', 'Alt', 'AltGr', 'Shift']

/** One spelling for all that mean the same keys, or null for what is no accelerator. On Linux `CommandOrControl` is Control. */
export function normalAccelerator(text: unknown): string | null {
  if (typeof text !== 'string') return null
  const found = new Set<string>()
  let key: string | null = null
  for (const part of text.toLowerCase().split('+')) {
    const modifier = modifiers[part]
    if (modifier !== undefined) found.add(modifier)
    else if (key === null && keys.has(part)) key = same[part] ?? part
    else return null
  }
  if (key === null) return null
  return [...order.filter((name) => found.has(name)), key].join('+')
}
