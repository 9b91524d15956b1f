import type { i18n } from 'i18next'
import type { Disposable } from '../../shared/disposable.ts'
import type { AppStore } from './store.ts'

/** Keeps what belongs to the page as a whole in step with the state: theme, language, text direction. */
export function setUpPage(deps: { store: AppStore; texts: i18n }): Disposable {
  const { store, texts } = deps
  const root = document.documentElement

  function follow(): void {
    if (store.phase.name !== 'ready') return
    const { language, settings } = store.phase.state
    if (root.dataset['theme'] !== settings.theme) root.dataset['theme'] = settings.theme
    if (texts.language !== language) void texts.changeLanguage(language)
    // The engine styles the whole page anew when one of these is written, also with the value that it has.
    if (root.lang !== language) setLanguage(language)
  }

  function setLanguage(language: string): void {
    root.lang = language
    root.dir = texts.dir(language)
  }

  setLanguage(texts.language)
  const unsubscribe = store.subscribe(follow)
  follow()
  return { dispose: unsubscribe }
}
