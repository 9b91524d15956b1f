import type { ReactNode } from 'react'

/** Characters spoken in a second, about: 150 words a minute. */
const CHARS_PER_SECOND = 14
/** Characters of a full line of the measure, about. */
const CHARS_PER_LINE = 58
/** Length while the turn's is not known, characters. */
const UNKNOWN = 10
/** A pending turn never takes more room than this. */
const MOST_LINES = 4

/** Lengths of the soft lines, in characters, that stand for `ms` of speech. */
export function softLineLengths(ms: number | null): number[] {
  let left = ms === null ? UNKNOWN : Math.max(4, Math.round((ms / 1000) * CHARS_PER_SECOND))
  const lines: number[] = []
  while (left > 0 && lines.length < MOST_LINES) {
    lines.push(Math.min(left, CHARS_PER_LINE))
    left -= CHARS_PER_LINE
  }
  return lines
}

/** Words to come, as soft lines of about the right length. `label` says it to those who do not see. */
export function SoftLines(props: { ms: number | null; label: string }): ReactNode {
  return (
    <span className="soft-lines">
      <span className="only-spoken">{props.label}</span>
      {softLineLengths(props.ms).map((chars, line) => (
        <span className="soft-line" key={line} style={{ inlineSize: `${chars}ch` }} />
      ))}
    </span>
  )
}
