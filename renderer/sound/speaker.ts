import type { Disposable } from '../../shared/disposable.ts'
import type { FromSoundRoom } from '../../shared/voice-port.ts'
import { clockMoves, closeContext, createPlaybackContext, messageOf, sleep, type SoundContext } from './audio-context.ts'
import { setUpClockWatch } from './clock-watch.ts'
import { OutputSwitch } from './output-switch.ts'
import type { FromPlayback, PlaybackState, ToPlayback } from './worklet-messages.ts'
import { PLAYBACK_PROCESSOR } from './worklet-scope.ts'

/** A new context whose clock does not move by then, ms, counts as failed. */
const START_TIMEOUT_MS = 3000
/** Longest wait for a dying worklet to give its queue away, ms. */
const HAND_OVER_TIMEOUT_MS = 300
/** Back-off between attempts to build a context: doubles from the first to the last, ms. */
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 30_000

/** A context with its worklet. */
interface Graph {
  context: SoundContext
  node: AudioWorkletNode
}

/**
 * - `starting`: none has worked yet.
 * - `running`: believed to work.
 * - `broken`: its clock died; commands still go to it, since its queue will be handed over.
 * - `closed`: over.
 */
type State = { state: 'starting' } | { state: 'running' | 'broken'; graph: Graph } | { state: 'closed' }

export interface SpeakerOptions {
  /** Where the playback worklet's file is. */
  workletUrl: string
  post: (message: FromSoundRoom) => void
}

/**
 * The playback context and its one worklet. When the context dies it is built anew with back-off
 * and what was unplayed goes on from where it stopped.
 */
export class Speaker implements Disposable {
  readonly #options: SpeakerOptions
  readonly #output: OutputSwitch
  readonly #watch: Disposable
  #state: State = { state: 'starting' }
  #attempt = 0
  #broken = false
  /** Commands that wait for a worklet; null while they go straight to it. */
  #waiting: ToPlayback[] | null = []
  /** The last word on volume, for a worklet that starts from nothing. */
  #loudness: ToPlayback | null = null
  /** Name of the system's default output; empty: not known. */
  #default = ''
  #onHandedOver: ((state: PlaybackState) => void) | null = null

  constructor(options: SpeakerOptions) {
    this.#options = options
    this.#output = new OutputSwitch({
      onFallback: (message) => {
        this.#options.post({ type: 'speaker_problem', broken: this.#broken, message })
      },
      hold: (held) => {
        if (this.#state.state === 'running') sendTo(this.#state.graph, { type: 'hold', held })
      },
      onChanged: () => {
        this.#options.post({ type: 'output_changed' })
      },
    })
    this.#watch = setUpClockWatch({
      read: () => (this.#state.state === 'running' && !this.#output.switching ? this.#state.graph.context.currentTime : null),
      onDead: () => {
        if (this.#state.state !== 'running') return
        this.#setBroken('the clock of the sound output stands still')
        this.#replace(this.#state.graph)
      },
    })
  }

  /**
   * Builds the context and waits for its clock. Resolves also when that fails; then
   * `speaker_problem` was posted and it is tried again and again.
   */
  start(): Promise<void> {
    return new Promise((resolve) => void this.#establish(resolve))
  }

  /** Hands a command to the worklet. The PCM of `audio` is given away. */
  send(message: ToPlayback): void {
    if (message.type === 'speaker') this.#loudness = message
    if (this.#waiting) this.#waiting.push(message)
    else if (this.#state.state !== 'starting' && this.#state.state !== 'closed') sendTo(this.#state.graph, message)
  }

  /** @param deviceId null = the system's default output */
  chooseOutput(deviceId: string | null): void {
    this.#output.choose(deviceId)
  }

  /** The system's default output is called so now; empty: not known. */
  defaultIs(name: string): void {
    if (name === '') return
    const changed = this.#default !== '' && this.#default !== name
    this.#default = name
    if (changed && this.#output.onDefault) this.#options.post({ type: 'output_changed' })
  }

  dispose(): void {
    this.#attempt++
    this.#watch.dispose()
    if (this.#state.state === 'running' || this.#state.state === 'broken') closeContext(this.#state.graph.context)
    this.#state = { state: 'closed' }
    this.#waiting = null
  }

  /** A graph is dead, or will be in a moment. */
  #replace(graph: Graph): void {
    this.#state = { state: 'broken', graph }
    void this.#establish(() => undefined)
  }

  /** Tries until there is a graph that works: a new one, or the old one come back to life. */
  async #establish(afterFirstTry: () => void): Promise<void> {
    const attempt = ++this.#attempt
    const old = this.#state.state === 'broken' ? this.#state.graph : null
    const diedAt = old?.context.currentTime
    for (let delay = FIRST_RETRY_MS; ; delay = Math.min(LAST_RETRY_MS, delay * 2)) {
      const { graph, problem } = await this.#build()
      if (attempt !== this.#attempt) {
        if (graph) closeContext(graph.context)
        return
      }
      if (graph) {
        if (old) await this.#moveTo(graph, old)
        if (attempt !== this.#attempt) {
          closeContext(graph.context)
          return
        }
        this.#run(graph)
        if (old) this.#options.post({ type: 'output_changed' })
        break
      }
      this.#setBroken(problem)
      afterFirstTry()
      await sleep(delay)
      if (attempt !== this.#attempt) return
      if (old && old.context.currentTime !== diedAt) {
        this.#state = { state: 'running', graph: old }
        break
      }
    }
    this.#setBroken(null)
    afterFirstTry()
  }

  /** A graph whose clock moves. */
  async #build(): Promise<{ graph: Graph; problem: null } | { graph: null; problem: string }> {
    let context: SoundContext | null = null
    try {
      context = createPlaybackContext()
      await context.audioWorklet.addModule(this.#options.workletUrl)
      const node = new AudioWorkletNode(context, PLAYBACK_PROCESSOR, { numberOfInputs: 0, outputChannelCount: [1] })
      node.port.onmessage = (event: MessageEvent<FromPlayback>) => {
        this.#receive(event.data)
      }
      node.connect(context.destination)
      // The chosen device went away. Nobody need hear of it when another one can be had.
      context.onerror = () => {
        if (this.#state.state === 'running' && this.#state.graph.node === node) this.#replace(this.#state.graph)
      }
      // Not awaited: without a sound device it never settles.
      context.resume().catch(() => undefined)
      if (await clockMoves(context, START_TIMEOUT_MS)) return { graph: { context, node }, problem: null }
      closeContext(context)
      return { graph: null, problem: 'the clock of the sound output does not start' }
    } catch (error) {
      if (context) closeContext(context)
      return { graph: null, problem: messageOf(error) }
    }
  }

  /** Moves what is unplayed from a dead graph to a new one; commands wait meanwhile. */
  async #moveTo(graph: Graph, old: Graph): Promise<void> {
    this.#waiting ??= []
    const state = await this.#takeFrom(old)
    closeContext(old.context)
    if (state) sendTo(graph, { type: 'take_over', state })
    else if (this.#loudness) sendTo(graph, this.#loudness)
  }

  #run(graph: Graph): void {
    this.#state = { state: 'running', graph }
    const waiting = this.#waiting ?? []
    this.#waiting = null
    for (const message of waiting) sendTo(graph, message)
    this.#output.attach(graph.context)
  }

  /** The queue of a worklet whose context is dead; null when its thread is dead too. */
  #takeFrom(graph: Graph): Promise<PlaybackState | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        resolve(null)
      }, HAND_OVER_TIMEOUT_MS)
      this.#onHandedOver = (state) => {
        clearTimeout(timer)
        resolve(state)
      }
      sendTo(graph, { type: 'hand_over' })
    })
  }

  #receive(message: FromPlayback): void {
    if (message.type === 'handed_over') this.#onHandedOver?.(message.state)
    else if (this.#state.state !== 'closed') this.#options.post(message)
  }

  /** @param problem null = well again */
  #setBroken(problem: string | null): void {
    if (this.#broken === (problem !== null)) return
    this.#broken = problem !== null
    this.#options.post({ type: 'speaker_problem', broken: this.#broken, message: problem ?? '' })
  }
}

function sendTo({ node }: Graph, message: ToPlayback): void {
  const buffer = message.type === 'audio' ? message.pcm.buffer : null
  node.port.postMessage(message, buffer instanceof ArrayBuffer ? [buffer] : [])
}
