import { APP_ORIGIN } from '../../shared/ipc.ts'

/** Scheme of Parley's own pages, without the colon. */
export const APP_SCHEME = 'app'
/** The one host under it. */
export const APP_HOST = 'parley'

/** The visible pages and the hidden one. */
export const MAIN_PAGE = `${APP_ORIGIN}/index.html`
export const OVERLAY_PAGE = `${APP_ORIGIN}/overlay.html`
export const SOUND_ROOM_PAGE = `${APP_ORIGIN}/sound.html`

/**
 * A URL of Parley's own pages, parsed, or null. Compared part by part: Node gives every `app:` URL
 * the origin `null`, and a comparison by prefix would accept `app://parley.evil` and `app://parley@evil`.
 */
export function parseAppUrl(text: unknown): URL | null {
  if (typeof text !== 'string' || !URL.canParse(text)) return null
  const url = new URL(text)
  const ours =
    url.protocol === `${APP_SCHEME}:` &&
    url.host === APP_HOST &&
    url.username === '' &&
    url.password === ''
  return ours ? url : null
}

/** Whether `text` names our origin; Electron writes it with a closing slash in some places. */
export function isAppOrigin(text: unknown): boolean {
  return text === APP_ORIGIN || text === `${APP_ORIGIN}/`
}
