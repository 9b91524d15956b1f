import { framesToMs, peakOf, rmsOf } from '../../shared/audio/pcm16.ts'

/** How a turn sounded, in words a person can act on. */
export type Level = 'silent' | 'quiet' | 'good' | 'loud' | 'clipped'

/** What can be said of a spoken turn without understanding it. */
export interface TurnMeasure {
  /** Whole length, ms. */
  ms: number
  level: Level
  /** RMS of the parts with voice, dBFS; -Infinity without any. */
  voiceDb: number
  /** 0–1 */
  peak: number
  /** Samples at full scale. */
  clipped: number
  /** From the end of the last voice to the end of the turn, ms. */
  tailMs: number
}

/** 20 ms at 24 kHz. */
export const FRAME = 480

/** Below this nothing counts as voice: a quiet room through a good microphone, dBFS. */
const VOICE_AT_LEAST_DB = -50
/** Voice stands out of the room's noise by this, dB. */
const ABOVE_NOISE_DB = 8
/** What is taken for the room's noise is at most this, dBFS, or speech without a pause would count as noise. */
const NOISE_AT_MOST_DB = -45
/** Below: "quiet"; above: "loud"; dBFS of the voice. Speech through automatic gain lies at −30 to −18. */
const QUIET_DB = -40
const LOUD_DB = -12
/** Less voice than this is a knock or a click, frames. */
const VOICE_FRAMES = 4
/** This many samples at full scale are distortion, not chance. */
const CLIPPED_SAMPLES = 8

/** Level of samples, dBFS; -Infinity for digital silence. */
export function levelDb(samples: Int16Array): number {
  return 20 * Math.log10(rmsOf(samples))
}

/** Measures one turn, 24 kHz. */
export function measureTurn(samples: Int16Array): TurnMeasure {
  const levels: number[] = []
  for (let at = 0; at + FRAME <= samples.length; at += FRAME) levels.push(levelDb(samples.subarray(at, at + FRAME)))
  const tenth = levels.toSorted((a, b) => a - b)[Math.floor(levels.length / 10)] ?? -Infinity
  const gate = Math.max(VOICE_AT_LEAST_DB, Math.min(tenth, NOISE_AT_MOST_DB) + ABOVE_NOISE_DB)
  const voiced = levels.filter((db) => db > gate)
  const last = levels.findLastIndex((db) => db > gate)
  const clipped = samples.reduce((n, s) => (s >= 32_700 || s <= -32_700 ? n + 1 : n), 0)
  const power = voiced.reduce((sum, db) => sum + 10 ** (db / 10), 0) / Math.max(voiced.length, 1)
  const voiceDb = voiced.length === 0 ? -Infinity : 10 * Math.log10(power)
  return {
    ms: framesToMs(samples.length),
    level: voiced.length < VOICE_FRAMES ? 'silent' : clipped >= CLIPPED_SAMPLES ? 'clipped' : voiceDb > LOUD_DB ? 'loud' : voiceDb < QUIET_DB ? 'quiet' : 'good',
    voiceDb,
    peak: peakOf(samples),
    clipped,
    tailMs: last < 0 ? 0 : framesToMs(samples.length - (last + 1) * FRAME),
  }
}
