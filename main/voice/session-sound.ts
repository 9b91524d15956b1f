import type { Conversation } from '../../shared/conversation/conversation.ts'
import { failure, type Failure } from '../../shared/failure.ts'
import type { AudioDevice, CueName, FromSoundRoom } from '../../shared/voice-port.ts'
import { bluetoothMicrophone } from './bluetooth.ts'
import { ChosenDevice } from './chosen-device.ts'
import { LevelMeter } from './levels.ts'
import { Microphone } from './microphone.ts'
import { Playback } from './playback.ts'
import type { SessionOptions } from './session-options.ts'
import type { SoundPortEvent } from './sound-port.ts'

/** So often it is looked for a device that is missing, ms: not every system says when one comes (Bluetooth under Linux). */
const LOOK_AGAIN_MS = 3000

/**
 * Chromium keeps the stream to a device that went away for 5 s after its last use, PulseAudio and
 * PipeWire move it to another device, and whoever chooses the device again meanwhile gets that stream, ms.
 */
const STRAY_STREAM_MS = 6000

/** One frame of the microphone. */
type Frame = Extract<FromSoundRoom, { type: 'frame' }>

export interface SessionSoundOptions extends Pick<SessionOptions, 'sound' | 'keptSound' | 'microphoneId' | 'speakerId' | 'volume' | 'onLevels' | 'onDevices'> {
  conversation: Pick<Conversation, 'heard'>
  now: () => number
  onFrame: (frame: Frame) => void
  /** The microphone's confirmed mode changed, or it opened or closed. */
  onMicrophone: () => void
  /** The microphone cannot be had or was lost; null when it is well again. */
  onMicrophoneProblem: (problem: Failure | null) => void
  /** The microphone was lost in use, or is not there, and the system's default takes its place. */
  onMicrophoneReplaced: (lost: Failure) => void
  /** There was no microphone, and now there is one. */
  onMicrophoneAvailable: () => void
  /** Nobody speaks into the microphone: it may be exchanged. */
  mayMoveMicrophone: () => boolean
  /** Parley began or ceased to sound. */
  onPlayback: () => void
  /** What there is to be heard is not played. */
  onStill: () => void
  /** The speaker cannot be used; false: it can again. */
  onSpeakerProblem: (broken: boolean) => void
  /** The chosen speaker was lost, and the system's default takes its place; null: it is back. */
  onSpeakerLost: (lost: Failure | null) => void
  /** The sound room works, at first and after each rebuild: it knows nothing of what was asked before. */
  onReady: () => void
  /** The sound room is gone. @param forGood it is not rebuilt any more */
  onGone: (forGood: boolean) => void
}

/**
 * Everything of a conversation that is sound: the microphone, what the speaker plays, the levels
 * and the devices, as the sound room reports them. It decides nothing.
 */
export class SessionSound {
  readonly microphone: Microphone
  readonly playback: Playback
  readonly #options: SessionSoundOptions
  readonly #levels: LevelMeter
  readonly #speaker: ChosenDevice
  #muted = false
  /** A conversation runs. */
  #watching = false
  #lookAgain: NodeJS.Timeout | null = null
  /** Waits until the chosen speaker may be taken back. */
  #patience: NodeJS.Timeout | null = null
  #inputs: readonly AudioDevice[] = []
  #defaultInput = ''

  constructor(options: SessionSoundOptions) {
    this.#options = options
    this.#levels = new LevelMeter(options.onLevels, options.now)
    this.microphone = new Microphone({
      sound: options.sound,
      deviceId: options.microphoneId,
      now: options.now,
      mayMove: options.mayMoveMicrophone,
      onChange: () => {
        const { mode } = this.microphone
        if (mode === 'off' || mode === 'muted') this.#levels.silence('microphone')
        options.onMicrophone()
      },
      onProblem: options.onMicrophoneProblem,
      onReplaced: options.onMicrophoneReplaced,
      onAvailable: options.onMicrophoneAvailable,
    })
    this.#speaker = new ChosenDevice({ id: options.speakerId, now: options.now, leastPauseMs: STRAY_STREAM_MS })
    this.playback = new Playback({
      sound: options.sound,
      onProgress: (track, cut) => {
        options.conversation.heard(track, cut)
        options.keptSound?.heard(track, cut)
      },
      onChange: () => {
        if (!this.playback.busy) this.#levels.silence('voice')
        options.onPlayback()
      },
      onStill: options.onStill,
    })
  }

  /** Begins to listen to the sound room; once. */
  start(): void {
    this.#options.sound.listen((message) => {
      this.#receive(message)
    })
  }

  /** Name of the Bluetooth microphone that is used or would be; null: it is another kind, or not known. */
  get bluetooth(): string | null {
    const { label } = this.microphone
    return bluetoothMicrophone({ open: label, wantedId: this.#options.microphoneId(), inputs: this.#inputs, defaultInput: this.#defaultInput })
  }

  /** The person does not want to hear anything. */
  get muted(): boolean {
    return this.#muted
  }

  mute(muted: boolean): void {
    this.#muted = muted
    this.speakerChanged()
  }

  /** Another output device or volume was chosen. */
  speakerChanged(): void {
    const { sound, speakerId, volume } = this.#options
    sound.post({ type: 'output_device', deviceId: this.#speaker.gone ? null : speakerId() })
    sound.post({ type: 'speaker', muted: this.#muted, volume: volume() })
  }

  /** A short sound of Parley's own. */
  cue(cue: CueName): void {
    this.#options.sound.post({ type: 'cue', cue })
  }

  /** Asks for the list of devices. */
  refreshDevices(): void {
    this.#options.sound.post({ type: 'list_devices' })
  }

  /** A conversation began or is over: as long as one runs, devices that are missing are looked for. */
  watchDevices(on: boolean): void {
    if (on === this.#watching) return
    this.#watching = on
    const { microphoneId, speakerId } = this.#options
    if (on && (microphoneId() !== null || speakerId() !== null)) this.refreshDevices()
    if (!on) clearTimeout(this.#lookAgain ?? undefined)
  }

  /** The chosen speaker may have come or gone. Nothing is lost or said twice when the sound changes over in mid-answer. */
  #placeVoice(): void {
    const { sound, speakerId, onSpeakerLost } = this.#options
    clearTimeout(this.#patience ?? undefined)
    const wait = this.#speaker.waitMs
    if (wait === null) return
    if (wait > 0) {
      this.#patience = setTimeout(() => {
        this.#placeVoice()
      }, wait)
      return
    }
    this.#speaker.takenBack()
    sound.post({ type: 'output_device', deviceId: speakerId() })
    onSpeakerLost(null)
  }

  #devicesListed({ inputs, outputs, defaultInput = '' }: Extract<FromSoundRoom, { type: 'devices' }>): void {
    this.#inputs = inputs
    this.#defaultInput = defaultInput
    this.#options.onDevices({ inputs, outputs })
    this.microphone.listed(inputs, defaultInput)
    // None at all: the names of devices are not known yet, or there is nothing to change over to.
    if (this.#options.speakerId() !== null && outputs.length > 0) {
      const before = this.#speaker.gone
      this.#speaker.listed(outputs)
      if (this.#speaker.gone && !before) {
        this.#options.sound.post({ type: 'output_device', deviceId: null })
        this.#options.onSpeakerLost(failure('speaker_lost', { device: this.#speaker.label }, ['dismiss']))
      }
      this.#placeVoice()
    }
    clearTimeout(this.#lookAgain ?? undefined)
    if (!this.#watching || !(this.microphone.waiting || this.#speaker.gone)) return
    this.#lookAgain = setTimeout(() => {
      this.refreshDevices()
    }, LOOK_AGAIN_MS)
  }

  #receive(message: SoundPortEvent): void {
    switch (message.type) {
      case 'frame':
        this.#levels.microphone(message.peak, message.rms)
        this.#options.onFrame(message)
        return
      case 'level':
        this.#levels.microphone(message.peak, message.rms)
        return
      case 'playback':
        this.#levels.voice(message.peak, message.rms)
        this.playback.receive(message)
        return
      case 'flushed':
        this.playback.receive(message)
        return
      case 'ready':
        this.speakerChanged()
        this.refreshDevices()
        this.#options.onReady()
        return
      case 'devices':
        this.#devicesListed(message)
        return
      case 'speaker_problem':
        if (message.broken) this.playback.paused()
        this.#options.onSpeakerProblem(message.broken)
        return
      case 'crashed':
      case 'gave_up':
        this.#options.onGone(message.type === 'gave_up')
        return
      default:
        this.microphone.receive(message)
    }
  }
}
