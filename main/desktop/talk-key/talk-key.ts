import type { GlobalShortcut, PowerMonitor, SystemPreferences } from 'electron'
import type { Disposable } from '../../../shared/disposable.ts'
import type { TalkKeyShown } from '../../../shared/state.ts'
import type { Log } from '../../log.ts'
import type { CaptureResult, ChordVerdict } from '../../../shared/talk-key/verdict.ts'
import { KeyCapture } from './capture.ts'
import { acceleratorOf, checkChord, chordName, defaultChord, FALLBACK_CHORDS, isModifierAlone, sameChord, type KeyChord } from '../../../shared/talk-key/chord.ts'
import type { TalkCommand } from './command-line.ts'
import { HOLD_OR_TAP_DEFAULTS, type HoldOrTapConfig, type HoldOrTapEvent, type HoldOrTapState, type TalkStyle } from './hold-or-tap.ts'
import { HookProvider } from './hook-provider.ts'
import { isWayland, KeyHook, type NativeHook } from './key-hook.ts'
import type { KeyListener, ProviderName, TalkKeyProvider, TalkKeyReason } from './provider.ts'
import { sessionBusOf } from '../dbus/connection.ts'
import { RetryCap } from '../retry-cap.ts'
import { PortalProvider, triggerOf } from './portal-provider.ts'
import { PortalSession } from './portal-session.ts'
import { ShortcutProvider } from './shortcut-provider.ts'
import { TalkTurns, type PauseReason } from './talk-turns.ts'

/** A modifier does not repeat, so that a long hold gives no sign of life; ms. */
const MODIFIER_SILENT_MS = 60_000

/** A portal that has ended is asked again after this long: it may just be restarting; ms. */
const PORTAL_RETRY_MS = 1000

/** Which way serves the talk key, and why this one. */
export interface TalkKeyStatus {
  provider: ProviderName
  /** The end of a press is seen: holding works, otherwise only tapping. */
  canHold: boolean
  /** What the person chose, or the default. */
  chosen: KeyChord
  /** What works; another one than `chosen` when that cannot be had, null when none does (the command line always works). */
  inForce: KeyChord | null
  /** Name of the key as the desktop tells it, where it is the desktop that chooses; empty: it has none yet. */
  trigger?: string
  /** Why not the chosen chord, or not holding; empty when all is well. */
  reasons: TalkKeyReason[]
}

export interface TalkKeyOptions {
  log: Log
  globalShortcut: Pick<GlobalShortcut, 'register' | 'unregister' | 'setSuspended'>
  systemPreferences: Pick<SystemPreferences, 'isTrustedAccessibilityClient'>
  powerMonitor: Pick<PowerMonitor, 'on' | 'off'>
  /** The chosen chord; null: the default of the system. */
  chord: () => KeyChord | null
  style: () => TalkStyle
  /** `automatic`: a shorter press is a tap, ms. */
  tapBelowMs: () => number
  /** Whether an answer sounds now. */
  speaking: () => boolean
  /** Whether the person's turn runs now: it may have been ended elsewhere. */
  turnOpen: () => boolean
  /** The turn begins. One of the two below follows before it is called again, unless `turnOpen` said that the turn was over. */
  onPress: () => void
  /** The turn ends and is sent. */
  onRelease: () => void
  /** The turn ends and is not sent. */
  onCancel: () => void
  /** Where the key is now; after the effects of the same step. */
  onPhase?: (phase: HoldOrTapState['phase']) => void
  /** `--show` */
  onShow: () => void
  onStatus: (status: TalkKeyStatus) => void
  platform?: NodeJS.Platform
  env?: Readonly<Record<string, string | undefined>>
  /** ms, monotonic. */
  now?: () => number
  loadHook?: () => Promise<NativeHook>
  /** What the desktop shows the person beside the key that it gives (Wayland). */
  description?: () => string
  /** Id of the app, as its desktop file is called. */
  appId?: string
  displayAnswers?: (display: string) => Promise<boolean>
}

/** The status as a window shows it. */
export function talkKeyShown(status: TalkKeyStatus, language: 'en' | 'de', platform: NodeJS.Platform = process.platform): TalkKeyShown {
  const { provider, canHold, inForce, chosen, reasons, trigger } = status
  return {
    provider,
    canHold,
    name: trigger ?? (inForce === null ? '' : chordName(inForce, language, platform)),
    chosen: chordName(chosen, language, platform),
    reasons,
  }
}

/** The global talk key: chooses the best way to serve it, and turns its presses into turns (design §4). */
export class TalkKey implements Disposable {
  readonly #options: TalkKeyOptions
  readonly #platform: NodeJS.Platform
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #wayland: boolean
  readonly #now: () => number
  readonly #hook: KeyHook

  #status: TalkKeyStatus
  #provider: TalkKeyProvider | null = null
  /** What was asked for when the provider was chosen. */
  #wanted = ''
  /** Proves that a choice is the latest one. */
  #attempt = 0
  #disposed = false
  /** Wayland: the desktop's own shortcuts, until they have failed too often. */
  readonly #portalCap = new RetryCap({ most: 3, soundAfterMs: 60_000 })
  #portalGivenUp = false
  #retryTimer: NodeJS.Timeout | null = null

  readonly #turns: TalkTurns
  readonly #capture: KeyCapture

  constructor(options: TalkKeyOptions) {
    this.#options = options
    this.#platform = options.platform ?? process.platform
    const env = options.env ?? process.env
    this.#env = env
    this.#wayland = this.#platform === 'linux' && isWayland(env)
    this.#now = options.now ?? ((): number => performance.now())
    this.#hook = new KeyHook({
      log: options.log,
      platform: this.#platform,
      env,
      systemPreferences: options.systemPreferences,
      now: this.#now,
      ...(options.loadHook === undefined ? {} : { load: options.loadHook }),
      ...(options.displayAnswers === undefined ? {} : { displayAnswers: options.displayAnswers }),
    })
    this.#turns = new TalkTurns({
      now: this.#now,
      turnOpen: options.turnOpen,
      onEffect: (effect) => {
        if (effect === 'press') options.onPress()
        else if (effect === 'release') options.onRelease()
        else options.onCancel()
      },
      onPhase: (phase) => options.onPhase?.(phase),
    })
    this.#capture = new KeyCapture({
      hook: this.#hook,
      globalShortcut: options.globalShortcut,
      onBegin: () => {
        this.pause('capture')
      },
      onEnd: () => {
        this.resume('capture')
      },
    })
    this.#status = { provider: 'command_line', canHold: false, chosen: this.#chosen, inForce: null, reasons: [] }
    options.powerMonitor.on('suspend', this.#onSuspend)
    options.powerMonitor.on('resume', this.#onResume)
    options.powerMonitor.on('lock-screen', this.#onLock)
    options.powerMonitor.on('unlock-screen', this.#onUnlock)
  }

  get status(): TalkKeyStatus {
    return this.#status
  }

  /** Begins to serve the key. Only after Electron's `ready`. Never rejects. */
  start(): Promise<void> {
    return this.#choose()
  }

  /** A setting was changed; does nothing unless it concerns the talk key. */
  async settingsChanged(): Promise<void> {
    if (this.#wanted !== this.#wish()) await this.#choose()
  }

  /** The person may have allowed something meanwhile (macOS: Accessibility): call when a window gets the focus. */
  async refresh(): Promise<void> {
    if (!this.#status.reasons.includes('accessibility_needed')) return
    if (this.#options.systemPreferences.isTrustedAccessibilityClient(false)) await this.#choose()
  }

  /** The key means nothing until every reason is gone; an open turn is cancelled. */
  pause(reason: PauseReason): void {
    this.#turns.pause(reason)
  }

  resume(reason: PauseReason): void {
    this.#turns.resume(reason)
  }

  /** A command from the command line. */
  command(command: TalkCommand): void {
    if (command === 'show') this.#options.onShow()
    else this.#turns.feed({ type: command, at: this.#now() })
  }

  /** Whether this chord could be the talk key; asks the system whether it is free. */
  async check(chord: KeyChord): Promise<ChordVerdict> {
    const { refusal, warnings } = checkChord(chord, this.#platform)
    const refused = refusal ?? (await this.#unobtainable(chord))
    const suggestion = refused === null ? null : (FALLBACK_CHORDS.find((other) => this.#isFree(other)) ?? null)
    return { chord, refusal: refused, warnings, suggestion }
  }

  /**
   * Waits for the person to press the new talk key, anywhere. Until then the key does not talk. Where
   * the hook does not run, the window reads the key (`chordOfDomKey`) and says so with {@link pressedInWindow}.
   */
  async capture(): Promise<CaptureResult> {
    const read = await this.#capture.read()
    return read.ok ? { ok: true, verdict: await this.check(read.chord) } : read
  }

  /** The chord that a window read for a capture that waits. */
  pressedInWindow(chord: KeyChord): void {
    this.#capture.pressedInWindow(chord)
  }

  /** macOS: the system shows where a person allows Parley to see keys. */
  askAccess(): void {
    if (this.#platform === 'darwin') this.#options.systemPreferences.isTrustedAccessibilityClient(true)
  }

  /** Ends a capture that waits. */
  cancelCapture(): void {
    this.#capture.cancel()
  }

  /** Lets go of the key and the hook; call before the app ends. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    this.#attempt++
    this.cancelCapture()
    this.pause('changing')
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer)
    this.#provider?.stop()
    this.#provider = null
    this.#hook.stop()
    this.#options.powerMonitor.off('suspend', this.#onSuspend)
    this.#options.powerMonitor.off('resume', this.#onResume)
    this.#options.powerMonitor.off('lock-screen', this.#onLock)
    this.#options.powerMonitor.off('unlock-screen', this.#onUnlock)
  }

  // ── which way ─────────────────────────────────────────────────────────────────────────────

  get #chosen(): KeyChord {
    return this.#options.chord() ?? defaultChord(this.#platform)
  }

  /** Everything that the choice depends on, for comparison. */
  #wish(): string {
    return JSON.stringify([this.#chosen, this.#options.style(), this.#options.tapBelowMs()])
  }

  async #choose(): Promise<void> {
    if (this.#disposed) return
    const attempt = ++this.#attempt
    // While a key is being chosen the system gives no shortcuts.
    this.cancelCapture()
    this.pause('changing')
    this.#wanted = this.#wish()
    this.#provider?.stop()
    this.#provider = null
    const hookReason = await this.#hook.start()
    if (attempt !== this.#attempt) return
    if (this.#wayland && (await this.#choosePortal(attempt))) return
    if (attempt !== this.#attempt) return

    const chosen = this.#chosen
    const reasons = new Set<TalkKeyReason>(hookReason === null ? [] : [hookReason])
    if (this.#portalGivenUp) reasons.add('portal_lost')
    let inForce: KeyChord | null = null
    let serving: TalkKeyProvider | null = null
    for (const chord of [chosen, ...FALLBACK_CHORDS.filter((other) => !sameChord(other, chosen))]) {
      const provider = this.#providerFor(chord, attempt)
      const result = provider?.start(chord, this.#listener(attempt))
      if (result?.ok === true) {
        serving = provider
        inForce = chord
        if (result.unconfirmed) reasons.add('unconfirmed')
        break
      }
      if (result !== undefined && chord === chosen) reasons.add(result.reason)
    }
    if (inForce === null) reasons.add('all_taken')
    this.#provider = serving
    this.#turns.config = this.#configFor(inForce)
    this.#tell({
      provider: serving?.name ?? 'command_line',
      canHold: serving?.canHold ?? false,
      chosen,
      inForce,
      reasons: [...reasons],
    })
    this.resume('changing')
  }

  /**
   * Asks the desktop to serve the key. It may ask the person, which nothing waits for.
   * @returns false: the desktop cannot, so the next way is tried
   */
  async #choosePortal(attempt: number): Promise<boolean> {
    const address = sessionBusOf(this.#env)
    if (this.#portalGivenUp || address === '') return false
    const session = await PortalSession.open({ address, appId: this.#options.appId ?? '' })
    if (typeof session === 'string') return false
    if (attempt !== this.#attempt) {
      session.dispose()
      return true
    }
    const provider = new PortalProvider({ session, now: this.#now })
    this.#provider = provider
    const chosen = this.#chosen
    const unserved = { provider: 'command_line', canHold: false, chosen, inForce: null } as const
    this.#tell({ ...unserved, reasons: ['portal_asking'] })
    this.resume('changing')
    void this.#bindPortal(attempt, session, provider).then((refusal) => {
      if (refusal !== null && attempt === this.#attempt) this.#tell({ ...unserved, reasons: [refusal] })
    })
    return true
  }

  /** @returns why there is no key; null: there is one, or this is no longer the latest choice */
  async #bindPortal(attempt: number, session: PortalSession, provider: PortalProvider): Promise<TalkKeyReason | null> {
    const chosen = this.#chosen
    const boundAt = (): number => this.#now()
    let since = boundAt()
    const given = (trigger: string): void => {
      this.#tell({ provider: 'portal', canHold: true, chosen, inForce: null, trigger, reasons: [trigger === '' ? 'portal_unassigned' : 'desktop_chooses'] })
    }
    const answer = await session.bind(
      { description: this.#options.description?.() ?? 'Parley', trigger: triggerOf(chosen) },
      provider.listener({
        changed: (trigger) => {
          if (attempt === this.#attempt) given(trigger)
        },
        lost: () => {
          if (attempt === this.#attempt) this.#portalLost(boundAt() - since)
        },
      }),
    )
    if (attempt !== this.#attempt) return null
    if (answer === 'denied') return 'portal_denied'
    if (typeof answer === 'string') {
      this.#portalLost(0)
      return null
    }
    since = boundAt()
    this.pause('changing')
    provider.start(chosen, this.#listener(attempt))
    // The desktop sends no auto-repeat: a long hold gives no sign of life.
    this.#turns.config = { ...this.#configFor(null), silentMs: MODIFIER_SILENT_MS }
    given(answer.trigger)
    this.resume('changing')
    return null
  }

  /** The desktop's part has ended: an open turn is cancelled, and it is asked again a moment later, but not for ever. */
  #portalLost(workedMs: number): void {
    this.pause('changing')
    this.#provider?.stop()
    this.#provider = null
    if (this.#portalCap.failed(workedMs) === null) this.#portalGivenUp = true
    this.#tell({ provider: 'command_line', canHold: false, chosen: this.#chosen, inForce: null, reasons: ['portal_lost'] })
    this.resume('changing')
    const attempt = this.#attempt
    this.#retryTimer = setTimeout(() => {
      if (attempt === this.#attempt) void this.#choose()
    }, PORTAL_RETRY_MS)
  }

  /** Who could serve this chord; null: only the hook, and that does not run. */
  #providerFor(chord: KeyChord, attempt: number): TalkKeyProvider | null {
    const hook = this.#hook.running ? this.#hook : null
    const platform = this.#platform
    if (acceleratorOf(chord) === null) return hook === null ? null : new HookProvider({ hook, platform })
    return new ShortcutProvider({
      globalShortcut: this.#options.globalShortcut,
      hook,
      platform,
      wayland: this.#wayland,
      now: this.#now,
      onBlind: (blind) => {
        if (attempt === this.#attempt) this.#blind(blind)
      },
    })
  }

  #configFor(chord: KeyChord | null): HoldOrTapConfig {
    const modifierAlone = chord !== null && isModifierAlone(chord)
    return {
      ...HOLD_OR_TAP_DEFAULTS,
      style: this.#options.style(),
      tapBelowMs: this.#options.tapBelowMs(),
      modifierAlone,
      ...(modifierAlone ? { silentMs: MODIFIER_SILENT_MS } : {}),
    }
  }

  #blind(blind: boolean): void {
    // Only macOS hides keys from hooks; elsewhere the hook has fallen behind or died.
    const why = this.#platform === 'darwin' ? 'secure_input' : 'hook_failed'
    const others = this.#status.reasons.filter((reason) => reason !== why)
    this.#tell({ ...this.#status, canHold: !blind, reasons: blind ? [...others, why] : others })
  }

  #tell(status: TalkKeyStatus): void {
    this.#status = status
    const { provider, canHold, reasons } = status
    this.#options.log.info(`The talk key is served by: ${provider}${canHold ? '' : ' (no key-up)'}.`, ...reasons)
    this.#options.onStatus(status)
  }

  /** Why the system does not give this chord; null: it does. */
  async #unobtainable(chord: KeyChord): Promise<'needs_hook' | 'taken' | null> {
    if (acceleratorOf(chord) !== null) return this.#isFree(chord) ? null : 'taken'
    return (await this.#hook.start()) === null ? null : 'needs_hook'
  }

  /** Whether the system would give the chord as a shortcut; ours already counts as free. */
  #isFree(chord: KeyChord): boolean {
    const accelerator = acceleratorOf(chord)
    if (accelerator === null) return false
    const { inForce, provider } = this.#status
    if (provider === 'shortcut' && inForce !== null && acceleratorOf(inForce) === accelerator) return true
    // Wayland answers only once it has asked the person: not for a mere question.
    if (this.#wayland) return true
    try {
      const free = this.#options.globalShortcut.register(accelerator, () => undefined)
      if (free) this.#options.globalShortcut.unregister(accelerator)
      return free
    } catch (error) {
      void error // what Electron cannot parse cannot be had
      return false
    }
  }

  // ── what its presses mean ─────────────────────────────────────────────────────────────────

  #listener(attempt: number): KeyListener {
    const feed = (event: HoldOrTapEvent): void => {
      if (attempt === this.#attempt) this.#turns.feed(event)
    }
    return {
      down: (at) => {
        feed({ type: 'down', at, interrupting: this.#options.speaking() })
      },
      up: (at) => {
        feed({ type: 'up', at })
      },
      other: (at) => {
        feed({ type: 'other', at })
      },
      tap: (at) => {
        feed({ type: 'tap', at })
      },
      unreleasable: (at) => {
        feed({ type: 'unreleasable', at })
      },
    }
  }

  readonly #onSuspend = (): void => {
    this.pause('asleep')
  }
  readonly #onResume = (): void => {
    this.resume('asleep')
  }
  readonly #onLock = (): void => {
    this.pause('locked')
  }
  readonly #onUnlock = (): void => {
    this.resume('locked')
  }
}
