import { readFile, realpath } from 'node:fs/promises'
import { isAbsolute, join, posix, relative, resolve } from 'node:path'
import type { Protocol } from 'electron'
import type { Disposable } from '../../shared/disposable.ts'
import { APP_SCHEME, parseAppUrl } from './app-origin.ts'
import { CSP, DEVELOPMENT_CSP } from './csp.ts'

/** The only kinds of file that are served, and exactly what they are served as. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

/** Names `app:` as a scheme with an origin of its own. Must run before Electron's `ready`, and only once. */
export function registerAppScheme(protocol: Pick<Protocol, 'registerSchemesAsPrivileged'>): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
}

export interface AppProtocolOptions {
  protocol: Pick<Protocol, 'handle' | 'unhandle'>
  /** Folder whose files are the pages (`out/renderer`). */
  root: string
  /**
   * `npm run dev`: files come from this server (http://localhost:PORT) under the same origin, with
   * the looser policy that hot reload needs. Null when Parley is packaged.
   */
  devServerUrl?: string | null
}

/** Serves `app://parley/…` from a folder, or in development from a server on this computer. */
export function serveApp(options: AppProtocolOptions): Disposable {
  const answer = createAppResponder(options)
  options.protocol.handle(APP_SCHEME, answer)
  let served = true
  return {
    dispose() {
      if (served) options.protocol.unhandle(APP_SCHEME)
      served = false
    },
  }
}

/** What the responder looks at of a request. */
export type AppRequest = Pick<Request, 'method' | 'url'>

/** The whole of `app://` as a function of the request. It never rejects: what is not there or not allowed is an answer as well. */
export function createAppResponder(
  options: Pick<AppProtocolOptions, 'root' | 'devServerUrl'>,
): (request: AppRequest) => Promise<Response> {
  const devServer = options.devServerUrl ? parseDevServer(options.devServerUrl) : null
  const csp = devServer === null ? CSP : DEVELOPMENT_CSP
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(csp, 405, { Allow: 'GET, HEAD' })
    if (devServer !== null) return await devResponse(devServer, request, csp).catch(() => refusal(csp, 502))
    const path = pathOf(request.url)
    if (path === null) return refusal(csp, 400)
    // What cannot be found or read is not there, whatever the system's reason.
    return await fileResponse(options.root, path, request.method, csp).catch(() => refusal(csp, 404))
  }
}

/**
 * The path that a URL of ours names, decoded and normalised, always absolute; null when the URL
 * is not ours or not plain. After one decoding nothing may be left that a file system or a second
 * decoding would read differently: no `%`, backslash, NUL or colon (drives and streams of Windows),
 * no `.` or `..` as a segment. Such a path names a file under the root, which `realpath` confirms.
 */
export function pathOf(requestUrl: string): string | null {
  const url = parseAppUrl(requestUrl)
  if (url === null) return null
  let path: string
  try {
    path = decodeURIComponent(url.pathname)
  } catch {
    return null // an incomplete or impossible escape
  }
  if (path === '' || path === '/') return '/index.html'
  if (hasForbiddenCharacter(path)) return null
  const segments = path.split('/')
  if (segments.includes('..') || segments.includes('.')) return null
  const normal = posix.normalize(path)
  return posix.isAbsolute(normal) && !normal.endsWith('/') ? normal : null
}

function hasForbiddenCharacter(path: string): boolean {
  for (const c of path) {
    if (c < ' ' || c === '\u007f' || c === '%' || c === '\\' || c === ':') return true
  }
  return false
}

async function fileResponse(root: string, path: string, method: string, csp: string): Promise<Response> {
  const type = CONTENT_TYPES[posix.extname(path)]
  if (type === undefined) return refusal(csp, 404)
  const realRoot = await realpath(resolve(root))
  const file = await realpath(join(realRoot, path))
  // A link out of the folder is the one way left to leave it.
  const inside = relative(realRoot, file)
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) return refusal(csp, 404)
  const body = await readFile(file)
  const headers = { ...securityHeaders(csp), 'Content-Type': type, 'Content-Length': String(body.byteLength) }
  return new Response(method === 'HEAD' ? null : new Uint8Array(body), { status: 200, headers })
}

async function devResponse(server: URL, request: AppRequest, csp: string): Promise<Response> {
  const asked = parseAppUrl(request.url)
  if (asked === null) return refusal(csp, 400)
  // Only path and query are taken over, so the address cannot lead to another server.
  const target = new URL(server)
  target.pathname = asked.pathname
  target.search = asked.search
  const answer = await fetch(target, { method: request.method, redirect: 'error', headers: { Accept: '*/*' } })
  const headers: Record<string, string> = {
    ...securityHeaders(csp),
    'Content-Type': answer.headers.get('Content-Type') ?? 'application/octet-stream',
    'Cache-Control': 'no-store',
  }
  const bodiless = request.method === 'HEAD' || [204, 205, 304].includes(answer.status)
  return new Response(bodiless ? null : await answer.arrayBuffer(), { status: answer.status, headers })
}

function parseDevServer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  const local = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url === null || !local || url.protocol !== 'http:' || url.username !== '' || url.password !== '') {
    throw new Error('The development server must be an http:// address on this computer.')
  }
  return url
}

function refusal(csp: string, status: number, extra: Record<string, string> = {}): Response {
  return new Response(null, { status, headers: { ...securityHeaders(csp), ...extra } })
}

function securityHeaders(csp: string): Record<string, string> {
  return {
    'Content-Security-Policy': csp,
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Permissions-Policy': 'microphone=(self), camera=(), geolocation=()',
    'Referrer-Policy': 'no-referrer',
  }
}
