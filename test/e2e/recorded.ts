import { belowControl, besideControl, correlate, findSound, follow, highPass, playControl as playControlIn, readWav, say, sliceMs, type Heard, type SoundCard } from '../sound-card/index.ts'
import { expect, keepSound, test, type Parley } from './parley.ts'

/** What a scripted server says: known words, 24 kHz, with room for a control tone above them. */
export function clip(text: string): Int16Array {
  return belowControl(readWav(say(text, { voice: 'en-gb', rate: 24_000 })).samples)
}

/** Plays the control tone from now on, beside Parley's answers and not through its player. */
export async function playControl({ soundRoom }: Pick<Parley, 'soundRoom'>): Promise<void> {
  await playControlIn(soundRoom)
}

/**
 * Records the speaker while something happens, beside the control ({@link besideControl}); what was recorded and
 * where it broke stands with the test's results.
 * @param round what happens; gets the number of the attempt, from 0
 * @param tooBroken whether nothing can be said with so many breaks
 * @param sink what is recorded; the card's speaker unless told
 * @throws when no attempt can be judged
 */
export function recorded<T>(sound: SoundCard, name: string, round: (attempt: number) => Promise<T>, tooBroken: (heard: Heard<T>) => boolean, sink = 'spk'): Promise<Heard<T>> {
  return besideControl(sound, (_recording, attempt) => round(attempt), {
    tooBroken,
    sink,
    onRecorded: (raw, attempt) => {
      keepSound(test.info(), attempt === 0 ? name : `${name}-${String(attempt)}`, raw)
    },
    onBroken: (breaks, useless) => {
      test.info().annotations.push({ type: `${name}: ${useless ? 'void' : 'disturbed'}`, description: `the machine broke the control tone: ${JSON.stringify(breaks)}` })
    },
  })
}

/**
 * Records a clip that Parley plays while something happens, and expects that all of it was heard in one go,
 * wherever the machine let that be seen.
 */
export async function expectWhole(sound: SoundCard, name: string, said: Int16Array, round: (attempt: number) => Promise<void>): Promise<Heard<void>> {
  const one = await recorded(sound, name, round, ({ heard, breaks }) => {
    const { excused, stretches } = follow(said, heard, { breaks })
    return excused > stretches / 2
  })
  const course = follow(said, one.heard, { breaks: one.breaks })
  test.info().annotations.push({ type: name, description: JSON.stringify(course) })
  expect(course.stretches).toBeGreaterThan(10)
  expect(course.missing).toBe(0)
  expect(Math.abs(course.insertedMs)).toBeLessThan(1)
  return one
}

/**
 * A sentence that was spoken into the microphone is in what was made of it, its first and last 100 ms included.
 * @param lateMs so much of its beginning may be missing
 * @param options.lateMs so much of its beginning may be missing
 * @param options.earlyMs so much of its end may be missing
 * @param options.whole also what lies between is judged: only where a control shows that the machine tore nothing
 */
export function expectSentence(sentence: string, received: Int16Array | undefined, { lateMs = 0, earlyMs = 0, whole = false } = {}): void {
  if (!received) throw new Error('nothing was received')
  keepSound(test.info(), 'received', received)
  const spoken = readWav(say(sentence, { rate: 24_000 })).samples
  const span = findSound(spoken)
  if (!span) throw new Error('the sentence is silent')
  const [clean, got] = [highPass(sliceMs(spoken, span.startMs + lateMs, span.endMs - earlyMs)), highPass(received)]
  const first = correlate(clean.subarray(0, 24 * 300), got)
  const course = follow(clean, got, { stretchMs: 300, least: 0.6, fromMs: first.offsetMs, skippedMs: 150 })
  const last = correlate(clean.subarray(-24 * 300), got)
  test.info().annotations.push({ type: 'uplink', description: JSON.stringify({ ...course, first, last, receivedMs: received.length / 24 }) })
  if (whole) {
    expect(course.missing).toBeLessThanOrEqual(course.stretches / 4)
    expect(Math.abs(course.insertedMs)).toBeLessThan(100)
  }
  // Nobody knows how much a busy machine tears out; but beginning and end are there, in this order.
  expect(last.offsetMs - first.offsetMs).toBeGreaterThan((clean.length / 24 - 300) / 2)
  expect(first.correlation).toBeGreaterThan(0.6)
  expect(last.correlation).toBeGreaterThan(0.6)
  for (const [part, where] of [
    [clean.subarray(0, 24 * 100), first.offsetMs],
    [clean.subarray(-24 * 100), last.offsetMs + 200],
  ] as const) {
    const match = correlate(part, got, { fromMs: where - 30, toMs: where + 30 })
    expect(match.correlation, `100 ms at ${String(where)} ms of what was received`).toBeGreaterThan(0.5)
  }
}
