import { useId, type ReactNode } from 'react'

/** A label above its control, with an optional remark below. `children` gets the ids to use. */
export function Field(props: {
  label: string
  hint?: ReactNode
  children: (ids: { id: string; describedBy: string | undefined }) => ReactNode
}): ReactNode {
  const id = useId()
  const hintId = `${id}-hint`
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {props.label}
      </label>
      {props.children({ id, describedBy: props.hint === undefined ? undefined : hintId })}
      {props.hint !== undefined && (
        <p className="field-hint" id={hintId}>
          {props.hint}
        </p>
      )}
    </div>
  )
}

/** One choice of several, each with a remark. */
export interface Choice<T extends string> {
  value: T
  label: string
  hint?: string
}

/** Radio buttons, one line each. */
export function Choices<T extends string>(props: {
  legend: string
  choices: readonly Choice<T>[]
  value: T
  onChange: (value: T) => void
}): ReactNode {
  const name = useId()
  return (
    <fieldset className="choices">
      <legend className="field-label">{props.legend}</legend>
      {props.choices.map((choice) => (
        <div className="choice" key={choice.value}>
          <input
            type="radio"
            id={`${name}-${choice.value}`}
            name={name}
            checked={choice.value === props.value}
            aria-describedby={choice.hint === undefined ? undefined : `${name}-${choice.value}-hint`}
            onChange={() => props.onChange(choice.value)}
          />
          <label htmlFor={`${name}-${choice.value}`}>{choice.label}</label>
          {choice.hint !== undefined && (
            <p className="choice-hint" id={`${name}-${choice.value}-hint`}>
              {choice.hint}
            </p>
          )}
        </div>
      ))}
    </fieldset>
  )
}

/** A list to pick one from. */
export function Pick(props: {
  id: string
  value: string
  options: readonly { value: string; label: string }[]
  onChange: (value: string) => void
}): ReactNode {
  return (
    <select id={props.id} className="input pick" value={props.value} onChange={(event) => props.onChange(event.target.value)}>
      {props.options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  )
}

/** One thing that is on or off. */
export function Check(props: { label: string; checked: boolean; onChange: (checked: boolean) => void }): ReactNode {
  const id = useId()
  return (
    <div className="choice">
      <input type="checkbox" id={id} checked={props.checked} onChange={(event) => props.onChange(event.target.checked)} />
      <label htmlFor={id}>{props.label}</label>
    </div>
  )
}
