import type { ReactNode } from 'react'

/** Stable, or React would take the focus again with every rendering. */
const takeFocus = (line: HTMLElement | null): void => line?.focus()

/** A line that says what came of a press whose button has gone: it takes the focus, or whoever uses the keyboard would be dropped at the beginning of the page. */
export function Said(props: { children: ReactNode }): ReactNode {
  return (
    <p className="said" role="status" tabIndex={-1} ref={takeFocus}>
      {props.children}
    </p>
  )
}
