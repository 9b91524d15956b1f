import { takesReasoning, type Persona } from '../shared/personas.ts'
import type { EndpointKind, Settings } from '../shared/settings.ts'
import type { EndpointInForce } from '../shared/state.ts'
import { instructionsFor } from './language.ts'
import type { SessionSetup } from './voice/link.ts'
import type { ToolRegistry } from './voice/tools/registry.ts'

export interface SetupFacts {
  /** The server in force; null: none is chosen, which the connection itself will say. */
  endpoint: EndpointInForce | null
  /** The persona that is chosen. */
  persona: Persona
  settings: Pick<Settings, 'voice' | 'speed'>
  language: 'en' | 'de'
  registry: ToolRegistry
}

/** What the next session is to be: the persona's wish, where it has none the settings'. */
export function sessionSetup({ endpoint, persona, settings, language, registry }: SetupFacts): SessionSetup {
  const kind: EndpointKind = endpoint?.kind ?? 'practice'
  const model = endpoint?.model ?? ''
  if (kind === 'practice') {
    // The practice partner is no language model: it plays no part and calls nothing.
    const engine = { instructions: instructionsFor(language, { instructions: '' }), voice: settings.voice, language, tools: [] }
    return { endpoint: kind, model, engine, greet: true }
  }
  const offered = persona.tools === null ? null : new Set(persona.tools)
  return {
    endpoint: kind,
    model,
    engine: {
      instructions: instructionsFor(language, persona),
      voice: persona.voice ?? settings.voice,
      speed: settings.speed,
      language: persona.manyLanguages ? null : language,
      reasoning: takesReasoning(model) ? persona.reasoning : null,
      tools: registry.definitions().filter(({ name }) => offered === null || offered.has(name)),
    },
    greet: false,
  }
}
