import { RECORD_RATE } from './sound-card.ts'
import { findGaps, type Gap, type Samples } from './analysis.ts'

/**
 * Two quiet tones that go through the same device as the sound that is judged: where one breaks, the machine
 * was at fault and not the player. No length up to 10 ms that a device could leave out fits a whole number of
 * periods of both, so that a piece left out shows as well as a piece of silence.
 */
export const CONTROL_HZ = [9096, 9967] as const
/** Amplitude of each, 1 = full scale. */
export const CONTROL_LEVEL = 0.004

/** Window that looks for the control, samples (6.7 ms): what lies more than 450 Hz beside it is 60 dB down. */
const WINDOW = Float64Array.from({ length: 161 }, (_, i) => blackman(i, 161))
/** How far the level may be from what it usually is, as a share of it. */
const CHANGE = 0.2
/** How far the phase may turn within {@link PHASE_MS}, radians. */
const TURN = 0.15
/** A recording's own beginning, ms: until the sound server has filled its pipe the pieces need not fit together. */
const BEGINNING_MS = 50
/** Two looks at the phase lie so far apart that no window holds both sides of a break, ms. */
const PHASE_MS = 8
/** Breaks nearer to each other than this are one, ms. */
const TOGETHER_MS = 20

function blackman(i: number, length: number): number {
  const x = (2 * Math.PI * i) / (length - 1)
  return 0.42 - 0.5 * Math.cos(x) + 0.08 * Math.cos(2 * x)
}

/**
 * Where the control broke: silent, or out of step; the first 50 ms are not judged. What is judged beside it must hold nothing above 8.4 kHz.
 * A recording with next to no control in it is broken from end to end.
 */
export function controlBreaks(samples: Samples): Gap[] {
  const broken = new Set(CONTROL_HZ.flatMap((hz) => brokenMs(samples, hz)))
  const gaps: Gap[] = []
  for (const ms of [...broken].sort((a, b) => a - b)) {
    const last = gaps.at(-1)
    if (last && ms - (last.startMs + last.lengthMs) < TOGETHER_MS) last.lengthMs = ms - last.startMs + 1
    else gaps.push({ startMs: ms, lengthMs: 1 })
  }
  return gaps
}

/** Shorter silence than this is between two beats of the tones, ms. */
const SILENCE_MS = 1
/** So quiet is the recording only where the control is silent too, dBFS. */
const SILENCE_DB = -55

/**
 * Those of the control's breaks that no player can make: the control itself was silent, or out of step ever after. A player's click drowns it
 * for some ms, and it goes on as if nothing had been.
 */
export function machineBreaks(samples: Samples): Gap[] {
  const silence = findGaps(samples, SILENCE_MS, { thresholdDb: SILENCE_DB })
  return controlBreaks(samples).filter(({ startMs, lengthMs }) => {
    const [from, to] = [startMs - TOGETHER_MS, startMs + lengthMs + TOGETHER_MS]
    if (silence.some((gap) => gap.startMs < to && gap.startMs + gap.lengthMs > from)) return true
    return CONTROL_HZ.some((hz) => {
      const look = looker(samples, hz)
      const [before, after] = [look(from), look(to)]
      return before !== null && after !== null && turnBetween(before.phase, after.phase) > TURN
    })
  })
}

/** How far one phase is from another, radians. */
function turnBetween(a: number, b: number): number {
  return Math.abs(Math.atan2(Math.sin(b - a), Math.cos(b - a)))
}

/** Looks at a tone at a ms: its amplitude, and its phase against one that never broke; null: no window fits there. */
function looker(samples: Samples, hz: number): (ms: number) => { level: number; phase: number } | null {
  const hop = RECORD_RATE / 1000
  const [cos, sin] = [Math.cos, Math.sin].map((wave) => Float64Array.from({ length: RECORD_RATE }, (_, i) => wave((2 * Math.PI * hz * i) / RECORD_RATE)))
  const total = WINDOW.reduce((sum, weight) => sum + weight, 0)
  return (ms) => {
    const first = ms * hop
    if (first < 0 || first + WINDOW.length > samples.length) return null
    let [re, im] = [0, 0]
    for (let i = 0; i < WINDOW.length; i++) {
      const at = first + i
      const sample = (samples[at] ?? 0) * (WINDOW[i] ?? 0)
      re += sample * (cos?.[at % RECORD_RATE] ?? 0)
      im -= sample * (sin?.[at % RECORD_RATE] ?? 0)
    }
    return { level: (2 * Math.hypot(re, im)) / total, phase: Math.atan2(im, re) }
  }
}

/** Every ms at which a tone is not as it was before. */
function brokenMs(samples: Samples, hz: number): number[] {
  const count = Math.max(0, Math.floor((samples.length - WINDOW.length) / (RECORD_RATE / 1000)))
  const look = looker(samples, hz)
  const level = new Float64Array(count)
  const phase = new Float64Array(count)
  for (let k = 0; k < count; k++) {
    const found = look(k)
    level[k] = found?.level ?? 0
    phase[k] = found?.phase ?? 0
  }
  // The tone may begin late, where a sound is sent to another output in mid-recording.
  const usual = level.toSorted()[Math.floor(count * 0.9)] ?? 0
  if (usual < (CONTROL_LEVEL * 32_768) / 4) return Array.from({ length: count }, (_, k) => k)
  const broken: number[] = []
  for (let k = BEGINNING_MS; k < count; k++) {
    const turn = turnBetween(phase[k] ?? 0, phase[Math.min(count - 1, k + PHASE_MS)] ?? 0)
    const change = Math.abs((level[k] ?? 0) / usual - 1)
    if (change > CHANGE || turn > TURN) broken.push(k)
  }
  return broken
}

/** Blackman-windowed sinc, 6 dB down at 8 kHz, more than 70 dB from 8.4 kHz on. */
const LOW_PASS = Float64Array.from({ length: 193 }, (_, i) => {
  const x = i - 96
  const cut = (2 * 8000) / RECORD_RATE
  return (x === 0 ? cut : Math.sin(Math.PI * cut * x) / (Math.PI * x)) * blackman(i, 193)
})

/** What lies below the control: of a recording the sound that is judged, of a clip what may be played beside a control. Keeps the place of every sample. */
export function belowControl(samples: Samples): Samples {
  const out = new Int16Array(samples.length)
  const half = LOW_PASS.length >> 1
  for (let n = 0; n < samples.length; n++) {
    let sum = 0
    const first = Math.max(0, half - n)
    const last = Math.min(LOW_PASS.length, samples.length + half - n)
    for (let i = first; i < last; i++) sum += (samples[n + i - half] ?? 0) * (LOW_PASS[i] ?? 0)
    out[n] = Math.max(-32_768, Math.min(32_767, Math.round(sum)))
  }
  return out
}
