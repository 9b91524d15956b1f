/** Rows that are mounted: entries `from` to before `to`; null: to the newest, also to those still to come. */
export interface Span {
  readonly from: number
  readonly to: number | null
}

/** So many rows fill any window. */
export const TAIL = 40
/** So many rows come with each step up or down. */
export const STEP = 40
/** More are not mounted while somebody reads; the newest ones are let go first. */
const MOST = 160

/** No row is lower than this, CSS px. */
const LEAST_ROW = 40

/** What is mounted before the first paint: no more of the newest rows than a window of this height can show. The others follow at once. */
export function first(count: number, height: number): Span {
  return { from: Math.max(0, count - Math.min(TAIL, Math.ceil(height / LEAST_ROW))), to: null }
}

/** The newest rows. */
export function tail(count: number): Span {
  return { from: Math.max(0, count - TAIL), to: null }
}

/** The rows to show when there are `count` entries. While the end is followed, rows far above it are let go. */
export function fitted(span: Span, count: number, following: boolean): Span {
  if (span.from > Math.max(0, count - 1)) return tail(count)
  if (span.to === null) return following && count - span.from > TAIL + STEP ? tail(count) : span
  return span.to >= count ? { from: span.from, to: null } : span
}

/** Older rows as well. */
export function older(span: Span, count: number): Span {
  if (span.to === null && count - span.from < TAIL) return tail(count)
  const from = Math.max(0, span.from - STEP)
  const to = span.to ?? count
  return { from, to: to - from > MOST ? from + MOST : span.to }
}

/** Newer rows as well. */
export function newer(span: Span, count: number): Span {
  if (span.to === null) return span
  const to = Math.min(count, span.to + STEP)
  return { from: Math.max(span.from, to - MOST), to: to === count ? null : to }
}

/** Rows around one entry, which need not be mounted now. */
export function around(index: number, count: number): Span {
  const to = index + STEP
  return { from: Math.max(0, index - STEP), to: to >= count ? null : to }
}
