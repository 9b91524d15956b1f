import type { GlobalShortcut } from 'electron'
import { acceleratorOf, type KeyChord } from '../../../shared/talk-key/chord.ts'
import { makeMatcher } from './hook-provider.ts'
import type { HookEvent, KeyHook } from './key-hook.ts'
import type { KeyListener, ProviderStart, TalkKeyProvider } from './provider.ts'

/** The hook and the shortcut tell of the same press within this time, ms. */
const TOGETHER_MS = 300

export interface ShortcutProviderOptions {
  globalShortcut: Pick<GlobalShortcut, 'register' | 'unregister'>
  /** Supplies the end of a press; null: presses have none. */
  hook: KeyHook | null
  platform: NodeJS.Platform
  /** On Wayland "registered" means only that the desktop was asked. */
  wayland: boolean
  /** The hook is blind to a press that did happen (a password field on macOS hides keys), or sees again. */
  onBlind: (blind: boolean) => void
  /** ms, monotonic. */
  now: () => number
}

/**
 * A chord: Electron's global shortcut takes the press, so that no other program gets it and a
 * conflict shows; the hook tells when it ends. Either may come first.
 */
export class ShortcutProvider implements TalkKeyProvider {
  readonly name = 'shortcut'
  readonly #options: ShortcutProviderOptions
  #accelerator: string | null = null
  #listener: KeyListener | null = null
  #unlisten: (() => void) | null = null
  #blindTimer: NodeJS.Timeout | null = null

  /** The shortcut took a press whose end has not come. */
  #pressed = false
  /** What the hook saw last of the chord. */
  #seen: { down: boolean; at: number } = { down: false, at: -Infinity }
  /** When the last press ended. */
  #endedAt = -Infinity
  /** When the shortcut told of what may be a late repeat of that press, or the next one. */
  #doubtfulAt = -Infinity
  #blind = false

  constructor(options: ShortcutProviderOptions) {
    this.#options = options
  }

  get canHold(): boolean {
    return this.#options.hook !== null && !this.#blind
  }

  start(chord: KeyChord, listener: KeyListener): ProviderStart {
    this.stop()
    const accelerator = acceleratorOf(chord)
    if (accelerator === null) return { ok: false, reason: 'not_registrable' }
    try {
      if (!this.#options.globalShortcut.register(accelerator, this.#onShortcut)) return { ok: false, reason: 'taken' }
    } catch (error) {
      // Electron throws for what it cannot parse; to a person that is a chord which cannot be used.
      void error
      return { ok: false, reason: 'not_registrable' }
    }
    this.#accelerator = accelerator
    this.#listener = listener
    if (this.#options.hook !== null) {
      const meaningOf = makeMatcher(chord, this.#options.platform)
      this.#unlisten = this.#options.hook.listen((event) => {
        const meaning = meaningOf(event)
        if (meaning === 'down' || meaning === 'up') this.#fromHook(meaning, event)
      })
    }
    return { ok: true, unconfirmed: this.#options.wayland }
  }

  stop(): void {
    this.#unlisten?.()
    this.#unlisten = null
    this.#listener = null
    this.#clearBlindTimer()
    this.#pressed = false
    this.#seen = { down: false, at: -Infinity }
    this.#endedAt = -Infinity
    this.#doubtfulAt = -Infinity
    this.#blind = false
    if (this.#accelerator !== null) this.#options.globalShortcut.unregister(this.#accelerator)
    this.#accelerator = null
  }

  readonly #onShortcut = (): void => {
    const listener = this.#listener
    if (listener === null) return
    const now = this.#options.now()
    if (this.#options.hook === null || this.#blind) {
      listener.tap(now)
      return
    }
    if (this.#pressed) {
      listener.down(now)
      return
    }
    const fresh = now - this.#seen.at < TOGETHER_MS
    if (!fresh && !this.#seen.down && now - this.#endedAt < TOGETHER_MS) {
      // X11 repeats shortcuts, and the last repeat may be told of after the end: the hook will say.
      this.#doubtfulAt = now
      return
    }
    listener.down(fresh && this.#seen.down ? this.#seen.at : now)
    if (this.#seen.down) this.#pressed = true
    else if (fresh) {
      // So short a press that its end was heard of before its beginning.
      this.#seen.at = -Infinity
      listener.up(now)
    } else {
      this.#pressed = true
      this.#expectHook()
    }
  }

  #fromHook(meaning: 'down' | 'up', event: HookEvent): void {
    this.#clearBlindTimer()
    if (this.#blind) {
      this.#blind = false
      this.#options.onBlind(false)
    }
    const again = meaning === 'down' && !this.#seen.down && this.#options.now() - this.#doubtfulAt < TOGETHER_MS
    if (again) {
      this.#doubtfulAt = -Infinity
      this.#pressed = true
    }
    // A repeat is no news, nor is a modifier that comes up after some other shortcut.
    if (this.#seen.down !== (meaning === 'down')) this.#seen = { down: meaning === 'down', at: event.at }
    if (!this.#pressed) return
    if (meaning === 'down') this.#listener?.down(event.at)
    else {
      this.#pressed = false
      this.#seen.at = -Infinity
      this.#endedAt = this.#options.now()
      this.#listener?.up(event.at)
    }
  }

  #expectHook(): void {
    this.#clearBlindTimer()
    this.#blindTimer = setTimeout(() => {
      this.#blindTimer = null
      if (!this.#pressed || this.#listener === null) return
      this.#pressed = false
      this.#blind = true
      this.#listener.unreleasable(this.#options.now())
      this.#options.onBlind(true)
    }, TOGETHER_MS)
  }

  #clearBlindTimer(): void {
    if (this.#blindTimer !== null) clearTimeout(this.#blindTimer)
    this.#blindTimer = null
  }
}
