import { msToFrames } from '../../shared/audio/pcm16.ts'
import type { Disposable } from '../../shared/disposable.ts'
import type { CaptureMode, FromSoundRoom } from '../../shared/voice-port.ts'
import { clockMoves, closeContext, createCaptureContext, messageOf, sleep, type CaptureDriver, type SoundContext } from './audio-context.ts'
import { setUpClockWatch } from './clock-watch.ts'
import { microphoneProblem } from './microphone-problem.ts'
import type { FromCapture, ToCapture } from './worklet-messages.ts'
import { CAPTURE_PROCESSOR } from './worklet-scope.ts'

/** A new context whose clock does not move by then, ms, counts as failed. */
const START_TIMEOUT_MS = 2000
/** A cold device gives its first sample up to a second after it is open (`audio/measurements.md`); longer it is not waited for, ms. */
const FIRST_SAMPLE_TIMEOUT_MS = 1500
/** So often it is looked for that sample, ms, and so often in a row there must be sound: a stream may stumble as it begins. */
const FIRST_SAMPLE_POLL_MS = 20
const STEADY_POLLS = 3

/** The capture context with its worklet. */
interface Graph {
  context: SoundContext
  node: AudioWorkletNode
}

/** An open device. */
interface Device {
  stream: MediaStream
  track: MediaStreamTrack
  source: MediaStreamAudioSourceNode
}

/** `device` in `opening` is the one that stays until the new one is there. */
type State = { state: 'closed' } | { state: 'opening'; device: Device | null } | { state: 'open'; device: Device }

export interface MicrophoneOptions {
  /** Where the capture worklet's file is. */
  workletUrl: string
  post: (message: FromSoundRoom) => void
}

/**
 * The microphone: device, capture context and worklet. What was asked last counts; whatever an
 * older request brings is stopped at once. After `microphone` with state `failed` and after
 * `microphone_ended` no device is open.
 */
export class Microphone implements Disposable {
  readonly #options: MicrophoneOptions
  readonly #watch: Disposable
  #state: State = { state: 'closed' }
  #attempt = 0
  #graph: Promise<Graph> | null = null
  /** What drives the graph; `timer` after the speaker's clock failed, until the microphone is opened again. */
  #driver: CaptureDriver = 'speaker'
  /** The graph once it is there. */
  #built: Graph | null = null
  /** The mode ordered last while a device is open or being opened. */
  #mode: Exclude<CaptureMode, 'off'> = 'muted'
  #modeRequest = 0

  constructor(options: MicrophoneOptions) {
    this.#options = options
    this.#watch = setUpClockWatch({
      read: () => (this.#state.state === 'open' && this.#built ? this.#built.context.currentTime : null),
      onDead: () => void this.#rebuild(),
    })
  }

  /** Loads the worklet ahead of the first use. Never rejects: the next `open` tries again. */
  async prepare(): Promise<void> {
    try {
      const { context } = await this.#getGraph()
      if (this.#state.state === 'closed') await context.suspend()
    } catch (error) {
      console.warn('The capture context is not ready:', messageOf(error))
    }
  }

  /**
   * Opens a device, or switches to it: the old one is heard until the new one gives sound, so that
   * no word is lost between them, and is stopped then, or when the new one cannot be had. It begins
   * `muted` unless a mode is ordered meanwhile.
   * @param fresh what is open is closed first: nothing is heard meanwhile
   */
  async open(request: number, deviceId: string | null, fresh = false): Promise<void> {
    const attempt = ++this.#attempt
    if (this.#state.state === 'closed') {
      this.#mode = 'muted'
      if (this.#driver === 'timer') this.#dropGraph()
      this.#driver = 'speaker'
    }
    const before = this.#state.state === 'closed' ? null : this.#state.device
    if (before && fresh) disconnect(before)
    this.#state = { state: 'opening', device: fresh ? null : before }
    let stream: MediaStream | null = null
    try {
      const { context } = await this.#getGraph()
      stream = await navigator.mediaDevices.getUserMedia({ audio: constraintsFor(deviceId) })
      const source = context.createMediaStreamSource(stream)
      const old = this.#state.state === 'opening' ? this.#state.device : null
      if (old && this.#mode !== 'muted') await givesSound(source, () => attempt !== this.#attempt || old.track.readyState === 'ended')
      if (attempt !== this.#attempt) {
        stopStream(stream)
        return
      }
      const device = this.#connect(stream, source, attempt)
      this.#options.post({
        type: 'microphone',
        request,
        state: 'open',
        deviceId: device.track.getSettings().deviceId ?? '',
        label: device.track.label,
      })
    } catch (error) {
      if (stream) stopStream(stream)
      if (attempt !== this.#attempt) return
      this.#options.post({ type: 'microphone', request, state: 'failed', problem: microphoneProblem(error), message: messageOf(error) })
      this.close()
    }
  }

  /** Stops the device, so that the system's indicator goes off; the worklet confirms `off`. */
  close(): void {
    this.#attempt++
    const before = this.#state
    this.#state = { state: 'closed' }
    if (before.state === 'closed') return
    if (before.device) disconnect(before.device)
    if (this.#built) this.#sendMode({ type: 'mode', request: this.#modeRequest, mode: 'off', preRollMs: 0 })
    else this.#options.post({ type: 'capture_mode', request: this.#modeRequest, mode: 'off' })
  }

  /** Orders a capture mode; the worklet confirms it. Without a device the answer is `off`. */
  capture(request: number, mode: Exclude<CaptureMode, 'off'>, preRollMs: number): void {
    this.#modeRequest = request
    if (this.#state.state === 'closed') {
      this.#options.post({ type: 'capture_mode', request, mode: 'off' })
      return
    }
    this.#mode = mode
    const { device } = this.#state
    if (!device) return
    if (mode !== 'muted') device.track.enabled = true
    this.#sendMode({ type: 'mode', request, mode, preRollMs })
  }

  dispose(): void {
    this.close()
    this.#watch.dispose()
    this.#dropGraph()
  }

  #connect(stream: MediaStream, source: MediaStreamAudioSourceNode, attempt: number): Device {
    const track = stream.getAudioTracks()[0]
    const graph = this.#built
    if (!track || graph?.context !== source.context) throw new Error('no audio track')
    const device: Device = { stream, track, source }
    const old = this.#state.state === 'closed' ? null : this.#state.device
    track.onended = () => {
      if (attempt !== this.#attempt) return
      this.#options.post({ type: 'microphone_ended' })
      this.close()
    }
    graph.context.resume().catch((error: unknown) => {
      console.warn('The capture context did not resume:', messageOf(error))
    })
    device.source.connect(graph.node)
    if (old) disconnect(old)
    this.#state = { state: 'open', device }
    // A switch in mid-turn leaves the worklet as it is, so that the turn goes on.
    if (!old) this.#sendMode({ type: 'mode', request: this.#modeRequest, mode: this.#mode, preRollMs: 0 })
    track.enabled = this.#mode !== 'muted'
    return device
  }

  #dropGraph(): void {
    if (this.#built) closeContext(this.#built.context)
    this.#built = null
    this.#graph = null
  }

  #getGraph(): Promise<Graph> {
    this.#graph ??= this.#buildWithAny().catch((error: unknown) => {
      this.#graph = null
      throw error
    })
    return this.#graph
  }

  async #buildWithAny(): Promise<Graph> {
    if (this.#driver === 'timer') return this.#build('timer')
    try {
      return await this.#build('speaker')
    } catch (error) {
      console.warn('The capture context runs without the speaker:', messageOf(error))
      this.#driver = 'timer'
      return this.#build('timer')
    }
  }

  async #build(driver: CaptureDriver): Promise<Graph> {
    const context = createCaptureContext(driver)
    try {
      await context.audioWorklet.addModule(this.#options.workletUrl)
      const node = new AudioWorkletNode(context, CAPTURE_PROCESSOR, { numberOfInputs: 1, numberOfOutputs: 1, outputChannelCount: [1] })
      node.port.onmessage = (event: MessageEvent<FromCapture>) => {
        this.#receive(event.data)
      }
      // Connected only so that the worklet is pulled: what it puts out is inaudible.
      node.connect(context.destination)
      context.resume().catch(() => undefined)
      if (!(await clockMoves(context, START_TIMEOUT_MS))) throw new Error('the clock of the capture context does not start')
      this.#built = { context, node }
      return this.#built
    } catch (error) {
      closeContext(context)
      throw error
    }
  }

  /** The clock died: a new context, driven by a timer, takes the device over. When that fails too, the microphone is lost. */
  async #rebuild(): Promise<void> {
    if (this.#state.state !== 'open') return
    const { device } = this.#state
    const attempt = this.#attempt
    this.#dropGraph()
    this.#driver = 'timer'
    try {
      const { context, node } = await this.#getGraph()
      if (attempt !== this.#attempt) return
      device.source = context.createMediaStreamSource(device.stream)
      device.source.connect(node)
      this.#sendMode({ type: 'mode', request: this.#modeRequest, mode: this.#mode, preRollMs: 0 })
    } catch (error) {
      if (attempt !== this.#attempt) return
      console.warn('The capture context could not be built again:', messageOf(error))
      this.#options.post({ type: 'microphone_ended' })
      this.close()
    }
  }

  #sendMode(message: ToCapture): void {
    this.#built?.node.port.postMessage(message)
  }

  #receive(message: FromCapture): void {
    this.#options.post(message)
    if (message.type !== 'capture_mode') return
    // Only when the worklet says so: until then the samples of the turn's end are still needed.
    if (message.mode === 'muted' && this.#mode === 'muted' && this.#state.state === 'open') this.#state.device.track.enabled = false
    if (message.mode === 'off' && this.#state.state === 'closed') void this.#built?.context.suspend()
  }
}

function constraintsFor(deviceId: string | null): MediaTrackConstraints {
  return {
    echoCancellation: true,
    autoGainControl: true,
    noiseSuppression: true,
    channelCount: { ideal: 1 },
    ...(deviceId === null ? {} : { deviceId: { exact: deviceId } }),
  }
}

/** Waits until a device gives sound, for a while, or until it is of no use any more. */
async function givesSound(source: MediaStreamAudioSourceNode, useless: () => boolean): Promise<void> {
  const ear = new AnalyserNode(source.context, { fftSize: 2048 })
  const samples = new Float32Array(msToFrames(FIRST_SAMPLE_POLL_MS))
  source.connect(ear)
  const deadline = performance.now() + FIRST_SAMPLE_TIMEOUT_MS
  for (let steady = 0; steady < STEADY_POLLS && performance.now() < deadline && !useless(); ) {
    await sleep(FIRST_SAMPLE_POLL_MS)
    ear.getFloatTimeDomainData(samples)
    steady = samples.some((sample) => sample !== 0) ? steady + 1 : 0
  }
  source.disconnect(ear)
}

function disconnect(device: Device): void {
  device.track.onended = null
  device.source.disconnect()
  stopStream(device.stream)
}

function stopStream(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}
