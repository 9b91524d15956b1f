import { Check, ChevronDown } from 'lucide-react'
import { useId, type ReactNode } from 'react'

/** One entry of the notebook: numbered, ticked when done, open when it is the current one. */
export function NotebookEntry(props: {
  /** Id of its heading, which leads to it. */
  id: string
  number: number
  title: string
  done: string | null
  open: boolean
  onOpen: () => void
  children: ReactNode
}): ReactNode {
  const { number, title, done, open } = props
  const bodyId = useId()
  return (
    <section className="notebook-entry" data-open={open} data-done={done !== null}>
      <h3 className="notebook-heading">
        <button type="button" id={props.id} className="notebook-title" aria-expanded={open} aria-controls={bodyId} onClick={props.onOpen}>
          <span className="notebook-number" aria-hidden="true">
            {done === null ? number : <Check />}
          </span>
          <span className="notebook-words">
            {title}{' '}
            {done !== null && !open && <span className="notebook-done">{done}</span>}
          </span>
        </button>
      </h3>
      <div className="notebook-body" id={bodyId} hidden={!open}>
        {open && props.children}
      </div>
    </section>
  )
}

/** A way that unfolds below its line. */
export function Way(props: { title: string; hint: string; open: boolean; onToggle: () => void; children: ReactNode }): ReactNode {
  const bodyId = useId()
  return (
    <div className="way" data-open={props.open}>
      <button type="button" className="way-line" aria-expanded={props.open} aria-controls={bodyId} onClick={props.onToggle}>
        <span className="way-title">{props.title}</span>
        <span className="way-hint">{props.hint}</span>
        <ChevronDown className="way-mark" aria-hidden="true" />
      </button>
      <div className="way-body" id={bodyId} hidden={!props.open}>
        {props.open && props.children}
      </div>
    </div>
  )
}
