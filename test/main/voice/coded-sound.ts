/**
 * Sound that says of itself whose it is and where in it one is: every pair of samples is
 * `+(BASE + ms)`, `-(BASE + id)`. Whoever finds such pairs in a recording knows, without asking
 * any player or recorder for its counters, what was heard of which sound.
 */
const BASE = 1200
/** Longest coded sound, ms, and highest id. */
export const MAX_CODE = 31_000
const SAMPLES_PER_MS = 24
/** Missing sound that a fade explains, ms. */
const FADE_MS = 6

/** @param id 1–31,000 @param ms 1–31,000 */
export function codedSound(id: number, ms: number): Int16Array {
  return Int16Array.from({ length: ms * SAMPLES_PER_MS }, (_, i) => codedSample(id, i))
}

/** The i-th sample of the coded sound of `id`. */
export function codedSample(id: number, i: number): number {
  return i % 2 === 0 ? BASE + Math.floor(i / SAMPLES_PER_MS) : -(BASE + id)
}

/** What was found of one coded sound. */
export interface Found {
  id: number
  /** First and last ms found, the last one exclusive. */
  fromMs: number
  toMs: number
  /** Pairs of samples found; 12 to a ms. */
  pairs: number
  /** Places where it went back, or jumped further than a fade explains. */
  breaks: number
  /** Where it was found first and last, samples of what was listened to. */
  firstAt: number
  lastAt: number
}

/** Listens for coded sound. Samples that a fade or a mixture has bent are not taken for any. */
export class CodeEar {
  /** By id, in order of appearance. */
  readonly found = new Map<number, Found>()
  readonly #known: (id: number) => boolean
  #at = 0
  #before = 0
  /** Candidate that has not been confirmed by a second pair. */
  #candidate: { id: number; ms: number; at: number } | null = null

  /** @param known ids that can occur */
  constructor(known: (id: number) => boolean = () => true) {
    this.#known = known
  }

  /** Samples listened to. */
  get at(): number {
    return this.#at
  }

  /** ms heard of a sound, up to the last sample found. */
  heardMs(id: number): number {
    return this.found.get(id)?.toMs ?? 0
  }

  /** @param scale what 1 is in 16-bit units: 32,768 for floats, 1 for PCM16 */
  listen(samples: ArrayLike<number>, scale: number): void {
    for (let i = 0; i < samples.length; i++) {
      const sample = (samples[i] ?? 0) * scale
      if (sample < 0 && this.#before > 0) this.#pair(this.#before, sample)
      this.#before = sample
      this.#at++
    }
  }

  #pair(position: number, identity: number): void {
    const ms = position - BASE
    const id = -identity - BASE
    if (!Number.isInteger(ms) || !Number.isInteger(id) || ms < 0 || id < 1 || ms > MAX_CODE || id > MAX_CODE || !this.#known(id)) return
    const candidate = this.#candidate
    this.#candidate = { id, ms, at: this.#at }
    // Two pairs in a row that agree: chance does not do that.
    if (candidate?.id !== id || candidate.at !== this.#at - 2 || ms - candidate.ms > 1 || ms < candidate.ms) return
    const known = this.found.get(id)
    if (!known) {
      this.found.set(id, { id, fromMs: ms, toMs: ms + 1, pairs: 1, breaks: 0, firstAt: this.#at, lastAt: this.#at })
      return
    }
    if (ms + 1 < known.toMs || ms > known.toMs + FADE_MS) known.breaks++
    known.toMs = Math.max(known.toMs, ms + 1)
    known.pairs++
    known.lastAt = this.#at
  }
}

/** What coded sound there is in PCM16. */
export function decode(pcm: Int16Array): Found[] {
  const ear = new CodeEar()
  ear.listen(pcm, 1)
  return [...ear.found.values()]
}
