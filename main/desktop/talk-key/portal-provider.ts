import { FALLBACK_CHORDS, isModifierAlone, type KeyChord } from '../../../shared/talk-key/chord.ts'
import type { KeyListener, ProviderStart, TalkKeyProvider } from './provider.ts'
import type { PortalListener, PortalSession } from './portal-session.ts'

/** Names of keys as xkbcommon has them, where they differ from the letter or digit itself. */
const KEYSYMS: Readonly<Record<string, string>> = {
  Space: 'space', Enter: 'Return', Tab: 'Tab', Backspace: 'BackSpace', Delete: 'Delete', Insert: 'Insert', Escape: 'Escape',
  ArrowUp: 'Up', ArrowDown: 'Down', ArrowLeft: 'Left', ArrowRight: 'Right', Home: 'Home', End: 'End', PageUp: 'Prior', PageDown: 'Next',
  CapsLock: 'Caps_Lock', NumLock: 'Num_Lock', ScrollLock: 'Scroll_Lock', PrintScreen: 'Print', ContextMenu: 'Menu',
  NumpadMultiply: 'KP_Multiply', NumpadAdd: 'KP_Add', NumpadSubtract: 'KP_Subtract', NumpadDecimal: 'KP_Decimal', NumpadDivide: 'KP_Divide',
  Semicolon: 'semicolon', Equal: 'equal', Comma: 'comma', Minus: 'minus', Period: 'period', Slash: 'slash', Backquote: 'grave',
  BracketLeft: 'bracketleft', Backslash: 'backslash', BracketRight: 'bracketright', Quote: 'apostrophe',
}
const MODIFIERS = { ctrl: 'CTRL', alt: 'ALT', shift: 'SHIFT', meta: 'LOGO' } as const

/**
 * A chord as it is proposed to the desktop (XDG shortcuts specification, e.g. `CTRL+ALT+space`). A
 * modifier alone is none of its triggers: the first fallback is proposed in its place.
 */
export function triggerOf(chord: KeyChord): string | null {
  if (isModifierAlone(chord)) {
    const [first] = FALLBACK_CHORDS
    return first === undefined ? null : triggerOf(first)
  }
  const letter = /^(?:Key([A-Z])|Digit(\d)|Numpad(\d)|(F\d{1,2}))$/.exec(chord.key)
  const label = chord.label?.toLowerCase()
  const named = letter?.[1]?.toLowerCase() ?? letter?.[2] ?? (letter?.[3] === undefined ? letter?.[4] : `KP_${letter[3]}`) ?? KEYSYMS[chord.key]
  const key = label !== undefined && /^[a-z0-9]$/.test(label) ? label : named
  return key === undefined ? null : [...chord.modifiers.map((modifier) => MODIFIERS[modifier]), key].join('+')
}

/** The desktop's own shortcut on Wayland: it tells of press and release, so that holding works. */
export class PortalProvider implements TalkKeyProvider {
  readonly name = 'portal'
  readonly canHold = true
  readonly #session: PortalSession
  readonly #now: () => number
  #listener: KeyListener | null = null

  constructor(options: { session: PortalSession; now: () => number }) {
    this.#session = options.session
    this.#now = options.now
  }

  /** For {@link PortalSession.bind}. */
  listener(events: Pick<PortalListener, 'changed' | 'lost'>): PortalListener {
    return {
      activated: () => {
        this.#listener?.down(this.#now())
      },
      deactivated: () => {
        this.#listener?.up(this.#now())
      },
      ...events,
    }
  }

  /** The desktop has been asked already; from now on its presses count. */
  start(_chord: KeyChord, listener: KeyListener): ProviderStart {
    this.#listener = listener
    return { ok: true, unconfirmed: false }
  }

  stop(): void {
    this.#listener = null
    this.#session.dispose()
  }
}
