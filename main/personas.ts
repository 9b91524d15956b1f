import { failure, FailureError } from '../shared/failure.ts'
import { allPersonas, chosenPersona, DEFAULT_PERSONA, freeName, isShipped, MAX_PERSONAS, type Persona, type PersonaDraft } from '../shared/personas.ts'
import { readPersonaFile, writePersonaFile } from './persona-file.ts'
import type { SettingsFile } from './storage/settings-file.ts'

export interface PersonasOptions {
  settings: SettingsFile
  language: () => 'en' | 'de'
  /** Letters and digits that were never used before. */
  newId: () => string
  /** Asks the person for a file to read; null: none. */
  askForFile: () => Promise<string | null>
  /** Asks the person where to write. @param name proposed, without folder; null: nowhere */
  askWhereTo: (name: string) => Promise<string | null>
}

/** What came of an import. */
export interface Imported {
  names: string[]
  /** Fields that Parley does not know and has left out. */
  dropped: string[]
}

/** The personas of the person: which is chosen, and what becomes of them. They are kept in the settings. */
export class Personas {
  readonly #options: PersonasOptions

  constructor(options: PersonasOptions) {
    this.#options = options
  }

  /** The persona that is chosen, in the language of the interface. */
  get chosen(): Persona {
    return chosenPersona(this.#options.settings.value, this.#options.language())
  }

  /** All that can be chosen. */
  get all(): Persona[] {
    return allPersonas(this.#own, this.#options.language())
  }

  /** Chooses one; an id that is gone chooses nothing. */
  async choose(id: string): Promise<void> {
    if (this.#find(id) !== null && id !== this.#options.settings.value.persona) await this.#options.settings.change({ persona: id })
  }

  /**
   * Keeps a persona of the person's own, a new one or a changed one.
   *
   * @returns its id
   * @throws FailureError `persona_limit` when there are too many
   */
  async save(draft: PersonaDraft): Promise<string> {
    const own = this.#own
    const { id } = draft
    // One that was deleted meanwhile, in another window, is a new one.
    if (id !== null && own.some((persona) => persona.id === id)) {
      await this.#keep(own.map((persona) => (persona.id === id ? { ...draft, id } : persona)))
      return id
    }
    const [made] = await this.#add([draft])
    if (made === undefined) throw new Error('nothing was added')
    return made.id
  }

  /** Deletes one of the person's own. Where it was chosen, the first shipped one is from now on. */
  async remove(id: string): Promise<void> {
    if (isShipped(id)) return
    const { settings } = this.#options
    const personas = this.#own.filter((persona) => persona.id !== id)
    await settings.change({ personas, ...(settings.value.persona === id ? { persona: DEFAULT_PERSONA } : {}) })
  }

  /**
   * Lets the person choose a file and takes over what it holds, all or nothing.
   *
   * @returns null when no file was chosen
   * @throws FailureError when the file is none, or there is no room
   */
  async import(): Promise<Imported | null> {
    const path = await this.#options.askForFile()
    if (path === null) return null
    const { personas, dropped } = await readPersonaFile(path)
    const added = await this.#add(personas)
    return { names: added.map(({ name }) => name), dropped }
  }

  /**
   * Writes one persona, shipped or own, to a file that the person chooses.
   *
   * @returns whether it was written
   * @throws FailureError `persona_file_failed`
   */
  async export(id: string): Promise<boolean> {
    const persona = this.#find(id)
    if (persona === null) return false
    const path = await this.#options.askWhereTo(`${fileName(persona.name)}.json`)
    if (path === null) return false
    await writePersonaFile(path, [persona])
    return true
  }

  get #own(): readonly (Persona & { id: string })[] {
    return this.#options.settings.value.personas
  }

  #find(id: string): Persona | null {
    return this.all.find((persona) => persona.id === id) ?? null
  }

  async #add(drafts: readonly PersonaDraft[]): Promise<Persona[]> {
    const own = this.#own
    if (own.length + drafts.length > MAX_PERSONAS) throw new FailureError(failure('persona_limit', { limit: MAX_PERSONAS }, ['dismiss']))
    const all = this.all
    const added: Persona[] = []
    for (const draft of drafts) {
      added.push({ ...draft, id: `own_${this.#options.newId()}`, name: freeName(draft.name, [...all, ...added]) })
    }
    await this.#keep([...own, ...added])
    return added
  }

  async #keep(personas: Persona[]): Promise<void> {
    await this.#options.settings.change({ personas })
  }
}

/** A persona's name as the name of a file on any system. */
function fileName(name: string): string {
  const plain = name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '')
  return plain === '' ? 'persona' : plain
}
