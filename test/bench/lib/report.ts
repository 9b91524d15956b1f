import type { Result } from './types.ts'

/** Three significant digits, more only where the number has them before the point. */
export function figure(value: number | null): string {
  if (value === null) return '–'
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size >= 1000) return String(Math.round(value))
  if (size !== 0 && size < 0.001) return value.toExponential(1)
  return String(Number(value.toPrecision(3)))
}

/** What a line shows. */
export function verdict(result: Result): string {
  if (result.void) return 'void'
  if (result.met === null) return 'shown'
  return result.met ? 'reached' : 'missed'
}

/** The results as a Markdown table. */
export function table(results: readonly Result[]): string {
  const rows = results.map((result) => {
    const peers = Object.entries(result.peers).map(([name, value]) => `${name} ${figure(value)}`)
    return [
      String(result.goal),
      result.name,
      `${figure(result.ours)} ${result.unit}`,
      peers.join(', ') || '–',
      figure(result.ratio),
      result.target,
      figure(result.control),
      verdict(result),
      result.note,
    ]
  })
  const head = ['goal', 'what', 'Parley', 'peers', 'ratio', 'target', 'control', 'verdict', 'note']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
