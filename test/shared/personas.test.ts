import { describe, expect, it } from 'vitest'
import {
  allPersonas,
  chosenPersona,
  DEFAULT_PERSONA,
  freeName,
  isShipped,
  MAX_PERSONA_INSTRUCTIONS,
  MAX_PERSONA_NAME,
  personaDraftSchema,
  personaSchema,
  shippedPersonas,
  takesReasoning,
  type Persona,
} from '../../shared/personas.ts'

const ADA: Persona = { id: 'own_1', name: 'Ada', instructions: 'Be brief.', voice: null, model: null, reasoning: null, turnMode: null, tools: null, manyLanguages: false }

describe.each(['en', 'de'] as const)('what ships, in %s', (language) => {
  it.each(shippedPersonas(language))('$name can be copied as it is', ({ id, ...persona }) => {
    expect(isShipped(id)).toBe(true)
    expect(personaDraftSchema.parse({ ...persona, id: null })).toEqual({ ...persona, id: null })
    expect(persona.instructions.length).toBeGreaterThan(200)
  })

  it('has a name for each that no other has', () => {
    const names = shippedPersonas(language).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})

it('says the same in both languages', () => {
  const [english, german] = [shippedPersonas('en'), shippedPersonas('de')]
  expect(english.map(({ id }) => id)).toEqual(german.map(({ id }) => id))
  for (const [i, persona] of english.entries()) {
    expect(persona.instructions.split('\n\n').length).toBe(german[i]?.instructions.split('\n\n').length)
    expect(persona.instructions).not.toBe(german[i]?.instructions)
  }
})

it('finds the chosen one, and the first where it is gone', () => {
  expect(chosenPersona({ persona: 'own_1', personas: [ADA] }, 'en')).toBe(ADA)
  expect(chosenPersona({ persona: 'own_1', personas: [] }, 'de')).toMatchObject({ id: DEFAULT_PERSONA, name: 'Alltag' })
  expect(allPersonas([ADA], 'en').at(-1)).toBe(ADA)
})

it('never takes the id of one that ships for an own one', () => {
  expect(personaSchema.safeParse({ ...ADA, id: 'everyday' }).success).toBe(false)
  expect(personaSchema.safeParse({ ...ADA, id: '__proto__' }).success).toBe(false)
  expect(isShipped('constructor')).toBe(false)
})

it.each<[string, Record<string, unknown>]>([
  ['no name', { name: '   ' }],
  ['a name that is too long', { name: 'x'.repeat(MAX_PERSONA_NAME + 1) }],
  ['instructions that are too long', { instructions: 'x'.repeat(MAX_PERSONA_INSTRUCTIONS + 1) }],
  ['an effort that does not exist', { reasoning: 'enormous' }],
  ['a turn mode that does not exist', { turnMode: 'telepathy' }],
  ['a function with a strange name', { tools: ['rm -rf /'] }],
  ['something unknown', { temperature: 1 }],
])('refuses %s', (_what, wrong) => {
  expect(personaDraftSchema.safeParse({ ...ADA, ...wrong }).success).toBe(false)
})

it('gives a name that is taken a number, and keeps it within its length', () => {
  expect(freeName(' Ada ', [])).toBe('Ada')
  expect(freeName('ada', [ADA])).toBe('ada 2')
  expect(freeName('Ada', [ADA, { name: 'Ada 2' }])).toBe('Ada 3')
  const long = 'x'.repeat(MAX_PERSONA_NAME)
  const numbered = freeName(long, [{ name: long }])
  expect(numbered).toMatch(/^x+ 2$/)
  expect(numbered.length).toBeLessThanOrEqual(MAX_PERSONA_NAME)
})

it.each([
  ['gpt-realtime-2.1-mini', true],
  ['gpt-realtime-2.1', true],
  ['gpt-realtime-2', true],
  ['my-deployment', true],
  ['', true],
  ['gpt-realtime', false],
  ['gpt-realtime-2025-08-28', false],
  ['gpt-realtime-1.5', false],
  ['gpt-realtime-mini', false],
  ['gpt-realtime-mini-2025-12-15', false],
  ['gpt-4o-realtime-preview', false],
])('%s takes a word on how long to think: %s', (model, takes) => {
  expect(takesReasoning(model)).toBe(takes)
})
