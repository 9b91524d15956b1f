/** What a link can ask for: a view, never to listen (design §5). */
export type LinkedView = 'settings' | 'talk'

/** Longest link that is looked at, characters. */
const LONGEST = 200

/** Whether an argument is a link to Parley at all, well-formed or not. */
export function isLink(argument: string): boolean {
  return /^["']?parley:/i.test(argument)
}

/**
 * The view that a link names: exactly `parley://settings` or `parley://talk`, a closing slash
 * allowed. Null for everything else: another host or path, a query, a fragment, credentials, a port.
 */
export function parseLink(text: string): LinkedView | null {
  if (text.length > LONGEST || !URL.canParse(text)) return null
  const url = new URL(text)
  if (url.protocol !== 'parley:') return null
  if (url.port !== '') return null
  if (url.pathname !== '' && url.pathname !== '/') return null
  // Looked for in the text: `parley://talk?` and `parley://@talk` lose their mark in parsing.
  if (/[?#@\\%]/.test(text)) return null
  const view = url.hostname.toLowerCase()
  return view === 'settings' || view === 'talk' ? view : null
}

/** The first link among the arguments of a start; null where there is none. */
export function linkIn(argv: readonly string[]): string | null {
  return argv.find(isLink) ?? null
}
