import { createContext, useContext, useEffect, useId, useRef, useState, type ReactNode } from 'react'

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

/** How long a slider must rest before its value counts, ms: each one that counts is written to the disk. */
const REST_MS = 150

/** A slider. `text` says a value as a person reads it. */
export function Slider(props: {
  id: string
  describedBy?: string | undefined
  min: number
  max: number
  step: number
  value: number
  text: (value: number) => string
  onChange: (value: number) => void
}): ReactNode {
  const { onChange } = props
  /** What is being dragged; null while the setting itself is shown. */
  const [dragged, setDragged] = useState<number | null>(null)
  const [before, setBefore] = useState(props.value)
  if (before !== props.value) {
    setBefore(props.value)
    setDragged(null)
  }
  const latest = useRef(onChange)
  useEffect(() => {
    latest.current = onChange
  })
  /** What has not rested long enough yet; it counts also when the slider goes away. */
  const waiting = useRef<number | null>(null)
  useEffect(() => {
    if (dragged === null) return
    waiting.current = dragged
    const timer = setTimeout(() => {
      waiting.current = null
      latest.current(dragged)
    }, REST_MS)
    return () => clearTimeout(timer)
  }, [dragged])
  useEffect(
    () => () => {
      if (waiting.current !== null) latest.current(waiting.current)
    },
    [],
  )
  const value = dragged ?? props.value
  return (
    <div className="slider">
      <input
        type="range"
        id={props.id}
        aria-describedby={props.describedBy}
        aria-valuetext={props.text(value)}
        min={props.min}
        max={props.max}
        step={props.step}
        value={value}
        onChange={(event) => setDragged(event.target.valueAsNumber)}
      />
      <output className="slider-value" htmlFor={props.id} aria-hidden="true">
        {props.text(value)}
      </output>
    </div>
  )
}
