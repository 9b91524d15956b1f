import { globalShortcut, powerMonitor, systemPreferences } from 'electron'
import type { Settings, TurnMode } from '../../../shared/settings.ts'
import type { AppState, VoiceStatus } from '../../../shared/state.ts'
import type { RequestHandlers } from '../../bridge.ts'
import { talkKeyText } from '../../language.ts'
import type { Log } from '../../log.ts'
import { TalkKey, talkKeyShown } from './talk-key.ts'
import { TalkKeyTrial } from './trial.ts'

/** The requests of a window that concern the talk key. */
export type TalkKeyRequests = Pick<RequestHandlers, 'talkKey.capture' | 'talkKey.captureCancel' | 'talkKey.pressed' | 'talkKey.trial' | 'talkKey.askAccess'>

export interface TalkKeySetUp {
  log: Log
  settings: { readonly value: Settings }
  language: () => 'en' | 'de'
  /** How turns are taken now: a persona may have its own way. */
  turnMode: () => TurnMode
  /** What the key's turns are of. */
  voice: { readonly status: VoiceStatus; press(): void; endTurn(): void; cancelTurn(): void }
  store: { set(change: Partial<Pick<AppState, 'talkKey' | 'talkKeyTrial'>>): void }
  /** `--show` */
  showWindow: () => void
}

export interface TalkKeyInUse {
  talkKey: TalkKey
  requests: TalkKeyRequests
  /** The page that asked is gone: no key is waited for and none is tried out. */
  notAsked: () => void
}

/** The talk key with the conversation behind it, or, while a person tries it out, with nothing behind it. */
export function setUpTalkKey({ log, settings, language, turnMode, voice, store, showWindow }: TalkKeySetUp): TalkKeyInUse {
  const trial = new TalkKeyTrial({
    now: () => performance.now(),
    onChange: (talkKeyTrial) => {
      store.set({ talkKeyTrial })
    },
  })
  const talkKey = new TalkKey({
    log,
    globalShortcut,
    systemPreferences,
    powerMonitor,
    chord: () => settings.value.talkKey,
    description: () => talkKeyText(language()),
    appId: 'org.parley.Parley',
    style: () => (turnMode() === 'tap' ? 'tap' : settings.value.talkKeyAutomatic ? 'automatic' : 'hold'),
    tapBelowMs: () => settings.value.talkKeyTapMs,
    speaking: () => !trial.on && voice.status.state === 'speaking',
    turnOpen: () => (trial.on ? trial.open : voice.status.state === 'listening'),
    onPress: () => {
      if (trial.on) trial.press()
      else voice.press()
    },
    onRelease: () => {
      if (trial.on) trial.release()
      else voice.endTurn()
    },
    onCancel: () => {
      if (trial.on) trial.cancel()
      else voice.cancelTurn()
    },
    onPhase: (phase) => {
      trial.phase(phase)
    },
    onShow: showWindow,
    onStatus: (status) => {
      store.set({ talkKey: talkKeyShown(status, language()) })
    },
  })
  const requests: TalkKeyRequests = {
    'talkKey.capture': () => talkKey.capture(),
    'talkKey.captureCancel': () => {
      talkKey.cancelCapture()
    },
    'talkKey.pressed': (chord) => {
      talkKey.pressedInWindow(chord)
    },
    'talkKey.trial': (on) => {
      // A turn that is open in earnest ends before its key means something else, and the other way about.
      talkKey.pause('trial')
      trial.set(on)
      talkKey.resume('trial')
    },
    'talkKey.askAccess': () => {
      talkKey.askAccess()
    },
  }
  const notAsked = (): void => {
    talkKey.cancelCapture()
    trial.set(false)
  }
  return { talkKey, requests, notAsked }
}
