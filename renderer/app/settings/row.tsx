import { useEffect, useRef, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { SettingsPatch } from '../../../shared/settings.ts'
import { Button } from '../parts/button.tsx'
import { LabelAside } from '../parts/field.tsx'
import { useApp, useStore } from '../use-store.ts'
import { defaultsOf, isChanged, type RowId, type RowSpec, type SectionSpec } from './rows.ts'

/** Changes settings; what does not work is shown by the window. */
export function useChange(): (patch: SettingsPatch) => void {
  const store = useStore()
  return (patch) => void store.request('settings.change', patch)
}

/** The one of `values` that a list gave back as a plain string. */
export function one<T extends string>(values: readonly [T, ...T[]], value: string): T {
  return values.find((v) => v === value) ?? values[0]
}

/** Puts the focus on a row's control, after what had it has gone. */
export function focusRow(id: RowId): void {
  const row = document.querySelector(`[data-row="${id}"]`)
  row?.querySelector<HTMLElement>('select, textarea, input:checked, input:not([type="radio"]), button')?.focus()
}

/** One row, with *Reset* at its label while it differs from what Parley comes with. */
function Row(props: { row: RowSpec }): ReactNode {
  const { row } = props
  const changed = useApp((s) => isChanged(row, s.settings))
  const change = useChange()
  const { t } = useTranslation()
  /** *Reset* was pressed, and goes away with what it resets. */
  const pressed = useRef(false)
  useEffect(() => {
    if (!changed && pressed.current) focusRow(row.id)
    pressed.current = false
  }, [changed, row.id])

  function takeBack(): void {
    pressed.current = true
    change(defaultsOf(row))
  }
  const reset = changed ? (
    <Button look="link" className="row-reset" aria-label={t('settings.resetRow', { name: row.label })} onClick={takeBack}>
      {t('settings.reset')}
    </Button>
  ) : null
  return (
    <div className="row" data-row={row.id}>
      <LabelAside value={reset}>{row.content}</LabelAside>
    </div>
  )
}

/** Id of a section's heading, for whoever wants to lead there. */
export function headingId(section: string): string {
  return `settings-${section}`
}

/** Rows under their heading. */
export function Section(props: { section: SectionSpec }): ReactNode {
  const { section } = props
  const id = headingId(section.id)
  return (
    <section className="sheet-section" aria-labelledby={id}>
      <h3 id={id} tabIndex={-1}>
        {section.title}
      </h3>
      {section.rows.map((row) => (
        <Row key={row.id} row={row} />
      ))}
    </section>
  )
}

/** A line of words with its buttons: a row that does something and sets nothing. */
export function Act(props: { label: string; hint?: string; children: ReactNode }): ReactNode {
  return (
    <div className="act">
      <div className="field">
        <p className="field-label">{props.label}</p>
        {props.hint !== undefined && <p className="field-hint">{props.hint}</p>}
      </div>
      <div className="form-end">{props.children}</div>
    </div>
  )
}
