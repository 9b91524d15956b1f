import type { Conversation } from '../../shared/conversation/conversation.ts'
import type { Failure } from '../../shared/failure.ts'
import type { AudioDevice, CueName, FromSoundRoom } from '../../shared/voice-port.ts'
import { bluetoothMicrophone } from './bluetooth.ts'
import { LevelMeter } from './levels.ts'
import { Microphone } from './microphone.ts'
import { Playback } from './playback.ts'
import type { SessionOptions } from './session-options.ts'
import type { SoundPortEvent } from './sound-port.ts'

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
  /** The microphone was lost in use, and the system's default takes its place. */
  onMicrophoneReplaced: (lost: Failure) => void
  /** Parley began or ceased to sound. */
  onPlayback: () => void
  /** The speaker cannot be used; false: it can again. */
  onSpeakerProblem: (broken: boolean) => void
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
  #muted = false
  #inputs: readonly AudioDevice[] = []
  #defaultInput = ''

  constructor(options: SessionSoundOptions) {
    this.#options = options
    this.#levels = new LevelMeter(options.onLevels, options.now)
    this.microphone = new Microphone({
      sound: options.sound,
      deviceId: options.microphoneId,
      onChange: () => {
        const { mode } = this.microphone
        if (mode === 'off' || mode === 'muted') this.#levels.silence('microphone')
        options.onMicrophone()
      },
      onProblem: options.onMicrophoneProblem,
      onReplaced: options.onMicrophoneReplaced,
    })
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
    sound.post({ type: 'output_device', deviceId: speakerId() })
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
        this.#inputs = message.inputs
        this.#defaultInput = message.defaultInput ?? ''
        this.#options.onDevices({ inputs: message.inputs, outputs: message.outputs })
        return
      case 'speaker_problem':
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
