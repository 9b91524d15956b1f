import { framesToMs } from '../../shared/conversation/heard.ts'

/** Longest turn that is kept for a later attempt, ms (design §4). */
export const MAX_KEPT_MS = 60_000
/** How long the microphone is heard after the key was let go, so that the last syllable is whole, ms. */
export const HOLD_TAIL_MS = 200
/** The tail ends early after this much silence, ms. */
const TAIL_SILENCE_MS = 80
/** RMS under which a frame counts as silence for the tail (about −46 dBFS). */
const SILENCE_RMS = 0.005

/** One frame of the microphone as it reaches main. */
export interface MicrophoneFrame {
  pcm: Uint8Array
  /** 0–1 */
  rms: number
  /** Counts up by one since the microphone was opened. */
  seq: number
  /** Index of its first sample on the capture worklet's clock. */
  firstFrame: number
}

/** Where the frames of a turn go once they may. */
export interface TurnSink {
  beginTurn(): void
  appendAudio(pcm: Uint8Array): void
  endTurn(): 'committed' | 'too_short'
}

/** How far a turn is; see {@link Turn}. */
export type TurnPhase = 'speaking' | 'tail' | 'settling' | 'closed'

/**
 * One push-to-talk turn from the press to the commit. It keeps its frames (at most 60 s) until it
 * is committed, so that a turn begun before the connection stands, or lost with it, can be sent
 * again. Frames flow on to the sink as soon as {@link pump} is called with one.
 *
 * `speaking` (key held) → `tail` (let go, last syllable) → `settling` (the microphone has been
 * told to stop; its last frames are on their way) → `closed` (all frames are here).
 */
export class Turn {
  /** ms on the caller's clock at the press. */
  readonly pressedAt: number
  /** ms on the same clock when the key was let go last; null: it is held. */
  #releasedAt: number | null = null
  #phase: TurnPhase = 'speaking'
  #frames: Uint8Array[] = []
  #keptFrames = 0
  #sent = 0
  #begun = false
  #totalFrames = 0
  /** Sample that was captured when the key was let go; null: the first one that comes after it. */
  #tailFrom: number | null = null
  #silentFrames = 0
  #overflowed = false
  /** Its beginning was sent and then forgotten, since it is longer than what is kept. */
  #forgotten = false

  constructor(pressedAt: number) {
    this.pressedAt = pressedAt
  }

  get phase(): TurnPhase {
    return this.#phase
  }

  /** Sound in the turn so far, ms. */
  get ms(): number {
    return framesToMs(this.#totalFrames)
  }

  /** The key was held for so long, ms. */
  get heldMs(): number {
    return (this.#releasedAt ?? this.pressedAt) - this.pressedAt
  }

  /** More than 60 s came before a connection stood; the rest was not kept. */
  get overflowed(): boolean {
    return this.#overflowed
  }

  /** Takes one frame. @returns true when the tail is complete and the microphone may stop. */
  add(frame: MicrophoneFrame): boolean {
    if (this.#phase === 'closed') return false
    const frames = frame.pcm.byteLength / 2
    if (framesToMs(this.#keptFrames + frames) > MAX_KEPT_MS) {
      // Kept only for a second attempt: once all of it was sent, the oldest may go.
      if (this.#sent === this.#frames.length) this.#dropSent()
      else {
        this.#overflowed = true
        return this.#phase === 'tail'
      }
    }
    this.#frames.push(frame.pcm)
    this.#keptFrames += frames
    this.#totalFrames += frames
    if (this.#phase !== 'tail') return false
    // What comes now was said some time ago: only what was said after the key was let go is the tail.
    this.#tailFrom ??= frame.firstFrame
    const tailFrames = frame.firstFrame + frames - this.#tailFrom
    if (tailFrames <= 0) return false
    this.#silentFrames = frame.rms < SILENCE_RMS ? this.#silentFrames + Math.min(frames, tailFrames) : 0
    return framesToMs(tailFrames) >= HOLD_TAIL_MS || framesToMs(this.#silentFrames) >= TAIL_SILENCE_MS
  }

  /** The key was let go at a time, ms: the tail begins. @param sample index of the one that is captured now; null: not known */
  release(at: number, sample: number | null): void {
    if (this.#phase !== 'speaking') return
    this.#releasedAt = at
    this.#phase = 'tail'
    this.#tailFrom = sample
  }

  /** Pressed again before the turn was sent: one turn, not two. */
  resume(): void {
    this.#phase = 'speaking'
    this.#releasedAt = null
    this.#tailFrom = null
    this.#silentFrames = 0
  }

  /** The tail is complete; only frames that are already under way still come. */
  settle(): void {
    if (this.#phase === 'tail') this.#phase = 'settling'
  }

  /** Appends an earlier turn's continuation, so that both are offered as one. */
  join(later: Turn): void {
    for (const pcm of later.#frames) {
      const frames = pcm.byteLength / 2
      if (framesToMs(this.#keptFrames + frames) > MAX_KEPT_MS) this.#overflowed = true
      else {
        this.#frames.push(pcm)
        this.#keptFrames += frames
        this.#totalFrames += frames
      }
    }
  }

  /** No more frames will come. */
  close(): void {
    this.#phase = 'closed'
  }

  /** Sends what has not been sent; a closed turn is committed. @returns the outcome of a commit, else null. */
  pump(sink: TurnSink): 'committed' | 'too_short' | null {
    if (!this.#begun) {
      this.#begun = true
      sink.beginTurn()
    }
    for (; this.#sent < this.#frames.length; this.#sent++) {
      const pcm = this.#frames[this.#sent]
      if (pcm) sink.appendAudio(pcm)
    }
    return this.#phase === 'closed' ? sink.endTurn() : null
  }

  /** The connection is gone: everything must be sent again to the next one. */
  rewind(): void {
    this.#begun = false
    this.#sent = 0
    if (this.#forgotten) this.#overflowed = true
  }

  #dropSent(): void {
    this.#frames = []
    this.#keptFrames = 0
    this.#sent = 0
    this.#forgotten = true
  }
}
