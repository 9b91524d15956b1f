import { CaptureCore } from './capture-core.ts'
import type { ToCapture } from './worklet-messages.ts'
import { CAPTURE_PROCESSOR, workletScope, type Processor } from './worklet-scope.ts'

/**
 * What the worklet puts out: -180 dBFS, nothing that any device could render. Chromium takes a
 * context that was silent for 30 s off its device, and then a timer drives it (`CaptureDriver`).
 */
const INAUDIBLE = 1e-9

/** The capture worklet: {@link CaptureCore} on the audio thread. */
class CaptureProcessor extends workletScope.AudioWorkletProcessor implements Processor {
  readonly #core: CaptureCore

  constructor() {
    super()
    this.#core = new CaptureCore({
      post: (message) => {
        // Within one process a transfer saves a copy; towards main the page copies.
        if (message.type === 'frame') this.port.postMessage(message, [message.pcm.buffer])
        else this.port.postMessage(message)
      },
    })
    this.port.onmessage = (event: MessageEvent<ToCapture>) => {
      this.#core.setMode(event.data)
    }
  }

  process(inputs: readonly (readonly Float32Array[])[], outputs: readonly (readonly Float32Array[])[]): boolean {
    const channels = inputs[0] ?? []
    const output = outputs[0]?.[0]
    output?.fill(INAUDIBLE)
    const quantum = channels[0]?.length ?? output?.length ?? 0
    this.#core.process(channels, quantum, workletScope.currentFrame)
    return true
  }
}

workletScope.registerProcessor(CAPTURE_PROCESSOR, CaptureProcessor)
