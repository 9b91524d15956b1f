import { SHIPPED, type ShippedId } from './personas-shipped.ts'
import { turnModeSchema } from './turn-mode.ts'
import { z } from './zod.ts'

/** Most personas of the person's own. */
export const MAX_PERSONAS = 50
/** Longest name and longest instructions of a persona, characters. */
export const MAX_PERSONA_NAME = 60
export const MAX_PERSONA_INSTRUCTIONS = 8000
/** Largest persona file that is read, bytes. */
export const MAX_PERSONA_FILE_BYTES = 64 * 1024

/** How long a model thinks before it speaks (`session.reasoning.effort`). */
export const reasoningEffortSchema = z.enum(['minimal', 'low', 'medium', 'high', 'xhigh'])
export type ReasoningEffort = z.infer<typeof reasoningEffortSchema>

/** What a persona says of itself; everything but name and instructions may be left to the settings. */
const partSchema = z.object({
  name: z.string().trim().min(1).max(MAX_PERSONA_NAME),
  /** What the model is told of its part, beside what holds for every persona. */
  instructions: z.string().max(MAX_PERSONA_INSTRUCTIONS),
  /** null: the voice of the settings. */
  voice: z.string().trim().min(1).max(100).nullable().default(null),
  /** Model, on Azure the deployment; null: the one that goes with the server. */
  model: z.string().trim().min(1).max(200).nullable().default(null),
  /** null: the model's own. */
  reasoning: reasoningEffortSchema.nullable().default(null),
  /** null: the person's habit. */
  turnMode: turnModeSchema.nullable().default(null),
  /** Names of the functions that may be called; null: all, whatever will be there. */
  tools: z.array(z.string().regex(/^[\w-]{1,64}$/)).max(50).nullable().default(null),
  /** Other languages than the interface's are spoken, so that transcription is not told to expect that one. */
  manyLanguages: z.boolean().default(false),
})

/** `own_` and what main makes: never the id of one that ships. */
const ownIdSchema = z.string().regex(/^own_[a-z0-9]{1,40}$/)

/** A persona of the person's own, as the settings keep it. */
export const personaSchema = partSchema.extend({ id: ownIdSchema })
/** With whom one talks: its part, voice, model and manners. */
export type Persona = Omit<z.infer<typeof personaSchema>, 'id'> & { id: string }

/** What a window sends to be saved. `id` null: a new one. */
export const personaDraftSchema = partSchema.strict().extend({ id: ownIdSchema.nullable() })
export type PersonaDraft = z.infer<typeof personaDraftSchema>

/** Which persona is meant, shipped or own. */
export const personaIdSchema = z.string().regex(/^[\w-]{1,60}$/)

/** In force until another is chosen. */
export const DEFAULT_PERSONA: ShippedId = 'everyday'

/** Whether it came with Parley: it can be copied, but neither changed nor deleted. */
export function isShipped(id: string): boolean {
  return Object.hasOwn(SHIPPED, id)
}

/** The personas that ship, in the interface's language. */
export function shippedPersonas(language: 'en' | 'de'): Persona[] {
  return Object.entries(SHIPPED).map(([id, { en, de, ...manners }]) => ({
    voice: null,
    model: null,
    reasoning: null,
    turnMode: null,
    tools: null,
    manyLanguages: false,
    ...manners,
    id,
    ...(language === 'de' ? de : en),
  }))
}

/** All that can be chosen: the shipped ones, then the person's own. */
export function allPersonas(own: readonly Persona[], language: 'en' | 'de'): Persona[] {
  return [...shippedPersonas(language), ...own]
}

/** The persona that is chosen. One that is gone leaves the first shipped one in its place. */
export function chosenPersona(settings: { persona: string; personas: readonly Persona[] }, language: 'en' | 'de'): Persona {
  const all = allPersonas(settings.personas, language)
  const found = all.find((persona) => persona.id === settings.persona) ?? all[0]
  if (found === undefined) throw new Error('no persona ships')
  return found
}

/** A name that none of `others` has: with a number behind it where it is taken. Never longer than a name may be. */
export function freeName(wanted: string, others: readonly Pick<Persona, 'name'>[]): string {
  const taken = new Set(others.map(({ name }) => name.toLocaleLowerCase()))
  const name = wanted.trim().slice(0, MAX_PERSONA_NAME).trim()
  if (!taken.has(name.toLocaleLowerCase())) return name
  for (let number = 2; ; number++) {
    const numbered = `${name.slice(0, MAX_PERSONA_NAME - 4).trim()} ${String(number)}`
    if (!taken.has(numbered.toLocaleLowerCase())) return numbered
  }
}

/**
 * Whether a model can be told how long to think. The first generations refuse the field
 * (Realtime API reference, `reasoning`); a name that is not known, a deployment say, is believed.
 */
export function takesReasoning(model: string): boolean {
  return !/^(gpt-4o|gpt-realtime(-1|-mini|-\d{4}|$))/.test(model)
}
