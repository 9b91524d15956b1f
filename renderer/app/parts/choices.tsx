import { useContext, useId, type ReactNode } from 'react'
import { LabelAside } from './field.tsx'

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
  /** null: nothing is chosen yet */
  value: T | null
  onChange: (value: T) => void
}): ReactNode {
  const name = useId()
  const aside = useContext(LabelAside)
  return (
    <fieldset className="choices">
      <legend className="field-label">{props.legend}</legend>
      {aside !== null && <div className="choices-aside">{aside}</div>}
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
  describedBy?: string | undefined
  value: string
  options: readonly { value: string; label: string }[]
  onChange: (value: string) => void
}): ReactNode {
  return (
    <select id={props.id} aria-describedby={props.describedBy} className="input pick" value={props.value} onChange={(event) => props.onChange(event.target.value)}>
      {props.options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  )
}

/** One thing that is on or off. */
export function Check(props: { label: string; hint?: string; checked: boolean; onChange: (checked: boolean) => void }): ReactNode {
  const id = useId()
  const aside = useContext(LabelAside)
  const hintId = `${id}-hint`
  return (
    <div className="choice">
      <input
        type="checkbox"
        id={id}
        aria-describedby={props.hint === undefined ? undefined : hintId}
        checked={props.checked}
        onChange={(event) => props.onChange(event.target.checked)}
      />
      <div className="label-line">
        <label htmlFor={id}>{props.label}</label>
        {aside}
      </div>
      {props.hint !== undefined && (
        <p className="choice-hint" id={hintId}>
          {props.hint}
        </p>
      )}
    </div>
  )
}
