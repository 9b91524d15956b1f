import { failure, type Failure } from '../../shared/failure.ts'
import type { AudioDevice } from '../../shared/voice-port.ts'
import { ChosenDevice } from './chosen-device.ts'
import type { SoundPort } from './sound-port.ts'

/**
 * Chromium keeps its stream to a device that went away for 5 s after the last use, PulseAudio moves
 * that stream to another device, and whoever chooses the device again meanwhile is given it, ms. A
 * microphone with echo cancellation counts as a use, whatever its own device is.
 */
const STRAY_MS = 6000

export interface SpeakerPlaceOptions {
  sound: SoundPort
  /** Which one was chosen; null: the system's default. */
  speakerId: () => string | null
  /** ms, of a clock that only goes forward */
  now: () => number
  /** A microphone is open. */
  listening: () => boolean
  /** Something sounds, or is about to. */
  sounding: () => boolean
  /** The chosen speaker was lost, and the system's default takes its place; null: it is back. */
  onLost: (lost: Failure | null) => void
}

/**
 * Where Parley's voice is heard: from the speaker that was chosen, from the system's default while
 * that one is not there. It goes back in mid-answer too, since nothing is lost or said twice then.
 *
 * Where a microphone was open all the while, the voice may have been given a stray stream
 * ({@link STRAY_MS}): then it leaves the speaker for so long, once more, when nobody listens or speaks.
 */
export class SpeakerPlace {
  readonly #options: SpeakerPlaceOptions
  readonly #chosen: ChosenDevice
  #timer: NodeJS.Timeout | null = null
  /** When the microphone was open last. */
  #listenedAt = -Infinity
  /** What sounds may not sound from the speaker although it was chosen. */
  #stray = false
  /** It has left the speaker to shake off the stray stream. */
  #leaving = false

  constructor(options: SpeakerPlaceOptions) {
    this.#options = options
    this.#chosen = new ChosenDevice({ id: options.speakerId, now: options.now, leastPauseMs: STRAY_MS })
  }

  /** It is waited for a speaker that is not there. */
  get waiting(): boolean {
    return this.#chosen.gone
  }

  /** Another speaker was chosen, or the room is a new one. */
  apply(): void {
    this.#stray = false
    this.#leaving = false
    this.#post(this.#chosen.gone ? null : this.#options.speakerId())
  }

  /** These speakers are there now. */
  listed(outputs: readonly AudioDevice[]): void {
    const before = this.#chosen.gone
    this.#chosen.listed(outputs)
    if (this.#chosen.gone && !before) {
      this.#post(null)
      this.#lost()
    }
    this.#takeBack()
  }

  /** The sound room could not use it: the default sounds. */
  refused(): void {
    if (this.#options.speakerId() === null || this.#chosen.gone) return
    this.#chosen.lost()
    this.#lost()
  }

  /** The microphone was opened or closed, or Parley began or ceased to sound. */
  changed(): void {
    const { listening, sounding, now, speakerId } = this.#options
    if (listening()) this.#listenedAt = now()
    if (!this.#stray || this.#chosen.gone) return
    const quiet = !listening() && !sounding()
    if (quiet === this.#leaving) return
    this.#leaving = quiet
    this.#post(quiet ? null : speakerId())
    this.#stop()
    if (!quiet) return
    this.#timer = setTimeout(() => {
      this.apply()
    }, STRAY_MS)
  }

  #lost(): void {
    this.#stray = false
    this.#leaving = false
    this.#options.onLost(failure('speaker_lost', { device: this.#chosen.label }, ['dismiss']))
  }

  #takeBack(): void {
    const wait = this.#chosen.waitMs
    if (wait === null) return
    this.#stop()
    if (wait > 0) {
      this.#timer = setTimeout(() => {
        this.#takeBack()
      }, wait)
      return
    }
    const { listening, now, speakerId, onLost } = this.#options
    this.#chosen.takenBack()
    this.#post(speakerId())
    onLost(null)
    this.#stray = listening() || now() - this.#listenedAt < STRAY_MS
    this.changed()
  }

  #post(deviceId: string | null): void {
    this.#options.sound.post({ type: 'output_device', deviceId })
  }

  #stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}
