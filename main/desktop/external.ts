import type { Shell } from 'electron'
import type { Log } from '../log.ts'

/** Where Parley may send a person's browser. */
export const EXTERNAL_HOSTS: ReadonlySet<string> = new Set([
  'platform.openai.com',
  'status.openai.com',
  'help.openai.com',
  'portal.azure.com',
  'learn.microsoft.com',
])

/** The URL as it may be opened: https, an exact host of the list, its usual port, no credentials; else null. */
export function externalUrl(candidate: unknown): URL | null {
  if (typeof candidate !== 'string' || candidate.length > 2000 || !URL.canParse(candidate)) return null
  const url = new URL(candidate)
  if (url.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '') return null
  return EXTERNAL_HOSTS.has(url.hostname) ? url : null
}

/** Opens any https page, which the person has just been shown in full and has allowed. Never rejects; false: nothing was opened. */
export async function openAnyPage(
  candidate: string,
  { shell, log }: { shell: Pick<Shell, 'openExternal'>; log: Log },
): Promise<boolean> {
  const url = URL.canParse(candidate) ? new URL(candidate) : null
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return false
  try {
    await shell.openExternal(url.href)
    return true
  } catch (error) {
    log.warn('The browser could not be opened.', error)
    return false
  }
}

/** Opens a page in the person's browser, if it is one of ours to open. Never rejects; false: nothing was opened. */
export async function openExternal(
  candidate: unknown,
  { shell, log }: { shell: Pick<Shell, 'openExternal'>; log: Log },
): Promise<boolean> {
  const url = externalUrl(candidate)
  if (url === null) {
    log.warn('A link outside the allowed hosts was not opened.')
    return false
  }
  try {
    await shell.openExternal(url.href)
    return true
  } catch (error) {
    log.warn('The browser could not be opened.', error)
    return false
  }
}
