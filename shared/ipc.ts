import { failureSchema, type Failure } from './failure.ts'
import { personaDraftSchema, personaIdSchema } from './personas.ts'
import { endpointKindSchema, settingsPatchSchema } from './settings.ts'
import type { Levels, Snapshot, StatePatch } from './state.ts'
import { keyChordSchema } from './talk-key/chord.ts'
import { captureResultSchema } from './talk-key/verdict.ts'
import { z } from './zod.ts'

/**
 * The contract between the visible windows and main (design §3): channel → what is asked and what
 * is answered. Main parses every request with `args` before anything else happens, the preload
 * parses every reply; errors are values of a closed set and are never thrown across.
 */

/** Origin of every page of Parley as Electron names it. */
export const APP_ORIGIN = 'app://parley'

/** Longest typed message, characters. */
export const MAX_MESSAGE_CHARS = 20_000
/** Longest key accepted, characters. */
export const MAX_KEY_CHARS = 500

const nothing = z.tuple([])
const done = z.undefined()

/** Where to connect, as chosen in onboarding or settings. */
export const endpointChoiceSchema = z.strictObject({
  kind: endpointKindSchema,
  url: z.string().max(2000),
  model: z.string().max(200),
  /** Only ever travels from the window to main, once. Empty: keep what is stored for this origin. */
  key: z.string().max(MAX_KEY_CHARS),
  /** The person agreed to send the key over ws:// to another computer. */
  insecureConsent: z.boolean(),
})
export type EndpointChoice = z.infer<typeof endpointChoiceSchema>

/** Request channels: the window asks, main answers. */
export const requests = {
  /** The whole state; also marks the window as ready for patches. */
  'state.get': { args: nothing, reply: z.custom<Snapshot>((v) => typeof v === 'object' && v !== null && 'seq' in v) },
  'conversation.start': { args: nothing, reply: done },
  'conversation.end': { args: nothing, reply: done },
  'talk.press': { args: nothing, reply: done },
  'talk.release': { args: nothing, reply: done },
  /** Ends the turn without sending it (window lost focus while Talk was held). */
  'talk.cancel': { args: nothing, reply: done },
  /** Open line: the turn that is being heard is complete. */
  'turn.send': { args: nothing, reply: done },
  'answer.stop': { args: nothing, reply: done },
  'message.send': { args: z.tuple([z.string().trim().min(1).max(MAX_MESSAGE_CHARS)]), reply: done },
  'microphone.mute': { args: z.tuple([z.boolean()]), reply: done },
  'speaker.mute': { args: z.tuple([z.boolean()]), reply: done },
  /** Opens the microphone for a meter outside a session (onboarding), or lets it go. */
  'microphone.preview': { args: z.tuple([z.boolean()]), reply: done },
  /** Plays a test tone, what the microphone of the meter heard, or one sentence in the chosen voice (which a server bills); answered at its end. */
  'sound.play': { args: z.tuple([z.enum(['tone', 'heard', 'voice'])]), reply: done },
  'sound.stop': { args: nothing, reply: done },
  /** What was said during a failed connection: send it again, or forget it. */
  'heldTurn.retry': { args: nothing, reply: done },
  'heldTurn.discard': { args: nothing, reply: done },
  /** The person's yes or no to the question with this id. */
  'question.answer': { args: z.tuple([z.string().max(100), z.boolean()]), reply: done },
  'timer.dismiss': { args: z.tuple([z.string().max(100)]), reply: done },
  'notice.dismiss': { args: nothing, reply: done },
  /** Checks endpoint and key against the server (no response is created), stores both when they work, and leaves onboarding. */
  'endpoint.choose': { args: z.tuple([endpointChoiceSchema]), reply: done },
  /** The person agrees that the key of the server in force is stored where the system has no safe place for it. */
  'key.store': { args: nothing, reply: done },
  'key.forget': { args: nothing, reply: done },
  'onboarding.show': { args: z.tuple([z.boolean()]), reply: done },
  'settings.change': { args: z.tuple([settingsPatchSchema]), reply: done },
  /** Another persona, for the running conversation as far as its server lets it. */
  'persona.choose': { args: z.tuple([personaIdSchema]), reply: done },
  /** Keeps a persona of the person's own; answers its id. */
  'persona.save': { args: z.tuple([personaDraftSchema]), reply: z.string() },
  'persona.delete': { args: z.tuple([personaIdSchema]), reply: done },
  /** Lets the person choose a file; answers what was taken over of it, null when none was chosen. */
  'persona.import': { args: nothing, reply: z.object({ names: z.array(z.string()), dropped: z.array(z.string()) }).nullable() },
  /** Lets the person choose where to write one persona; answers whether it was written. */
  'persona.export': { args: z.tuple([personaIdSchema]), reply: z.boolean() },
  /** Waits until the person has pressed a new talk key, anywhere; it does not become the talk key by that. */
  'talkKey.capture': { args: nothing, reply: captureResultSchema },
  'talkKey.captureCancel': { args: nothing, reply: done },
  /** The chord that the window itself saw during a capture; counts only where main cannot see keys. */
  'talkKey.pressed': { args: z.tuple([keyChordSchema]), reply: done },
  /** From here on (or no longer) a press of the talk key is only shown. */
  'talkKey.trial': { args: z.tuple([z.boolean()]), reply: done },
  /** macOS: asks the system to let Parley see keys. */
  'talkKey.askAccess': { args: nothing, reply: done },
  /** Deletes every conversation that is kept. */
  'history.deleteAll': { args: nothing, reply: done },
  'devices.refresh': { args: nothing, reply: done },
  /** The view asked for with this number is shown. */
  'view.shown': { args: z.tuple([z.number().int().min(0).max(1e9)]), reply: done },
  /** Brings the main window to the front. */
  'window.show': { args: nothing, reply: done },
  /** How tall the overlay's page is, CSS px. */
  'overlay.size': { args: z.tuple([z.number().min(1).max(2000)]), reply: done },
  /** The pointer takes the overlay along, and lets it go. */
  'overlay.drag': { args: z.tuple([z.enum(['begin', 'move', 'end'])]), reply: done },
  /** Puts the whole conversation on the clipboard as plain text. */
  'conversation.copy': { args: nothing, reply: done },
  /** Lets the person choose where to write the conversation; answers whether it was written. */
  'conversation.export': { args: z.tuple([z.enum(['markdown', 'json'])]), reply: z.boolean() },
  /** Writes a diagnostics bundle where the person chooses. `words`: with what was said. Answers whether it was written. */
  'diagnostics.save': { args: z.tuple([z.strictObject({ words: z.boolean() })]), reply: z.boolean() },
  /** Shows the folder of the log. */
  'logs.show': { args: nothing, reply: done },
  /** Opens the licences of what Parley is made with. */
  'licences.show': { args: nothing, reply: done },
} as const satisfies Record<string, { args: z.ZodType; reply: z.ZodType }>

export type RequestChannel = keyof typeof requests
export type RequestArgs<C extends RequestChannel> = z.infer<(typeof requests)[C]['args']>
export type RequestReply<C extends RequestChannel> = z.infer<(typeof requests)[C]['reply']>

/** What a visible window is for; it can call what it needs for that, and nothing else. */
export type WindowRole = 'main' | 'overlay'

/** Only the overlay is sized and dragged by its page. */
const OVERLAY_ALONE: readonly RequestChannel[] = ['overlay.size', 'overlay.drag']

/** Request channels of each role. */
export const roleChannels: Readonly<Record<WindowRole, readonly RequestChannel[]>> = {
  main: (Object.keys(requests) as RequestChannel[]).filter((channel) => !OVERLAY_ALONE.includes(channel)),
  overlay: [
    'state.get',
    'conversation.start',
    'conversation.end',
    'talk.press',
    'talk.release',
    'talk.cancel',
    'microphone.mute',
    'speaker.mute',
    'heldTurn.retry',
    'heldTurn.discard',
    'question.answer',
    'timer.dismiss',
    'notice.dismiss',
    'window.show',
    ...OVERLAY_ALONE,
  ],
}

/** Every reply on the wire between window and main. */
export type Reply<T> = { ok: true; value: T } | { ok: false; failure: Failure }

/** Shape check of a reply before its value is parsed. */
export const replyEnvelopeSchema = z.union([
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), failure: failureSchema }),
])

/** Channels on which main speaks to a window unasked. */
export interface WindowEvents {
  'state.patch': StatePatch
  levels: Levels
}
export type WindowEvent = keyof WindowEvents

/** What the preload exposes to a visible page as `window.parley`. */
export interface ParleyBridge {
  /** Never rejects: failures are values. */
  request<C extends RequestChannel>(channel: C, ...args: RequestArgs<C>): Promise<Reply<RequestReply<C>>>
  /** Subscribes to one event; returns the function that unsubscribes. */
  on<E extends WindowEvent>(event: E, listener: (value: WindowEvents[E]) => void): () => void
}

/** Channel on which main hands the voice port to the sound room's preload, and the page's ready signal. */
export const VOICE_PORT_CHANNEL = 'voice-port'
export const SOUND_READY_CHANNEL = 'sound-ready'
