import type { Conversation } from '../../shared/conversation/conversation.ts'
import type { Failure } from '../../shared/failure.ts'
import type { AudioDevice, CueName, FromSoundRoom } from '../../shared/voice-port.ts'
import { bluetoothMicrophone } from './bluetooth.ts'
import { LevelMeter } from './levels.ts'
import { Microphone } from './microphone.ts'
import { Playback } from './playback.ts'
import type { SessionOptions } from './session-options.ts'
import type { SoundPortEvent } from './sound-port.ts'
import { SpeakerPlace } from './speaker-place.ts'

/** So often it is looked for a device that is missing, ms: not every system says when one comes (Bluetooth under Linux). */
const LOOK_AGAIN_MS = 3000

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
  readonly #speaker: SpeakerPlace
  #muted = false
  /** A conversation runs. */
  #watching = false
  #lookAgain: NodeJS.Timeout | null = null
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
        this.#speaker.changed()
        options.onMicrophone()
      },
      onProblem: options.onMicrophoneProblem,
      onReplaced: options.onMicrophoneReplaced,
      onAvailable: options.onMicrophoneAvailable,
    })
    this.playback = new Playback({
      sound: options.sound,
      onProgress: (track, cut) => {
        options.conversation.heard(track, cut)
        options.keptSound?.heard(track, cut)
      },
      onChange: () => {
        if (!this.playback.busy) this.#levels.silence('voice')
        this.#speaker.changed()
        options.onPlayback()
      },
      onStill: options.onStill,
    })
    this.#speaker = new SpeakerPlace({
      sound: options.sound,
      speakerId: options.speakerId,
      now: options.now,
      listening: () => this.microphone.label !== '',
      sounding: () => this.playback.busy,
      onLost: options.onSpeakerLost,
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
    const { sound, volume } = this.#options
    this.#speaker.apply()
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

  #devicesListed({ inputs, outputs, defaultInput = '' }: Extract<FromSoundRoom, { type: 'devices' }>): void {
    this.#inputs = inputs
    this.#defaultInput = defaultInput
    this.#options.onDevices({ inputs, outputs })
    this.microphone.listed(inputs, defaultInput)
    this.#speaker.listed(outputs)
    this.#keepLooking()
  }

  #keepLooking(): void {
    clearTimeout(this.#lookAgain ?? undefined)
    if (!this.#watching || !(this.microphone.waiting || this.#speaker.waiting)) return
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
        else if (message.message !== '') {
          this.#speaker.refused()
          this.#keepLooking()
        }
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
