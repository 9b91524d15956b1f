import { PlaybackCore } from '../../../renderer/sound/playback-core.ts'
import type { StartDelay } from '../../../renderer/sound/start-delay.ts'

/** What answers played by the playback core itself sounded like, on a clock of its own. */
export interface Simulated {
  /** Mean gap in an answer, ms. */
  gapMs: number
  /** Share of the answers without a gap, 0–1. */
  free: number
  /** Mean wait from the first delta to the first sound, ms. */
  startMs: number
}

const QUANTUM = 128

/**
 * Plays answers through the product's playback core without a sound card.
 * @param answers when each delta of each answer arrives, ms after its first
 */
export function simulate(startDelay: StartDelay, answers: readonly (readonly number[])[], deltaMs: number): Simulated {
  const core = new PlaybackCore({ post: () => undefined, startDelay })
  const out = new Float32Array(QUANTUM)
  const samples = deltaMs * 24
  // A level that no fade and no decay of the core stays at.
  const pcm = (): Uint8Array => new Uint8Array(new Int16Array(samples).fill(16_384).buffer)
  let [gap, free, start] = [0, 0, 0]
  for (const [n, times] of answers.entries()) {
    const track = { response_id: `r${String(n)}`, item_id: `i${String(n)}`, content_index: 0 }
    const total = times.length * samples
    let [sent, heard, clock, first, last] = [0, 0, 0, -1, 0]
    while (heard < total && clock < 60 * 24_000) {
      while (sent < times.length && (times[sent] ?? 0) - (times[0] ?? 0) <= clock / 24) {
        core.receive({ type: 'audio', ...track, pcm: pcm() })
        sent++
        if (sent === times.length) core.receive({ type: 'audio_done', ...track })
      }
      core.render(out)
      let loud = 0
      for (const sample of out) if (Math.abs(sample) > 0.499) loud++
      if (loud > 0) {
        if (first < 0) first = clock
        last = clock
      }
      clock += QUANTUM
      heard += loud
      // Fades after a gap are not at full level; the last quantum ends it.
      if (sent === times.length && loud === 0 && clock - last > 24_000) break
    }
    const gapMs = Math.max(0, (last + QUANTUM - first - total) / 24)
    // A quantum and two fades are no gap.
    if (gapMs < 11) free++
    else gap += gapMs
    start += first / 24
    // A second of silence between answers.
    for (let i = 0; i < 24_000; i += QUANTUM) core.render(out)
  }
  return { gapMs: gap / answers.length, free: free / answers.length, startMs: start / answers.length }
}
