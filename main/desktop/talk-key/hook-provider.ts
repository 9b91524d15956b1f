import { isModifierAlone, type KeyChord } from '../../../shared/talk-key/chord.ts'
import type { HookEvent, KeyHook } from './key-hook.ts'
import { hookCodeOf, isModifierKey, keyOfHookCode, MODIFIER_KEYS } from '../../../shared/talk-key/keys.ts'
import type { KeyListener, ProviderStart, TalkKeyProvider } from './provider.ts'

/** What one event means for one chord. */
export type Meaning = 'down' | 'up' | 'other' | null

/**
 * Compares events with the chord. It remembers nothing of them: what is not the chord has no
 * meaning but "something else".
 *
 * @param platform the hook names letters by position, on Windows by what they type
 */
export function makeMatcher(chord: KeyChord, platform: NodeJS.Platform): (event: HookEvent) => Meaning {
  const byLabel = platform === 'win32' && chord.label !== undefined
  const code = hookCodeOf(byLabel ? `${/\d/.test(chord.label ?? '') ? 'Digit' : 'Key'}${chord.label}` : chord.key)
  const own = isModifierKey(chord.key) ? MODIFIER_KEYS[chord.key].modifier : null
  const alone = isModifierAlone(chord)

  return (event) => {
    if (event.type === 'pointer') return 'other'
    if (event.code === code) {
      if (event.type === 'keyup') return 'up'
      const held = (['ctrl', 'alt', 'shift', 'meta'] as const).filter((m) => event[m] && m !== own)
      // AltGr on Windows comes with a Ctrl that nobody pressed.
      const others = chord.key === 'AltRight' && platform === 'win32' ? held.filter((m) => m !== 'ctrl') : held
      return others.join() === chord.modifiers.join() ? 'down' : 'other'
    }
    if (event.type === 'keydown') return 'other'
    const released = keyOfHookCode(event.code)
    // A chord is let go with the first of its keys, whichever it is.
    if (!alone && released !== null && isModifierKey(released) && chord.modifiers.includes(MODIFIER_KEYS[released].modifier)) return 'up'
    return null
  }
}

/** A key that only the hook can see (a modifier alone, a lock key): other programs see it too. */
export class HookProvider implements TalkKeyProvider {
  readonly name = 'hook'
  readonly canHold = true
  readonly #hook: KeyHook
  readonly #platform: NodeJS.Platform
  #unlisten: (() => void) | null = null

  /** @param options.hook running already */
  constructor(options: { hook: KeyHook; platform: NodeJS.Platform }) {
    this.#hook = options.hook
    this.#platform = options.platform
  }

  start(chord: KeyChord, listener: KeyListener): ProviderStart {
    this.stop()
    if (!this.#hook.running) return { ok: false, reason: 'hook_failed' }
    const meaningOf = makeMatcher(chord, this.#platform)
    this.#unlisten = this.#hook.listen((event) => {
      const meaning = meaningOf(event)
      if (meaning !== null) listener[meaning](event.at)
    })
    return { ok: true, unconfirmed: false }
  }

  stop(): void {
    this.#unlisten?.()
    this.#unlisten = null
  }
}
