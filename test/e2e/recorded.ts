import { belowControl, CONTROL_HZ, CONTROL_LEVEL, controlBreaks, correlate, findSound, follow, highPass, readWav, say, sliceMs, type Gap, type SoundCard } from '../sound-card/index.ts'
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
      const { context } = this.find((node) => node.numberOfInputs === 0 && node.context.state === 'running')
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
