import { useId, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Check } from '../parts/choices.tsx'
import { useApp } from '../use-store.ts'

/** Functions that belong together and are given together, by the name that a person would give them. */
const GROUPS = [
  { label: 'clock', tools: ['current_time'] },
  { label: 'timers', tools: ['set_timer', 'list_timers', 'cancel_timer'] },
  { label: 'clipboard', tools: ['read_clipboard'] },
  { label: 'pages', tools: ['open_web_page'] },
] as const

/** Which functions a persona may use. @param props.tools null: all, whatever will be there */
export function ToolChoice(props: { tools: readonly string[] | null; onChange: (tools: string[] | null) => void }): ReactNode {
  const { tools, onChange } = props
  const known = useApp((s) => s.tools)
  const { t } = useTranslation()
  const title = useId()
  const named = new Set<string>(GROUPS.flatMap(({ tools: names }) => [...names]))
  const groups = [
    ...GROUPS.filter((group) => group.tools.some((name) => known.includes(name))).map(({ label, tools: names }) => ({ label: t(`persona.tools.${label}`), names: [...names] as string[] })),
    ...known.filter((name) => !named.has(name)).map((name) => ({ label: name, names: [name] })),
  ]
  const given = (names: readonly string[]): boolean => tools === null || names.every((name) => tools.includes(name))
  function give(names: readonly string[], may: boolean): void {
    const rest = (tools ?? [...known]).filter((name) => !names.includes(name))
    onChange(may ? [...rest, ...names] : rest)
  }
  return (
    <fieldset className="choices" aria-labelledby={title}>
      <legend className="field-label" id={title}>
        {t('persona.toolsTitle')}
      </legend>
      <Check label={t('persona.tools.all')} checked={tools === null} onChange={(all) => onChange(all ? null : [...known])} />
      {tools !== null && groups.map(({ label, names }) => <Check key={label} label={label} checked={given(names)} onChange={(may) => give(names, may)} />)}
    </fieldset>
  )
}
