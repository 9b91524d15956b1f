import { createContext, useContext, useId, type ReactNode } from 'react'

/** What stands at the end of a control's label line: in the settings, *Reset*. */
export const LabelAside = createContext<ReactNode>(null)

/** For a control that brings its own label line. */
export function useLabelAside(): ReactNode {
  return useContext(LabelAside)
}

/** A label above its control, with an optional remark below. `children` gets the ids to use. */
export function Field(props: {
  label: string
  hint?: ReactNode
  children: (ids: { id: string; describedBy: string | undefined }) => ReactNode
}): ReactNode {
  const id = useId()
  const aside = useContext(LabelAside)
  const hintId = `${id}-hint`
  return (
    <div className="field">
      <div className="label-line">
        <label className="field-label" htmlFor={id}>
          {props.label}
        </label>
        {aside}
      </div>
      {props.children({ id, describedBy: props.hint === undefined ? undefined : hintId })}
      {props.hint !== undefined && (
        <p className="field-hint" id={hintId}>
          {props.hint}
        </p>
      )}
    </div>
  )
}
