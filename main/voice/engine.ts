import type { Failure } from '../../shared/failure.ts'
import type { ServerEvent } from '../../shared/realtime/server-events.ts'
import type { FunctionTool } from '../../shared/realtime/session.ts'
import type { ReasoningEffort } from '../../shared/personas.ts'
import type { Pace } from '../../shared/settings.ts'
import type { TrackId } from '../../shared/voice-port.ts'
import type { FunctionCall } from './tools/function-calls.ts'

/** How the person's turns end, as the engine must arrange it with its server. */
export type TurnDetection =
  /** The client marks both ends of a turn (hold and tap to talk). */
  | { type: 'manual' }
  /** The server hears where a turn ends, answers by itself and stops speaking when the person does. */
  | { type: 'server'; pace: Pace; byMeaning: boolean }

/**
 * One message of the conversation so far, as a new session is told of it: only what was heard of
 * an answer. `system`: what the model is to know of the part that is not told word by word.
 */
export interface HistoryMessage {
  id: string
  role: 'user' | 'assistant' | 'system'
  text: string
}

/** A function call together with its output: a session is told of both or of neither. */
export interface HistoryCall {
  id: string
  call_id: string
  name: string
  /** JSON as text. */
  arguments: string
  output: string
}

export type HistoryItem = HistoryMessage | HistoryCall

/** What one session is asked to be. */
export interface EngineConfig {
  instructions: string
  voice: string
  /** ISO-639-1 hint for the transcription of the person's words; null: any language may be spoken. */
  language: string | null
  /** How fast it speaks, as a factor; left out: 1. */
  speed?: number
  /** How long the model thinks before it speaks; left out or null: as long as it does by itself. */
  reasoning?: ReasoningEffort | null
  turnDetection: TurnDetection
  /** Ask for an opening answer as soon as the session is configured (the practice partner greets). */
  greet: boolean
  /** Told to the server before the session opens, oldest first. */
  history: readonly HistoryItem[]
  /** Functions that the model may call. */
  tools: readonly FunctionTool[]
}

/** The part of a session's configuration that may become another while it runs. */
export type EngineSetup = Pick<EngineConfig, 'instructions' | 'voice' | 'speed' | 'language' | 'reasoning' | 'tools'>

/** How much of one track was heard; the engine tells its server (design §4 "Heard"). */
export interface HeardTrack extends TrackId {
  /** Whole ms rendered by the playback worklet, never more than `receivedMs`. */
  heardMs: number
  receivedMs: number
  /** All audio of the track had been received. */
  complete: boolean
}

/** What an engine says. Events come in the order in which they happened; none after `closed`. */
export type EngineEvent =
  /** The session is configured: turns may begin. Emitted once per `start`. */
  | { type: 'opened'; model: string; expiresAt: number | null }
  /**
   * The session is over. Last event of a `start`. `failure` null: it was stopped by us. `retry`: a
   * new session may be tried without asking the person.
   */
  | { type: 'closed'; failure: Failure | null; retry: boolean }
  /** Anything that changes the conversation that people see, in the Realtime API's words. */
  | { type: 'conversation'; event: ServerEvent }
  /** Assistant sound, PCM16 mono 24 kHz, exact-size. Never for a response that was interrupted. */
  | ({ type: 'audio'; pcm: Uint8Array } & TrackId)
  | ({ type: 'audio_done' } & TrackId)
  /** Server turn detection heard the person begin or stop. */
  | { type: 'speech_started' }
  | { type: 'speech_stopped' }
  /** The person's spoken turn became an item; `audioMs` is its length where the engine knows it. */
  | { type: 'turn_committed'; item_id: string; audioMs: number | null }
  | { type: 'response_started'; response_id: string }
  /** `retryInMs`: it failed in a way that another attempt after so long may mend; left out: asking again is no use. */
  | {
      type: 'response_ended'
      response_id: string
      status: 'completed' | 'cancelled' | 'incomplete' | 'failed'
      reason: string
      tokens: number
      retryInMs?: number
    }
  /** The model wants a function to be run; the same call may be announced more than once. */
  | { type: 'function_call'; call: FunctionCall }
  /** What {@link VoiceEngine.summarise} came to; null: to nothing. */
  | { type: 'summary'; text: string | null }
  /** Something went wrong that does not end the session. */
  | { type: 'notice'; failure: Failure }

/**
 * A voice back end. One object is one session: made, started once, stopped once.
 * `test/main/voice/conformance.ts` states what every engine must do; a server without commit,
 * response.create or truncate (OpenAI's Live API) satisfies it as well.
 */
export interface VoiceEngine {
  /**
   * Connects and configures. Events go to `listener`, which must not throw. Never rejects: a
   * failure is a `closed` event.
   */
  start(config: EngineConfig, listener: (event: EngineEvent) => void): void
  /** Sends microphone sound, PCM16 mono 24 kHz; ignored unless opened. Kept by nobody. */
  appendAudio(pcm: Uint8Array): void
  /** Manual turns: forgets sound that was appended before and begins a turn. */
  beginTurn(): void
  /** Manual turns: the turn is complete and wants an answer. `too_short` (< 100 ms was appended): forgotten, no answer comes. */
  endTurn(): 'committed' | 'too_short'
  /** Manual turns: forgets the turn. */
  cancelTurn(): void
  /**
   * Server turn detection: the turn that the server hears is complete now, although it does not
   * hear its end; wants an answer. Does nothing while the server hears nobody.
   */
  sendNow(): void
  /** A typed turn that wants an answer. `itemId`: what the conversation already calls it, at most 32 characters. */
  sendText(text: string, itemId: string): void
  /** Adds to what the session was told at its beginning: what was heard since of an answer before it. Asks for no answer. */
  tell(item: HistoryItem): void
  /** Tells the model something without asking for an answer. */
  addContext(text: string): void
  /** An image for the next answer, as a `data:` URI of PNG or JPEG. */
  sendImage(dataUri: string): void
  /**
   * The answer was cut off and its sound is already silent: stops generation if it still runs and
   * tells the server what was heard of every track that was playing or queued.
   * No `audio` of a response that was active at this call is emitted after it.
   */
  interrupt(heard: readonly HeardTrack[]): void
  /** What a function answered; does not ask for an answer. */
  sendFunctionOutput(callId: string, output: string): void
  /** Asks for the answer that uses the outputs sent. `mayCallTools` false: no further function may be called in it. */
  requestAnswer(options: { mayCallTools: boolean }): void
  /** Says one fact aloud beside the conversation: a long call, a question. @param fact one plain English sentence */
  announce(fact: string): void
  /**
   * Has a text summarised beside the conversation, silently; answered by one `summary` event while
   * the session lasts. Turns and answers go on meanwhile.
   * @param text a transcript, at most some 100,000 characters
   */
  summarise(text: string): void
  /** Changes turn detection in mid-session. */
  setTurnDetection(turnDetection: TurnDetection): void
  /**
   * Makes the running session another as far as its server lets it: what can change changes from
   * the next answer on. @returns false: some of it needs a new session
   */
  reconfigure(setup: EngineSetup): boolean
  /** Ends the session: emits `closed` with null once, at once. Idempotent. */
  stop(): void
}
