import type { GlobalShortcut } from 'electron'
import { chordOf, MODIFIERS, type KeyChord } from '../../../shared/talk-key/chord.ts'
import type { HookEvent, KeyHook } from './key-hook.ts'
import { isModifierKey, keyOfHookCode } from '../../../shared/talk-key/keys.ts'
import type { CaptureResult } from '../../../shared/talk-key/verdict.ts'

/** What has been pressed so far, or how it ended. */
type Pressed = { type: 'more' } | { type: 'chord'; chord: KeyChord } | { type: 'cancelled' } | { type: 'unknown_key' }

/**
 * Reads the first chord from key events: a key with what is held beside it, or a modifier that
 * comes up again alone.
 */
export function makeChordReader(): (event: HookEvent) => Pressed {
  /** The modifier that is alone down. */
  let alone: string | null = null
  return (event) => {
    if (event.type === 'pointer') {
      alone = null
      return { type: 'more' }
    }
    const key = keyOfHookCode(event.code)
    if (event.type === 'keyup') {
      if (key !== null && key === alone) return { type: 'chord', chord: chordOf(key) }
      return { type: 'more' }
    }
    const held = MODIFIERS.filter((m) => event[m])
    if (key !== null && isModifierKey(key)) {
      // Its own flag may or may not be set already; two flags mean two modifiers.
      if (key !== alone) alone = held.length > 1 || alone !== null ? null : key
      return { type: 'more' }
    }
    if (key === null) return { type: 'unknown_key' }
    // Both keys lead away from the field that asked, and neither could be the talk key.
    if (key === 'Escape' && held.length === 0) return { type: 'cancelled' }
    if (key === 'Tab' && held.every((modifier) => modifier === 'shift')) return { type: 'cancelled' }
    return { type: 'chord', chord: chordOf(key, held) }
  }
}

export interface KeyCaptureOptions {
  hook: KeyHook
  globalShortcut: Pick<GlobalShortcut, 'setSuspended'>
  /** From here to `onEnd` no key talks. */
  onBegin: () => void
  onEnd: () => void
}

/** How a capture ended. */
export type CapturedChord = { ok: true; chord: KeyChord } | Extract<CaptureResult, { ok: false }>

/** Waits for a person to press a chord, one capture at a time. */
export class KeyCapture {
  readonly #options: KeyCaptureOptions
  /** Ends the capture that waits; its identity proves that it is still the current one. */
  #end: ((result: CapturedChord) => void) | null = null
  /** The hook hears for the capture that waits. */
  #hooked = false

  constructor(options: KeyCaptureOptions) {
    this.#options = options
  }

  /**
   * Resolves with the first chord that is pressed; a capture that already waits is cancelled. Where
   * the hook does not run, a window reads the key ({@link pressedInWindow}).
   */
  read(): Promise<CapturedChord> {
    this.cancel()
    const { hook, globalShortcut, onBegin, onEnd } = this.#options
    return new Promise((resolve) => {
      let unlisten: (() => void) | null = null
      const end = (result: CapturedChord): void => {
        if (this.#end !== end) return
        this.#end = null
        this.#hooked = false
        unlisten?.()
        globalShortcut.setSuspended(false)
        onEnd()
        resolve(result)
      }
      this.#end = end
      onBegin()
      // Our own shortcut would swallow the key that is to be pressed.
      globalShortcut.setSuspended(true)
      const read = makeChordReader()
      void hook.start().then((reason) => {
        if (this.#end !== end || reason !== null) return
        this.#hooked = true
        unlisten = hook.listen((event) => {
          const pressed = read(event)
          if (pressed.type === 'chord') end({ ok: true, chord: pressed.chord })
          else if (pressed.type !== 'more') end({ ok: false, reason: pressed.type })
        })
      })
    })
  }

  /** A window that has the focus saw this chord; counts only where the hook does not hear for itself. */
  pressedInWindow(chord: KeyChord): void {
    if (!this.#hooked) this.#end?.({ ok: true, chord })
  }

  cancel(): void {
    this.#end?.({ ok: false, reason: 'cancelled' })
  }
}
