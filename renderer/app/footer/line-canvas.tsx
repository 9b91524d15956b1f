import { useEffect, useRef, type ReactNode } from 'react'
import { useStore } from '../use-store.ts'
import { setUpLine, type Line } from './line.ts'

/** The line, or with `oneSided` the meter that is half of it. */
export function LineCanvas(props: { dashed: boolean; oneSided?: boolean; className: string }): ReactNode {
  const { dashed, oneSided = false } = props
  const store = useStore()
  const canvas = useRef<HTMLCanvasElement>(null)
  const line = useRef<Line | null>(null)

  useEffect(() => {
    if (canvas.current === null) return
    const made = setUpLine({ canvas: canvas.current, onLevels: (listener) => store.onLevels(listener), oneSided })
    line.current = made
    return () => {
      line.current = null
      made.dispose()
    }
  }, [store, oneSided])

  useEffect(() => line.current?.setDashed(dashed), [dashed, oneSided])

  return <canvas ref={canvas} className={props.className} aria-hidden="true" data-dashed={dashed} />
}
