import { useMemo } from 'react'
import { allPersonas, chosenPersona, type Persona } from '../../../shared/personas.ts'
import { useApp } from '../use-store.ts'

/** All personas in the interface's language, and the one that is chosen. */
export function usePersonas(): { all: Persona[]; chosen: Persona } {
  const own = useApp((s) => s.settings.personas)
  const persona = useApp((s) => s.settings.persona)
  const language = useApp((s) => s.language)
  return useMemo(() => ({ all: allPersonas(own, language), chosen: chosenPersona({ persona, personas: own }, language) }), [own, persona, language])
}
