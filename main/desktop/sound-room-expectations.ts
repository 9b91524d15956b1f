import type { FromSoundRoom, ToSoundRoom } from '../../shared/voice-port.ts'

/** A room that should speak and has said nothing for this long is dead, ms. */
export const SILENT_MS = 5000
/** A room that is not ready after this long never will be, ms. Long, since a cold start on a busy machine is slow. */
export const STARTUP_MS = 20_000
/** Main asks every second; after a longer pause it was main, or the whole computer, that slept. */
const OWN_PAUSE_MS = 3000

/**
 * What one sound room owes: a `ready` at first, then frames or levels every 20 ms while the
 * microphone is open, a report every 40 ms while anything plays, and an answer to each `flush`.
 * What it owes is taken from its own words, so that a device that is gone or a permission prompt
 * that stays open is not mistaken for its death.
 */
export class Expectations {
  #ready = false
  #capturing = false
  #playing = false
  #speakerBroken = false
  #flush: number | null = null
  /** When waiting began, or anything was last heard, ms. */
  #since: number
  #asked: number

  /** @param now ms, of a clock that only goes forward */
  constructor(now: number) {
    this.#since = now
    this.#asked = now
  }

  /** The room said something. */
  heard(message: FromSoundRoom, now: number): void {
    this.#since = now
    switch (message.type) {
      case 'ready':
        this.#ready = true
        break
      case 'capture_mode':
        this.#capturing = message.mode === 'armed' || message.mode === 'live'
        break
      case 'microphone':
        // Open or not: what the worklet does now, it says in `capture_mode`.
        this.#capturing = false
        break
      case 'microphone_ended':
        this.#capturing = false
        break
      case 'playback':
        this.#playing =
          message.playing !== null || message.tracks.some((track) => track.framesPlayed < track.framesReceived)
        break
      case 'flushed':
        this.#playing = false
        if (message.generation === this.#flush) this.#flush = null
        break
      case 'speaker_problem':
        this.#speakerBroken = message.broken
        break
      default:
        break
    }
  }

  /** The room was told something. */
  sent(message: ToSoundRoom, now: number): void {
    const idle = !this.#owes()
    if (message.type === 'flush') this.#flush = message.generation
    if (message.type === 'close_microphone' || message.type === 'open_microphone') this.#capturing = false
    if (message.type === 'capture' && message.mode === 'muted') this.#capturing = false
    if (idle && this.#owes()) this.#since = now
  }

  /** What is overdue, in words for the log; null while all is well. Asked about once a second. */
  overdue(now: number): string | null {
    if (now - this.#asked > OWN_PAUSE_MS) this.#since = now
    this.#asked = now
    const silent = now - this.#since
    if (!this.#ready) return silent > STARTUP_MS ? 'not ready in time' : null
    return this.#owes() && silent > SILENT_MS ? `silent for ${Math.round(silent)} ms` : null
  }

  #owes(): boolean {
    if (this.#capturing) return true
    // Without a working output no worklet runs that could report or answer.
    return !this.#speakerBroken && (this.#playing || this.#flush !== null)
  }
}
