import { domainToUnicode } from 'node:url'
import { z } from '../../../shared/zod.ts'
import { defineTool, ToolError, type Tool, type ToolQuestion } from './tool.ts'

const MAX_URL_CHARS = 2_000

export interface OpenPageDeps {
  /** Opens the address in the person's browser. Rejects, or resolves to false, when it cannot. */
  openExternal: (url: string) => Promise<unknown>
}

/** Opens a page in the person's browser. Asked each time, with the whole host in view. */
export function openPage(deps: OpenPageDeps): Tool {
  return defineTool({
    name: 'open_web_page',
    description: 'Opens a web page in the browser of the person, who is asked each time. The content of the page is not returned.',
    args: z.strictObject({ url: z.string().max(MAX_URL_CHARS).describe('Complete address, beginning with https://') }),
    objectOf: ({ url }) => pageUrl(url).host,
    asksFirst: ({ url }) => questionFor(pageUrl(url)),
    run: async ({ url }) => {
      const page = pageUrl(url)
      const opened = await deps.openExternal(page.href).catch(() => false)
      if (opened === false) throw new ToolError('the browser could not be opened')
      return `Opened ${page.host} in the browser.`
    },
  })
}

/** An address that may be opened: https, no user name, no password. Throws {@link ToolError} for any other. */
export function pageUrl(text: string): URL {
  if (text.length > MAX_URL_CHARS) throw new ToolError('the address is too long')
  if (!URL.canParse(text)) throw new ToolError('that is not a complete web address')
  const url = new URL(text)
  if (url.protocol !== 'https:') throw new ToolError('only https addresses are opened')
  if (url.username !== '' || url.password !== '') throw new ToolError('an address with a user name or password in it is not opened')
  return url
}

/**
 * The question. `host` is what the browser will really go to, in punycode, with the port where it
 * is not the usual one; `reads` is the same as a person would read it, given only where it
 * differs (`xn--…`), and never instead of it: letters of two scripts can look alike. `url` shows
 * what goes along with the request.
 */
function questionFor(url: URL): ToolQuestion {
  const reads = domainToUnicode(url.hostname)
  const foreign = reads !== '' && reads !== url.hostname
  return {
    code: foreign ? 'open_page_foreign' : 'open_page',
    detail: { host: url.host, url: url.href, ...(foreign ? { reads } : {}) },
    spoken: `May Parley open a web page at ${foreign ? reads : url.host} in the browser? Please say yes or no.`,
  }
}
