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
