import { useEffect, useRef, useState, type ReactNode } from 'react'

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
  /** Where it was moved to, and whether that has been told; null while the setting itself is shown. */
  const [moved, setMoved] = useState<{ to: number; told: boolean } | null>(null)
  const [before, setBefore] = useState(props.value)
  if (before !== props.value) {
    setBefore(props.value)
    // The answer to an earlier place must not take it back from whoever has moved on.
    if (moved?.told === true || moved?.to === props.value) setMoved(null)
  }
  const latest = useRef(onChange)
  useEffect(() => {
    latest.current = onChange
  })
  /** What has not rested long enough yet; it counts also when the slider goes away. */
  const waiting = useRef<number | null>(null)
  useEffect(() => {
    if (moved === null || moved.told) {
      waiting.current = null
      return
    }
    waiting.current = moved.to
    const timer = setTimeout(() => {
      waiting.current = null
      latest.current(moved.to)
      setMoved({ ...moved, told: true })
    }, REST_MS)
    return () => clearTimeout(timer)
  }, [moved])
  useEffect(
    () => () => {
      if (waiting.current !== null) latest.current(waiting.current)
    },
    [],
  )
  const value = moved?.to ?? props.value
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
        onChange={(event) => setMoved({ to: event.target.valueAsNumber, told: false })}
      />
      <output className="slider-value" htmlFor={props.id} aria-hidden="true">
        {props.text(value)}
      </output>
    </div>
  )
}
