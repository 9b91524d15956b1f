import { DEFAULT_PERSONA, MAX_PERSONAS, personaIdSchema, personaSchema } from './personas.ts'
import { keyChordSchema } from './talk-key/chord.ts'
import { turnModeSchema, type TurnMode } from './turn-mode.ts'
import { z } from './zod.ts'

export { turnModeSchema, type TurnMode }

/** How long Parley waits on the open line before it takes a turn as finished. */
export const paceSchema = z.enum(['quick', 'normal', 'patient'])
export type Pace = z.infer<typeof paceSchema>

/** Which Realtime server is spoken to. `practice` is the partner built into Parley. */
export const endpointKindSchema = z.enum(['openai', 'azure', 'compatible', 'practice'])
export type EndpointKind = z.infer<typeof endpointKindSchema>

/** Interface language; `system` follows the operating system. */
export const languageSchema = z.enum(['system', 'en', 'de'])
export const themeSchema = z.enum(['system', 'light', 'dark'])

/** How long the microphone stays open after a turn. */
export const armedSchema = z.enum(['never', 'short', 'session'])

/** The voices that Realtime models have; the first one is the default. */
export const VOICES = ['marin', 'cedar', 'alloy', 'ash', 'ballad', 'coral', 'echo', 'sage', 'shimmer', 'verse'] as const

const deviceId = z.string().max(256).nullable()

/** Everything a person can set. One JSON file; a missing key has its default. */
export const settingsSchema = z.object({
  version: z.literal(1).default(1),
  language: languageSchema.default('system'),
  theme: themeSchema.default('system'),
  turnMode: turnModeSchema.default('hold'),
  endpoint: z
    .object({
      kind: endpointKindSchema,
      /** `compatible`: ws(s) URL up to and including the path. `azure`: https://RESOURCE.openai.azure.com */
      url: z.string().max(2000).default(''),
      /** Model name, or the deployment name on Azure. Empty: the default of the kind. */
      model: z.string().max(200).default(''),
      /** `compatible` only: the server speaks the old (beta) protocol. */
      beta: z.boolean().optional(),
    })
    .nullable()
    .default(null),
  voice: z.string().max(100).default('marin'),
  /** Id of the persona that is chosen. */
  persona: personaIdSchema.default(DEFAULT_PERSONA),
  /** The person's own personas. */
  personas: z.array(personaSchema).max(MAX_PERSONAS).default([]),
  pace: paceSchema.default('normal'),
  /** Open line: the server finds the end of a turn by its meaning instead of by silence. */
  byMeaning: z.boolean().default(false),
  /** Open line: the conversation ends after so many minutes without a word; 0 = never. */
  idleStopMinutes: z.number().int().min(0).max(120).default(5),
  /** Most that one conversation, and one day, may cost, US dollars; 0 = no cap. */
  capSessionUsd: z.number().min(0).max(1000).default(2),
  capDayUsd: z.number().min(0).max(1000).default(5),
  /** The day's cap where prices are not known, minutes of conversation; 0 = no cap. */
  capDayMinutes: z.number().int().min(0).max(1440).default(120),
  /** Conversations are kept on this computer, not encrypted. */
  keepHistory: z.boolean().default(true),
  /** The key that talks from anywhere; null: the default of the system. */
  talkKey: keyChordSchema.nullable().default(null),
  /** Short sounds for the begin and end of listening when no window can be seen. */
  cues: z.boolean().default(true),
  microphoneId: deviceId.default(null),
  speakerId: deviceId.default(null),
  /** 0–1 */
  volume: z.number().min(0).max(1).default(1),
  /** How fast Parley speaks, as a factor (`audio.output.speed`). */
  speed: z.number().min(0.5).max(1.5).default(1),
  /** How long the microphone stays open after a turn (design §4): not at all, 30 s, or as long as the conversation runs. */
  armed: armedSchema.default('short'),
  /** Also keeps a Bluetooth microphone open, which holds the headset in call quality. */
  armBluetooth: z.boolean().default(false),
  /** The microphone is not heard while Parley speaks: for rooms where echo cancellation fails. */
  halfDuplex: z.boolean().default(false),
  /** The sound of every turn is kept beside the conversation. */
  keepSound: z.boolean().default(false),
  /** The talk key decides by its length: held longer than `talkKeyTapMs` is hold, shorter is tap. */
  talkKeyAutomatic: z.boolean().default(false),
  talkKeyTapMs: z.number().int().min(150).max(1000).default(400),
  /** null: the default of the system (off on Wayland). */
  overlay: z.boolean().nullable().default(null),
  /** The overlay comes along to the display with the pointer; otherwise it stays where it was put. */
  overlayFollows: z.boolean().default(true),
  /** The overlay is left out of screen recordings and shared screens. */
  overlayProtected: z.boolean().default(false),
  startAtLogin: z.boolean().default(false),
  /** Closing the window leaves Parley in the tray. */
  closeToTray: z.boolean().default(true),
})
export type Settings = z.infer<typeof settingsSchema>

/** The settings a window may change, each on its own. */
export const settingsPatchSchema = z.strictObject({
  language: languageSchema.optional(),
  theme: themeSchema.optional(),
  turnMode: turnModeSchema.optional(),
  voice: z.string().min(1).max(100).optional(),
  pace: paceSchema.optional(),
  byMeaning: z.boolean().optional(),
  idleStopMinutes: z.number().int().min(0).max(120).optional(),
  talkKey: keyChordSchema.nullable().optional(),
  cues: z.boolean().optional(),
  keepHistory: z.boolean().optional(),
  capSessionUsd: z.number().min(0).max(1000).optional(),
  capDayUsd: z.number().min(0).max(1000).optional(),
  capDayMinutes: z.number().int().min(0).max(1440).optional(),
  microphoneId: deviceId.optional(),
  speakerId: deviceId.optional(),
  volume: z.number().min(0).max(1).optional(),
  speed: z.number().min(0.5).max(1.5).optional(),
  armed: armedSchema.optional(),
  armBluetooth: z.boolean().optional(),
  halfDuplex: z.boolean().optional(),
  keepSound: z.boolean().optional(),
  talkKeyAutomatic: z.boolean().optional(),
  talkKeyTapMs: z.number().int().min(150).max(1000).optional(),
  overlay: z.boolean().nullable().optional(),
  overlayFollows: z.boolean().optional(),
  overlayProtected: z.boolean().optional(),
  startAtLogin: z.boolean().optional(),
  closeToTray: z.boolean().optional(),
})
export type SettingsPatch = z.infer<typeof settingsPatchSchema>

/** Model used when none is chosen (design §2). */
export const DEFAULT_MODEL = 'gpt-realtime-2.1-mini'
