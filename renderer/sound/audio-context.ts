import { SAMPLE_RATE } from '../../shared/voice-port.ts'

/** What Chromium's AudioContext can do beyond TypeScript's description of it. */
export interface SoundContext extends AudioContext {
  /** Empty = the system's default output. Rejects with `NotFoundError` when the device is not there. */
  setSinkId(sinkId: string): Promise<void>
  /** The device cannot be used any more, e.g. the chosen one went away; the context is suspended then. */
  onerror: (() => void) | null
}

type ContextOptions = AudioContextOptions & { sinkId?: string | { type: 'none' } }

function createContext(options: ContextOptions): SoundContext {
  return new AudioContext(options) as SoundContext
}

/** A context for the speaker, 24 kHz, on the system's default output. */
export function createPlaybackContext(): SoundContext {
  return createContext({ sampleRate: SAMPLE_RATE, latencyHint: 'interactive' })
}

/**
 * What drives a capture context. The speaker's device is served by a real-time thread; a timer is not,
 * and on a busy machine it loses samples of the microphone (with every core busy, about one stretch of
 * 10–30 ms a second; none with the speaker). But the timer goes on when the speaker dies.
 */
export type CaptureDriver = 'speaker' | 'timer'

/** A context for the microphone, 24 kHz. */
export function createCaptureContext(driver: CaptureDriver): SoundContext {
  if (driver === 'speaker') return createContext({ sampleRate: SAMPLE_RATE, latencyHint: 'interactive' })
  return createContext({ sampleRate: SAMPLE_RATE, sinkId: { type: 'none' } })
}

/**
 * Waits until a context's clock moves: neither `state` nor the first call of a worklet says that
 * sound comes out (`audio/measurements.md`).
 * @returns false when it did not within `timeoutMs`
 */
export async function clockMoves(context: BaseAudioContext, timeoutMs: number): Promise<boolean> {
  const start = context.currentTime
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    await sleep(10)
    if (context.currentTime > start) return true
  }
  return false
}

/** Resolves after `ms`. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** What an unknown thrown value says, for people who read logs. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** Ends a context; one that is already closed is left alone. */
export function closeContext(context: BaseAudioContext & { close(): Promise<void> }): void {
  if (context.state === 'closed') return
  context.close().catch((error: unknown) => {
    console.warn('An audio context did not close:', messageOf(error))
  })
}
