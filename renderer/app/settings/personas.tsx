import { useTranslation } from 'react-i18next'
import { PersonaList } from '../personas/persona-list.tsx'
import { usePersonas } from '../personas/use-personas.ts'
import type { SectionSpec } from './rows.ts'

/** With whom one talks: the personas that ship and the person's own. */
export function usePersonaSection(): SectionSpec {
  const { all } = usePersonas()
  const { t } = useTranslation()
  return {
    id: 'personas',
    title: t('persona.title'),
    rows: [
      {
        id: 'personas',
        label: t('persona.talkWith'),
        hint: t('persona.hint'),
        words: [...all.map(({ name }) => name), t('persona.new'), t('persona.import'), t('persona.instructions'), t('persona.reasoning')],
        settings: [],
        content: <PersonaList />,
      },
    ],
  }
}
