import type { ConversationEntry, ConversationPatch } from './conversation/model.ts'
import type { Failure } from './failure.ts'
import type { EndpointKind, Settings, TurnMode } from './settings.ts'
import type { AudioDevice } from './voice-port.ts'

/** The one word a person can see at any time (design §4). */
export type VoiceStateName =
  | 'idle'
  | 'connecting'
  | 'ready'
  | 'listening'
  | 'thinking'
  | 'speaking'
  | 'reconnecting'
  | 'failed'

/** What is shown about the voice session; owned by main, the same in every window. */
export interface VoiceStatus {
  state: VoiceStateName
  /** The connection is still being made; shown beside *listening* when a turn began from idle. */
  connecting: boolean
  /** Why, and what to do; non-null exactly in state `failed`. */
  failure: Failure | null
  microphone: 'off' | 'armed' | 'live' | 'muted'
  speaker: 'on' | 'muted'
  /** The mode in force. */
  turnMode: TurnMode
  /** A session runs or is being made: **End conversation** instead of **Start conversation**. */
  active: boolean
  /** Unix ms of the session's start, null when none runs: for the clock. */
  startedAt: number | null
  /** What was said but could not be sent (ms of speech), offered for retry or discard; null when there is none. */
  heldTurnMs: number | null
  /** Open line: the server hears the person and can be told that the turn is complete. */
  canSendNow: boolean
  /** A passing remark ("too short", "the microphone is silent"); null when there is none. */
  notice: Failure | null
  /** Where the session runs, null when none does. */
  endpoint: EndpointKind | null
  /** Tokens used in this session so far; null when the server names none (practice). */
  tokens: number | null
  /** US dollars of this session so far, an estimate; null where the price is not known. */
  costUsd: number | null
}

/** What is known of the key: never the key itself. */
export interface KeyStatus {
  present: boolean
  /** `environment` beats `stored` for this run; `session` is kept in memory only. */
  source: 'environment' | 'stored' | 'session' | 'none'
  /** The origin that the key belongs to, e.g. `wss://api.openai.com`; empty when none. */
  origin: string
  /** Name of the system's key store as a person knows it, and whether a round trip through it worked. */
  backend: string
  backendVerified: boolean
  /** What keeps the key, or would keep a new one, only obfuscates it: nothing is stored there without the person's consent. */
  unprotected: boolean
}

/** With whom Parley talks. */
export interface EndpointInForce {
  kind: EndpointKind
  /** Host name, with the port when it is unusual; empty for the practice partner. */
  host: string
  /** Model or deployment; empty when the server chooses. */
  model: string
}

/** What the person is asked before a function runs. No answer means no. */
export interface QuestionShown {
  id: string
  /** Which sentence: `toolQuestion.<code>`. */
  code: string
  /** Filled into the sentence; `url`, where present, is shown in full. */
  detail: Readonly<Record<string, string>>
  /** Unix ms at which it counts as answered no. */
  expiresAt: number
}

/** A timer that rings until it is dismissed. */
export interface RingingTimer {
  id: string
  label: string
  /** Since when it should have rung, ms, when the computer slept. */
  lateMs: number
}

/** Which way serves the talk key, and why. */
export interface TalkKeyShown {
  /** `hook` and `shortcut` serve a key; with `command_line` only the desktop's own shortcuts can call `parley --talk`. */
  provider: 'hook' | 'shortcut' | 'portal' | 'command_line'
  /** The end of a press is seen: holding works, otherwise only tapping. */
  canHold: boolean
  /** Name of the key that works, in the interface's language; empty when none does. */
  name: string
  /** Name of the key that was chosen. */
  chosen: string
  /** Why not the chosen key, or not holding; empty when all is well. */
  reasons: readonly string[]
}

/** What the talk key would do, while a person tries it (onboarding): no turn begins. */
export interface TalkKeyTrialShown {
  /** `held`: a turn would run as long as the key is down; `tapped`: until it is pressed once more. */
  phase: 'waiting' | 'held' | 'tapped'
  /** How the last one was taken, and how long it was, ms. */
  last: { as: 'hold' | 'tap'; ms: number } | null
}

/** The overlay, as far as a window must know of it. */
export interface OverlayShown {
  /** It is switched on; it is to be seen while a conversation runs and the window is not in use. */
  on: boolean
  /** Why it is off although nobody switched it off, or cannot be had; empty when all is well. `wayland`: no window can stay on top or be placed there. */
  reason: '' | 'wayland' | 'crashed'
  /** To which side its second row opens. */
  grows: 'up' | 'down'
  /** Who moves it: the page's pointer, or the system where windows cannot be placed. */
  movedBy: 'page' | 'system'
}

/** What the desktop lets Parley do, as far as the settings must say so. */
export interface DesktopShown {
  /** Nothing here shows tray icons, so closing the window ends Parley whatever the setting says. */
  noTray: boolean
  /** `approval`: macOS wants the start at login approved in System Settings; `failed`: it could not be changed. */
  login: '' | 'approval' | 'failed'
}

/** A view that the person asked for from outside the window: a link, the tray, the menu bar. */
export interface WantedView {
  view: 'settings' | 'talk'
  /** Counts up with each wish; named when it is fulfilled. */
  n: number
}

/** Everything a visible window shows. A window opened late gets the whole snapshot and is right at once. */
export interface AppState {
  voice: VoiceStatus
  settings: Settings
  /** Interface language in force. */
  language: 'en' | 'de'
  key: KeyStatus
  /** The server in force, whether chosen here or named by the environment; null when none is. */
  endpoint: EndpointInForce | null
  question: QuestionShown | null
  /** null until it is known. */
  talkKey: TalkKeyShown | null
  /** Non-null while the talk key is being tried. */
  talkKeyTrial: TalkKeyTrialShown | null
  overlay: OverlayShown
  desktop: DesktopShown
  /** null once it has been shown. */
  wanted: WantedView | null
  /** Timers that ring now, oldest first. */
  ringing: readonly RingingTimer[]
  /** The onboarding page is to be shown instead of the conversation. */
  onboarding: boolean
  devices: { inputs: AudioDevice[]; outputs: AudioDevice[] }
  /** Names of the functions that a persona may be given. */
  tools: readonly string[]
  version: string
  entries: readonly ConversationEntry[]
}

/** Answer to `state.get`: `seq` is the number of the last patch it contains. */
export interface Snapshot {
  seq: number
  state: AppState
}

/** One numbered change; a gap in `seq` means: ask for a snapshot again. */
export interface StatePatch {
  seq: number
  /** Top-level parts that are replaced whole. */
  set?: Partial<Omit<AppState, 'entries'>>
  conversation?: ConversationPatch[]
}

/** Sound levels for the line, 0–1, at 20–30 Hz while the window is visible. */
export interface Levels {
  micPeak: number
  micRms: number
  voicePeak: number
  voiceRms: number
}
