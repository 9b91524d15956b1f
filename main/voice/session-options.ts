import type { Conversation } from '../../shared/conversation/conversation.ts'
import type { Failure } from '../../shared/failure.ts'
import type { ServerEvent } from '../../shared/realtime/server-events.ts'
import type { Pace, Settings, TurnMode } from '../../shared/settings.ts'
import type { Levels, VoiceStatus } from '../../shared/state.ts'
import type { FromSoundRoom } from '../../shared/voice-port.ts'
import type { VoiceEngine } from './engine.ts'
import type { KeptSound } from './kept-sound.ts'
import type { SessionSetup } from './link.ts'
import type { SessionToolsOptions } from './session-tools.ts'
import type { SoundPort } from './sound-port.ts'

/** Settings of microphone and line, read whenever they count. */
export type Habits = Pick<Settings, 'armed' | 'armBluetooth' | 'halfDuplex'>

export const DEFAULT_HABITS: Habits = { armed: 'short', armBluetooth: false, halfDuplex: false }

/** What a voice session is joined to, and what it asks its owner. */
export interface SessionOptions {
  sound: SoundPort
  conversation: Conversation
  /** Read at each start. Throws a `FailureError` when there is nowhere to connect to. */
  setup: () => SessionSetup
  /** Makes the engine of one session. */
  createEngine: () => VoiceEngine
  turnMode: () => TurnMode
  /** How turns end on the open line. */
  openLine: () => { pace: Pace; byMeaning: boolean }
  /** The open line is closed after this long without a word, ms; 0 = never. */
  idleStopMs: () => number
  /** Functions that the model may call, and how the person is asked. */
  tools: Pick<SessionToolsOptions, 'registry' | 'questions' | 'onView' | 'onFault'>
  /** Whether the begin and end of listening are to be heard now. */
  cues: () => boolean
  /** What the person wants of microphone and line; left out: the defaults of the settings. */
  habits?: () => Habits
  /** Null = the system's default. */
  microphoneId: () => string | null
  /** 0–1 */
  volume: () => number
  speakerId: () => string | null
  onStatus: (status: VoiceStatus) => void
  /** Why no new answer may be asked for (a spending cap), or null. */
  capped: () => Failure | null
  /** US dollars of this conversation so far; null: not known. */
  costUsd: () => number | null
  /** A conversation begins or is over. */
  onSession: (what: 'begins' | 'over') => void
  /** Every event of the server that concerns the conversation, before it is shown. */
  onServerEvent: (event: ServerEvent) => void
  onLevels: (levels: Levels) => void
  onDevices: (devices: Pick<Extract<FromSoundRoom, { type: 'devices' }>, 'inputs' | 'outputs'>) => void
  /** Where the sound of turns goes while it is kept; left out: nowhere. */
  keptSound?: KeptSound
  /** Whether the computer has a network at all, where that is known: a hint to try again at once when it is back. */
  online?: () => boolean
  /** Unix ms; shown. */
  now?: () => number
  /** ms of a clock that only goes forward, by which everything that lasts is measured: the computer's own may be set. */
  clock?: () => number
}
