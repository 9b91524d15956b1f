import { failure, type Failure } from '../../shared/failure.ts'
import type { CaptureMode, FromSoundRoom, MicrophoneProblem } from '../../shared/voice-port.ts'
import type { SoundPort } from './sound-port.ts'

/** What the owner wants of the microphone. */
export type MicrophoneWish = 'off' | 'armed' | 'live' | 'muted'

type DeviceState = { state: 'closed' } | { state: 'opening'; request: number } | { state: 'open'; label: string }

export interface MicrophoneOptions {
  sound: SoundPort
  /** Device wanted, null for the system's default; asked at each opening. */
  deviceId: () => string | null
  /** The worklet's confirmed mode changed, or the device opened or closed. */
  onChange: () => void
  /** The microphone cannot be had or was lost; null when it is well again. */
  onProblem: (problem: Failure | null) => void
  /** The microphone was lost while it was wanted; the system's default takes its place. */
  onReplaced: (lost: Failure) => void
}

/**
 * The microphone as main sees it: one wish, carried out by the sound room and believed only when
 * the capture worklet itself confirms it (design §3). Requests are numbered; a confirmation of an
 * outdated request changes nothing.
 */
export class Microphone {
  readonly #options: MicrophoneOptions
  #device: DeviceState = { state: 'closed' }
  #wish: MicrophoneWish = 'off'
  #preRollMs = 0
  #confirmed: CaptureMode = 'off'
  #request = 0
  #modeRequest = 0
  /** The system's default stands in for a device that went away. */
  #standIn = false

  constructor(options: MicrophoneOptions) {
    this.#options = options
  }

  /** The mode that the worklet has confirmed: this, not the wish, is what is shown. */
  get mode(): CaptureMode {
    return this.#device.state === 'open' ? this.#confirmed : 'off'
  }

  get label(): string {
    return this.#device.state === 'open' ? this.#device.label : ''
  }

  /** Asks for a mode. @param preRollMs sound from before now that belongs to the turn, 0–500 ms; only for `live`. */
  want(wish: MicrophoneWish, preRollMs = 0): void {
    if (wish === this.#wish && (wish === 'off' || this.#device.state !== 'closed')) return
    this.#wish = wish
    this.#preRollMs = preRollMs
    if (wish === 'off') {
      this.#close()
    } else if (this.#device.state === 'open') {
      this.#sendMode()
    } else if (this.#device.state === 'closed') {
      this.#open()
    }
  }

  /** Opens the chosen device again, e.g. after another one was chosen. */
  reopen(): void {
    this.#standIn = false
    if (this.#wish !== 'off') this.#open()
  }

  /** The sound room is gone and with it the device. Comes back in the mode `wish` at the next {@link want}. */
  lost(): void {
    this.#standIn = false
    this.#device = { state: 'closed' }
    this.#wish = 'off'
    this.#confirmed = 'off'
    this.#options.onChange()
  }

  /** Takes what the sound room says about the microphone. */
  receive(message: FromSoundRoom): void {
    switch (message.type) {
      case 'microphone':
        this.#opened(message)
        break
      case 'capture_mode':
        if (message.request !== this.#modeRequest && message.mode !== 'off') return
        this.#confirmed = message.mode
        this.#options.onChange()
        break
      case 'microphone_ended':
        if (this.#device.state === 'open') this.#ended(failure('microphone_lost', { device: this.#device.label }, ['choose_microphone']))
        break
      case 'microphone_silent':
        this.#options.onProblem(
          message.silent ? failure('microphone_silent', { device: this.label }, ['choose_microphone']) : null,
        )
        break
      default:
        break
    }
  }

  /** A device that goes away in the midst of a turn is no reason to lose the turn; once, lest two bad devices go on for ever. */
  #ended(why: Failure): void {
    if (this.#wish === 'off' || this.#standIn) {
      this.#options.onProblem(why)
      this.lost()
      return
    }
    this.#standIn = true
    this.#confirmed = 'off'
    this.#open()
    this.#options.onReplaced(why)
  }

  #open(): void {
    this.#request++
    this.#device = { state: 'opening', request: this.#request }
    const deviceId = this.#standIn ? null : this.#options.deviceId()
    this.#options.sound.post({ type: 'open_microphone', request: this.#request, deviceId })
  }

  #close(): void {
    this.#standIn = false
    if (this.#device.state === 'closed') return
    this.#request++
    this.#device = { state: 'closed' }
    this.#confirmed = 'off'
    this.#options.sound.post({ type: 'close_microphone' })
    this.#options.onChange()
  }

  #sendMode(): void {
    if (this.#wish === 'off') return
    this.#modeRequest++
    this.#options.sound.post({ type: 'capture', request: this.#modeRequest, mode: this.#wish, preRollMs: this.#preRollMs })
  }

  #opened(message: Extract<FromSoundRoom, { type: 'microphone' }>): void {
    if (this.#device.state !== 'opening' || message.request !== this.#device.request) return
    if (message.state === 'failed') {
      this.#options.onProblem(failure(PROBLEM_CODES[message.problem], {}, ['choose_microphone']))
      this.lost()
      return
    }
    this.#device = { state: 'open', label: message.label }
    // That another one was lost stays said.
    if (!this.#standIn) this.#options.onProblem(null)
    this.#sendMode()
    this.#options.onChange()
  }
}

const PROBLEM_CODES = {
  denied: 'microphone_denied',
  missing: 'microphone_missing',
  busy: 'microphone_busy',
  failed: 'microphone_busy',
} as const satisfies Record<MicrophoneProblem, string>
