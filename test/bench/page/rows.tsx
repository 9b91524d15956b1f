/** The usual transcript: one React element for each entry, plain or memoised. */
import { memo, type ReactElement } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { flushSync } from 'react-dom'

interface Entry {
  id: string
  role: string
  text: string
}

function Row({ entry }: { entry: Entry }): ReactElement {
  return (
    <article aria-label={entry.role}>
      <p>{entry.text}</p>
    </article>
  )
}
const MemoRow = memo(Row)

function List({ entries, memoised }: { entries: Entry[]; memoised: boolean }): ReactElement {
  return <div role="log">{entries.map((entry) => (memoised ? <MemoRow key={entry.id} entry={entry} /> : <Row key={entry.id} entry={entry} />))}</div>
}

const element = document.getElementById('root')
if (!element) throw new Error('no root')
let root: Root | null = null

/** Mounts so many entries, then appends words to the last. Marks show the mounting, and each delta with scroll and layout. */
function measureRows(count: number, deltas: number, memoised: boolean): void {
  root?.unmount()
  root = createRoot(element as HTMLElement)
  const mounted = root
  let entries = Array.from({ length: count }, (_, i): Entry => ({ id: `i${String(i)}`, role: i % 2 ? 'Parley' : 'You', text: 'You wanted two quotes before Friday. One has arrived: it is the higher of the two.' }))
  const draw = (): void => {
    flushSync(() => {
      mounted.render(<List entries={entries} memoised={memoised} />)
    })
    const pane = element as HTMLElement
    pane.scrollTop = pane.scrollHeight
    pane.getBoundingClientRect()
  }
  performance.mark('mount begin')
  draw()
  performance.mark('mount end')
  for (let i = 0; i < deltas; i++) {
    const last = entries.at(-1)
    if (!last) break
    entries = [...entries.slice(0, -1), { ...last, text: `${last.text} word` }]
    performance.mark('delta begin')
    draw()
    performance.mark('delta end')
  }
}

Object.assign(window, { measureRows })
