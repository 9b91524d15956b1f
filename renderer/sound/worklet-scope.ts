/** What the audio thread's global scope offers; TypeScript's DOM library does not describe it. */
interface WorkletScope {
  readonly AudioWorkletProcessor: new () => { readonly port: MessagePort }
  /** Index of the first sample of the quantum being rendered, on the context's clock. */
  readonly currentFrame: number
  registerProcessor(name: string, processor: new () => Processor): void
}

/** What a registered class must do. Lengths of the arrays vary: a quantum is not always 128 samples. */
export interface Processor {
  /** Returns true to be called again even when nothing is connected. */
  process(inputs: readonly (readonly Float32Array[])[], outputs: readonly (readonly Float32Array[])[]): boolean
}

/** The global scope of a worklet; only worklet files may use it. */
export const workletScope = globalThis as unknown as WorkletScope

/** Name under which the capture worklet registers itself. */
export const CAPTURE_PROCESSOR = 'parley-capture'
/** Name under which the playback worklet registers itself. */
export const PLAYBACK_PROCESSOR = 'parley-playback'
