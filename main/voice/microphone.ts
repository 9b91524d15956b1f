import { failure, type Failure } from '../../shared/failure.ts'
import type { AudioDevice, CaptureMode, FromSoundRoom, MicrophoneProblem } from '../../shared/voice-port.ts'
import { ChosenDevice } from './chosen-device.ts'
import type { SoundPort } from './sound-port.ts'

/** What the owner wants of the microphone. */
export type MicrophoneWish = 'off' | 'armed' | 'live' | 'muted'

/** `before` in `opening`: name of the device that is heard until the new one is there; null: none is. */
type DeviceState = { state: 'closed' } | { state: 'opening'; request: number; before: string | null } | { state: 'open'; label: string }

export interface MicrophoneOptions {
  sound: SoundPort
  /** Device wanted, null for the system's default; asked at each opening. */
  deviceId: () => string | null
  /** ms, of a clock that only goes forward */
  now: () => number
  /** Whether it may change to another device now: nobody is speaking into it. */
  mayMove: () => boolean
  /** The worklet's confirmed mode changed, or the device opened or closed. */
  onChange: () => void
  /** The microphone cannot be had or was lost; null when it is well again. */
  onProblem: (problem: Failure | null) => void
  /** The microphone was lost while it was wanted, or is not there; the system's default takes its place. */
  onReplaced: (lost: Failure) => void
  /** None could be had, and now one can: it may be wanted again. */
  onAvailable: () => void
}

/**
 * The microphone as main sees it: one wish, carried out by the sound room and believed only when
 * the capture worklet itself confirms it (design §3). Requests are numbered; a confirmation of an
 * outdated request changes nothing.
 *
 * When the device that was chosen is not there, the system's default stands in for it until it is
 * listed again and nobody speaks ({@link MicrophoneOptions.mayMove}); what stands in is heard until then.
 * Where the default itself is wanted, the microphone follows it in the same way. When sound comes out of another device,
 * it is opened afresh: an echo canceller that was at home with the one before lets the new one's echo through for seconds.
 */
export class Microphone {
  readonly #options: MicrophoneOptions
  readonly #chosen: ChosenDevice
  #device: DeviceState = { state: 'closed' }
  #wish: MicrophoneWish = 'off'
  #preRollMs = 0
  #confirmed: CaptureMode = 'off'
  #request = 0
  #modeRequest = 0
  /** The system's default stands in for a device that is not there. */
  #standIn = false
  /** It was said that it does. */
  #told = false
  /** No microphone could be had the last time. */
  #none = false
  /** Name of the system's default as it was listed last, and as it was when it was opened; null: not known. */
  #defaultNow: string | null = null
  #defaultOpened: string | null = null
  /** Sound comes out of another device since it was opened, and what its echo canceller learned is wrong. */
  #echoChanged = false
  /** Waits until the chosen device may be taken back. */
  #patience: NodeJS.Timeout | null = null

  constructor(options: MicrophoneOptions) {
    this.#options = options
    this.#chosen = new ChosenDevice({ id: options.deviceId, now: options.now })
  }

  /** The mode that the worklet has confirmed: this, not the wish, is what is shown. */
  get mode(): CaptureMode {
    return this.#heard === null ? 'off' : this.#confirmed
  }

  /** Name of the device that is heard; empty: none is. */
  get label(): string {
    return this.#heard ?? ''
  }

  /** It is waited for a device that is not there. */
  get waiting(): boolean {
    return this.#chosen.gone && (this.#none || (this.#standIn && this.#options.deviceId() !== null))
  }

  /** Asks for a mode. @param preRollMs sound from before now that belongs to the turn, 0–500 ms; only for `live`. */
  want(wish: MicrophoneWish, preRollMs = 0): void {
    if (wish === this.#wish && (wish === 'off' || this.#device.state !== 'closed')) {
      this.#move()
      return
    }
    this.#wish = wish
    this.#preRollMs = preRollMs
    if (wish === 'off') {
      this.#close()
    } else if (this.#heard !== null) {
      this.#sendMode()
      this.#move()
    } else if (this.#device.state === 'closed') {
      this.#open()
    }
  }

  /** Opens the chosen device again, e.g. after another one was chosen. */
  reopen(): void {
    this.#echoChanged = false
    this.#standIn = false
    this.#told = false
    if (this.#wish !== 'off') this.#open()
  }

  /** These microphones are there now. @param defaultInput name of the one that the system's default stands for; empty: not known */
  listed(inputs: readonly AudioDevice[], defaultInput: string): void {
    if (defaultInput !== '') {
      if (this.#options.deviceId() === null && this.#defaultNow !== null && this.#defaultNow !== defaultInput) this.#chosen.lost()
      this.#defaultNow = defaultInput
      this.#defaultOpened ??= defaultInput
    }
    this.#chosen.listed(inputs)
    this.#move()
  }

  /** Somebody may have ceased to speak: what waited for that is done. */
  settle(): void {
    this.#move()
  }

  /** The sound room is gone and with it the device. Comes back in the mode `wish` at the next {@link want}. */
  lost(): void {
    this.#standIn = false
    this.#none = false
    this.#stopWaiting()
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
      case 'output_changed':
        this.#echoChanged = this.#device.state === 'open'
        this.#move()
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
    this.#chosen.lost()
    if (this.#wish === 'off' || this.#standIn) {
      this.#giveUp(why, true)
      return
    }
    this.#deaf()
    this.#defaultNow = null
    this.#substitute(why.detail)
    this.#open()
  }

  /** No microphone can be had. @param gone one that is plugged in may help */
  #giveUp(why: Failure, gone: boolean): void {
    this.#options.onProblem(why)
    this.lost()
    this.#none = gone
  }

  /** The device is gone. Not `closed`: whoever hears of it in the meantime must not open another one. */
  #deaf(): void {
    this.#device = { state: 'opening', request: this.#request, before: null }
    this.#confirmed = 'off'
  }

  /** The system's default takes the place of the device. */
  #substitute(detail: Failure['detail']): void {
    this.#standIn = true
    if (this.#told) return
    this.#told = true
    this.#options.onReplaced(failure('microphone_lost', detail, ['choose_microphone']))
  }

  /** Name of the device that is heard; null: none is. */
  get #heard(): string | null {
    switch (this.#device.state) {
      case 'open':
        return this.#device.label
      case 'opening':
        return this.#device.before
      case 'closed':
        return null
    }
  }

  /** Goes (back) to the device that ought to be used, when it is there and nobody is speaking. */
  #move(): void {
    const wait = this.#chosen.waitMs
    const misplaced = this.#misplaced
    if (this.#wish === 'off' ? !this.#none || wait === null : !misplaced && !this.#echoChanged) return
    this.#stopWaiting()
    if (wait !== null && wait > 0) {
      this.#patience = setTimeout(() => {
        this.#move()
      }, wait)
      return
    }
    if (this.#wish === 'off') {
      this.#none = false
      this.#chosen.takenBack()
      this.#options.onAvailable()
    } else if (this.#options.mayMove()) {
      if (misplaced) {
        // Another device brings an echo canceller of its own.
        this.#echoChanged = false
        this.#standIn = false
        this.#chosen.takenBack()
      }
      this.#open()
    }
  }

  /** Another device than the one that is heard ought to be. */
  get #misplaced(): boolean {
    if (this.#device.state !== 'open') return false
    if (this.#options.deviceId() !== null) return this.#standIn && this.#chosen.waitMs !== null
    return this.#defaultOpened !== null && this.#defaultNow !== this.#defaultOpened
  }

  #stopWaiting(): void {
    if (this.#patience) clearTimeout(this.#patience)
    this.#patience = null
  }

  #open(): void {
    const wanted = this.#options.deviceId()
    // It came back while nobody wanted it.
    if (!this.#standIn && this.#chosen.waitMs === 0) this.#chosen.takenBack()
    if (wanted !== null && this.#chosen.gone && !this.#standIn) this.#substitute({ device: this.#chosen.label })
    const before = this.#heard
    this.#stopWaiting()
    this.#none = false
    this.#request++
    this.#device = { state: 'opening', request: this.#request, before }
    this.#defaultOpened = this.#defaultNow
    this.#options.sound.post({ type: 'open_microphone', request: this.#request, deviceId: this.#standIn ? null : wanted, ...(this.#echoChanged && { fresh: true }) })
    this.#echoChanged = false
  }

  #close(): void {
    this.#standIn = false
    this.#stopWaiting()
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
      this.#failed(message.problem)
      return
    }
    this.#device = { state: 'open', label: message.label }
    // That another one was lost stays said.
    if (!this.#standIn) {
      this.#told = false
      this.#options.onProblem(null)
    }
    this.#sendMode()
    this.#options.onChange()
  }

  /** The sound room has no device open any more. */
  #failed(problem: MicrophoneProblem): void {
    this.#deaf()
    // One that has just come back may not be ready yet.
    const gone = problem === 'missing' || (this.#told && problem !== 'denied')
    if (gone) this.#chosen.lost()
    if (gone && this.#options.deviceId() !== null && !this.#standIn) {
      this.#substitute({ device: this.#chosen.label })
      this.#open()
    } else this.#giveUp(failure(PROBLEM_CODES[problem], {}, ['choose_microphone']), gone)
  }
}

const PROBLEM_CODES = {
  denied: 'microphone_denied',
  missing: 'microphone_missing',
  busy: 'microphone_busy',
  failed: 'microphone_busy',
} as const satisfies Record<MicrophoneProblem, string>
