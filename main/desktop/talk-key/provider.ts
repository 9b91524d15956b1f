import type { KeyChord } from '../../../shared/talk-key/chord.ts'

/** The ways to serve a talk key. The command line is always there beside the others. */
export type ProviderName = 'hook' | 'shortcut' | 'portal' | 'command_line'

/** Why a way to serve the talk key is not in use, or not all that it could be. Each has a sentence in every language. */
export const TALK_KEY_REASONS = [
  'hook_missing', // the native module is not there or not for this processor
  'hook_failed', // it is there and could not be started
  'accessibility_needed', // macOS: Parley is not allowed to see keys yet
  'wayland', // a program sees no keys of others; the desktop's own settings can start Parley's commands
  'no_display', // Linux without a reachable X server
  'taken', // another program has the chord
  'not_registrable', // the system does not accept this chord
  'unconfirmed', // Wayland: the desktop was asked, and does not say whether it agreed
  'desktop_chooses', // Wayland: the desktop serves the key, and has the last word on which one
  'portal_asking', // Wayland: the desktop has been asked, and its dialog waits
  'portal_denied', // Wayland: the desktop's dialog was answered with no
  'portal_unassigned', // Wayland: the desktop has listed the shortcut without a key
  'portal_lost', // Wayland: what serves shortcuts has ended, again and again
  'secure_input', // macOS: a password field hides keys; the end of a hold cannot be seen
  'all_taken', // nothing that was tried is free
] as const
export type TalkKeyReason = (typeof TALK_KEY_REASONS)[number]

/** What a provider tells. Times are ms on the clock of the talk key; never which other key it was. */
export interface KeyListener {
  /** The talk key went down, or repeats. */
  down(at: number): void
  up(at: number): void
  /** Some other key or mouse button, while the talk key, a modifier alone, is down. */
  other(at: number): void
  /** A press whose end will never be told, or its auto-repeat. */
  tap(at: number): void
  /** The end of the press that was told will not come after all. */
  unreleasable(at: number): void
}

export type ProviderStart = { ok: true; unconfirmed: boolean } | { ok: false; reason: TalkKeyReason }

/** One way to serve the talk key. Nothing is told before `start` has returned or after `stop`. */
export interface TalkKeyProvider {
  readonly name: ProviderName
  /** It sees the key come up. */
  readonly canHold: boolean
  start(chord: KeyChord, listener: KeyListener): ProviderStart
  /** Idempotent. */
  stop(): void
}
