/** What stands in a log where a key stood. */
export const REDACTED = '[redacted]'

/** Values this short are not recognisable as a key; hiding them would only spoil the log. */
const SHORTEST = 4
/** From this length on a value is also found when something stands between its parts. */
const SHORTEST_SPLIT = 8

/** Keys by their look; group 1 is kept. */
const PATTERNS: readonly RegExp[] = [
  /()\bsk-[A-Za-z0-9_-]{8,}/g,
  /()\bek_[A-Za-z0-9_-]{8,}/g,
  /(\bBearer\s+)[^\s'",}\]]+/gi,
  /(\bapi[-_]?key['"]?\s*[:=,]\s*['"]?)[^\s'",}\]&]+/gi,
  /(\bauthorization['"]?\s*[:=,](?!\s*['"]?Bearer\b)\s*['"]?)[^'",}\]\n]+/gi,
]

const KEY_CHARACTER = /[A-Za-z0-9_-]/

/**
 * Hides keys in text: everything that looks like one, and every value that was named with
 * {@link Redaction.add}, also in its JSON and URL spelling, and also when it is split by spaces,
 * quotes, line ends or the like.
 */
export class Redaction {
  readonly #literals = new Set<string>()
  readonly #split = new Set<string>()

  /** Hides `value` from now on. Values under 4 characters are ignored. */
  add(value: string): void {
    if (value.length < SHORTEST) return
    this.#literals.add(value)
    this.#literals.add(JSON.stringify(value).slice(1, -1))
    this.#literals.add(encodeURIComponent(value.toWellFormed()))
    const characters = keyCharacters(value).text
    if (characters.length >= SHORTEST_SPLIT) this.#split.add(characters)
  }

  /** The text without keys. */
  apply(text: string): string {
    let clean = text
    for (const literal of this.#literals) clean = clean.replaceAll(literal, REDACTED)
    clean = this.#withoutSplit(clean)
    for (const pattern of PATTERNS) clean = clean.replace(pattern, `$1${REDACTED}`)
    return clean
  }

  #withoutSplit(text: string): string {
    if (this.#split.size === 0) return text
    let clean = text
    for (const wanted of this.#split) {
      const { text: characters, at } = keyCharacters(clean)
      let found = characters.lastIndexOf(wanted)
      // From the end, so that positions before a replacement stay right.
      while (found >= 0) {
        const from = at[found]
        const to = at[found + wanted.length - 1]
        if (from !== undefined && to !== undefined) clean = clean.slice(0, from) + REDACTED + clean.slice(to + 1)
        found = found < wanted.length ? -1 : characters.lastIndexOf(wanted, found - wanted.length)
      }
    }
    return clean
  }
}

/** The characters of which keys are made, and where each stood. */
function keyCharacters(text: string): { text: string; at: number[] } {
  let characters = ''
  const at: number[] = []
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i)
    if (!KEY_CHARACTER.test(c)) continue
    characters += c
    at.push(i)
  }
  return { text: characters, at }
}
