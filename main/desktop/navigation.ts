import type { App, Event, WebContents } from 'electron'
import type { Disposable } from '../../shared/disposable.ts'
import type { Log } from '../log.ts'
import { parseAppUrl } from './app-origin.ts'

/**
 * Whether `url` is the document that is open already (a reload, or another place in it). Anything
 * else is a navigation, and pages of Parley never navigate.
 */
export function isSameDocument(current: string, url: string): boolean {
  const from = parseAppUrl(current)
  const to = parseAppUrl(url)
  if (from === null || to === null) return false
  from.hash = ''
  to.hash = ''
  return from.href === to.href
}

/** The part of a navigation event that decides. */
type Navigation = Event<{ url: string; isMainFrame: boolean }>

/** Holds every contents of the app, whoever makes it, at its one document: no navigation, no redirect, no new window, no webview. */
export function setUpNavigation({ app, log }: { app: Pick<App, 'on' | 'off'>; log: Log }): Disposable {
  const created = (_event: Event, contents: WebContents): void => {
    const guard = (details: Navigation): void => {
      if (details.isMainFrame && isSameDocument(contents.getURL(), details.url)) return
      details.preventDefault()
      log.warn('A page tried to navigate and was stopped.', { to: schemeOf(details.url) })
    }
    contents.on('will-navigate', guard)
    contents.on('will-frame-navigate', guard)
    contents.on('will-redirect', guard)
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(({ url }) => {
      log.warn('A page tried to open a window and was stopped.', { to: schemeOf(url) })
      return { action: 'deny' }
    })
  }
  app.on('web-contents-created', created)
  return {
    dispose() {
      app.off('web-contents-created', created)
    },
  }
}

/** Only the scheme is worth a log line; the rest may hold what a person wrote. */
function schemeOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : 'not a URL'
}
