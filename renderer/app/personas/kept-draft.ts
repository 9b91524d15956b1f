import { createContext } from 'react'
import type { PersonaDraft } from '../../../shared/personas.ts'

/** What was typed into the form of a persona and neither saved nor cancelled. */
export interface LeftDraft {
  /** What the form began with. */
  draft: PersonaDraft
  /** What it held at last. */
  typed: PersonaDraft
}

/** Holds a persona's form while it is not there: the sheet was closed, or the search shows other rows. */
export class DraftKeeper {
  #left: LeftDraft | null = null

  get left(): LeftDraft | null {
    return this.#left
  }

  keep(left: LeftDraft | null): void {
    this.#left = left
  }
}

/** null: a form that goes away takes its draft along. */
export const KeptDraft = createContext<DraftKeeper | null>(null)
