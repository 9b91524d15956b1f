import type { Options } from './types.ts'
import { median } from './stats.ts'

/** Somebody who is measured. */
export interface Contender<T> {
  name: string
  measure(round: number): Promise<T>
}

export interface Rounds<T> {
  /** Every round of every contender. */
  all: Map<string, T[]>
  /** A second series of the control's, taken in the same rounds. */
  control: T[]
}

/**
 * Measures all contenders in turn, round after round (A B C A B C …), the control twice in each, so
 * that whatever else the machine does meets all of them alike.
 */
export async function interleave<T>(contenders: readonly Contender<T>[], controlName: string, rounds: number, options: Options): Promise<Rounds<T>> {
  const all = new Map<string, T[]>(contenders.map(({ name }) => [name, []]))
  const again: T[] = []
  const control = contenders.find(({ name }) => name === controlName)
  if (!control) throw new Error(`no contender is called ${controlName}`)
  for (let round = 0; round < rounds; round++) {
    // Nobody always goes first, nobody always follows the same one.
    const turn = contenders.map((_, i) => contenders[(i + round) % contenders.length] ?? control)
    for (const contender of turn) {
      options.progress(`round ${String(round + 1)}/${String(rounds)} ${contender.name}`)
      all.get(contender.name)?.push(await contender.measure(round))
    }
    options.progress(`round ${String(round + 1)}/${String(rounds)} ${controlName} again`)
    again.push(await control.measure(round))
  }
  return { all, control: again }
}

/**
 * Measures all contenders at the same time, round after round, the control twice: for what takes a minute of
 * real time and next to nothing of the machine, so that nobody can be in another one's way.
 */
export async function together<T>(contenders: readonly Contender<T>[], controlName: string, rounds: number, options: Options): Promise<Rounds<T>> {
  const all = new Map<string, T[]>(contenders.map(({ name }) => [name, []]))
  const again: T[] = []
  const control = contenders.find(({ name }) => name === controlName)
  if (!control) throw new Error(`no contender is called ${controlName}`)
  for (let round = 0; round < rounds; round++) {
    options.progress(`round ${String(round + 1)}/${String(rounds)} all at once`)
    const second = control.measure(round)
    await Promise.all(contenders.map(async (contender) => all.get(contender.name)?.push(await contender.measure(round))))
    again.push(await second)
  }
  return { all, control: again }
}

/** Medians of one figure of all contenders, and the control's ratio for it. */
export function medians<T>(rounds: Rounds<T>, controlName: string, figure: (value: T) => number): { of: (name: string) => number; control: number } {
  const of = (name: string): number => median((rounds.all.get(name) ?? []).map(figure))
  return { of, control: median(rounds.control.map(figure)) / of(controlName) }
}
