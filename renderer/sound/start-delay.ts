import { msToFrames } from '../../shared/audio/pcm16.ts'

/** Decides how long sound is held back before an answer begins, so that a late delta makes no gap. */
export interface StartDelay {
  /** Samples at 24 kHz to wait after the first chunk of an answer arrived; asked once per answer. */
  frames(): number
}

/** Always the same delay. A learned one can take its place (`StartDelay`). */
export function fixedStartDelay(ms: number): StartDelay {
  const frames = msToFrames(ms)
  return { frames: () => frames }
}
