import { SAMPLE_RATE } from '../../shared/voice-port.ts'
import type { Microphone, MicrophoneWish } from './microphone.ts'
import type { Habits } from './session-options.ts'
import type { TurnPhase } from './turn.ts'

/** The microphone stays armed this long after the last turn, ms (design §4). */
const ARMED_MS = 30_000
/** On the open line silence is sent while nothing is heard, muted or without a microphone, so that the server's clock goes on; ms per append. */
const SILENCE_MS = 100

/** Everything that decides what the microphone does. */
export interface MicrophoneFacts {
  session: 'none' | 'connecting' | 'open' | 'reconnecting'
  turn: TurnPhase | null
  openLine: boolean
  muted: boolean
  /** The computer sleeps. */
  suspended: boolean
  /** A meter outside a conversation wants levels. */
  preview: boolean
  /** How long it may stay open without a turn (design §4). */
  armed: Habits['armed']
}

export interface MicrophoneSteeringOptions {
  microphone: Microphone
  facts: () => MicrophoneFacts
  /** Sends sound to the server, while there is one. */
  appendAudio: (pcm: Uint8Array) => void
}

/** Decides what the microphone does; everything else only changes the facts. */
export class MicrophoneSteering {
  readonly #options: MicrophoneSteeringOptions
  #armed: NodeJS.Timeout | null = null
  #silence: NodeJS.Timeout | null = null

  constructor(options: MicrophoneSteeringOptions) {
    this.#options = options
  }

  /** The facts have changed. @param preRollMs sound from before now that belongs to the turn that begins, 0–500 ms */
  steer(preRollMs = 0): void {
    this.#options.microphone.want(wish(this.#options.facts(), this.#armed !== null), preRollMs)
    this.fillIn()
  }

  /** The microphone has changed by itself: on the open line the server would else never hear the end of what was being said. */
  fillIn(): void {
    const { openLine, session, turn } = this.#options.facts()
    const silence = openLine && session === 'open' && turn === null && this.#options.microphone.mode !== 'live'
    if (silence && !this.#silence) {
      const zeros = new Uint8Array((SILENCE_MS * SAMPLE_RATE * 2) / 1000)
      this.#silence = setInterval(() => {
        this.#options.appendAudio(zeros)
      }, SILENCE_MS)
    } else if (!silence && this.#silence) {
      clearInterval(this.#silence)
      this.#silence = null
    }
  }

  /** A conversation began or a turn ended: armed for a while from now. */
  rearm(): void {
    this.disarm()
    this.#armed = setTimeout(() => {
      this.#armed = null
      this.steer()
    }, ARMED_MS)
  }

  disarm(): void {
    if (this.#armed) clearTimeout(this.#armed)
    this.#armed = null
  }
}

/** What the microphone is to do, first rule that applies. */
function wish(facts: MicrophoneFacts, armed: boolean): MicrophoneWish {
  const session = facts.session !== 'none'
  if (facts.suspended) return 'off'
  if (session && facts.muted) return 'muted'
  if (facts.turn === 'speaking' || facts.turn === 'tail') return 'live'
  if (session && facts.openLine) return 'live'
  if (facts.turn === 'settling') return 'armed'
  // Outside a conversation what is heard goes nowhere but into the person's own ears.
  if (facts.preview) return session ? 'armed' : 'live'
  if (!session || facts.armed === 'never') return 'off'
  if (facts.session === 'connecting' || armed || facts.armed === 'session') return 'armed'
  return 'off'
}
