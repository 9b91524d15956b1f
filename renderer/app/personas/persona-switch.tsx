import { Menu as BaseMenu } from '@base-ui/react/menu'
import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Menu, MenuAct, MenuChoices, MenuLine } from '../parts/menu.tsx'
import { useApp, useStore } from '../use-store.ts'
import { usePersonas } from './use-personas.ts'

/** With whom one talks, in the title row; a press shows the others. The practice partner plays no part, so there is nothing to switch with it. */
export function PersonaSwitch(props: { onEdit: () => void }): ReactNode {
  const { all, chosen } = usePersonas()
  const practice = useApp((s) => s.endpoint?.kind === 'practice')
  const store = useStore()
  const { t } = useTranslation()
  if (practice) return null
  return (
    <Menu
      align="end"
      trigger={
        <BaseMenu.Trigger className="persona-switch" aria-label={t('persona.switch', { name: chosen.name })}>
          <span className="persona-switch-name">{chosen.name}</span>
          <ChevronDown aria-hidden="true" />
        </BaseMenu.Trigger>
      }
    >
      <MenuChoices
        label={t('persona.title')}
        value={chosen.id}
        choices={all.map(({ id, name }) => ({ value: id, label: name }))}
        onChange={(id) => void store.request('persona.choose', id)}
      />
      <MenuLine />
      <MenuAct label={t('persona.manage')} onAct={props.onEdit} />
    </Menu>
  )
}
