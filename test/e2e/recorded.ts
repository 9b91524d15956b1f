import { belowControl, CONTROL_HZ, CONTROL_LEVEL, controlBreaks, correlate, findSound, follow, halfSampleLater, highPass, readWav, say, sliceMs, type Gap, type SoundCard } from '../sound-card/index.ts'
import { expect, keepSound, test, type Parley } from './parley.ts'

/** So often a round is tried until the machine lets one through that can be judged. */
const TRIES = 3

/** What a scripted server says: known words, 24 kHz, with room for a control tone above them. */
export function clip(text: string): Int16Array {
  return belowControl(readWav(say(text, { voice: 'en-gb', rate: 24_000 })).samples)
}

/**
 * Plays the control tone from now on through the very context that plays Parley's answers, beside the
 * player and not through it: device, sound server, recorder and the thread that renders are common to
 * both, the player's queue, counts and fades are not.
 */
export async function playControl({ soundRoom }: Pick<Parley, 'soundRoom'>): Promise<void> {
  const inspector = await soundRoom.context().newCDPSession(soundRoom)
  const prototype = await inspector.send('Runtime.evaluate', { expression: 'AudioWorkletNode.prototype' })
  const { objects } = await inspector.send('Runtime.queryObjects', { prototypeObjectId: prototype.result.objectId ?? '' })
  const { exceptionDetails } = await inspector.send('Runtime.callFunctionOn', {
    objectId: objects.objectId ?? '',
    functionDeclaration: `function (tones, gain) {
      const { context } = this.find((node) => node.numberOfInputs === 0)
      for (const frequency of tones) {
        const tone = new OscillatorNode(context, { frequency })
        tone.connect(new GainNode(context, { gain })).connect(context.destination)
        tone.start()
      }
    }`,
    arguments: [{ value: CONTROL_HZ }, { value: CONTROL_LEVEL }],
  })
  await inspector.detach()
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
}

/** What the speaker played while something happened. */
export interface Heard<T> {
  /** What Parley played; the control is taken out. */
  heard: Int16Array
  /** Where the machine's own sound broke down. */
  breaks: Gap[]
  result: T
}

/**
 * Records the speaker while something happens. Where the control tone broke, the machine's own sound broke
 * down; a round in which too much of what is to be judged is broken is void: that is noted as an annotation, and what
 * happens is repeated. A gap of the player's own leaves the control whole, so it is never repeated away.
 * @param round what happens; gets the number of the attempt, from 0
 * @param tooBroken whether nothing can be said with so many breaks
 * @param sink what is recorded; the card's speaker unless told
 * @throws when no attempt can be judged
 */
export async function recorded<T>(
  sound: SoundCard,
  name: string,
  round: (attempt: number) => Promise<T>,
  tooBroken: (heard: Heard<T>) => boolean,
  sink = 'spk',
): Promise<Heard<T>> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const recording = await sound.record({ sink })
    const result = await round(attempt)
    const raw = await recording.stop()
    keepSound(test.info(), attempt === 0 ? name : `${name}-${String(attempt)}`, raw)
    const heard = { heard: belowControl(raw), breaks: controlBreaks(raw), result }
    const broken = heard.breaks.length > 0
    const useless = broken && tooBroken(heard)
    if (broken) test.info().annotations.push({ type: `${name}: ${useless ? 'void' : 'disturbed'}`, description: `the machine broke the control tone: ${JSON.stringify(heard.breaks)}` })
    if (!useless) return heard
  }
  throw new Error(`the machine broke the control tone too much in ${String(TRIES)} rounds of “${name}”: nothing can be said about the player`)
}

/** A sweep that is unlike itself at every place and can be foretold from sample to sample, 24 kHz. */
export function sweep(ms: number, { fromHz, toHz }: { fromHz: number; toHz: number } = { fromHz: 300, toHz: 6300 }): Int16Array {
  const frames = ms * 24
  return Int16Array.from({ length: frames }, (_, i) => Math.round(10_000 * Math.sin((2 * Math.PI * (fromHz * i + ((toHz - fromHz) * i * i) / frames / 2)) / 24_000)))
}

/** Before its last sound so much of a recording is compared with what was said, ms; the fade behind it is left out. */
const END_MS = 200
const FADE_MS = 10

/** Where a cut answer ended. */
export interface Ending {
  /** How much of what was said had left the player when the last sound was heard, ms: what lies before the end does not count. */
  playedMs: number
  /** How well the place was found, -1…1. */
  correlation: number
  /** The end is a break instead of a fade. */
  click: boolean
  /** The machine's own sound broke down where it matters. */
  broken: boolean
}

/** Finds where in a sweep a recording ends. @throws when nothing was heard */
export function findEnding(said: Int16Array, { heard, breaks }: Pick<Heard<unknown>, 'heard' | 'breaks'>): Ending {
  const span = findSound(heard)
  if (!span) throw new Error('nothing was heard')
  const from = span.endMs - FADE_MS - END_MS
  const end = sliceMs(heard, from, span.endMs - FADE_MS)
  const best = correlate(end, said)
  const beside = correlate(halfSampleLater(end), said)
  const found = beside.correlation > best.correlation ? { correlation: beside.correlation, offsetMs: beside.offsetMs + 0.5 / 24 } : best
  return {
    playedMs: found.offsetMs + END_MS + FADE_MS,
    correlation: found.correlation,
    click: clicks(sliceMs(heard, span.endMs - 60, span.endMs + 20)),
    // A click at the end is heard in the control too, and must not excuse itself.
    broken: breaks.some(({ startMs, lengthMs }) => startMs < span.endMs - 2 * FADE_MS && startMs + lengthMs > from - FADE_MS),
  }
}

/** A slow sweep is foretold by its samples before: what is not foretold is a break. A fade of 5 ms leaves far less. */
function clicks(samples: Int16Array): boolean {
  let level = 0
  let worst = 0
  for (let i = 49; i < samples.length; i++) {
    // The best fit of x[n] + x[n-2] = k · x[n-1] over the last 2 ms.
    let [products, squares] = [0, 0]
    for (let n = i - 48; n < i; n++) {
      products += ((samples[n] ?? 0) + (samples[n - 2] ?? 0)) * (samples[n - 1] ?? 0)
      squares += (samples[n - 1] ?? 0) ** 2
    }
    const k = squares === 0 ? 0 : products / squares
    level = Math.max(level, Math.abs(samples[i] ?? 0))
    worst = Math.max(worst, Math.abs((samples[i] ?? 0) + (samples[i - 2] ?? 0) - k * (samples[i - 1] ?? 0)))
  }
  return worst > level * 0.1
}

/**
 * Records a clip that Parley plays while something happens, and expects that all of it was heard in one go,
 * wherever the machine let that be seen.
 */
export async function expectWhole(sound: SoundCard, name: string, said: Int16Array, round: (attempt: number) => Promise<void>): Promise<Int16Array> {
  const { heard, breaks } = await recorded(sound, name, round, (one) => {
    const { excused, stretches } = follow(said, one.heard, { breaks: one.breaks })
    return excused > stretches / 2
  })
  const course = follow(said, heard, { breaks })
  test.info().annotations.push({ type: name, description: JSON.stringify(course) })
  expect(course.stretches).toBeGreaterThan(10)
  expect(course.missing).toBe(0)
  expect(Math.abs(course.insertedMs)).toBeLessThan(1)
  return heard
}

/**
 * A sentence that was spoken into the microphone is in what was made of it, its first and last 100 ms included. Stretch by stretch: what the
 * machine tears out of the microphone's sound for some ms must not count as a sentence that was not heard.
 * @param lateMs so much of its beginning may be missing
 */
export function expectSentence(sentence: string, received: Int16Array | undefined, lateMs = 0): void {
  if (!received) throw new Error('nothing was received')
  keepSound(test.info(), 'received', received)
  const spoken = readWav(say(sentence, { rate: 24_000 })).samples
  const span = findSound(spoken)
  if (!span) throw new Error('the sentence is silent')
  const [clean, got] = [highPass(sliceMs(spoken, span.startMs + lateMs, span.endMs)), highPass(received)]
  const course = follow(clean, got, { stretchMs: 300, least: 0.6 })
  const first = correlate(clean.subarray(0, 24 * 300), got)
  const last = correlate(clean.subarray(-24 * 300), got)
  test.info().annotations.push({ type: 'uplink', description: JSON.stringify({ ...course, first, last, receivedMs: received.length / 24 }) })
  expect(course.missing).toBeLessThanOrEqual(course.stretches / 4)
  expect(Math.abs(course.insertedMs)).toBeLessThan(100)
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
