import type { CaptureMode, FromSoundRoom, ToSoundRoom, TrackProgress } from '../../shared/voice-port.ts'

/** page → capture worklet */
export interface ToCapture {
  type: 'mode'
  request: number
  mode: CaptureMode
  /** Only for `live` from `armed`, 0–500 ms. */
  preRollMs: number
}

/** capture worklet → page; goes on to main as it is. */
export type FromCapture =
  | Extract<FromSoundRoom, { type: 'capture_mode' | 'level' | 'microphone_silent' }>
  | (Omit<Extract<FromSoundRoom, { type: 'frame' }>, 'pcm'> & { pcm: Uint8Array<ArrayBuffer> })

/** Everything a playback worklet knows, for the one that takes its place. */
export interface PlaybackState {
  tracks: TrackProgress[]
  /** What is unplayed, in order; `track` is an index into `tracks`. */
  chunks: { track: number; samples: Int16Array<ArrayBuffer> }[]
  dropped: string[]
  muted: boolean
  volume: number
  starvations: number
  starvedFrames: number
}

/** page → playback worklet */
export type ToPlayback =
  | Extract<ToSoundRoom, { type: 'audio' | 'audio_done' | 'flush' | 'speaker' | 'cue' }>
  /** Stand still, and go on: while held nothing sounds and nothing is taken from the queue. */
  | { type: 'hold'; held: boolean }
  /** Give everything away; answered by `handed_over`. */
  | { type: 'hand_over' }
  /** Go on where another worklet stopped. */
  | { type: 'take_over'; state: PlaybackState }

/** What the playback worklet says to main. */
export type PlaybackReport = Extract<FromSoundRoom, { type: 'playback' | 'flushed' }>

/** playback worklet → page */
export type FromPlayback = PlaybackReport | { type: 'handed_over'; state: PlaybackState }
