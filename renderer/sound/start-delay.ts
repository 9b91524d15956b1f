import { msToFrames } from '../../shared/audio/pcm16.ts'

/** Decides how long sound is held back before an answer begins, so that a late delta makes no gap. */
export interface StartDelay {
  /** Samples at 24 kHz to wait after the first chunk of an answer arrived; asked once per answer. */
  frames(): number
  /** An answer is over: so many samples of delay would have carried it without a gap. */
  learn(neededFrames: number): void
}

/** Always the same delay. */
export function fixedStartDelay(ms: number): StartDelay {
  const frames = msToFrames(ms)
  return { frames: () => frames, learn: () => undefined }
}

/** Delay of the first answer, about which nothing is known, ms. */
const FIRST_MS = 50
/** No answer is held back longer, ms. */
const MOST_MS = 300
/** Answers that are remembered. */
const REMEMBERED = 10
/** The delay carries this share of the answers remembered. */
const CARRIED = 0.8
/** When this share of them needed no delay, none is made. */
const MOSTLY_NONE = 0.6

/**
 * A delay learned across answers: what four fifths of the last ten would have needed, 0–300 ms
 * (`audio/design.md` §2 "Playback"; to learn within an answer does not help, its gap is over by then).
 */
export function learnedStartDelay(): StartDelay {
  const needed: number[] = []
  return {
    frames() {
      if (needed.length === 0) return msToFrames(FIRST_MS)
      // A good network with a rare stall: to hold every answer back for it would cost more than it saves.
      if (needed.filter((frames) => frames === 0).length >= needed.length * MOSTLY_NONE) return 0
      const sorted = needed.toSorted((a, b) => a - b)
      // Rounded down: of few answers the worst one proves nothing yet.
      const at = sorted[Math.max(0, Math.floor(sorted.length * CARRIED) - 1)] ?? 0
      return Math.min(msToFrames(MOST_MS), at)
    },
    learn(neededFrames) {
      needed.push(Math.max(0, neededFrames))
      if (needed.length > REMEMBERED) needed.shift()
    },
  }
}
