import { SAMPLE_RATE } from '../voice-port.ts'

/**
 * Characters of transcript spoken in one second, used only while an answer is still arriving: its
 * text runs far ahead of its audio then, so audio received so far says nothing about the end.
 */
const CHARS_PER_SECOND = 15

/** Whole milliseconds in `frames` samples at 24 kHz, rounded down (the API wants integers that never exceed the audio). */
export function framesToMs(frames: number): number {
  return Math.floor((frames * 1000) / SAMPLE_RATE)
}

/**
 * Estimates how many characters of a transcript have been heard, rounded down to a whole word
 * (design §4 "Heard": milliseconds are exact, words are an estimate since the API gives no word times).
 * @param heardMs audio rendered, ms
 * @param audioMs audio received so far, ms
 * @param complete true when all audio and text have arrived
 */
export function estimateHeardChars(text: string, heardMs: number, audioMs: number, complete: boolean): number {
  if (heardMs <= 0 || text.length === 0) return 0
  if (complete && heardMs >= audioMs) return text.length
  const expectedMs = complete ? audioMs : Math.max(audioMs, (text.length * 1000) / CHARS_PER_SECOND)
  return wordBoundaryBefore(text, Math.floor((text.length * heardMs) / expectedMs))
}

/** The end of the last whole word that ends at or before `chars`. */
function wordBoundaryBefore(text: string, chars: number): number {
  if (chars >= text.length) return text.length
  for (let at = chars; at > 0; at--) {
    if (/\s/.test(text.charAt(at)) && !/\s/.test(text.charAt(at - 1))) return at
  }
  return 0
}
