import type { GlobalShortcut } from 'electron'
import { chordOf, MODIFIERS, type ChordRefusal, type ChordWarning, type KeyChord } from '../../../shared/talk-key/chord.ts'
import type { HookEvent, KeyHook } from './key-hook.ts'
import { isModifierKey, keyOfHookCode } from '../../../shared/talk-key/keys.ts'
import type { TalkKeyReason } from './provider.ts'

/** Whether a chord can be the talk key here and now. */
export interface ChordVerdict {
  chord: KeyChord
  /** Null: it can be used. */
  refusal: ChordRefusal | null
  warnings: ChordWarning[]
  /** What could be used instead; null unless refused, or when nothing else is free. */
  suggestion: KeyChord | null
}

/** What came of asking a person to press the new talk key. */
export type CaptureResult =
  | { ok: true; verdict: ChordVerdict }
  /** `cancelled`: Escape, or somebody else asked. A reason of the hook: press it in the window instead. */
  | { ok: false; reason: 'cancelled' | 'unknown_key' | TalkKeyReason }

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
    if (key === 'Escape' && held.length === 0) return { type: 'cancelled' }
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

  constructor(options: KeyCaptureOptions) {
    this.#options = options
  }

  /** Resolves with the first chord that is pressed; a capture that already waits is cancelled. */
  read(): Promise<CapturedChord> {
    this.cancel()
    const { hook, globalShortcut, onBegin, onEnd } = this.#options
    return new Promise((resolve) => {
      let unlisten: (() => void) | null = null
      const end = (result: CapturedChord): void => {
        if (this.#end !== end) return
        this.#end = null
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
        if (this.#end !== end) return
        if (reason !== null) {
          end({ ok: false, reason })
          return
        }
        unlisten = hook.listen((event) => {
          const pressed = read(event)
          if (pressed.type === 'chord') end({ ok: true, chord: pressed.chord })
          else if (pressed.type !== 'more') end({ ok: false, reason: pressed.type })
        })
      })
    })
  }

  cancel(): void {
    this.#end?.({ ok: false, reason: 'cancelled' })
  }
}
