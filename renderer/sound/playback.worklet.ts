import { PlaybackCore } from './playback-core.ts'
import { learnedStartDelay } from './start-delay.ts'
import type { FromPlayback, ToPlayback } from './worklet-messages.ts'
import { PLAYBACK_PROCESSOR, workletScope, type Processor } from './worklet-scope.ts'

/** The playback worklet: {@link PlaybackCore} on the audio thread. */
class PlaybackProcessor extends workletScope.AudioWorkletProcessor implements Processor {
  readonly #core: PlaybackCore

  constructor() {
    super()
    this.#core = new PlaybackCore({
      startDelay: learnedStartDelay(),
      post: (message: FromPlayback) => {
        this.port.postMessage(message)
      },
    })
    this.port.onmessage = (event: MessageEvent<ToPlayback>) => {
      this.#core.receive(event.data)
    }
  }

  process(_inputs: readonly (readonly Float32Array[])[], outputs: readonly (readonly Float32Array[])[]): boolean {
    const channels = outputs[0] ?? []
    const first = channels[0]
    if (!first) return true
    this.#core.render(first)
    for (let c = 1; c < channels.length; c++) channels[c]?.set(first)
    return true
  }
}

workletScope.registerProcessor(PLAYBACK_PROCESSOR, PlaybackProcessor)
