/**
 * Stock Chromium cannot be taught `app://`, so every registered standard scheme has an https origin of its own:
 * `app://parley/x` is `https://parley.app.test/x` in the page. `.test` is reserved (RFC 2606): no such host exists.
 */
const schemes = new Set<string>()

export function mapScheme(scheme: string): void { schemes.add(scheme) }

/** The schemes that have been registered as privileged and standard. */
export function mappedSchemes(): string[] { return [...schemes] }

/**
 * An app URL in Chromium's form; other URLs unchanged. Null for what a standard scheme cannot be (no host, or a
 * user name). Normalises as Electron does: `app://foo`, `app:///foo` and `app://foo:1234` are all `app://foo/`.
 */
export function toChromium(url: string): string | null {
  const match = /^([a-z][a-z0-9+.-]*):\/*([^/?#]*)(.*)$/is.exec(url.trim())
  const scheme = match?.[1]?.toLowerCase() ?? ''
  if (!match || !schemes.has(scheme)) return url
  const [, , authority = '', rest = ''] = match
  if (authority.includes('@')) return null
  const host = authority.replace(/:\d*$/, '').toLowerCase()
  if (!/^[a-z0-9._-]+$/.test(host)) return null
  return new URL(rest.startsWith('/') ? rest : `/${rest}`, `https://${host}.${scheme}.test`).href
}

/** A URL or origin of Chromium as the app shall see it. */
export function toApp(url: string): string {
  const match = /^https:\/\/([^/?#]+)\.([^./?#]+)\.test(?=[/?#]|$)(.*)$/s.exec(url)
  return match && schemes.has(match[2] ?? '') ? `${match[2] ?? ''}://${match[1] ?? ''}${match[3] ?? ''}` : url
}

/** The origin of a Chromium URL as the app shall see it; `null` (the text) for opaque ones, as Electron has it. */
export function originOf(url: string): string {
  try {
    const { protocol, origin } = new URL(url)
    return ['http:', 'https:', 'ws:', 'wss:'].includes(protocol) ? toApp(origin) : protocol === 'file:' ? 'file://' : 'null'
  } catch {
    return 'null'
  }
}
