import type { Agent } from 'node:http'
import { failure, FailureError } from '../../shared/failure.ts'
import { isLoopback } from './endpoint.ts'

/**
 * Asks the system which proxy a URL goes through. Answers in the words of a PAC file: `DIRECT`,
 * `PROXY host:port`, `HTTPS host:port`, `SOCKS5 host:port`, several separated by `;`. In the app
 * this is Chromium's `session.resolveProxy`.
 */
export type ResolveProxy = (url: string) => Promise<string>

/** The way to a server. */
export type Route = { kind: 'direct' } | { kind: 'proxy'; url: string }

/**
 * The way to `url`: the first that Parley can go. This computer is never reached through a proxy.
 *
 * @throws FailureError `proxy_failed` when only ways are offered that cannot be gone (SOCKS)
 */
export async function routeTo(url: string, resolveProxy: ResolveProxy): Promise<Route> {
  const target = new URL(url)
  if (isLoopback(target.hostname)) return { kind: 'direct' }
  // PAC files and Chromium's bypass rules know http and https, not ws and wss.
  target.protocol = target.protocol === 'wss:' ? 'https:' : 'http:'
  const answer = await resolveProxy(target.href)
  return parsePac(answer)
}

/** The first usable way of a PAC answer. @throws FailureError as {@link routeTo} */
export function parsePac(answer: string): Route {
  const ways = answer
    .split(';')
    .map((way) => way.trim())
    .filter((way) => way !== '')
  for (const way of ways) {
    const [kind = '', host = ''] = way.split(/\s+/)
    if (kind.toUpperCase() === 'DIRECT') return { kind: 'direct' }
    const scheme = kind.toUpperCase() === 'PROXY' ? 'http' : kind.toUpperCase() === 'HTTPS' ? 'https' : null
    if (scheme !== null && host !== '' && URL.canParse(`${scheme}://${host}`)) return { kind: 'proxy', url: `${scheme}://${host}` }
  }
  if (ways.length === 0) return { kind: 'direct' }
  throw new FailureError(failure('proxy_failed', { proxy: ways[0] ?? '' }, ['retry']))
}

/**
 * An agent that goes through an HTTP(S) proxy with CONNECT, so that the proxy sees neither key
 * nor conversation. `refused` is told the proxy's own status when it is not 200: without it, a
 * proxy's 403 would look like the server's.
 */
export async function proxyAgent(proxyUrl: string, refused: (status: number) => void): Promise<Agent> {
  // Most go no such way, and it brings more than a tenth of what the voice core takes to load.
  const { HttpsProxyAgent } = await import('https-proxy-agent')
  const agent = new HttpsProxyAgent(proxyUrl)
  agent.on('proxyConnect', (connect: { statusCode: number }) => {
    if (connect.statusCode !== 200) refused(connect.statusCode)
  })
  return agent
}
