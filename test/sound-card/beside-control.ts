import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import type { Gap } from './analysis.ts'
import { belowControl, CONTROL_HZ, CONTROL_LEVEL, controlBreaks } from './control.ts'
import type { Recording, SoundCard } from './sound-card.ts'

/** So often a round is tried until the machine lets one through that can be judged. */
const TRIES = 6
/** So long is waited for a player whose output is just being built anew, ms. */
const PLAYER_MS = 20_000

/**
 * Plays the control tone from now on through the very context that plays Parley's answers, beside the
 * player and not through it: device, sound server, recorder and the thread that renders are common to
 * both, the player's queue, counts and fades are not.
 * @param soundRoom the sound room's page
 * @returns ends it
 */
export async function playControl(soundRoom: Page): Promise<() => Promise<void>> {
  const inspector = await soundRoom.context().newCDPSession(soundRoom)
  const call = async (objectId: string | undefined, functionDeclaration: string, values: unknown[] = []): Promise<string | undefined> => {
    const { result, exceptionDetails } = await inspector.send('Runtime.callFunctionOn', { objectId: objectId ?? '', functionDeclaration, arguments: values.map((value) => ({ value })) })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.objectId
  }
  const prototype = await inspector.send('Runtime.evaluate', { expression: 'AudioWorkletNode.prototype' })
  const running = async (): Promise<string | undefined> => {
    const { objects } = await inspector.send('Runtime.queryObjects', { prototypeObjectId: prototype.result.objectId ?? '' })
    // A context that was lost is among them until it is collected.
    return call(objects.objectId, `function () { return this.find((node) => node.numberOfInputs === 0 && node.context.state === 'running') }`)
  }
  let player = await running()
  for (const end = performance.now() + PLAYER_MS; player === undefined && performance.now() < end; player = await running()) await sleep(50)
  if (player === undefined) throw new Error(`the sound room has had no running output for ${String(PLAYER_MS)} ms`)
  const tones = await call(
    player,
    `function (frequencies, gain) {
      const { context } = this
      return frequencies.map((frequency) => {
        const tone = new OscillatorNode(context, { frequency })
        tone.connect(new GainNode(context, { gain })).connect(context.destination)
        tone.start()
        return tone
      })
    }`,
    [CONTROL_HZ, CONTROL_LEVEL],
  )
  return async () => {
    await call(tones, 'function () { for (const tone of this) tone.stop() }')
    await inspector.detach()
  }
}

/** What the speaker played while something happened. */
export interface Heard<T> {
  /** What Parley played; the control is taken out. */
  heard: Int16Array
  /** Where the machine's own sound broke down. */
  breaks: Gap[]
  result: T
}

export interface Judging<T> {
  /** Nothing can be said with so many breaks. */
  tooBroken: (heard: Heard<T>) => boolean
  /** What is recorded; the card's speaker unless told. */
  sink?: string
  /** Told of every attempt, before it is known whether it counts: the whole recording. @param attempt from 0 */
  onRecorded?: (raw: Int16Array, attempt: number) => void
  /** Told of every attempt that was broken. */
  onBroken?: (breaks: readonly Gap[], useless: boolean) => void
}

/**
 * Records the speaker while something happens and the control plays. Where the control broke, the machine's own
 * sound broke down; a round in which too much of what is to be judged is broken is void, and what happens is
 * repeated. A gap of the player's own leaves the control whole, so it is never repeated away.
 * @param round what happens; gets the recording, and the number of the attempt, from 0
 * @throws when no attempt can be judged
 */
export async function besideControl<T>(card: SoundCard, round: (recording: Recording, attempt: number) => Promise<T>, { tooBroken, sink = 'spk', onRecorded, onBroken }: Judging<T>): Promise<Heard<T>> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const recording = await card.record({ sink })
    const result = await round(recording, attempt)
    const raw = await recording.stop()
    onRecorded?.(raw, attempt)
    const heard = { heard: belowControl(raw), breaks: controlBreaks(raw), result }
    const broken = heard.breaks.length > 0
    const useless = broken && tooBroken(heard)
    if (broken) onBroken?.(heard.breaks, useless)
    if (!useless) return heard
  }
  throw new Error(`the machine broke the control tone too much in ${String(TRIES)} rounds: nothing can be said about the player`)
}
