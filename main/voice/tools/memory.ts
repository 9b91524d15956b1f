/** Most ids that are remembered. */
const MAX_IDS = 2_000
/** Most entries that are kept when they are over. */
const MAX_KEPT = 200

/** Adds an id; the oldest goes when there are more than {@link MAX_IDS}. */
export function rememberId(set: Set<string>, value: string): void {
  set.add(value)
  const oldest = set.values().next().value
  if (set.size > MAX_IDS && oldest !== undefined) set.delete(oldest)
}

/** Drops the oldest entries that may go, down to {@link MAX_KEPT}. */
export function dropOldest<Value>(map: Map<string, Value>, mayGo: (value: Value) => boolean): void {
  if (map.size <= MAX_KEPT) return
  for (const [key, value] of map) {
    if (map.size <= MAX_KEPT) return
    if (mayGo(value)) map.delete(key)
  }
}
