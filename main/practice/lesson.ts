import type { ClipId } from './clips.ts'
import { cueOf } from './cues.ts'
import type { TurnMeasure } from './measure.ts'
import type { Part } from './utterance.ts'

/**
 * What the person is to do next. The lesson goes through these in order and never back:
 * hear the greeting, say something (and hear themselves), say something more (and be counted to),
 * cut in, type; then there is nothing left to teach.
 */
export type LessonStep = 'greeting' | 'voice' | 'count' | 'cut' | 'type' | 'done'

/** A spoken turn. */
export interface SpokenTurn {
  samples: Int16Array
  measure: TurnMeasure
  /** From the person's last voice to this answer, ms. */
  lagMs: number
}

/** What an answer answers. */
export type LessonInput = { kind: 'nothing' } | { kind: 'voice'; turn: SpokenTurn } | { kind: 'text'; text: string }

/** An answer that was cut off. */
export interface Cut {
  /** As the truncation said; 0 when nothing was heard, null when that is not known. */
  heardMs: number | null
  /** The last number heard of a count, or null. */
  lastCounted: number | null
}

/** What an answer depends on besides the input. */
export interface LessonMoment {
  /** True: turn detection is on, so nobody holds a button. */
  openLine: boolean
  /** Time of day. */
  hours: number
  minutes: number
}

const COUNT_TO = 20
/** Longer turns are played back only when asked for. */
const LONGEST_ECHO_UNASKED_MS = 15_000
/** A count that nobody cuts off is offered this often. */
const COUNTS = 2

const clips = (...ids: readonly ClipId[]): Part[] => ids.map((clip) => ({ clip }))
const tenths = (ms: number): Part => ({ tenths: Math.round(ms / 100) })

/** What is known of where an answer was cut off. */
function cutParts({ heardMs, lastCounted }: Cut): Part[] {
  if (heardMs === null) return []
  const last: Part[] = lastCounted === null ? [] : [...clips('cut_last'), { whole: lastCounted, end: true }]
  return [...clips('cut'), tenths(heardMs), ...clips('cut_end'), ...last]
}

/** The lesson itself: decides what is said. It understands no words, and says so. */
export class Lesson {
  #step: LessonStep = 'greeting'
  #counts = 0
  #cut: Cut | null = null
  #lastVoice: Int16Array | null = null

  get step(): LessonStep {
    return this.#step
  }

  /** Notes that an answer was cut off; the next answer speaks of it. */
  wasCut(cut: Cut): void {
    this.#cut = cut
  }

  /** What to say now. Never empty. */
  answer(input: LessonInput, moment: LessonMoment): Part[] {
    const wasCut = this.#cut
    this.#cut = null
    const cut = wasCut === null ? [] : cutParts(wasCut)
    if (input.kind === 'voice') this.#lastVoice = input.turn.samples
    const countWasCut = this.#step === 'cut' && wasCut !== null
    if (countWasCut) this.#step = 'type'
    if (input.kind === 'text') return [...cut, ...this.#toText(input.text, moment)]
    if (countWasCut) return [...cut, ...this.#invitation(moment)]
    if (input.kind === 'voice') return [...cut, ...this.#toVoice(input.turn, moment)]
    if (this.#step !== 'greeting') return [...cut, ...(this.#step === 'done' ? clips('words') : this.#invitation(moment))]
    this.#step = 'voice'
    return [...clips('hello'), ...this.#invitation(moment)]
  }

  /** Forgets the person's voice. */
  close(): void {
    this.#lastVoice = null
  }

  /** What the person is asked to do at this step. */
  #invitation({ openLine }: LessonMoment): Part[] {
    switch (this.#step) {
      case 'greeting':
      case 'voice':
        return clips(openLine ? 'speak' : 'hold')
      case 'count':
      case 'cut':
        return clips(openLine ? 'next_speak' : 'next_hold')
      case 'type':
        return clips('type')
      case 'done':
        return []
    }
  }

  #count({ openLine }: LessonMoment): Part[] {
    return [...clips(openLine ? 'count_speak' : 'count_hold'), { count: COUNT_TO }]
  }

  #toVoice(turn: SpokenTurn, moment: LessonMoment): Part[] {
    const { measure } = turn
    const heard: Part[] = [...clips('heard'), tenths(measure.ms), ...clips('heard_end')]
    if (measure.level === 'silent') return [...heard, ...clips('silence')]
    const level = clips(`level_${measure.level}`)
    const answered: Part[] = [...clips('answered'), tenths(turn.lagMs), ...clips('answered_end')]
    switch (this.#step) {
      case 'greeting':
      case 'voice': {
        this.#step = 'count'
        const echo: Part[] = measure.ms <= LONGEST_ECHO_UNASKED_MS ? [...clips('echo'), { voice: turn.samples }] : clips('echo_offer')
        return [...heard, ...level, ...answered, ...echo, ...this.#invitation(moment)]
      }
      case 'count':
        this.#step = 'cut'
        this.#counts = 1
        return this.#count(moment)
      case 'cut':
        if (this.#counts < COUNTS) {
          this.#counts++
          return [...clips('uncut'), ...this.#count(moment)]
        }
        this.#step = 'type'
        return [...heard, ...level, ...this.#invitation(moment)]
      case 'type':
      case 'done':
        return [...heard, ...level, ...answered, ...this.#invitation(moment)]
    }
  }

  #toText(text: string, moment: LessonMoment): Part[] {
    const cue = cueOf(text)
    const wasTyping = this.#step === 'type'
    // Counting and stopping leave no room for the farewell: it comes with the next message.
    if (wasTyping && cue !== 'count' && cue !== 'stop') this.#step = 'done'
    if (this.#step === 'greeting') this.#step = 'voice'
    const end = wasTyping ? clips('done', 'about', 'key') : []
    switch (cue) {
      case 'hello':
        return [...clips('hello'), ...(wasTyping ? end : this.#invitation(moment))]
      case 'help':
        return [...clips('about', 'words'), ...(wasTyping ? clips('done', 'key') : this.#invitation(moment))]
      case 'about':
        return [...clips('about', 'key'), ...(wasTyping ? clips('done') : [])]
      case 'echo':
        return this.#lastVoice === null
          ? [...clips('echo_none', moment.openLine ? 'speak' : 'hold')]
          : [...clips('echo'), { voice: this.#lastVoice }, ...end]
      case 'count':
        if (this.#step === 'count' || this.#step === 'cut') {
          this.#step = 'cut'
          this.#counts++
        }
        return this.#count(moment)
      case 'time':
        return [...clips('time'), { clock: { hours: moment.hours, minutes: moment.minutes } }, ...end]
      case 'stop':
        return clips('stopped')
      case null:
        return wasTyping
          ? [...clips('arrived'), { whole: [...text].length }, ...clips('arrived_end'), ...end]
          : [...clips('unknown', 'words'), ...this.#invitation(moment)]
    }
  }
}
