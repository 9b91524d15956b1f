/** The middle value; of an even number the mean of the middle two; NaN of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Linear interpolation between the nearest ranks; NaN of none. @param q 0–1 */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return NaN
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const low = sorted[Math.floor(at)] ?? NaN
  const high = sorted[Math.ceil(at)] ?? NaN
  return low + (high - low) * (at - Math.floor(at))
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** A control outside this range makes a run void. */
export const CONTROL_RANGE = [0.9, 1.1] as const

/** @param control ratio of a peer to itself; null: nothing is compared */
export function isVoid(control: number | null): boolean {
  return control !== null && !(control >= CONTROL_RANGE[0] && control <= CONTROL_RANGE[1])
}
