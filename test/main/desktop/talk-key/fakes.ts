import { EventEmitter } from 'node:events'
import type { GlobalShortcut, PowerMonitor, SystemPreferences } from 'electron'
import type { KeyChord } from '../../../../shared/talk-key/chord.ts'
import type { TalkStyle } from '../../../../main/desktop/talk-key/hold-or-tap.ts'
import type { NativeHook, NativeKeyEvent } from '../../../../main/desktop/talk-key/key-hook.ts'
import { hookCodeOf } from '../../../../shared/talk-key/keys.ts'
import { TalkKey, type TalkKeyOptions, type TalkKeyStatus } from '../../../../main/desktop/talk-key/talk-key.ts'
import { memoryLog, strict } from '../fakes.ts'

/** Electron's globalShortcut with the rules of its documentation. */
export class FakeShortcuts {
  readonly registered = new Map<string, () => void>()
  /** Accelerators that another program has. */
  readonly taken = new Set<string>()
  suspended = false

  register(accelerator: string, callback: () => void): boolean {
    if (/[^\x20-\x7e]/.test(accelerator) || accelerator.split('+').some((part) => part === '')) throw new TypeError('conversion failure')
    if (this.suspended || this.taken.has(accelerator) || this.registered.has(accelerator)) return false
    this.registered.set(accelerator, callback)
    return true
  }
  unregister(accelerator: string): void {
    this.registered.delete(accelerator)
  }
  setSuspended(suspended: boolean): void {
    this.suspended = suspended
  }
  /** The person presses the keys; auto-repeat calls it again. */
  press(accelerator: string): void {
    if (!this.suspended) this.registered.get(accelerator)?.()
  }
  readonly face = strict<Pick<GlobalShortcut, 'register' | 'unregister' | 'setSuspended'>>('globalShortcut', this)
}

type Modifiers = Partial<Pick<NativeKeyEvent, 'ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey'>>

/** A native hook whose keys a test presses. */
export class FakeHook extends EventEmitter implements NativeHook {
  running = 0
  failure: Error | null = null
  readonly clock: () => number

  constructor(clock: () => number) {
    super()
    this.clock = clock
  }
  start(): void {
    if (this.failure) throw this.failure
    this.running++
    this.emit('started')
  }
  stop(): void {
    this.running--
  }
  down(key: string, modifiers: Modifiers = {}): void {
    this.#key('keydown', key, modifiers)
  }
  up(key: string, modifiers: Modifiers = {}): void {
    this.#key('keyup', key, modifiers)
  }
  #key(type: 'keydown' | 'keyup', key: string, modifiers: Modifiers): void {
    const none = { ctrlKey: false, altKey: false, shiftKey: false, metaKey: false }
    this.emit(type, { time: this.clock(), keycode: hookCodeOf(key) ?? 0, ...none, ...modifiers } satisfies NativeKeyEvent)
  }
}

/** A talk key on a made-up desktop. Expects vitest's fake timers with `performance`. */
export class Desk {
  readonly shortcuts = new FakeShortcuts()
  readonly hook = new FakeHook(() => performance.now())
  readonly power = new EventEmitter()
  readonly log = memoryLog()
  readonly said: string[] = []
  readonly statuses: TalkKeyStatus[] = []
  readonly prompts: boolean[] = []
  chord: KeyChord | null = null
  style: TalkStyle = 'hold'
  trusted = true
  speaking = false
  /** As the voice session would answer; null: open from press to release. */
  turnOpen: boolean | null = null
  loads = 0
  readonly talkKey: TalkKey

  constructor(parts: Partial<TalkKeyOptions> = {}) {
    this.talkKey = new TalkKey({
      log: this.log,
      globalShortcut: this.shortcuts.face,
      systemPreferences: strict<SystemPreferences>('systemPreferences', {
        isTrustedAccessibilityClient: (prompt: boolean) => {
          this.prompts.push(prompt)
          return this.trusted
        },
      }),
      powerMonitor: strict<PowerMonitor>('powerMonitor', this.power),
      chord: () => this.chord,
      style: () => this.style,
      tapBelowMs: () => 400,
      speaking: () => this.speaking,
      turnOpen: () => this.turnOpen ?? this.said.at(-1) === 'press',
      onPress: () => this.said.push('press'),
      onRelease: () => this.said.push('release'),
      onCancel: () => this.said.push('cancel'),
      onShow: () => this.said.push('show'),
      onStatus: (status) => this.statuses.push(status),
      platform: 'linux',
      env: { DISPLAY: ':7' },
      displayAnswers: () => Promise.resolve(true),
      loadHook: () => {
        this.loads++
        return Promise.resolve(this.hook)
      },
      ...parts,
    })
  }
}
