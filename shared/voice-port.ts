/**
 * The voice port: what main and the sound room say to each other over one MessagePort (design
 * §3). Everything whose order matters goes through it, both ways. PCM is always 16-bit little
 * endian mono at 24 kHz in an exact-size `Uint8Array` (`buffer.byteLength === byteLength`), never
 * in a transfer list towards main (electron/electron#34905).
 *
 * Counters: "frames" are samples at 24 kHz (24 frames = 1 ms).
 */

/** Names one stretch of assistant audio: one content part of one item of one response. */
export interface TrackId {
  response_id: string
  item_id: string
  content_index: number
}

/** How far one track has been played. `framesPlayed <= framesReceived`. */
export interface TrackProgress extends TrackId {
  framesPlayed: number
  framesReceived: number
  /** True once `audio_done` was received for the track. */
  complete: boolean
}

/**
 * What the capture worklet does with samples.
 * - `off`: no microphone is open.
 * - `armed`: open; the last 500 ms stay in the worklet's ring; only levels are posted.
 * - `live`: every 20 ms frame is posted.
 * - `muted`: open; nothing is kept and nothing is posted.
 */
export type CaptureMode = 'off' | 'armed' | 'live' | 'muted'

/** See `cue` in {@link ToSoundRoom}. */
export type CueName = 'listening' | 'sent' | 'warning' | 'alarm'

/** main → sound room */
export type ToSoundRoom =
  /**
   * Opens (or switches to) a microphone; answered by `microphone`. `deviceId` null = the system's
   * default. What was open is heard until the new one gives sound. With `fresh` it is closed first: Chromium gives
   * whoever opens a device twice the same source, and with it an echo canceller that has learned another output's echo.
   */
  | { type: 'open_microphone'; request: number; deviceId: string | null; fresh?: boolean }
  | { type: 'close_microphone' }
  /**
   * Sets the capture mode; answered by `capture_mode` from the worklet itself. Going `live`
   * first posts up to `preRollMs` of the ring (0–500).
   */
  | { type: 'capture'; request: number; mode: 'armed' | 'live' | 'muted'; preRollMs: number }
  /** Queues assistant audio behind what is queued already. */
  | ({ type: 'audio'; pcm: Uint8Array } & TrackId)
  /** All audio of the track has been queued. */
  | ({ type: 'audio_done' } & TrackId)
  /**
   * Fades out within 5 ms and empties the queue; answered by `flushed` with the same generation.
   * Tracks of `response_ids` that arrive later are dropped.
   */
  | { type: 'flush'; generation: number; response_ids: string[] }
  | { type: 'speaker'; muted: boolean; volume: number }
  /** A short sound of Parley's own, beside whatever is playing: listening begins, a turn was sent, the line is about to close, a timer is up. */
  | { type: 'cue'; cue: CueName }
  /** `deviceId` null = the system's default output, which also sounds when the device is not there: it is not looked for again. */
  | { type: 'output_device'; deviceId: string | null }
  | { type: 'list_devices' }

/** Why a microphone could not be had. */
export type MicrophoneProblem = 'denied' | 'missing' | 'busy' | 'failed'

export interface AudioDevice {
  deviceId: string
  /** The system's own name of the device; empty while the page may not know it. */
  label: string
}

/** sound room → main */
export type FromSoundRoom =
  /** Contexts run and worklets are loaded; sent once, first. */
  | { type: 'ready' }
  | { type: 'microphone'; request: number; state: 'open'; deviceId: string; label: string }
  | { type: 'microphone'; request: number; state: 'failed'; problem: MicrophoneProblem; message: string }
  /** The device went away or was taken (`track.onended`). */
  | { type: 'microphone_ended' }
  /** `true` after 2 s of pure zeros while open and not muted, `false` at the next real sample. */
  | { type: 'microphone_silent'; silent: boolean }
  /** The worklet's own confirmation of a mode. `request` of the command it carried out. */
  | { type: 'capture_mode'; request: number; mode: CaptureMode }
  /**
   * One frame of the microphone, 20 ms = 480 samples = 960 bytes (the last one of a turn may be
   * shorter). `seq` counts up by one since the microphone was opened; `firstFrame` is the index of its first
   * sample on the capture context's clock; `peak` and `rms` are 0–1.
   */
  | { type: 'frame'; seq: number; firstFrame: number; peak: number; rms: number; pcm: Uint8Array }
  /** Level only, each 20 ms, while armed. */
  | { type: 'level'; peak: number; rms: number }
  /**
   * Each 40 ms while anything is queued or playing, and once when all has been played.
   * `playing` is the track that sounds now, null in a gap or at the end. `tracks` holds the tracks not yet reported as
   * played out. Starvation counts since the sound room began.
   */
  | {
      type: 'playback'
      playing: TrackId | null
      tracks: TrackProgress[]
      peak: number
      rms: number
      starvations: number
      starvedFrames: number
    }
  /** Answer to `flush`: every track that was playing or queued, with what was heard of it (fade included). */
  | { type: 'flushed'; generation: number; tracks: TrackProgress[] }
  /** `defaultInput`: name of the input that the system's default stands for now; left out: not known. */
  | { type: 'devices'; inputs: AudioDevice[]; outputs: AudioDevice[]; defaultInput?: string }
  /**
   * Playback is not possible now (no output device, context dead); `false` when it is again.
   * `false` with a message: the chosen output cannot be used, and the system's default sounds.
   */
  | { type: 'speaker_problem'; broken: boolean; message: string }
  /** What is played comes out of another device now. */
  | { type: 'output_changed' }

/** Sample rate of everything on the voice port and on the wire, Hz. */
export const SAMPLE_RATE = 24_000
/** Length of a microphone frame, ms. */
export const FRAME_MS = 20
/** Samples in a microphone frame. */
export const FRAME_SAMPLES = (SAMPLE_RATE * FRAME_MS) / 1000
/** Bytes in a microphone frame. */
export const FRAME_BYTES = FRAME_SAMPLES * 2
