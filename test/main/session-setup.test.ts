import { expect, it } from 'vitest'
import { sessionSetup, type SetupFacts } from '../../main/session-setup.ts'
import { defineTool } from '../../main/voice/tools/tool.ts'
import { ToolRegistry } from '../../main/voice/tools/registry.ts'
import { shippedPersonas, type Persona } from '../../shared/personas.ts'
import { z } from '../../shared/zod.ts'

const tool = (name: string) => defineTool({ name, description: name, args: z.object({}), run: () => Promise.resolve('') })
const registry = new ToolRegistry([tool('current_time'), tool('set_timer'), tool('open_web_page')])
const [everyday] = shippedPersonas('en')
if (!everyday) throw new Error('nothing ships')
const ADA: Persona = { ...everyday, id: 'own_1', name: 'Ada', instructions: '  You are Ada.  ' }

function setup(facts: Partial<SetupFacts> = {}) {
  return sessionSetup({
    endpoint: { kind: 'openai', host: 'api.openai.com', model: 'gpt-realtime-2.1' },
    persona: ADA,
    settings: { voice: 'marin', speed: 1.2 },
    language: 'en',
    registry,
    ...facts,
  })
}

it('goes by the settings where the persona has no wish', () => {
  const { endpoint, model, engine, greet } = setup()
  expect({ endpoint, model, greet }).toEqual({ endpoint: 'openai', model: 'gpt-realtime-2.1', greet: false })
  expect(engine).toMatchObject({ voice: 'marin', language: 'en', reasoning: null })
  expect(engine.tools.map(({ name }) => name)).toEqual(['current_time', 'set_timer', 'open_web_page'])
})

it('tells the model what holds for everybody, then its part', () => {
  const { instructions } = setup().engine
  expect(instructions).toMatch(/^You are Parley/)
  expect(instructions).toMatch(/unclear, in English\./)
  expect(instructions).toMatch(/\n\nYou are Ada\.$/)
  expect(setup({ persona: { ...ADA, instructions: ' ' } }).engine.instructions).not.toContain('Your part')
  expect(setup({ language: 'de' }).engine.instructions).toContain('in German')
})

it('goes by the persona where it has a wish', () => {
  const persona: Persona = { ...ADA, voice: 'cedar', reasoning: 'high', tools: ['open_web_page', 'gone'], manyLanguages: true }
  const { engine } = setup({ persona })
  expect(engine).toMatchObject({ voice: 'cedar', reasoning: 'high', language: null })
  expect(engine.tools.map(({ name }) => name)).toEqual(['open_web_page'])
  expect(setup({ persona: { ...persona, tools: [] } }).engine.tools).toEqual([])
})

it('says nothing of thinking to a model that would refuse it', () => {
  const persona: Persona = { ...ADA, reasoning: 'high' }
  expect(setup({ persona, endpoint: { kind: 'openai', host: '', model: 'gpt-realtime' } }).engine.reasoning).toBeNull()
})

it('leaves the practice partner as it is', () => {
  const persona: Persona = { ...ADA, voice: 'cedar', reasoning: 'high' }
  const { engine, greet } = setup({ persona, endpoint: { kind: 'practice', host: '', model: '' } })
  expect(greet).toBe(true)
  expect(engine).toMatchObject({ voice: 'marin', tools: [] })
  expect(engine.instructions).not.toContain('Ada')
})

it('speaks as fast as the settings say; the practice partner speaks as it does', () => {
  expect(setup().engine.speed).toBe(1.2)
  expect(setup({ endpoint: { kind: 'practice', host: '', model: '' } }).engine).not.toHaveProperty('speed')
})
